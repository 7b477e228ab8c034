"""A request, with its context as AWS would send it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from sys import intern
from types import MappingProxyType
from typing import Any, NamedTuple

from policygen.aws.arns import Arn, is_account_id, parse_arn
from policygen.errors import Place, Problem, RequestError, check_argument
from policygen.request.derived import Derived, derived_context
from policygen.request.principal import Principal, caller_key, parse_principal

_LARGEST = 10**400
_ACTION = re.compile(r"([A-Za-z0-9-]+):([A-Za-z0-9_-]+)\Z")
_REQUEST = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html"
)
ENCRYPTION_CONTEXT = "kms:encryptioncontext:"
"""Lower-case prefix of the condition keys that carry the pairs of a KMS encryption context."""


class ContextValue(NamedTuple):
    """One context key of a request: its name as written, and its values (none when it is null or empty)."""

    name: str
    values: tuple[str, ...]


class Request:
    """One request.

    Context key names match without regard to case; ``context`` looks a name up in lower case.

    Attributes:
        principal: Who asks.
        action: ``service:Action`` as written.
        resource: An ARN, or ``*`` for actions that take none.
        resource_account: 12-digit id of the account that owns the resource: the one in its ARN, else the one that was
            stated, else the caller's; None when nobody can tell.
        stated: The context as it was stated, names and values in order.
        known: What was known about principal and resource beside what was stated.
        context: Every context key, stated and derived, by lower-case name.
        filled_in: The derived keys that were not stated, by name as AWS writes it.
        service: Lower-case service prefix of the action.
        arn: The resource's ARN taken apart; None for ``*``.
        caller_key: The same text for the same caller, tags apart.
        call_key: The same text for the same action, owner and kind of resource. Requests with both keys in common
            differ in nothing but resource and context.
        directory: The resource up to its first slash, the slash included; empty when it has none.
        without_region: The resource with its Region left out; empty unless it is an ARN of exactly five colons.

    Raises:
        RequestError: PG-R001/PG-R002 for the principal, PG-R003 no action, PG-R004 no resource, PG-R005 no account
            id, PG-R006 a context value that is neither text nor a list of texts, PG-R007 a context key stated twice.
    """

    __slots__ = (
        "action",
        "arn",
        "call_key",
        "caller_key",
        "context",
        "directory",
        "filled_in",
        "known",
        "principal",
        "resource",
        "resource_account",
        "service",
        "stated",
        "without_region",
    )

    principal: Principal
    action: str
    resource: str
    resource_account: str | None
    stated: tuple[ContextValue, ...]
    known: tuple[ContextValue, ...]
    context: Mapping[str, ContextValue]
    filled_in: tuple[ContextValue, ...]
    service: str
    arn: Arn | None
    caller_key: str
    call_key: str
    directory: str
    without_region: str

    def __init__(
        self,
        *,
        principal: str | Mapping[str, Any] | Principal,
        action: str,
        resource: str = "*",
        resource_account: str | None = None,
        context: Mapping[str, Any] | None = None,
        known: Mapping[str, Any] | None = None,
    ) -> None:
        """Check the parts, complete the context, and freeze the request.

        ``known`` holds context keys that somebody knows about principal and resource (tags, aliases …); like derived
        keys they are filled in only where ``context`` does not state them.
        """
        problems: list[Problem] = []
        caller = _caught(parse_principal, principal, problems)
        arn = _check_parts(action, resource, resource_account, problems)
        stated = _stated(context, problems) if context else ()
        background = _stated(known, problems) if known else ()
        if problems or caller is None:
            raise RequestError(*problems)
        in_arn = arn.account if arn and is_account_id(arn.account) else None
        owner = in_arn or resource_account or caller.account
        lowered = action.lower()
        by_name = _by_name(stated)
        filled_in = _filled_in(derived_context(caller, lowered, owner, by_name), background, by_name)
        fix = super().__setattr__
        fix("principal", caller)
        fix("action", action)
        fix("resource", resource)
        fix("resource_account", owner)
        fix("stated", stated)
        fix("known", background)
        fix("filled_in", filled_in)
        fix("context", MappingProxyType(by_name))
        fix("service", lowered.partition(":")[0])
        fix("arn", arn)
        fix("caller_key", caller_key(caller))
        fix("directory", resource[: resource.find("/") + 1])
        fix("without_region", _without_region(arn))
        fix("call_key", intern(f"{lowered} {owner!r} {scope_of(lowered, arn)}"))

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a request never changes."""
        message = f"a Request is frozen: `{name}` cannot be set"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        """Refuse: a request never changes."""
        message = f"a Request is frozen: `{name}` cannot be deleted"
        raise AttributeError(message)

    def _key(self) -> tuple[object, ...]:
        return (self.principal, self.action, self.resource, self.resource_account, self.stated, self.known)

    def __eq__(self, other: object) -> bool:
        """Requests are equal when everything that was given is."""
        return self._key() == other._key() if isinstance(other, Request) else NotImplemented

    def __hash__(self) -> int:
        """Hash of what was given."""
        return hash(self._key())

    def __repr__(self) -> str:
        """Return the request as the call that makes it."""
        context = {value.name: list(value.values) for value in self.stated}
        parts = (
            f"principal={self.principal.arn!r}",
            f"action={self.action!r}",
            f"resource={self.resource!r}",
            f"resource_account={self.resource_account!r}",
            f"context={context!r}",
        )
        return f"Request({', '.join(parts)})"

    def with_context(self, changes: Mapping[str, Any]) -> Request:
        """Return this request with context keys stated anew; a value of None takes the statement away."""
        lowered = {name.lower() for name in changes}
        kept: dict[str, Any] = {
            value.name: list(value.values) for value in self.stated if value.name.lower() not in lowered
        }
        kept.update({name: value for name, value in changes.items() if value is not None})
        return self._changed(context=kept)

    def with_action(self, action: str) -> Request:
        """Return the same request for another action."""
        return self._changed(action=action)

    def _changed(self, **changes: Any) -> Request:
        parts: dict[str, Any] = {
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "resource_account": self.resource_account,
            "context": {value.name: list(value.values) for value in self.stated},
            "known": {value.name: list(value.values) for value in self.known},
        }
        return Request(**(parts | changes))

    def encryption_context(self) -> dict[str, str]:
        """Return the pairs of the KMS encryption context, names in the case in which they were stated."""
        return {
            value.name[len(ENCRYPTION_CONTEXT) :]: value.values[0]
            for value in self.stated
            if value.name.lower().startswith(ENCRYPTION_CONTEXT) and value.values
        }

    def to_dict(self) -> dict[str, object]:
        """Return the request as JSON-ready values: principal, action, resource, resource account and stated context."""
        return {
            "principal": self.principal.arn,
            "action": self.action,
            "resource": self.resource,
            "resource_account": self.resource_account,
            "context": {v.name: v.values[0] if len(v.values) == 1 else list(v.values) for v in self.stated},
        }


