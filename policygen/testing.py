"""Assertions about decisions, for tests of one's own."""

from __future__ import annotations

from typing import Protocol

from policygen.evaluation import Decision, EvalDecision
from policygen.request import Request


class Target(Protocol):
    """Whatever answers requests: a PolicySet, an Engine or an Environment."""

    def authorize(self, request: Request) -> Decision:
        """Return the decision on ``request``."""
        ...


def assert_allowed(target: Target, request: Request) -> Decision:
    """Assert that ``request`` is allowed, and return the decision.

    Raises:
        AssertionError: It is denied; the message is the explanation.
    """
    __tracebackhide__ = True
    decision = target.authorize(request)
    if not decision.allowed:
        raise AssertionError(_failure("allowed", decision))
    return decision


def assert_denied(target: Target, request: Request, by: str | None = None) -> Decision:
    """Assert that ``request`` is denied, and return the decision.

    Args:
        target: A PolicySet, an Engine or an Environment.
        request: The request.
        by: Sid or ``#index`` of a Deny statement that must be among those that decided.

    Raises:
        AssertionError: It is allowed, or denied by other statements; the message is the explanation.
    """
    __tracebackhide__ = True
    decision = target.authorize(request)
    if decision.allowed:
        raise AssertionError(_failure("denied", decision))
    if by is not None and not _denied_by(decision, by):
        raise AssertionError(_failure(f"a denial by `{by}`", decision))
    return decision


def _failure(expected: str, decision: Decision) -> str:
    """Return what was expected, what came and which statements decided, in one line; then the explanation."""
    deciding = ", ".join(f"`{each.label}` of {each.policy}" for each in decision.matched_statements)
    by = f" by {deciding}" if deciding else ""
    return f"expected {expected}, got {decision.decision.value}{by}\n{decision.explain()}"


def _denied_by(decision: Decision, by: str) -> bool:
    if decision.decision is not EvalDecision.EXPLICIT_DENY:
        return False
    return any(by in (each.label, f"#{each.index}") for each in decision.matched_statements)
