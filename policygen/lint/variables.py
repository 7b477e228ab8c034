"""Checks of policy variables in Resource and Condition.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policygen.lint.check import Check, Hit, check, condition_check, shown
from policygen.lint.findings import FindingType
from policygen.lint.policy import Condition, Policy, Statement
from policygen.matching.conditions.operators import ValueType
from policygen.source.nodes import Scalar

_QUOTED = re.compile(r"\s*'.*'\s*\Z", re.DOTALL)
_ESCAPES = ("*", "?", "$")
_ERROR = FindingType.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """One ``${…}`` of a text; ``inside`` is None where the brace is not closed."""

    element: Scalar
    start: int
    length: int
    inside: str | None

    @property
    def name(self) -> str:
        return (self.inside or "").partition(",")[0]

    def hit(self, details: str) -> Hit:
        return Hit(node=self.element, details=details, part=(self.start, self.length))


def _variables(element: Scalar) -> Iterator[_Variable]:
    """Yield the variables of a text, in one pass: each closing brace is looked for once."""
    text = element.text
    start = text.find("${")
    while start >= 0:
        end = text.find("}", start)
        following = text.find("${", start + 2)
        if end < 0 or 0 <= following < end:
            # The first brace that is not closed is enough: what follows it is read differently by everybody.
            length = (following if following >= 0 else len(text)) - start
            yield _Variable(element=element, start=start, length=length, inside=None)
            return
        inside = text[start + 2 : end]
        if inside not in _ESCAPES:
            yield _Variable(element=element, start=start, length=end + 1 - start, inside=inside)
        start = following


def _elements(policy: Policy) -> Iterator[Scalar]:
    for statement in policy.statements:
        yield from statement.resources
        yield from statement.not_resources
        for condition in statement.conditions:
            yield from condition.values


def _all(policy: Policy) -> Iterator[_Variable]:
    """Yield every variable in Resource and Condition, in a version that has variables."""
    if policy.has_variables:
        for element in _elements(policy):
            if "${" in element.text:
                yield from _variables(element)


@check("MISSING_BRACE_IN_VARIABLE", _ERROR, facts="E155")
def missing_brace_in_variable(policy: Policy) -> Iterator[Hit]:
    """A variable that is not closed."""
    for variable in _all(policy):
        if variable.inside is None:
            yield variable.hit("a `${` is not closed by `}`")


@check("EMPTY_VARIABLE", _ERROR, facts="E155")
def empty_variable(policy: Policy) -> Iterator[Hit]:
    """A variable without a name."""
    for variable in _all(policy):
        if variable.inside is not None and not variable.name.strip():
            yield variable.hit("`${}` names no condition key")


@check("UNSUPPORTED_SPACE_IN_VARIABLE", _ERROR, facts="E155")
def unsupported_space_in_variable(policy: Policy) -> Iterator[Hit]:
    """A space in the name of a variable; a tag key may hold one."""
    for variable in _all(policy):
        name = variable.name
        if name.strip() and re.search(r"\s", name.partition("/")[0]):
            yield variable.hit(f"{shown('${' + (variable.inside or '') + '}')} has a space in its name")


@check("MISSING_QUOTE_IN_VARIABLE", _ERROR, facts="E155 E176")
def missing_quote_in_variable(policy: Policy) -> Iterator[Hit]:
    """A default value that does not stand in single quotes."""
    for variable in _all(policy):
        _, comma, default = (variable.inside or "").partition(",")
        if comma and not _QUOTED.match(default):
            yield variable.hit(f"the default of {shown('${' + (variable.inside or '') + '}')} stands in single quotes")


@check("VARIABLE_UNSUPPORTED_IN_VERSION", _ERROR, facts="E121")
def variable_unsupported_in_version(policy: Policy) -> Iterator[Hit]:
    """A variable in a policy without Version 2012-10-17, where it is literal text."""
    if policy.has_variables:
        return
    for element in _elements(policy):
        start = element.text.find("${")
        if start >= 0:
            details = "policy variables need Version `2012-10-17`: here they are literal text"
            length = element.text.find("}", start) + 1 - start
            yield Hit(node=element, details=details, part=(start, length if length > 0 else len(element.text) - start))


@check("DEPRECATED_GLOBAL_CONDITION_KEY", FindingType.WARNING)
def deprecated_global_condition_key(policy: Policy) -> Iterator[Hit]:
    """A variable that refers to aws:ARN.

    Unspecified: Access Analyzer has this warning and the error UNSUPPORTED_GLOBAL_CONDITION_KEY for one key; here the
    error is about conditions and the warning about variables.
    """
    for variable in _all(policy):
        if variable.name.strip().lower() == "aws:arn":
            yield variable.hit("`aws:ARN` is out of date: use aws:PrincipalArn")


@condition_check("INVALID_VARIABLE_FOR_OPERATOR", _ERROR, facts="E173 E249")
def invalid_variable_for_operator(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A variable in a value of an operator other than those for texts and ARNs."""
    if condition.operator is None or condition.operator.base.takes_variables or not policy.has_variables:
        return
    kind = "Null" if condition.value_type is ValueType.NULL else condition.operator.base.name
    for value in condition.values:
        for variable in _variables(value):
            yield variable.hit(f"policy variables do not work with {kind}")


CHECKS: tuple[Check, ...] = (
    missing_brace_in_variable,
    empty_variable,
    unsupported_space_in_variable,
    missing_quote_in_variable,
    variable_unsupported_in_version,
    deprecated_global_condition_key,
    invalid_variable_for_operator,
)
"""The checks of this module."""
