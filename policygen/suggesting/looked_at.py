"""The condition keys at which the policies of an environment look."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.document.given import Document
from policygen.evaluation import Environment
from policygen.evaluation.reading import PolicyReader


def keys_looked_at(environment: Environment) -> frozenset[str]:
    """Return the condition keys, in lower case, at which policies and grants of an environment look."""
    policies = PolicyReader().several(list(_documents(environment)), "policy")
    keys = (statement.variable_keys() for policy in policies for statement in policy.statements)
    return frozenset().union(*keys)


def _documents(environment: Environment) -> Iterator[Document]:
    yield from environment.documents()
    for principal in environment.principals.values():
        yield from principal.identity_based
        yield from (each for each in (principal.permissions_boundary,) if each is not None)
    levels = (environment.service_control, *(each.service_control for each in environment.accounts.values()))
    yield from (document for each in levels for level in each for document in level)
    yield from (each.policy for each in environment.vpc_endpoints.values() if each.policy is not None)
