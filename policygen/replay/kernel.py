"""Many requests in columns, each distinct one decided once, by the row engine: exactly its answers.

Rows fall into *calls*: callers about whom the policies say the same, one action, one owner, one holder of the resource.
The engine tells for each call what its verdict hangs on (its sight). What a call does not look at is masked; of what it
looks at, values are put together that its patterns and conditions do not tell apart. What is left is decided once, on
the first row that has it, and remembered for the batches that come later.

A row is a request: ``principal``, ``action``, ``resource``, and where they are known ``resource_account``, ``role``,
``user``, ``unique_id``. Every other column with a colon in its name is a context key, of texts or of lists of texts.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pyarrow as pa

from policygen.engine import Engine
from policygen.replay.batch import answers
from policygen.replay.memory import Judge, Memory


class Decided(NamedTuple):
    """Answers for rows.

    Attributes:
        numbers: For each row the number of its answer.
        answers: The answers by number; :class:`policygen.replay.memory.Unreadable` for a row that is no request.
    """

    numbers: pa.Array
    answers: Sequence[Any]


class Kernel:
    """Decides requests in columns under one policy set or environment."""

    def __init__(self, engine: Engine, judge: Judge | None = None, *, also: Iterable[str] = ()) -> None:
        """Answer for ``engine``.

        Args:
            engine: The policies, compiled.
            judge: Returns the answer on a request; None for the decision as its word in AWS's API.
            also: Further columns that are part of what is decided.
        """
        self._memory = Memory(engine, judge or (lambda plan, request: plan.once(request).decision.value))
        self._also = tuple(also)

    @property
    def combinations(self) -> int:
        """How many distinct combinations are decided."""
        return len(self._memory.decided)

    def decide(self, batch: pa.RecordBatch) -> Decided:
        """Return the answers for the rows of a batch; large batches cost less for each row.

        Raises:
            DocumentError: A document of an environment that is needed cannot be parsed.
        """
        self._memory.keep_small()
        with _nothing_collected():
            numbers = answers(self._memory, batch, self._also) if len(batch) else pa.array([], pa.int64())
        return Decided(numbers, self._memory.answers.values)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep Python from looking for garbage in cycles: what a batch makes is kept, and looking costs a third of it.

    All that there is then counts as old, as if it had been looked at: freezing and thawing does that, and nothing else.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
