"""A replay as text and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from policygen.replay.result import Change, Replayed

COLUMNS = ("change", "principal", "action", "count", "first", "last", "example", "reason", "statement")
"""Columns of the tables, in CSV and in Parquet."""

_TITLES = {
    "breaks": ("BREAKS", "red", "was allowed, would be denied"),
    "opens": ("OPENS", "yellow", "was denied, would be allowed"),
    "unknown": ("NOT KNOWN", "cyan", "the records do not tell what it hangs on"),
    "disagrees": ("DISAGREES", "magenta", "AWS denied it, and not as these policies do"),
}


def print_replay(found: Replayed, console: Console, *, quiet: bool = False) -> None:
    """Print what changes, what is not known, and the figures (quiet: the figures alone)."""
    for line in () if quiet else lines(found):
        title = next((each for each in _TITLES.values() if line.startswith(f"{each[0]} ")), None)
        if title is not None:
            console.print(f"[bold {title[1]}]{title[0]}[/]", end="")
        rest = line if title is None else line.removeprefix(title[0])
        console.print(rest, markup=False, highlight=False, soft_wrap=True)
    style = "red" if found.breaks else "green"
    console.print(figures(found), style=f"bold {style}", markup=False, highlight=False, soft_wrap=True)


def as_text(found: Replayed, *, quiet: bool = False) -> str:
    """Return the same as plain text."""
    return "\n".join([*(() if quiet else lines(found)), figures(found)]) + "\n"


def lines(found: Replayed) -> Iterator[str]:
    """Yield the lines of a report, without the figures."""
    for name, changes in (
        ("breaks", found.breaks),
        ("opens", found.opens),
        ("disagrees", found.agreement.disagreements),
    ):
        if changes:
            yield f"{_TITLES[name][0]} {_TITLES[name][2]}"
            for principal in dict.fromkeys(each.principal for each in changes):
                yield f"  {principal or 'a principal that is not recorded'}"
                for each in changes:
                    if each.principal == principal:
                        yield from _change(each)
            yield ""
    if found.unknown:
        yield f"{_TITLES['unknown'][0]} {_TITLES['unknown'][2]}"
        for unknown in found.unknown:
            yield f"  {unknown.count:,}: {unknown.because}"
            yield from _wrapped(unknown.names)
        yield ""


def _change(each: Change) -> Iterator[str]:
    between = "" if not each.first else f", {each.first}" + (f" to {each.last}" if each.last != each.first else "")
    yield f"    {each.action}: {_times(each.count)}{between}"
    yield f"      {each.reason}"
    if each.example:
        yield f"      for example event {each.example}"


def _wrapped(names: tuple[str, ...]) -> Iterator[str]:
    import textwrap

    yield from textwrap.wrap(", ".join(names), 74, initial_indent="    ", subsequent_indent="    ")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def figures(found: Replayed) -> str:
    """Return the figures in one line."""
    breaks, opens = sum(each.count for each in found.breaks), sum(each.count for each in found.opens)
    parts = [f"{breaks:,} break", f"{opens:,} open", f"{found.unchanged:,} unchanged", f"{found.undecided:,} not known"]
    text = f"{found.events:,} event{'' if found.events == 1 else 's'}: {', '.join(parts)}"
    if found.agreement.compared:
        share = 100 * found.agreement.same / found.agreement.compared
        text += f"\nAWS's denials: {found.agreement.same:,} of {found.agreement.compared:,} agree ({share:.1f} %)"
    return text


def rows(found: Replayed) -> Iterator[dict[str, object]]:
    """Yield a row for each change, each disagreement and each cause for which it is not known."""
    for change, changes in (
        ("breaks", found.breaks),
        ("opens", found.opens),
        ("disagrees", found.agreement.disagreements),
    ):
        yield from ({"change": change, **each.to_dict()} for each in changes)
    nothing = dict.fromkeys(COLUMNS)
    for unknown in found.unknown:
        yield nothing | {"change": "unknown", "count": unknown.count, "reason": unknown.because}


def as_csv(found: Replayed) -> str:
    """Return the rows as CSV."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(found))
    return text.getvalue()
