"""What comes out: for each policy, which statements and which values of elements some test exercises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from policygen.document import PolicyDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many there are, and how many of them are covered."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """The covered ones in per cent, to one decimal below; 100 where there are none."""
        return 100.0 if not self.total else self.covered * 1000 // self.total / 10

    def to_dict(self) -> dict[str, int]:
        """Return the count as JSON-ready values."""
        return {"covered": self.covered, "total": self.total}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCoverage:
    """One value of an element: an action pattern, a resource, a principal, a condition's value.

    Attributes:
        element: ``Action``, ``NotResource``, ``Principal`` …; of a condition ``Condition OPERATOR KEY``.
        value: The value as written.
        held: Whether the statement applied to some test, and the value held.
        failed: Whether the value alone kept the statement from applying to some test.
        can_fail: Whether there is any request for which it could.
    """

    element: str
    value: str
    held: bool
    failed: bool
    can_fail: bool

    @property
    def covered(self) -> bool:
        """Whether there is a test for either way that there is."""
        return self.held and (self.failed or not self.can_fail)

    @property
    def lacks(self) -> str:
        """What no test shows, in words; empty where nothing is."""
        ways = ["holds"] if not self.held else []
        ways += ["alone fails"] if self.can_fail and not self.failed else []
        return f"no test in which it {', and none in which it '.join(ways)}" if ways else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementCoverage:
    """One statement.

    Attributes:
        statement: Its Sid, or ``#index``.
        decided: Whether it decided some test.
        values: The values of its elements, in their order.
    """

    statement: str
    decided: bool
    values: tuple[ValueCoverage, ...]

    def missing(self) -> Iterator[tuple[str, str]]:
        """Yield what no test exercises, and what is lacking; a statement that decides none stands for its values."""
        if not self.decided:
            yield self.statement, "it decides no test"
            return
        for each in self.values:
            if not each.covered:
                yield f"{self.statement}.{each.element} {each.value}", each.lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCoverage:
    """One policy.

    Attributes:
        policy: Its name.
        document: The policy.
        of_statements: Its statements.
    """

    policy: str
    document: PolicyDocument = field(repr=False)
    of_statements: tuple[StatementCoverage, ...]

    @property
    def statements(self) -> Count:
        """The statements, and those that decided some test."""
        decided = sum(each.decided for each in self.of_statements)
        return Count(covered=decided, total=len(self.of_statements))

    @property
    def elements(self) -> Count:
        """The values of elements, and those that some test holds and some test fails."""
        values = [each.covered for one in self.of_statements for each in one.values]
        return Count(covered=sum(values), total=len(values))

    @property
    def missing(self) -> tuple[str, ...]:
        """What no test exercises: ``SID``, or ``SID.ELEMENT VALUE``."""
        return tuple(name for name, _ in self.gaps())

    def gaps(self) -> Iterator[tuple[str, str]]:
        """Yield what no test exercises, each with what is lacking in words."""
        for each in self.of_statements:
            yield from each.missing()

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as JSON-ready values."""
        found = {"policy": self.policy, "statements": self.statements.to_dict(), "elements": self.elements.to_dict()}
        return found | {"missing": list(self.missing)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What of policies their tests exercise.

    Attributes:
        policies: One entry a policy.
    """

    policies: tuple[PolicyCoverage, ...]

    @property
    def statements(self) -> Count:
        """The statements of all policies."""
        return _sum(each.statements for each in self.policies)

    @property
    def elements(self) -> Count:
        """The values of all policies' elements."""
        return _sum(each.elements for each in self.policies)

    @property
    def percent(self) -> float:
        """The lower one of both in per cent, to one decimal below: what a limit is compared with."""
        return min(self.statements.percent, self.elements.percent)

    def to_dict(self) -> dict[str, Any]:
        """Return the coverage as JSON-ready values."""
        found: dict[str, Any] = {"statements": self.statements.to_dict(), "elements": self.elements.to_dict()}
        return found | {"policies": [each.to_dict() for each in self.policies]}


def _sum(counts: Iterable[Count]) -> Count:
    listed = tuple(counts)
    return Count(covered=sum(each.covered for each in listed), total=sum(each.total for each in listed))
