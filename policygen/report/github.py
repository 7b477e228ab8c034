"""Findings as annotations of GitHub Actions, which shows them at their lines in a pull request.

Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from policygen.errors import Place, Severity
from policygen.report.outcome import Case, Finding, Outcome
from policygen.report.paths import relative
from policygen.source.shown import in_one_line, shown, without_commands

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(outcome: Outcome) -> str:
    """Return an outcome as annotations, one a finding, and its summary as the last line."""
    lines = [_annotation(case, finding) for case, finding in outcome.findings]
    return "\n".join([*lines, without_commands(outcome.summary)]) + "\n"


def _annotation(case: Case, finding: Finding) -> str:
    """Return one annotation; GitHub puts one without a line at the top of its file."""
    place = finding.problem.place if finding.problem.place.source else case.place
    where = _where(place)
    where["title"] = f"{finding.problem.code}: {in_one_line(case.name)}"
    properties = ",".join(f"{name}={_property(shown(value))}" for name, value in where.items())
    return f"::{_COMMANDS[finding.problem.severity]} {properties}::{_data(shown(finding.text))}"


def _where(place: Place) -> dict[str, str]:
    if not place.source or place.source == "-":
        return {}
    found = {"file": relative(place.source), "line": str(place.line or 1)}
    return found | ({"col": str(place.column)} if place.line and place.column else {})


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
