"""Results of suites as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policygen.report.outcome import ignored_words
from policygen.scenario import SuiteResult, Summary, TestResult
from policygen.source.shown import in_one_line

if TYPE_CHECKING:
    from rich.console import Console

    from policygen.evaluation import Decision
    from policygen.request import Request


def failure_text(result: TestResult) -> str:
    """Return why a test failed: the problems that kept it from being judged, or the explanation with its warnings."""
    decision = result.judged
    if decision is None:
        return "\n".join(str(problem) for problem in result.error)
    expected = f"expected {result.expected}, got {decision.decision.value}"
    missing = ", ".join(decision.missing_context)
    lines = [expected + _by(decision) + (f" missing {missing}" if missing else "")]
    more = [f"also {each.decision.value}{_by(each)}: {_asked(each.request)}" for each in result.failed[1:]]
    warnings = [f"  warning: {warning}" for warning in result.warnings]
    return "\n".join([*lines, str(decision.explain()), *more, *warnings])


def _by(decision: Decision) -> str:
    decided = ", ".join(each.label for each in decision.matched_statements)
    return f" by {decided}" if decided else ""


def _asked(request: Request) -> str:
    return f"{request.principal.arn} {request.action} on {request.resource}"


def warning_lines(outcome: SuiteResult) -> Iterator[str]:
    """Yield a line for each warning about the requests of a test that was judged."""
    for result in outcome.results:
        if not result.error:
            place = f"{result.file}:{result.line}"
            title = in_one_line(result.test.title)
            yield from (f"{place} {title}: warning: {warning}" for warning in result.warnings)


def print_results(outcome: SuiteResult, console: Console, *, quiet: bool = False, ignored: int = 0) -> None:
    """Print the tests that did not pass with their reasons, and the summary last."""
    for result in outcome.results:
        if not result.passed:
            place = f"{result.file}:{result.line}"
            word = "ERROR" if result.error else "FAILED"
            console.print(f"[bold red]{word}[/bold red] ", end="")
            console.print(f"{place} {in_one_line(result.test.title)}", markup=False)
            if not quiet:
                console.print("\n".join(f"  {line}" for line in failure_text(result).splitlines()), markup=False)
    style = "green" if outcome.passed else "red"
    console.print(f"[bold {style}]{summary_line(outcome.summary)}[/]{ignored_words(ignored)}")


def summary_line(summary: Summary) -> str:
    """Return how many tests passed, failed and could not be judged."""
    errors = f", {summary.errors} error{'' if summary.errors == 1 else 's'}" if summary.errors else ""
    return f"{summary.passed} passed, {summary.failed} failed{errors}"
