"""The spec's own ``expect:`` list: extra requests, judged beside the derived ones."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.errors import PolicygenError
from policygen.evaluation import Environment
from policygen.request import Request
from policygen.scenario import DocumentReader, expectation_met, judge_in, policy_set_of
from policygen.spec.model import Spec
from policygen.suite import TestCase
from policygen.verification.checks import Check, CheckKind


def expectation_checks(spec: Spec, environment: Environment) -> Iterator[Check]:
    """Yield a check for each request of ``expect:``."""
    for test in spec.expect:
        for number, arguments in enumerate(test.request.combinations(), 1):
            yield _check(test, number, arguments, environment)


def _check(test: TestCase, number: int, arguments: dict[str, object], environment: Environment) -> Check:
    kind = CheckKind.MUST_ALLOW if test.expect.decision == "allowed" else CheckKind.MUST_DENY
    name = f"expect/{test.id.lstrip('#')}" + (f"-{number}" if number > 1 else "")
    title = test.name or f"expect {test.expect}"
    try:
        request = Request(**arguments)  # type: ignore[arg-type]  # the request's own checks follow
        policies = policy_set_of(test.policies, test.settings, DocumentReader(test.place.source))
    except PolicygenError as error:
        detail = "; ".join(problem.message for problem in error.problems)
        return Check(id=name, title=title, kind=kind, passed=False, detail=detail)
    decision = judge_in(environment, test, policies, request)
    passed = expectation_met(test.expect, decision)
    first = decision.matched_statements[0] if decision.matched_statements and not passed else None
    return Check(
        id=name,
        title=title,
        kind=kind,
        passed=passed,
        request=request,
        decision=decision,
        detail=None if passed else f"expected {test.expect}: {decision.explain().because}",
        document=first.policy if first else None,
        statement=first.label if first else None,
    )
