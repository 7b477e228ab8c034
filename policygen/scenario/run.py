"""Judging the tests of a suite.

The policies and settings that a test states (its own, or the suite's) take the place of those of the suite's
environment, type by type; without an environment they are all there is. Policies that several tests share are
compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from policygen.catalog import RequestWarning
from policygen.engine import Adaptive
from policygen.errors import Place, PolicygenError, Problem, SuiteError
from policygen.evaluation import Decision, Environment, EvalDecision, PolicySet, PolicySource, authorize
from policygen.evaluation.policies import Policies
from policygen.request import Request
from policygen.scenario.environments import load_environment
from policygen.scenario.files import DocumentReader
from policygen.scenario.results import TestResult
from policygen.scenario.warnings import request_warnings
from policygen.suite import Expectation, PoliciesAsWritten, Suite, TestCase

EnvironmentOfSpec = Callable[[Path], Environment]
"""Returns the environment that a spec generates, or that stands in a file or folder."""

Silenced = Callable[[Problem], bool]
"""Tells whether a warning is accepted."""


def expectation_met(expect: Expectation, decision: Decision) -> bool:
    """Tell whether a decision is what a test expects."""
    outcome = decision.decision
    if expect.decision == "denied":
        if outcome is EvalDecision.ALLOWED:
            return False
    elif expect.decision is not None and expect.decision != outcome.value:
        return False
    if expect.statements is not None and not _exactly(expect.statements, decision):
        return False
    if expect.missing_context is None:
        return True
    return {each.lower() for each in expect.missing_context} == {each.lower() for each in decision.missing_context}


def _exactly(wanted: tuple[str, ...], decision: Decision) -> bool:
    """Tell whether every wanted name is a statement that decided, and every statement that decided is wanted.

    Statements of several policies may bear one Sid: its name stands for all of them.
    """
    found = [{each.label, f"#{each.index}"} for each in decision.matched_statements]
    return all(names & set(wanted) for names in found) and set(wanted) <= set().union(*found)


class SuiteRun:
    """One suite being judged: its environment and its compiled policies are made once."""

    def __init__(
        self,
        suite: Suite,
        environment_of_spec: EnvironmentOfSpec | None = None,
        *,
        environment_at: EnvironmentOfSpec = load_environment,
        strict: bool = False,
        silenced: Silenced = lambda _: False,
    ) -> None:
        """Prepare ``suite``.

        Args:
            suite: The suite.
            environment_of_spec: Asked when the suite names a spec.
            environment_at: Asked when the suite names an environment.
            strict: Whether a test with a warning about its requests is an error.
            silenced: Tells whether a warning, as a problem at its test, is accepted: it is as if there were none.
        """
        self.suite = suite
        self._strict = strict
        self._silenced = silenced
        self._environment_of_spec = environment_of_spec
        self._environment_at = environment_at
        self._reader = DocumentReader(suite.source)
        self._environment: Environment | None = None
        self._sets: dict[tuple[int, str], PolicySet] = {}
        self._answers: dict[int, Adaptive] = {}
        self._kept: list[PoliciesAsWritten] = []

    def run(self, test: TestCase) -> TestResult:
        """Judge one test."""
        try:
            policies = self._policy_set(test)
            requests = [Request(**arguments) for arguments in test.request.combinations()]
            decisions = [self._judge(test, policies, request) for request in requests]
            found = [each for request in requests for each in self._warnings(test, policies, request)]
        except PolicygenError as error:
            problems = tuple(_at_test(problem, test) for problem in error.problems)
            return TestResult(test=test, passed=False, error=problems)
        warnings = tuple(each for each in dict.fromkeys(found) if not self._silenced(each.at(test.place)))
        if warnings and self._strict:
            problems = tuple(_as_problem(warning, test.place) for warning in warnings)
            return TestResult(test=test, passed=False, error=problems, warnings=warnings)
        failed = tuple(each for each in decisions if not expectation_met(test.expect, each))
        judged = (failed or decisions)[0]
        return TestResult(test=test, passed=not failed, judged=judged, failed=failed, warnings=warnings)

    def stated(self, test: TestCase) -> PolicySet:
        """Return the policies that a test states itself, the suite's included.

        Raises:
            PolicygenError: A document cannot be read.
        """
        return self._policy_set(test)

    def posed(self, test: TestCase) -> tuple[tuple[PolicySource, Policies, Request], ...]:
        """Return what is judged for each combination of a test: where the policies stand, which count, the request.

        The request comes with what is known of its caller and resource; policies that the test states are a source of
        their own.

        Raises:
            PolicygenError: The test cannot be judged.
        """
        stated = self._policy_set(test)
        requests = [Request(**arguments) for arguments in test.request.combinations()]
        if not self._has_environment:
            return tuple((stated, stated, each) for each in requests)
        environment = self.environment()
        found: list[tuple[PolicySource, Policies, Request]] = []
        for each in requests:
            completed, counted = _counted(environment, test, stated, each)
            own = bool(test.policies.given() or test.settings)
            found.append((counted if own else environment, counted, completed))
        return tuple(found)

    @property
    def _has_environment(self) -> bool:
        return self.suite.spec is not None or self.suite.environment is not None

    def _judge(self, test: TestCase, policies: PolicySet, request: Request) -> Decision:
        if not self._has_environment:
            return self._adaptive(policies).authorize(request)
        if not test.policies.given() and not test.settings:
            return self._adaptive(self.environment()).authorize(request)
        return judge_in(self.environment(), test, policies, request)

    def _warnings(self, test: TestCase, policies: PolicySet, request: Request) -> tuple[RequestWarning, ...]:
        if not self._has_environment:
            return request_warnings(request, policies)
        return warnings_in(self.environment(), test, policies, request)

    def _adaptive(self, source: PolicySource) -> Adaptive:
        if id(source) not in self._answers:
            self._answers[id(source)] = Adaptive(source)  # the source itself is kept, too: ids are not used again
        return self._answers[id(source)]

    def environment(self) -> Environment:
        """Return the suite's environment.

        Raises:
            PolicygenError: The spec or environment file cannot be used.
        """
        if self._environment is None:
            folder = Path(self.suite.source).parent
            if self.suite.environment is not None:
                self._environment = self._environment_at(folder / self.suite.environment)
            elif self._environment_of_spec is not None and self.suite.spec is not None:
                self._environment = self._environment_of_spec(folder / self.suite.spec)
            else:
                message = "the suite names a spec, and nothing here can generate its environment"
                raise SuiteError(Problem(code="PG-T003", message=message))
        return self._environment

    def _policy_set(self, test: TestCase) -> PolicySet:
        key = (id(test.policies), repr(sorted(test.settings.items(), key=str)))
        if key not in self._sets:
            self._kept.append(test.policies)
            self._sets[key] = policy_set_of(test.policies, test.settings, self._reader)
        return self._sets[key]


def judge_in(environment: Environment, test: TestCase, policies: PolicySet, request: Request) -> Decision:
    """Return the decision in an environment, where the test's own policies and settings take the place of its own.

    Args:
        environment: What the suite is about.
        test: The test.
        policies: The policies that the test states.
        request: One request of the test.
    """
    if not test.policies.given() and not test.settings:
        return environment.authorize(request)
    completed, counted = _counted(environment, test, policies, request)
    return authorize(counted, completed)


def warnings_in(
    environment: Environment, test: TestCase, policies: PolicySet, request: Request
) -> tuple[RequestWarning, ...]:
    """Return what is odd about a request of a test in an environment, as :func:`judge_in` judges it."""
    _, counted = _counted(environment, test, policies, request)
    return request_warnings(request, environment, counted=counted)


def _counted(
    environment: Environment, test: TestCase, policies: PolicySet, request: Request
) -> tuple[Request, Policies]:
    """Return the request as the environment completes it, and the policies that count for it: the test's own first."""
    completed = environment.completed(request)
    found = environment.policies_for(completed).replaced_by(policies, test.policies.given())
    return completed, found.with_settings(**test.settings)


