"""Findings of ``validate`` as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policygen.lint import Finding, FindingType, Validation
from policygen.report.outcome import ignored_words
from policygen.report.printed import paragraph

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"ERROR": "red", "SECURITY_WARNING": "red", "WARNING": "yellow", "SUGGESTION": "cyan"}


def print_reports(reports: Sequence[Validation], console: Console, *, quiet: bool = False, ignored: int = 0) -> None:
    """Print every finding with its place and an ERROR's line, a line a file, and one that counts.

    With ``quiet`` there is nothing about what is valid.
    """
    for report in reports:
        for problem in report.problems:
            paragraph(console, str(problem))
        for finding in report.findings if not report.problems else ():
            if finding.findingType == FindingType.ERROR or not quiet:
                _print_finding(report, finding, console, quiet=quiet)
        if not (quiet and report.valid):
            _print_verdict(report, console)
    if not (quiet and all(report.valid for report in reports)):
        paragraph(console, total(reports) + ignored_words(ignored))


def _print_finding(report: Validation, finding: Finding, console: Console, *, quiet: bool) -> None:
    style, where = _STYLES[finding.findingType], finding.place
    place = f"{report.name}:{where.line}:{where.column} {where.pointer}".rstrip()
    times = f" ({len(finding.locations)} times)" if len(finding.locations) > 1 else ""
    details = f"{finding.issueCode} {finding.findingDetails}{times}"
    lines: list[str] = []
    if finding.findingType == FindingType.ERROR and (not quiet or not where.pointer):
        lines += where.excerpt()
    if not quiet:
        lines.append(f"  see: {finding.learnMoreLink}")
    below = "".join(f"\n{line}" for line in lines)
    paragraph(console, f"{place}: ", (str(finding.findingType), style), f" {details}{below}")


def _print_verdict(report: Validation, console: Console) -> None:
    word, style = ("valid", "green") if report.valid else ("not valid", "red")
    public = "" if report.public is None else ", public" if report.public else ", not public"
    looks = ", by its looks" if report.guessed else ""
    if report.problems:
        paragraph(console, f"{report.name}: ", ("cannot be judged", "bold red"))
        return
    paragraph(console, f"{report.name}: ", (word, f"bold {style}"), f" ({report.policy_type}{looks}{public})")


def total(reports: Sequence[Validation]) -> str:
    """Return how many documents there are, and how many are valid, are not, and cannot be judged."""
    judged = [report for report in reports if not report.problems]
    valid = sum(report.valid for report in judged)
    counts = {"valid": valid, "not valid": len(judged) - valid, "cannot be judged": len(reports) - len(judged)}
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count or what == "valid")
    inside = any(report.address for report in reports)
    what = ("policy", "policies") if inside else ("file", "files")
    return f"{len(reports)} {what[len(reports) != 1]}: {said}"
