"""Plans by where policies stand: a request finds them by its principal and by the resource that holds them."""

from __future__ import annotations

from policygen.engine import limits
from policygen.engine.planner import Completion, Plan, Planner, Spend
from policygen.engine.runs import Run
from policygen.engine.sights import Looks
from policygen.evaluation.policies import Holder, Policies, PolicySource
from policygen.evaluation.results.verdict import Verdict
from policygen.request.context import remember
from policygen.request.model import Request

_COLONS_OF_A_BUCKET = 5


class Places:
    """The planners of a source of policies, one for each policy set."""

    def __init__(self, source: PolicySource, spend: Spend, looks: Looks) -> None:
        """Plan for ``source``; ``spend`` is called for what is kept, ``looks`` says what statements look at."""
        self._source = source
        self._spend = spend
        self._looks = looks
        self._planners: dict[int, tuple[Policies, Planner]] = {}

    def plan(self, request: Request) -> Plan | Placed | ByEndpoint:
        """Return the plan for requests with the caller and call of ``request``, wherever their resources are held.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        return ByEndpoint(self) if self._source.knows_endpoints() else self.plan_anywhere(request)

    def plan_anywhere(self, request: Request) -> Plan | Placed:
        """Return the plan for requests that come the way that ``request`` comes.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        holder = self._source.holder(request)
        if holder is Holder.NOTHING:
            return self.plan_there(request)
        return Placed(self, by_bucket=holder is Holder.BUCKET)

    def plan_there(self, request: Request) -> Plan:
        """Return the plan for a request, with the policies of what holds its resource.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        completed = self._source.completed(request)
        policies = self._source.policies_for(completed)
        found = self._planners.get(id(policies))
        if found is None:
            found = self._planners[id(policies)] = (policies, Planner(policies, self._spend, self._looks))
            self._spend()
        return found[1].plan(completed, Completion(self._source, request, completed))


class ByEndpoint:
    """The plans for one caller, action and owner, by the VPC endpoint that requests come through."""

    __slots__ = ("_places", "_plans")

    def __init__(self, places: Places) -> None:
        """Find plans in ``places``."""
        self._places = places
        self._plans: dict[tuple[str, ...], Plan | Placed] = {}

    def run(self, request: Request) -> Verdict:
        """Return the verdict on a request."""
        return self._plan(request).run(request)

    def there(self, request: Request) -> Plan:
        """Return the plan of a request."""
        plan = self._plan(request)
        return plan if isinstance(plan, Plan) else plan.there(request)

    def _plan(self, request: Request) -> Plan | Placed:
        stated = request.context.get("aws:sourcevpce")
        endpoint = stated.values[:1] if stated is not None else ()
        plan = self._plans.get(endpoint)
        if plan is None:
            plan = remember(self._plans, endpoint, self._places.plan_anywhere(request), limits.MOST_HOLDERS)
        return plan


class Placed:
    """The plans for one caller, action and owner, by what holds the resource: an object's bucket, or itself.

    Attributes:
        run: Returns the verdict on a request.
    """

    __slots__ = ("_places", "_plans", "run")

    def __init__(self, places: Places, *, by_bucket: bool) -> None:
        """Find plans in ``places``; with ``by_bucket``, whatever lies in a bucket has the bucket's."""
        self._places = places
        self._plans: dict[str, Plan] = {}
        self.run: Run = self._by_bucket() if by_bucket else self._by_resource()

    def there(self, request: Request) -> Plan:
        """Return the plan of a request."""
        return self._places.plan_there(request)

    def _by_bucket(self) -> Run:
        get = self._plans.get

        def run(request: Request) -> Verdict:
            resource = request._resource
            bucket = resource[: resource.find("/") + 1] or resource
            plan = get(bucket)
            return self._find(bucket, request) if plan is None else plan.run(request)

        return run

    def _by_resource(self) -> Run:
        get = self._plans.get

        def run(request: Request) -> Verdict:
            plan = get(request._resource)
            return self._find(request._resource, request) if plan is None else plan.run(request)

        return run

    def _find(self, holder: str, request: Request) -> Verdict:
        plan = self._places.plan_there(request)
        if holder == request.resource or holder.count(":") == _COLONS_OF_A_BUCKET:  # else the slash is not the bucket's
            remember(self._plans, holder, plan, limits.MOST_HOLDERS)
        return plan.run(request)
