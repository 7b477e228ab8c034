"""Tables of events, told by their columns: CloudTrail's own, Security Lake's, and requests."""

from __future__ import annotations

from collections.abc import Sequence

from policygen.errors import Place, Problem

NEEDED = (
    "eventSource",
    "eventName",
    "userIdentity",
    "requestParameters",
    "resources",
    "awsRegion",
    "errorCode",
    "vpcEndpointId",
)
"""Columns of a table without which records would seem to say what they do not."""

OF_REQUESTS = ("principal", "action", "resource")
"""Columns of a file of requests."""


def is_of_requests(names: Sequence[str]) -> bool:
    """Tell whether columns are those of requests."""
    return set(OF_REQUESTS) <= set(names)


def unusable(names: Sequence[str], path: str) -> Problem | None:
    """Return why columns are no records of CloudTrail; None where they are, or requests, or of Security Lake."""
    lowered = {each.lower() for each in names}
    if is_of_requests(names) or {"api", "actor", "metadata", "cloud"} <= lowered:
        return None
    missing = [each for each in NEEDED if each.lower() not in lowered]
    if not missing:
        return None
    if not {"eventname", "eventsource"} & lowered:
        message, hint = "has no columns of CloudTrail", "give Athena's table, Security Lake's, or requests"
    else:
        message = f"has no column {', '.join(f'`{each.lower()}`' for each in missing)}"
        hint = "without it a record would seem to say what it does not; select it too, as null where nothing is known"
    return Problem(code="PG-E007", message=message, place=Place(source=path), hint=hint)
