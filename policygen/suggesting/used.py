"""What was used: of the records that tell of a call that AWS allowed, each different request once.

However many records there are, one of each different request of a user or role is in memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from policygen.aws.arns import parse_arn
from policygen.evaluation.environment import identity_of
from policygen.events import Event, EventRequest, Outcome, Record, event_of
from policygen.events.causes import RESOURCE
from policygen.request import Principal, Request
from policygen.suggesting.conditions import KEYS, Values, values_of
from policygen.suggesting.result import LeftOut

_DENIED = "AWS denied the call"
_FAILED = "the call failed for another reason: whether it was allowed is not told"
_NO_POLICIES = "no identity-based policy is attached to this caller: a service, a root user, somebody outside"
_OF_SERVICES = "AWS alone writes the policies of service-linked roles"

_UNUSUAL = re.compile(r"[^\w+=,.@-]", re.ASCII)
"""What stands in no name of a user or role."""

Identity = tuple[str, str, str]
"""Account, ``user`` or ``role``, and name: names are unique in an account, whatever their paths (E245)."""


@dataclass(slots=True)
class Use:
    """A request that was used.

    Attributes:
        asked: The request, with what its record leaves open.
        carried: What it carries for the keys of which conditions are made.
        calls: How many calls made it.
    """

    asked: EventRequest
    carried: Values
    calls: int = 0


@dataclass(slots=True)
class Caller:
    """A user or role, and what it used.

    Attributes:
        name: What its policy is called: account, kind and name as a path.
        arn: Its ARN; of those under which it is recorded, the one with a path.
        calls: How many calls were used.
        uses: The different requests.
    """

    name: str
    arn: str
    calls: int = 0
    uses: dict[Hashable, Use] = field(default_factory=dict)


class Gathered:
    """What records tell, gathered record by record.

    Attributes:
        events: How many records there were.
        callers: The users and roles.
        others: The ARNs of those that were not asked for.
    """

    def __init__(
        self, keys: frozenset[str] = frozenset(), *, whole: bool = False, only: Collection[Identity] = ()
    ) -> None:
        """Gather nothing yet.

        Args:
            keys: The condition keys at which the other policies look, in lower case.
            whole: Whether requests that differ in anything are different; else in action, resource and the values of
                which conditions are made.
            only: The users and roles that are asked for; empty for all.
        """
        self.events = 0
        self.callers: dict[Identity, Caller] = {}
        self.others: set[str] = set()
        self._keys = keys | {each.lower() for each in KEYS}
        self._whole = whole
        self._only = frozenset(only)
        self._left_out: dict[tuple[str, str], Counter[str]] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Take in records."""
        for record in records:
            self.events += 1
            self._take(event_of(record, self._keys))

    def left_out(self) -> Iterator[LeftOut]:
        """Yield what is in no policy, the most frequent first."""
        for (name, cause), found in sorted(self._left_out.items(), key=lambda each: (-each[1].total(), each[0])):
            yield LeftOut(name=name, cause=cause, count=found.total(), operations=dict(found.most_common()))

    def _take(self, event: Event) -> None:
        identity = None if event.principal is None else identity_key(event.principal)
        if self._only and event.principal is not None and identity not in self._only:
            self.others |= {identity_of(event.principal) or ""} if identity is not None else set()
            return
        if identity is not None:
            self._caller(identity, event)
        if event.outcome is not Outcome.ALLOWED and not _is_no_call(event):
            self._leave("denied" if event.outcome is Outcome.DENIED else "failed", _why(event), event)
            return
        for each in event.unknown:
            self._leave(each.name, each.cause.value, event)
        if event.requests and identity is None:
            self._leave("caller", _why_no_identity(event.principal), event)
        elif event.requests and identity is not None:
            self._use(self.callers[identity], event)

    def _caller(self, identity: Identity, event: Event) -> None:
        arn = (event.principal and identity_of(event.principal)) or ""
        found = self.callers.setdefault(identity, Caller(name=_name_of(identity), arn=arn))
        if len(arn) > len(found.arn):
            found.arn = arn

    def _use(self, caller: Caller, event: Event) -> None:
        caller.calls += event.count
        for asked in event.requests:
            carried = values_of(asked.request)
            short = asked.request.action, asked.request.resource, asked.lacks(RESOURCE), carried
            key: Hashable = asked if self._whole else short
            use = caller.uses.get(key)
            if use is None:
                kept = asked if self._whole else _in_short(asked, carried)
                use = caller.uses[key] = Use(asked=kept, carried=carried)
            use.calls += event.count

    def _leave(self, name: str, cause: str, event: Event) -> None:
        operation = f"{event.source.removesuffix('.amazonaws.com')} {event.name}".strip()
        self._left_out.setdefault((name, cause), Counter())[operation] += event.count


def _is_no_call(event: Event) -> bool:
    """Tell whether the record is of something that no policy decides, which its unknown action says already."""
    return event.outcome is Outcome.NOT_TOLD and event.error_code is None


def _why(event: Event) -> str:
    return _DENIED if event.outcome is Outcome.DENIED else _FAILED


def identity_key(principal: Principal) -> Identity | None:
    """Return what names the user or role whose policies can be written; None where there is none."""
    arn = parse_arn(identity_of(principal) or "")
    if arn is None or principal.is_service_linked_role:
        return None
    kind, slash, rest = arn.resource.partition("/")
    return (arn.account, kind, rest.rpartition("/")[2]) if slash and kind in ("user", "role") else None


def _name_of(identity: Identity) -> str:
    account, kind, name = identity
    return f"{account}/{kind}/{_UNUSUAL.sub('_', name)}.json"


def _why_no_identity(principal: Principal | None) -> str:
    return _OF_SERVICES if principal is not None and principal.is_service_linked_role else _NO_POLICIES


def _in_short(asked: EventRequest, carried: Values) -> EventRequest:
    """Return a request with what suggested policies look at, and nothing else: there may be many of them."""
    request = asked.request
    short = Request(
        principal=request.principal,
        action=request.action,
        resource=request.resource,
        resource_account=request.resource_account,
        context={key: value for key, value in zip(KEYS, carried, strict=True) if value is not None},
    )
    return EventRequest(request=short, unknown=tuple(each for each in asked.unknown if each.name == RESOURCE))
