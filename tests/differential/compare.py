"""The engine and the reference evaluator side by side."""

from __future__ import annotations

from policygen import PolicySet, Request
from tests.property.strategies import Case
from tests.reference.evaluator import decide


def engine(case: Case) -> str:
    """The engine's decision word."""
    policies = PolicySet(**case.policies, settings=case.settings)
    return policies.authorize(Request(**case.request)).decision.value


def reference(case: Case) -> str:
    """The reference evaluator's decision word."""
    return decide(case.policies, case.request, case.settings)
