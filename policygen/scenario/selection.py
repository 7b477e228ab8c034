"""Choosing tests of suites by an expression over their ids and names, as test runners write it.

``tls and not (put or delete)``: a word stands in a test's id or name, whatever its letter case; quotes hold a text with
spaces together. ``not`` binds closest, then ``and``, then ``or``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from policygen.errors import ArgumentError, Problem
from policygen.suite import TestCase

_TOKEN = re.compile(r"""\s*(?:(?P<quoted>'[^']*'|"[^"]*")|(?P<word>[()]|[^\s()'"]+)|(?P<other>\S))""")
_PART = re.compile(r"[^\W_]{3,}")
_KEYWORDS = ("and", "or", "not", "(", ")")
_MOST_NAMES = 3
_HINT = (
    "write words that stand in ids or names, with `and`, `or`, `not` and brackets; quote a text with spaces: `'a b'`"
)

_Holds = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which tests are wanted.

    Attributes:
        text: The expression as it was written.
        words: The words in it, in order.
        holds: Tells whether it holds of a test's id and name, in small letters.
    """

    text: str
    words: tuple[str, ...]
    holds: _Holds

    def takes(self, test: TestCase) -> bool:
        """Tell whether a test is wanted."""
        return self.holds("\n".join(_names(test)).lower())

    def nearest(self, tests: Iterable[TestCase]) -> list[str]:
        """Return what was probably meant by its words: ids and names, and words in them; the nearest first."""
        names = dict.fromkeys(name for test in tests for name in _names(test))
        parts = (part for name in names for part in (name, *_PART.findall(name)))
        known = {part.lower(): part for part in parts}
        near = (get_close_matches(word.lower(), known, n=_MOST_NAMES) for word in self.words)
        return [known[each] for each in dict.fromkeys(name for found in near for name in found)][:_MOST_NAMES]


def _names(test: TestCase) -> tuple[str, ...]:
    return (test.id, test.name) if test.name else (test.id,)


def parse_selection(text: str) -> Selection:
    """Return what an expression selects.

    Raises:
        ArgumentError: PG-A002 for what is no expression, with the column.
    """
    reader = _Reader(text)
    try:
        holds = reader.either()
    except RecursionError:
        raise reader.wrong("it is nested too deep", 0) from None
    if reader.left():
        raise reader.wrong(f"`and`, `or` or the end is needed, not `{reader.shown()}`")
    return Selection(text=text, words=tuple(reader.words), holds=holds)


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self._text = text
        self._tokens = list(_TOKEN.finditer(text))

    def left(self) -> bool:
        return bool(self._tokens)

    def shown(self) -> str:
        return self._tokens[0][0].strip()

    def wrong(self, message: str, at: int | None = None) -> ArgumentError:
        """Return the error at the next part of the expression, or behind its end."""
        if at is None:
            at = self._tokens[0].end() - len(self.shown()) if self._tokens else len(self._text)
        said = f"column {at + 1} of `{self._text}`: {message}"
        return ArgumentError(Problem(code="PG-A002", message=said, hint=_HINT))

    def either(self) -> _Holds:
        found = [self.both()]
        while self._take("or"):
            found.append(self.both())
        return found[0] if len(found) == 1 else lambda names: any(each(names) for each in found)

    def both(self) -> _Holds:
        found = [self.one()]
        while self._take("and"):
            found.append(self.one())
        return found[0] if len(found) == 1 else lambda names: all(each(names) for each in found)

    def one(self) -> _Holds:
        if self._take("not"):
            negated = self.one()
            return lambda names: not negated(names)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise self.wrong("`)` is missing")
            return inner
        return self._word()

    def _word(self) -> _Holds:
        if not self._tokens:
            raise self.wrong("a word is missing")
        token = self._tokens[0]
        if token["other"]:
            raise self.wrong("the quote is not closed")
        if token["word"] and token["word"].lower() in _KEYWORDS:
            raise self.wrong(f"a word is needed, not `{self.shown()}`")
        word = token["quoted"][1:-1] if token["quoted"] else token["word"]
        if not word:
            raise self.wrong("the quotes are empty")
        del self._tokens[0]
        self.words.append(word)
        wanted = word.lower()
        return lambda names: wanted in names

    def _take(self, keyword: str) -> bool:
        """Take a keyword where it comes next."""
        if self._tokens and (self._tokens[0]["word"] or "").lower() == keyword:
            del self._tokens[0]
            return True
        return False
