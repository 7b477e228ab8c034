"""Checks of Condition as a structure: operators, empty lists, set operators, presence tests in disguise.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Iterator
from operator import eq, le, lt

from policygen.catalog.spelling import WIDE, did_you_mean, hinted, shown
from policygen.lint.check import Hit, at, at_key, condition_check, statement_check
from policygen.lint.findings import ERROR, SUGGESTION
from policygen.lint.policy import Condition, Statement
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import SetOperator, ValueType, operator_names
from policygen.matching.conditions.values import read_number
from policygen.request.condition_keys import find_condition_key
from policygen.source.nodes import Mapping, Scalar, Sequence


def _is_null_if_exists(name: Scalar) -> bool:
    return name.text.lower().rpartition(":")[2] == "nullifexists"


@statement_check("INVALID_CONDITION_OPERATOR", ERROR, facts="E201 E223")
def invalid_condition_operator(statement: Statement) -> Iterator[Hit]:
    """An operator that does not exist."""
    for name, _ in statement.operators:
        if parse_operator(name.text) is None and not _is_null_if_exists(name):
            details = f"{shown(name.text)} is not a condition operator"
            yield at_key(name, hinted(details, did_you_mean(name.text, operator_names(), WIDE)))


@statement_check("NULL_WITH_IF_EXISTS", ERROR, facts="E152 E223")
def null_with_if_exists(statement: Statement) -> Iterator[Hit]:
    """Null with the suffix IfExists."""
    for name, _ in statement.operators:
        if _is_null_if_exists(name):
            yield at_key(name, "Null tests presence itself: IfExists cannot follow it")


@statement_check("NULL_WITH_QUALIFIER", SUGGESTION, facts="E152")
def null_with_qualifier(statement: Statement) -> Iterator[Hit]:
    """Null with ForAllValues or ForAnyValue."""
    for name, _ in statement.operators:
        operator = parse_operator(name.text)
        if operator is not None and operator.base.value_type is ValueType.NULL and operator.set_operator is not None:
            constant = "true" if operator.set_operator is SetOperator.FOR_ALL_VALUES else "false"
            yield at_key(name, f"{shown(name.text)} is always {constant}: write Null alone")


@statement_check("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", ERROR, facts="E154")
def duplicate_keys_with_different_case(statement: Statement) -> Iterator[Hit]:
    """One condition key twice under one operator, in different letter case."""
    for _, keys in statement.operators:
        seen: dict[str, str] = {}
        for key, _values in keys if isinstance(keys, Mapping) else ():
            first = seen.setdefault(key.text.lower(), key.text)
            if first != key.text:
                yield at_key(key, f"{shown(key.text)} is {shown(first)} again: letter case does not count in keys")


@statement_check("EMPTY_OBJECT_CONDITION", SUGGESTION, facts="E151")
def empty_object_condition(statement: Statement) -> Iterator[Hit]:
    """A Condition, or an operator in it, without anything."""
    for node in (statement.get("Condition"), *(keys for _, keys in statement.operators)):
        if isinstance(node, Mapping) and not node.entries:
            yield at(node, "an empty condition limits nothing")


def _empty(kind: str, facts: str, summary: str, set_operator: SetOperator | None, outcome: str) -> None:
    """Register the check of empty lists of values under a set operator, under IfExists, or under neither."""

    def find(condition: Condition) -> Iterator[Hit]:
        empty = isinstance(condition.node, Sequence) and not condition.node.items
        alike = set_operator is not None or condition.if_exists is (kind == "_IFEXISTS")
        if empty and alike and condition.set_operator is set_operator:
            yield at(condition.node, outcome)

    condition_check(
        f"EMPTY_ARRAY_CONDITION{kind}", SUGGESTION, facts=facts, summary=f"{summary} an empty list of values"
    )(find)


_NOTHING = "a condition without values gives no permission: name values or remove it"
_ABSENT = "matches only when the key is absent: use Null"
_empty("", "E151 E263", "A condition key with", None, _NOTHING)
_empty("_FORALLVALUES", "E151", "ForAllValues with", SetOperator.FOR_ALL_VALUES, _ABSENT)
_empty("_FORANYVALUE", "E151", "ForAnyValue with", SetOperator.FOR_ANY_VALUE, "never matches")
_empty("_IFEXISTS", "E151", "An operator with IfExists and", None, _ABSENT)


@condition_check("INVALID_CONDITION_DATA_TYPE", ERROR, facts="E126")
def invalid_condition_data_type(condition: Condition) -> Iterator[Hit]:
    """Values of one key that are of several JSON types."""
    kinds = {"number" if each.kind in ("int", "float") else each.kind for each in condition.values}
    if len(kinds) > 1:
        yield at(condition.node, f"the values of {shown(condition.key.text)} are of several JSON types: use one")


@condition_check("INVALID_CONDITION_MULTIPLE_BOOLEAN", ERROR, facts="E153")
def invalid_condition_multiple_boolean(condition: Condition) -> Iterator[Hit]:
    """A Bool or Null condition with true and false at once."""
    if condition.value_type in (ValueType.BOOL, ValueType.NULL):
        if {"true", "false"} <= {each.text.lower() for each in condition.values}:
            yield at(condition.node, f"{shown(condition.key.text)} is compared with true and false at once")


@condition_check("REDUNDANT_CONDITION_VALUE_NUM", SUGGESTION, facts="E203")
def redundant_condition_value_num(condition: Condition) -> Iterator[Hit]:
    """Several values for a numeric comparison that only the widest decides."""
    if condition.operator is None or condition.value_type is not ValueType.NUMERIC:
        return
    order = condition.operator.base.comparison.order
    numbers = {number: each for each in condition.values if (number := read_number(each.text)) is not None}
    if order is not eq and len(numbers) > 1:
        decisive = numbers[max(numbers) if order in (lt, le) else min(numbers)]
        yield at(condition.node, f"of these values only {shown(decisive.text)} decides")


def _is_any(condition: Condition) -> bool:
    """Whether the operator is StringLike or StringNotLike and one of its values matches everything."""
    is_like = condition.value_type is ValueType.STRING and condition.takes_wildcards
    return is_like and any(each.text and not each.text.strip("*") for each in condition.values)


def _may_be_absent(condition: Condition) -> bool:
    key = find_condition_key(condition.name)
    return key is None or not key.in_every_request


@condition_check("EQUIVALENT_TO_NULL_FALSE", SUGGESTION, facts="E192 E199")
def equivalent_to_null_false(condition: Condition) -> Iterator[Hit]:
    """A StringLike that matches every value, so that it only tests that the key is present."""
    if _is_any(condition) and condition.needs_key and _may_be_absent(condition):
        yield at(condition.node, f"only tests that {shown(condition.key.text)} is present: write `Null` with `false`")


@condition_check("EQUIVALENT_TO_NULL_TRUE", SUGGESTION, facts="E192 E199")
def equivalent_to_null_true(condition: Condition) -> Iterator[Hit]:
    """A StringNotLike that matches no value, so that it only tests that the key is absent."""
    if _is_any(condition) and condition.negated and condition.set_operator is not SetOperator.FOR_ANY_VALUE:
        if _may_be_absent(condition):
            yield at(condition.node, f"only tests that {shown(condition.key.text)} is absent: write `Null` with `true`")


@condition_check("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", SUGGESTION, facts="E192 E199")
def redundant_key_due_to_wildcard_in_condition(condition: Condition) -> Iterator[Hit]:
    """A StringLike that every request satisfies."""
    if _is_any(condition) and not condition.negated and not (condition.needs_key and _may_be_absent(condition)):
        yield at_key(condition.key, f"every request satisfies this: remove {shown(condition.key.text)}")


@condition_check("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", SUGGESTION, facts="E192 E199 E228")
def redundant_statement_due_to_wildcard_in_condition(condition: Condition) -> Iterator[Hit]:
    """A StringNotLike that no request satisfies."""
    if _is_any(condition) and condition.negated:
        if condition.set_operator is SetOperator.FOR_ANY_VALUE or not _may_be_absent(condition):
            yield at(condition.statement.node, f"no request satisfies the condition on {shown(condition.key.text)}")
