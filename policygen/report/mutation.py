"""Changes that no test notices, as text: each as a difference, with a request that tells the two policies apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policygen.mutation import Mutation, Survivor
from policygen.report.printed import copied, paragraph
from policygen.report.proofs import in_words

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"+": "green", "-": "red"}


def print_mutation(found: Mutation, console: Console, *, quiet: bool = False) -> None:
    """Print the survivors and the figures (quiet: the figures alone)."""
    for each in found.survived if not quiet else ():
        _print_survivor(each, console)
    style = "red" if found.survived else "green"
    paragraph(console, figures(found), style=f"bold {style}")


def _print_survivor(each: Survivor, console: Console) -> None:
    paragraph(console, ("SURVIVED", "bold red"), f" {each.policy} {each.statement} {each.operator}")
    for line in each.diff.splitlines()[2:]:  # the first two name the policy once more
        copied(console, f"  {line}", style=_STYLES.get(line[:1], ""))
    for line in _told_apart(each):
        paragraph(console, f"  {line}")
    console.print()


def _told_apart(each: Survivor) -> Iterator[str]:
    if each.request is not None:
        yield f"no test notices: {in_words(each.request)}"
    if each.reason is not None:
        yield f"({each.reason})" if each.request is not None else f"no test notices, and {each.reason}"


def figures(found: Mutation) -> str:
    """Return the figures in one line."""
    parts = [f"{found.killed} killed", f"{len(found.survived)} survived", f"{found.equivalent} equivalent (proved)"]
    mutants = f"{found.mutants} mutant{'' if found.mutants == 1 else 's'}"
    more = f" ({found.left_out} more left out)" if found.left_out else ""
    return f"{mutants}{more}: {', '.join(parts)}; score {found.score:g} %"
