r"""Where lines break on a terminal: between words alone, so that an ARN, a path or a command is never cut in two.

What is longer than a line by itself goes beyond its end: the terminal continues it below, and it is copied whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from unicodedata import combining, east_asian_width

_WORD = re.compile(r"[^\S\n]*\S+")
_PIECE = re.compile(r"[^\S\n]*(?:[^\w\s]*arn:\S+|\S+?://\S+|[^\s/]*/+|[^\s/]+)")
"""A word, or a part of a path; ARNs and addresses are whole."""
_LABEL = 10
"""How long a beginning may be that stays in front of a word that is too long."""
_LIST = re.compile(r"\s*(?:- |\d+\. )")
_EXCERPT = re.compile(r"\s+(?:\d+ )?\| ")
"""A line of a file with its number, and the one with the caret: columns that have to stay above each other."""


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> cells("a漢")
    3
    """
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def hanging(line: str) -> int:
    """Return how far the further lines of a line are indented: beyond it, or below the words of an entry of a list."""
    entry = _LIST.match(line)
    return len(entry[0]) if entry else len(line) - len(line.lstrip()) + 2


def breaks(line: str, width: int, indent: int = 0) -> list[int]:
    """Return where the further lines of a line begin, each with a word.

    A word that is too long for any line stays behind a short one, as an address behind ``see:``.

    Args:
        line: The line.
        width: Columns that there are.
        indent: Columns that stand before each further line.

    >>> breaks("one two three", 8)
    [8]
    """
    return _breaks(_WORD.finditer(line), width, indent, label=_LABEL)


def breaks_in_cell(text: str, width: int) -> list[int]:
    """Return where the further lines of a cell begin: with a word, or within a path that is wider than the cell.

    >>> breaks_in_cell("iam/s3-replication/trust-policy.json #0", 20)
    [19]
    """
    pieces = _PIECE if any(cells(word) > width for word in text.split()) else _WORD
    return _breaks(pieces.finditer(text), width)


def _breaks(pieces: Iterable[re.Match[str]], width: int, indent: int = 0, *, label: int = 0) -> list[int]:
    found: list[int] = []
    used = 0
    for match in pieces:
        word = match[0].lstrip()
        fits = indent + cells(word) <= width
        if used and used + cells(match[0]) > width and (fits or used > label):
            found.append(match.end() - len(word))
            used = indent + cells(word)
        else:
            used += cells(match[0])
    return found


def narrowest(text: str) -> int:
    """Return how many columns a cell needs at least.

    >>> narrowest("on arn:aws:s3:::b/k"), narrowest("a/bc of d")
    (16, 2)
    """
    return max((cells(match[0].lstrip()) for match in _PIECE.finditer(text)), default=0)


def wrapped(text: str, width: int | None) -> str:
    """Return a text whose lines are broken at words; as it is where there is no width, and excerpts of files always.

    >>> print(wrapped("file.json: PG-S001 this is too long", 20))
    file.json: PG-S001
      this is too long
    """
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> Iterator[str]:
    indent = min(hanging(line), width // 2)
    starts = [] if is_excerpt(line) else breaks(line, width, indent)
    for first, (start, end) in enumerate(zip([0, *starts], [*starts, len(line)], strict=True)):
        part = line[start:end]
        yield (" " * indent if first else "") + (part.rstrip() if end < len(line) else part)


def is_excerpt(line: str) -> bool:
    """Tell whether a line shows a line of a file, or the caret below it.

    >>> is_excerpt("  12 | version: 1")
    True
    """
    return _EXCERPT.match(line) is not None
