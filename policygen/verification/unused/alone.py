"""One statement of one policy, judged all by itself: which requests does it apply to?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from policygen.document import PolicyDocument
from policygen.document.model import Effect, Statement
from policygen.evaluation.services.sts import is_trust_request
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.principals import PrincipalMatch
from policygen.request import Principal, Request
from policygen.spec.paths import DocumentKind, kind_of, role_of
from policygen.verification.documents import Documents
from policygen.verification.requests import DerivedRequest

Applies = Callable[[Request], bool]
"""Tells whether a statement applies to a request, its Principal included."""


def granting_policies(
    documents: Documents, requests: Sequence[DerivedRequest]
) -> Iterator[tuple[str, PolicyDocument, list[DerivedRequest]]]:
    """Yield path, policy and the requests that ask it: a permissions boundary grants nothing, and is left out.

    A role's own policies are asked about that role's requests; a resource's policies about everybody's.
    """
    for path, document in documents.policies.items():
        kind, owner = kind_of(path), role_of(path)
        if kind is DocumentKind.PERMISSIONS_BOUNDARY:
            continue
        if owner is None or kind is DocumentKind.TRUST_POLICY:
            yield path, document, list(requests)
        else:
            yield path, document, [each for each in requests if _is_of_role(each.request.principal, *owner)]


def _is_of_role(principal: Principal, account: str, name: str) -> bool:
    role = principal.role_arn or ""
    return role.startswith(f"arn:{principal.partition}:iam::{account}:role/") and role.endswith(f"/{name}")


def statement_alone(document: PolicyDocument, statement: Statement) -> Applies:
    """Return what a statement of a document applies to."""
    return applies_alone(compile_statements(replace(document, statements=(statement,)), document.source)[0])


def applies_alone(compiled: CompiledStatement) -> Applies:
    """Return what a compiled statement applies to."""
    statement = compiled.statement

    def applies(request: Request) -> bool:
        if not compiled.applies(request, implies_resource=is_trust_request(request)):
            return False
        if statement.principal is None and statement.not_principal is None:
            return True
        names = compiled.names(request.principal)
        if names is PrincipalMatch.ACCOUNT and statement.effect is Effect.ALLOW:
            # within one account such a statement only delegates (E13): it grants nothing by itself
            return request.principal.account != request.resource_account
        return names is not PrincipalMatch.NONE

    return applies
