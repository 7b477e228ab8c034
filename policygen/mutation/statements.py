"""Small changes of one statement: each a mistake that somebody could make, one at a time.

Statements are plain JSON values here; what a change does to access is no business of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from policygen.aws.arns import parse_arn, root_arn
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.comparisons import TEXT_IGNORING_CASE
from policygen.matching.conditions.operators import (
    OPERATORS,
    BaseOperator,
    ConditionOperator,
    SetOperator,
    ValueType,
)
from policygen.mutation.texts import OTHER_ACCOUNT, changes_of_action, changes_of_value
from policygen.request.condition_keys import is_multivalued

Statement = Mapping[str, Any]
Similar = Callable[[str], str | None]
"""Returns another action of the service with a similar name; None where it knows none."""


class Change(NamedTuple):
    """A change of a statement.

    Attributes:
        operator: What is done: ``drop-statement``, ``flip-effect``, ``widen-resource`` …
        statement: The statement after it; None where it is dropped.
    """

    operator: str
    statement: dict[str, Any] | None


def changes(statement: Statement, similar: Similar) -> Iterator[Change]:
    """Yield every change of a statement, in the order of its elements."""
    yield Change("drop-statement", None)
    yield Change("flip-effect", {**statement, "Effect": "Deny" if statement.get("Effect") == "Allow" else "Allow"})
    for name in ("Principal", "NotPrincipal"):
        if name in statement:
            yield from _of_principal(statement, name)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in statement:
            yield from _of_list(statement, name, similar)
    if statement.get("Condition"):
        yield from _of_conditions(statement)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _renamed(statement: Statement, old: str, new: str) -> dict[str, Any]:
    """Return a statement with an element under another name, in its place."""
    return {new if name == old else name: value for name, value in statement.items()}


def _of_list(statement: Statement, name: str, similar: Similar) -> Iterator[Change]:
    values, of = _listed(statement[name]), name.removeprefix("Not").lower()
    other = name.removeprefix("Not") if name.startswith("Not") else f"Not{name}"
    if values != ["*"] and (name != "Action" or all(":" in each for each in values)):
        yield Change(f"negate-{of}", _renamed(statement, name, other))
        yield Change(f"any-{of}", {**statement, name: "*"})
    for number, value in enumerate(values):
        before, after = values[:number], values[number + 1 :]
        if before or after:
            yield Change(f"drop-{of}", {**statement, name: [*before, *after]})
        found = changes_of_action(value, similar) if of == "action" else changes_of_value(value, of, wildcards=True)
        for operator, text in found:
            if text not in values:
                yield Change(operator, {**statement, name: [*before, text, *after] if before or after else text})


def _of_principal(statement: Statement, name: str) -> Iterator[Change]:
    principal = statement[name]
    other = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:role/other"}
    yield Change("other-principal", {**statement, name: other})
    if principal in ("*", {"AWS": "*"}) or not isinstance(principal, Mapping):
        return
    yield Change("any-principal", {**statement, name: "*"})
    for kind, values in principal.items():
        listed = _listed(values)
        for number, value in enumerate(listed):
            before, after = listed[:number], listed[number + 1 :]
            if before or after:
                yield Change("drop-principal", {**statement, name: {**principal, kind: [*before, *after]}})
            elif len(principal) > 1:
                left = {each: those for each, those in principal.items() if each != kind}
                yield Change("drop-principal", {**statement, name: left})
            arn = parse_arn(value) if kind == "AWS" else None
            if arn is not None and arn.account and arn.resource != "root":
                whole = [*before, root_arn(arn.partition, arn.account), *after]
                yield Change("account-principal", {**statement, name: {**principal, kind: whole}})


def _of_conditions(statement: Statement) -> Iterator[Change]:
    block = statement["Condition"]
    for operator, keys in block.items():
        for key, values in keys.items():
            yield Change("drop-condition", _with_condition(statement, operator, key, None))
            yield from _of_operator(statement, operator, key, values)
            yield from _of_values(statement, operator, key, values)


def _with_condition(
    statement: Statement, operator: str, key: str, values: Any, instead: str | None = None
) -> dict[str, Any]:
    """Return a statement with other values of a condition, or under another operator; without it for None."""
    block = deepcopy(dict(statement["Condition"]))
    if instead is not None or values is None:
        block[operator] = {each: those for each, those in block[operator].items() if each != key}
        block = {each: those for each, those in block.items() if those}
    if values is not None:
        name = instead or operator
        block[name] = {**block.get(name, {}), key: values}
    found = {**statement, "Condition": block}
    return found if block else {name: value for name, value in found.items() if name != "Condition"}


def _of_operator(statement: Statement, written: str, key: str, values: Any) -> Iterator[Change]:
    operator = parse_operator(written)
    if operator is None:
        return
    for name, other in _other_operators(operator, several=is_multivalued(key.lower())):
        taken = any(each.lower() == key.lower() for each in statement["Condition"].get(str(other), {}))
        if not taken:
            yield Change(name, _with_condition(statement, written, key, values, instead=str(other)))
    if operator.base.value_type in (ValueType.BOOL, ValueType.NULL):
        flipped = "false" if str(_listed(values)[0]).lower() == "true" else "true"
        yield Change("flip-value", _with_condition(statement, written, key, flipped))


def _other_operators(operator: ConditionOperator, *, several: bool) -> Iterator[tuple[str, ConditionOperator]]:
    """Yield the operators that one may be mistaken for, each with the name of the change.

    ``ForAllValues`` on a key of one value is the mistake that AWS warns of; ``ForAnyValue`` hardly changes anything.
    """
    base, sets, if_exists = operator.base, operator.set_operator, operator.if_exists
    for other in _akin(base):
        yield "other-operator", ConditionOperator(base=other, set_operator=sets, if_exists=if_exists)
    if base.value_type is not ValueType.NULL:
        yield "if-exists", ConditionOperator(base=base, set_operator=sets, if_exists=not if_exists)
    for each in (None, *SetOperator) if base.value_type is not ValueType.NULL else ():
        if each is not sets and (several or each is not SetOperator.FOR_ANY_VALUE):
            yield "set-operator", ConditionOperator(base=base, set_operator=each, if_exists=if_exists)


def _akin(base: BaseOperator) -> Iterator[BaseOperator]:
    """Yield the negation of an operator, and what compares the same type in another way; none that ignores case."""
    for each in OPERATORS:
        same = each.comparison is base.comparison
        if each is base or each.value_type is not base.value_type or (same and each.negated == base.negated):
            continue
        if each.comparison is TEXT_IGNORING_CASE and not same:
            continue
        if same or each.negated == base.negated:
            yield each


def _of_values(statement: Statement, operator: str, key: str, values: Any) -> Iterator[Change]:
    read = parse_operator(operator)
    if read is None or read.base.value_type in (ValueType.BOOL, ValueType.NULL):
        return
    listed = _listed(values)
    for number, value in enumerate(listed):
        before, after = listed[:number], listed[number + 1 :]
        if before or after:
            yield Change("drop-value", _with_condition(statement, operator, key, [*before, *after]))
        found = list(changes_of_value(str(value), "value", wildcards=read.base.takes_wildcards))
        if read.base.value_type is ValueType.STRING:
            found.append(("other-value", f"{value}-other" if value != "*" else "other"))
        for name, text in found:
            if text not in listed:
                changed = [*before, text, *after] if isinstance(values, (list, tuple)) else text
                yield Change(name, _with_condition(statement, operator, key, changed))
