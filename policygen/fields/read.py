"""Reading the nodes of a file by the table of its fields: names, kinds, choices, forms, required fields, defaults.

What comes out is typed and has its defaults, and keeps places, so that later checks can say where a value stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from policygen.errors import Place, Problem
from policygen.fields.table import Field, Form, Kind, block_field, text_field
from policygen.source.nodes import Mapping, Node, Scalar, Sequence, plain

_BOOLS = {"true": True, "false": False}
_YAML_1_1_BOOLS = ("yes", "no", "on", "off", "y", "n")
_MOST_IN_HINTS = 12
_NODES: dict[Kind, type[Node]] = {
    Kind.LIST: Sequence,
    Kind.MAP: Mapping,
    Kind.BLOCK: Mapping,
    Kind.OBJECT: Mapping,
}
"""What a kind is written as; the others are scalars."""

_EXAMPLES = {
    Kind.TEXT: "…",
    Kind.BOOL: "true",
    Kind.INTEGER: "1",
    Kind.CHOICE: "",
    Kind.DOCUMENT: "policy.json",
    Kind.OBJECT: "{NAME: …}",
}
_CURLY_QUOTES = "\u201c\u201d\u201e\u2018\u2019"
_NO_SPACE = re.compile(r"([A-Za-z_][\w-]*)(:| *=) *([^\s/:]\S*)")

_NAMED = block_field(
    "document",
    "A policy document with a name of its own",
    text_field("name", "What results call it"),
    Field(name="document", doc="The document", kind=Kind.DOCUMENT, required=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The problem codes of one format: unknown field, wrong kind, missing field, no choice, wrong form."""

    unknown: str
    kind: str
    missing: str
    choice: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """A policy document in a file: inline, or a path relative to the file.

    Attributes:
        place: Where it stands.
        name: The name given with it, or None.
        path: The path, or None for an inline document.
        value: The inline document as plain values, or None for a path.
    """

    place: Place
    name: str | None = None
    path: str | None = None
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value with its place; the ``data`` of a list is a tuple, of a map a dict, of values and entries."""

    data: Any
    place: Place


@dataclass(slots=True, kw_only=True)
class Entry:
    """A block that was read: ``entry["field"]`` is the plain, typed value of a field, or its default.

    Attributes:
        table: The block's row.
        name: The entry's name in its mapping; empty elsewhere.
        place: Where the block stands.
        values: The usable values that were given, by field name.
        places: Where the value of each field stands that was written, usable or not.
    """

    table: Field
    place: Place
    name: str = ""
    values: dict[str, Value | Entry] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return a field's value: text, bool, int, enum member, tuple, dict or Entry; its default when not given."""
        return _bare(self.placed(name))

    def placed(self, name: str) -> Any:
        """Return a field's value with the places of what is in it: a :class:`Value`, for a block an Entry."""
        found = self.values.get(name)
        if found is not None:
            return found
        row = self.table.field(name)
        if row.kind is Kind.BLOCK:
            return Entry(table=row, place=self.at(name))
        return _with_place(row.usual, self.at(name))

    def items(self, name: str) -> tuple[Any, ...]:
        """Return the items of a list with their places, as values or entries."""
        found: tuple[Any, ...] = self.placed(name).data
        return found

    def members(self, name: str) -> dict[str, Any]:
        """Return the members of a map with their places, as values or entries."""
        found: dict[str, Any] = self.placed(name).data
        return found

    def take(self, *names: str) -> dict[str, Any]:
        """Return several fields' values by name."""
        return {name: self[name] for name in names}

    def stated(self) -> dict[str, Any]:
        """Return what was given, and nothing else, as plain values."""
        return {name: _bare(each, stated=True) for name, each in self.values.items()}

    def given(self, name: str) -> bool:
        """Tell whether a field was given a usable value."""
        return name in self.values

    def broken(self, name: str) -> bool:
        """Tell whether a field was written, or another name in its place, and has no usable value."""
        return name in self.places and name not in self.values

    def at(self, name: str) -> Place:
        """Return where a field's value stands; the block's place when it was not given."""
        return self.places.get(name, self.place)


