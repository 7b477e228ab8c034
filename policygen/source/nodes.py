"""A YAML or JSON text as a tree of nodes that know where they stand.

Scalars stay text: whoever reads a field knows its type, so an unquoted account id such as ``012345670123``
keeps its zero and ``2012-10-17`` is no date. The tree is what :mod:`policygen.source.yaml_text` and
:mod:`policygen.source.json_text` both return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from policygen.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value.

    Attributes:
        text: The value as text; ``true``/``false`` for JSON booleans, empty for null.
        place: Where it stands.
        kind: ``str`` for quoted text and JSON strings; ``bool``, ``int``, ``float`` or ``null`` for what
            a JSON text says, or what an unquoted YAML scalar looks like.
    """

    text: str
    place: Place
    kind: str = "str"

    @property
    def is_null(self) -> bool:
        """Whether the value is null (``null``, ``~`` or nothing)."""
        return self.kind == "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Named nodes in the order in which they were written; names are unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, name: str) -> Node | None:
        """Return the node called ``name``; None when there is none."""
        return next((node for key, node in self.entries if key.text == name), None)

    def key(self, name: str) -> Scalar | None:
        """Return the key node called ``name``; None when there is none."""
        return next((key for key, _ in self.entries if key.text == name), None)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        """Yield ``(key, node)`` pairs in order."""
        return iter(self.entries)


Node = Scalar | Sequence | Mapping


def unplaced(value: Any, place: Place) -> Node:
    """Return a JSON value as a tree without lines: of its parts only those become nodes that somebody looks at.

    Args:
        value: What the standard library's parser returns, without fractions.
        place: Its source and pointer.
    """
    if isinstance(value, dict):
        return _UnplacedMapping(value, place)
    if isinstance(value, list):
        return _UnplacedSequence(value, place)
    if isinstance(value, str):
        return Scalar(text=value, place=place)
    if value is None:
        return Scalar(text="", place=place, kind="null")
    return Scalar(text=str(value).lower(), place=place, kind="bool" if isinstance(value, bool) else "int")


class _UnplacedMapping(Mapping):
    """A mapping whose nodes are made when somebody looks."""

    __slots__ = ("_made", "value")
    value: dict[str, Any]
    _made: tuple[tuple[Scalar, Node], ...] | None

    def __init__(self, value: dict[str, Any], place: Place) -> None:
        for name, each in (("value", value), ("place", place), ("_made", None)):
            object.__setattr__(self, name, each)

    @property
    def entries(self) -> tuple[tuple[Scalar, Node], ...]:
        if self._made is not None:
            return self._made
        places = [_below(self.place, name) for name in self.value]
        made = (
            (Scalar(text=name, place=at), unplaced(each, at))
            for (name, each), at in zip(self.value.items(), places, strict=True)
        )
        found = tuple(made)
        object.__setattr__(self, "_made", found)
        return found

    def get(self, name: str) -> Node | None:
        return unplaced(self.value[name], _below(self.place, name)) if name in self.value else None


class _UnplacedSequence(Sequence):
    """A list whose nodes are made when somebody looks."""

    __slots__ = ("_made", "value")
    value: list[Any]
    _made: tuple[Node, ...] | None

    def __init__(self, value: list[Any], place: Place) -> None:
        for name, each in (("value", value), ("place", place), ("_made", None)):
            object.__setattr__(self, name, each)

    @property
    def items(self) -> tuple[Node, ...]:
        if self._made is not None:
            return self._made
        found = tuple(unplaced(each, _below(self.place, number)) for number, each in enumerate(self.value))
        object.__setattr__(self, "_made", found)
        return found


def _below(place: Place, name: str | int) -> Place:
    return Place(source=place.source, pointer=child_pointer(place.pointer, name))


def plain(node: Node, *, typed: bool = False) -> object:
    """Return ``node`` as plain Python values: dicts, lists and text; null becomes None.

    Args:
        node: The tree to convert.
        typed: Turn JSON's booleans and numbers into ``bool``, ``int`` and ``float`` (for policy documents that
            stand in a JSON text); otherwise every scalar but null stays text.
    """
    if typed and isinstance(node, (_UnplacedMapping, _UnplacedSequence)):
        return node.value
    if isinstance(node, Mapping):
        return {key.text: plain(value, typed=typed) for key, value in node}
    if isinstance(node, Sequence):
        return [plain(item, typed=typed) for item in node.items]
    if node.is_null:
        return None
    return _TYPES.get(node.kind, str)(node.text) if typed else node.text


_TYPES: dict[str, Callable[[str], object]] = {"bool": lambda text: text.lower() == "true", "int": int, "float": float}


def child_pointer(pointer: str, name: str | int) -> str:
    """Return the RFC 6901 pointer of the member ``name`` below ``pointer``."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
