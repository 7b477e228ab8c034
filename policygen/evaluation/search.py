"""The nearest request that is allowed: which context keys to change, tried on the whole request.

Only what a request like this one can carry is tried: the keys of its caller, its way and its service, and not what
follows from the caller or the resource, which nobody can state otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice, product

from policygen.evaluation.carried import is_never_left_out, why_not_carried
from policygen.evaluation.remarks import as_aws_spells
from policygen.evaluation.results.proposals import Change, Proposal
from policygen.evaluation.results.traces import ElementReason
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.situation import Situation, Traced, is_hidden_tag
from policygen.evaluation.told_apart import values_told_apart
from policygen.matching.conditions import CompiledCondition
from policygen.matching.conditions.examples import another_value
from policygen.matching.conditions.operators import SetOperator
from policygen.request.condition_keys import find_condition_key, is_multivalued
from policygen.request.model import Request

Values = tuple[str, ...] | None
"""The values that a key is to have; None when it is to be left out."""

NO_VALUE = ("*", "?", "${")
"""Signs of patterns: what has one of them is never proposed as a value."""

_FOR_ALL, _FOR_ANY = SetOperator.FOR_ALL_VALUES, SetOperator.FOR_ANY_VALUE
_MOST_VALUES = 12
_MOST_CANDIDATES = 8
_MOST_KEYS = 6
_MOST_COMBINATIONS = 300
_MOST_VERDICTS = 24


def search(situation: Situation, wanted: Sequence[Traced] = (), unwanted: Sequence[Traced] = ()) -> Proposal | None:
    """Return the smallest change found after which the request is allowed; None when none is.

    Args:
        situation: The request under its policies.
        wanted: Statements that are to apply.
        unwanted: Statements that are to apply no longer. Where they do not, and nothing makes the request allowed, the
            first change that gets it out of every Deny is returned.
    """
    options = _options(situation, wanted, unwanted)
    verdicts = 0
    second: Proposal | None = None
    for chosen in islice(_combinations(options), _MOST_COMBINATIONS):
        request = situation.asked.with_context(
            {key: None if then is None else list(then) for key, then in chosen.items()}
        )
        if not _reaches(situation, request, wanted, unwanted) or not _is_possible(situation, request, chosen):
            continue
        decision = situation.verdict_on(request).decision
        if decision is EvalDecision.ALLOWED:
            return _proposal(situation, chosen, decision)
        if unwanted and second is None and decision is EvalDecision.IMPLICIT_DENY:
            second = _proposal(situation, chosen, decision)
        verdicts += 1
        if verdicts == _MOST_VERDICTS:
            break
    return second


def _proposal(situation: Situation, chosen: Mapping[str, Values], gives: EvalDecision) -> Proposal:
    changes = (Change(key=key, now=_values(situation.asked, key), then=then) for key, then in chosen.items())
    return Proposal(changes=tuple(changes), gives=gives)


def _values(request: Request, key: str) -> tuple[str, ...]:
    found = request.context.get(key.lower())
    return found.values if found is not None else ()


def _combinations(options: Mapping[str, Sequence[Values]]) -> Iterator[dict[str, Values]]:
    """Yield changes, those of few keys first."""
    for size in range(1, len(options) + 1):
        for names in combinations(options, size):
            for chosen in product(*(options[name] for name in names)):
                yield dict(zip(names, chosen, strict=True))


def _reaches(situation: Situation, request: Request, wanted: Sequence[Traced], unwanted: Sequence[Traced]) -> bool:
    seen = situation.like_judged(request)
    return all(situation.applies(each, seen) for each in wanted) and not any(
        situation.applies(each, seen) for each in unwanted
    )


def _is_possible(situation: Situation, request: Request, chosen: Mapping[str, Values]) -> bool:
    """Tell whether a request can be like that: the way that it takes now carries every key, and lacks what is left out.

    What was stated before and could not be carried then is not looked at.
    """
    before, way = situation.way(situation.asked), situation.way(request)
    for key, then in chosen.items():
        known = find_condition_key(key)
        if then is None and known is not None and is_never_left_out(request, known, way):
            return False
    lowered = {key.lower() for key, then in chosen.items() if then is not None}
    return all(
        why_not_carried(request, each.name, way) is None
        or (each.name.lower() not in lowered and why_not_carried(situation.asked, each.name, before) is not None)
        for each in request.stated
    )


def _options(
    situation: Situation, wanted: Sequence[Traced], unwanted: Sequence[Traced]
) -> dict[str, tuple[Values, ...]]:
    """Return the candidates of each key that can be changed."""
    way = situation.way(situation.asked)
    found: dict[str, tuple[Values, ...]] = {}
    for key, name in islice(_keys(situation, wanted, unwanted).items(), _MOST_KEYS):
        if _is_fixed(situation, key):
            continue
        carried = why_not_carried(situation.asked, key, way) is None
        candidates = (
            each
            for each in _candidates(situation, key, wanted, unwanted)
            if (each is None or carried) and _helps(situation, key, each, wanted, unwanted)
        )
        options = tuple(islice(dict.fromkeys(candidates), _MOST_CANDIDATES))
        if options:
            found[name] = options
    return found


def _keys(situation: Situation, wanted: Sequence[Traced], unwanted: Sequence[Traced]) -> dict[str, str]:
    """Return the keys that may have to change, in lower case, with a name for each."""
    found: dict[str, str] = {}
    for traced in wanted:
        for element in traced.trace.failed:
            if element.key is not None:
                found.setdefault(element.key.lower(), element.key)
            if element.reason == ElementReason.VARIABLE_UNRESOLVED.value:
                found |= {key: as_aws_spells(key) for key in _without_value(situation, traced) if key not in found}
    for traced in unwanted:
        for element in traced.trace.elements:
            if element.key is not None:
                found.setdefault(element.key.lower(), element.key)
    return found


def _without_value(situation: Situation, traced: Traced) -> list[str]:
    keys = traced.compiled.variable_keys() if traced.compiled else frozenset()
    return sorted(key for key in keys if not _values(situation.asked, key))


def _is_fixed(situation: Situation, key: str) -> bool:
    """Tell whether nobody can state a key otherwise: it follows from caller or resource, or policies do not see it.

    A caller's tags are no part of what it is: they can be changed.
    """
    known = find_condition_key(key)
    derived = known is not None and known.derived_from is not None and not known.is_family
    stated = any(each.name.lower() == key for each in situation.asked.stated)
    return (derived and not stated and key in situation.asked.context) or is_hidden_tag(key, situation.policies)


def _conditions(traced: Traced, key: str) -> list[CompiledCondition]:
    return [each for each in traced.compiled.conditions if each.key == key] if traced.compiled else []


def _helps(situation: Situation, key: str, then: Values, wanted: Sequence[Traced], unwanted: Sequence[Traced]) -> bool:
    """Tell whether every wanted condition on a key holds with other values, or an unwanted one no longer does."""
    changed = situation.asked.with_context({key: None if then is None else list(then)})
    context = situation.like_judged(changed).context
    conditions = [each for traced in wanted for each in _conditions(traced, key)]
    known = [each for each in conditions if all(value.resolve(context) is not None for value in each.templates)]
    if not all(each.holds(context) for each in known):
        return False
    spared = [each for traced in unwanted for each in _conditions(traced, key)]
    return bool(wanted) or not all(each.holds(context) for each in spared)


def _candidates(
    situation: Situation, key: str, wanted: Sequence[Traced], unwanted: Sequence[Traced]
) -> Iterator[Values]:
    """Yield other values of a key: those of its list that may stay, further ones, others, none at all."""
    request = situation.asked
    now = _values(request, key)
    found = [
        value
        for each in (*wanted, *unwanted)
        if each.compiled
        for value in values_told_apart(key, each.compiled, situation.judged)
        if not any(sign in value for sign in NO_VALUE) and (value,) != now
    ]
    values = list(dict.fromkeys(found))[:_MOST_VALUES]
    is_list = is_multivalued(key) or len(now) > 1
    if is_list and now:
        kept = _not_refused(request, key, wanted, unwanted)
        yield from (each for each in (kept, *_one_less(now)) if each and each != now)
        starts = dict.fromkeys(each for each in (now, kept) if each)
        yield from ((*start, value) for start in starts for value in values if value not in now)
    yield from ((value,) for value in values)
    if is_list and len(values) > 1:
        yield tuple(values)
    if any(each.name.lower() == key for each in request.stated):
        yield None
    yield (another_value(values),)


def _one_less(now: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (now[:index] + now[index + 1 :] for index in range(len(now)))


def _not_refused(request: Request, key: str, wanted: Sequence[Traced], unwanted: Sequence[Traced]) -> tuple[str, ...]:
    """Return the values of a list without those that alone keep a statement from what is wished of it."""
    every = [c for traced in wanted for c in _conditions(traced, key) if c.operator.set_operator is _FOR_ALL]
    some = [c for traced in unwanted for c in _conditions(traced, key) if c.operator.set_operator is _FOR_ANY]

    def meets(condition: CompiledCondition, value: str) -> bool:
        return condition.test(value, request.context) != condition.operator.base.negated

    return tuple(
        value
        for value in _values(request, key)
        if all(meets(each, value) for each in every) and not any(meets(each, value) for each in some)
    )
