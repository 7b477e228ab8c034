"""The ways in which somebody may make a request, put together: the same in fewer words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from policygen.request.model import Request
from policygen.rights.expressions import AND, OR

Conditions = Mapping[str, str]


class Confirmed(NamedTuple):
    """A way that the evaluator confirms.

    Attributes:
        conditions: What a request must carry, in words, by condition key.
        witness: One that does.
    """

    conditions: Conditions
    witness: Request


def joined(ways: Iterable[Confirmed]) -> list[Confirmed]:
    """Return fewer ways that say the same, the plainest first.

    A way that asks for all that another one asks for, and for more, adds nothing. Two that differ in what one key must
    be are one.
    """
    found = _needed(ways)
    while True:
        before = len(found)
        for key in sorted({key for each in found for key in each.conditions}):
            found = _needed(_by_key(found, key))
        if len(found) == before:
            return found


def _needed(ways: Iterable[Confirmed]) -> list[Confirmed]:
    found: list[Confirmed] = []
    for way in sorted(ways, key=_plainness):
        if not any(each.conditions.items() <= way.conditions.items() for each in found):
            found.append(way)
    return found


def _plainness(way: Confirmed) -> tuple[int, list[tuple[str, str]]]:
    return len(way.conditions), sorted(way.conditions.items())


def _by_key(ways: Iterable[Confirmed], key: str) -> list[Confirmed]:
    """Return ways of which no two differ in one key alone."""
    found: dict[object, Confirmed] = {}
    for way in ways:
        words = way.conditions.get(key)
        rest = frozenset((name, each) for name, each in way.conditions.items() if name != key)
        same = (rest, words is None)
        before = found[same].conditions.get(key, "") if same in found else ""
        if before and words is not None and AND not in f"{before}{words}":
            first = found[same]
            either = OR if " and " in f"{before}{words}" else " or "
            found[same] = Confirmed({**first.conditions, key: f"{before}{either}{words}"}, first.witness)
        else:
            found[same if same not in found else (same, words)] = way
    return list(found.values())
