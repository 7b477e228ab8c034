"""Many requests in columns, each distinct one decided once, by the row engine: exactly its answers.

Rows fall into *calls*: callers about whom the policies say the same, one action, one owner, one holder of the resource.
The engine tells for each call what its verdict hangs on (its sight). What a call does not look at is masked; of what it
looks at, values are put together that its patterns and conditions do not tell apart. What is left is decided once, on
the first row that has it, and remembered for the batches that come later.

A row is a request: ``principal``, ``action``, ``resource``, and where they are known ``resource_account``, ``role``,
``user``, ``unique_id``. Every other column with a colon in its name is a context key, of texts or of lists of texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from policygen.engine import Engine
from policygen.engine.planner import Plan
from policygen.engine.sights import EVERYTHING, Sight
from policygen.evaluation.policies import Holder
from policygen.replay.columns import NONE, Column, Numbers, Remembered
from policygen.request.calls import head_of
from policygen.request.model import Request

MOST_DISTINCT = 2_000_000
"""Values, and groups of rows, that a kernel remembers of one kind; when there are more, they are forgotten, and made
anew as needed. A million texts of 80 bytes take some 90 MB."""

Judge = Callable[[Plan, Request], Any]
"""Returns the answer on a request, whose plan is given: one that hangs on what the verdict hangs on, and nothing else."""

_ANYBODY = "anonymous"
_COLONS = 5


class Unreadable(NamedTuple):
    """The answer for a row that is no request."""

    reason: str


class Decided(NamedTuple):
    """Answers for rows.

    Attributes:
        numbers: For each row the number of its answer.
        answers: The answers by number.
    """

    numbers: pa.Array
    answers: Sequence[Any]


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


class Kernel:
    """Decides requests in columns under one policy set or environment.

    Attributes:
        engine: The policies, compiled.
        judge: Returns the answer on a request.
        also: Further columns that are part of what is decided.
        answers: The answers that there are.
    """

    def __init__(self, engine: Engine, judge: Judge | None = None, *, also: Iterable[str] = ()) -> None:
        """Answer for ``engine``.

        Args:
            engine: The policies, compiled.
            judge: Returns the answer on a request; None for the decision as its word in AWS's API.
            also: Further columns that are part of what is decided.
        """
        self.engine = engine
        self.judge = judge or (lambda plan, request: plan.once(request).decision.value)
        self.also = tuple(also)
        self.answers = Numbers()
        self._by_service: dict[str, Holder] = {}
        self._forget()

    def _forget(self) -> None:
        self._columns: dict[str, Column] = {}
        self._places: dict[str, int] = {}
        self._heads = Numbers()
        self.callers = Numbers()
        self.alike = Numbers()
        self.calls: dict[tuple[int, ...], Planned] = {}
        self.plans = Numbers()
        self.tests = Numbers()
        self.classes = Numbers()
        self.of_resources = Remembered(MOST_DISTINCT)
        self.of_values: dict[tuple[int, ...], int] = {}
        self.decided: dict[tuple[Any, ...], int] = {}

    def decide(self, batch: pa.RecordBatch) -> Decided:
        """Return the answers for the rows of a batch; large batches cost less for each row.

        Raises:
            DocumentError: A document of an environment that is needed cannot be parsed.
        """
        from policygen.replay.batch import answers

        kept = map(len, (self._places, self.callers, self.calls, self.classes, self.of_values, self.decided))
        if sum(kept) > MOST_DISTINCT:
            self._forget()
        numbers = answers(self, batch) if len(batch) else pa.array([], pa.int64())
        return Decided(numbers, self.answers.values)

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
            fields = head.split(":", _COLONS)
            holder = self._holder(fields[2]) if len(fields) > _COLONS else Holder.RESOURCE
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
