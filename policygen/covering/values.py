"""The values of a statement's elements, one by one: whether a request meets one, and whether one can fail at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policygen.catalog import KnownCalls
from policygen.document import ConditionEntry, PolicyDocument, PrincipalElement, PrincipalEntry
from policygen.document.model import Statement
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.conditions import compile_condition, parse_operator
from policygen.matching.conditions.operators import OPERATORS, ConditionOperator, ValueType
from policygen.matching.principals import PrincipalMatch, match_entry
from policygen.proofs import TooRichError
from policygen.proofs.boxes import Budget
from policygen.proofs.space import Space
from policygen.request import Request
from policygen.scenario.questions import TestedPolicy

CALLS = KnownCalls()

_LISTS = (("Action", "action"), ("NotAction", "not_action"), ("Resource", "resource"), ("NotResource", "not_resource"))
_PRINCIPALS = (("Principal", "principal"), ("NotPrincipal", "not_principal"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of an element.

    Attributes:
        trace: The element as traces name it: its name, with operator and key of a condition.
        value: The value.
        negated: Whether the element holds for requests that the value does not meet.
        meets: Tells whether a request meets the value.
        failing: The statement with the element turned round, which applies where the value alone fails; None where no
            statement says that.
    """

    trace: tuple[str, str | None, str | None]
    value: str
    negated: bool
    meets: Callable[[Request], bool]
    failing: Statement | None

    @property
    def element(self) -> str:
        """The element as people read it."""
        return " ".join(each for each in self.trace if each)


def values_of(compiled: CompiledStatement, document: PolicyDocument) -> tuple[Value, ...]:
    """Return the values of a statement's elements, in the order of the elements."""
    written = compiled.statement
    return (*_principals(written), *_listed(written, document), *_conditions(written, document))


def _principals(written: Statement) -> Iterator[Value]:
    for (name, own), other in zip(_PRINCIPALS, ("not_principal", "principal"), strict=True):
        element = getattr(written, own)
        for entry in element.entries if element is not None else ():
            negated = name.startswith("Not")
            alone = PrincipalElement(entries=(entry,)) if negated else element
            yield Value(
                trace=(name, None, None),
                value=entry.value,
                negated=negated,
                meets=_named(entry),
                failing=_with(written, **{own: None, other: alone}),
            )


def _with(written: Statement, **elements: Any) -> Statement:
    """Return a statement with other elements."""
    return replace(written, **elements)


def _named(entry: PrincipalEntry) -> Callable[[Request], bool]:
    return lambda request: match_entry(entry, request.principal) is not PrincipalMatch.NONE


def _listed(written: Statement, document: PolicyDocument) -> Iterator[Value]:
    """Yield the values of Action and Resource: one alone is a statement with that value and nothing else."""
    for name, own in _LISTS:
        for value in getattr(written, own) or ():
            of = name.removeprefix("Not").lower()
            negated = name.startswith("Not")
            nothing = dict.fromkeys(each for _, each in _LISTS)
            alone = _with(written, **nothing | {of: (value,)}, condition=())
            turned = (value,) if negated else getattr(written, own)
            (one,) = compile_statements(replace(document, statements=(alone,)), document.source)
            matches = one.action_matches if of == "action" else one.resource_matches
            failing = _with(written, **{own: None, of if negated else f"not_{of}": turned})
            yield Value(trace=(name, None, None), value=value, negated=negated, meets=matches, failing=failing)


def _conditions(written: Statement, document: PolicyDocument) -> Iterator[Value]:
    for number, entry in enumerate(written.condition):
        operator = parse_operator(entry.operator)
        if operator is None:
            continue
        others = (*written.condition[:number], *written.condition[number + 1 :])
        for value in entry.values:
            yield Value(
                trace=("Condition", entry.operator, entry.key),
                value=value,
                negated=operator.base.negated,
                meets=_met(replace(entry, values=(value,)), operator, document),
                failing=_turned(written, others, entry, value, operator),
            )


def _met(entry: ConditionEntry, operator: ConditionOperator, document: PolicyDocument) -> Callable[[Request], bool]:
    """Return what tells whether a value of a request is the condition's: that a key is absent is no value."""
    compiled = compile_condition(entry, variables=document.has_variables)

    def meets(request: Request) -> bool:
        if compiled is None:
            return False
        if operator.base.value_type is ValueType.NULL:
            return compiled.holds(request.context)
        found = request.context.get(compiled.key)
        return found is not None and any(compiled.test(each, request.context) for each in found.values)

    return meets


def _turned(
    written: Statement,
    others: tuple[ConditionEntry, ...],
    entry: ConditionEntry,
    value: str,
    operator: ConditionOperator,
) -> Statement | None:
    """Return a statement that applies where a condition alone fails; None where no operator turns it round."""
    base = next(
        (
            each
            for each in OPERATORS
            if (each.comparison, each.value_type, each.negated)
            == (operator.base.comparison, operator.base.value_type, not operator.base.negated)
        ),
        None,
    )
    if base is None or operator.set_operator is not None or operator.if_exists:
        return None
    values = (value,) if operator.base.negated else entry.values
    turned = replace(entry, operator=base.name, values=values)
    return replace(written, condition=(*others, turned))


def can_fail(value: Value, tested: TestedPolicy) -> bool:
    """Tell whether there may be a request for which a value alone keeps its statement from applying.

    A ``*``, and what names all that the policy is attached to, cannot fail.
    """
    if value.failing is None:
        return True
    statements = compile_statements(replace(tested.document, statements=(value.failing,)), tested.document.source)
    try:
        space = Space(tested.kind, [statements], attached=tested.attached, reference=CALLS)
        boxes = [box for each in statements for box in space.boxes(each)]
        return bool(space.layout.difference(boxes, space.outside, Budget()))
    except TooRichError:
        return True
