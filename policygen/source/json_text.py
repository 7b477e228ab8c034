"""JSON text as a tree of nodes with places.

The standard library's parser is faster but forgets where things stand; policy documents are parsed with it
first (:mod:`policygen.document`) and come here only when a problem needs its line and column. Specs, suites
and environments written in JSON are read here directly.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C string scanner; typeshed leaves it out
from math import isfinite

from policygen.errors import Place, Problem, SourceError
from policygen.source.json_mistakes import explained, explained_text
from policygen.source.nodes import Mapping, Node, Scalar, Sequence, child_pointer

MAX_DEPTH = 100
"""Levels of nesting that are read; AWS documents need fewer than ten."""

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MOST_DIGITS = 300
_WORDS = {"true": "bool", "false": "bool", "null": "null"}


class LineIndex:
    """Turns character offsets of one text into places."""

    def __init__(self, text: str, source: str) -> None:
        """Index the line starts of ``text``, which came from ``source``."""
        self.source = source
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines = text.split("\n")

    def place(self, offset: int, pointer: str = "") -> Place:
        """Return the place of the character at ``offset`` (from 0)."""
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        return Place(source=self.source, pointer=pointer, line=line, column=column, lines=self._lines)


def parse_json(text: str, source: str) -> Node:
    """Return the tree of a JSON text.

    Raises:
        SourceError: PG-F006 when the text is not JSON (first place where it fails), PG-F007 for each repeated
            name in an object, PG-F008 when it is nested deeper than :data:`MAX_DEPTH`.
    """
    reader = _Reader(text, source)
    node = reader.document()
    if reader.duplicates:
        raise SourceError(*reader.duplicates)
    return node


def locate(text: str, source: str, pointers: Iterable[str]) -> list[Place]:
    """Return the places of RFC 6901 pointers in a JSON text, from one reading of it.

    A pointer is kept as given, where a part of it does not exist with the nearest parent's line and column; they are
    None when the text is not JSON.
    """
    try:
        root = _Reader(text, source).document()
    except SourceError:
        return [Place(source=source, pointer=each) for each in pointers]
    return [place_of(root, each) for each in pointers]


def place_of(node: Node, pointer: str) -> Place:
    """Return the place of a JSON pointer below a node; of the last part that is there where one is missing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping) and (child := node.get(name)) is not None:
            node = child
        elif isinstance(node, Sequence) and name.isdecimal() and int(name) < len(node.items):
            node = node.items[int(name)]
        else:
            break
    return replace(node.place, pointer=pointer)


class _Reader:
    """A recursive-descent reader; one instance reads one text."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.lines = LineIndex(text, source)
        self.duplicates: list[Problem] = []

    def document(self) -> Node:
        node, offset = self.value(self.skip(0), "", 0)
        offset = self.skip(offset)
        if offset != len(self.text):
            raise self.syntax("one JSON value and nothing after it", offset)
        return node

    def skip(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    def syntax(self, expected: str, offset: int) -> SourceError:
        found, hint = explained(self.text, offset, expected)
        message = f"not JSON: expected {expected}, found {found}"
        return SourceError(Problem(code="PG-F006", message=message, place=self.lines.place(offset), hint=hint))

    def value(self, offset: int, pointer: str, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            place = self.lines.place(offset, "")
            raise SourceError(Problem(code="PG-F008", message=f"nested deeper than {MAX_DEPTH} levels", place=place))
        char = self.text[offset : offset + 1]
        if char == "{":
            return self.object(offset, pointer, depth)
        if char == "[":
            return self.array(offset, pointer, depth)
        if char == '"':
            content, end = self.string(offset)
            return Scalar(text=content, place=self.lines.place(offset, pointer)), end
        return self.word(offset, pointer)

    def string(self, offset: int) -> tuple[str, int]:
        try:
            content, end = scanstring(self.text, offset + 1, True)
        except json.JSONDecodeError as error:
            place = self.lines.place(error.pos)
            what, hint = explained_text(error.msg, self.text[error.pos : error.pos + 1])
            raise SourceError(Problem(code="PG-F006", message=f"not JSON: {what}", place=place, hint=hint)) from None
        return content, end

    def word(self, offset: int, pointer: str) -> tuple[Node, int]:
        place = self.lines.place(offset, pointer)
        number = _NUMBER.match(self.text, offset)
        if number:
            kind = "float" if number.group(1) or number.group(2) else "int"
            if len(number.group()) > _MOST_DIGITS or not isfinite(float(number.group())):
                message = "not JSON that can be read: the number is too large"
                raise SourceError(Problem(code="PG-F006", message=message, place=place))
            return Scalar(text=number.group(), place=place, kind=kind), number.end()
        for text, kind in _WORDS.items():
            if self.text.startswith(text, offset):
                return Scalar(text="" if kind == "null" else text, place=place, kind=kind), offset + len(text)
        raise self.syntax("a value", offset)

    def array(self, start: int, pointer: str, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        offset, more = self.first(start, "]")
        while more:
            item, offset = self.value(offset, child_pointer(pointer, len(items)), depth + 1)
            items.append(item)
            offset, more = self.after(offset, "]")
        return Sequence(items=tuple(items), place=self.lines.place(start, pointer)), offset

    def object(self, start: int, pointer: str, depth: int) -> tuple[Node, int]:
        entries: list[tuple[Scalar, Node]] = []
        names: dict[str, Place] = {}
        offset, more = self.first(start, "}")
        while more:
            key, node, offset = self.member(offset, pointer, depth)
            self.duplicates += repeated(key, names)
            entries.append((key, node))
            offset, more = self.after(offset, "}")
        return Mapping(entries=tuple(entries), place=self.lines.place(start, pointer)), offset

    def first(self, start: int, end: str) -> tuple[int, bool]:
        """Return where a list or object goes on behind its opening bracket, and whether it holds anything."""
        offset = self.skip(start + 1)
        return (offset + 1, False) if self.text[offset : offset + 1] == end else (offset, True)

    def after(self, offset: int, end: str) -> tuple[int, bool]:
        """Return where the text goes on behind one element, and whether another one follows."""
        offset = self.skip(offset)
        char = self.text[offset : offset + 1]
        if char not in (end, ","):
            raise self.syntax(f"`,` or `{end}`", offset)
        return (offset + 1, False) if char == end else (self.skip(offset + 1), True)

    def member(self, offset: int, pointer: str, depth: int) -> tuple[Scalar, Node, int]:
        if self.text[offset : offset + 1] != '"':
            raise self.syntax("a name in double quotes", offset)
        name, end = self.string(offset)
        key = Scalar(text=name, place=self.lines.place(offset, child_pointer(pointer, name)))
        colon = self.skip(end)
        if self.text[colon : colon + 1] != ":":
            raise self.syntax("`:`", colon)
        node, end = self.value(self.skip(colon + 1), child_pointer(pointer, name), depth + 1)
        return key, node, end


def repeated(key: Scalar, names: dict[str, Place]) -> list[Problem]:
    """Return the problem of a name that stands among the earlier ``names`` of its mapping; note it there otherwise."""
    first = names.setdefault(key.text, key.place)
    if first is key.place:
        return []
    hint = f"it stands first in line {first.line}; keep one of them"
    return [Problem(code="PG-F007", message=f"`{key.text}` is given twice", place=key.place, hint=hint)]
