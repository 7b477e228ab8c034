"""The engine: policies compiled once, asked many times, from any number of threads.

Everything is compiled lazily. The interpreter stays the readable truth: it combines the policy types and works out
every explanation, and tests hold the engine to its answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policygen.engine import limits
from policygen.engine.alike import AlikeCallers
from policygen.engine.conditions import Tests
from policygen.engine.places import ByEndpoint, Placed, Places
from policygen.engine.planner import Plan
from policygen.engine.sights import Looks
from policygen.errors import check_argument
from policygen.evaluation.authorize import Interpreter
from policygen.evaluation.policies import PolicySource
from policygen.evaluation.results.decision import Decision
from policygen.request.callers import Caller
from policygen.request.calls import Call
from policygen.request.context import remember
from policygen.request.model import Request, Unchanging, check_request

_Plan = Plan | Placed | ByEndpoint


class Engine(Unchanging):
    """Answers requests under one policy set or one environment, as these would themselves, but faster.

    Attributes:
        target: The policies.
    """

    __slots__ = ("_alike", "_callers", "_interpreter", "_kept", "_places", "_plans_of_alike", "target")

    target: PolicySource

    def __init__(self, target: PolicySource) -> None:
        """Answer requests under ``target``; nothing is compiled before it is needed.

        Raises:
            ArgumentError: PG-A001 for what has no policies.
        """
        if not hasattr(target, "policies_for"):  # asked first: a protocol is slow to check
            check_argument("policies", target, PolicySource, "give a PolicySet or an Environment")
        self.target = target
        self._interpreter = Interpreter(target)
        self._forget()

    def _forget(self) -> None:
        self._kept = 0
        self._callers: dict[Caller, dict[Call, _Plan]] = {}
        self._plans_of_alike: dict[object, dict[Call, _Plan]] = {}
        self._alike = AlikeCallers(self.target)
        self._places = Places(self.target, self._spend, Looks(Tests()))

    def _spend(self) -> None:
        self._kept += 1
        if self._kept > limits.MOST_KEPT:
            self._forget()

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
            ArgumentError: PG-A001 for what is no request.
        """
        try:
            plan = self._callers[request._caller][request._call]
        except (KeyError, AttributeError):  # it is new, or no request
            plan = self._plan(request)
        decision = Decision()
        decision._verdict = plan.run(request)
        decision._request = request
        decision._explainer = self._interpreter
        return decision

    def authorize_many(self, requests: Iterable[Request]) -> tuple[Decision, ...]:
        """Return the decisions on ``requests``, in order; whoever has too many to keep asks one by one.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
        """
        return tuple(map(self.authorize, requests))

    def plan(self, request: Request) -> Plan:
        """Return what is left to be asked of this request, and of all of like callers, one action, owner and holder.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
        """
        plan = self._plan(request)
        return plan if isinstance(plan, Plan) else plan.there(request)

    def alike(self, caller: Caller) -> object:
        """Return a value that is equal for callers about whom the policies say the same."""
        key = self._alike.key(caller.principal)
        remember(self._callers, caller, self._plans_of_alike.setdefault(key, {}), limits.MOST_CALLERS)
        return key

    def _plan(self, request: Request) -> _Plan:
        check_request(request)
        plans = self._callers.get(request._caller)
        if plans is None:
            plans = self._plans_of_alike.setdefault(self.alike(request._caller), {})
        plan = plans.get(request._call)
        if plan is None:
            plan = plans[request._call] = self._places.plan(request)
            self._spend()
        return plan

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the policies; plans are made anew."""
        return Engine, (self.target,)


class Adaptive:
    """The interpreter for a handful of requests, an engine for many: whichever is faster (see ``limits``)."""

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
