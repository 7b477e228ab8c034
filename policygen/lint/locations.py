"""Where a finding stands: path and span as ValidatePolicy gives them.

An element of a path is a ``value`` (a name) or an ``index``; a ``key`` when it is about the name of a member itself, a
``substring`` when it is about a piece of a text. Lines count from 1, columns and offsets from 0, in characters.

Source: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Location.html
"""

import re
from functools import cached_property

from policygen.errors import Place
from policygen.lint.findings import Location, PathElement, Position, Span, Substring
from policygen.source.json_text import LineIndex
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\]]|[^\s,:{}\[\]"]+', re.DOTALL)
"""A text that does not end goes to the end: each of its quotes would be tried as a beginning otherwise."""


class Locator:
    """Turns places of one text into ValidatePolicy's locations."""

    def __init__(self, text: str, root: Node | None = None) -> None:
        """Index ``text``, whose tree is ``root``; without a tree locations have no path."""
        self._text = text
        self._root = root
        self._index = LineIndex(text, "")
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def location(self, place: Place, *, as_key: bool = False, part: tuple[int, int] | None = None) -> Location:
        """Return path and span of a node at a place, of the member's name, or of a piece: its start and length."""
        path = self._path(place.pointer)
        if as_key and path:
            path[-1] = PathElement(key=path[-1].value or "")
        start = self._offset(place)
        end = self._ends.get(start, start)
        if part is not None:
            path.append(PathElement(substring=Substring(start=part[0], length=part[1])))
            if "\\" not in self._text[start:end]:
                start, end = start + 1 + part[0], start + 1 + part[0] + part[1]
        return Location(path=tuple(path), span=Span(start=self._position(start), end=self._position(end)))

    def text_at(self, location: Location) -> str:
        """Return the text at a location."""
        return self._text[location.span.start.offset : location.span.end.offset]

    def source_of(self, node: Node) -> str:
        """Return the text that a node was read from."""
        start = self._offset(node.place)
        return self._text[start : self._ends.get(start, start)]

    def _path(self, pointer: str) -> list[PathElement]:
        path: list[PathElement] = []
        end = 0
        while end < len(pointer):
            start, end = end + 1, pointer.find("/", end + 1)
            end = len(pointer) if end < 0 else end
            name = pointer[start:end]
            if pointer[: start - 1] in self._lists:
                path.append(PathElement(index=int(name)))
            else:
                path.append(PathElement(value=name.replace("~1", "/").replace("~0", "~")))
        return path

    @cached_property
    def _lists(self) -> frozenset[str]:
        """The pointers of all lists: below them a part of a pointer is an index, elsewhere a name."""
        found: set[str] = set()
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Sequence):
                found.add(node.place.pointer)
                waiting.extend(each for each in node.items if not isinstance(each, Scalar))
            elif isinstance(node, Mapping):
                waiting.extend(each for _, each in node if not isinstance(each, Scalar))
        return frozenset(found)

    @cached_property
    def _ends(self) -> dict[int, int]:
        """The offset behind each token, object and list, by the offset of its first character."""
        ends: dict[int, int] = {}
        opened: list[int] = []
        for match in _TOKEN.finditer(self._text):
            char = self._text[match.start()]
            if char in "{[":
                opened.append(match.start())
            elif char in "}]":
                if opened:
                    ends[opened.pop()] = match.end()
            else:
                ends[match.start()] = match.end()
        return ends

    def _offset(self, place: Place) -> int:
        line = min((place.line or 1), len(self._lines)) - 1
        return min(self._lines[line] + (place.column or 1) - 1, len(self._text))

    def _position(self, offset: int) -> Position:
        place = self._index.place(offset)
        return Position(line=place.line or 1, column=(place.column or 1) - 1, offset=offset)
