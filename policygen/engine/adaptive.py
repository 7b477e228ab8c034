"""The interpreter for a handful of requests, an engine for many (see :mod:`policygen.engine.limits`)."""

from __future__ import annotations

from policygen.engine import limits
from policygen.engine.engine import Engine
from policygen.evaluation.authorize import Interpreter
from policygen.evaluation.policies import PolicySource
from policygen.evaluation.results.decision import Decision
from policygen.request.model import Request


class Adaptive:
    """Answers requests under one policy set or one environment, by whichever way is faster."""

    __slots__ = ("_asked", "_engine", "_interpreter")

    def __init__(self, target: PolicySource) -> None:
        """Answer requests under ``target``."""
        self._interpreter = Interpreter(target)
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
        if self._asked > limits.FEW_REQUESTS or self._has_many_statements(request):
            self._engine = Engine(self._interpreter.source)
            return self._engine.authorize(request)
        return self._interpreter.authorize(request)

    def _has_many_statements(self, request: Request) -> bool:
        source = self._interpreter.source
        policies = source.policies_for(source.completed(request))
        return sum(len(policy.statements) for policy in policies.policies()) > limits.FEW_STATEMENTS
