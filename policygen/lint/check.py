"""What a check is: one issue code and one function that finds it, which the decorator above it registers.

A check's function gets one part of a document (a statement, a condition, …) and yields hits; it knows nothing about
lines, links or reports. Each decorator stands for one kind of part. The modules of :mod:`policygen.lint.checks` hold
the checks, and a JSON file of the same name beside each module their examples.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from policygen.errors import Place
from policygen.lint.findings import FindingType, learn_more
from policygen.lint.policy import Condition, Policy, Rule, Statement
from policygen.lint.policy_types import POLICIES, REPLICATION, PolicyType
from policygen.source.nodes import Node, Scalar

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a check found something.

    Attributes:
        place: Where what it is about stands.
        details: What is wrong, in one sentence.
        as_key: Whether the name of a member is meant, not a value.
        part: Start and length of the piece of the value that is meant; None for the whole.
        warning: Whether it is a WARNING here, because the policy type makes it matter less or nobody can be sure.
    """

    place: Place
    details: str
    as_key: bool = False
    part: tuple[int, int] | None = None
    warning: bool = False


def at(node: Node, details: str, *, part: tuple[int, int] | None = None, warning: bool = False) -> Hit:
    """Return a hit about a value, or about a piece of it."""
    return Hit(place=node.place, details=details, part=part, warning=warning)


def at_key(name: Scalar, details: str, *, warning: bool = False) -> Hit:
    """Return a hit about the name of a member."""
    return Hit(place=name.place, details=details, as_key=True, warning=warning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: ``find`` yields the hits in a document, ``module`` is the one that it stands in."""

    code: str
    finding_type: FindingType
    summary: str
    types: frozenset[PolicyType]
    facts: tuple[str, ...]
    url: str
    module: str
    find: Callable[[Policy], Iterator[Hit]]


REGISTERED: list[Check] = []
"""What the modules imported so far have registered; :func:`policygen.lint.checks.load_checks` imports them all."""


@dataclass(frozen=True, slots=True)
class ChecksOf(Generic[Part]):
    """A decorator for functions that look at one part of a document at a time, and the types that have such parts."""

    parts: Callable[[Policy], Iterable[Part]]
    types: frozenset[PolicyType] = POLICIES

    def __call__(
        self,
        code: str,
        finding_type: FindingType,
        *,
        facts: str = "",
        types: frozenset[PolicyType] | None = None,
        url: str | None = None,
        summary: str = "",
    ) -> Callable[[Callable[[Part], Iterator[Hit]]], Callable[[Part], Iterator[Hit]]]:
        """Return the decorator that registers a function, or a partial of one, as a check.

        Args:
            code: The issue code.
            finding_type: How much a finding matters.
            facts: Ids of facts, separated by spaces.
            types: The policy types it concerns, where it does not concern all that have such parts.
            url: AWS's page for a code of our own; Access Analyzer's codes have theirs.
            summary: What it finds; the first line of the function's docstring when none is given.
        """

        def register(find: Callable[[Part], Iterator[Hit]]) -> Callable[[Part], Iterator[Hit]]:
            REGISTERED.append(
                Check(
                    code=code,
                    finding_type=finding_type,
                    summary=summary or (find.__doc__ or "").partition("\n")[0].rstrip("."),
                    types=types or self.types,
                    facts=tuple(facts.split()),
                    url=url or learn_more(finding_type, code),
                    module=getattr(find, "func", find).__module__.rpartition(".")[2],
                    find=lambda policy: (hit for part in self.parts(policy) for hit in find(part)),
                )
            )
            return find

        return register


text_check: ChecksOf[Policy] = ChecksOf(lambda policy: (policy,), POLICIES | REPLICATION)
"""Decorator of checks of any text, whatever it holds."""

check: ChecksOf[Policy] = ChecksOf(lambda policy: (policy,) if policy.is_object else ())
"""Decorator of checks of a whole policy document."""

statement_check: ChecksOf[Statement] = ChecksOf(lambda policy: policy.statements)
"""Decorator of checks of one statement."""

condition_check: ChecksOf[Condition] = ChecksOf(lambda policy: policy.conditions)
"""Decorator of checks of one condition key under one operator."""

configuration_check: ChecksOf[Policy] = ChecksOf(check.parts, REPLICATION)
"""Decorator of checks of a whole replication configuration."""

rule_check: ChecksOf[Rule] = ChecksOf(lambda policy: policy.rules, REPLICATION)
"""Decorator of checks of one rule of a replication configuration."""
