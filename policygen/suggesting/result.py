"""What is suggested, and what is said with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policygen.document.model import PolicyDocument
from policygen.document.write import thaw
from policygen.errors import Problem, Severity
from policygen.proofs import Minimized
from policygen.request import Request


class Level(Enum):
    """How much of a call a policy says."""

    ACTION = "action"
    """The actions, on every resource."""
    RESOURCE = "resource"
    """The actions, each on the resources on which it was used."""
    CONDITION = "condition"
    """Beside those, what all calls carried: Region, VPC endpoint, TLS, the service that is between, prefixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalised:
    """A pattern that stands for more than was used.

    Attributes:
        pattern: The pattern.
        actions: The actions that were used on it, or with it.
        count: For how many resources, or values of a condition key, it stands.
        key: The condition key; None for a resource.
    """

    pattern: str
    actions: tuple[str, ...]
    count: int
    key: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"pattern": self.pattern, "actions": list(self.actions), "count": self.count, "key": self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something for want of which calls, or a part of them, are in no policy.

    Attributes:
        name: What is missing: ``action``, ``principal``, ``resource``; else ``denied``, ``failed`` or ``caller``.
        cause: Why, as the end of a sentence.
        count: How many calls.
        operations: How many of them by operation, ``s3 GetObject``, the most frequent first.
    """

    name: str
    cause: str
    count: int
    operations: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"name": self.name, "cause": self.cause, "count": self.count, "operations": dict(self.operations)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAllowed:
    """A request that was used, and is not allowed for certain when it is replayed.

    Attributes:
        request: The request.
        calls: How many calls made it.
        verdict: ``denied`` or ``depends``.
        why: On what it depends, or how it is denied.
    """

    request: Request
    calls: int
    verdict: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"request": self.request.to_dict(), "calls": self.calls, "verdict": self.verdict, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """Something that a policy grants and no call used.

    Attributes:
        policy: The policy's name.
        statement: The statement's Sid or ``#index``.
        pattern: The action as it is written; None for the whole statement.
        granted: How many actions of the catalogue the pattern stands for; 0 for a whole statement, and where the
            catalogue knows none.
        actions: Those of them that were not used; empty for a pattern that stands for actions of every service.
    """

    policy: str
    statement: str
    pattern: str | None = None
    granted: int = 0
    actions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "policy": self.policy,
            "statement": self.statement,
            "pattern": self.pattern,
            "granted": self.granted,
            "actions": list(self.actions),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What is suggested for one user or role.

    Attributes:
        principal: The ARN of the user or role.
        calls: How many calls were used: those that AWS allowed and of which a request is told.
        requests: How many different requests they made.
        actions: The actions that were used and need a permission.
        minimized: The policies, proved to allow what is generalised from the calls and nothing else; None where there
            are none: nothing was used, or they do not fit the quota (``problems``).
        generalised: The patterns that stand for more than was used.
        free: Actions that were used and need no permission.
        not_allowed: Requests that the policies, beside all others that allow everything, do not allow.
        in_environment: Requests that are not allowed for certain in the environment with the policies in it; None
            without an environment.
        unused: What the environment's policies of the principal grant and no call used; None where the environment
            does not hold the principal, or without one.
        problems: Why there are no policies.
    """

    principal: str
    calls: int
    requests: int
    actions: tuple[str, ...]
    minimized: Minimized | None
    generalised: tuple[Generalised, ...] = ()
    free: tuple[str, ...] = ()
    not_allowed: tuple[NotAllowed, ...] = ()
    in_environment: tuple[NotAllowed, ...] | None = None
    unused: tuple[Unused, ...] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def policies(self) -> Mapping[str, PolicyDocument]:
        """The policies by name, `ACCOUNT/role/NAME.json`; with a number where there are several."""
        return self.minimized.policies if self.minimized is not None else {}

    @property
    def ok(self) -> bool:
        """Whether every request that was used is allowed when it is replayed, or may be in the environment."""
        return not self.not_allowed and all(each.verdict != "denied" for each in self.in_environment or ())

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values; the policies stand in it by name."""
        found = self.minimized
        return {
            "principal": self.principal,
            "calls": self.calls,
            "requests": self.requests,
            "actions": list(self.actions),
            "policies": {name: thaw(each.written) for name, each in self.policies.items()},
            "sizes": dict(found.after) if found is not None else {},
            "unit": found.unit if found is not None else None,
            "proved": found.proved if found is not None else None,
            "generalised": [each.to_dict() for each in self.generalised],
            "free": list(self.free),
            "not_allowed": [each.to_dict() for each in self.not_allowed],
            "in_environment": None if self.in_environment is None else [each.to_dict() for each in self.in_environment],
            "unused": None if self.unused is None else [each.to_dict() for each in self.unused],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What is suggested for each user and role that called.

    Attributes:
        level: The level of the policies.
        most: How many resources of an action stand in one place before a pattern takes theirs.
        events: How many records were read.
        suggested: What is suggested, by principal.
        left_out: What is in no policy, with its cause: denied calls, failed ones, what records do not tell.
        idle: Users and roles of the environment of which no record tells; None without an environment, or where only
            some principals were asked for.
        problems: What could not be read, and which policies do not fit the quota.
    """

    level: Level
    most: int
    events: int
    suggested: tuple[Suggested, ...]
    left_out: tuple[LeftOut, ...] = ()
    idle: tuple[str, ...] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def policies(self) -> dict[str, PolicyDocument]:
        """All policies by name."""
        return {name: document for each in self.suggested for name, document in each.policies.items()}

    @property
    def texts(self) -> dict[str, str]:
        """All policies as they are written, by name."""
        made = (each.minimized for each in self.suggested)
        return {name: text for each in made if each is not None for name, text in each.texts.items()}

    @property
    def ok(self) -> bool:
        """Whether something is suggested, and every request that was used is allowed when it is replayed."""
        return bool(self.policies) and all(each.ok for each in self.suggested)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are errors, those of the quota among them."""
        of_quota = (problem for each in self.suggested for problem in each.problems)
        return tuple(each for each in (*self.problems, *of_quota) if each.severity is Severity.ERROR)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "level": self.level.value,
            "most": self.most,
            "events": self.events,
            "ok": self.ok,
            "suggested": [each.to_dict() for each in self.suggested],
            "left_out": [each.to_dict() for each in self.left_out],
            "idle": None if self.idle is None else list(self.idle),
        }
