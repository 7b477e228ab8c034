"""What comes out of suites: one result a test, and the summary; attributes have the names of the JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

from policygen.catalog import RequestWarning
from policygen.errors import Problem
from policygen.evaluation import Decision, EvalDecision, Explanation, MatchedStatement
from policygen.request import Request
from policygen.suite import TestCase


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestResult:
    """The outcome of one test.

    Attributes:
        test: The test.
        passed: Whether every combination met the expectation.
        judged: The decision on the combination that is shown: the first that failed, else the first; None on error.
        failed: The decisions on every combination that failed.
        error: Why the test could not be judged; empty when it could.
        warnings: What is odd about its requests, each once.
    """

    __test__: ClassVar[bool] = False  # pytest takes classes called Test… for tests

    test: TestCase
    passed: bool
    judged: Decision | None = None
    failed: tuple[Decision, ...] = ()
    error: tuple[Problem, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()

    @property
    def id(self) -> str:
        """The test's id, or ``#index``."""
        return self.test.id

    @property
    def name(self) -> str | None:
        """The test's name, or None."""
        return self.test.name

    @property
    def file(self) -> str:
        """The suite's file."""
        return self.test.place.source

    @property
    def line(self) -> int | None:
        """The line of the test in its file."""
        return self.test.place.line

    @property
    def expected(self) -> str:
        """What the test expects, in one line."""
        return str(self.test.expect)

    @property
    def decision(self) -> EvalDecision | None:
        """The decision; None on error, as all that follows."""
        return None if self.judged is None else self.judged.decision

    @property
    def request(self) -> Request | None:
        """The request that was judged."""
        return None if self.judged is None else self.judged.request

    @property
    def matched_statements(self) -> tuple[MatchedStatement, ...] | None:
        """The statements that decided."""
        return None if self.judged is None else self.judged.matched_statements

    @property
    def missing_context(self) -> tuple[str, ...] | None:
        """Context keys that the request lacks and that could change the decision."""
        return None if self.judged is None else self.judged.missing_context

    @property
    def explanation(self) -> Explanation | None:
        """Why: the outcome of every policy type and of every element."""
        return None if self.judged is None else self.judged.explain()

    def to_dict(self) -> dict[str, object]:
        """Return the result as JSON-ready values."""
        found: dict[str, object] = {
            "id": self.id,
            "name": self.name,
            "file": self.file,
            "line": self.line,
            "passed": self.passed,
            "expected": self.expected,
            "warnings": [warning.to_dict() for warning in self.warnings],
        }
        if self.judged is None:
            return found | {"error": [problem.to_dict() for problem in self.error]}
        if len(self.failed) > 1:
            found["failed"] = [
                {"decision": each.decision.value, "request": each.request.to_dict()} for each in self.failed
            ]
        return found | decision_to_dict(self.judged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many tests there are, and how many passed, failed, and could not be judged.

    Attributes:
        tests: Tests that were run.
        passed: Those that passed.
        failed: Those that failed.
        errors: Those that could not be judged.
        deselected: Tests that were not wanted.
        not_run: Tests that were wanted, and stood behind the one after which the run stopped.
    """

    tests: int
    passed: int
    failed: int
    errors: int
    deselected: int = 0
    not_run: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return the counts as JSON-ready values; what was left out only where something was."""
        found = asdict(self)
        return {name: count for name, count in found.items() if count or name not in ("deselected", "not_run")}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuiteResult:
    """The outcome of one suite or several.

    Attributes:
        results: One a test, in the order of the suites.
        deselected: How many tests were not wanted.
        not_run: How many stood behind the one after which the run stopped.
    """

    results: tuple[TestResult, ...]
    deselected: int = 0
    not_run: int = 0

    @property
    def summary(self) -> Summary:
        """How many tests there are, and how many passed, failed, and could not be judged."""
        errors = sum(bool(result.error) for result in self.results)
        passed = sum(result.passed for result in self.results)
        tests = len(self.results)
        return Summary(
            tests=tests,
            passed=passed,
            failed=tests - passed - errors,
            errors=errors,
            deselected=self.deselected,
            not_run=self.not_run,
        )

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(result.passed for result in self.results)

    def to_dict(self) -> dict[str, object]:
        """Return the outcome as JSON-ready values: the summary, and one entry a test."""
        return {"summary": self.summary.to_dict(), "results": [result.to_dict() for result in self.results]}


def decision_to_dict(decision: Decision) -> dict[str, object]:
    """Return a decision as JSON-ready values: decision, request, matched statements, missing context, explanation."""
    return {
        "decision": decision.decision.value,
        "request": decision.request.to_dict(),
        "matched_statements": [each.to_dict() for each in decision.matched_statements],
        "missing_context": list(decision.missing_context),
        "explanation": decision.explain().to_dict(),
    }
