"""What a decision hangs on where keys of a request, or the end of its resource's ARN, are not known.

``missing_context`` asks what a key that somebody forgot would have changed; this asks whether the answer stands,
whatever the open keys are. It is never guessed: where not every possibility can be looked at, it hangs on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain, combinations, product

from policygen.evaluation.authorize import judge
from policygen.evaluation.carried import why_not_carried
from policygen.evaluation.policies import Policies, PolicySource
from policygen.evaluation.results.verdict import EvalDecision, Verdict
from policygen.evaluation.search import values_told_apart
from policygen.evaluation.services import kms, sts
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.conditions import CompiledCondition
from policygen.matching.conditions.examples import CHOICES, another_value, points
from policygen.matching.conditions.operators import ValueType
from policygen.matching.overlap import covers, overlap
from policygen.request.condition_keys import KeyType, find_condition_key, is_multivalued
from policygen.request.context import ContextValue
from policygen.request.model import Request

_SOME = "some-value"
_PAIRS, _ONE_MORE = "kms:encryptioncontextkeys", f"kms:EncryptionContext:{_SOME}"
_MOST_DECISIONS = 2_000
_MOST_IN_A_LIST = 5
_ORDERED = (ValueType.NUMERIC, ValueType.DATE, ValueType.IP_ADDRESS)
_SIGNS = ("*", "?", "${")
_RULES_LOOK = (
    "aws:requesttag/",
    "aws:tagkeys",
    "kms:encryptioncontext",
    "sts:",
    "s3:x-amz-server-side-encryption",
)
"""What the names of keys begin with, in lower case, at which more than conditions and grants looks."""

Value = tuple[str, ...] | None
"""The values of a key; None where the request does not carry it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibilities:
    """What a request may be decided, whatever is not known of it.

    Attributes:
        allowed: Whether it is allowed; None where that hangs on what is not known.
        explicit: Whether a Deny applies in every case.
        keys: The keys that it hangs on, in AWS's spelling where there is one; empty where it hangs on none.
        resource: Whether it hangs on the end of the resource's ARN.
    """

    allowed: bool | None
    explicit: bool = False
    keys: tuple[str, ...] = ()
    resource: bool = False


def possibilities(
    source: PolicySource, request: Request, is_open: Callable[[str], bool], *, variants: str | None = None
) -> Possibilities:
    """Return what a request may be decided, whatever the values of its open keys are.

    Args:
        source: The policies.
        request: The request, with what is known of it.
        is_open: Tells of a condition key, in lower case, whether its value, or whether there is one, is not known.
        variants: A pattern of what the resource may be, where its ARN is not known to the end.

    Raises:
        DocumentError: When a document that is needed cannot be parsed.
    """
    return decided(source, request, is_open, variants=variants)[1]


def decided(
    source: PolicySource,
    request: Request,
    is_open: Callable[[str], bool],
    *,
    variants: str | None = None,
    decide: Callable[[Request], Verdict] | None = None,
) -> tuple[Verdict, Possibilities]:
    """Return the verdict on a request with what is known of it, and what it may be decided as :func:`possibilities`.

    Args:
        source: The policies.
        request: The request.
        is_open: As there.
        variants: As there.
        decide: Returns the verdict on the request under the same policies; None to ask these.

    Raises:
        DocumentError: When a document that is needed cannot be parsed.
    """
    completed = source.completed(request)
    policies = source.policies_for(completed)
    verdict = judge(policies, completed) if decide is None else decide(request)

    def is_not_known(key: str) -> bool:
        return key not in completed.context and is_open(key)

    asking = [key for key in sts.keys_of_further_actions(completed) if is_not_known(key)]
    fullest = completed.with_context(dict.fromkeys(asking, _SOME)) if asking else completed
    actions = [each.lower() for each in (fullest.action, *sts.further_actions(fullest))]
    named = _in_grants(policies, completed)
    not_known = frozenset(filter(is_not_known, _looked_at(policies, actions).union(named)))
    if variants is None and not asking and not not_known:
        return verdict, _certain({verdict.decision})
    statements = tuple(_concerned(policies, fullest, actions, any_resource=variants is not None))
    if variants is not None and any(_tells_apart(each.resources, variants) for each in statements):
        return verdict, Possibilities(allowed=None, resource=True)
    used = [*asking, *(key for each in statements for key in sorted(each.variable_keys() & not_known))]
    used += [key for key in named if key in not_known]
    keys = [key for key in dict.fromkeys(used) if why_not_carried(completed, key, None) is None]
    if not keys:
        return verdict, _certain({verdict.decision})
    choices = [_Choices.of(key, statements, completed, named.get(key)) for key in keys]
    return verdict, _tried(policies, completed, choices, verdict.decision)


