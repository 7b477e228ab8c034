"""Patterns of resources as regular expressions that take linear time, alone or many in one.

A pattern is cut at its stars, and each piece is looked for once, from left to right, in an atomic group: nothing is
tried a second time, so hostile patterns gain nothing. Patterns that begin alike share their beginning (a trie), so that
one pass over the resource answers for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policygen.matching.arns import complete_fields, fields_of
from policygen.matching.wildcards import ANY, Matcher, Tokens, Wildcard

_IN_FIELD = "[^:]"
_ANYWHERE = "."
_END = r"\Z"
_DEEPEST = 30

_Node = dict[str, "_Node"]


def compile_many(patterns: Iterable[Tokens]) -> Matcher:
    """Return a matcher of texts that match one of ``patterns``, each in the field-by-field reading of an ARN.

    It knows nothing of a ``*`` that ends a field and runs on past the colon: that makes no difference for an ARN of
    exactly five colons, see :func:`runs_past_fields`.
    """
    root: _Node = {}
    for tokens in patterns:
        node = root
        for atom in _atoms(tokens):
            node = node.setdefault(atom, {})
    match = re.compile(_text_of(root), re.DOTALL).match
    return lambda text: match(text) is not None


def runs_past_fields(tokens: Tokens) -> bool:
    """Tell whether a ``*`` ends one of the first five fields: in an ARN of more colons it may run past its field."""
    return any(field and field[-1] is ANY for field in complete_fields(fields_of(tokens))[:-1])


def _atoms(tokens: Tokens) -> list[str]:
    """Return a pattern as pieces of a regular expression: one for each character, one for each star."""
    found: list[str] = []
    fields = complete_fields(fields_of(tokens))
    for number, field in enumerate(fields):
        last = number == len(fields) - 1
        found.extend(_field_atoms(field, _ANYWHERE if last else _IN_FIELD, _END if last else ":"))
    return found


def _field_atoms(field: Tokens, char: str, end: str) -> list[str]:
    pieces: list[list[str]] = [[]]
    for token in field:
        if token is ANY:
            pieces.append([])
        elif isinstance(token, Wildcard):
            pieces[-1].append(char)
        else:
            pieces[-1].extend(map(re.escape, token))
    first, *others = pieces
    if not others:
        return [*first, end]
    middle = [f"(?>{char}*?{''.join(piece)})" for piece in others[:-1]]
    return [*first, *middle, f"{char}*{''.join(others[-1])}{end}"]


def _text_of(node: _Node, depth: int = 0) -> str:
    run = []
    while len(node) == 1:
        ((atom, node),) = node.items()
        run.append(atom)
    if node:
        below = (atom + _text_of(child, depth + 1) for atom, child in node.items())
        run.append("(?:" + "|".join(below if depth < _DEEPEST else _paths(node)) + ")")
    return "".join(run)


def _paths(node: _Node) -> Iterator[str]:
    """Yield every pattern below a node; from a certain depth on beginnings are no longer shared."""
    waiting = [("", node)]
    while waiting:
        text, here = waiting.pop()
        if not here:
            yield text
        waiting.extend((text + atom, child) for atom, child in here.items())
