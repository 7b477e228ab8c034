"""What a kernel remembers from batch to batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import pyarrow as pa

from policygen.aws.arns import COLONS
from policygen.engine import Engine
from policygen.engine.planner import Plan
from policygen.engine.sights import EVERYTHING, Sight
from policygen.evaluation.policies import Holder
from policygen.replay.columns import NONE, Column, Numbers, Remembered
from policygen.request.calls import head_of
from policygen.request.model import Request

MOST_DISTINCT = 100_000
"""Values, and groups of rows, that a kernel remembers of one kind; when there are more, they are forgotten, and made
anew as needed. Where all differ, a process of a replay takes some 100 MB less than with twice as many."""

Judge = Callable[..., Any]
"""Returns the answer on a request, whose plan is given, and the values of further columns after it; the answer hangs
on what the verdict hangs on, and on these values, and on nothing else."""

_ANYBODY = "anonymous"


class Unreadable(NamedTuple):
    """The answer for a row that is no request."""

    reason: str


class Planned(NamedTuple):
    """A plan with what the verdict hangs on for requests like the one that it was found by."""

    plan: Plan | None
    sight: Sight

    @classmethod
    def of(cls, engine: Engine, request: Request | Unreadable) -> Planned:
        """Return the plan of a request; none, and everything to hang on, for what is no request."""
        if isinstance(request, Unreadable):
            return cls(None, EVERYTHING)
        plan = engine.plan(request)
        return cls(plan, plan.sight(request))


class Memory:
    """Numbers and answers, forgotten when there are too many of them.

    Attributes:
        engine: The policies, compiled.
        judge: Returns the answer on a request.
        answers: The answers that there are.
        callers: Callers by the numbers of the columns that name them.
        alike: What is equal for callers about whom the policies say the same.
        alike_of: Its number by the numbers of the columns that name a caller.
        calls: The number of the plan of each call.
        planned: Plans by number, from 1.
        tests: Conditions on one key that a plan asks.
        classes: What values have in common that nothing tells apart.
        of_resources: The classes of resources, by plan and resource.
        of_values: The classes of values, by tests and value.
        decided: The number of the answer on each combination.
    """

    def __init__(self, engine: Engine, judge: Judge) -> None:
        """Remember nothing yet."""
        self.engine = engine
        self.judge = judge
        self.answers = Numbers()
        self._by_service: dict[str, Holder] = {}
        self._forget()

    def _forget(self) -> None:
        self._columns: dict[str, Column] = {}
        self._places: dict[str, int] = {}
        self._heads = Numbers()
        self.callers = Numbers()
        self.alike = Numbers()
        self.alike_of: dict[tuple[int, ...], int] = {}
        self.calls: dict[tuple[int, ...], int] = {}
        self.planned = [Planned(None, EVERYTHING)]
        self._plans = Numbers()
        self._of_plans: dict[Hashable, list[Any]] = {}
        self.tests = Numbers()
        self.classes = Numbers()
        self.of_resources = Remembered(MOST_DISTINCT)
        self.of_values: dict[tuple[int, ...], int] = {}
        self.decided: dict[tuple[Any, ...], int] = {}

    def keep_small(self) -> None:
        """Forget everything but the answers when there is too much of it."""
        kept = (self._places, self.callers, self.calls, self.classes, self.of_values, self.decided)
        if sum(len(each) for each in kept) > MOST_DISTINCT:
            self._forget()

    def plan(self, call: tuple[int, ...], planned: Planned) -> int:
        """Return the number of a plan; where everything matters, each call has its own."""
        number = self._plans.of(call if planned.sight.everything else id(planned.sight))
        if number == len(self.planned):
            self.planned.append(planned)
        return number

    def of_plans(self, about: Hashable, of: Callable[[Sight], Any]) -> pa.Array:
        """Return by the number of each plan what follows from its sight; ``about`` names it."""
        found = self._of_plans.setdefault(about, [])
        found.extend(of(each.sight) for each in self.planned[len(found) :])
        return pa.array(found)

    def column(self, name: str) -> Column:
        """Return what is known of a column."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = Column(MOST_DISTINCT)
        return found

    def place(self, head: str) -> int:
        """Return a number for what tells the holder of resources, of whose texts ``head`` is all before a slash.

        Objects are held by their bucket; where nobody knows of a service's resources, all of one account are alike; in
        any other case each resource is its own: 0.
        """
        found = self._places.get(head)
        if found is None:
            fields = head.split(":", COLONS)
            holder = self._holder(fields[2]) if len(fields) > COLONS else Holder.RESOURCE
            place = head_of(head) if holder is Holder.NOTHING else head
            found = NONE if holder is Holder.RESOURCE else self._heads.of(place)
            self._places[head] = found
        return found

    def _holder(self, service: str) -> Holder:
        found = self._by_service.get(service)
        if found is None:
            request = Request(principal=_ANYBODY, action="s3:GetObject", resource=f"arn:aws:{service or '-'}:::name")
            found = self._by_service[service] = self.engine.target.holder(request)
        return found
