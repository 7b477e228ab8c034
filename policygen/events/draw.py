"""What of a record makes its requests, and nothing else: drawn once, compared and hashed at little cost.

Records of which the same is drawn make the same requests, so whoever judges many of them judges each kind once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from policygen.aws.s3 import REPLICATION_SESSION
from policygen.events.callers import Named, caller_of, principal_of
from policygen.events.calls import Ask, Operation, operation_of, service_of
from policygen.events.causes import ACTION, PRINCIPAL, RESOURCE, Cause, Told, Unknown
from policygen.events.resources import Target, has, targets
from policygen.events.tags import encryption_context, request_tags
from policygen.events.told import told
from policygen.events.view import View, text_in, texts

Context = tuple[tuple[str, str | tuple[str, ...]], ...]
Unknowns = tuple[Unknown, ...]

FIELDS = (
    "eventType",
    "eventSource",
    "eventName",
    "userIdentity",
    "awsRegion",
    "recipientAccountId",
    "errorCode",
    "vpcEndpointId",
    "vpcEndpointAccountId",
    "requestParameters",
    "resources",
    "eventContext",
    "summary",
)
"""The fields of a record that are always looked at: records that are equal in them, and in those of the keys that
policies look at, make equal requests."""

FIELDS_OF_KEYS: Mapping[str, tuple[str, ...]] = {
    "sourceIPAddress": ("aws:sourceip", "aws:vpcsourceip", "aws:useragent"),
    "userAgent": ("aws:useragent",),
    "eventTime": ("aws:currenttime", "aws:epochtime"),
    "tlsDetails": ("aws:securetransport", "s3:tlsversion"),
    "additionalEventData": ("aws:securetransport", "s3:authtype", "s3:signatureversion"),
}
"""Fields that are looked at only where policies look at one of these keys."""

PARTS = {
    "additionalEventData": ("CipherSuite", "AuthenticationMethod", "SignatureVersion"),
    "tlsDetails": ("tlsVersion",),
}
"""Of fields that are told apart by more than what is looked at, what is."""

_EVERYWHERE = ("aws:", "ec2:RoleDelivery", "ec2:SourceInstanceArn", "lambda:SourceFunctionArn")
"""What the names of keys begin with that requests to every service carry."""

_AGGREGATED = "AwsAggregatedEvent"
_CALLS = ("AwsApiCall", "AwsVpceEvent", None)
"""Types of records of calls; of others, and of sign-ins to the console, no policy decides (T1)."""


class DrawnAsk(NamedTuple):
    """One action on one resource: the target, the keys it carries, and those that the record leaves open."""

    action: str
    target: Target
    context: Context
    unknown: Unknowns


class Drawn(NamedTuple):
    """What a record says of its requests.

    Attributes:
        caller: The parts that name the caller; None where the record does not.
        asks: What was asked for.
        unknown: What is not told, and would make a request or a further one.
    """

    caller: Named | None
    asks: tuple[DrawnAsk, ...]
    unknown: tuple[Unknown, ...]


def signature(fields: Mapping[str, Any], keys: frozenset[str] | None = None) -> Hashable:
    """Return what is equal for records that make equal requests.

    Args:
        fields: A record as CloudTrail's own JSON.
        keys: The condition keys, in lower case, at which policies look: of times, addresses and the like the others
            are left out. None for all.
    """
    return draw(View(fields), keys)


def caller_named(fields: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return the parts that name the caller of a record, as a request takes them; None where they do not."""
    caller = caller_of(View(fields))
    return None if isinstance(caller, Cause) or principal_of(caller) is None else dict(caller)


def draw(view: View, keys: frozenset[str] | None = None) -> Drawn:
    """Return what a record says of its requests."""
    caller = caller_of(view)
    named = None if isinstance(caller, Cause) else caller
    unknown: list[Unknown] = []
    service, operation = _operation(view)
    if operation.cause is not None:
        return Drawn(caller=named, asks=(), unknown=(Unknown(name=ACTION, cause=operation.cause),))
    if named is None or principal_of(named) is None:
        cause = caller if isinstance(caller, Cause) else Cause.NOT_READABLE
        unknown.append(Unknown(name=PRINCIPAL, cause=cause))
    common = _told(told(view, service, keys=keys))
    asks: list[DrawnAsk] = []
    for ask in _asked(view, operation):
        named_here, missing = targets(view, service, ask.action, ask.resource)
        unknown += [Unknown(name=RESOURCE, cause=missing)] if missing is not None else []
        own = common.and_of(encryption_context(view, ask.encryption_context)) if service == "kms" else common
        for target in named_here:
            asks.append(_drawn(view, ask.action, target, own.and_of(request_tags(view, service, target.resource))))
    if operation.passes:
        _pass_roles(view, operation, common.elsewhere(), asks, unknown)
    return Drawn(named, tuple(asks), tuple(dict.fromkeys(unknown)))


