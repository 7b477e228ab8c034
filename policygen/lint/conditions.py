"""Checks of Condition as a structure: operators, empty lists, set operators, presence tests in disguise.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from operator import eq, le, lt

from policygen.lint.check import Check, Hit, at, at_key, condition_check, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Condition, Policy, Statement
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import SetOperator, ValueType, operator_names
from policygen.matching.conditions.values import read_number
from policygen.request.condition_keys import find_condition_key
from policygen.source.nodes import Mapping, Scalar, Sequence

_ERROR, _SUGGESTION = FindingType.ERROR, FindingType.SUGGESTION


def _operators(statement: Statement) -> Iterator[Scalar]:
    block = statement.get("Condition")
    yield from (name for name, _ in block) if isinstance(block, Mapping) else ()


def _is_null_if_exists(name: str) -> bool:
    return name.lower().rpartition(":")[2] == "nullifexists"


@statement_check("INVALID_CONDITION_OPERATOR", _ERROR, facts="E201 E223")
def invalid_condition_operator(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An operator that does not exist."""
    for name in _operators(statement):
        if parse_operator(name.text) is None and not _is_null_if_exists(name.text):
            near = get_close_matches(name.text[:100], operator_names(), n=1)
            hint = f": did you mean `{near[0]}`?" if near else ""
            yield at_key(name, f"{shown(name.text)} is no condition operator{hint}")


