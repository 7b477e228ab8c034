"""Changes of one statement that would let a request through, as edits of its document that can be tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import eq
from typing import Any

from policygen.document.parse import parse_policy
from policygen.document.write import thaw
from policygen.evaluation.policies import NamedPolicy, Policies, compiled
from policygen.evaluation.results.traces import ElementReason, ElementTrace
from policygen.evaluation.search import NO_VALUE
from policygen.evaluation.situation import Situation, Traced
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import SetOperator, ValueType
from policygen.matching.wildcards import compile_glob, tokens_of
from policygen.request.condition_keys import DerivedFrom, find_condition_key
from policygen.request.principal import Principal, PrincipalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Values that are added to one element of a statement.

    Attributes:
        values: The values.
        path: Where they are added: the names from the statement down.
        words: Where they are added, as a sentence says it.
        instead_of: The operator of the condition that they are taken from, which another one takes the place of.
    """

    values: tuple[str, ...]
    path: tuple[str, ...]
    words: str
    instead_of: str | None = None

    def __str__(self) -> str:
        """Return the edit as a sentence's part."""
        if self.instead_of is not None:
            return f"write {self.path[1]} in place of {self.instead_of} for `{self.path[2]}`"
        return f"add {' and '.join(f'`{each}`' for each in self.values)} to {self.words}"

    def make(self, statement: dict[str, Any]) -> None:
        """Make the edit in a statement of plain values."""
        *outer, last = self.path
        if self.instead_of is not None:
            of_operator = statement["Condition"][self.instead_of]
            del of_operator[last]
            if not of_operator:
                del statement["Condition"][self.instead_of]
        inner: dict[str, Any] = statement
        for name in outer:
            inner = inner.setdefault(name, {})
        now = inner.get(last, [])
        inner[last] = [*(now if isinstance(now, list) else [now]), *self.values]


def edit_for(element: ElementTrace, situation: Situation) -> Edit | None:
    """Return what would make an element of an Allow match, or a condition of a Deny fail; None for what no value does.

    A request without a resource is none that a Resource can name: ``*`` would name everything.
    """
    if element.key is not None:
        return None if _opens_to_everybody(element.key, situation.judged.principal) else _of_condition(element)
    if element.reason == ElementReason.RESOURCE_NOT_LISTED.value and situation.judged.resource != "*":
        return Edit(values=(situation.judged.resource,), path=("Resource",), words="Resource")
    if element.reason == ElementReason.ACTION_NOT_LISTED.value and _lists_same_service(element, situation):
        return Edit(values=(situation.judged.action,), path=("Action",), words="Action")
    if element.reason == ElementReason.PRINCIPAL_NOT_NAMED.value:
        return _of_principal(situation.judged.principal)
    return None


def _opens_to_everybody(key: str, caller: Principal) -> bool:
    """Tell whether the caller's own value of a key is everybody's."""
    known = find_condition_key(key)
    of_caller = known is not None and known.derived_from is DerivedFrom.CALLER
    return of_caller and caller.kind is PrincipalKind.ANONYMOUS


def _lists_same_service(element: ElementTrace, situation: Situation) -> bool:
    return any(each.lower().startswith(f"{situation.judged.service}:") for each in element.wanted)


def _of_principal(caller: Principal) -> Edit | None:
    """Name the caller, a session by its role; not an anonymous one, for that would name everybody."""
    if caller.kind is PrincipalKind.ANONYMOUS:
        return None
    kinds = {PrincipalKind.SERVICE: "Service", PrincipalKind.IDENTITY_PROVIDER: "Federated"}
    name = caller.role_arn or caller.arn
    return Edit(values=(name,), path=("Principal", kinds.get(caller.kind, "AWS")), words="Principal")


_COMPARED_ONE_BY_ONE = (ValueType.BOOL, ValueType.NULL)
_WITH_WILDCARDS = {"StringEquals": "StringLike", "StringNotEquals": "StringNotLike"}


def _of_condition(element: ElementTrace) -> Edit | None:
    """Add the request's values to a condition that compares with each of its values; ranges have one end only."""
    operator = parse_operator(element.operator or "")
    if operator is None or element.key is None or operator.base.value_type in _COMPARED_ONE_BY_ONE:
        return None
    if element.matched != operator.base.negated or operator.base.comparison.order not in (None, eq):
        return None
    like = _WITH_WILDCARDS.get(operator.base.name, "")
    if like and any(compile_glob(tokens_of(each))(value) for each in element.wanted for value in element.found):
        path = ("Condition", str(operator).replace(operator.base.name, like), element.key)
        return Edit(values=element.wanted, path=path, words="", instead_of=element.operator)
    values = tuple(value for value in element.found if value not in element.wanted)
    if not values or any(sign in value for value in values for sign in NO_VALUE):
        return None
    if operator.set_operator is SetOperator.FOR_ANY_VALUE:
        values = values[:1]
    path = ("Condition", element.operator or "", element.key)
    return Edit(values=values, path=path, words=f"the values of {element.operator} {element.key}")


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