def _is_written_as(kind: Kind, node: Node) -> bool:
    """Tell whether a node can hold a kind; a document is a mapping, or the path of one."""
    return not isinstance(node, Sequence) if kind is Kind.DOCUMENT else isinstance(node, _NODES.get(kind, Scalar))


def _bare(found: Any, *, stated: bool = False) -> Any:
    if isinstance(found, Entry):
        return found.stated() if stated else found
    data = found.data if isinstance(found, Value) else found
    if isinstance(data, tuple):
        return tuple(_bare(each, stated=stated) for each in data)
    if isinstance(data, dict):
        return {name: _bare(each, stated=stated) for name, each in data.items()}
    return data


def _with_place(data: Any, place: Place) -> Value:
    if isinstance(data, tuple):
        data = tuple(_with_place(each, place) for each in data)
    return Value(data=data, place=place)


def nearest(text: str, names: Iterable[str]) -> str | None:
    """Return the name that is most like ``text``; None when none is like it."""
    found, text = {name.lower(): name for name in names}, text.lower()
    begun = [name for name in found if len(text) > 2 and (name.startswith(text) or text.startswith(name))]
    near = begun if len(begun) == 1 else get_close_matches(text, found)
    # letters in another order are the likeliest slip
    same = [name for name in near if sorted(name) == sorted(text)]
    return found[(same or near)[0]] if near else None


def suggestion(text: str, names: Iterable[str]) -> str | None:
    """Return the question whether the name that is most like ``text`` was meant; None when none is like it."""
    near = nearest(text, names)
    return f"did you mean `{near}`?" if near else None


def listed(names: Iterable[str], most: int = _MOST_IN_HINTS) -> str:
    """Return names for a hint, with ``…`` for those that would be too many."""
    every = [f"`{name}`" for name in names]
    return ", ".join(every[:most]) + (" …" if len(every) > most else "")


