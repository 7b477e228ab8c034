"""Callers that are alike: whatever the policies say about one of them, they say about the other.

A role has any number of sessions, and policies seldom name one. Callers are alike when they are of one kind and account
and the same of their names stand in a Principal or NotPrincipal element; they share their plans.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policygen.document.given import Document
from policygen.document.model import PolicyDocument
from policygen.evaluation.environment import Environment, identity_of
from policygen.evaluation.policies import PolicySet
from policygen.request.principal import Principal, caller_key


class Callers:
    """Tells which callers are alike under one policy set or in one environment."""

    def __init__(self, target: PolicySet | Environment) -> None:
        """Look at the Principal elements of ``target`` when the first caller comes."""
        self._target = target
        self._named: frozenset[str] | None = None
        self._readable = True

    def likeness(self, caller: Principal) -> object:
        """Return a value that is equal for callers who are alike.

        Fact: E134, E135, E136, E138, E140, E118
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        if isinstance(self._target, Environment):
            caller = self._target.with_path(caller)
        if self._named is None:
            self._named = self._names()
        if not self._readable:
            return caller_key(caller)
        unique_id = caller.unique_id and caller.unique_id.partition(":")[0]
        names = (caller.arn, caller.session_arn, caller.role_arn, caller.user_arn, unique_id)
        return (
            caller.kind,
            caller.partition,
            caller.account,
            caller.is_service_linked_role,
            caller.user_arn is None,
            tuple([name if name in self._named else None for name in names]),
            self._identity(caller),
        )

    def _identity(self, caller: Principal) -> str | None:
        """Return the user or role whose policies an environment holds for a caller."""
        if not isinstance(self._target, Environment):
            return None
        identity = identity_of(caller)
        return identity if identity in self._target.principals else None

    def _names(self) -> frozenset[str]:
        try:
            return frozenset(name for document in self._documents() for name in _names_in(document))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._readable = False  # whoever needs the document gets the error, with its place
            return frozenset()

    def _documents(self) -> Iterator[Document]:
        target = self._target
        if isinstance(target, PolicySet):
            yield from (policy.document for policy in target.policies())
            return
        for resource in target.resources.values():
            yield from resource.resource_based
        yield from (each.trust_policy for each in target.principals.values() if each.trust_policy is not None)
        yield from (document for level in target.resource_control for document in level)


def _names_in(document: Any) -> Iterator[str]:
    """Yield every value of the Principal and NotPrincipal elements of a document in any of its forms."""
    if isinstance(document, PolicyDocument):
        for each in document.statements:
            for principal in (each.principal, each.not_principal):
                yield from (entry.value for entry in (principal.entries if principal else ()))
        return
    if isinstance(document, str):
        yield from _names_in(json.loads(document))
        return
    if "Statement" not in document and "document" in document:
        yield from _names_in(document["document"])
        return
    statements = document["Statement"]
    for statement in (statements,) if isinstance(statements, Mapping) else statements:
        for element in ("Principal", "NotPrincipal"):
            yield from _texts(statement.get(element, ()))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    listed = value.values() if isinstance(value, Mapping) else value
    return [text for each in listed for text in _texts(each)]