def _looked_at(policies: Policies, actions: Sequence[str]) -> frozenset[str]:
    """Return every key at which statements may look for some actions, whatever the resource."""
    concerning = [policy.concerning(action) for policy in policies.policies() for action in actions]
    return frozenset().union(*(each.looked_at for each in concerning if each.statements))


def _certain(decisions: Set[EvalDecision]) -> Possibilities:
    """Return the answer where all decisions say the same of whether the request is allowed."""
    return Possibilities(
        allowed=decisions == {EvalDecision.ALLOWED}, explicit=decisions == {EvalDecision.EXPLICIT_DENY}
    )


def _concerned(
    policies: Policies, request: Request, actions: Sequence[str], *, any_resource: bool
) -> Iterator[CompiledStatement]:
    """Yield the statements that the call can meet, whatever its conditions say; ``actions`` are all it asks for."""
    for policy in policies.policies():
        for statement in policy.statements if len(actions) > 1 else policy.concerning(actions[0]).statements:
            fits = any_resource or statement.resource_templates
            if (fits or statement.resource_matches(request, implies_resource=True)) and any(
                map(statement.concerns, actions)
            ):
                yield statement


def _tells_apart(patterns: Patterns | None, variants: str) -> bool:
    """Tell whether Resource, or NotResource, matches some of what the resource may be and not all of it."""
    if patterns is None:
        return False
    if patterns.templates:
        return True
    return not any(covers(each, variants) for each in patterns.written) and any(
        overlap(each, variants) for each in patterns.written
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A key that grants look at, as they spell it, with the values that they name."""

    name: str
    values: tuple[str, ...]


def _in_grants(policies: Policies, request: Request) -> dict[str, _Named]:
    """Return the keys that grants look at which may allow the call, by name in lower case."""
    found: dict[str, _Named] = {}
    for grant in policies.grants:
        asked = kms.grant_condition(grant, request.action) if kms.names_grantee(grant, request) else {}
        for name, values in chain(*(each.items() for each in asked.values())):
            before = found.get(name.lower(), _Named(name=name, values=()))
            found[name.lower()] = _Named(name=before.name, values=(*before.values, *values))
        if _PAIRS in found:  # a grant that asks for certain pairs and no others: one more is another question
            found[_ONE_MORE.lower()] = _Named(name=_ONE_MORE, values=())
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    """What an open key may be.

    Attributes:
        name: The key, as AWS spells it where it does.
        values: Every value that some statement tells from the others, each kind once.
        number: How many there were before those that no condition tells apart were put together.
        whole: Whether these are all of them.
    """

    name: str
    values: tuple[Value, ...]
    number: int
    whole: bool

    @classmethod
    def of(cls, key: str, statements: Sequence[CompiledStatement], request: Request, named: _Named | None) -> _Choices:
        """Return the values of a key that statements tell apart, and those that grants name."""
        known = find_condition_key(key)
        conditions = [each for statement in statements for each in statement.conditions if each.key == key]
        single = tuple(
            dict.fromkeys((*_single(key, conditions, statements, request), *(named.values if named else ())))
        )
        is_variable = any(
            key in template.variable_keys()
            for statement in statements
            for template in (*statement.resource_templates, *chain(*(each.templates for each in statement.conditions)))
        )
        whole = not is_variable and not _may_meet(conditions)
        values: list[Value] = [(each,) for each in single]
        if is_multivalued(key):
            sizes = range(1, min(len(single), _MOST_IN_A_LIST) + 1)
            values = [each for size in sizes for each in combinations(single, size)]
            whole = whole and len(single) <= _MOST_IN_A_LIST
        if known is None or not known.in_every_request:
            values.insert(0, None)
        spelled = known.name if known is not None and not known.is_family else _as_written(key, conditions, named)
        alone = named is None and not is_variable and not key.startswith(_RULES_LOOK)
        kept = _told_apart(key, values, conditions) if alone else values
        return cls(name=spelled, values=tuple(kept), number=len(values), whole=whole)


def _told_apart(key: str, values: Iterable[Value], conditions: Sequence[CompiledCondition]) -> Iterable[Value]:
    """Return values of which each meets other conditions than the rest, where conditions alone look at the key."""
    if any(each.has_variables for condition in conditions for each in condition.templates):
        return values
    found: dict[tuple[bool, ...], Value] = {}
    for value in values:
        context = {} if value is None else {key: ContextValue(key, value)}
        found.setdefault(tuple([each.holds(context) for each in conditions]), value)
    return found.values()


def _as_written(key: str, conditions: Iterable[CompiledCondition], named: _Named | None) -> str:
    return named.name if named is not None else next((each.entry.key for each in conditions), key)


def _single(
    key: str, conditions: Sequence[CompiledCondition], statements: Sequence[CompiledStatement], request: Request
) -> Iterator[str]:
    known = find_condition_key(key)
    if known is not None and known.types == (KeyType.BOOL,):
        yield from ("true", "false")
        return
    found = values_told_apart(key, statements, request)
    yield another_value(key, found)
    yield from found
    yield from CHOICES.get(key, ())
    for value_type in _ORDERED:
        texts = [
            each.text
            for condition in conditions
            if condition.operator.base.value_type is value_type
            for each in condition.templates
        ]
        yield from points(value_type, texts, from_zero=known is not None and known.from_zero)


def _may_meet(conditions: Iterable[CompiledCondition]) -> bool:
    """Tell whether a text may match two patterns of which none covers the other: no list of examples is whole then."""
    texts = {
        each.text
        for condition in conditions
        if condition.operator.base.value_type not in (*_ORDERED, ValueType.NULL, ValueType.BOOL)
        for each in condition.templates
    }
    patterns = [each for each in texts if any(sign in each for sign in _SIGNS)]
    return any(
        overlap(one, other) and not covers(one, other) and not covers(other, one)
        for one, other in combinations(patterns, 2)
    )


def _tried(policies: Policies, request: Request, choices: Sequence[_Choices], known: EvalDecision) -> Possibilities:
    """Judge every combination of values; where they are too many, or not whole, nothing certain is said.

    The decision without any of them is ``known``.
    """
    every = tuple(each.name for each in choices)
    number = 1
    for each in choices:
        number *= each.number
    if number > _MOST_DECISIONS:
        return Possibilities(allowed=None, keys=every)
    found: dict[tuple[Value, ...], EvalDecision] = {}
    for chosen in product(*(each.values for each in choices)):
        stated = {name: list(value) for name, value in zip(every, chosen, strict=True) if value is not None}
        found[chosen] = judge(policies, request.with_context(stated)).decision if stated else known
    allowed = {chosen: decision is EvalDecision.ALLOWED for chosen, decision in found.items()}
    if len(set(allowed.values())) == 1 and all(each.whole for each in choices):
        return _certain(set(found.values()))
    changing = [each.name for index, each in enumerate(choices) if _changes(allowed, index, each.values)]
    return Possibilities(allowed=None, keys=tuple(changing) or every)


def _changes(allowed: dict[tuple[Value, ...], bool], index: int, values: Sequence[Value]) -> bool:
    """Tell whether one key alone changes an answer, whatever the others are."""
    return any(
        allowed[(*chosen[:index], value, *chosen[index + 1 :])] is not answer
        for chosen, answer in allowed.items()
        for value in values
    )
