"""What a command found, whichever command it is, in one form: annotations, JUnit and SARIF are made from it alone.

Whatever was asked (a check, a test, a document, a proof) is a :class:`Case`; what is wrong with it is a
:class:`Finding`, which carries the same :class:`~policygen.errors.Problem` that people read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from policygen.errors import Place, Problem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or odd.

    Attributes:
        problem: Code, message, place, hint, AWS's page and severity.
        detail: What else there is to say, in lines: an explanation, a difference that mends it; empty for nothing.
        within: What of the file is meant, where a file holds several things: an address in a plan, a statement.
    """

    problem: Problem
    detail: str = ""
    within: str = ""

    @property
    def text(self) -> str:
        """What people read, without place and code: message, detail, hint."""
        hint = f"hint: {self.problem.hint}" if self.problem.hint else ""
        return "\n".join(part for part in (self.problem.message, self.detail, hint) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that was asked.

    Attributes:
        name: What was asked, in one line.
        group: What it belongs to: the file of a suite, a document, a spec.
        place: Where it stands.
        findings: What is wrong with it, and what is odd; it passed where no error is among them.
        judged: Whether it could be judged.
    """

    name: str
    group: str
    place: Place
    findings: tuple[Finding, ...] = ()
    judged: bool = True

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make it fail."""
        return tuple(each for each in self.findings if each.problem.severity is Severity.ERROR)

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """The findings that do not: warnings and notes."""
        return tuple(each for each in self.findings if each.problem.severity is not Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command found.

    Attributes:
        command: The command, such as ``verify``.
        cases: Everything that was asked, in order.
        summary: The command's last line: what came out.
    """

    command: str
    cases: tuple[Case, ...]
    summary: str

    @property
    def findings(self) -> Iterator[tuple[Case, Finding]]:
        """Every finding with its case."""
        return ((case, finding) for case in self.cases for finding in case.findings)

    def with_remarks(self, remarks: Iterable[Problem], ignored: int) -> Outcome:
        """Return the outcome with what is to be said of ``policygen.toml``, and the number of ignored findings."""
        cases = (replace(each, judged=True) for each in unjudged(remarks))
        return replace(self, cases=(*self.cases, *cases), summary=f"{self.summary}{ignored_words(ignored)}")


def of_problems(command: str, problems: Iterable[Problem]) -> Outcome:
    """Return the outcome of a command whose inputs cannot be used: one case a file."""
    cases = tuple(unjudged(problems))
    count = sum(len(case.findings) for case in cases)
    said = f"{count} problem{'' if count == 1 else 's'}: nothing was judged"
    return Outcome(command=command, cases=cases, summary=said)


def unjudged(problems: Iterable[Problem]) -> Iterator[Case]:
    """Yield a case for each file that cannot be used, with its problems."""
    files: dict[str, list[Problem]] = {}
    for problem in problems:
        files.setdefault(problem.place.source, []).append(problem)
    for file, found in files.items():
        findings = tuple(Finding(problem=each) for each in found)
        yield Case(name=file or "input", group=file, place=Place(source=file), findings=findings, judged=False)


def counts(cases: Iterable[Case]) -> dict[str, int]:
    """Return how many cases there are, and how many failed and could not be judged, in JUnit's words."""
    found = Counter("failures" if case.judged else "errors" for case in (each for each in cases if each.errors))
    return {"failures": found["failures"], "errors": found["errors"]}


def ignored_words(count: int) -> str:
    """Return what a summary says of findings that ``policygen.toml`` accepts; nothing where there are none."""
    return f", {count} ignored" if count else ""
