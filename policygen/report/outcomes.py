"""What each command's result says, as an :class:`~policygen.report.outcome.Outcome`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import PurePath

from policygen.errors import Place, Problem
from policygen.lint import Validation
from policygen.proofs import CheckResult, Diff, Difference
from policygen.proofs.codes import CODES_OF_CHECKS
from policygen.report.findings import total
from policygen.report.mends import differences
from policygen.report.outcome import Case, Finding, Outcome, unjudged
from policygen.report.proofs import counted, in_words
from policygen.report.tests import failure_text, summary_line
from policygen.report.verdict import answers
from policygen.scenario import SuiteResult, TestResult
from policygen.verification.checks import IN_MEMORY, Check, CheckKind, Report

PlaceOf = Callable[[str, str], Place]
"""Returns where a statement stands, by the name of its policy and by its Sid or ``#index``."""


def of_validations(reports: Sequence[Validation]) -> Outcome:
    """Return what ``validate`` found: a case each document."""
    return Outcome(command="validate", cases=tuple(map(_of_validation, reports)), summary=total(reports))


def _of_validation(report: Validation) -> Case:
    found = [Finding(problem=each, within=report.address) for each in report.problems]
    if not report.problems:
        found = [Finding(problem=each.problem, within=report.address) for each in report.findings]
    first = next((each.problem.place for each in found), Place())
    place = Place(source=report.file, line=first.line if report.address else None)
    judged = not report.problems
    return Case(name=report.name, group=report.file, place=place, findings=tuple(found), judged=judged)


def of_suites(outcome: SuiteResult, problems: Iterable[Problem] = ()) -> Outcome:
    """Return what ``test`` found: a case each test, and one each file that cannot be read."""
    cases = [_of_test(result) for result in outcome.results]
    return Outcome(command="test", cases=(*cases, *unjudged(problems)), summary=summary_line(outcome.summary))


def _of_test(result: TestResult) -> Case:
    place = result.test.place
    found: list[Finding] = []
    if result.error:
        found = [Finding(problem=each) for each in result.error]
    elif not result.passed:
        message, _, detail = failure_text(result).partition("\n")
        found = [Finding(problem=Problem(code="PG-T010", message=message, place=place), detail=detail)]
    judged = not result.error
    found += [Finding(problem=each.at(place)) for each in (result.warnings if judged else ())]
    return Case(name=result.test.title, group=result.file, place=place, findings=tuple(found), judged=judged)


def of_verification(report: Report, warnings: Iterable[Problem] = (), ignored: Collection[str] = ()) -> Outcome:
    """Return what ``verify`` found: a case each check, and one for the warnings about the spec.

    Checks that are accepted, by their ids, have no findings.
    """
    cases = [_of_check(check, report, silent=check.id in ignored) for check in report.checks]
    about = tuple(Finding(problem=each) for each in warnings)
    if about:
        place = Place(source=report.spec)
        cases.insert(0, Case(name="the spec", group=report.spec, place=place, findings=about))
    return Outcome(command="verify", cases=tuple(cases), summary=answers(report))


def _of_check(check: Check, report: Report, *, silent: bool) -> Case:
    place = _check_place(check, report)
    found: list[Finding] = []
    if not check.passed and not silent:
        shown = [line for each in differences(report, [check]) for line in (each.title, *each.lines)]
        problem = check_problem(check, report)
        found = [Finding(problem=problem, detail="\n".join(shown), within=check.statement or "")]
    found += [Finding(problem=each.at(place)) for each in check.warnings]
    return Case(name=check.title, group=report.spec, place=place, findings=tuple(found))


def check_problem(check: Check, report: Report) -> Problem:
    """Return what a check that did not pass found, at its place."""
    asked = check.decision is not None and check.kind not in (CheckKind.EXCESS, CheckKind.GUARD)
    outcome = f" is {check.decision.decision.value}" if asked and check.decision is not None else ""
    detail = f": {check.detail}" if check.detail else ""
    message = f"{check.kind.words}: {check.title}{outcome}{detail}"
    return Problem(code=check.code, message=message, place=_check_place(check, report), severity=check.severity)


def _check_place(check: Check, report: Report) -> Place:
    """Return where a check's document stands; the spec for what is generated from it, and for what concerns none."""
    if check.document is None or report.documents_from in (None, IN_MEMORY):
        return Place(source=report.spec)
    pointer = "/".join(("", *(part for part in (check.statement, check.element) if part)))
    name = str(PurePath(report.documents_from or "", check.document))
    return Place(source=name, pointer=pointer, line=check.line, column=1 if check.line else None)


def of_diff(found: Diff, new: str, place_of: PlaceOf) -> Outcome:
    """Return what ``diff`` found: a case each statement that gives or takes access, and one each open question."""
    cases = [
        *(_of_difference(each, "PG-Q001", new, place_of) for each in found.gained),
        *(_of_difference(each, "PG-Q002", new, place_of) for each in found.lost),
        *(_unknown(why, new) for why in found.unknown),
    ]
    same = Case(name="the same access", group=new, place=Place(source=new))
    summary = f"{found.verdict}: {counted(found)}"
    return Outcome(command="diff", cases=tuple(cases or [same]), summary=summary)


def _of_difference(each: Difference, code: str, new: str, place_of: PlaceOf) -> Case:
    word = "gained" if code == "PG-Q001" else "lost"
    message = f"{word}: {in_words(each.witness)}: {each.old} before, {each.new} now"
    place = place_of(each.policy, each.statement)
    detail = "\n".join(f"when {name}: {words}" for name, words in each.conditions.items())
    finding = Finding(problem=Problem(code=code, message=message, place=place), detail=detail, within=each.statement)
    return Case(name=f"{word}: {each.policy} {each.statement}", group=new, place=place, findings=(finding,))


def _unknown(why: str, new: str) -> Case:
    place = Place(source=new)
    problem = Problem(code="PG-Q003", message=f"not known: {why}", place=place)
    return Case(name=f"not known: {why}", group=new, place=place, findings=(Finding(problem=problem),))


def of_check(found: CheckResult, name: str, files: Sequence[str], place_of: PlaceOf) -> Outcome:
    """Return what a check found: one case, with a finding each reason."""
    place = Place(source=files[0])
    findings = () if found.passed else tuple(_reasons(found, CODES_OF_CHECKS[name], place, place_of))
    case = Case(name=f"check {name}: {', '.join(files)}", group=files[0], place=place, findings=findings)
    return Outcome(command=f"check {name}", cases=(case,), summary=f"{found.result}: {found.message}")


def _reasons(found: CheckResult, code: str, place: Place, place_of: PlaceOf) -> Iterator[Finding]:
    shown = f"for example: {in_words(found.witness)}" if found.witness is not None else ""
    if not found.reasons:
        yield Finding(problem=Problem(code=code, message=found.message, place=place), detail=shown)
    for number, each in enumerate(found.reasons):
        label = each.statementId or (f"#{each.statementIndex}" if each.statementIndex is not None else "")
        known = label != "" or each.policy != ""
        where = place_of(each.policy, label) if known else place
        problem = Problem(code=code if known else "PG-Q003", message=each.description, place=where)
        yield Finding(problem=problem, detail=shown if number == 0 else "", within=label)
