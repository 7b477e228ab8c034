"""The interpreter for a handful of requests, an engine for many.

Measured from parsed documents to the last decision: with one role and its bucket and key policies the interpreter is
ahead by a third up to some 20 requests, level at about 50, and takes twelve times as long for 2,000. With 1,000
statements on the caller the engine takes an eighth of the time for the first request already, because the interpreter
compiles every pattern. So few requests under few statements are interpreted. ``policygen verify`` asks some 150
requests of small policies: there the two are level, and judging is a small part of its time.
"""

from __future__ import annotations

from policygen.evaluation.decision import Decision
from policygen.evaluation.engine.engine import Engine
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import PolicySet
from policygen.request.model import Request

FEW_REQUESTS = 32
"""Requests that are interpreted before an engine is made."""

FEW_STATEMENTS = 64
"""Statements in a policy set from which on an engine answers at once."""


class Adaptive:
    """Answers requests under one policy set or one environment, by whichever way is faster."""

    __slots__ = ("_asked", "_engine", "_target")

    def __init__(self, target: PolicySet | Environment) -> None:
        """Answer requests under ``target``."""
        self._target = target
        self._asked = 0
        self._engine: Engine | None = None

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
        """
        if self._engine is not None:
            return self._engine.authorize(request)
        self._asked += 1
        if self._asked > FEW_REQUESTS or self._has_many_statements(request):
            self._engine = Engine(self._target)
            return self._engine.authorize(request)
        return (
            self._target.interpret(request)
            if isinstance(self._target, Environment)
            else self._target.authorize(request)
        )

    def _has_many_statements(self, request: Request) -> bool:
        target = self._target
        policies = target.policies_for(target.place(request)) if isinstance(target, Environment) else target
        return sum(len(policy.statements) for policy in policies.policies()) > FEW_STATEMENTS
