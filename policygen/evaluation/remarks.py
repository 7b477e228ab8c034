"""What one should know of an element beside its values: each remark is half a sentence about one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from policygen.evaluation.carried import instead_of, way_of, why_not_carried
from policygen.matching.arns import compile_resource
from policygen.matching.conditions import CompiledCondition
from policygen.matching.conditions.operators import SetOperator, ValueType
from policygen.matching.variables import Template, Variable, variable_value
from policygen.matching.wildcards import Matcher, Tokens, lowered, text_of, tokens_of
from policygen.request.condition_keys import find_condition_key, is_multivalued
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES, Principal

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
    if name == "aws:userid" and request.principal.kind in IDENTITIES:
        return "the caller's unique id is not known: state `unique_id` with the principal"
    way = way_of(request)
    why = why_not_carried(request, name, way)
    if why is None:
        return f"the request does not have `{name}`"
    others = " or ".join(f"`${{{each}}}`" for each in instead_of(request, name, way) if not is_multivalued(each))
    return f"{why}; {others} would have one" if others else why


def on_patterns(
    patterns: Iterable[str], templates: Sequence[Template], request: Request, *, matched: bool
) -> Iterator[str]:
    """Yield remarks on a Resource element that does not name the resource, or has variables: values, letters."""
    yield from on_variables(templates, request)
    if not matched:
        plain = [tokens_of(each) for each in patterns if "${" not in each]
        resolved = [tokens for each in templates if (tokens := each.resolve(request.context)) is not None]
        yield from _on_case((*plain, *resolved), compile_resource, request.resource)


def on_principal(values: Iterable[str], caller: Principal) -> Iterator[str]:
    """Yield why values that look like the caller do not name it: a role's path, the case of letters.

    Fact: E134, E245
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    own = [name for name in (caller.arn, caller.role_arn) if name is not None]
    for value in values:
        near = next((name for name in own if value != name and value.lower() == name.lower()), None)
        if near is not None:
            yield _differing(near, value)
        yield from _on_path(value, caller)


def _on_path(value: str, caller: Principal) -> Iterator[str]:
    if caller.role_arn is not None and _is_same_role(value, caller.role_arn):
        yield f"`{value}` is a role of this name under another path: state the session's role if it is that one"
    elif caller.session_arn is not None and _is_session_with_path(value, caller.session_arn):
        yield f"`{value}` names nobody: the ARN of a session has no path"


def _is_same_role(value: str, role: str) -> bool:
    """Tell whether two ARNs are of roles of one account and name, which their paths alone tell apart."""
    head, of_role, name = value.partition(":role/")
    own_head, _, own_name = role.partition(":role/")
    same = head == own_head and name.rpartition("/")[2] == own_name.rpartition("/")[2]
    return bool(of_role) and same and value != role


def _is_session_with_path(value: str, session: str) -> bool:
    head, of_session, names = value.partition(":assumed-role/")
    own_head, _, own_names = session.partition(":assumed-role/")
    return bool(of_session) and head == own_head and names.endswith(f"/{own_names}")


def on_condition(condition: CompiledCondition, request: Request, *, holds: bool) -> Iterator[str]:
    """Yield remarks on a condition: values of variables, letters that differ, a literal ``*``, values that offend."""
    yield from on_variables(condition.templates, request)
    base = condition.operator.base
    if holds != base.negated:
        return
    if base.value_type is ValueType.STRING and not base.takes_wildcards and condition.has_star:
        like = "StringNotLike" if base.negated else "StringLike"
        yield f"{base.name} takes `*` literally: use {like}"
    found = request.context.get(condition.key)
    values = found.values if found is not None else ()
    if base.value_type in (ValueType.STRING, ValueType.ARN):
        resolved = [tokens for each in condition.templates if (tokens := each.resolve(request.context)) is not None]
        for value in values[:MOST_REMARKS]:
            yield from _on_case(resolved, base.comparison.matcher, value)
        if condition.key == "aws:principalarn":
            for tokens in resolved:
                yield from _on_path(text_of(tokens), request.principal)
    if condition.operator.set_operator is SetOperator.FOR_ALL_VALUES and not holds and len(values) > 1:
        wrong = [value for value in values if condition.test(value, request.context) == base.negated]
        yield f"too many: {', '.join(f'`{value}`' for value in wrong)}"


def _on_case(patterns: Iterable[Tokens], matcher: Callable[[Tokens], Matcher], value: str) -> Iterator[str]:
    """Yield the first pattern that misses a value by the case of its letters alone.

    Fact: E197, E218
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    for tokens in patterns:
        if not matcher(tokens)(value) and matcher(lowered(tokens))(value.lower()):
            yield _differing(value, text_of(tokens))
            return


def _differing(value: str, wanted: str) -> str:
    return f"`{value}` and `{wanted}` differ in the case of letters only"
