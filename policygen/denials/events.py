"""Events of CloudTrail that tell of denied calls: from a record to requests, and what its message says of a check.

Fact: N14, N24
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policygen.denials.messages import said_by
from policygen.denials.model import Side, Told
from policygen.errors import Place, PolicygenError, Problem, Severity
from policygen.evaluation import Environment
from policygen.evaluation.message import AccessDenied, read_access_denied
from policygen.events import Event, EventRequest, Outcome, Record, Verdict, event_of, judge
from policygen.events.causes import POLICIES_OF
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
        environment: What a record leaves open is asked of it: whether the answer hangs on that.
    """
    found = Heard()
    for record in records:
        found.events += 1
        event = event_of(record)
        if event.outcome is Outcome.DENIED:
            _hear(event, Place(source=record.source, pointer=f"/Records/{record.number - 1}"), environment, found)
    return found


def _hear(event: Event, place: Place, environment: Environment | None, found: Heard) -> None:
    message = next(iter(read_access_denied(event.error_message or "")), None)
    verdict = None if environment is None else judge(environment, event)
    depends = {id(each.asked): each for each in verdict.requests} if verdict is not None else {}
    denied = [each for each in event.requests if id(each) in depends and depends[id(each)].verdict is Verdict.DENIED]
    asked = _meant(message, event.requests) if message is not None else tuple(denied) or event.requests
    requests = [(each, each.request if message is None else _as_said(each.request, message)) for each in asked]
    if not requests and message is None:
        why = "; ".join(f"{each.name}: {each.cause.value}" for each in event.unknown) or "the record does not tell it"
        problem = f"no request can be told of the event `{event.id}`: {why}"
        hint = "AWS's authorization details, or the error message, tell more"
        found.problems.append(
            Problem(code="PG-Y006", message=problem, place=place, hint=hint, severity=Severity.WARNING)
        )
        return
    try:
        listed = requests or [(None, _of_message(message))] if message is not None else requests
    except PolicygenError as error:
        found.problems += [each.at(place) for each in error.problems]
        return
    for one, request in listed:
        open_facts = depends[id(one)].depends_on if one is not None and id(one) in depends else ()
        found.told.append(
            Told(
                place=place,
                group=f"{place}/{event.id}",
                request=request,
                aws=said_by(message) if message is not None else Side(effect=None),
                depends_on={
                    each.name: each.cause.value for each in open_facts if not each.name.startswith(POLICIES_OF)
                },
                authorization_id=message.authorization_id if message is not None else None,
            )
        )


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


def _of_message(message: AccessDenied) -> Request:
    return Request(principal=message.principal, action=message.action, resource=message.resource)
