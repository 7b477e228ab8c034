"""The nearest request that is allowed: which context keys to change, tried on the whole request.

Only what a request like this one can carry is tried: the keys of its caller, its way and its service, and not what
follows from the caller or the resource, which nobody can state otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, islice, product

from policygen.evaluation.carried import is_never_left_out, why_not_carried
from policygen.evaluation.remarks import as_aws_spells
from policygen.evaluation.results.proposals import Change, Proposal
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.situation import Situation, Traced, is_hidden_tag
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.conditions import CompiledCondition
from policygen.matching.conditions.examples import CHOICES, another_value, between, examples
from policygen.matching.conditions.operators import SetOperator
from policygen.matching.variables import Template, Variable, variable_value
from policygen.matching.wildcards import Wildcard
from policygen.request.condition_keys import find_condition_key, is_multivalued
from policygen.request.model import Request

Values = tuple[str, ...] | None
"""The values that a key is to have; None when it is to be left out."""

NO_VALUE = ("*", "?", "${")
"""Signs of patterns: what has one of them is never proposed as a value."""

_FOR_ALL, _FOR_ANY = SetOperator.FOR_ALL_VALUES, SetOperator.FOR_ANY_VALUE
_MOST_VALUES = 64
_MOST_CANDIDATES = 8
_MOST_KEYS = 16
_MOST_COMBINATIONS = 300
_MOST_VERDICTS = 24
_MOST_PLACES = 4
_NAMES_OF_TAGS = {"aws:TagKeys": "aws:requesttag/", "s3:RequestObjectTagKeys": "s3:requestobjecttag/"}
"""Keys with the names of a request's tags, and what the keys of the tags themselves begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for: a change of the request after which it is allowed.

    Attributes:
        situation: The request under its policies.
        wanted: Statements that are to apply.
        unwanted: Statements that are to apply no longer.
    """

    situation: Situation
    wanted: Sequence[Traced] = ()
    unwanted: Sequence[Traced] = ()

    def proposal(self) -> Proposal | None:
        """Return the smallest change found after which the request is allowed; None when none is.

        Where a Deny is to apply no longer and nothing makes the request allowed, the first change that gets it out of
        every Deny is returned.
        """
        situation = self.situation
        verdicts = 0
        second: Proposal | None = None
        options, required = self._options(), self._required()
        if not required <= {key.lower() for key in options}:
            return None
        for chosen in islice(_combinations(options, required), _MOST_COMBINATIONS):
            self._let_tags_agree(chosen)
            request = self._changed(chosen)
            if not self._reaches(request) or not self._is_possible(request, chosen):
                continue
            decision = situation.verdict_on(request).decision
            changes = (Change(key=key, now=self._now(key), then=then) for key, then in chosen.items())
            if decision is EvalDecision.ALLOWED:
                return Proposal(changes=tuple(changes), gives=decision)
            if self.unwanted and second is None and decision is EvalDecision.IMPLICIT_DENY:
                second = Proposal(changes=tuple(changes), gives=decision)
            verdicts += 1
            if verdicts == _MOST_VERDICTS:
                break
        return second

    def _now(self, key: str) -> tuple[str, ...]:
        found = self.situation.asked.context.get(key.lower())
        return found.values if found is not None else ()

    def _is_stated(self, key: str) -> bool:
        return any(each.name.lower() == key for each in self.situation.asked.stated)

    def _changed(self, chosen: Mapping[str, Values]) -> Request:
        changes = {key: None if then is None else list(then) for key, then in chosen.items()}
        return self.situation.asked.with_context(changes)

    def _reaches(self, request: Request) -> bool:
        situation, seen = self.situation, self.situation.like_judged(request)
        return all(situation.applies(each, seen) for each in self.wanted) and not any(
            situation.applies(each, seen) for each in self.unwanted
        )

    def _is_possible(self, request: Request, chosen: Mapping[str, Values]) -> bool:
        """Tell whether a request can be like that: its way carries every key, and lacks what is left out.

        What was stated before and could not be carried then is not looked at.
        """
        asked = self.situation.asked
        before, way = self.situation.way(asked), self.situation.way(request)
        for key, then in chosen.items():
            known = find_condition_key(key)
            if then is None and known is not None and is_never_left_out(request, known, way):
                return False
        lowered = {key.lower() for key, then in chosen.items() if then is not None}
        return all(
            why_not_carried(request, each.name, way) is None
            or (each.name.lower() not in lowered and why_not_carried(asked, each.name, before) is not None)
            for each in request.stated
        )

    def _required(self) -> set[str]:
        """Return the keys that have to change: of wanted conditions that fail, whatever the other keys are."""
        return {
            element.key.lower()
            for traced in self.wanted
            for element in traced.trace.failed
            if element.key is not None
            and not any(
                value.has_variables for each in _conditions([traced], element.key.lower()) for value in each.templates
            )
        }

    def _let_tags_agree(self, chosen: dict[str, Values]) -> None:
        """Add to changes what makes the names of tags those of the tags: AWS sends both of one request."""
        for names, family in _NAMES_OF_TAGS.items():
            changed = next((key for key in chosen if key.lower() == names.lower()), names)
            before = self._now(names)
            after = chosen.get(changed, before) or ()
            lowered = {each.lower() for each in after}
            added = [key[len(family) :] for key, then in chosen.items() if key.lower().startswith(family) and then]
            missing = [each for each in added if each.lower() not in lowered]
            if after and missing:
                chosen[changed] = (*after, *missing)
            gone = {family + each.lower() for each in before} - {family + each for each in lowered}
            chosen |= dict.fromkeys(each.name for each in self.situation.asked.stated if each.name.lower() in gone)

    def _options(self) -> dict[str, tuple[Values, ...]]:
        """Return the candidates of each key that can be changed."""
        asked = self.situation.asked
        way = self.situation.way(asked)
        found: dict[str, tuple[Values, ...]] = {}
        for key, name in islice(self._keys().items(), _MOST_KEYS):
            if self._is_fixed(key):
                continue
            carried = why_not_carried(asked, key, way) is None
            candidates = (
                each for each in self._candidates(key) if (each is None or carried) and self._helps(key, each)
            )
            options = tuple(islice(dict.fromkeys(candidates), _MOST_CANDIDATES))
            if options:
                found[name] = options
        return found

    def _keys(self) -> dict[str, str]:
        """Return the keys that may have to change, in lower case, with a name for each."""
        found: dict[str, str] = {}
        for traced in self.wanted:
            for element in traced.trace.failed:
                if element.key is not None:
                    found.setdefault(element.key.lower(), element.key)
                used = traced.compiled.variables(element.key) if traced.compiled else frozenset()
                without = sorted(key for key in used if not self._now(key))
                found |= {key: as_aws_spells(key) for key in without if key not in found}
        for traced in self.unwanted:
            for element in traced.trace.elements:
                if element.key is not None:
                    found.setdefault(element.key.lower(), element.key)
        return found

    def _is_fixed(self, key: str) -> bool:
        """Tell whether nobody can state a key otherwise: it follows from caller or resource, or policies do not see it.

        A caller's tags are no part of what it is: they can be changed.
        """
        known = find_condition_key(key)
        derived = known is not None and known.derived_from is not None and not known.is_family
        follows = derived and not self._is_stated(key) and key in self.situation.asked.context
        return follows or is_hidden_tag(key, self.situation.policies)

    def _helps(self, key: str, then: Values) -> bool:
        """Tell whether every wanted condition on a key holds with other values, or an unwanted one no longer does."""
        context = self.situation.like_judged(self._changed({key: then})).context
        wanted = _conditions(self.wanted, key)
        known = [each for each in wanted if all(value.resolve(context) is not None for value in each.templates)]
        if not all(each.holds(context) for each in known):
            return False
        return bool(self.wanted) or not all(each.holds(context) for each in _conditions(self.unwanted, key))

    def _candidates(self, key: str) -> Iterator[Values]:
        """Yield other values of a key: those of its list that may stay, further ones, others, none at all."""
        now = self._now(key)
        values = [each for each in self._values(key) if (each,) != now][:_MOST_VALUES]
        is_list = is_multivalued(key) or len(now) > 1
        if is_list and now:
            kept = self._not_refused(key)
            one_less = (now[:index] + now[index + 1 :] for index in range(len(now)))
            yield from (each for each in (kept, *one_less) if each and each != now)
            starts = dict.fromkeys(each for each in (now, kept) if each)
            yield from ((*start, value) for start in starts for value in values if value not in now)
        yield from ((value,) for value in values)
        if is_list and len(values) > 1:
            yield tuple(values)
        if self._is_stated(key):
            yield None
        yield from ((each,) for each in self._possible(key, [another_value(key, values)]))

    def _values(self, key: str) -> Iterator[str]:
        """Yield single values of a key that the statements tell apart."""
        statements = [each.compiled for each in (*self.wanted, *self.unwanted) if each.compiled]
        family = next((tags for names, tags in _NAMES_OF_TAGS.items() if names.lower() == key), None)
        names = [each.entry.key for statement in statements for each in statement.conditions]
        tags = [name[len(family) :] for name in names if family and name.lower().startswith(family)]
        found = values_told_apart(key, statements, self.situation.judged)
        return self._possible(key, [*tags, *found, *CHOICES.get(key, ())])

    def _possible(self, key: str, values: Sequence[str]) -> Iterator[str]:
        """Yield those of some values that a key can have in a request like this one, no patterns among them.

        The id of a session ends in the session's name, and the Region that is asked is that of the resource's ARN.
        """
        caller, arn = self.situation.judged.principal, self.situation.judged.arn
        for value in dict.fromkeys(values):
            if any(sign in value for sign in NO_VALUE) or (key in CHOICES and value not in CHOICES[key]):
                continue
            if key == "aws:requestedregion" and arn is not None and arn.region not in ("", value):
                continue
            if key == "aws:userid" and caller.session_name is not None:
                yield f"{value.partition(':')[0]}:{caller.session_name}"
            else:
                yield value

    def _not_refused(self, key: str) -> tuple[str, ...]:
        """Return the values of a list without those that alone keep a statement from what is wished of it."""
        every = [each for each in _conditions(self.wanted, key) if each.operator.set_operator is _FOR_ALL]
        some = [each for each in _conditions(self.unwanted, key) if each.operator.set_operator is _FOR_ANY]

        def meets(condition: CompiledCondition, value: str) -> bool:
            return condition.test(value, self.situation.asked.context) != condition.operator.base.negated

        return tuple(
            value
            for value in self._now(key)
            if all(meets(each, value) for each in every) and not any(meets(each, value) for each in some)
        )


def _combinations(options: Mapping[str, Sequence[Values]], required: Set[str]) -> Iterator[dict[str, Values]]:
    """Yield changes of all keys that are required, those of few others first."""
    others = [name for name in options if name.lower() not in required]
    for size in range(len(others) + 1):
        for more in combinations(others, size):
            names = [name for name in options if name in more or name.lower() in required]
            for chosen in product(*(options[name] for name in names)) if names else ():
                yield dict(zip(names, chosen, strict=True))


def _conditions(statements: Iterable[Traced], key: str) -> list[CompiledCondition]:
    return [each for traced in statements if traced.compiled for each in traced.compiled.conditions if each.key == key]


def values_told_apart(key: str, statements: Iterable[CompiledStatement], request: Request) -> tuple[str, ...]:
    """Return values of a key, given in lower case, that some statements tell apart: no other value makes a difference.

    They are those of its conditions, those between two of them, and what it may stand for as a variable.
    """
    found = [value for each in statements for value in _told_apart(key, each, request)]
    return tuple(dict.fromkeys((*found, *between(found))))


def _told_apart(key: str, statement: CompiledStatement, request: Request) -> Iterator[str]:
    for condition in statement.conditions:
        if condition.key == key:
            yield from _in_the_right_case(condition, request)
            yield from examples(condition, request.context)
        asked = request.context.get(condition.key)
        for template in condition.templates:
            for text in asked.values if asked else ():
                yield from _left_over(template, key, text, request)
    for template in statement.resource_templates:
        yield from _left_over(template, key, request.resource, request)


def _in_the_right_case(condition: CompiledCondition, request: Request) -> Iterator[str]:
    """Yield the request's values with the letters of a pattern's beginning, where these differ in their case alone."""
    found = request.context.get(condition.key)
    for template in condition.templates:
        start = template.parts[0] if template.parts else ""
        for value in found.values if found is not None else ():
            if isinstance(start, str) and value.lower().startswith(start.lower()):
                yield start + value[len(start) :]


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
