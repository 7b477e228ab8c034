"""What ``policygen.toml`` makes of the results of commands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from policygen.errors import Place
from policygen.ignoring import Silencer

if TYPE_CHECKING:
    from policygen.lint import Validation
    from policygen.verification import Report


def validations(reports: Iterable[Validation], silencer: Silencer) -> list[Validation]:
    """Return reports without the findings that are accepted."""
    found = []
    for report in reports:
        left = tuple(each for each in report.findings if not silencer.silences(each.problem))
        found.append(replace(report, findings=left))
    return found


def accepted(report: Report, silencer: Silencer) -> tuple[Report, frozenset[str]]:
    """Return a report without accepted warnings about requests, and the ids of the checks whose findings are."""
    from policygen.report.outcomes import check_problem

    for name in (report.spec, report.documents_from or ""):
        silencer.look_at(name)
    place = Place(source=report.spec)
    checks = tuple(
        replace(each, warnings=tuple(one for one in each.warnings if not silencer.silences(one.at(place))))
        if each.warnings
        else each
        for each in report.checks
    )
    failed = (check for check in checks if not check.passed)
    ids = frozenset(check.id for check in failed if silencer.silences(check_problem(check, report)))
    return replace(report, checks=checks), ids


def with_ignored(value: dict[str, object], silencer: Silencer) -> dict[str, object]:
    """Return a result's JSON with what was ignored; nothing is added where nothing was."""
    return value | ({"ignored": [each.to_dict() for each in silencer.ignored]} if silencer.ignored else {})
