"""Is every condition of the documents needed?

A condition of an Allow is needed when, without it, some request that must be denied is allowed, judged by that
document alone (in another account the caller's own policies are not ours to rely on, E36). A condition of a Deny is
needed when, without it, some request that must be allowed is denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from policygen.document import PolicyDocument
from policygen.document.model import Effect, Statement
from policygen.errors import Severity
from policygen.evaluation.services.sts import is_trust_request
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.principals import PrincipalMatch
from policygen.request import Request
from policygen.spec.paths import DocumentKind, kind_of, role_of
from policygen.verification.checks import Check, CheckKind
from policygen.verification.counterparts import Written, counterpart, statements_of
from policygen.verification.documents import Documents
from policygen.verification.probes import Probe


def unexercised_conditions(documents: Documents, generated: Documents, probes: Sequence[Probe]) -> Iterator[Check]:
    """Yield a check for each condition; a condition that no request needs fails.

    One that the generated statement does not have is somebody's own, on top of what is asked: a warning.
    """
    for path, document in documents.policies.items():
        if kind_of(path) is DocumentKind.PERMISSIONS_BOUNDARY:
            continue  # it grants nothing: what it lets through is asked of the role's other policies
        written, wanted = statements_of(document), statements_of(generated.policies.get(path))
        compiled = compile_statements(document, path)
        asked = [probe for probe in probes if concerns(path, probe.request)]
        for statement in document.statements:
            others = [
                each.applies_alone
                for each in map(_Judged, compiled)
                if each.statement.index != statement.index and each.statement.effect is statement.effect
            ]
            ours = counterpart(written[statement.index], wanted)
            for number, entry in enumerate(statement.condition):
                element = f"Condition/{entry.operator}/{entry.key}"
                needed = _is_needed(document, statement, number, asked, others)
                yield Check(
                    id=f"{path}/{statement.label}/{element}",
                    title=f"`{entry.operator}` `{entry.key}` of `{statement.label}` is needed",
                    kind=CheckKind.CONFIGURATION,
                    passed=needed,
                    severity=Severity.ERROR if _has_condition(ours, entry.key) else Severity.WARNING,
                    detail=None if needed else "no request of this spec is decided by it",
                    document=path,
                    statement=statement.label,
                    element=element,
                    facts=("E36",),
                )


def _has_condition(statement: Written | None, key: str) -> bool:
    block = (statement or {}).get("Condition") or {}
    return any(name.lower() == key.lower() for keys in block.values() for name in keys)


def concerns(path: str, request: Request) -> bool:
    """A role's own policies are asked about that role's requests; a resource's policies about everybody's."""
    owner = role_of(path)
    if owner is None or kind_of(path) is DocumentKind.TRUST_POLICY:
        return True
    account, name = owner
    role = request.principal.role_arn or ""
    return role.startswith(f"arn:{request.principal.partition}:iam::{account}:role/") and role.endswith(f"/{name}")


class _Judged:
    """A compiled statement, judged by itself: does it apply to a request, its Principal included?"""

    def __init__(self, compiled: CompiledStatement) -> None:
        self.compiled = compiled
        self.statement = compiled.statement

    def applies_alone(self, request: Request) -> bool:
        if not self.compiled.applies(request, implies_resource=is_trust_request(request)):
            return False
        if self.statement.principal is None and self.statement.not_principal is None:
            return True
        names = self.compiled.names(request.principal)
        if names is PrincipalMatch.ACCOUNT and self.statement.effect is Effect.ALLOW:
            # within one account such a statement only delegates (E13): it grants nothing by itself
            return request.principal.account != request.resource_account
        return names is not PrincipalMatch.NONE


def _is_needed(
    document: PolicyDocument,
    statement: Statement,
    number: int,
    probes: Sequence[Probe],
    others: Sequence[Callable[[Request], bool]],
) -> bool:
    without = statement.condition[:number] + statement.condition[number + 1 :]
    bare = judged(document, replace(statement, condition=without))
    full = judged(document, statement)
    allows = statement.effect is Effect.ALLOW
    for probe in probes:
        request = probe.request
        if probe.must_allow is allows or not bare(request) or full(request):
            continue
        if not any(applies(request) for applies in others):
            return True
    return False


def judged(document: PolicyDocument, statement: Statement) -> Callable[[Request], bool]:
    """Return whether a statement, all by itself, applies to a request, its Principal included."""
    return _Judged(compile_statements(replace(document, statements=(statement,)), document.source)[0]).applies_alone
