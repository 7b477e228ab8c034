"""What one field of the spec is: the rows of the tables in :mod:`policygen.spec.fields` and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a field holds; the values are how messages name it."""

    TEXT = "text"
    BOOL = "`true` or `false`"
    INTEGER = "a whole number"
    CHOICE = "one of its choices"
    LIST = "a list"
    MAP = "a mapping of names"
    BLOCK = "a block of fields"
    ANY = "anything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the spec.

    Attributes:
        name: Its name.
        doc: One sentence for the reference page.
        kind: What it holds.
        default: The default as the reference page shows it; None for no default (null).
        required: Whether it must be given.
        choices: For a choice, the words.
        item: For lists and maps, what each item holds.
        fields: For a block, its fields.
        facts: Ids of the facts behind it.
        short: For a block that may be written as one text, the field that the text stands for.
    """

    name: str
    doc: str = ""
    kind: Kind = Kind.TEXT
    default: str | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    item: Field | None = None
    fields: tuple[Field, ...] = ()
    facts: tuple[str, ...] = ()
    short: str | None = None

    def field(self, name: str) -> Field | None:
        """Return the field of a block called ``name``."""
        return next((each for each in self.fields if each.name == name), None)


def text_field(name: str, doc: str, *, default: str | None = None, required: bool = False, facts: str = "") -> Field:
    """Return a field that holds text."""
    return Field(name=name, doc=doc, default=default, required=required, facts=tuple(facts.split()))


def bool_field(name: str, doc: str, *, default: bool, facts: str = "") -> Field:
    """Return a field that holds true or false."""
    return Field(name=name, doc=doc, kind=Kind.BOOL, default="true" if default else "false", facts=tuple(facts.split()))


def choice_field(
    name: str, doc: str, choices: tuple[str, ...], *, default: str | None = None, facts: str = ""
) -> Field:
    """Return a field that holds one of some words; without a default it must be given."""
    required = default is None
    return Field(
        name=name,
        doc=doc,
        kind=Kind.CHOICE,
        choices=choices,
        default=default,
        required=required,
        facts=tuple(facts.split()),
    )


def list_field(name: str, doc: str, item: Field | None = None, *, default: str = "[]", facts: str = "") -> Field:
    """Return a field that holds a list."""
    held = item or Field(name="item")
    return Field(name=name, doc=doc, kind=Kind.LIST, item=held, default=default, facts=tuple(facts.split()))


def block_field(name: str, doc: str, *fields: Field, required: bool = False, short: str | None = None) -> Field:
    """Return a block of fields."""
    return Field(name=name, doc=doc, kind=Kind.BLOCK, fields=fields, required=required, short=short)


def map_field(name: str, doc: str, item: Field) -> Field:
    """Return a mapping of names to items."""
    return Field(name=name, doc=doc, kind=Kind.MAP, item=item)
