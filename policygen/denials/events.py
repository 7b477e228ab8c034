"""Events of CloudTrail that tell of denied calls: from a record to requests, and what its message says of a check.

Fact: N14, N24
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from policygen.denials.messages import request_of, said_by
from policygen.denials.model import Side, Told
from policygen.errors import Place, PolicygenError, Problem, Severity
from policygen.evaluation import Environment
from policygen.evaluation.message import AccessDenied, read_access_denied
from policygen.events import Event, EventRequest, Outcome, Record, Verdict, event_of, judge
from policygen.request import Request


@dataclass(slots=True)
class Heard:
    """What events tell.

    Attributes:
        told: The denied calls.
        problems: The events of denied calls of which no request can be told.
        events: How many events there were.
    """

    told: list[Told] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    events: int = 0


def heard_of(records: Iterable[Record], environment: Environment | None) -> Heard:
    """Return the denied calls of which records tell; calls that were not denied are passed over.

    Args:
        records: The records.
        environment: Which requests of an event its policies deny is asked of it, where the event does not say.
    """
    found = Heard()
    for record in records:
        found.events += 1
        event = event_of(record)
        if event.outcome is Outcome.DENIED:
            _hear(event, Place(source=record.source, pointer=f"/Records/{record.number - 1}"), environment, found)
    return found


def _hear(event: Event, place: Place, environment: Environment | None, found: Heard) -> None:
    """Take in one event of a denied call."""
    message = next(iter(read_access_denied(event.error_message or "")), None)
    try:
        asked = _asked(event, message, environment)
    except PolicygenError as error:
        found.problems += [each.at(place) for each in error.problems]
        return
    if not asked:
        found.problems.append(_not_told(event, place))
    for one, request in asked:
        found.told.append(
            Told(
                place=place,
                group=f"{place}/{event.id}",
                request=request,
                aws=said_by(message) if message is not None else Side(effect=None),
                why_open=partial(_why_open, one),
                authorization_id=message.authorization_id if message is not None else None,
            )
        )


def _asked(
    event: Event, message: AccessDenied | None, environment: Environment | None
) -> list[tuple[EventRequest | None, Request]]:
    """Return the requests that were denied: what a message says; else what the policies deny, or all that are known.

    Raises:
        RequestError: The message names no caller, action or resource that could be.
    """
    if message is not None:
        meant = [(each, _as_said(each.request, message)) for each in _meant(message, event.requests)]
        return [*meant] if meant else [(None, request_of(message))]
    judged = judge(environment, event).requests if environment is not None else ()
    denied = tuple(each.asked for each in judged if each.verdict is Verdict.DENIED)
    return [(each, each.request) for each in denied or event.requests]


def _not_told(event: Event, place: Place) -> Problem:
    why = "; ".join(f"{each.name}: {each.cause.value}" for each in event.unknown) or "the record does not tell it"
    message = f"no request can be told of the event `{event.id}`: {why}"
    hint = "AWS's authorization details, or the error message, tell more"
    return Problem(code="PG-Y006", message=message, place=place, hint=hint, severity=Severity.WARNING)


def _why_open(asked: EventRequest | None, key: str) -> str | None:
    """Return why a condition key is not told by a record; None where it is, or where no request like this has it."""
    if asked is None:
        return "the record tells of no request"
    cause = asked.cause_of(key)
    return None if cause is None else str(cause.value)


def _meant(message: AccessDenied, requests: Iterable[EventRequest]) -> tuple[EventRequest, ...]:
    """Return the requests that a message is about: of its action, and of its resource where some are."""
    same = [each for each in requests if each.request.action.lower() == message.action.lower()]
    exact = [each for each in same if each.request.resource == message.resource]
    return tuple((exact or same)[:1])


def _as_said(request: Request, message: AccessDenied) -> Request:
    """Return a request with the resource that the message names: the record may lack it, or have a part of it."""
    if message.resource in ("*", request.resource):
        return request
    return request.with_resource(message.resource, request.resource_account)
