"""Checks of policy variables, and of where they stand.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policygen.catalog.spelling import shown
from policygen.lint.check import ChecksOf, Hit, at, check, condition_check, statement_check
from policygen.lint.findings import ERROR, WARNING
from policygen.lint.policy import Condition, Policy, Statement
from policygen.matching.conditions.operators import ValueType
from policygen.source.nodes import Scalar

_QUOTED = re.compile(r"\s*'.*'\s*\Z", re.DOTALL)
_ESCAPES = ("*", "?", "$")


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

    @property
    def shown(self) -> str:
        return shown(f"${{{self.inside or ''}}}")

    def hit(self, details: str) -> Hit:
        return at(self.element, details, part=(self.start, self.length))


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


def _out_of_place(elements: tuple[Scalar, ...], details: str) -> Iterator[Hit]:
    """Yield a hit for each text with a variable, about the first."""
    for element in elements:
        start = element.text.find("${")
        if start >= 0:
            end = element.text.find("}", start) + 1 or len(element.text)
            yield at(element, details, part=(start, end - start))


def _elements(policy: Policy) -> tuple[Scalar, ...]:
    return policy.resources + tuple(value for condition in policy.conditions for value in condition.values)


def _all(policy: Policy) -> Iterator[_Variable]:
    for element in _elements(policy) if policy.has_variables else ():
        yield from _variables(element)


variable_check: ChecksOf[_Variable] = ChecksOf(_all)
"""Decorator of checks of one variable in Resource or Condition, in a version that has variables."""


@variable_check("MISSING_BRACE_IN_VARIABLE", ERROR, facts="E155")
def missing_brace_in_variable(variable: _Variable) -> Iterator[Hit]:
    """A variable that is not closed."""
    if variable.inside is None:
        yield variable.hit("a `${` is not closed by `}`")


@variable_check("EMPTY_VARIABLE", ERROR, facts="E155")
def empty_variable(variable: _Variable) -> Iterator[Hit]:
    """A variable without a name."""
    if variable.inside is not None and not variable.name.strip():
        yield variable.hit("`${}` names no condition key")


@variable_check("UNSUPPORTED_SPACE_IN_VARIABLE", ERROR, facts="E155")
def unsupported_space_in_variable(variable: _Variable) -> Iterator[Hit]:
    """A space in the name of a variable; a tag key may hold one."""
    if variable.name.strip() and re.search(r"\s", variable.name.partition("/")[0]):
        yield variable.hit(f"{variable.shown} has a space in its name")


@variable_check("MISSING_QUOTE_IN_VARIABLE", ERROR, facts="E155 E176")
def missing_quote_in_variable(variable: _Variable) -> Iterator[Hit]:
    """A default value that does not stand in single quotes."""
    _, comma, default = (variable.inside or "").partition(",")
    if comma and not _QUOTED.match(default):
        yield variable.hit(f"the default of {variable.shown} stands in single quotes")


@variable_check("DEPRECATED_GLOBAL_CONDITION_KEY", WARNING)
def deprecated_global_condition_key(variable: _Variable) -> Iterator[Hit]:
    """A variable that refers to aws:ARN.

    Unspecified: Access Analyzer has this warning and the error UNSUPPORTED_GLOBAL_CONDITION_KEY for one key; here the
    error is about conditions and the warning about variables.
    """
    if variable.name.strip().lower() == "aws:arn":
        yield variable.hit("`aws:ARN` is out of date: use aws:PrincipalArn")


@statement_check("VARIABLE_UNSUPPORTED_IN_ELEMENT", ERROR, facts="E155 E174")
def variable_unsupported_in_element(statement: Statement) -> Iterator[Hit]:
    """A policy variable outside Resource and Condition."""
    sid = (statement.sid,) if statement.sid is not None else ()
    elements = (*sid, *(each.value for each in statement.principals), *statement.actions, *statement.not_actions)
    yield from _out_of_place(elements, "policy variables work in Resource and Condition only")


@check("VARIABLE_UNSUPPORTED_IN_VERSION", ERROR, facts="E121")
def variable_unsupported_in_version(policy: Policy) -> Iterator[Hit]:
    """A variable in a policy without Version 2012-10-17, where it is literal text."""
    if not policy.has_variables:
        details = "policy variables need Version `2012-10-17`: here they are literal text"
        yield from _out_of_place(_elements(policy), details)


@condition_check("INVALID_VARIABLE_FOR_OPERATOR", ERROR, facts="E173 E249")
def invalid_variable_for_operator(condition: Condition) -> Iterator[Hit]:
    """A variable in a value of an operator other than those for texts and ARNs."""
    base = condition.operator.base if condition.operator else None
    if base is not None and not base.takes_variables and condition.policy.has_variables:
        kind = "Null" if condition.value_type is ValueType.NULL else base.name
        for value in condition.values:
            for variable in _variables(value):
                yield variable.hit(f"policy variables do not work with {kind}")
