"""At which condition keys policies look: what of an event no policy looks at need not be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policygen.document.given import Document
from policygen.errors import DocumentError
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import NamedPolicy, Policies, PolicySource
from policygen.evaluation.reading import PolicyReader

_USER_ID, _SESSION = "aws:userid", ":assumed-role/"


def keys_looked_at(*sources: PolicySource) -> frozenset[str]:
    """Return every condition key, in lower case, that any statement looks at.

    Raises:
        DocumentError: A document cannot be parsed.
    """
    statements = (each for source in sources for policy in _policies(source) for each in policy.statements)
    return frozenset().union(*(each.variable_keys() for each in statements))


def tells_sessions_apart(*sources: PolicySource) -> bool:
    """Tell whether any policy or grant may treat two sessions of one role differently.

    It names a session, or looks at ``aws:userid``, which ends in the session's name; no other key has it.

    Raises:
        DocumentError: A document cannot be parsed.

    Fact: E182
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return _USER_ID in keys_looked_at(*sources) or any(_SESSION in each for each in _named(sources))


def _named(sources: Iterable[PolicySource]) -> Iterator[str]:
    """Yield all that policies and grants name as callers."""
    for source in sources:
        statements = (each.statement for policy in _policies(source) for each in policy.statements)
        elements = (element for each in statements for element in (each.principal, each.not_principal))
        yield from (entry.value for element in elements if element is not None for entry in element.entries)
        held = source.resources.values() if isinstance(source, Environment) else (source,)
        yield from (grant.grantee for each in held for grant in getattr(each, "grants", ()))


def _policies(source: PolicySource) -> tuple[NamedPolicy, ...]:
    if isinstance(source, Policies):
        return source.policies()
    reader = PolicyReader()
    documents = (*source.documents(), *(_without_principals(source) if isinstance(source, Environment) else ()))
    found = reader.several(documents, "policy")
    if reader.problems:
        raise DocumentError(*reader.problems)
    return found


def _without_principals(environment: Environment) -> Iterator[Document]:
    """Yield what an environment's ``documents`` leaves out: policies of callers and of endpoints, SCPs."""
    for each in environment.principals.values():
        yield from each.identity_based
        yield from () if each.permissions_boundary is None else (each.permissions_boundary,)
    for levels in (environment.service_control, *(each.service_control for each in environment.accounts.values())):
        yield from (document for level in levels for document in level)
    yield from (each.policy for each in environment.vpc_endpoints.values() if each.policy is not None)
