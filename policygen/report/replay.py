"""A replay as text and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from policygen.report.printed import Part, paragraph, plain
from policygen.source.shown import in_one_line, shown

if TYPE_CHECKING:
    from rich.console import Console

    from policygen.replay.result import Change, NotKnown, Replayed

COLUMNS = ("change", "principal", "action", "count", "first", "last", "example", "reason", "statement", "message")
"""Columns of the tables, in CSV and in Parquet."""

TITLES = {
    "breaks": "was allowed, would be denied",
    "opens": "was denied, would be allowed",
    "disagrees": "AWS denied it, and not as these policies do",
    "unknown": "the records do not tell what it hangs on",
}
"""What each part of a report lists."""

_HEADINGS = {
    "breaks": ("BREAKS", "bold red"),
    "opens": ("OPENS", "bold yellow"),
    "disagrees": ("DISAGREES", "bold magenta"),
    "unknown": ("NOT KNOWN", "bold cyan"),
}


def print_replay(found: Replayed, console: Console, *, quiet: bool = False) -> None:
    """Print what changes, what is not known, and the figures (quiet: the figures alone)."""
    for line in () if quiet else _lines(found):
        paragraph(console, *line)
    paragraph(console, figures(found), style=f"bold {'red' if found.breaks else 'green'}")


def as_text(found: Replayed, *, quiet: bool = False) -> str:
    """Return the same as plain text."""
    return shown("\n".join([*(() if quiet else map(plain, _lines(found))), figures(found)]) + "\n")


def _lines(found: Replayed) -> Iterator[Sequence[Part]]:
    """Yield the lines of a report, without the figures."""
    for name, changes in parts(found):
        if changes:
            yield [_HEADINGS[name], f" {TITLES[name]}"]
            for principal, theirs in by_principal(changes):
                yield [f"  {in_one_line(principal)}"]
                for each in theirs:
                    yield from ([line] for line in _change(each))
            yield [""]
    if found.unknown:
        yield [_HEADINGS["unknown"], f" {TITLES['unknown']}"]
        for unknown in found.unknown:
            yield from ([line] for line in _unknown(unknown))
        yield [""]


def parts(found: Replayed) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Yield the names of the parts that list changes, and what they list."""
    yield "breaks", found.breaks
    yield "opens", found.opens
    yield "disagrees", found.agreement.disagreements


def by_principal(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """Return changes with whose they are, each principal once, that of the most frequent change first."""
    found: dict[str, list[Change]] = {}
    for each in changes:
        found.setdefault(each.principal or "a principal that is not recorded", []).append(each)
    return list(found.items())


def _change(each: Change) -> Iterator[str]:
    when = between(each)
    yield f"    {in_one_line(each.action)}: {_times(each.count)}{f', {when}' if when else ''}"
    yield f"      {in_one_line(each.reason)}"
    if statement_beside(each):
        yield f"      statement {in_one_line(statement_beside(each))}"
    if each.message:
        yield f"      AWS said: {in_one_line(each.message)}"
    if each.example:
        yield f"      for example event {in_one_line(each.example)}"


def _unknown(each: NotKnown) -> Iterator[str]:
    yield f"  {each.count:,}: {each.because}"
    when = between(each)
    if each.names:
        yield f"    {', '.join(map(in_one_line, each.names))}"
    if when or each.example:
        example = f"for example event {in_one_line(each.example)}" if each.example else ""
        yield f"    {', '.join(filter(None, (when, example)))}"


def between(each: Change | NotKnown) -> str:
    """Return from when to when something was recorded; empty where no record tells."""
    first, last = in_one_line(each.first), in_one_line(each.last)
    return first if first == last else f"{first} to {last}"


def statement_beside(each: Change) -> str:
    """Return the statement that decides where the reason does not name it, else nothing."""
    policy, _, label = (each.statement or "").rpartition(" ")
    return "" if f"`{label}` of {policy}" in each.reason else each.statement or ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def figures(found: Replayed) -> str:
    """Return the figures in one line, and in another how many of AWS's denials agree."""
    breaks, opens = sum(each.count for each in found.breaks), sum(each.count for each in found.opens)
    counts = [
        f"{breaks:,} break",
        f"{opens:,} open",
        f"{found.unchanged:,} unchanged",
        f"{found.undecided:,} not known",
    ]
    text = f"{found.events:,} event{'' if found.events == 1 else 's'}: {', '.join(counts)}"
    if found.agreement.compared:
        share = 100 * found.agreement.same / found.agreement.compared
        text += f"\nAWS's denials: {found.agreement.same:,} of {found.agreement.compared:,} agree ({share:.1f} %)"
    return text


def rows(found: Replayed) -> Iterator[dict[str, object]]:
    """Yield a row for each change, each disagreement and each cause for which it is not known."""
    for change, changes in parts(found):
        yield from ({"change": change, **each.to_dict(), "message": each.message} for each in changes)
    nothing = dict.fromkeys(COLUMNS)
    for unknown in found.unknown:
        told = {"count": unknown.count, "first": unknown.first, "last": unknown.last, "example": unknown.example}
        yield nothing | {"change": "unknown", **told, "reason": unknown.because}


def as_csv(found: Replayed) -> str:
    """Return the rows as CSV."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(found))
    return text.getvalue()
