"""The verdicts on records: each distinct request is decided once, in columns, and an event by its requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from policygen.engine import Engine
from policygen.engine.planner import Plan
from policygen.evaluation.policies import PolicySource
from policygen.events import EventRequest
from policygen.replay.answers import NOT_A_REQUEST, Answer, answer_on, answer_on_event, facts_of, together
from policygen.replay.columns import NONE, Groups, Numbers
from policygen.replay.kernel import Kernel
from policygen.replay.memory import Unreadable
from policygen.replay.requests import ALSO, Opens, requests_in
from policygen.replay.shapes import MOST_REQUESTS, Rows, Shape
from policygen.request import Request

MOST_REMEMBERED = 100_000
"""Values of a column, and groups of records, that are remembered: with twice as many, and where all differ, a process
takes some 100 MB more."""


class Judge:
    """The verdicts of one source of policies."""

    def __init__(self, source: PolicySource) -> None:
        """Judge by ``source``: a policy set or an environment."""
        self._source = source
        self._opens = Opens()
        self._kernel = Kernel(Engine(source), self._answer, also=(ALSO,), most=MOST_REMEMBERED)
        self._known = Numbers()
        self._alone: dict[int, int] = {}

    def forget(self) -> None:
        """Forget what is known of shapes: they get new numbers."""
        self._alone.clear()
        self._opens.forget()

    def value(self, number: int) -> Answer:
        """Return the answer of a number."""
        found: Answer = self._known.values[number]
        return found

    def answers(self, rows: Rows) -> pa.Array:
        """Return the number of the answer on each record."""
        columns = [rows.at]
        for slot in range(MOST_REQUESTS):
            batch, at = requests_in(rows, slot, self._opens)
            if batch is None:
                break
            decided = self._kernel.decide(batch)
            same = [NONE, *map(self._of_row, decided.answers[1:])]
            columns.append(_spread(pc.take(pa.array(same, pa.int64()), decided.numbers), at, len(rows.at)))
        groups = Groups(columns)
        return groups.spread([self._of_event(rows.numbers[at], rows.shapes[at], each) for at, *each in groups.keys])

    def on_requests(self, batch: pa.RecordBatch) -> pa.Array:
        """Return the number of the answer on each row of requests."""
        nothing = pa.repeat(pa.scalar(str(self._opens.nothing)), len(batch))
        decided = self._kernel.decide(batch.append_column(ALSO, nothing))
        same = [NONE, *map(self._of_row, decided.answers[1:])]
        return pc.take(pa.array(same, pa.int64()), decided.numbers)

    def _of_row(self, answer: Any) -> int:
        return self._known.of(NOT_A_REQUEST if isinstance(answer, Unreadable) else answer)

    def _of_event(self, number: int, shape: Shape, answers: Sequence[int]) -> int:
        if shape.alone:
            if number not in self._alone:
                self._alone[number] = self._known.of(answer_on_event(self._source, shape.event))
            return self._alone[number]
        found = [self.value(each) for each in answers if each != NONE]
        return self._known.of(together(found, facts_of(shape.event.unknown)))

    def _answer(self, plan: Plan, request: Request, number: str) -> Answer:
        return answer_on(self._source, plan, EventRequest(request=request, unknown=self._opens.unknown(number)))


def _spread(values: pa.Array, at: pa.Array | None, rows: int) -> pa.Array:
    """Return values of some rows as a column of all, 0 for the others."""
    if at is None:
        return values
    found = pc.index_in(pa.arange(0, rows), value_set=at.cast(pa.int64()))
    return pc.fill_null(pc.take(values, found), NONE)
