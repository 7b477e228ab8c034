"""Reading ``policygen.toml``: findings that are known and accepted, each with its reason.

TOML's reader tells no lines for what it has read. An entry is shown at its ``[[ignore]]`` line where these can be
counted, and by its pointer in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from policygen.errors import Place, Problem, SourceError
from policygen.source.files import is_there, read_text

FILE_NAME = "policygen.toml"

_KEYS = ("code", "path", "reason")
_EXAMPLES = {"code": "INVALID_ACTION", "path": "policies/**/*.json", "reason": "newer than the catalogue"}
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*ignore[ \t]*\]\]", re.MULTILINE)
_AT = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")
_SILENT = frozenset(
    ("PG-S031", "PG-S033", "PG-S036", "PG-V003", "PG-V004", "PG-V005", "PG-V006", "PG-V007"),
)
"""Problem codes of warnings, and of what ``verify`` finds: the others say that an input cannot be used."""


@dataclass(frozen=True)
class Ignore:
    """One entry: findings of a code are accepted in some files.

    Attributes:
        code: The code, to the letter.
        path: The files, a pattern below the folder of ``policygen.toml``: ``*`` and ``?`` within a name, ``**`` over
            folders; a folder with a slash at its end stands for all that lies below it.
        reason: Why.
        place: Where the entry stands.
        kind: What the code is of: ``issue``, ``cause``, ``problem`` or ``warning``.
    """

    code: str
    path: str
    reason: str
    place: Place
    kind: str

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_translated(self.path))

    def matches(self, path: str) -> bool:
        """Tell whether a file, by its path below the folder with slashes, is one of them."""
        return self._pattern.fullmatch(path) is not None


def _translated(pattern: str) -> str:
    whole = f"{pattern}**" if pattern.endswith("/") else pattern
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", whole.removeprefix("./"))
    return "".join(signs.get(part, re.escape(part)) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``policygen.toml`` says; ``folder`` is where it lies, None where there is none."""

    folder: Path | None = None
    ignores: tuple[Ignore, ...] = ()


def load_settings(start: Path) -> Settings:
    """Return the settings of the nearest ``policygen.toml`` in a folder or above it.

    Raises:
        SourceError: PG-F016 with every problem of the file; PG-F001 to PG-F003 where it cannot be read.
    """
    for folder in (start, *start.parents):
        path = folder / FILE_NAME
        if is_there(path):
            name = FILE_NAME if folder == start else str(path)
            return Settings(folder=folder, ignores=_read(read_text(path), name))
    return Settings()


def _read(text: str, name: str) -> tuple[Ignore, ...]:
    import tomllib

    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(_not_toml(str(error), text, name)) from None
    except RecursionError:
        raise SourceError(Problem(code="PG-F016", message="nested too deep", place=Place(source=name))) from None
    found, problems = _Reader(text, name).ignores(values)
    if problems:
        raise SourceError(*problems)
    return tuple(found)


def _not_toml(message: str, text: str, name: str) -> Problem:
    at = _AT.search(message)
    said = _AT.sub("", message)
    place = Place(source=name)
    if at is not None and at["line"]:
        place = Place(source=name, line=int(at["line"]), column=int(at["column"]), lines=text.splitlines())
    return Problem(code="PG-F016", message=f"not TOML: {said[:1].lower()}{said[1:]}", place=place, hint=_EXAMPLE)


_EXAMPLE = 'an entry is `[[ignore]]` and below it `code`, `path` and `reason`, each `name = "text"`'


def _kind(code: str) -> str:
    """Return what a code is of; an empty text for one that does not exist."""
    from policygen.explained import kind_of  # it knows every room's codes, and most projects have no such file

    kind = kind_of(code)
    return kind.value if kind is not None else ""


class _Reader:
    """Reads the values of one file."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._lines = text.splitlines()
        self._headers = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]

    def ignores(self, values: dict[str, Any]) -> tuple[list[Ignore], list[Problem]]:
        """Return every entry, and every problem."""
        problems = [self._unknown(key, f"/{key}", ("ignore",)) for key in values if key != "ignore"]
        entries = values.get("ignore", [])
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            problems.append(self._problem("`ignore` needs entries", "/ignore", _EXAMPLE))
            return [], problems
        counted = self._headers if len(self._headers) == len(entries) else [None] * len(entries)
        found = []
        for number, (entry, line) in enumerate(zip(entries, counted, strict=True)):
            wrong = list(self._wrong(entry, f"/ignore/{number}", line))
            problems += wrong
            if not wrong:
                place = self._place(f"/ignore/{number}", line)
                found.append(Ignore(**{key: entry[key] for key in _KEYS}, place=place, kind=_kind(entry["code"])))
        return found, problems

    def _wrong(self, entry: dict[str, Any], pointer: str, line: int | None) -> Iterator[Problem]:
        for key in entry:
            if key not in _KEYS:
                yield self._unknown(key, f"{pointer}/{key}", _KEYS, line)
        for key in _KEYS:
            example = f'for example `{key} = "{_EXAMPLES[key]}"`'
            if key not in entry:
                yield self._problem(f"`{key}` is missing", pointer, f"write it below `[[ignore]]`, {example}", line)
            elif not isinstance(entry[key], str) or not entry[key].strip():
                yield self._problem(f"`{key}` needs a text", f"{pointer}/{key}", example, line)
        code = entry.get("code")
        if isinstance(code, str) and code.strip():
            yield from self._of_code(code, f"{pointer}/code", line)

    def _of_code(self, code: str, pointer: str, line: int | None) -> Iterator[Problem]:
        from policygen.explained import nearest

        kind = _kind(code)
        if not kind:
            near = nearest(code)
            hint = f"did you mean `{near}`?" if near else "`policygen explain --list` names them all"
            yield self._problem(f"there is no code `{code}`", pointer, hint, line)
        elif kind == "fact" or (kind == "problem" and code not in _SILENT):
            hint = "codes of `validate`, of `verify` (F1 to F27, PG-V003 to PG-V007) and of warnings can"
            yield self._problem(f"`{code}` cannot be ignored", pointer, hint, line)

    def _unknown(self, key: str, pointer: str, known: tuple[str, ...], line: int | None = None) -> Problem:
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(f'`{each}`' for each in known)}"
        return self._problem(f"unknown key `{key}`", pointer, hint, line)

    def _problem(self, message: str, pointer: str, hint: str, line: int | None = None) -> Problem:
        return Problem(code="PG-F016", message=message, place=self._place(pointer, line), hint=hint)

    def _place(self, pointer: str, line: int | None) -> Place:
        column = 1 if line is not None else None
        return Place(source=self._name, pointer=pointer, line=line, column=column, lines=self._lines)