class Reader:
    """Reads nodes by fields, collecting problems and never stopping.

    Args:
        codes: The problem codes of the format.
        typed: Whether documents and plain mappings keep the types of a JSON text; in YAML every scalar is text.
    """

    def __init__(self, codes: Codes, *, typed: bool = False) -> None:
        self.codes = codes
        self.typed = typed
        self.problems: list[Problem] = []
        self._noted: set[str] = set()

    def problem(self, code: str, message: str, place: Place, hint: str | None = None, url: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint, doc_url=url))
        pointer = place.pointer
        while pointer not in self._noted:
            self._noted.add(pointer)
            pointer = pointer.rpartition("/")[0]

    def unsure(self, entry: Entry, *names: str) -> bool:
        """Tell whether a problem is noted of a field, or of something in it: what it says is not known then."""
        return any(entry.broken(name) or self.noted(f"{entry.place.pointer}/{name}") for name in names)

    def noted(self, pointer: str) -> bool:
        """Tell whether a problem is noted of what stands at a pointer, or of something in it."""
        return pointer in self._noted

    def formed(self, form: Form, text: str, place: Place) -> Any:
        """Return what a text of a form stands for; a wrong text stays, so that nothing else is called missing for it.

        What only a parser understands is None when it does not.
        """
        found = form.parse(text) if form.parse else text
        if found is None or (form.pattern is not None and not re.fullmatch(form.pattern, text)):
            example = "" if form.example in form.hint else f", for example `{form.example}`"
            hint = suggestion(text, form.known) or form.hint + example
            if any(quote in text for quote in _CURLY_QUOTES):
                hint = "write straight quotes in place of the curly ones, or none"
            self.problem(self.codes.form, f"`{text[:80]}` is not a valid {form.what}", place, hint, form.doc_url)
        return found

    def block(self, node: Node, wanted: Field, name: str = "") -> Entry:
        """Read a block of fields."""
        entry = Entry(table=wanted, place=node.place, name=name)
        if isinstance(node, Scalar) and node.is_null:
            node = Mapping(entries=(), place=node.place)
        if wanted.short is not None and isinstance(node, Scalar):
            node = Mapping(entries=((Scalar(text=wanted.short, place=node.place), node),), place=node.place)
        if not isinstance(node, Mapping):
            self._wrong_kind(wanted, node, name or wanted.name)
            return entry
        rows, written = {each.name: each for each in wanted.fields}, {key.text for key, _ in node}
        for key, child in node:
            known = rows.get(key.text)
            if known is None:
                self._unknown(entry, key, child, [name for name in rows if name not in written])
            else:
                self._member(entry, known, child)
        for each in wanted.fields:
            if each.required and each.name not in entry.places:
                hint = f"use {listed(each.members)}" if each.choices else f"write `{each.name}: {_example(each)}`"
                self.problem(self.codes.missing, f"`{each.name}` is missing", entry.place, hint)
        return entry

    def _unknown(self, entry: Entry, key: Scalar, child: Node, missing: list[str]) -> None:
        """Note an unknown field; the one that was meant counts as written, so that it is not called missing as well."""
        rows = [each.name for each in entry.table.fields]
        name, colon, value = key.text.partition(":")
        meant: str | None = name
        if colon and name in rows:
            hint = f"a space is missing behind the colon: write `{name}: {value.strip()}`"
        else:
            meant = nearest(key.text, missing)
            hint = (
                suggestion(key.text, missing or rows) or suggestion(key.text, rows) or f"the fields are {listed(rows)}"
            )
        if meant in missing:
            entry.places[meant] = child.place
        self.problem(self.codes.unknown, f"unknown field `{key.text}`", key.place, hint)

    def _member(self, entry: Entry, wanted: Field, node: Node) -> None:
        """Read one field of a block; null is the same as nothing."""
        nothing = isinstance(node, Scalar) and node.is_null and wanted.kind is not Kind.BLOCK
        if nothing and not wanted.required and not wanted.nullable:
            return
        entry.places[wanted.name] = node.place
        value = self.value(wanted, node)
        if value is not None:
            entry.values[wanted.name] = value

    def value(self, wanted: Field, node: Node, label: str = "") -> Value | Entry | None:
        """Read a value of a field's kind; None, and a problem, when it is of another.

        ``label`` stands in messages for a field without a name: an item has that of its list or key.
        """
        kind, label = wanted.kind, wanted.name or label
        if kind is Kind.BLOCK:
            return self.block(node, wanted)
        if isinstance(node, Scalar) and node.is_null:
            if wanted.nullable:
                return Value(data=None, place=node.place)
            hint = f"write `{label}: {_example(wanted)}`"
            self.problem(self.codes.kind, f"`{label}` needs a value", node.place, hint)
            return None
        if kind is Kind.EITHER:
            return self._either(wanted, node, label)
        if kind is Kind.DOCUMENT:
            return self._document(wanted, node, label)
        if wanted.single and not isinstance(node, Sequence):
            node = Sequence(items=(node,), place=node.place)
        if not isinstance(node, _NODES.get(kind, Scalar)):
            self._wrong_kind(wanted, node, label)
            return None
        if isinstance(node, Sequence):
            if wanted.nonempty and not node.items:
                hint = f"write `{label}: {_example(wanted)}`, or leave it out"
                self.problem(self.codes.missing, f"`{label}` needs at least one item", node.place, hint)
            items = (self.value(wanted.item or Field(), each, label) for each in node.items)
            return Value(data=tuple(each for each in items if each is not None), place=node.place)
        if isinstance(node, Scalar):
            return self._scalar(wanted, node, label)
        if kind is Kind.OBJECT:
            return Value(data=plain(node, typed=self.typed), place=node.place)
        return Value(data=dict(self._members(wanted, node)), place=node.place)

    def _wrong_kind(self, wanted: Field, node: Node, label: str) -> None:
        forms = wanted.fields if wanted.kind is Kind.EITHER else (wanted,)
        words = " or ".join(each.kind.value for each in forms)
        hint = f"write `{_example(forms[0])}`"
        text = node.text if isinstance(node, Scalar) else ""
        near = _NO_SPACE.match(text)
        if text.startswith("-") and any(each.kind is Kind.LIST for each in forms):
            hint = f"a space is missing behind `-`: write `- {text[1:].split(' -')[0].strip()}`"
        elif near and any(_may_hold(each, near[1]) for each in forms):
            why = "a colon stands between name and value" if "=" in near[2] else "a space is missing behind the colon"
            hint = f"{why}: write `{near[1]}: {near[3]}`"
        self.problem(self.codes.kind, f"`{label}` needs {words}", node.place, hint)

    def _members(self, wanted: Field, node: Mapping) -> Iterator[tuple[str, Value | Entry]]:
        item = wanted.item or Field()
        for key, child in node:
            if wanted.key is not None:
                self.formed(wanted.key, key.text, key.place)
            value = self.block(child, item, key.text) if item.kind is Kind.BLOCK else self.value(item, child, key.text)
            if value is not None:
                yield key.text, value

    def _either(self, wanted: Field, node: Node, label: str) -> Value | Entry | None:
        fitting = [each for each in wanted.fields if _is_written_as(each.kind, node)]
        if not fitting:
            self._wrong_kind(wanted, node, label)
            return None
        return self.value(fitting[0], node, label)

    def _document(self, wanted: Field, node: Node, label: str) -> Value | None:
        """Read a document: a mapping, a path, or ``{name, document}``."""
        if isinstance(node, Sequence):
            self._wrong_kind(wanted, node, label)
            return None
        if isinstance(node, Scalar):
            return Value(data=Doc(place=node.place, path=node.text), place=node.place)
        if node.get("document") is None or node.get("Statement") is not None:
            return Value(data=Doc(place=node.place, value=plain(node, typed=self.typed)), place=node.place)
        named = self.block(node, _NAMED)
        doc = named["document"]
        return Value(data=replace(doc, name=named["name"]), place=doc.place) if doc else None

    # --- scalars ------------------------------------------------------------------------------------------------------

    def _scalar(self, wanted: Field, node: Scalar, label: str) -> Value | None:
        """Read text, true or false, a whole number, or a choice."""
        if wanted.kind is Kind.BOOL:
            found: Any = self._bool(node, label)
        elif wanted.kind is Kind.INTEGER:
            found = self._integer(node, label)
        elif wanted.kind is Kind.CHOICE:
            found = self._choice(wanted, node, label)
        else:
            found = node.text if wanted.form is None else self.formed(wanted.form, node.text, node.place)
        return None if found is None else Value(data=found, place=node.place)

    def _choice(self, wanted: Field, node: Scalar, label: str) -> Any:
        members = wanted.members
        if node.text not in members:
            hint = suggestion(node.text, members) or f"use {listed(members)}"
            self.problem(self.codes.choice, f"`{node.text}` is not a valid `{label}`", node.place, hint)
        return members.get(node.text)

    def _bool(self, node: Scalar, label: str) -> bool | None:
        found = _BOOLS.get(node.text.lower())
        if found is None:
            yes_no = node.text.lower() in _YAML_1_1_BOOLS
            hint = f"write `{label}: true` or `{label}: false`" + (
                "; `yes`, `no`, `on` and `off` are text here" * yes_no
            )
            message = f"`{label}` needs {Kind.BOOL.value}, not `{node.text}`"
            self.problem(self.codes.kind, message, node.place, hint)
        return found

    def _integer(self, node: Scalar, label: str) -> int | None:
        if not node.text.isascii() or not node.text.isdigit() or len(node.text) > 10:
            message = f"`{label}` needs {Kind.INTEGER.value}, not `{node.text[:80]}`"
            self.problem(self.codes.kind, message, node.place, f"write at most ten digits: `{label}: 1`")
            return None
        return int(node.text)


def _may_hold(wanted: Field, name: str) -> bool:
    """Tell whether a field may hold a member of that name: ``aws:kms`` begins with the name of none."""
    named = any(each.name == name for each in wanted.fields)
    return wanted.kind in (Kind.MAP, Kind.OBJECT) or (wanted.kind is Kind.BLOCK and named)


def _example(wanted: Field) -> str:
    """Return a value of a field as it is written in a file."""
    if wanted.example or wanted.form is not None:
        return wanted.example or (wanted.form.example if wanted.form else "")
    if wanted.kind in (Kind.LIST, Kind.MAP):
        item = _example(wanted.item or Field())
        return f"[{item}]" if wanted.kind is Kind.LIST else f"{{NAME: {item}}}"
    if wanted.kind is Kind.BLOCK:
        first = next((each for each in wanted.fields if each.required), wanted.fields[0])
        return f"{{{first.name}: {_example(first)}}}"
    if wanted.kind is Kind.EITHER:
        return _example(wanted.fields[0])
    return next(iter(wanted.members), _EXAMPLES[wanted.kind])
