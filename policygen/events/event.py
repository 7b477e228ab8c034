"""An event: what a record says happened, and the requests that AWS decided on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.errors import RequestError
from policygen.evaluation.carried import way_of, why_not_carried
from policygen.evaluation.further import on_same_resource
from policygen.events.callers import principal_of
from policygen.events.causes import OWNER, RESOURCE, Cause, Unknown
from policygen.events.draw import Drawn, DrawnAsk, draw
from policygen.events.record import Record
from policygen.events.told import has_reader
from policygen.events.view import View, text_in
from policygen.request.condition_keys import Always, find_condition_key
from policygen.request.model import Request
from policygen.request.principal import Principal, PrincipalKind

DENIED_CODES = frozenset(
    """
    accessdenied accessdeniedexception accessdeniedfault authorizationerror authorizationerrorexception
    client.unauthorizedoperation unauthorizedoperation unauthorizedaccess notauthorizedexception vpceaccessdenied
    s3.accessdenied
    """.split()
)
"""Codes of errors that say that a call was refused for want of a permission, in lower case."""


class Outcome(Enum):
    """What AWS did with the call."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """One request of an event.

    Attributes:
        request: The request, with what is known.
        unknown: What this record leaves open of it: facts, and condition keys that other records tell.
    """

    request: Request
    unknown: tuple[Unknown, ...] = ()

    def cause_of(self, key: str) -> Cause | None:
        """Return why the value of a condition key is not known.

        None where the record tells it, or tells that the call did not carry it, and where no request like this can.
        """
        lowered = key.lower()
        if lowered in self.request.context:
            return None
        for each in self.unknown:
            name = each.name.lower()
            if lowered == name or (name.endswith(("/", ":")) and lowered.startswith(name)):
                return each.cause
        if has_reader(self.request.service, lowered):
            return None
        if why_not_carried(self.request, key, way_of(self.request)) is not None:
            return None
        return _never_told(lowered, self.request.principal.kind)

    def lacks(self, name: str) -> Cause | None:
        """Return why a fact, such as ``resource``, is not known to the end; None where it is."""
        return next((each.cause for each in self.unknown if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a record says.

    Attributes:
        id: CloudTrail's id of the event; empty where it has none.
        time: When it happened, as recorded.
        source: The service as recorded: ``s3.amazonaws.com``.
        name: The operation as recorded.
        region: The Region that was called.
        account: The account in whose trail it stands.
        error_code: AWS's code of the error; None where there was none.
        error_message: AWS's message; None where there was none.
        outcome: What AWS did.
        principal: Who called; None where the record does not name the caller.
        requests: What was asked for: several where one call needs several permissions.
        unknown: Facts for want of which there is no request, or one too few.
        count: How many calls the record stands for.
        place: The record's file and number, as it was read; empty and 0 for a record that was given as it is.
    """

    id: str = ""
    time: str = ""
    source: str = ""
    name: str = ""
    region: str = ""
    account: str = ""
    error_code: str | None = None
    error_message: str | None = None
    outcome: Outcome = Outcome.NOT_TOLD
    principal: Principal | None = None
    requests: tuple[EventRequest, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    count: int = 1
    place: tuple[str, int] = ("", 0)


def event_of(record: Record | Mapping[str, Any], keys: frozenset[str] | None = None) -> Event:
    """Return what a record says, whatever stands in it.

    Args:
        record: A record as it was read, or CloudTrail's own JSON.
        keys: The condition keys, in lower case, at which policies look: of times, addresses and the like the others
            are left out. None for all.
    """
    fields = record.fields if isinstance(record, Record) else record
    view = View(fields)
    drawn = draw(view, keys)
    requests, unknown = requests_of(drawn)
    told = view.fields
    return Event(
        id=text_in(told, "eventID") or text_in(told, "eventId") or "",
        time=text_in(told, "eventTime") or view.text("timeWindow", "windowStart") or "",
        source=text_in(told, "eventSource") or "",
        name=text_in(told, "eventName") or "",
        region=view.region,
        account=text_in(told, "recipientAccountId") or text_in(told, "accountId") or "",
        error_code=text_in(told, "errorCode"),
        error_message=text_in(told, "errorMessage"),
        outcome=_outcome(view),
        principal=None if drawn.caller is None else principal_of(drawn.caller),
        requests=requests,
        unknown=unknown,
        count=_count(view),
        place=(record.source, record.number) if isinstance(record, Record) else ("", 0),
    )


def _outcome(view: View) -> Outcome:
    """Return what AWS did.

    Unspecified: after which errors of other kinds permissions were looked at before; here none of them tells.

    Fact: T11
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    code = text_in(view.fields, "errorCode")
    if code is None:
        is_call = text_in(view.fields, "eventType") in ("AwsApiCall", None)
        return Outcome.ALLOWED if is_call else Outcome.NOT_TOLD
    return Outcome.DENIED if code.lower() in DENIED_CODES else Outcome.NOT_TOLD


def _count(view: View) -> int:
    """Return how many calls an aggregated record counts; one for any other.

    Fact: T9
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/aggregating-data-events.html
    """
    if "summary" not in view.fields:
        return 1
    stated = view.mapping("summary", "primaryDimension").get("statistics")
    found = [each.get("value") for each in stated if isinstance(each, Mapping)] if isinstance(stated, list) else []
    return sum(each for each in found if isinstance(each, int)) or 1


def requests_of(drawn: Drawn) -> tuple[tuple[EventRequest, ...], tuple[Unknown, ...]]:
    """Return the requests that were drawn, and what is missing for one, or for a further one."""
    caller = None if drawn.caller is None else principal_of(drawn.caller)
    if caller is None:
        return (), drawn.unknown
    found: list[EventRequest] = []
    unknown = list(drawn.unknown)
    for ask in drawn.asks:
        try:
            request = _request(caller, ask)
        except RequestError:
            unknown.append(Unknown(name=RESOURCE, cause=Cause.NOT_READABLE))
            continue
        left_open = _open(ask)
        found.append(EventRequest(request=request, unknown=left_open))
        found += [EventRequest(request=each, unknown=left_open) for each in on_same_resource(request)]
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found), tuple(dict.fromkeys(unknown))


def _request(caller: Principal, ask: DrawnAsk) -> Request:
    return Request(
        principal=caller,
        action=ask.action,
        resource=ask.target.resource,
        resource_account=ask.target.owner,
        context=dict(ask.context),
    )


def _open(ask: DrawnAsk) -> tuple[Unknown, ...]:
    found = ask.unknown
    if ask.target.open is not None:
        found = (*found, Unknown(RESOURCE, ask.target.open))
    if ask.target.owner is None and _lacks_owner(ask.target.resource) and ask.action != "s3:CreateBucket":
        found = (*found, Unknown(OWNER, Cause.NO_OWNER))
    return found


def _lacks_owner(resource: str) -> bool:
    """Tell whether an ARN does not say who owns the resource: that of a bucket, and of what lies in it."""
    arn = parse_arn(resource)
    return arn is not None and arn.service == "s3" and not arn.account


_TAGS_OF_RESOURCES = ("aws:resourcetag/", "s3:existingobjecttag/", "s3:buckettag/", "s3:accesspointtag/")


def _never_told(key: str, caller: PrincipalKind) -> Cause:
    """Return why no record tells a key, given in lower case."""
    if key.startswith("aws:principaltag/"):
        return Cause.PRINCIPAL_TAGS if caller is PrincipalKind.USER else Cause.SESSION_TAGS
    if key.startswith(_TAGS_OF_RESOURCES) or ":resourcetag/" in key:
        return Cause.RESOURCE_TAGS
    if key.startswith(("aws:principalorg", "aws:resourceorg")):
        return Cause.ORGANIZATION
    if key.startswith("aws:source"):
        return Cause.SOURCE
    known = find_condition_key(key)
    if known is not None and known.callers == frozenset({PrincipalKind.ROLE_SESSION}):
        return Cause.SESSION
    if known is not None and (known.filled_in_by is not None or known.always is Always.REQUESTS_ON_A_KMS_KEY):
        return Cause.RESOURCE_PROPERTIES
    return Cause.NOT_RECORDED
