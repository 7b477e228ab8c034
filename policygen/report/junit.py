"""Findings as JUnit XML, as test runners and their readers agree on it: a case each for whatever was asked."""

from __future__ import annotations

from xml.etree import ElementTree

from policygen.errors import Severity
from policygen.report.outcome import Case, Finding, Outcome, counts
from policygen.report.paths import relative
from policygen.source.shown import in_one_line, shown


def junit(outcome: Outcome) -> str:
    """Return an outcome as JUnit XML: a suite for each file or subject, errors as failures, remarks as ``system-err``.

    What could not be judged is an ``error``.
    """
    root = ElementTree.Element("testsuites", {"name": f"policygen {outcome.command}"} | _counts(outcome.cases))
    groups: dict[str, list[Case]] = {}
    for case in outcome.cases:
        groups.setdefault(case.group, []).append(case)
    for group, cases in groups.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": relative(group)} | _counts(cases))
        for case in cases:
            _add(suite, case)
    ElementTree.indent(root)
    # no XML can hold the characters that ``shown`` escapes, not even as references
    return f'<?xml version="1.0" encoding="utf-8"?>\n{shown(ElementTree.tostring(root, encoding="unicode"))}\n'


def _counts(cases: tuple[Case, ...] | list[Case]) -> dict[str, str]:
    return {"tests": str(len(cases))} | {name: str(count) for name, count in counts(cases).items()}


def _add(suite: ElementTree.Element, case: Case) -> None:
    about = {"classname": relative(case.group), "name": case.name}
    if case.place.source:
        about["file"] = relative(case.place.source)
    if case.place.line:
        about["line"] = str(case.place.line)
    element = ElementTree.SubElement(suite, "testcase", about)
    if case.errors:
        first = case.errors[0].problem
        kind = "failure" if case.judged else "error"
        text = "\n".join(_text(each) for each in case.errors)
        ElementTree.SubElement(element, kind, message=in_one_line(first.message), type=first.code).text = text
    if case.remarks:
        text = "\n".join(f"{_WORDS[each.problem.severity]}: {_text(each)}" for each in case.remarks)
        ElementTree.SubElement(element, "system-err").text = text


_WORDS = {Severity.WARNING: "warning", Severity.NOTE: "suggestion"}


def _text(finding: Finding) -> str:
    """Return a finding with its place, its code, what people read and AWS's page."""
    problem = finding.problem
    where = f"{problem.place}: " if str(problem.place) else ""
    see = f"\nsee: {problem.doc_url}" if problem.doc_url else ""
    return f"{where}{problem.code} {finding.text}{see}"
