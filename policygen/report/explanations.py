"""What is said of codes, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policygen.explained import CodeKind, Explained
from policygen.report.printed import copied, paragraph

if TYPE_CHECKING:
    from rich.console import Console

_KINDS = {
    CodeKind.PROBLEM: "a problem that policygen reports",
    CodeKind.CAUSE: "a cause of failing replication",
    CodeKind.ISSUE: "an issue that `validate` finds",
    CodeKind.WARNING: "a warning about a request",
    CodeKind.FACT: "a fact about AWS",
}


def print_explained(found: Sequence[Explained], console: Console, *, quiet: bool = False) -> None:
    """Print what is said of each code: what, why, a bad and a good example, AWS's pages (quiet: what it means)."""
    for number, each in enumerate(found):
        if number and not quiet:
            console.print()
        paragraph(console, (each.code, "bold"), f": {each.what}" if quiet else f" is {_KINDS[each.kind]}")
        for line in () if quiet else _lines(each):
            copied(console, line) if line.startswith("    ") else paragraph(console, line)


def print_list(found: Sequence[Explained], console: Console) -> None:
    """Print a line each code: what it means, and of which kind it is where that changes."""
    kind = None
    for each in found:
        if each.kind is not kind:
            kind = each.kind
            paragraph(console, f"{_KINDS[kind]}:")
        paragraph(console, f"  {each.code}  {each.what}")
    paragraph(console, f"{len(found)} codes")


def _lines(found: Explained) -> list[str]:
    lines = [found.what, *(f"  {line}" for line in found.why.split("\n") if line)]
    alone = found.kind is CodeKind.FACT and not any(each.run for each in (found.bad, found.good) if each is not None)
    titles = ("not met", "met") if alone else ("bad", "good")
    for title, example in zip(titles, (found.bad, found.good), strict=True):
        if example is not None:
            lines += ["", f"{title}{f' ({example.where})' if example.where else ''}:"]
            lines += [f"    {line}" for line in example.text.split("\n")]
    shown = next((each.run for each in (found.bad, found.good) if each is not None and each.run), "")
    lines += ["", f"shown by: {shown}"] if shown else []
    return [*lines, "", *(f"see: {page}" for page in found.pages)] if found.pages else lines
