"""The forms in which records of CloudTrail come, told by their shape: each is turned into CloudTrail's own JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policygen.events.columns import is_row, record_of_row
from policygen.events.ocsf import is_ocsf, record_of_ocsf

LISTS = ("Records", "Events", "events", "records")
"""Names under which a file has a list of records."""

_FEW = ("eventName", "eventSource")
_AGGREGATED = ("timeWindow", "summary")


def records_of(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the records in a JSON value: an event, a file of CloudTrail, a row, an answer of ``lookup-events``.

    Nothing for a value of another shape.
    """
    return tuple(_records(value, 0))


def _records(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list) and depth < len(LISTS):
        for each in value:
            yield from _records(each, depth + 1)
    elif isinstance(value, Mapping):
        listed = next((value[name] for name in LISTS if isinstance(value.get(name), list)), None)
        if listed is not None:
            yield from _records(listed, depth + 1)
        else:
            found = record_of(value)
            yield from () if found is None else (found,)


def record_of(value: Any) -> Mapping[str, Any] | None:
    """Return one record as CloudTrail's own JSON; None where a value is none.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("CloudTrailEvent"), str):
        try:
            return record_of(json.loads(value["CloudTrailEvent"]))
        except (ValueError, RecursionError):
            return None
    if isinstance(value.get("detail"), Mapping) and "detail-type" in value:
        return record_of(value["detail"])
    if is_ocsf(value):
        return record_of_ocsf(value)
    if is_row(value):
        return record_of_row(value)
    return value if all(name in value for name in _FEW) or all(name in value for name in _AGGREGATED) else None
