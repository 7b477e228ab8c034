"""The engine: policies compiled once, asked many times, from any number of threads.

Everything is compiled lazily. The interpreter stays the readable truth: it combines the policy types and works out
every explanation, and tests hold the engine to its answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from policygen.evaluation.decision import Decision, Outcome
from policygen.evaluation.engine.places import Places
from policygen.evaluation.engine.planner import Planner
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import PolicySet
from policygen.request.model import Request

MOST_KEPT = 65_536
"""How many things an engine keeps: requests' keys with their plans, plans, outcomes, generated sources. When there are
more, all are forgotten, and what is still needed is made anew."""


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

    __slots__ = ("_kept", "_planner", "_plans", "target")

    target: PolicySet | Environment

    def __init__(self, target: PolicySet | Environment) -> None:
        """Answer requests under ``target``; nothing is compiled before it is needed."""
        self.target = target
        self._forget()

    def _forget(self) -> None:
        self._kept = 0
        self._plans: dict[str, _Plan] = {}
        target = self.target
        self._planner: _Planner = (
            Places(target, self._spend) if isinstance(target, Environment) else Planner(target, self._spend)
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
        plan = self._plans.get(request.key)
        if plan is None:
            plan = self._plan(request)
        decision = Decision()
        decision._outcome = plan.run(request)  # noqa: SLF001  # see decision.decide; a call less for each request
        decision._request = request  # noqa: SLF001
        return decision

    def authorize_many(self, requests: Iterable[Request]) -> Iterator[Decision]:
        """Yield the decisions on ``requests``, in order."""
        return map(self.authorize, requests)

    def _plan(self, request: Request) -> _Plan:
        plan = self._plans[request.key] = self._planner.plan(request)
        self._spend()
        return plan
