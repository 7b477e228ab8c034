"""The smallest change after which a denied call is allowed; whatever is returned was tried on the whole request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policygen.denials.model import Edit, TriedChange
from policygen.document import parse_policy
from policygen.document.write import statement_list, thaw
from policygen.evaluation.authorize import edits_for, judge
from policygen.evaluation.combine import policy_type_name
from policygen.evaluation.edits import principal_entry
from policygen.evaluation.layers import has_principal, implies_resource
from policygen.evaluation.policies import NamedPolicy, Policies, compiled
from policygen.evaluation.results.checks import EFFECTS, CheckEffect
from policygen.evaluation.results.explanation import Explanation
from policygen.evaluation.results.proposals import Proposal
from policygen.evaluation.results.verdict import EvalDecision, PolicyType, Verdict
from policygen.request import Request

_FIELDS = {
    PolicyType.IDENTITY_BASED: "identity_based",
    PolicyType.RESOURCE_BASED: "resource_based",
    PolicyType.PERMISSIONS_BOUNDARY: "permissions_boundary",
    PolicyType.SESSION: "session",
    PolicyType.SERVICE_CONTROL: "service_control",
    PolicyType.VPC_ENDPOINT: "vpc_endpoint",
}
_MOST = 6
"""How many statements are added at most: one for each policy type that allows nothing."""


def tried_change(policies: Policies, request: Request, explanation: Explanation) -> TriedChange | None:
    """Return the smallest change that was tried: of an Allow, of the request, else statements that are added.

    A Deny is spared only where no other request would do.

    Args:
        policies: The policies that deny.
        request: The request.
        explanation: Why it is denied, with what was tried already.
    """
    found = edits_for(policies, request) or next(iter(explanation.proposals), None)
    if found is not None:
        return _of_proposal(found, policies)
    if explanation.decision is not EvalDecision.IMPLICIT_DENY:
        return None
    return _Adding(policies, request).change()


def _of_proposal(proposal: Proposal, policies: Policies) -> TriedChange:
    """Return a proposal as edits of whole statements, and of the request."""
    by_statement: dict[tuple[str, str], dict[str, Any]] = {}
    for each in proposal.edits:
        key = each.policy, each.statement
        if key not in by_statement:
            by_statement[key] = _statement(policies, *key)
        each.make(by_statement[key])
    edits = [
        Edit(document=document, statement=label, op="replace", value=value)
        for (document, label), value in by_statement.items()
    ]
    if proposal.changes:
        context = {each.key: None if each.then is None else list(each.then) for each in proposal.changes}
        edits.append(Edit(document="request", statement=None, op="replace", value={"context": context}))
    return TriedChange(edits=tuple(edits), gives=EFFECTS[proposal.gives], words=proposal.words)


def _statement(policies: Policies, name: str, label: str) -> dict[str, Any]:
    """Return a statement of a policy as plain values."""
    for policy in policies.policies():
        for each in policy.document.statements if policy.name == name else ():
            if each.label == label:
                found: dict[str, Any] = statement_list(thaw(policy.document.written))[each.index]
                return found
    return {}


class _Adding:
    """Adds a statement to each policy type that would have to allow, until the request is allowed."""

    def __init__(self, policies: Policies, request: Request) -> None:
        self._policies = policies
        self._request = request
        self._edits: list[Edit] = []

    def change(self) -> TriedChange | None:
        for _ in range(_MOST):
            verdict = judge(self._policies, self._request)
            if verdict.decision is EvalDecision.ALLOWED:
                return TriedChange(edits=tuple(self._edits), gives=CheckEffect.ALLOW, words=self._words())
            if verdict.decision is not EvalDecision.IMPLICIT_DENY or not self._add(verdict):
                return None
        return None

    def _words(self) -> str:
        documents = " and ".join(f"`{each.document}`" for each in self._edits)
        return f"add a statement to {documents} that allows {self._request.action} on {self._request.resource}"

    def _add(self, verdict: Verdict) -> bool:
        """Add a statement to the policy type that is to be changed first; False where there is none to be changed."""
        kind = next(iter(verdict.blocked_by), None)
        field = _FIELDS.get(kind) if kind is not None else None
        statement = None if kind is None else self._statement(kind)
        if kind is None or field is None or statement is None:
            return False
        held: Any = getattr(self._policies, field)
        changed: Any
        name = f"a new {policy_type_name(kind, self._request)}"
        if kind in (PolicyType.SERVICE_CONTROL, PolicyType.SESSION):
            changed = tuple(
                level if self._allows(level) else self._with(level, statement, name) for level in held or ((),)
            )
        elif held is None or isinstance(held, NamedPolicy):
            changed = self._with((held,) if held else (), statement, name)[0]
        else:
            changed = self._with(held, statement, name)
        before, self._policies = self._policies, self._policies.changed(**{field: changed})
        return before != self._policies

    def _allows(self, level: Iterable[NamedPolicy]) -> bool:
        """Tell whether a level of SCPs, or the policies of a session, allow the request already."""
        statements = (each for policy in level for each in policy.statements)
        return any(not each.denies and each.applies(self._request, implies_resource=False) for each in statements)

    def _statement(self, kind: PolicyType) -> dict[str, Any] | None:
        """Return the narrowest statement that allows the request; None where it would name everybody."""
        found: dict[str, Any] = {"Effect": "Allow"}
        if has_principal(kind):
            caller = principal_entry(self._request.principal)
            if caller is None:
                return None
            found["Principal"] = {caller[0]: caller[1]}
        found["Action"] = self._request.action
        if not implies_resource(kind, self._request):
            found["Resource"] = self._request.resource
        return found

    def _with(self, level: tuple[NamedPolicy, ...], statement: dict[str, Any], name: str) -> tuple[NamedPolicy, ...]:
        """Return policies with a statement in the first of them, or in a new one."""
        first, *others = level or (None,)
        document = {"Version": "2012-10-17", "Statement": []} if first is None else thaw(first.document.written)
        document["Statement"] = [*statement_list(document), statement]
        named = name if first is None else first.name
        self._edits.append(Edit(document=named, statement=None, op="add", value=statement))
        return (compiled(parse_policy(document, named), named), *(each for each in others if each is not None))
