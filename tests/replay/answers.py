"""What a replay says of each record, as dictionaries."""

from __future__ import annotations

from typing import Any

from policygen.replay.said import Answered


def answers(answered: Answered) -> list[dict[str, Any]]:
    """Return what is said of each record, in order."""
    told = (each.to_pylist() for each in (answered.numbers, *answered.told[:3], answered.counts))
    return [
        {
            **answered.kinds[number]._asdict(),
            "id": event,
            "first": first,
            "last": last,
            "count": count,
            "depends_on": [name for name, _ in answered.kinds[number].depends_on],
            "causes": [cause for _, cause in answered.kinds[number].depends_on],
        }
        for number, event, first, last, count in zip(*told, strict=True)
    ]
