"""What a proof found, as text: a table of what is gained and lost, each with the request that shows it in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policygen.proofs import CheckResult, Diff, Difference, Minimized
from policygen.report.printed import Row, paragraph, table
from policygen.request import Request

if TYPE_CHECKING:
    from rich.console import Console

_DECISIONS = {
    "allowed": "allowed",
    "explicitDeny": "explicitly denied",
    "implicitDeny": "denied, for nothing allows it",
}
_STYLES = {"same": "green", "differs": "red", "unknown": "yellow", "PASS": "green", "FAIL": "red", "UNKNOWN": "yellow"}


def print_diff(found: Diff, console: Console, *, quiet: bool = False) -> None:
    """Print a comparison: the table, a request for each of its rows, and the verdict (quiet: the verdict alone)."""
    rows = [*(("gained", each) for each in found.gained), *(("lost", each) for each in found.lost)]
    if rows and not quiet:
        _print_table(rows, console)
        for number, (_, each) in enumerate(rows, 1):
            paragraph(console, f"{number}. {in_words(each.witness)}:")
            paragraph(console, f"   {_DECISIONS[each.old]} before, {_DECISIONS[each.new]} now")
        console.print()
    for why in found.unknown if not quiet else ():
        paragraph(console, f"not known: {why}")
    paragraph(console, (found.verdict, f"bold {_STYLES[found.verdict]}"), f": {counted(found)}")


def counted(found: Diff) -> str:
    """Return a comparison in one line."""
    if found.verdict == "same":
        return "the same access, proved over all requests"
    if found.verdict == "unknown":
        return "no difference was found, and it could not be proved that there is none"
    return f"{len(found.gained)} gained, {len(found.lost)} lost"


def _print_table(rows: list[tuple[str, Difference]], console: Console) -> None:
    cells: list[Row] = []
    for number, (change, each) in enumerate(rows, 1):
        conditions = "\n".join(f"{name}: {words}" for name, words in each.conditions.items())
        asked = map("\n".join, (each.principals, each.actions, each.resources))
        style = "green" if change == "gained" else "red"
        named = f"{each.policy} {each.statement}"
        cells.append((str(number), (change, style), named, *asked, conditions or "-"))
    table(console, ("", "", "statement", "who", "may", "on", "when"), cells)


def in_words(request: Request) -> str:
    """Return a request as a sentence without its end.

    >>> in_words(Request(principal="anonymous", action="s3:GetObject", resource="arn:aws:s3:::b/k"))
    'anonymous asks for s3:GetObject on arn:aws:s3:::b/k'
    """
    stated = " and ".join(f"{each.name} = {', '.join(each.values) or 'nothing'}" for each in request.stated)
    owner = f" of account {request.resource_account}" if request.resource_account else ""
    asked = f"{request.principal.arn} asks for {request.action} on {request.resource}{owner}"
    return f"{asked} with {stated}" if stated else asked


def print_check(found: CheckResult, console: Console, *, quiet: bool = False) -> None:
    """Print the answer to a check: the reasons, a request that shows it, and the answer (quiet: the answer alone)."""
    for each in found.reasons if not quiet else ():
        paragraph(console, f"- {each.description}")
    if found.witness is not None and not quiet:
        paragraph(console, f"for example: {in_words(found.witness)}")
    paragraph(console, (found.result, f"bold {_STYLES[found.result]}"), f": {found.message}")


def minimized_lines(found: Minimized) -> Iterator[str]:
    """Yield the report on minimised policies: what was done, what was left, sizes, and that it is proved."""
    yield from found.done
    yield from (f"left as it is: {each}" for each in found.left)
    quota = f" of {found.quota.limit:,} ({found.quota.name})" if found.quota else ""
    for name, size in found.before.items():
        after = f", {found.after[name]:,} after{quota}" if name in found.after else ""
        yield f"{name}: {size:,} {found.unit} before{after}"
    for name, size in found.after.items():
        if name not in found.before:
            yield f"{name}: {size:,} {found.unit}{quota}"
    known = f", for the actions that the catalogue of {found.catalog} knows" if found.catalog else ""
    yield f"the same access, proved over all requests{known}"
