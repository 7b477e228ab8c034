"""Whose text is it: the answers with policies, and the entries of the authorization details that list them.

An answer of AWS does not say which policy it holds. Its file's name may; else what it says must fit one entry alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

from policygen.denials.model import WORDS
from policygen.document import PolicyDocument
from policygen.document.model import Effect, Statement
from policygen.evaluation.layers import has_principal
from policygen.evaluation.results.checks import POLICY_TYPES

_WITH_PRINCIPAL = frozenset(WORDS[check] for check, kind in POLICY_TYPES.items() if has_principal(kind))
"""Types of policies whose statements name principals, in AWS's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the list of policies, as far as it tells one policy from another.

    Attributes:
        uri: Its URI.
        type: Its type in AWS's word.
        matched: Sids of its statements that some check names, with their effects in AWS's word or None.
    """

    uri: str
    type: str
    matched: tuple[tuple[str, str | None], ...] = ()


def linked(
    entries: Iterable[Entry], answers: Mapping[str, PolicyDocument]
) -> tuple[dict[str, PolicyDocument], tuple[str, ...]]:
    """Return the text of each entry that one answer is about, by URI, and the files that are linked to none.

    A file is linked by its name, the percent-encoded URI and ``.json``; else by the Sids and the type that exactly one
    entry can have among those that no other file is linked to.

    Args:
        entries: The entries.
        answers: The answers by file.
    """
    free = {each.uri: each for each in entries}
    found: dict[str, PolicyDocument] = {}
    left: dict[str, PolicyDocument] = {}
    for source, document in answers.items():
        uri = uri_in(source)
        if uri in free and uri not in found:
            found[uri] = document
        else:
            left[source] = document
    free = {uri: each for uri, each in free.items() if uri not in found}
    while left and free:
        fitting = {source: [uri for uri, each in free.items() if _fits(each, left[source])] for source in left}
        single = [uris[0] for uris in fitting.values() if len(uris) == 1]
        sure = {source: uris[0] for source, uris in fitting.items() if len(uris) == 1 and single.count(uris[0]) == 1}
        if not sure:
            break
        for source, uri in sure.items():
            found[uri] = left.pop(source)
            del free[uri]
    return found, tuple(left)


def uri_in(source: str) -> str:
    """Return the URI that a file's name is: percent-encoded, with ``.json`` behind it."""
    return unquote(PurePath(source).name.removesuffix(".json"))


def _fits(entry: Entry, document: PolicyDocument) -> bool:
    """Tell whether a policy can be that of an entry: its type has such statements, and it has those that matched.

    Statements without a Sid go by one that AWS generates, so that as many names may be unknown.
    """
    names = any(_names_principal(each) for each in document.statements)
    if document.statements and names != (entry.type in _WITH_PRINCIPAL):
        return False
    sids = {each.sid: each for each in document.statements if each.sid}
    unnamed = sum(1 for each in document.statements if not each.sid)
    generated = [sid for sid, _ in entry.matched if sid not in sids]
    return len(set(generated)) <= unnamed and all(
        _has_effect(sids[sid], effect) for sid, effect in entry.matched if sid in sids
    )


def _names_principal(statement: Statement) -> bool:
    return statement.principal is not None or statement.not_principal is not None


def _has_effect(statement: Statement, effect: Any) -> bool:
    if effect not in ("ALLOW", "DENY"):
        return True
    return statement.effect is (Effect.ALLOW if effect == "ALLOW" else Effect.DENY)