def policy_set_of(written: PoliciesAsWritten, settings: Mapping[str, Any], reader: DocumentReader) -> PolicySet:
    """Return the policy set of what a suite states.

    Raises:
        PolicygenError: With the problems of every document.
    """
    parts: dict[str, Any] = {
        "identity_based": reader.several(written.identity_based or ()),
        "resource_based": reader.several(written.resource_based or ()),
        "permissions_boundary": reader.one(written.permissions_boundary),
        "session": None if written.session is None else reader.sessions(written.session),
        "service_control": reader.levels(written.service_control or ()),
        "resource_control": reader.levels(written.resource_control or ()),
        "vpc_endpoint": reader.one(written.vpc_endpoint),
        "grants": written.grants or (),
    }
    reader.finish()
    return PolicySet(**parts, settings=dict(settings))


def _as_problem(warning: RequestWarning, place: Place) -> Problem:
    message = f"{warning.code.value}: {warning.message}"
    return Problem(code="PG-T008", message=message, place=place, hint=warning.hint or None, doc_url=warning.doc_url)


def _at_test(problem: Problem, test: TestCase) -> Problem:
    """Problems of a request know no file: they stand where its field is written, or at the test."""
    if problem.place.line is not None or problem.place.source not in ("request", "settings"):
        return problem
    pointer = problem.place.pointer
    if problem.place.source == "settings":
        return problem.at(replace(test.place, pointer=f"{test.place.pointer}{pointer}"))
    _, name, *rest = pointer.split("/", 2)
    place = test.request.places.get(name)
    if place is None:
        return problem.at(replace(test.place, pointer=f"{test.place.pointer}/request{pointer}"))
    return problem.at(replace(place, pointer="/".join((place.pointer, *rest))))


def run_suite(
    suite: Suite, environment_of_spec: EnvironmentOfSpec | None = None, **options: Any
) -> tuple[TestResult, ...]:
    """Judge every test of a suite, in order; ``options`` are those of :class:`SuiteRun`."""
    run = SuiteRun(suite, environment_of_spec, **options)
    return tuple(run.run(test) for test in suite.tests)
