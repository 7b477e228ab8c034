"""Results of suites as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from policygen.report.failures import decided, not_met
from policygen.report.outcome import ignored_words
from policygen.report.printed import paragraph
from policygen.scenario import Chosen, SuiteResult, Summary, TestResult
from policygen.source.shown import in_one_line
from policygen.suite import TestCase

if TYPE_CHECKING:
    from rich.console import Console

    from policygen.evaluation import Decision
    from policygen.request import Request


def failure_text(result: TestResult) -> str:
    """Return why a test failed: the problems that kept it from being judged; or each request that failed, with why."""
    decision = result.judged
    if decision is None:
        return "\n".join(str(problem) for problem in result.error)
    expect, several = result.test.expect, len(result.test.request.combinations())
    lines = not_met(
        result.expected,
        decision,
        denial=expect.decision not in (None, "allowed"),
        by=expect.statements or (),
        combinations=f" ({len(result.failed)} of {several} combinations)" if several > 1 else "",
    )
    also = [f"also {decided(each)}: {_asked(each.request)}" for each in result.failed[1:]]
    warnings = [f"  warning: {warning}" for warning in result.warnings]
    return "\n".join([next(lines), *_unnamed(expect.statements or (), decision), *lines, *also, *warnings])


def _unnamed(wanted: Sequence[str], decision: Decision) -> Iterator[str]:
    """Yield a line where the statements that a test names decide, and others do so too: it must name them all."""
    names = [{each.label, f"#{each.index}"} for each in decision.matched_statements]
    others = [each for each in decision.matched_statements if not {each.label, f"#{each.index}"} & set(wanted)]
    if wanted and others and set(wanted) <= set().union(*names):
        yield f"  {', '.join(f'`{each.label}`' for each in others)} decided as well: name every statement, or none"


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
            print_result(result, console, quiet=quiet)
    print_summary(outcome, console, ignored=ignored)


def print_result(result: TestResult, console: Console, *, quiet: bool = False) -> None:
    """Print one test: its verdict and where it stands; with the reasons where it did not pass."""
    word = "PASSED" if result.passed else "ERROR" if result.error else "FAILED"
    style = "green" if result.passed else "bold red"
    paragraph(console, (word, style), f" {_placed(result.test)} {in_one_line(result.test.title)}")
    if not result.passed and not quiet:
        paragraph(console, "\n".join(f"  {line}" for line in failure_text(result).splitlines()))


def print_summary(outcome: SuiteResult, console: Console, *, ignored: int = 0) -> None:
    """Print the summary, with how many warnings are ignored."""
    style = "green" if outcome.passed else "red"
    paragraph(console, (summary_line(outcome.summary), f"bold {style}"), ignored_words(ignored))


def summary_line(summary: Summary) -> str:
    """Return how many tests passed, failed and could not be judged, and how many were left out."""
    counts = [f"{summary.passed} passed", f"{summary.failed} failed"]
    if summary.errors:
        counts.append(f"{summary.errors} error{'' if summary.errors == 1 else 's'}")
    counts += [f"{summary.deselected} deselected"] if summary.deselected else []
    counts += [f"{summary.not_run} not run"] if summary.not_run else []
    return ", ".join(counts)


def listed(chosen: Iterable[Chosen], *, expected: bool = False) -> str:
    """Return tests that were not run, a line each: where it stands, its id and name, and what it expects if asked."""
    lines = []
    for test in (test for _, tests in chosen for test in tests):
        names = [test.id, test.name] if test.name else [test.id]
        expects = [f"expects {test.expect}"] if expected else []
        lines.append("  ".join([f"{_placed(test)} {in_one_line(names[0])}", *map(in_one_line, names[1:]), *expects]))
    return "".join(f"{line}\n" for line in lines)


def listed_as_json(chosen: Iterable[Chosen]) -> dict[str, object]:
    """Return tests that were not run as JSON-ready values."""
    tests = [
        {
            "id": test.id,
            "name": test.name,
            "file": test.place.source,
            "line": test.place.line,
            "expected": str(test.expect),
        }
        for _, tests in chosen
        for test in tests
    ]
    return {"tests": tests}


def _placed(test: TestCase) -> str:
    return f"{test.place.source}:{test.place.line}"
