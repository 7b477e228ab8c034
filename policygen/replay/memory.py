"""What a kernel remembers from batch to batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import pyarrow as pa

from policygen.engine import Engine
from policygen.engine.planner import Plan
from policygen.engine.sights import EVERYTHING, Sight
from policygen.errors import RequestError
from policygen.replay.columns import Column, Following, Numbers, Remembered
from policygen.replay.resources import Resources
from policygen.request.callers import read_caller
from policygen.request.model import Request

MOST_DISTINCT = 1_000_000
"""Values, and groups of rows, that a kernel remembers of one kind; when there are more, they are forgotten, and made
anew as needed. A million texts of 80 bytes take some 250 MB."""

Judge = Callable[..., Any]
"""Returns the answer on a request, whose plan is given, and the values of further columns after it; the answer hangs
on what the verdict hangs on, and on these values, and on nothing else."""

_SERVICES = {"kms": 1, "sts": 2}
"""Services whose calls are told apart by the resource's text up to its last slash."""

STS = _SERVICES["sts"]


class Unreadable(NamedTuple):
    """The answer for a row that is no request."""

    reason: str


class Memory:
    """Numbers and answers, forgotten when there are too many of them.

    Attributes:
        engine: The policies, compiled.
        judge: Returns the answer on a request.
        answers: The answers that there are.
        callers: How callers are named, as requests take it, by number.
        alike: For each caller the number of all about whom the policies say the same.
        services: What follows from actions: 0, or the number of a service with calls of its own kind.
        resources: What is known of resources.
        calls: The number of the plan of each call.
        plans: Plans by number, from 1; None for what is no request.
        sights: What plans look at, by number, from 1.
        keys: The context keys that a plan looks at.
        tests: Conditions on one key that a plan asks.
        classes: What values have in common that nothing tells apart.
        of_ranges: The classes of resources, by what is looked at and the range that they lie in.
        of_resources: The same by what is looked at and the resource.
        of_values: The classes of values, by tests and value.
        decided: The number of the answer on each combination.
    """

    def __init__(self, engine: Engine, judge: Judge) -> None:
        """Remember nothing yet."""
        self.engine = engine
        self.judge = judge
        self.answers = Numbers()
        self._forget()

    def _forget(self) -> None:
        self._columns: dict[str, Column] = {}
        self.services = Following(self.column("action"), _services_of)
        self.resources = Resources(self.engine.target, self.column("resource"), MOST_DISTINCT)
        self._callers: dict[tuple[int, ...], int] = {}
        self.callers: list[Any] = [None]
        self.alike = [0]
        self._alike = Numbers()
        self.calls: dict[tuple[int, ...], int] = {}
        self.plans: list[Plan | None] = [None]
        self._plans = Numbers()
        self.sights: list[Sight] = [EVERYTHING]
        self._sights = Numbers()
        self._sight_of_plan = [0]
        self._kept: dict[Hashable, tuple[list[Any], pa.Array]] = {}
        self.keys = Numbers()
        self.tests = Numbers()
        self.classes = Numbers()
        self.of_ranges = Remembered(MOST_DISTINCT)
        self.of_resources = Remembered(MOST_DISTINCT)
        self.of_values: dict[tuple[int, ...], int] = {}
        self.decided: dict[tuple[Any, ...], int] = {}

    def keep_small(self) -> None:
        """Forget everything but the answers when there is too much of it."""
        kept = (self.resources, self.callers, self.calls, self.classes, self.of_values, self.decided)
        if sum(len(each) for each in kept) > MOST_DISTINCT:
            self._forget()

    def column(self, name: str) -> Column:
        """Return what is known of a column."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = Column(MOST_DISTINCT)
        return found

    def caller(self, key: tuple[int, ...], named: Callable[[], Any]) -> int:
        """Return the number of a caller.

        Args:
            key: The numbers of the columns that name it.
            named: Returns how they name it, as requests take it.
        """
        found = self._callers.get(key)
        if found is None:
            found = self._callers[key] = len(self.callers)
            principal = named()
            self.callers.append(principal)
            try:
                alike = self.engine.alike(read_caller(principal))
            except RequestError:
                alike = key
            self.alike.append(self._alike.of(alike))
        return found

    def plan(self, call: tuple[int, ...], request: Request | Unreadable) -> int:
        """Return the number of the plan of a request, which is the first of its call.

        Where everything matters, each call has its own; what is no request has none, and everything matters.
        """
        plan, sight = None, EVERYTHING
        if isinstance(request, Request):
            plan = self.engine.plan(request)
            sight = plan.sight(request)
        number = self._plans.of(call if sight.everything else id(plan))
        if number == len(self.plans):
            self.plans.append(plan)
            place = self._sights.of(id(sight))
            if place == len(self.sights):
                self.sights.append(sight)
                self.resources.tell_apart(sight.elements)
            self._sight_of_plan.append(place)
        return number

    def sights_of_plans(self) -> pa.Array:
        """Return by the number of each plan the number of what it looks at."""
        return self._by_number("plans", self._sight_of_plan, lambda place: place)

    def of_sights(self, about: Hashable, of: Callable[[Sight], Any]) -> pa.Array:
        """Return by the number of each sight what follows from it; ``about`` names that."""
        return self._by_number(about, self.sights, of)

    def _by_number(self, about: Hashable, every: list[Any], of: Callable[[Any], Any]) -> pa.Array:
        listed, found = self._kept.get(about, ([], None))
        if found is None or len(listed) < len(every):
            listed.extend(map(of, every[len(listed) :]))
            found = pa.array(listed)
            self._kept[about] = (listed, found)
        return found


def _services_of(actions: list[str]) -> list[int]:
    return [_SERVICES.get(each.partition(":")[0].lower(), 0) for each in actions]
