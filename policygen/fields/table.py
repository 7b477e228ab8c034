"""What one field of a file is: the rows of the tables that formats are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from functools import partial
from typing import Any


class Kind(Enum):
    """What a field holds; the values are how messages and pages name it."""

    TEXT = "text"
    BOOL = "`true` or `false`"
    INTEGER = "a whole number"
    CHOICE = "one of its choices"
    LIST = "a list"
    MAP = "a mapping of names"
    BLOCK = "a block of fields"
    EITHER = "one of its forms"
    DOCUMENT = "a policy document or the path of one"
    OBJECT = "a mapping"


@dataclass(frozen=True, slots=True)
class Computed:
    """A default that hangs on other fields; ``words`` say how, for the reference page."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form that a text must have.

    Attributes:
        what: What such a text is called: "`x` is not a valid …".
        hint: How one looks.
        pattern: Regular expression that the whole text matches; None when only ``parse`` decides.
        parse: Returns the value that the text stands for, None when it stands for none; without it the text itself.
        known: Texts of this form that people mean, for "did you mean …?".
        doc_url: AWS's page.
        example: A text of this form, as it is written in a file.
    """

    what: str
    hint: str
    pattern: str | None = None
    parse: Callable[[str], Any] | None = None
    known: tuple[str, ...] = ()
    doc_url: str | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a format.

    Attributes:
        name: Its name.
        doc: One sentence for the reference page.
        default: The value of a field that is not given (a member where the choices come from an enum), or
            :class:`Computed`; None for none.
        kind: What it holds.
        required: Whether it must be given.
        choices: For a choice, the words, or the members of an enum whose values are the words.
        item: For lists and maps, what each item holds.
        fields: For a block its fields, for a field that is one of several forms those forms.
        facts: Ids of the facts behind it, separated by spaces.
        short: For a block that may be written as one text, the field that the text stands for.
        single: For a list, whether its only item may stand for it.
        nonempty: For a list, whether it needs an item.
        nullable: Whether null is a value of its own, and not the same as nothing.
        form: For text, the form that it must have.
        key: For a map, the form of its names.
        names: For text, what it is the name of, where names are looked up (``key``, ``bucket``, ``account``).
        example: A value as it is written in a file; without it that of its form.
    """

    name: str = ""
    doc: str = ""
    default: Any = None
    _: KW_ONLY
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str | Enum, ...] = ()
    item: Field | None = None
    fields: tuple[Field, ...] = ()
    facts: str = ""
    short: str | None = None
    single: bool = False
    nonempty: bool = False
    nullable: bool = False
    form: Form | None = None
    key: Form | None = None
    names: str | None = None
    example: str = ""

    def field(self, name: str) -> Field:
        """Return the field of a block called ``name``; there is one."""
        return next(each for each in self.fields if each.name == name)

    @property
    def usual(self) -> Any:
        """The default as a value; None where it is computed, an empty mapping for maps."""
        if self.kind is Kind.MAP:
            return {}
        return None if isinstance(self.default, Computed) else self.default

    @property
    def members(self) -> dict[str, str | Enum]:
        """The choices by their words."""
        return {word(each): each for each in self.choices}


def word(value: Any) -> str:
    """Return a value as it is written in a file.

    >>> word(True), word(("a", "b")), word("text")
    ('true', '[a, b]', 'text')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(word, value))}]"
    return str(value.value if isinstance(value, Enum) else value)


text_field = Field
"""Make a field that holds text."""

bool_field = partial(Field, kind=Kind.BOOL)
"""Make a field that holds true or false."""

integer_field = partial(Field, kind=Kind.INTEGER)
"""Make a field that holds a whole number."""


def choice_field(name: str, doc: str, choices: Iterable[str | Enum], default: Any = None, **more: Any) -> Field:
    """Return a field that holds one of some words: those of an enum, or texts."""
    return Field(name, doc, default, kind=Kind.CHOICE, choices=tuple(choices), **more)


def list_field(name: str, doc: str, item: Field | None = None, default: Any = (), **more: Any) -> Field:
    """Return a field that holds a list, of texts unless ``item`` says otherwise."""
    return Field(name, doc, default, kind=Kind.LIST, item=item or Field(), **more)


def map_field(name: str, doc: str, item: Field | None = None, **more: Any) -> Field:
    """Return a mapping of names to items, to texts unless ``item`` says otherwise."""
    return Field(name, doc, kind=Kind.MAP, item=item or Field(), **more)


def block_field(name: str, doc: str, *fields: Field, **more: Any) -> Field:
    """Return a block of fields."""
    return Field(name, doc, kind=Kind.BLOCK, fields=fields, **more)


def either_field(name: str, doc: str, *forms: Field, **more: Any) -> Field:
    """Return a field that is written in one of several forms: as a text, a list or a mapping."""
    return Field(name, doc, kind=Kind.EITHER, fields=forms, **more)


def choice_item(choices: Iterable[str | Enum]) -> Field:
    """Return the item of a list of choices."""
    return choice_field("", "", choices)
