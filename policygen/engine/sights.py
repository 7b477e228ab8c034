"""What of a request the verdict of a plan hangs on: for whoever decides many requests, each distinct one once.

Two requests of one plan have one verdict where these are alike: which of the plan's patterns match the resource, and
what each of its conditions says of the values under its key. Where a plan looks further (variables, grants, what an
environment fills in), the values themselves must be alike; that is always safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from policygen.engine.conditions import ContextTest, Key, Test, ValueTest
from policygen.engine.plans import Candidate
from policygen.engine.resources import Entry, Find, compile_index, compile_quick
from policygen.evaluation.policies import Grant
from policygen.matching.wildcards import ANY


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """What a plan looks at.

    Attributes:
        everything: Whether the requests must be alike in everything.
        of_resource: Tells resources apart; None where the resource does not matter, or itself does.
        resource_itself: Whether the resource itself matters.
        tests: Conditions on the values of one key, by the key.
        keys_themselves: Keys whose values themselves matter.
        caller_itself: Whether the caller itself matters, beside what policies say of callers.
    """

    everything: bool = False
    of_resource: Find | None = None
    resource_itself: bool = False
    tests: Mapping[Key, tuple[ValueTest, ...]] = field(default_factory=dict)
    keys_themselves: frozenset[Key] = frozenset()
    caller_itself: bool = False


EVERYTHING = Sight(everything=True)


def sight_of(
    found: Iterable[Candidate], tests: Iterable[tuple[Test, ...]], grants: Iterable[Grant], filled_in: frozenset[str]
) -> Sight:
    """Return what a plan looks at.

    Args:
        found: Its candidates.
        tests: The conditions of each as tests.
        grants: The grants that come into question; they name callers, and may ask for any encryption context.
        filled_in: Keys, in lower case, that the source of the policies may fill in.
    """
    asked_grants = tuple(grants)
    if any(each.encryption_context_equals or each.encryption_context_subset for each in asked_grants):
        return EVERYTHING
    themselves = {Key.of("aws:sourcearn")} if any(each.source_arn for each in asked_grants) else set()
    entries: list[Entry] = []
    by_key: dict[Key, dict[ValueTest, None]] = {}
    resource_itself = False
    for number, (candidate, asked) in enumerate(zip(found, tests, strict=True)):
        resources = candidate.statement.resources
        if resources is not None and resources.templates:
            resource_itself = True
            names = frozenset().union(*(each.variable_keys() for each in resources.templates))
            themselves |= {Key.of(name) for name in names}
        if resources is not None and (ANY,) not in resources.static:
            entries += [Entry(tokens, frozenset((number,))) for tokens in resources.static]
        for test in asked:
            if isinstance(test, ContextTest):
                themselves |= set(test.keys)
            else:
                by_key.setdefault(test.key, {})[test] = None
    if any(each.follows_from_the_context for each in (*by_key, *themselves)):
        return EVERYTHING
    named = {each.name.lower() for each in (*by_key, *themselves)}
    return Sight(
        of_resource=compile_index(entries, frozenset(), compile_quick) if entries and not resource_itself else None,
        resource_itself=resource_itself,
        tests={key: tuple(each) for key, each in by_key.items() if key not in themselves},
        keys_themselves=frozenset(themselves),
        caller_itself=bool(asked_grants)
        or not named.isdisjoint(filled_in)
        or any(each.is_derived for each in themselves),
    )
