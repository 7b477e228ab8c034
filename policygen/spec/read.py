"""Reading a spec's nodes by the table of fields: names, kinds, choices, required fields.

What comes out keeps places, so that later checks can say where a value stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from policygen.errors import Place, Problem
from policygen.source.nodes import Mapping, Node, Scalar, Sequence
from policygen.spec.fields import Field, Kind

_BOOLS = {"true": True, "false": False}
_YAML_1_1_BOOLS = ("yes", "no", "on", "off", "y", "n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value with its place; ``data`` is text, bool, int, or for kind ANY the node itself."""

    data: Any
    place: Place


@dataclass(slots=True, kw_only=True)
class Entry:
    """A block that was read: values by field name, the given ones only.

    Attributes:
        name: The entry's name in its mapping; empty elsewhere.
        place: Where the block stands.
        values: For scalars a :class:`Value`, for lists a list, for maps a dict, for blocks an Entry.
        places: Where each given field's value stands.
    """

    place: Place
    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def data(self, name: str, default: Any = None) -> Any:
        """Return the plain value of a scalar field, or ``default`` when it was not given."""
        value = self.values.get(name)
        return value.data if isinstance(value, Value) else default

    def entry(self, name: str) -> Entry:
        """Return a block; an empty one standing at this block's place when it was not given."""
        value = self.values.get(name)
        return value if isinstance(value, Entry) else Entry(place=self.at(name))

    def items(self, name: str) -> list[Any]:
        """Return the items of a list; an empty list when it was not given."""
        value = self.values.get(name)
        return value if isinstance(value, list) else []

    def members(self, name: str) -> dict[str, Any]:
        """Return the members of a map; an empty dict when it was not given."""
        value = self.values.get(name)
        return value if isinstance(value, dict) else {}

    def given(self, name: str) -> bool:
        """Tell whether a field was given a usable value."""
        return name in self.values

    def at(self, name: str) -> Place:
        """Return where a field's value stands; the block's place when it was not given."""
        return self.places.get(name, self.place)


