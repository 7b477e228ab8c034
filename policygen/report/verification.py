"""The report of a verification as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from policygen.report.mends import differences
from policygen.report.outcome import ignored_words
from policygen.report.printed import Part, copied, paragraph, table
from policygen.report.verdict import answers, judged
from policygen.verification.checks import Check, CheckKind, Report

if TYPE_CHECKING:
    from rich.console import Console

_MOST_TITLES = 6


def print_report(
    report: Report,
    console: Console,
    *,
    quiet: bool = False,
    ignored: Collection[str] = frozenset(),
    warnings_ignored: int = 0,
) -> None:
    """Print a report: what was asked, what failed and how to mend it, and both answers last.

    Checks that are accepted, by their ids, are counted alone, as are other warnings that are; the answers are what
    they are.
    """
    if not quiet and report.checks:
        _print_overview(report, console)
    print_failures(report, console, ignored=ignored)
    for check in () if quiet else report.actions_required:
        paragraph(console, f"{beside(check)}: {check.title}")
    for taken in report.taken:
        paragraph(console, taken)
    paragraph(console, answers(report))
    paragraph(console, *_verdict(report, ignored, warnings_ignored))
    paragraph(console, judged(report))


def print_failures(report: Report, console: Console, *, ignored: Collection[str] = frozenset()) -> None:
    """Print what failed, and how to mend it; not the checks with the ids in ``ignored``."""
    printed: set[int] = set()
    for group in grouped(each for each in (*report.failures, *report.warnings) if each.id not in ignored):
        word, style = ("FAILED", "red") if group[0].failed else ("WARNING", "yellow")
        _print_group(group, console, word, style)
        _print_mends(group, report, console, printed)


def _print_overview(report: Report, console: Console) -> None:
    kinds = _kinds(report)
    scopes: dict[str, list[Check]] = {}
    for check in report.checks:
        scopes.setdefault(_scope(check), []).append(check)
    rows = [(scope, *(_count(checks, kind) for kind in kinds)) for scope, checks in scopes.items()]
    paragraph(console, report.spec, style="bold")
    console.print()
    table(console, ("what", *(kind.words for kind in kinds)), rows, right=range(1, len(kinds) + 1))


def _kinds(report: Report) -> list[CheckKind]:
    """Return the kinds of what was asked."""
    asked = {check.kind for check in report.checks}
    return [kind for kind in CheckKind if kind in asked]


def beside(check: Check) -> str:
    """Return what an action required is, in words: an estimate (F26) is nothing to do, nor what is to know."""
    if check.told:
        return f"to know ({check.facts[0]})"
    return "estimate (F26)" if check.cause == "F26" else f"action required ({check.cause})"


def _scope(check: Check) -> str:
    """Return the part of the spec that a check belongs to: the first part of its id; documents stand together."""
    first = check.id.partition("/")[0]
    return "documents" if first.isdigit() else first


def _count(checks: Iterable[Check], kind: CheckKind) -> Part:
    found = [check for check in checks if check.kind is kind]
    if not found:
        return "-"
    failed = sum(check.failed for check in found)
    passed = len(found) - failed
    return (f"{passed} of {len(found)}", "red") if failed else (str(passed), "green")


def grouped(checks: Iterable[Check]) -> Iterator[list[Check]]:
    """Put the checks together that point to the same statement; errors, and those with a cause, come first.

    What follows from a cause (a condition that decides nothing while its statement is broken) stands behind it.
    """
    found: dict[tuple[object, ...], list[Check]] = {}
    for check in checks:
        key: tuple[object, ...] = (check.document, check.statement)
        if check.statement is None:
            key = (check.document, check.element) if check.document is not None else (check.id,)
        found.setdefault(key, []).append(check)
    groups = [sorted(group, key=_first) for group in found.values()]
    yield from sorted(groups, key=lambda group: _first(group[0]))


def _first(check: Check) -> tuple[bool, bool]:
    return not check.failed, check.cause is None


def _print_group(checks: list[Check], console: Console, word: str, style: str) -> None:
    first = checks[0]
    console.print()
    target = "  ".join(part for part in (first.document, first.statement, first.element) if part)
    paragraph(console, (word, f"bold {style}"), f" {target or first.id}")
    # while there is a cause, what else is wrong with the statement may follow from it
    telling = [check for check in checks if check.cause is not None] or checks
    kinds: dict[tuple[bool, CheckKind], list[Check]] = {}
    for check in telling:
        kinds.setdefault((check.failed, check.kind), []).append(check)
    for (failed, _), alike in kinds.items():
        _print_alike(alike, console, "" if failed or word == "WARNING" else "  (a warning)")
    if len(telling) < len(checks):
        count = len(checks) - len(telling)
        paragraph(console, f"  {count} more of this statement may follow from it: see --format json")


_STYLES = {"+": "green", "-": "red"}


def _print_mends(checks: list[Check], report: Report, console: Console, printed: set[int]) -> None:
    """Print what mends checks as differences, each once; never wrapped: people copy it."""
    for mend in differences(report, checks):
        again = mend.number in printed
        title = f"  mend {mend.number + 1}: {mend.title}" + (", as above" if again else "")
        copied(console, title)
        for line in () if again else mend.lines:
            copied(console, f"    {line}", style=_STYLES.get(line[0], ""))
        printed.add(mend.number)


def _print_alike(checks: list[Check], console: Console, weight: str) -> None:
    """Print why checks of one kind did not pass, and what they ask."""
    causes = ", ".join(dict.fromkeys(check.cause for check in checks if check.cause))
    codes = ", ".join(dict.fromkeys(check.s3_failure_code for check in checks if check.s3_failure_code))
    name = f"cause: {causes}" if causes else "S3's failure code" if codes else ""
    name += f" ({codes})" if codes else ""
    parts = [part for part in (name, checks[0].detail) if part]
    if parts:
        paragraph(console, "  " + ": ".join(parts))
    for check in checks[:_MOST_TITLES]:
        asked = check.decision is not None and check.kind not in (CheckKind.EXCESS, CheckKind.GUARD)
        outcome = f"  is {check.decision.decision.value}" if asked and check.decision is not None else ""
        paragraph(console, f"  {check.kind.words}: {check.title}{outcome}{weight}")
    if len(checks) > _MOST_TITLES:
        paragraph(console, f"  … and {len(checks) - _MOST_TITLES} more")


def _verdict(report: Report, ignored: Collection[str], warnings_ignored: int) -> tuple[Part, Part]:
    kinds = Counter(check.kind for check in report.checks)
    asked = ", ".join(f"{kinds[kind]} {kind.words}" for kind in _kinds(report))
    count, failed = sum(check.id not in ignored for check in report.warnings), len(report.failures)
    beside = f", {count} warning{'' if count == 1 else 's'}" if count else ""
    beside += ignored_words(len(ignored) + warnings_ignored)
    if report.ok:
        return ("ok", "bold green"), f": {len(report.checks)} checks ({asked}){beside}"
    if not report.checks:
        return ("not ok", "bold red"), ": 0 checks"
    word, style = ("ok but for what is ignored", "yellow") if report.ok_but_for(ignored) else ("not ok", "red")
    return (word, f"bold {style}"), f": {failed} of {len(report.checks)} checks failed ({asked}){beside}"
