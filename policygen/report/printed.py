"""How text looks: paragraphs, what people copy, and tables; every report is made of these.

On a terminal lines break at words, never inside an ARN, and a table that is too wide stands row by row. Where nobody
looks (a pipe, a file) nothing depends on a width: a line stays a line, and columns are as wide as what stands in them.
No line ends with blanks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from policygen.source.shown import shown
from policygen.source.wrapping import breaks, breaks_in_cell, cells, hanging, is_excerpt, narrowest

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Part: TypeAlias = str | tuple[str, str]
"""A text, or a text with its style."""
Row: TypeAlias = Sequence[Part] | None
"""The cells of a row; None is a line across."""

_GAP = "  "


def paragraph(console: Console, *parts: Part, style: str = "") -> None:
    """Print a text that is read; its lines break at words.

    Args:
        console: Where it is printed.
        parts: Its parts, one after the other.
        style: The style of all of it.
    """
    width = _width(console)
    if width is None and console.color_system is None:
        console.print(plain(parts), markup=False)  # much faster, and there may be ten thousands of them
        return
    for line in _styled(parts, style).split("\n", allow_blank=True):
        for each in [line] if width is None or is_excerpt(line.plain) else _wrapped(line, width):
            _print(console, each)


def copied(console: Console, *parts: Part, style: str = "") -> None:
    """Print a text that people copy, JSON or a difference: its lines never break."""
    if console.color_system is None:
        console.print(plain(parts), markup=False, soft_wrap=True)
    else:
        _print(console, _styled(parts, style))


def table(console: Console, headings: Sequence[str], rows: Sequence[Row], *, right: Collection[int] = ()) -> None:
    """Print a table and an empty line; row by row where it does not fit.

    Args:
        console: Where it is printed.
        headings: The names of the columns.
        rows: The rows.
        right: Numbers of the columns that stand at the right, from 0.
    """
    for line in lines_of_table(headings, rows, right=right, width=_width(console)):
        copied(console, *line)
    console.print()


def plain(line: Sequence[Part]) -> str:
    """Return a line without its styles."""
    return "".join(map(_text, line))


def lines_of_table(
    headings: Sequence[str], rows: Sequence[Row], *, right: Collection[int] = (), width: int | None = None
) -> Iterator[list[Part]]:
    """Yield the lines of a table, each in parts; no line ends with blanks."""
    rows = [None if row is None else [(shown(_text(cell)), _style(cell)) for cell in row] for row in rows]
    columns = list(zip(headings, *(map(_text, row) for row in rows if row is not None), strict=True))
    widths = _fitting(columns, None if width is None else width - len(_GAP) * (len(headings) - 1))
    if widths is None and width is not None:
        yield from _row_by_row(headings, rows, width)
        return
    widths = _used(columns, widths or [])
    rule = "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    for row in ([(each, "bold") for each in headings], None, *rows):
        if row is None:
            yield [rule]
        else:
            broken = [_broken(cell, room) for cell, room in zip(row, widths, strict=True)]
            yield from (_line(each, widths, right) for each in zip_longest(*broken, fillvalue=""))


def _fitting(columns: Sequence[Sequence[str]], room: int | None) -> list[int] | None:
    """Return the widths of columns; None where not even what cannot break fits beside each other."""
    widths = [max(cells(line) for text in column for line in text.split("\n")) for column in columns]
    if room is None:
        return widths
    least = [max(map(narrowest, column)) for column in columns]
    if sum(least) > room:
        return None
    while sum(widths) > room:  # the widest gives first
        spare = (number for number, each in enumerate(widths) if each > least[number])
        widths[max(spare, key=lambda number: widths[number])] -= 1
    return widths


def _used(columns: Sequence[Sequence[str]], widths: Sequence[int]) -> list[int]:
    """Return the widths that columns take when their cells are broken: a word that goes down leaves room."""
    broken = (
        (part for text in column for part in _broken(text, width))
        for column, width in zip(columns, widths, strict=True)
    )
    return [max(cells(_text(part)) for part in column) for column in broken]


def _broken(cell: Part, width: int) -> list[Part]:
    """Return the lines of a cell."""
    found: list[Part] = []
    for line in _text(cell).split("\n"):
        starts = breaks_in_cell(line, width)
        for start, end in zip([0, *starts], [*starts, len(line)], strict=True):
            found.append((line[start:end].rstrip(), _style(cell)))
    return found


def _line(parts: Sequence[Part], widths: Sequence[int], right: Collection[int]) -> list[Part]:
    """Return a line of a table, without blanks at its end."""
    found: list[Part] = []
    last = max((number for number, part in enumerate(parts) if _text(part)), default=-1)
    for number, (part, width) in enumerate(zip(parts[: last + 1], widths, strict=False)):
        blanks = " " * (width - cells(_text(part)))
        gap = _GAP if number < last else ""
        found += [blanks, part, gap] if number in right else [part, blanks + gap if gap else ""]
    return found


def _row_by_row(headings: Sequence[str], rows: Sequence[Row], width: int) -> Iterator[list[Part]]:
    """Yield each row as lines of its own, a heading and its cell; what has no heading stands above."""
    indent = max(map(cells, headings)) + len(_GAP)
    for number, row in enumerate(each for each in rows if each is not None):
        if number:
            yield []
        above: list[Part] = [cell for heading, cell in zip(headings, row, strict=True) if not heading]
        if above:
            yield [part for cell in above for part in (cell, " ")][:-1]
        for heading, cell in zip(headings, row, strict=True):
            if heading and _text(cell):
                for place, part in enumerate(_broken(cell, max(width - indent, 1))):
                    yield [((heading if place == 0 else "").ljust(indent), "bold"), part]


def _wrapped(line: Text, width: int) -> Iterator[Text]:
    """Yield the lines that a line is broken into."""
    from rich.text import Text

    indent = min(hanging(line.plain), width // 2)
    starts = breaks(line.plain, width, indent)
    for number, part in enumerate(line.divide(starts)):
        if number < len(starts):
            part.rstrip()
        yield Text(" " * indent).append_text(part) if number else part


def _styled(parts: Sequence[Part], style: str) -> Text:
    from rich.text import Text

    return Text.assemble(*((shown(_text(part)), _style(part)) for part in parts), style=style)


def _print(console: Console, text: Text) -> None:
    """Print a line as it is."""
    console.print(text, soft_wrap=True, highlight=False)


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part[0]


def _style(part: Part) -> str:
    return "" if isinstance(part, str) else part[1]


def _width(console: Console) -> int | None:
    """Return how many columns there are; None where lines go on as long as they like."""
    return None if console.soft_wrap else console.width