class Reader:
    """Reads nodes by fields, collecting problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.blockers: list[Problem] = []

    def problem(self, code: str, message: str, place: Place, hint: str | None = None, url: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint, doc_url=url))

    def blocker(self, code: str, message: str, place: Place, hint: str | None = None, url: str | None = None) -> None:
        """Note why replication would fail although the spec can be read: generate refuses it, verify reports it."""
        self.blockers.append(Problem(code=code, message=message, place=place, hint=hint, doc_url=url))

    def block(self, node: Node, wanted: Field, name: str = "") -> Entry:
        """Read a block of fields."""
        if wanted.short is not None and isinstance(node, Scalar) and not node.is_null:
            entry = Entry(place=node.place, name=name)
            entry.values[wanted.short] = Value(data=node.text, place=node.place)
            return entry
        entry = Entry(place=node.place, name=name)
        if isinstance(node, Scalar) and node.is_null:
            node = Mapping(entries=(), place=node.place)
        if not isinstance(node, Mapping):
            self.problem("PG-S003", f"`{wanted.name}` needs {Kind.BLOCK.value}", node.place)
            return entry
        for key, child in node:
            known = wanted.field(key.text)
            if known is None:
                self.unknown(key, wanted)
            else:
                self.member(entry, known, child)
        self.require(entry, wanted)
        return entry

    def unknown(self, key: Scalar, wanted: Field) -> None:
        """Note a field that the format does not know."""
        names = [each.name for each in wanted.fields]
        near = get_close_matches(key.text, names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"the fields are {', '.join(names[:12])}"
        hint += " …" if not near and len(names) > 12 else ""
        self.problem("PG-S001", f"unknown field `{key.text}`", key.place, hint)

    def require(self, entry: Entry, wanted: Field) -> None:
        """Note every required field that is missing."""
        for each in wanted.fields:
            if each.required and each.name not in entry.places:
                self.problem("PG-S004", f"`{each.name}` is missing", entry.place, _hint(each))

    def member(self, entry: Entry, wanted: Field, node: Node) -> None:
        """Read one field of a block."""
        entry.places[wanted.name] = node.place
        value = self.value(wanted, node)
        if value is not None:
            entry.values[wanted.name] = value

    def value(self, wanted: Field, node: Node) -> Any:
        """Read a value of a field's kind; None when it is null or wrong."""
        if wanted.kind is Kind.ANY:
            return Value(data=node, place=node.place)
        if isinstance(node, Scalar) and node.is_null and wanted.kind is not Kind.BLOCK:
            if wanted.required:
                self.problem("PG-S003", f"`{wanted.name}` needs a value", node.place)
            return None
        if wanted.kind is Kind.BLOCK:
            return self.block(node, wanted)
        if wanted.kind is Kind.LIST:
            return self.list(wanted, node)
        if wanted.kind is Kind.MAP:
            return self.map(wanted, node)
        return self.scalar(wanted, node)

    def list(self, wanted: Field, node: Node) -> Any:
        """Read a list."""
        if not isinstance(node, Sequence):
            self.problem("PG-S003", f"`{wanted.name}` needs {Kind.LIST.value}", node.place, "write `[…]`")
            return None
        return list(self._items(wanted, node.items))

    def _items(self, wanted: Field, nodes: tuple[Node, ...]) -> Iterator[Any]:
        item = wanted.item or Field(name=wanted.name)
        if item.kind is not Kind.BLOCK:
            item = replace(item, name=wanted.name)
        for node in nodes:
            value = self.value(item, node)
            if value is not None:
                yield value

    def map(self, wanted: Field, node: Node) -> Any:
        """Read a mapping of names."""
        if not isinstance(node, Mapping):
            self.problem("PG-S003", f"`{wanted.name}` needs {Kind.MAP.value}", node.place)
            return None
        item = wanted.item or Field(name=wanted.name)
        found: dict[str, Any] = {}
        for key, child in node:
            value = self.block(child, item, key.text) if item.kind is Kind.BLOCK else self.value(item, child)
            if value is not None:
                found[key.text] = value
        return found

    def scalar(self, wanted: Field, node: Node) -> Value | None:
        """Read text, true or false, a whole number, or a choice."""
        if not isinstance(node, Scalar):
            self.problem("PG-S003", f"`{wanted.name}` needs {wanted.kind.value}", node.place)
            return None
        if wanted.kind is Kind.BOOL:
            return self.bool(wanted, node)
        if wanted.kind is Kind.INTEGER:
            return self.integer(wanted, node)
        if wanted.kind is Kind.CHOICE and node.text not in wanted.choices:
            near = get_close_matches(node.text, wanted.choices, n=1)
            choices = ", ".join(f"`{each}`" for each in wanted.choices[:5])
            hint = f"did you mean `{near[0]}`?" if near else f"use {choices}"
            self.problem("PG-S005", f"`{node.text}` is no `{wanted.name}`", node.place, hint)
            return None
        return Value(data=node.text, place=node.place)

    def bool(self, wanted: Field, node: Scalar) -> Value | None:
        """Read true or false."""
        found = _BOOLS.get(node.text.lower())
        if found is None:
            yes_no = node.text.lower() in _YAML_1_1_BOOLS
            hint = "write `true` or `false`; `yes`, `no`, `on` and `off` are text here" if yes_no else None
            message = f"`{wanted.name}` needs {Kind.BOOL.value}, not `{node.text}`"
            self.problem("PG-S003", message, node.place, hint)
            return None
        return Value(data=found, place=node.place)

    def integer(self, wanted: Field, node: Scalar) -> Value | None:
        """Read a whole number."""
        if not node.text.isascii() or not node.text.isdigit() or len(node.text) > 10:
            message = f"`{wanted.name}` needs {Kind.INTEGER.value}, not `{node.text}`"
            self.problem("PG-S003", message, node.place)
            return None
        return Value(data=int(node.text), place=node.place)


def _hint(field: Field) -> str | None:
    return (
        field.doc[:1].lower() + field.doc[1:] if field.doc and not field.doc.startswith(("S3 ", "IAM ")) else field.doc
    )
