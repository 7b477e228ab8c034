"""Records as requests in the columns that a kernel takes, from their shapes and what was left out of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from policygen.evaluation.carried import way_of
from policygen.events import EventRequest, Unknown
from policygen.replay.columns import Numbers
from policygen.replay.shapes import ADDRESS, OBJECT, SESSION, TIME, Rows, Shape
from policygen.request import Request

ALSO = "open"
"""The column that says, beside a request, what its record leaves open."""

_INT = pa.int32()


class Opens:
    """What records leave open of requests, and what the verdict on that hangs on beside: numbered."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._numbers = Numbers()
        self._known: dict[int, tuple[EventRequest, str]] = {}

    def forget(self) -> None:
        """Forget the requests that were numbered; the numbers stay."""
        self._known.clear()

    @property
    def nothing(self) -> int:
        """The number for requests of which nothing is open."""
        return self._numbers.of(((),))

    def number(self, asked: EventRequest) -> str:
        """Return a number, as text, that is equal where the same is open of requests that are alike."""
        known = self._known.get(id(asked))
        if known is None:  # the request is kept, too: its place in memory is not used again
            known = self._known[id(asked)] = asked, self._number(asked)
        return known[1]

    def _number(self, asked: EventRequest) -> str:
        request = asked.request
        names = frozenset(each.name.lower() for each in request.stated)
        itself = request.resource if asked.lacks("resource") is not None else ""
        return str(self._numbers.of((asked.unknown, names, request.principal.kind, way_of(request), itself)))

    def unknown(self, number: str) -> tuple[Unknown, ...]:
        """Return what is open, by its number."""
        found: tuple[Unknown, ...] = self._numbers.values[int(number)][0]
        return found


def requests_in(
    met: Sequence[Shape], indices: pa.Array, rows: Rows, slot: int, opens: Opens
) -> tuple[pa.RecordBatch | None, pa.Array | None]:
    """Return the requests of one slot of records' events as a batch, and the rows that have one; None: all of them.

    Args:
        met: The shapes of the records.
        indices: For each record the place of its shape.
        rows: What was left out of the shapes.
        slot: Which of an event's requests, from 0.
        opens: Numbers what is open.
    """
    held = [None if each.alone or len(each.event.requests) <= slot else each.event.requests[slot] for each in met]
    if not any(held):
        return None, None
    at = None
    if not all(held):
        at = pc.indices_nonzero(pc.take(pa.array([each is not None for each in held]), indices))
        indices = pc.take(indices, at)
        rows = Rows([], *(each if not each else _picked(each, at) for each in rows[1:]))
    columns = _Columns(met, held, indices, rows).all()
    columns[ALSO] = _by_shape([None if each is None else opens.number(each) for each in held], indices)
    return pa.record_batch(columns), at


def _picked(values: list[str], at: pa.Array) -> list[str]:
    return [values[each] for each in at.to_pylist()] if any(values) else [""] * len(at)


class _Columns:
    def __init__(
        self, met: Sequence[Shape], held: Sequence[EventRequest | None], indices: pa.Array, rows: Rows
    ) -> None:
        self._named = [each.named or {} for each in met]
        self._held: list[Request | None] = [None if each is None else each.request for each in held]
        self._indices = indices
        self._rows = rows

    def all(self) -> dict[str, pa.Array]:
        """Return the columns by name."""
        columns = {"principal": self._principals()}
        columns |= {name: self._of([each.get(name) for each in self._named]) for name in ("role", "user", "unique_id")}
        columns["action"] = self._of([None if each is None else each.action for each in self._held])
        columns["resource"] = self._resources()
        columns["resource_account"] = self._of([None if each is None else each.resource_account for each in self._held])
        contexts = [{} if each is None else {one.name: one.values for one in each.stated} for each in self._held]
        for name in dict.fromkeys(name for context in contexts for name in context):
            columns[name] = self._context([context.get(name) for context in contexts])
        return columns

    def _of(self, values: Sequence[Any]) -> pa.Array:
        return _by_shape(values, self._indices)

    def _principals(self) -> pa.Array:
        arns = [each.get("arn") for each in self._named]
        return self._with_rows([arn is not None and SESSION in arn for arn in arns], arns, self._rows.callers)

    def _resources(self) -> pa.Array:
        values = [None if each is None else each.resource for each in self._held]
        by_row = [value is not None and OBJECT in value for value in values]
        if not any(by_row):
            return self._of(values)
        heads = pa.array([value and value.removesuffix(OBJECT) for value in values], pa.string())
        heads = pc.take(heads, self._indices)
        keys = pc.if_else(pc.take(pa.array(by_row), self._indices), pa.array(self._rows.objects, pa.string()), "")
        return pc.binary_join_element_wise(heads, keys, "").dictionary_encode()

    def _context(self, values: Sequence[tuple[str, ...] | None]) -> pa.Array:
        if any(each is not None and len(each) != 1 for each in values):
            listed = pa.array([each and list(each) for each in values], pa.list_(pa.string()))
            return pa.DictionaryArray.from_arrays(self._indices, listed)
        texts = [None if each is None else each[0] for each in values]
        for token, of_rows in ((ADDRESS, self._rows.addresses), (TIME, self._rows.times)):
            if token in texts:
                return self._with_rows([each == token for each in texts], texts, of_rows)
        return self._of(texts)

    def _with_rows(self, by_row: Sequence[bool], values: Sequence[str | None], of_rows: Sequence[str]) -> pa.Array:
        """Return the values of shapes, and where it says so the rows' own, as far as they have one."""
        if not any(by_row):
            return self._of(values)
        own = pa.array(of_rows, pa.string()).dictionary_encode()
        dictionary = pa.concat_arrays([pa.array(values, pa.string()), own.dictionary])
        theirs = pc.add(own.indices, len(values))
        left_out = pc.and_(pc.take(pa.array(by_row), self._indices), pc.not_equal(pa.array(of_rows, pa.string()), ""))
        indices = pc.if_else(left_out, theirs, self._indices)
        return _encoded(dictionary, indices)


def _by_shape(values: Sequence[str | None], indices: pa.Array) -> pa.Array:
    return _encoded(pa.array(values, pa.string()), indices)


def _encoded(values: pa.Array, indices: pa.Array) -> pa.Array:
    """Return values taken at indices, encoded with each distinct value once."""
    own = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(own.indices, indices).cast(_INT), own.dictionary)
