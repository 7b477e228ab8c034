"""Records as requests in the columns that a kernel takes, from their shapes and what was left out of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from policygen.evaluation.carried import way_of
from policygen.events import EventRequest, Unknown
from policygen.replay.columns import Numbers
from policygen.replay.holes import ALL_TOKENS, parted
from policygen.replay.shapes import Rows, Shape
from policygen.request import Request

ALSO = "open"
"""The column that says, beside a request, what its record leaves open."""

_INT = pa.int32()
_NO_HOLE = len(ALL_TOKENS)


class Opens:
    """What records leave open of requests, and what the verdict on that hangs on beside: numbered."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._before = 0
        self._forget()

    def _forget(self) -> None:
        self._numbers = Numbers()
        self._known: dict[int, tuple[EventRequest, str]] = {}

    def forget(self) -> None:
        """Forget all of it; no number is given twice."""
        self._before += len(self._numbers)
        self._forget()

    @property
    def nothing(self) -> int:
        """A number for requests of which nothing is open."""
        return self._before + self._numbers.of(((),))

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
        return str(
            self._before + self._numbers.of((asked.unknown, names, request.principal.kind, way_of(request), itself))
        )

    def unknown(self, number: str) -> tuple[Unknown, ...]:
        """Return what is open, by its number."""
        found: tuple[Unknown, ...] = self._numbers.values[int(number) - self._before][0]
        return found


def requests_in(rows: Rows, slot: int, opens: Opens) -> tuple[pa.RecordBatch | None, pa.Array | None]:
    """Return the requests of one slot of records' events as a batch, and the rows that have one; None: all of them.

    Args:
        rows: The records.
        slot: Which of an event's requests, from 0.
        opens: Numbers what is open.
    """
    held = [None if each.alone else next(iter(each.event.requests[slot:]), None) for each in rows.shapes]
    if not any(held):
        return None, None
    at = None
    indices, whose, holes = rows.at, rows.whose, rows.holes
    if not all(held):
        at = pc.indices_nonzero(pc.take(pa.array([each is not None for each in held]), indices))
        indices, whose = pc.take(indices, at), pc.take(whose, at)
        holes = tuple(pc.take(each, at) for each in holes)
    columns = _Columns(rows.shapes, held, indices, holes).all() | _who(rows.callers, whose)
    columns[ALSO] = _by_shape([None if each is None else opens.number(each) for each in held], indices)
    return pa.record_batch(columns), at


def _who(callers: Sequence[Mapping[str, str]], whose: pa.Array) -> dict[str, pa.Array]:
    """Return the columns that name callers."""
    columns = (("principal", "arn"), ("role", "role"), ("user", "user"), ("unique_id", "unique_id"))
    return {column: _by_shape([each.get(name) for each in callers], whose) for column, name in columns}


class _Columns:
    def __init__(
        self, met: Sequence[Shape], held: Sequence[EventRequest | None], indices: pa.Array, holes: Sequence[pa.Array]
    ) -> None:
        self._has_holes = [each.has_holes for each in met]
        self._held: list[Request | None] = [None if each is None else each.request for each in held]
        self._indices = indices
        self._holes = holes

    def all(self) -> dict[str, pa.Array]:
        """Return the columns by name."""
        columns = {"action": self._of([None if each is None else each.action for each in self._held])}
        columns["resource"] = self._filled([None if each is None else each.resource for each in self._held])
        columns["resource_account"] = self._of([None if each is None else each.resource_account for each in self._held])
        contexts = [{} if each is None else {one.name: one.values for one in each.stated} for each in self._held]
        for name in dict.fromkeys(name for context in contexts for name in context):
            columns[name] = self._context([context.get(name) for context in contexts])
        return columns

    def _of(self, values: Sequence[str | None]) -> pa.Array:
        return _by_shape(values, self._indices)

    def _context(self, values: Sequence[tuple[str, ...] | None]) -> pa.Array:
        if all(each is None or len(each) == 1 for each in values):
            return self._filled([None if each is None else each[0] for each in values])
        filled = [self._filled([each[0] if each is not None and len(each) == 1 else None for each in values])]
        single = pa.array([each is not None and len(each) == 1 for each in values])
        listed = pa.array([None if each is None else list(each) for each in values], pa.list_(pa.string()))
        if not self._any_holes([each[0] if each is not None and len(each) == 1 else None for each in values]):
            return pa.DictionaryArray.from_arrays(self._indices, listed)
        several = pc.take(listed, self._indices).to_pylist()
        ones, is_one = filled[0].to_pylist(), pc.take(single, self._indices).to_pylist()
        return pa.array(
            [[one] if alone else more for one, alone, more in zip(ones, is_one, several, strict=True)],
            pa.list_(pa.string()),
        )

    def _any_holes(self, values: Sequence[str | None]) -> bool:
        parts = [parted(each) if open_ else (each, _NO_HOLE, "") for each, open_ in self._each(values)]
        return any(place != _NO_HOLE for _, place, _ in parts)

    def _each(self, values: Sequence[str | None]) -> Iterable[tuple[str | None, bool]]:
        return zip(values, self._has_holes, strict=True)

    def _filled(self, values: Sequence[str | None]) -> pa.Array:
        """Return the values of shapes with what was left out of each row."""
        parts = [parted(each) if open_ else (each, _NO_HOLE, "") for each, open_ in self._each(values)]
        if all(place == _NO_HOLE for _, place, _ in parts):
            return self._of(values)
        heads, places, tails = zip(*parts, strict=True)
        nothing = pa.repeat(pa.scalar(""), len(self._indices))
        hole = pc.choose(pc.take(pa.array(places, pa.int64()), self._indices), *self._holes, nothing)
        head, tail = (pc.take(_texts(each), self._indices) for each in (heads, tails))
        return pc.binary_join_element_wise(head, hole, tail, "")


def _texts(values: Sequence[str | None]) -> pa.Array:
    """Return texts as a column; halves of surrogates, which are no text, become question marks."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if each is None else each.encode("utf-8", "replace").decode() for each in values])


def _by_shape(values: Sequence[str | None], indices: pa.Array) -> pa.Array:
    return _encoded(_texts(values), indices)


def _encoded(values: pa.Array, indices: pa.Array) -> pa.Array:
    """Return values taken at indices, encoded with each distinct value once."""
    own = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(own.indices, indices).cast(_INT), own.dictionary)
