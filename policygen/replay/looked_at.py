"""At which condition keys policies look: what of an event no policy looks at need not be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.document.given import Document
from policygen.errors import DocumentError
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import NamedPolicy, Policies, PolicySource
from policygen.evaluation.reading import PolicyReader


def keys_looked_at(*sources: PolicySource) -> frozenset[str]:
    """Return every condition key, in lower case, that any statement looks at.

    Raises:
        DocumentError: A document cannot be parsed.
    """
    statements = (each for source in sources for policy in _policies(source) for each in policy.statements)
    return frozenset().union(*(each.variable_keys() for each in statements))


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
