"""Findings of ``validate`` as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policygen.lint import Validation

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"ERROR": "red", "SECURITY_WARNING": "red", "WARNING": "yellow", "SUGGESTION": "cyan"}


def print_reports(reports: Sequence[Validation], console: Console, *, quiet: bool = False) -> None:
    """Print every finding with its place, and one line a file."""
    for report in reports:
        for finding in report.findings:
            if quiet and finding.findingType != "ERROR":
                continue
            style = _STYLES[finding.findingType]
            where = finding.place
            place = f"{report.file}:{where.line}:{where.column} {where.pointer}".rstrip()
            console.print(f"{place}: ", end="", markup=False)
            console.print(f"[{style}]{finding.findingType}[/{style}] ", end="")
            console.print(f"{finding.issueCode} {finding.findingDetails}", markup=False)
            if not quiet:
                console.print(f"  see: {finding.learnMoreLink}", markup=False)
        _print_verdict(report, console)


def _print_verdict(report: Validation, console: Console) -> None:
    word, style = ("valid", "green") if report.valid else ("not valid", "red")
    public = "" if report.public is None else ", public" if report.public else ", not public"
    console.print(f"{report.file}: ", end="", markup=False)
    console.print(f"[bold {style}]{word}[/bold {style}] ", end="")
    looks = ", by its looks" if report.guessed else ""
    console.print(f"({report.policy_type}{looks}{public})", markup=False)
