"""The engine: policies compiled once, asked many times, from any number of threads.

Everything is compiled lazily. The interpreter stays the readable truth: it combines the policy types and works out
every explanation, and tests hold the engine to its answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from policygen.errors import check_argument
from policygen.evaluation.decision import Decision, Outcome
from policygen.evaluation.engine.callers import Callers
from policygen.evaluation.engine.conditions import Tests
from policygen.evaluation.engine.places import Places
from policygen.evaluation.engine.planner import Planner
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import PolicySet
from policygen.request.model import Request, check_request

MOST_KEPT = 131_072
"""How many things an engine keeps: plans, what they are made from, and outcomes.

When there are more, all are forgotten, and what is still needed is made anew."""

MOST_CALLERS = 65_536
"""How many callers an engine knows the plans of; when there are more, they are looked at anew."""


class _Plan(Protocol):
    def run(self, request: Request) -> Outcome:
        """Return the outcome of a request."""


class _Planner(Protocol):
    def plan(self, request: Request) -> _Plan:
        """Return the plan for a request."""


class Engine:
    """Answers requests under one policy set or one environment, as these would themselves, but faster.

    Attributes:
        target: The policies.
    """

    __slots__ = ("_alike", "_callers", "_kept", "_likeness", "_planner", "target")

    target: PolicySet | Environment

    def __init__(self, target: PolicySet | Environment) -> None:
        """Answer requests under ``target``; nothing is compiled before it is needed."""
        check_argument("policies", target, (PolicySet, Environment), "give a PolicySet or an Environment")
        self.target = target
        self._forget()

    def _forget(self) -> None:
        self._kept = 0
        self._callers: dict[str, dict[str, _Plan]] = {}
        self._alike: dict[object, dict[str, _Plan]] = {}
        target = self.target
        self._likeness = Callers(target)
        tests = Tests()
        self._planner: _Planner = (
            Places(target, self._spend, tests)
            if isinstance(target, Environment)
            else Planner(target, self._spend, tests)
        )

    def _spend(self) -> None:
        self._kept += 1
        if self._kept > MOST_KEPT:
            self._forget()

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
        """
        try:
            plan = self._callers[request.caller_key][request.call_key]
        except KeyError:
            plan = self._plan(request)
        except AttributeError:
            check_request(request)
            raise
        decision = Decision()
        decision._outcome = plan.run(request)  # noqa: SLF001  # see decision.decide; a call less for each request
        decision._request = request  # noqa: SLF001  # the same
        return decision

    def authorize_many(self, requests: Iterable[Request]) -> tuple[Decision, ...]:
        """Return the decisions on ``requests``, in order; whoever has too many to keep asks one by one.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
        """
        return tuple(map(self.authorize, requests))

    def _plan(self, request: Request) -> _Plan:
        plans = self._callers.get(request.caller_key)
        if plans is None:
            plans = self._alike.setdefault(self._likeness.likeness(request.principal), {})
            if len(self._callers) >= MOST_CALLERS:
                self._callers.clear()
            self._callers[request.caller_key] = plans
        plan = plans.get(request.call_key)
        if plan is None:
            plan = plans[request.call_key] = self._planner.plan(request)
            self._spend()
        return plan
