"""The interpreter, the engine and the reference evaluator side by side."""

from __future__ import annotations

from policygen import Engine, PolicySet, Request
from tests.property.strategies import Case
from tests.reference.evaluator import decide

ROUNDS = 3
"""Enough for a plan to be compiled and written as source, once :data:`limits.HOT` is two."""


def interpreter(case: Case) -> str:
    """The interpreter's decision word."""
    policies = PolicySet(**case.policies, settings=case.settings)
    return policies.authorize(Request(**case.request)).decision.value


def engine(case: Case) -> str:
    """The engine's decision word; all of them where it is not the same in each stage of a plan."""
    compiled = Engine(PolicySet(**case.policies, settings=case.settings))
    words = [compiled.authorize(Request(**case.request)).decision.value for _ in range(ROUNDS)]
    return " ".join(dict.fromkeys(words))


def reference(case: Case) -> str:
    """The reference evaluator's decision word."""
    return decide(case.policies, case.request, case.settings)