def check_request(request: object) -> None:
    """Refuse what is no request.

    Raises:
        ArgumentError: PG-A001.
    """
    check_argument("request", request, Request, "give a policygen.Request")


def _filled_in(
    derived: Derived, background: tuple[ContextValue, ...], by_name: dict[str, ContextValue]
) -> tuple[ContextValue, ...]:
    """Return what is derived or known and not stated, and put it into ``by_name``."""
    pairs = dict(derived)
    if background:
        pairs.update(background)
    found = [
        (name.lower(), ContextValue(name, values)) for name, values in pairs.items() if name.lower() not in by_name
    ]
    by_name.update(found)
    return tuple([value for _, value in found])


def _without_region(arn: Arn | None) -> str:
    """Patterns mostly leave the Region open: then this text is literal, or begins with literal text."""
    if arn is None or ":" in arn.resource:
        return ""
    return f"arn:{arn.partition}:{arn.service}::{arn.account}:{arn.resource}"


def scope_of(action: str, arn: Arn | None) -> str:
    """Return what of a resource, beside its owner, the rules about an action (in lower case) look at.

    Keys and their aliases, and roles with their paths, are judged by rules of their own.
    """
    if arn is None:
        return ""
    kind = f"{arn.partition}:{arn.service}"
    if action.startswith(("kms:", "sts:")):
        return f"{kind}:{arn.resource.rpartition('/')[0]}"
    return kind


def _caught(parse: Any, value: Any, problems: list[Problem]) -> Principal | None:
    try:
        found: Principal = parse(value)
    except RequestError as error:
        problems.extend(error.problems)
        return None
    return found


def _problem(code: str, message: str, pointer: str, hint: str | None = None) -> Problem:
    place = Place(source="request", pointer=pointer)
    return Problem(code=code, message=message, place=place, hint=hint, doc_url=_REQUEST)


def _check_parts(action: str, resource: str, account: str | None, problems: list[Problem]) -> Arn | None:
    if not isinstance(action, str) or not _ACTION.match(action):
        hint = "give one action such as `s3:GetObject`, without wildcards"
        problems.append(_problem("PG-R003", f"`{action}` is no action", "/action", hint))
    arn = parse_arn(resource) if isinstance(resource, str) else None
    if arn is None and resource != "*":
        hint = "give an ARN, or `*` for an action that takes no resource"
        problems.append(_problem("PG-R004", f"`{resource}` is no resource", "/resource", hint))
    if account is not None and not (isinstance(account, str) and is_account_id(account)):
        hint = "an account id has 12 digits; write it in quotes"
        problems.append(_problem("PG-R005", f"`{account}` is no account id", "/resource_account", hint))
    return arn


def _stated(context: Mapping[str, Any], problems: list[Problem]) -> tuple[ContextValue, ...]:
    found: list[ContextValue] = []
    seen: dict[str, str] = {}
    if not isinstance(context, Mapping):
        problems.append(_problem("PG-R006", "the context is a mapping of names to values", "/context"))
        return ()
    for name, value in context.items():
        values = (value,) if type(value) is str else _values(value)
        if not isinstance(name, str) or not name or values is None:
            message = f"`{name}` needs text or a list of texts"
            problems.append(_problem("PG-R006", message, f"/context/{name}"))
            continue
        first = seen.setdefault(name.lower(), name)
        if first != name and not name.lower().startswith(ENCRYPTION_CONTEXT):
            message = f"`{name}` is stated twice: names of context keys match without regard to case"
            problems.append(_problem("PG-R007", message, f"/context/{name}", f"it stands first as `{first}`"))
        found.append(ContextValue(name, values))
    return tuple(found)


def _values(value: Any) -> tuple[str, ...] | None:
    """Return the values as text; None when they are none. Null is a key without a value."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        texts = [_text(each) for each in value]
        return None if None in texts else tuple(each for each in texts if each is not None)
    text = _text(value)
    return None if text is None else (text,)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return None
    return str(value) if isinstance(value, (str, int, float)) else None


def _by_name(stated: tuple[ContextValue, ...]) -> dict[str, ContextValue]:
    """Index by lower-case name; pairs of an encryption context that differ in case only are put together.

    Unspecified: AWS does not say how two such pairs meet one condition; here either value can satisfy it.
    """
    found: dict[str, ContextValue] = {}
    for value in stated:
        name = value.name.lower()
        earlier = found.get(name)
        found[name] = ContextValue(earlier.name, earlier.values + value.values) if earlier else value
    return found
