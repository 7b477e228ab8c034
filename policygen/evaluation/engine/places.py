"""Plans in an environment: a request finds its policies by its principal and by the resource that holds them."""

from __future__ import annotations

from policygen.evaluation.decision import Outcome
from policygen.evaluation.engine.conditions import Tests
from policygen.evaluation.engine.planner import Plan, Planner, Spend
from policygen.evaluation.engine.runs import Run
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import PolicySet
from policygen.request.model import Request

_COLONS_OF_A_BUCKET = 5

MOST_HOLDERS = 4096
"""Holders of resources that are remembered with their plan, for each kind of request; when they are full, all are
forgotten."""


class Places:
    """The planners of an environment, one for each policy set."""

    def __init__(self, environment: Environment, spend: Spend, tests: Tests) -> None:
        """Plan for ``environment``; ``spend`` is called for what is kept, ``tests`` makes the tests of conditions."""
        self._environment = environment
        self._spend = spend
        self._tests = tests
        self._planners: dict[int, tuple[PolicySet, Planner]] = {}

    def plan(self, request: Request) -> Plan | Placed:
        """Return the plan for requests with the key of ``request``, wherever their resources are held.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        environment = self._environment
        if request.arn is None or request.arn.service not in environment.services:
            return self.plan_there(request)
        return Placed(self, by_bucket=request.arn.service == "s3" and not environment.holds_objects)

    def plan_there(self, request: Request) -> Plan:
        """Return the plan for a request, with the policies of what holds its resource.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        environment = self._environment
        filled_in = environment.keys_of(request)
        placed = environment.place(request) if filled_in else request
        policies = environment.policies_for(placed)
        found = self._planners.get(id(policies))
        if found is None:
            found = self._planners[id(policies)] = (
                policies,
                Planner(policies, self._spend, self._tests, environment.place),
            )
            self._spend()
        return found[1].plan(placed, filled_in)


class Placed:
    """The plans for one caller, action and owner, by what holds the resource: an object's bucket, or itself.

    Attributes:
        run: Returns the outcome of a request.
    """

    __slots__ = ("_places", "_plans", "run")

    def __init__(self, places: Places, *, by_bucket: bool) -> None:
        """Find plans in ``places``; with ``by_bucket``, whatever lies in a bucket has the bucket's."""
        self._places = places
        self._plans: dict[str, Plan] = {}
        self.run: Run = self._by_bucket() if by_bucket else self._by_resource()

    def _by_bucket(self) -> Run:
        get = self._plans.get

        def run(request: Request) -> Outcome:
            bucket = request.directory or request.resource
            plan = get(bucket)
            return self._find(bucket, request) if plan is None else plan.run(request)

        return run

    def _by_resource(self) -> Run:
        get = self._plans.get

        def run(request: Request) -> Outcome:
            plan = get(request.resource)
            return self._find(request.resource, request) if plan is None else plan.run(request)

        return run

    def _find(self, holder: str, request: Request) -> Outcome:
        plan = self._places.plan_there(request)
        if holder == request.resource or holder.count(":") == _COLONS_OF_A_BUCKET:  # else the slash is not the bucket's
            if len(self._plans) >= MOST_HOLDERS:
                self._plans.clear()
            self._plans[holder] = plan
        return plan.run(request)
