"""What of a request the verdict of a plan hangs on: for whoever decides many requests, each distinct one once.

Two requests of one plan have one verdict where these are alike: which of the plan's patterns match the resource, and
what each of its conditions says of the values under its key. Where a plan looks further (variables, grants, what an
environment fills in), the values themselves must be alike; that is always safe.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from policygen.engine.conditions import ContextTest, Key, Test, Tests, ValueTest
from policygen.engine.elements import Element, telling
from policygen.evaluation.policies import Grant
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.wildcards import ANY


class Look(NamedTuple):
    """What one statement looks at.

    Attributes:
        element: The patterns that a resource is compared with; None where itself matters, and where every one matches.
        resource_itself: Whether the resource itself matters.
        asked: Its conditions, the cheapest first.
        tests: Those of them that rest on the values of one key.
        keys_themselves: Keys whose values themselves matter.
        has_derived: Whether one of these may follow from the rest of a request.
        follows_from_the_context: Whether a key follows from the names of others.
        names: Every key, in lower case.
    """

    element: Element | None
    resource_itself: bool
    asked: tuple[Test, ...]
    tests: tuple[ValueTest, ...]
    keys_themselves: frozenset[Key]
    has_derived: bool
    follows_from_the_context: bool
    names: frozenset[str]


class Looks:
    """What statements look at, worked out once for each.

    Attributes:
        tests: The tests of their conditions.
    """

    __slots__ = ("_found", "tests")

    def __init__(self, tests: Tests) -> None:
        """Make the tests of conditions with ``tests``."""
        self.tests = tests
        self._found: dict[int, tuple[CompiledStatement, Look]] = {}

    def of(self, statement: CompiledStatement) -> Look:
        """Return what a statement looks at."""
        found = self._found.get(id(statement))
        if found is None:
            found = self._found[id(statement)] = (statement, self._look(statement))
        return found[1]

    def _look(self, statement: CompiledStatement) -> Look:
        resources = statement.resources
        asked = self.tests.of_statement(statement.conditions)
        templates = resources.templates if resources is not None else ()
        themselves = {Key.of(name) for template in templates for name in template.variable_keys()}
        themselves.update(key for test in asked if isinstance(test, ContextTest) for key in test.keys)
        tests = tuple(each for each in asked if isinstance(each, ValueTest))
        keys = (*themselves, *(each.key for each in tests))
        asks = resources is not None and not templates and (ANY,) not in resources.static
        return Look(
            element=Element(resources) if asks and resources is not None else None,
            resource_itself=bool(templates),
            asked=asked,
            tests=tests,
            keys_themselves=frozenset(themselves),
            has_derived=any(each.is_derived for each in themselves),
            follows_from_the_context=any(each.follows_from_the_context for each in keys),
            names=frozenset(each.name.lower() for each in keys),
        )


_NOTHING_TOLD = telling(())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """What a plan looks at.

    Attributes:
        everything: Whether the requests must be alike in everything.
        elements: The Resource elements that it asks; none where the resource itself matters.
        of_resource: Equal for resources that these do not tell apart.
        resource_itself: Whether the resource itself matters.
        tests: Conditions on the values of one key, by the key.
        keys_themselves: Keys whose values themselves matter.
        caller_itself: Whether the caller itself matters, beside what policies say of callers.
    """

    everything: bool = False
    elements: tuple[Element, ...] = ()
    of_resource: Callable[[str], Hashable] = _NOTHING_TOLD
    resource_itself: bool = False
    tests: Mapping[Key, tuple[ValueTest, ...]] = field(default_factory=dict)
    keys_themselves: frozenset[Key] = frozenset()
    caller_itself: bool = False

    @property
    def keys(self) -> frozenset[Key]:
        """Every context key that it looks at."""
        return self.keys_themselves.union(self.tests)


EVERYTHING = Sight(everything=True)


def sight_of(looks: Sequence[Look], grants: Iterable[Grant], filled_in: frozenset[str]) -> Sight:
    """Return what a plan looks at.

    Args:
        looks: What its candidates look at.
        grants: The grants that come into question; they name callers, and may ask for any encryption context.
        filled_in: Keys, in lower case, that the source of the policies may fill in.
    """
    asked_grants = tuple(grants)
    if any(each.encryption_context_equals or each.encryption_context_subset for each in asked_grants):
        return EVERYTHING
    if any(each.follows_from_the_context for each in looks):
        return EVERYTHING
    themselves = frozenset().union(*[each.keys_themselves for each in looks])
    if any(each.source_arn for each in asked_grants):
        themselves |= {Key.of("aws:sourcearn")}
    by_key: dict[Key, dict[ValueTest, None]] = {}
    found: dict[Element, None] = {}
    resource_itself = caller_itself = False
    for look in looks:
        for test in look.tests:
            if test.key not in themselves:
                by_key.setdefault(test.key, {})[test] = None
        if look.element is not None:
            found[look.element] = None
        resource_itself |= look.resource_itself
        caller_itself |= look.has_derived or not filled_in.isdisjoint(look.names)
    elements = () if resource_itself else tuple(found)
    return Sight(
        elements=elements,
        of_resource=telling(elements),
        resource_itself=resource_itself,
        tests={key: tuple(each) for key, each in by_key.items()},
        keys_themselves=themselves,
        caller_itself=caller_itself or bool(asked_grants),
    )