class _Found(NamedTuple):
    """Keys that a record tells, with their values, and keys that it leaves open."""

    context: Context
    unknown: Unknowns

    def and_of(self, found: Iterable[tuple[str, Told]]) -> _Found:
        """Return these keys and further ones."""
        more = _told(found)
        return _Found(self.context + more.context, self.unknown + more.unknown) if more is not _NOTHING else self

    def elsewhere(self) -> _Found:
        """Return the keys that a request to another service carries, too: global ones, and those of sessions."""
        return _Found(
            context=tuple(each for each in self.context if each[0].startswith(_EVERYWHERE)),
            unknown=tuple(each for each in self.unknown if each.name.startswith(_EVERYWHERE)),
        )


_NOTHING = _Found((), ())


def _told(found: Iterable[tuple[str, Told]]) -> _Found:
    """Tell known keys from open ones; keys that the call did not carry are neither."""
    context: list[tuple[str, str | tuple[str, ...]]] = []
    unknown: list[Unknown] = []
    for key, value in found:
        if isinstance(value, Cause):
            unknown.append(Unknown(key, value))
        elif value is not None:
            context.append((key, value))
    return _Found(tuple(context), tuple(unknown)) if context or unknown else _NOTHING


def _operation(view: View) -> tuple[str, Operation]:
    kind, name, source = (text_in(view.fields, each) for each in ("eventType", "eventName", "eventSource"))
    if kind == _AGGREGATED:
        return "", Operation(cause=Cause.AGGREGATED)
    if kind not in _CALLS or name is None or source is None or source == "signin.amazonaws.com":
        return "", Operation(cause=Cause.NOT_A_CALL)
    service = service_of(source)
    if service is None:
        return "", Operation(cause=Cause.UNKNOWN_SERVICE)
    session = (text_in(view.identity, "arn") or "").rpartition("/")[2]
    replicates = session == REPLICATION_SESSION and view.kind == "AssumedRole"
    return service, operation_of(service, name, REPLICATION_SESSION if replicates else None)


def _asked(view: View, operation: Operation) -> tuple[Ask, ...]:
    return tuple(
        [each for each in operation.asks if (each.when is None or has(view, each.when)) and not has(view, each.unless)]
    )


def _pass_roles(view: View, operation: Operation, common: _Found, asks: list[DrawnAsk], unknown: list[Unknown]) -> None:
    """Add what passing a role to a service asks for.

    Fact: T8
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    for each in operation.passes:
        stated = view.at(each.parameter)
        if stated is None or stated == {}:
            continue
        for role in texts(stated) or ("",):
            if ":role/" in role:
                own = common.and_of([("iam:PassedToService", each.service)])
                asks.append(_drawn(view, "iam:PassRole", Target(role), own))
            else:
                cause = Cause.ROLE_OF_PROFILE if "profile" in each.parameter.lower() else Cause.PATH
                unknown.append(Unknown(name=RESOURCE, cause=cause))


def _drawn(view: View, action: str, target: Target, found: _Found) -> DrawnAsk:
    """Return an ask with its context: AWS's own values, where the record is enriched with them, go before."""
    context, unknown = found.context, found.unknown
    enriched = _enriched(view, target) if "eventContext" in view.fields else ()
    if enriched:
        names = {name.lower() for name, _ in enriched}
        context = (*enriched, *(each for each in context if each[0].lower() not in names))
        unknown = tuple(each for each in unknown if each.name.lower() not in names)
    return DrawnAsk(action, target, context, unknown)


def _enriched(view: View, target: Target) -> Context:
    """Return the keys with which a record is enriched.

    Fact: N24
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-context-events.html
    """
    found = [(str(key), _one_or_all(value)) for key, value in view.mapping("eventContext", "requestContext").items()]
    names = {key.lower() for key, _ in found}
    tags = view.mapping("eventContext", "tagContext")
    listed = tags.get("resourceTags")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping) and target.resource.partition("/")[0] == str(each.get("arn")).partition("/")[0]:
            if each.get("arn") in (target.resource, target.resource.partition("/")[0]):
                found += _tags("aws:ResourceTag/", each.get("tags"), names)
    found += _tags("aws:PrincipalTag/", tags.get("principalTags"), names)
    return tuple((key, value) for key, value in found if value != ())


def _tags(family: str, stated: object, names: set[str]) -> list[tuple[str, str | tuple[str, ...]]]:
    pairs = stated.items() if isinstance(stated, Mapping) else ()
    return [(f"{family}{key}", str(value)) for key, value in pairs if f"{family}{key}".lower() not in names]


def _one_or_all(value: object) -> str | tuple[str, ...]:
    found = texts(value)
    return found[0] if len(found) == 1 else found
