"""Findings of ``validate`` as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policygen.lint import FileReport

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"ERROR": "red", "SECURITY_WARNING": "red", "WARNING": "yellow", "SUGGESTION": "cyan"}


def print_reports(reports: Sequence[FileReport], console: Console, *, quiet: bool = False) -> None:
    """Print every finding with its place, and one line a file."""
    for report in reports:
        for finding in report.findings:
            if quiet and finding.finding_type != "ERROR":
                continue
            style = _STYLES[finding.finding_type]
            place = f"{report.file}:{finding.line}:{finding.column} {finding.pointer}".rstrip()
            console.print(f"{place}: ", end="", markup=False)
            console.print(f"[{style}]{finding.finding_type}[/{style}] ", end="")
            console.print(f"{finding.issue_code} {finding.details}", markup=False)
            if not quiet:
                console.print(f"  see: {finding.learn_more_link}", markup=False)
        _print_verdict(report, console)


def _print_verdict(report: FileReport, console: Console) -> None:
    word, style = ("valid", "green") if report.valid else ("not valid", "red")
    public = "" if report.public is None else ", public" if report.public else ", not public"
    console.print(f"{report.file}: ", end="", markup=False)
    console.print(f"[bold {style}]{word}[/bold {style}] ", end="")
    looks = ", by its looks" if report.guessed else ""
    console.print(f"({report.policy_type}{looks}{public})", markup=False)
