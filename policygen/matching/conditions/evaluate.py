"""Whether one condition (an operator, a key, its values) holds for a request's context.

``Null`` first; then a missing key (IfExists, set operator, negation); then each of the request's values against
the policy's values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from policygen.document.model import ConditionEntry
from policygen.matching.conditions.operators import ConditionOperator, SetOperator, ValueType, parse_operator
from policygen.matching.conditions.values import read_bool
from policygen.matching.variables import Template, compile_template, static_tokens
from policygen.matching.wildcards import Matcher
from policygen.request.condition_keys import is_multivalued
from policygen.request.context import SPELLINGS, ContextValue

Context = Mapping[str, ContextValue]


class ConditionReason(Enum):
    """Why a condition holds or does not."""

    MATCHED = "matched"
    NOT_MATCHED = "value_not_matched"
    KEY_ABSENT = "key_absent"
    KEY_ABSENT_NEGATED = "key_absent_negated_operator"
    KEY_ABSENT_IF_EXISTS = "key_absent_if_exists"
    KEY_ABSENT_FOR_ALL = "key_absent_for_all_values"
    KEY_PRESENT = "key_present"
    VARIABLE_UNRESOLVED = "variable_without_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCondition:
    """One condition, ready to be judged.

    Attributes:
        entry: As written.
        operator: The operator, taken apart.
        key: The key in lower case (names match without regard to case, E184, E185, E94).
        test: Whether one of the request's values matches some value of the policy, given the context.
        templates: The policy's values.
    """

    entry: ConditionEntry
    operator: ConditionOperator
    key: str
    test: Callable[[str, Context], bool]
    templates: tuple[Template, ...]

    def holds(self, context: Context) -> bool:
        """Tell whether the condition holds.

        An empty list of values matches no key that is present (E151).

        Unspecified: for a plain operator with an empty list AWS's page contradicts itself (E263); here it never holds
        for a key that is present.
        """
        operator = self.operator
        values = self._values(context)
        if operator.base.value_type is ValueType.NULL:
            return self._null_holds(is_absent=not values)
        if not values:
            return missing_key_holds(operator)
        if not self.templates:
            return False
        negated = operator.base.negated
        matched = (self.test(value, context) for value in values)
        if operator.set_operator is SetOperator.FOR_ALL_VALUES:
            return values == ("",) or all(each != negated for each in matched)
        if operator.set_operator is SetOperator.FOR_ANY_VALUE:
            return any(each != negated for each in matched)
        return any(matched) != negated

    def _values(self, context: Context) -> tuple[str, ...]:
        """Return the key's values in a request; none when it is absent.

        A multivalued key whose only value is empty has none, for set operators as for Null (E280).
        """
        found = context.get(self.key)
        values = found.values if found is not None else ()
        if values == ("",) and is_multivalued(self.key):
            by_set = self.operator.set_operator is not None or self.operator.base.value_type is ValueType.NULL
            return () if by_set else values
        return values

    def _null_holds(self, *, is_absent: bool) -> bool:
        """``Null`` with a set operator is constant (E152); otherwise it tells absence or presence (E195, E224)."""
        if self.operator.set_operator is not None:
            return self.operator.set_operator is SetOperator.FOR_ALL_VALUES
        return any(read_bool(value) is is_absent for value in self.entry.values)

    def reason(self, context: Context) -> ConditionReason:
        """Say why the condition holds or does not."""
        absent = not self._values(context)
        holds = self.holds(context)
        if self.operator.base.value_type is ValueType.NULL:
            if holds:
                return ConditionReason.MATCHED
            return ConditionReason.KEY_ABSENT if absent else ConditionReason.KEY_PRESENT
        if not absent:
            if not holds and any(template.resolve(context) is None for template in self.templates):
                return ConditionReason.VARIABLE_UNRESOLVED
            return ConditionReason.MATCHED if holds else ConditionReason.NOT_MATCHED
        if not holds:
            return ConditionReason.KEY_ABSENT
        if self.operator.if_exists:
            return ConditionReason.KEY_ABSENT_IF_EXISTS
        if self.operator.set_operator is not None:
            return ConditionReason.KEY_ABSENT_FOR_ALL
        return ConditionReason.KEY_ABSENT_NEGATED

    @property
    def has_star(self) -> bool:
        """Whether a value has a ``*`` that somebody may take for a wildcard."""
        return any("*" in each.text.replace("${*}", "") for each in self.templates)

    def context_keys(self) -> frozenset[str]:
        """Return every context key that the condition looks at, in lower case: its own and its variables'."""
        return frozenset({self.key}).union(*(template.variable_keys() for template in self.templates))


def missing_key_holds(operator: ConditionOperator) -> bool:
    """Tell whether a condition holds when its key is absent from the request's context, or has no value.

    Unspecified: AWS does not say what ``ForAnyValue:…IfExists`` does then; here IfExists decides, so it holds.

    Fact: E192, E193, E194
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    if operator.if_exists:
        return True
    if operator.set_operator is not None:
        return operator.set_operator is SetOperator.FOR_ALL_VALUES
    return operator.base.negated


def compile_condition(entry: ConditionEntry, *, variables: bool) -> CompiledCondition | None:
    """Return the compiled condition; None when its operator is none that AWS knows.

    Args:
        entry: The condition as written.
        variables: Whether the document's version has policy variables.
    """
    operator = parse_operator(entry.operator)
    if operator is None:
        return None
    SPELLINGS.of(entry.key)
    base = operator.base
    templates = tuple(
        compile_template(value, variables=variables and base.takes_variables, wildcards=base.takes_wildcards)
        for value in entry.values
    )
    return CompiledCondition(
        entry=entry, operator=operator, key=entry.key.lower(), test=_test(operator, templates), templates=templates
    )


def _test(operator: ConditionOperator, templates: tuple[Template, ...]) -> Callable[[str, Context], bool]:
    matcher = operator.base.comparison.matcher
    variable = [each for each in templates if each.has_variables]

    @cache
    def fixed() -> list[Matcher]:
        return [matcher(static_tokens(each)) for each in templates if not each.has_variables]

    def test(value: str, context: Context) -> bool:
        if any(matches(value) for matches in fixed()):
            return True
        for template in variable:
            tokens = template.resolve(context)
            if tokens is not None and matcher(tokens)(value):
                return True
        return False

    return test