@statement_check("NULL_WITH_IF_EXISTS", _ERROR, facts="E152 E223")
def null_with_if_exists(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Null with the suffix IfExists."""
    for name in _operators(statement):
        if _is_null_if_exists(name.text):
            yield at_key(name, "Null tests presence itself: IfExists cannot follow it")


@statement_check("NULL_WITH_QUALIFIER", _SUGGESTION, facts="E152")
def null_with_qualifier(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Null with ForAllValues or ForAnyValue."""
    for name in _operators(statement):
        operator = parse_operator(name.text)
        if operator is not None and operator.base.value_type is ValueType.NULL and operator.set_operator is not None:
            constant = "true" if operator.set_operator is SetOperator.FOR_ALL_VALUES else "false"
            yield at_key(name, f"{shown(name.text)} is always {constant}: write Null alone")


@statement_check("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", _ERROR, facts="E154")
def duplicate_keys_with_different_case(_: Policy, statement: Statement) -> Iterator[Hit]:
    """One condition key twice under one operator, in different letter case."""
    block = statement.get("Condition")
    for _operator, keys in block if isinstance(block, Mapping) else ():
        seen: dict[str, str] = {}
        for key, _values in keys if isinstance(keys, Mapping) else ():
            first = seen.setdefault(key.text.lower(), key.text)
            if first != key.text:
                yield at_key(key, f"{shown(key.text)} is {shown(first)} again: names of keys have no letter case")


@statement_check("EMPTY_OBJECT_CONDITION", _SUGGESTION, facts="E151")
def empty_object_condition(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Condition, or an operator in it, without anything."""
    block = statement.get("Condition")
    if isinstance(block, Mapping):
        for node in (block, *(keys for _operator, keys in block)):
            if isinstance(node, Mapping) and not node.entries:
                yield at(node, "an empty condition limits nothing")


def _is_empty(condition: Condition) -> bool:
    return isinstance(condition.node, Sequence) and not condition.node.items


def _if_exists(condition: Condition) -> bool:
    return condition.operator is not None and condition.operator.if_exists


@condition_check("EMPTY_ARRAY_CONDITION", _SUGGESTION, facts="E151 E263")
def empty_array_condition(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A condition key with an empty list of values."""
    if _is_empty(condition) and condition.set_operator is None and not _if_exists(condition):
        yield at(condition.node, "a condition without values gives no permission: name values or remove it")


@condition_check("EMPTY_ARRAY_CONDITION_FORALLVALUES", _SUGGESTION, facts="E151")
def empty_array_condition_forallvalues(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """ForAllValues with an empty list of values."""
    if _is_empty(condition) and condition.set_operator is SetOperator.FOR_ALL_VALUES:
        yield at(condition.node, "matches only when the key is absent: use Null")


@condition_check("EMPTY_ARRAY_CONDITION_FORANYVALUE", _SUGGESTION, facts="E151")
def empty_array_condition_foranyvalue(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """ForAnyValue with an empty list of values."""
    if _is_empty(condition) and condition.set_operator is SetOperator.FOR_ANY_VALUE:
        yield at(condition.node, "never matches")


@condition_check("EMPTY_ARRAY_CONDITION_IFEXISTS", _SUGGESTION, facts="E151")
def empty_array_condition_ifexists(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """An operator with IfExists and an empty list of values."""
    if _is_empty(condition) and condition.set_operator is None and _if_exists(condition):
        yield at(condition.node, "matches only when the key is absent: use Null")


@condition_check("INVALID_CONDITION_DATA_TYPE", _ERROR, facts="E126")
def invalid_condition_data_type(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """Values of one key that are of several JSON types."""
    kinds = {"number" if each.kind in ("int", "float") else each.kind for each in condition.values}
    if len(kinds) > 1:
        yield at(condition.node, f"the values of {shown(condition.key.text)} are of several JSON types: use one")


@condition_check("INVALID_CONDITION_MULTIPLE_BOOLEAN", _ERROR, facts="E153")
def invalid_condition_multiple_boolean(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A Bool or Null condition with true and false at once."""
    if condition.value_type in (ValueType.BOOL, ValueType.NULL):
        if {"true", "false"} <= {each.text.lower() for each in condition.values}:
            yield at(condition.node, f"{shown(condition.key.text)} is compared with true and false at once")


@condition_check("REDUNDANT_CONDITION_VALUE_NUM", _SUGGESTION, facts="E203")
def redundant_condition_value_num(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """Several values for a numeric comparison that only the widest decides."""
    operator = condition.operator
    if operator is None or operator.base.value_type is not ValueType.NUMERIC:
        return
    if operator.base.comparison.order is eq or len(condition.values) < 2:
        return
    numbers = {number: each for each in condition.values if (number := read_number(each.text)) is not None}
    less = operator.base.comparison.order in (lt, le)
    if len(numbers) > 1:
        decisive = numbers[max(numbers) if less else min(numbers)]
        yield at(condition.node, f"of these values only `{decisive.text[:100]}` decides")


def _is_any(condition: Condition) -> bool:
    """Whether the operator is StringLike or StringNotLike and one of its values matches everything."""
    operator = condition.operator
    return (
        operator is not None
        and operator.base.value_type is ValueType.STRING
        and operator.base.takes_wildcards
        and any(each.text and not each.text.strip("*") for each in condition.values)
    )


def _may_be_absent(condition: Condition) -> bool:
    key = find_condition_key(condition.name)
    return key is None or not key.in_every_request


@condition_check("EQUIVALENT_TO_NULL_FALSE", _SUGGESTION, facts="E192 E199")
def equivalent_to_null_false(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A StringLike that matches every value, so that it only tests that the key is present."""
    if _is_any(condition) and condition.needs_key and _may_be_absent(condition):
        yield at(condition.node, f"only tests that {shown(condition.key.text)} is present: write `Null` with `false`")


@condition_check("EQUIVALENT_TO_NULL_TRUE", _SUGGESTION, facts="E192 E199")
def equivalent_to_null_true(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A StringNotLike that matches no value, so that it only tests that the key is absent."""
    if _is_any(condition) and condition.negated and condition.set_operator is not SetOperator.FOR_ANY_VALUE:
        if _may_be_absent(condition):
            yield at(condition.node, f"only tests that {shown(condition.key.text)} is absent: write `Null` with `true`")


@condition_check("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", _SUGGESTION, facts="E192 E199")
def redundant_key_due_to_wildcard(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A StringLike that every request satisfies."""
    if _is_any(condition) and not condition.negated and not (condition.needs_key and _may_be_absent(condition)):
        yield at_key(condition.key, f"every request satisfies this: remove {shown(condition.key.text)}")


@condition_check("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", _SUGGESTION, facts="E192 E199 E228")
def redundant_statement_due_to_wildcard(_: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """A StringNotLike that no request satisfies."""
    if _is_any(condition) and condition.negated:
        if condition.set_operator is SetOperator.FOR_ANY_VALUE or not _may_be_absent(condition):
            yield at(statement.node, f"no request satisfies the condition on {shown(condition.key.text)}")


CHECKS: tuple[Check, ...] = (
    invalid_condition_operator,
    null_with_if_exists,
    null_with_qualifier,
    duplicate_keys_with_different_case,
    empty_object_condition,
    empty_array_condition,
    empty_array_condition_forallvalues,
    empty_array_condition_foranyvalue,
    empty_array_condition_ifexists,
    invalid_condition_data_type,
    invalid_condition_multiple_boolean,
    redundant_condition_value_num,
    equivalent_to_null_false,
    equivalent_to_null_true,
    redundant_key_due_to_wildcard,
    redundant_statement_due_to_wildcard,
)
"""The checks of this module."""
