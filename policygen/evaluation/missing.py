"""Which context keys would have changed a decision, had the request stated them?

AWS sends some keys with every request; a request that is written by hand seldom states them all. A key counts as
missing when some value of it (alone, or together with other missing keys where none of them suffices) changes the
decision. Values are tried that the policies' own conditions tell apart: nothing else can make a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product

from policygen.evaluation.carried import way_of
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.search import values_told_apart
from policygen.evaluation.services import kms
from policygen.matching.conditions.examples import another_value
from policygen.request.condition_keys import KeyType, Way, always_sent, find_condition_key
from policygen.request.model import Request

_MOST_VALUES = 24
_MOST_DECISIONS = 3000
_LARGEST_SET = 3


def missing_context(
    policies: Policies, request: Request, decision: EvalDecision, judge: Callable[[Request], EvalDecision]
) -> tuple[str, ...]:
    """Return the missing context keys, in AWS's spelling, in the order of the table of condition keys.

    Args:
        policies: The policies that decided.
        request: The request that was judged.
        decision: The decision on it.
        judge: Returns the decision on another request under the same policies.
    """
    values = {name: _values(name, policies, request) for name in _absent_keys(policies, request)}
    values = {name: found for name, found in values.items() if found}
    tries = 0
    found: list[frozenset[str]] = []
    for size in range(1, min(_LARGEST_SET, len(values)) + 1):
        for names in combinations(values, size):
            if any(each <= frozenset(names) for each in found):
                continue
            for chosen in product(*(values[name] for name in names)):
                tries += 1
                if tries > _MOST_DECISIONS:
                    return _in_order(values, found)
                if judge(request.with_context(dict(zip(names, chosen, strict=True)))) is not decision:
                    found.append(frozenset(names))
                    break
    return _in_order(values, found)


def _in_order(values: Iterable[str], found: Iterable[frozenset[str]]) -> tuple[str, ...]:
    missing = frozenset().union(*found)
    return tuple(name for name in values if name in missing)


def _absent_keys(policies: Policies, request: Request) -> Iterator[str]:
    """Yield the keys that AWS sends with this request, that it lacks, and that a statement looks at."""
    way = way_of(request, through_endpoint=policies.vpc_endpoint is not None) or Way.NETWORK
    names = always_sent(request.principal.kind, way, request.service, on_kms_key=kms.is_key_request(request))
    used = frozenset().union(
        *(statement.variable_keys() for policy in policies.policies() for statement in policy.statements)
    )
    return (name for name in names if name.lower() in used and name.lower() not in request.context)


def _values(name: str, policies: Policies, request: Request) -> tuple[str, ...]:
    """Return values of a key that the policies tell apart, without repetition; one that none of them names is first."""
    key = name.lower()
    known = find_condition_key(name)
    if known is not None and known.types == (KeyType.BOOL,):
        return ("true", "false")
    statements = (statement for policy in policies.policies() for statement in policy.statements)
    found = values_told_apart(key, statements, request)
    return (another_value(name, found), *found)[:_MOST_VALUES]
