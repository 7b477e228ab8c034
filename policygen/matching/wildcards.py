"""Patterns with ``*`` and ``?``, matched in bounded time.

A pattern is a tuple of tokens: literal text, :data:`ANY` (``*``) and :data:`ONE` (``?``). Literal characters that
look like wildcards (escapes, values of variables) are ordinary text here, so nothing has to be escaped twice.

A pattern is cut at its stars; the pieces are looked for from left to right, which is exact for patterns of this
kind and never goes back. Rejected: one regular expression for the whole pattern, because Python's backtracks
exponentially on hostile patterns with many stars.

Fact: E162, E165, E169, E199
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum


class Wildcard(Enum):
    """The two wildcards of policy elements."""

    ANY = "*"
    ONE = "?"


ANY = Wildcard.ANY
ONE = Wildcard.ONE

_WILDCARD = re.compile(r"([*?])")
_WILDCARDS: dict[str, str | Wildcard] = {"*": ANY, "?": ONE}

Tokens = tuple[str | Wildcard, ...]
"""A pattern: literal texts and wildcards; neighbouring texts are one token."""

Step = tuple[str, str]
"""A step of a pattern's automaton: ``literal`` with its character, ``one`` and ``star-in-field`` (any character but a
colon), ``one-anywhere`` and ``star`` (any character)."""

Matcher = Callable[[str], bool]
"""Tells whether a text matches."""


def joined(tokens: Iterable[str | Wildcard]) -> Tokens:
    """Return ``tokens`` with neighbouring texts put together, empty texts left out, and runs of stars made one."""
    found: list[str | Wildcard] = []
    texts: list[str] = []
    for token in tokens:
        if isinstance(token, str):
            texts.append(token)
            continue
        if text := "".join(texts):
            found.append(text)
        texts.clear()
        if not (token is ANY and found and found[-1] is ANY):
            found.append(token)
    if text := "".join(texts):
        found.append(text)
    return tuple(found)


def tokens_of(text: str) -> Tokens:
    """Return the tokens of a pattern without variables: every ``*`` and ``?`` is a wildcard.

    >>> tokens_of("a*b") == ("a", ANY, "b")
    True
    """
    if "*" not in text and "?" not in text:
        return (text,) if text else ()
    return joined(_WILDCARDS.get(part, part) for part in _WILDCARD.split(text))


def text_of(tokens: Tokens) -> str:
    """Return a pattern as people read it."""
    return "".join(token if isinstance(token, str) else token.value for token in tokens)


def lowered(tokens: Tokens) -> Tokens:
    """Return the pattern with its literal text in lower case."""
    return tuple(token.lower() if isinstance(token, str) else token for token in tokens)


def glob_steps(tokens: Tokens) -> list[Step]:
    """Return a pattern as an automaton's steps; ``*`` crosses every character."""
    steps: list[Step] = []
    for token in tokens:
        if isinstance(token, str):
            steps.extend(("literal", char) for char in token)
        else:
            steps.append(("star" if token is ANY else "one-anywhere", ""))
    return steps


def compile_glob(tokens: Tokens) -> Matcher:
    """Return the matcher of a pattern over a whole text; ``*`` crosses every character."""
    if not tokens:
        return lambda text: text == ""
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return tokens[0].__eq__
    if ANY not in tokens:
        return _whole(tokens)
    if tokens == (ANY,):
        return lambda _text: True
    if len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is ANY:
        prefix = tokens[0]
        return lambda text: text.startswith(prefix)
    return _pieces(tokens)


def _whole(tokens: Tokens) -> Matcher:
    matches = re.compile(_regex(tokens), re.DOTALL).fullmatch
    return lambda text: matches(text) is not None


def _regex(tokens: Tokens) -> str:
    return "".join(re.escape(token) if isinstance(token, str) else "." for token in tokens)


def width(piece: Tokens) -> int:
    """Return the length of the shortest text that matches a pattern."""
    return sum(len(token) if isinstance(token, str) else int(token is ONE) for token in piece)


def _split(tokens: Tokens) -> list[Tokens]:
    pieces: list[list[str | Wildcard]] = [[]]
    for token in tokens:
        if token is ANY:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [tuple(piece) for piece in pieces]


def _pieces(tokens: Tokens) -> Matcher:
    first, *middle, last = _split(tokens)
    starts = re.compile(_regex(first), re.DOTALL).match
    ends = re.compile(_regex(last), re.DOTALL).fullmatch
    first_width, last_width = width(first), width(last)
    finders = [_finder(piece) for piece in middle]
    shortest = first_width + last_width

    def matches(text: str) -> bool:
        end = len(text) - last_width
        if len(text) < shortest or starts(text) is None or ends(text, end) is None:
            return False
        position = first_width
        for find in finders:
            position = find(text, position, end)
            if position < 0:
                return False
        return True

    return matches


def _finder(piece: Tokens) -> Callable[[str, int, int], int]:
    """Return a function that finds ``piece`` leftmost and says where it ends; -1 when it is not there."""
    if len(piece) == 1 and isinstance(piece[0], str):
        literal, width = piece[0], len(piece[0])

        def find(text: str, start: int, end: int) -> int:
            at = text.find(literal, start, end)
            return at + width if at >= 0 else -1

        return find
    search = re.compile(_regex(piece), re.DOTALL).search

    def find_with_ones(text: str, start: int, end: int) -> int:
        match = search(text, start, end)
        return match.end() if match else -1

    return find_with_ones
