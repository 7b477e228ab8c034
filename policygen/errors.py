"""One record for everything that can be wrong, and the exceptions that carry it.

Exceptions, ``validate`` findings and JSON reports all show the same :class:`Problem`. Nothing here knows
about files or policies; places are filled in by whoever read the text.

Rejected: one exception class per mistake. Users want every problem of an input at once, so an exception
carries a list, and the code tells the mistakes apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from unicodedata import east_asian_width

_EXCERPT = 100
"""How many characters of a source line are shown."""

_BEFORE = 4_000
"""How far before what is shown a secret may begin that reaches into it."""
_NAME = r"[\w-]*(?:password|passwd|secret|private_?key|access_?key|token|credential)[\w-]*"
_VALUE = r"""(?:\\?["']\s*:\s*|:\s+|\s*=\s*))(\\"(?:(?!\\").)*|"(?:\\.|[^"\\])*|'[^']*|[^\s"'{}\[\],][^,}\]]*)"""
_SECRET = re.compile(rf"(?<![\w:./-])({_NAME}{_VALUE}", re.IGNORECASE)
"""A member called as secrets are, and its value, in JSON or YAML: dumps and states hold them beside policies."""
_OF_SOMETHING = re.compile(rf"(?<![\w:./-])((?:default|(?:parameter_?)?value){_VALUE}", re.IGNORECASE)
"""A member whose name does not say what its value is of: a member beside it, or what holds both, does."""
_IS_SECRET = re.compile(rf"{_NAME}|\b(?:noecho|sensitive)\W{{1,8}}true", re.IGNORECASE)
_HINTS = ("pass", "secret", "key", "token", "credential")
_HINTS_OF_SOMETHING = ("default", "value")
"""Texts without which neither is there: whoever prints thousands of problems of one line looks for these first."""
_NEAR = 60
"""How many lines away it may stand what a value is of."""

CODES: dict[str, str] = {
    "PG-A001": "An argument of a type that a function does not take.",
    "PG-A002": "An argument with a value that the function does not take.",
}
"""Code → what it means; the other codes stand in the rooms that report them."""


class Severity(Enum):
    """How much a problem matters: an ``error`` stops the work, a ``warning`` does not, a ``note`` is a suggestion."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a problem stands.

    Attributes:
        source: The file's name as the user gave it, ``-`` for standard input, or a name for a value in memory.
        pointer: RFC 6901 JSON pointer inside the source; empty for the whole of it.
        line: Line number, from 1; None when the source is not a text.
        column: Column number in characters, from 1; None when the source is not a text.
        lines: The lines of the source; empty when they are not at hand.
    """

    source: str = ""
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    lines: Sequence[str] = field(default=(), repr=False, compare=False)

    def __str__(self) -> str:
        """Return ``source:line:column /pointer`` with the parts that are known."""
        where = ":".join(str(part) for part in (self.source, self.line, self.column) if part not in (None, ""))
        return " ".join(part for part in (where, self.pointer) if part)

    def excerpt(self) -> list[str]:
        """Return the source line and, below it, a caret under the column; nothing when the line is not at hand.

        Of a long line the part around the column is shown; what cannot be seen is written as one sign. The value of a
        member that is called as secrets are, or stands for what is, is written with asterisks.
        """
        if self.line is None or self.column is None or not 0 < self.line <= len(self.lines):
            return []
        line, at = self.lines[self.line - 1], self.column - 1
        first = max(0, min(at - _EXCERPT // 2, len(line) - _EXCERPT))
        start = max(0, first - _BEFORE)
        seen = _without_secrets(self.lines, self.line - 1, start, first + _EXCERPT + _BEFORE)
        shown = seen[first - start : first - start + _EXCERPT].rstrip()
        before, after = "…" if first else "", "…" if first + _EXCERPT < len(line) else ""
        visible = "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in shown)
        number = f"  {self.line} | "
        wide = sum(east_asian_width(char) in "WF" for char in visible[: at - first])
        caret = " " * (len(number) - 2) + "| " + " " * (len(before) + at - first + wide) + "^"
        return [f"{number}{before}{visible}{after}", caret]


def _without_secrets(lines: Sequence[str], number: int, start: int, end: int) -> str:
    """Return a part of a line, as long as it was, in which no value stands of what is called as secrets are."""

    def hidden(match: re.Match[str]) -> str:
        return match[1] + "*" * len(match[2])

    def hidden_for_its_name(match: re.Match[str]) -> str:
        return hidden(match) if _IS_SECRET.search(_beside(lines, number, line, match)) else match[0]

    line = lines[number][start:end]
    lowered = line.lower()
    if any(hint in lowered for hint in _HINTS_OF_SOMETHING):
        line = _OF_SOMETHING.sub(hidden_for_its_name, line)
    return _SECRET.sub(hidden, line) if any(hint in lowered for hint in _HINTS) else line


def _beside(lines: Sequence[str], number: int, line: str, match: re.Match[str]) -> str:
    """Return the members beside one, with the name of what holds them: in the braces of its line, else in its block."""
    before, after = line[: match.start()], line[match.end() :]
    opened = _unmatched(before[::-1], "{", "}")
    if opened is None:
        return _block(lines, number) + after
    held_by = re.split(r"[{}\[\],]", before[: len(before) - opened - 1])[-1]
    return held_by + before[len(before) - opened - 1 :] + after[: _unmatched(after, "}", "{")]


def _unmatched(text: str, wanted: str, other: str) -> int | None:
    """Return where a brace stands that has no counterpart in front of it; None where none does."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == other) - (char == wanted)
        if depth < 0:
            return at
    return None


def _block(lines: Sequence[str], number: int) -> str:
    """Return the lines that are as deep as one, but for itself, with the line that they are below."""
    deep = _depth(lines[number])
    found: list[str] = []
    for each in reversed(lines[max(0, number - _NEAR) : number] if not _begins_item(lines[number]) else ()):
        found.append(each)
        if each.strip() and (_depth(each) < deep or (_depth(each) == deep and _begins_item(each))):
            break
    for each in lines[number + 1 : number + _NEAR]:
        if each.strip() and (_depth(each) < deep or (_depth(each) == deep and _begins_item(each))):
            break
        found.append(each)
    return "\n".join(found)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t-"))


def _begins_item(line: str) -> bool:
    return line.lstrip().startswith("- ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, where, and what to do about it.

    Attributes:
        code: Stable identifier, for example ``PG-S003``; listed in ``docs/problems.md``.
        message: Lower case, no full stop, the user's own text in backticks.
        place: Where it stands.
        hint: What to do; None when there is nothing better to say than the message.
        doc_url: The AWS page that fixes the rule, when AWS fixes it.
        severity: Error, warning or note.
    """

    code: str
    message: str
    place: Place = Place()
    hint: str | None = None
    doc_url: str | None = None
    severity: Severity = Severity.ERROR

    def at(self, place: Place) -> Problem:
        """Return the same problem at another place."""
        return replace(self, place=place)

    def __str__(self) -> str:
        """Return the problem as people read it: one line, the source line, then hint and link on lines of their own."""
        where = str(self.place)
        lines = [f"{where}: {self.code} {self.message}" if where else f"{self.code} {self.message}"]
        lines += self.place.excerpt()
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        if self.doc_url:
            lines.append(f"  see:  {self.doc_url}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return the problem as JSON-ready values; absent parts are left out."""
        found: dict[str, object] = {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "source": self.place.source,
            "pointer": self.place.pointer,
            "line": self.place.line,
            "column": self.place.column,
            "hint": self.hint,
            "doc_url": self.doc_url,
        }
        return {name: value for name, value in found.items() if value not in (None, "")}


class PolicygenError(Exception):
    """Base of every error that policygen raises for bad input; a programming mistake is never one.

    Attributes:
        problems: Every problem found, in the order of the input.
    """

    def __init__(self, *problems: Problem) -> None:
        """Carry ``problems``; at least one."""
        super().__init__(*problems)
        self.problems: tuple[Problem, ...] = problems

    def __str__(self) -> str:
        """Return every problem, one after the other."""
        return "\n".join(str(problem) for problem in self.problems)


class ArgumentError(PolicygenError):
    """An argument that a function does not take."""


class SourceError(PolicygenError):
    """A file that cannot be read or written, or text that is neither YAML nor JSON."""


class DocumentError(PolicygenError):
    """A policy document that cannot be parsed."""


class RequestError(PolicygenError):
    """A principal, action, resource or context that is none."""


class SpecError(PolicygenError):
    """A spec that cannot be used."""


class SuiteError(PolicygenError):
    """A test suite or an environment file that cannot be used."""


class GenerationError(PolicygenError):
    """A template or a generated document that cannot be used."""


def check_argument(name: str, value: object, kinds: type | tuple[type, ...], hint: str) -> None:
    """Refuse an argument of another type than ``kinds``.

    Raises:
        ArgumentError: PG-A001 with ``hint``, which says what to give.
    """
    if not isinstance(value, kinds):
        raise _wrong(name, value, hint)


def check_list(name: str, value: object, hint: str) -> None:
    """Refuse an argument that is no list of things: one text or mapping is none, though Python can walk through it.

    Raises:
        ArgumentError: PG-A001 with ``hint``, which says what to give.
    """
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise _wrong(name, value, hint)


def _wrong(name: str, value: object, hint: str) -> ArgumentError:
    message = f"`{name}` cannot be of the type {type(value).__name__}"
    return ArgumentError(Problem(code="PG-A001", message=message, hint=hint))
