"""Mends as people read them: each a difference of one statement, or of a whole configuration, with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policygen.document.write import to_json
from policygen.verification.checks import IN_MEMORY, Check, Report
from policygen.verification.edits import Edit, EditOp

_WORDS = {EditOp.REPLACE: "change", EditOp.ADD: "add to", EditOp.REMOVE: "take from"}
_AROUND = 3
"""Lines that are shown around what differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A mend: its number from 0, what is to be done where, and its lines, each with ``+``, ``-`` or a space before."""

    number: int
    title: str
    lines: tuple[str, ...]


def differences(report: Report, checks: Iterable[Check]) -> Iterator[Difference]:
    """Yield the mends that some checks need, in the report's order."""
    numbers = {number for check in checks for number in check.mends}
    for number in sorted(numbers):
        edit = report.mends[number]
        title = _title(edit, report.documents_from if report.documents_from != IN_MEMORY else None)
        yield Difference(number=number, title=title, lines=tuple(_lines(edit)))


def _title(edit: Edit, folder: str | None) -> str:
    above = f"{folder.rstrip('/')}/" if folder is not None else ""
    line = f":{edit.line}" if edit.line is not None else ""
    words = "remove" if edit.op is EditOp.REMOVE and edit.statement is None else _WORDS[edit.op]
    return f"{words} {above}{edit.document}{line}" + (f"  {edit.statement}" if edit.statement is not None else "")


def _lines(edit: Edit) -> Iterator[str]:
    before, after = ("" if each is None else to_json(each) for each in (edit.before, edit.value))
    hunks = difflib.unified_diff(before.splitlines(), after.splitlines(), n=_AROUND, lineterm="")
    for number, line in enumerate(hunks):
        if not line.startswith("@@"):
            yield from () if number < 2 else (line,)
        elif number > 2:
            yield " …"
