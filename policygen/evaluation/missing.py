"""Which context keys would have changed a decision, had the request stated them?

AWS sends some keys with every request; a request that is written by hand seldom states them all. A key counts as
missing when some value of it (alone, or together with other missing keys where none of them suffices) changes the
decision. Values are tried that the policies' own conditions tell apart: nothing else can make a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product

from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.services import kms
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.conditions import CompiledCondition
from policygen.matching.conditions.operators import ValueType
from policygen.matching.conditions.values import read_date, read_network, read_number
from policygen.matching.variables import Template, Variable, variable_value
from policygen.matching.wildcards import Wildcard
from policygen.request.condition_keys import KeyType, Way, always_sent, find_condition_key
from policygen.request.model import Request

_OTHER = "policygen-any-other-value"
_MOST_VALUES = 24
_MOST_PLACES = 4
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
    names = tuple(name for name in _always_sent(policies, request) if name.lower() not in request.context)
    used = frozenset().union(
        *(statement.variable_keys() for policy in policies.policies() for statement in policy.statements)
    )
    return (name for name in names if name.lower() in used)


def _always_sent(policies: Policies, request: Request) -> tuple[str, ...]:
    """Return the keys that AWS sends with this request, in the order of the table of condition keys."""
    return always_sent(
        request.principal.kind, _way(policies, request), request.service, on_kms_key=kms.is_key_request(request)
    )


def _way(policies: Policies, request: Request) -> Way:
    """Return the way that the request takes: an endpoint's policy, or a key that only endpoints send, tells it.

    Unspecified: AWS does not say what is left of the first call's way when a service forwards it; here a stated key of
    an endpoint counts for more than ``aws:ViaAWSService``.
    """
    if policies.vpc_endpoint is not None or any(_only_through_endpoint(name) for name in request.context):
        return Way.VPC_ENDPOINT
    forwarded = request.context.get("aws:viaawsservice")
    return Way.FORWARDED if forwarded is not None and "true" in map(str.lower, forwarded.values) else Way.NETWORK


def _only_through_endpoint(name: str) -> bool:
    key = find_condition_key(name)
    return key is not None and key.ways == {Way.VPC_ENDPOINT}


def _values(name: str, policies: Policies, request: Request) -> tuple[str, ...]:
    """Return values of a key that the policies tell apart, without repetition; one that none of them names is first."""
    key = name.lower()
    known = find_condition_key(name)
    if known is not None and known.types == (KeyType.BOOL,):
        return ("true", "false")
    found: dict[str, None] = {}
    for policy in policies.policies():
        for statement in policy.statements:
            found.update(dict.fromkeys(_of_statement(key, statement, request)))
    return (_other(found), *found)[:_MOST_VALUES]


def _of_statement(key: str, statement: CompiledStatement, request: Request) -> Iterator[str]:
    for condition in statement.conditions:
        if condition.key == key:
            yield from _of_condition(condition, request)
        asked = request.context.get(condition.key)
        for template in condition.templates:
            for text in asked.values if asked else ():
                yield from _left_over(template, key, text, request)
    for template in statement.resource_templates:
        yield from _left_over(template, key, request.resource, request)


def _left_over(template: Template, key: str, text: str, request: Request) -> Iterator[str]:
    """Yield what the variable ``key`` may have to be for a pattern to match ``text``.

    The value stands between the literal text before the variable and the literal text behind it; every place of
    these is tried, up to a limit. What does not fit changes no decision, so guesses do no harm. Rejected: a regular
    expression, which takes a hostile pattern exponential time.
    """
    places = [index for index, part in enumerate(template.parts) if isinstance(part, Variable) and part.key == key]
    if not places:
        return
    before = _literal(reversed(template.parts[: places[0]]), request)[::-1]
    behind = _literal(template.parts[places[0] + 1 :], request)
    head = "".join(before)
    tail = "".join(behind)
    for start in _ends_of(head, text):
        stops = _starts_of(tail, text, start) if tail else (len(text), *_starts_of("/", text, start))
        yield from (text[start:stop] for stop in stops)


def _literal(parts: Iterable[str | Wildcard | Variable], request: Request) -> list[str]:
    """Return the literal texts up to the first wildcard, or variable without value."""
    found: list[str] = []
    for part in parts:
        text = variable_value(part, request.context) if isinstance(part, Variable) else part
        if not isinstance(text, str):
            break
        found.append(text)
    return found


def _starts_of(piece: str, text: str, start: int) -> Iterator[int]:
    for _ in range(_MOST_PLACES):
        start = text.find(piece, start)
        if start < 0:
            return
        yield start
        start += 1


def _ends_of(piece: str, text: str) -> Iterator[int]:
    return (start + len(piece) for start in _starts_of(piece, text, 0))


def _other(found: Iterable[str]) -> str:
    """A value of the same type that no condition names: an address, a date or a text."""
    sample = next(iter(found), "")
    if read_network(sample):
        return "198.51.100.77"
    return "2001-02-03T04:05:06Z" if read_date(sample) is not None and "-" in sample else _OTHER


def _of_condition(condition: CompiledCondition, request: Request) -> Iterator[str]:
    value_type = condition.operator.base.value_type
    for template in condition.templates:
        if value_type is ValueType.NUMERIC:
            yield from _around_number(template.text)
        elif value_type is ValueType.DATE:
            yield from _around_date(template.text)
        elif value_type is ValueType.IP_ADDRESS:
            yield from _around_network(template.text)
        elif value_type is not ValueType.NULL:
            yield _example(template, request)


def _example(template: Template, request: Request) -> str:
    """A text that a pattern matches."""
    return "".join(_example_of(part, request) for part in template.parts)


def _example_of(part: str | Wildcard | Variable, request: Request) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Variable):
        return variable_value(part, request.context) or ""
    return "" if part is Wildcard.ANY else "x"


def _around_number(text: str) -> Iterator[str]:
    number = read_number(text)
    if number is not None:
        yield from (str(number - 1), str(number), str(number + 1))


def _around_date(text: str) -> Iterator[str]:
    moment = read_date(text)
    if moment is not None:
        yield from (str(moment - 1), text, str(moment + 1))


def _around_network(text: str) -> Iterator[str]:
    network = read_network(text)
    if network is not None:
        yield str(network.network_address)
        after = int(network.broadcast_address) + 1
        if after < 2**network.max_prefixlen:
            yield str(type(network.network_address)(after))
