"""An engine: policies compiled once, asked many times.

Documents are parsed and compiled when a policy set is made, so the engine holds no state of its own and can be
shared between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policygen.evaluation.decision import Decision
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import PolicySet
from policygen.request.model import Request


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers requests under one policy set or one environment.

    Attributes:
        target: The compiled policies.
    """

    target: PolicySet | Environment

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``."""
        return self.target.authorize(request)

    def authorize_many(self, requests: Iterable[Request]) -> Iterator[Decision]:
        """Yield the decisions on ``requests``, in order."""
        return map(self.target.authorize, requests)
