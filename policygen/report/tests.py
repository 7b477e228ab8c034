"""Results of suites: text, JSON, JUnit, annotations for GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policygen.catalog import request_warnings
from policygen.scenario import TestResult

if TYPE_CHECKING:
    from rich.console import Console


def to_dict(results: Sequence[TestResult]) -> dict[str, Any]:
    """Return results as JSON-ready values: a summary, and one entry a test."""
    return {"summary": summary(results), "results": [result.to_dict() for result in results]}


def summary(results: Sequence[TestResult]) -> dict[str, int]:
    """Return how many tests there are, and how many passed, failed, and could not be judged."""
    errors = sum(result.is_error for result in results)
    passed = sum(result.passed for result in results)
    return {"tests": len(results), "passed": passed, "failed": len(results) - passed - errors, "errors": errors}


def failure_text(result: TestResult) -> str:
    """Return why a test failed: the problems that kept it from being judged, or the explanation with its warnings."""
    if result.decision is None:
        return "\n".join(str(problem) for problem in result.problems)
    expected = f"expected {result.test.expect}, got {result.decision.decision.value}"
    missing = ", ".join(result.decision.missing_context)
    decided = ", ".join(each.label for each in result.decision.matched_statements)
    lines = [expected + (f" by {decided}" if decided else "") + (f" missing {missing}" if missing else "")]
    warnings = [f"  warning: {warning}" for warning in request_warnings(result.decision.request)]
    return "\n".join([*lines, str(result.decision.explain()), *warnings])


def print_results(results: Sequence[TestResult], console: Console, *, quiet: bool = False) -> None:
    """Print the tests that did not pass with their reasons, and the summary last."""
    for result in results:
        if not result.passed:
            place = f"{result.test.place.source}:{result.test.place.line}"
            word = "ERROR" if result.is_error else "FAILED"
            console.print(f"[bold red]{word}[/bold red] ", end="")
            console.print(f"{place} {result.test.title}", markup=False)
            if not quiet:
                console.print("\n".join(f"  {line}" for line in failure_text(result).splitlines()), markup=False)
    style = "green" if all(result.passed for result in results) else "red"
    console.print(f"[bold {style}]{_in_one_line(results)}[/bold {style}]")


def _in_one_line(results: Sequence[TestResult]) -> str:
    counts = summary(results)
    errors = f", {counts['errors']} errors" if counts["errors"] else ""
    return f"{counts['passed']} passed, {counts['failed']} failed{errors}"


def junit(results: Sequence[TestResult]) -> str:
    """Return results as JUnit XML."""
    from xml.etree import ElementTree

    counts = summary(results)
    root = ElementTree.Element(
        "testsuites",
        tests=str(counts["tests"]),
        failures=str(counts["failed"]),
        errors=str(counts["errors"]),
    )
    files = dict.fromkeys(result.test.place.source for result in results)
    for file in files:
        own = [result for result in results if result.test.place.source == file]
        numbers = summary(own)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=file,
            tests=str(numbers["tests"]),
            failures=str(numbers["failed"]),
            errors=str(numbers["errors"]),
        )
        for result in own:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=file,
                name=result.test.title,
                file=file,
                line=str(result.test.place.line or 0),
            )
            if not result.passed:
                kind = "error" if result.is_error else "failure"
                text = _xml_text(failure_text(result))
                ElementTree.SubElement(case, kind, message=text.splitlines()[0] if text else "").text = text
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _xml_text(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    return "".join(
        char if char in "\t\n\r" or " " <= char <= "\ud7ff" or char > "\udfff" else "\ufffd" for char in text
    )


def github(results: Sequence[TestResult]) -> str:
    """Return results as GitHub annotations, and the summary as a line of its own."""
    lines = [
        f"::error file={_property(result.test.place.source)},line={result.test.place.line or 1},"
        f"title={_property(result.test.title)}::{_data(failure_text(result))}"
        for result in results
        if not result.passed
    ]
    lines.append(_in_one_line(results))
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
