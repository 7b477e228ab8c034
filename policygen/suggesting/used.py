"""What was used: of the records that tell of a call that AWS allowed, each different request once.

However many records there are, one of each different request of a user or role is in memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from policygen.aws.arns import parse_arn
from policygen.evaluation.environment import identity_of
from policygen.events import Cause, Event, EventRequest, Outcome
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


class Who(NamedTuple):
    """A caller.

    Attributes:
        principal: As recorded; None where the record does not name it.
        arn: The ARN of the user, or of a session's role; empty where it has none.
        identity: What names the user or role; None for a caller whose policies nobody can write.
    """

    principal: Principal | None
    arn: str
    identity: Identity | None

    @classmethod
    def of(cls, principal: Principal | None) -> Who:
        """Return who a principal is."""
        if principal is None:
            return cls(None, "", None)
        return cls(principal, identity_of(principal) or "", identity_key(principal))


class Ask(NamedTuple):
    """What was asked for.

    Attributes:
        of: The request, with what its record leaves open. It may be one like it: who asks, and what stands below, is
            told beside.
        action: The action.
        resource: The resource.
        lacks: Why the resource is not known to the end; None where it is.
        carried: What the request carries for the keys of which conditions are made.
    """

    of: EventRequest
    action: str
    resource: str
    lacks: Cause | None
    carried: Values

    @classmethod
    def for_request(cls, asked: EventRequest) -> Ask:
        """Return what a request asks for."""
        request = asked.request
        return cls(asked, request.action, request.resource, asked.lacks(RESOURCE), values_of(request))


@dataclass(slots=True)
class Use:
    """A request that was used.

    Attributes:
        ask: What was asked for.
        principal: Who asked; None where the request itself says everything.
        calls: How many calls made it.
    """

    ask: Ask
    principal: Principal | None
    calls: int = 0

    def asked(self) -> EventRequest:
        """Return the request; of one that is told in short with what suggested policies look at, and nothing else."""
        if self.principal is None:
            return self.ask.of
        request = Request(
            principal=self.principal,
            action=self.ask.action,
            resource=self.ask.resource,
            resource_account=self.ask.of.request.resource_account,
            context={key: value for key, value in zip(KEYS, self.ask.carried, strict=True) if value is not None},
        )
        return EventRequest(
            request=request, unknown=tuple(each for each in self.ask.of.unknown if each.name == RESOURCE)
        )


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

    def add(self, ask: Ask, principal: Principal | None, calls: int) -> None:
        """Take in that something was asked for; without ``principal`` the request itself tells it from others."""
        key: Hashable = ask.of if principal is None else ask[1:]
        use = self.uses.get(key)
        if use is None:
            use = self.uses[key] = Use(ask, principal)
        use.calls += calls

    def merge(self, later: Caller) -> None:
        """Take in what the same user or role used later."""
        self.calls += later.calls
        for key, use in later.uses.items():
            known = self.uses.setdefault(key, use)
            if known is not use:
                known.calls += use.calls

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the uses part by part, which takes a fraction of the time that one after the other does."""
        parts = zip(*((*each.ask, each.principal, each.calls) for each in self.uses.values()), strict=True)
        return _caller, (self.name, self.arn, self.calls, *parts)


def _caller(name: str, arn: str, calls: int, *parts: tuple[Any, ...]) -> Caller:
    found = Caller(name=name, arn=arn, calls=calls)
    for *ask, principal, times in zip(*parts, strict=True):
        found.add(Ask._make(ask), principal, times)
    return found


class Gathered:
    """What records tell, gathered.

    Attributes:
        keys: The condition keys that are looked at, in lower case.
        whole: Whether requests that differ in anything are different.
        only: The users and roles that are asked for; empty for all.
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
        self.keys = keys | {each.lower() for each in KEYS}
        self.whole = whole
        self.only = frozenset(only)
        self.events = 0
        self.callers: dict[Identity, Caller] = {}
        self.others: set[str] = set()
        self._left_out: dict[tuple[str, str], Counter[str]] = {}

    def is_wanted(self, who: Who) -> bool:
        """Tell whether a caller is asked for, or may be."""
        return not self.only or who.principal is None or who.identity in self.only

    def pass_over(self, who: Who, times: int) -> None:
        """Take in that some records are of a caller who is not wanted."""
        self.events += times
        if who.identity is not None:
            self.others.add(who.arn)

    def add(self, event: Event, who: Who, asks: Iterable[Ask], times: int) -> None:
        """Take in what records tell that differ in nothing that is looked at, of a caller who is wanted.

        Args:
            event: What they tell.
            who: Who called.
            asks: What was asked for, in the order of the event's requests.
            times: For how many records they stand.
        """
        self.events += times
        calls = event.count * times
        if who.identity is not None:
            self._caller(who.identity, who.arn)
        if event.outcome is not Outcome.ALLOWED and not _is_no_call(event):
            self._leave("denied" if event.outcome is Outcome.DENIED else "failed", _why(event), event, calls)
            return
        for each in event.unknown:
            self._leave(each.name, each.cause.value, event, calls)
        if event.requests and who.identity is None:
            self._leave("caller", _why_no_identity(who.principal), event, calls)
        elif event.requests and who.identity is not None:
            self._use(self.callers[who.identity], who.principal, asks, calls)

    def merge(self, later: Gathered) -> None:
        """Take in what was gathered of the records behind these."""
        self.events += later.events
        self.others |= later.others
        for identity, each in later.callers.items():
            self._caller(identity, each.arn).merge(each)
        for left, operations in later._left_out.items():
            self._left_out.setdefault(left, Counter()).update(operations)

    def left_out(self) -> Iterator[LeftOut]:
        """Yield what is in no policy, the most frequent first."""
        for (name, cause), found in sorted(self._left_out.items(), key=lambda each: (-each[1].total(), each[0])):
            yield LeftOut(name=name, cause=cause, count=found.total(), operations=dict(found.most_common()))

    def _caller(self, identity: Identity, arn: str) -> Caller:
        found = self.callers.get(identity)
        if found is None:
            found = self.callers[identity] = Caller(name=_name_of(identity), arn=arn)
        elif len(arn) > len(found.arn):
            found.arn = arn
        return found

    def _use(self, caller: Caller, principal: Principal | None, asks: Iterable[Ask], calls: int) -> None:
        caller.calls += calls
        for ask in asks:
            caller.add(ask, None if self.whole else principal, calls)

    def _leave(self, name: str, cause: str, event: Event, calls: int) -> None:
        operation = f"{event.source.removesuffix('.amazonaws.com')} {event.name}".strip()
        self._left_out.setdefault((name, cause), Counter())[operation] += calls


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
