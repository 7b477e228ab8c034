"""What a check is: one issue code, the documents it concerns, and one function that finds it.

A check's function yields hits; it knows nothing about lines, links or reports. The decorators turn a function into a
:class:`Check`; :mod:`policygen.lint.registry` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from policygen.lint.findings import FindingType, learn_more
from policygen.lint.policy import Condition, Policy, Statement
from policygen.lint.policy_types import POLICIES, REPLICATION, PolicyType
from policygen.source.nodes import Mapping, Node

_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a check found something.

    Attributes:
        node: What it is about.
        details: What is wrong, in one sentence.
        as_key: Whether ``node`` is the name of a member, not a value.
        part: Start and length of the piece of the value that is meant; None for the whole.
        finding_type: Another finding type than the check's own, where the policy type makes it matter less.
    """

    node: Node
    details: str
    as_key: bool = False
    part: tuple[int, int] | None = None
    finding_type: FindingType | None = None


def at(node: Node, details: str) -> Hit:
    """Return a hit about a value."""
    return Hit(node=node, details=details)


def at_key(node: Node, details: str) -> Hit:
    """Return a hit about the name of a member; about the whole object when the name is missing."""
    return Hit(node=node, details=details, as_key=not isinstance(node, Mapping))


COMPLETE = ("aws", "s3", "kms", "iam", "sts")
"""Prefixes of which the catalogue knows every name. AWS's own managed policies show that it does not for others."""

ALL_ACTIONS = (
    *COMPLETE,
    *("cloudwatch", "dynamodb", "ecr", "events", "lambda", "logs", "secretsmanager", "sns", "sqs"),
)
"""Prefixes of which it knows every action that AWS's own managed policies name, and that seldom get new ones."""

_NEAR = 0.8
_TYPO = 0.9


def how_sure(service: str, known: Iterable[str] = COMPLETE) -> FindingType | None:
    """Return WARNING for what only the catalogue says of a service that it may not know whole; None otherwise."""
    return None if service in known else FindingType.WARNING


def nearest(name: str, known: Iterable[str], *, typo: bool = False) -> str | None:
    """Return the known name that was probably meant; None when nothing is near. Letter case does not count.

    With ``typo`` it must be nearer still: one letter or two.
    """
    names = {each.lower(): each for each in known}
    near = get_close_matches(name.lower()[:_LONGEST], names, n=1, cutoff=_TYPO if typo else _NEAR)
    return names[near[0]] if near else None


def shown(text: str) -> str:
    """Return the user's own text for a message: in backticks, cut short, on one line, printable.

    >>> shown("a" * 200) == "`" + "a" * 99 + "…`"
    True
    """
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    printable = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in short
    )
    return f"`{printable}`"


Finder = Callable[[Policy], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        code: The issue code.
        finding_type: How much a finding of it matters.
        summary: What it finds, in one sentence.
        types: The policy types it concerns.
        facts: Ids of the facts it rests on.
        url: AWS's page.
        is_own: Whether the code is ours because Access Analyzer has none.
        find: Yields the hits in a document.
    """

    code: str
    finding_type: FindingType
    summary: str
    types: frozenset[PolicyType]
    facts: tuple[str, ...]
    url: str
    is_own: bool
    find: Finder


def check(
    code: str,
    finding_type: FindingType,
    *,
    facts: str = "",
    types: frozenset[PolicyType] = POLICIES,
    url: str | None = None,
) -> Callable[[Finder], Check]:
    """Return a decorator that makes a check of a function over a whole document.

    Args:
        code: The issue code.
        finding_type: How much it matters.
        facts: Ids of facts, separated by spaces.
        types: The policy types it concerns.
        url: AWS's page for a code of our own; Access Analyzer's codes have theirs.
    """

    def made(find: Finder) -> Check:
        summary = (find.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        return Check(
            code=code,
            finding_type=finding_type,
            summary=summary,
            types=types,
            facts=tuple(facts.split()),
            url=url or learn_more(finding_type, code),
            is_own=url is not None,
            find=find,
        )

    return made


def statement_check(
    code: str,
    finding_type: FindingType,
    *,
    facts: str = "",
    types: frozenset[PolicyType] = POLICIES,
    url: str | None = None,
) -> Callable[[Callable[[Policy, Statement], Iterator[Hit]]], Check]:
    """Return a decorator that makes a check of a function over one statement; see :func:`check`."""

    def made(find: Callable[[Policy, Statement], Iterator[Hit]]) -> Check:
        def find_all(policy: Policy) -> Iterator[Hit]:
            for statement in policy.statements:
                yield from find(policy, statement)

        find_all.__doc__ = find.__doc__
        return check(code, finding_type, facts=facts, types=types, url=url)(find_all)

    return made


def condition_check(
    code: str,
    finding_type: FindingType,
    *,
    facts: str = "",
    types: frozenset[PolicyType] = POLICIES,
    url: str | None = None,
) -> Callable[[Callable[[Policy, Statement, Condition], Iterator[Hit]]], Check]:
    """Return a decorator that makes a check of a function over one condition; see :func:`check`."""

    def made(find: Callable[[Policy, Statement, Condition], Iterator[Hit]]) -> Check:
        def find_all(policy: Policy, statement: Statement) -> Iterator[Hit]:
            for condition in statement.conditions:
                yield from find(policy, statement, condition)

        find_all.__doc__ = find.__doc__
        return statement_check(code, finding_type, facts=facts, types=types, url=url)(find_all)

    return made


def rule_check(code: str, finding_type: FindingType, *, facts: str, url: str) -> Callable[[RuleFinder], Check]:
    """Return a decorator that makes a check of a function over one rule of a replication configuration."""

    def made(find: RuleFinder) -> Check:
        def find_all(policy: Policy) -> Iterator[Hit]:
            for rule in policy.rules:
                yield from find(rule)

        find_all.__doc__ = find.__doc__
        return check(code, finding_type, facts=facts, types=REPLICATION, url=url)(find_all)

    return made


RuleFinder = Callable[[Mapping], Iterator[Hit]]
