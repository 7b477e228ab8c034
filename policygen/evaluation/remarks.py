"""What one should know of an element beside its values: each remark is half a sentence about one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policygen.evaluation.carried import instead_of, way_of, why_not_carried
from policygen.matching.conditions import CompiledCondition
from policygen.matching.conditions.operators import SetOperator, ValueType
from policygen.matching.variables import Template, Variable, variable_value
from policygen.matching.wildcards import text_of
from policygen.request.condition_keys import find_condition_key, is_multivalued
from policygen.request.model import Request

MOST_REMARKS = 4
"""How many remarks an element has of each sort."""


def as_aws_spells(key: str) -> str:
    """Return the name of a key as AWS spells it; what AWS does not name stays as it is."""
    known = find_condition_key(key)
    return key if known is None else known.name + key[len(known.name) :]


def on_variables(templates: Iterable[Template], request: Request) -> Iterator[str]:
    """Yield the value of every policy variable, or that it has none and why.

    Fact: E175, E176
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    variables = dict.fromkeys(part for each in templates for part in each.parts if isinstance(part, Variable))
    for variable in list(variables)[:MOST_REMARKS]:
        name = as_aws_spells(variable.key)
        value = variable_value(variable, request.context)
        if value is not None:
            yield f"`${{{name}}}` is `{value}`"
        else:
            yield f"`${{{name}}}` has no value: {_why_no_value(name, request)}"


def _why_no_value(name: str, request: Request) -> str:
    if is_multivalued(name):
        return "a key of several values is no policy variable"
    found = request.context.get(name.lower())
    if found is not None and found.values:
        return "the request has several"
    way = way_of(request)
    why = why_not_carried(request, name, way)
    if why is None:
        return f"the request does not have `{name}`"
    others = " or ".join(f"`${{{each}}}`" for each in instead_of(request, name, way) if not is_multivalued(each))
    return f"{why}; {others} would have one" if others else why


def on_condition(condition: CompiledCondition, request: Request, *, holds: bool) -> Iterator[str]:
    """Yield remarks on a condition: values that miss by their case, a ``*`` that is no wildcard, values that offend."""
    negated = condition.operator.base.negated
    if not holds:
        yield from on_variables(condition.templates, request)
    found = request.context.get(condition.key)
    if found is None or not found.values or holds != negated:
        return
    if condition.operator.base.value_type is ValueType.STRING:
        yield from _on_letters(condition, found.values, request)
    if condition.operator.set_operator is SetOperator.FOR_ALL_VALUES and not holds:
        wrong = [value for value in found.values if condition.test(value, request.context) == negated]
        if len(found.values) > 1:
            yield f"too many: {', '.join(f'`{value}`' for value in wrong)}"


def _on_letters(condition: CompiledCondition, values: tuple[str, ...], request: Request) -> Iterator[str]:
    """A comparison of texts misses by the case of letters, and takes ``*`` as it stands where it has no wildcards.

    Fact: E197, E198, E199
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    base = condition.operator.base
    if not base.takes_wildcards and any("*" in each.text and "${*}" not in each.text for each in condition.templates):
        like = "StringNotLike" if base.negated else "StringLike"
        yield f"{base.name} takes `*` literally: use {like}"
    resolved = (each.resolve(request.context) for each in condition.templates)
    wanted = [text_of(tokens) for tokens in resolved if tokens is not None]
    for value in values[:MOST_REMARKS]:
        near = next((each for each in wanted if each != value and each.lower() == value.lower()), None)
        if near is not None:
            yield f"`{value}` and `{near}` differ in the case of letters only"
