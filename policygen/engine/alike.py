"""Callers that are alike: whatever the policies say about one of them, they say about the other.

A role has any number of sessions, and policies seldom name one. Callers are alike when they are of one kind and account
and the same of their names stand in a Principal or NotPrincipal element; they share their plans.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from policygen.document.model import PolicyDocument
from policygen.evaluation.policies import PolicySource
from policygen.matching.principals import names_of
from policygen.request.principal import Principal


class AlikeCallers:
    """Tells which callers are alike under one policy set or in one environment."""

    def __init__(self, source: PolicySource) -> None:
        """Look at the Principal elements of ``source`` when the first caller comes."""
        self._source = source
        self._named: frozenset[str] | None = None
        self._readable = True

    def key(self, caller: Principal) -> object:
        """Return a value that is equal for callers who are alike.

        Fact: E134, E135, E136, E138, E140, E118
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        caller = self._source.caller(caller)
        if self._named is None:
            self._named = self._names()
        if not self._readable:
            return replace(caller, tags=())
        names = tuple(name if name in self._named else None for name in names_of(caller))
        return (kind_key(caller), names, self._source.identity(caller))

    def _names(self) -> frozenset[str]:
        try:
            return frozenset(name for document in self._source.documents() for name in _names_in(document))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._readable = False  # whoever needs the document gets the error, with its place
            return frozenset()


def kind_key(caller: Principal) -> tuple[object, ...]:
    """Return what rules look at of a caller beside the names that policies use."""
    return (caller.kind, caller.partition, caller.account, caller.is_service_linked_role, caller.user_arn is None)


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
