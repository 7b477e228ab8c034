"""Changes of one statement that would let a request through, as edits of its document that can be tried."""

from __future__ import annotations

from collections.abc import Iterable
from operator import eq

from policygen.document.parse import parse_policy
from policygen.document.write import thaw
from policygen.evaluation.policies import NamedPolicy, Policies, compiled
from policygen.evaluation.results.proposals import Edit
from policygen.evaluation.results.traces import ElementReason, ElementTrace
from policygen.evaluation.search import NO_VALUE
from policygen.evaluation.situation import Situation, Traced
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import SetOperator, ValueType
from policygen.matching.wildcards import compile_glob, tokens_of
from policygen.request.condition_keys import DerivedFrom, find_condition_key
from policygen.request.principal import Principal, PrincipalKind


def edit_for(element: ElementTrace, traced: Traced, situation: Situation) -> Edit | None:
    """Return what would make an element of an Allow match, or a condition of a Deny fail; None for what no value does.

    A request without a resource is none that a Resource can name: ``*`` would name everything.
    """
    found = _added(element, situation)
    if found is None:
        return None
    path, values, instead_of = found
    trace = traced.trace
    return Edit(policy=trace.policy, statement=trace.label, path=path, values=values, instead_of=instead_of)


_Added = tuple[tuple[str, ...], tuple[str, ...], str | None]
"""Path, values, and the operator that they are taken from."""


def _added(element: ElementTrace, situation: Situation) -> _Added | None:
    request = situation.judged
    if element.key is not None:
        return None if _opens_to_everybody(element.key, request.principal) else _of_condition(element)
    if element.reason == ElementReason.RESOURCE_NOT_LISTED.value and request.resource != "*":
        return ("Resource",), (request.resource,), None
    same_service = any(each.lower().startswith(f"{request.service}:") for each in element.wanted)
    if element.reason == ElementReason.ACTION_NOT_LISTED.value and same_service:
        return ("Action",), (request.action,), None
    if element.reason == ElementReason.PRINCIPAL_NOT_NAMED.value:
        return _of_principal(request.principal)
    return None


def _opens_to_everybody(key: str, caller: Principal) -> bool:
    """Tell whether the caller's own value of a key is everybody's."""
    known = find_condition_key(key)
    of_caller = known is not None and known.derived_from is DerivedFrom.CALLER
    return of_caller and caller.kind is PrincipalKind.ANONYMOUS


def _of_principal(caller: Principal) -> _Added | None:
    named = principal_entry(caller)
    return None if named is None else (("Principal", named[0]), (named[1],), None)


def principal_entry(caller: Principal) -> tuple[str, str] | None:
    """Name a caller in a Principal element, a session by its role; None for anonymous: that would name everybody."""
    if caller.kind is PrincipalKind.ANONYMOUS:
        return None
    kinds = {PrincipalKind.SERVICE: "Service", PrincipalKind.IDENTITY_PROVIDER: "Federated"}
    return kinds.get(caller.kind, "AWS"), caller.role_arn or caller.arn


_COMPARED_ONE_BY_ONE = (ValueType.BOOL, ValueType.NULL)
_WITH_WILDCARDS = {"StringEquals": "StringLike", "StringNotEquals": "StringNotLike"}


def _of_condition(element: ElementTrace) -> _Added | None:
    """Add the request's values to a condition that compares with each of its values; ranges have one end only."""
    operator = parse_operator(element.operator or "")
    if operator is None or element.key is None or operator.base.value_type in _COMPARED_ONE_BY_ONE:
        return None
    if element.matched != operator.base.negated or operator.base.comparison.order not in (None, eq):
        return None
    like = _WITH_WILDCARDS.get(operator.base.name, "")
    if like and any(compile_glob(tokens_of(each))(value) for each in element.wanted for value in element.found):
        path = ("Condition", str(operator).replace(operator.base.name, like), element.key)
        return path, element.wanted, element.operator
    values = tuple(value for value in element.found if value not in element.wanted)
    if not values or any(sign in value for value in values for sign in NO_VALUE):
        return None
    if operator.set_operator is SetOperator.FOR_ANY_VALUE:
        values = values[:1]
    return ("Condition", element.operator or "", element.key), values, None


def edited(policies: Policies, traced: Traced, edits: Iterable[Edit]) -> Policies:
    """Return the policies with the edits made in one statement."""
    made = tuple(edits)

    def change(policy: NamedPolicy) -> NamedPolicy:
        if not any(each is traced.compiled for each in policy.statements):
            return policy
        document = thaw(policy.document.written)
        statements = document["Statement"]
        for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
            if index == traced.trace.index:
                for edit in made:
                    edit.make(statement)
        return compiled(parse_policy(document, policy.document.source), policy.name)

    return policies.mapped(change)
