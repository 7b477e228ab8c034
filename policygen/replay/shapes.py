"""Records told apart by what makes their requests: each distinct shape is read once, whatever varies freely left out.

Names of sessions, keys of objects, generated ids and addresses differ from record to record and change nothing but
themselves: a shape has a token in the place of each (:mod:`policygen.replay.holes`), and a record is its shape with
these texts. Where a token would be more than a text that is handed on, nothing is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from policygen.events import FIELDS, FIELDS_OF_KEYS, Event, caller_named, event_of
from policygen.replay.columns import Groups, taken
from policygen.replay.forms import OWN, Form, own
from policygen.replay.holes import ADDRESS, TIME, has_token, is_handed_on, names_a_token, without_names
from policygen.replay.own import own_of_rows
from policygen.replay.rows import BETWEEN, HOLES, laid_out

MOST_SHAPES = 8_000
"""Shapes that are remembered; when there are more, all are forgotten and read anew. A shape takes some 10 kB."""

MOST_CALLERS = 30_000
"""Callers that are remembered, likewise. A caller takes some 1 kB."""

MOST_REQUESTS = 3
"""Requests of an event that are decided in columns; events of more are judged one by one."""

_START = "aws:tokenissuetime"
_VARYING = {
    True: '(?i)"(accessKeyId)":"[^"\\\\]*"',
    False: '(?i)"(accessKeyId|creationDate)":"[^"\\\\]*"',
}
"""What of a caller changes each hour and no policy looks at, by whether one looks at the session's start."""
_FEW_SHAPES = 2_000
_INT = pa.int64()
_COUNT = "^[0-9]{1,18}$"


class Caller(NamedTuple):
    """A caller as recorded.

    Attributes:
        number: A number for all callers that differ in nothing but the names of roles and sessions.
        identity: ``userIdentity``, with tokens for the names of role and session.
        place: Where the parts that name it stand among the callers; -1 where nothing was left out.
        has_token: Whether what is a token stands in it as somebody's own text.
    """

    number: int
    identity: Any
    place: int
    has_token: bool = False


class Shape(NamedTuple):
    """What is equal for many records.

    Attributes:
        event: The event, with tokens for what was left out.
        named: The parts that name the caller; None where the record does not.
        exact: Whether nothing may be left out of records of this shape.
        alone: Whether it is judged as it is, and not in columns.
        has_holes: Whether tokens are tokens; in shapes of which nothing is left out they are texts like others.
    """

    event: Event
    named: Mapping[str, str] | None
    exact: bool = False
    alone: bool = False
    has_holes: bool = True


class Rows(NamedTuple):
    """Records as their shapes, with what was left out beside.

    Attributes:
        numbers: The numbers of the shapes that records have.
        shapes: These shapes.
        at: For each record the place of its shape.
        callers: The parts that name callers.
        whose: For each record the place of its caller.
        holes: What else was left out, by the columns of :data:`policygen.replay.rows.HOLES`.
        told: What the records tell beside their requests: ``example``, ``first_time``, ``last_time``, ``count`` and
            ``message``.
    """

    numbers: Sequence[int]
    shapes: Sequence[Shape]
    at: pa.Array
    callers: Sequence[Mapping[str, str]]
    whose: pa.Array
    holes: tuple[pa.Array, ...]
    told: pa.Table


class Shapes:
    """The shapes that were met.

    Attributes:
        fields: The fields of records that are looked at.
        shapes: The shapes by number.
        callers: The parts that name callers, by place.
        at_once: How many rows to give next: fewer where many have new shapes, for all of these are held together.
    """

    def __init__(self, keys: frozenset[str]) -> None:
        """Know none yet.

        Args:
            keys: The condition keys, in lower case, that policies look at.
        """
        self._keys = keys
        self.fields = (*FIELDS, *(name for name, of in FIELDS_OF_KEYS.items() if not keys.isdisjoint(of)))
        self.at_once = _FEW_SHAPES
        self._forget()
        self._forget_callers()

    def _forget(self) -> None:
        self.shapes: list[Shape] = []
        self._numbers: dict[Any, int] = {}
        self._alike: dict[Any, tuple[int, Any]] = {}

    def _forget_callers(self) -> None:
        self.callers: list[Mapping[str, str]] = []
        self._callers: dict[Any, Caller] = {}

    def keep_small(self) -> bool:
        """Forget what there is too much of; tell whether shapes were forgotten."""
        has_many = max(len(self._numbers), len(self._alike)) >= MOST_SHAPES
        if has_many:
            self._forget()
        if has_many or len(self._callers) >= MOST_CALLERS:
            self._forget_callers()
        return has_many

    def rows(self, table: pa.Table, form: Form) -> Rows:
        """Return rows of a table as records."""
        known = len(self.shapes)
        rows = self._rows(table, form)
        self.at_once = max(_FEW_SHAPES, _FEW_SHAPES * len(table) // max(len(self.shapes) - known, 1))
        return rows

    def _rows(self, table: pa.Table, form: Form) -> Rows:
        try:
            laid = _Laid(laid_out(table, form), form, kept=self._keys)
        except duckdb.Error:  # it does not take a map with a key twice
            if form.kind == OWN:
                raise
            read = own_of_rows(table, self.fields).table
            return self._rows(read, own(read.column_names, self.fields))
        known = [self._caller(each, form) for each in laid.callers.dictionary.to_pylist()]
        numbers, places = (pa.array([each[at] for each in known], _INT) for at in (0, 2))
        has_token = taken(pa.array([each.has_token for each in known], pa.bool_()), laid.callers.indices)
        is_closed = pc.or_(laid.table["is_closed"].combine_chunks(), has_token)
        groups = Groups([taken(numbers, laid.callers.indices), is_closed.cast(_INT), *laid.codes()])
        shapes = self._open_shapes(laid, groups, known)
        callers = taken(places, laid.callers.indices)
        exact = pc.equal(shapes, -1)
        if exact.true_count:
            shapes = pc.replace_with_mask(shapes, exact, self._exact_shapes(laid, pc.indices_nonzero(exact)))
            callers = pc.if_else(exact, -1, callers)
        return self._as_rows(shapes.dictionary_encode(), callers, laid)

    def _as_rows(self, shapes: pa.Array, callers: pa.Array, laid: _Laid) -> Rows:
        """Return records by the numbers of their shapes, and the places of their callers; -1: as the shape has it."""
        numbers = shapes.dictionary.to_pylist()
        met = [self.shapes[each] for each in numbers]
        own = callers.dictionary_encode()
        places = own.dictionary.to_pylist()
        named = [*((self.callers[each] if each >= 0 else {}) for each in places), *((each.named or {}) for each in met)]
        whose = pc.if_else(pc.less(callers, 0), pc.add(shapes.indices, len(places)), own.indices)
        return Rows(numbers, met, shapes.indices, named, whose, laid.holes(), laid.told())

    def _open_shapes(self, laid: _Laid, groups: Groups, known: Sequence[Caller]) -> pa.Array:
        """Return the number of the shape of each row; -1 where nothing may be left out."""
        cells = laid.cells_of(groups.rows)
        callers = [known[each] for each in taken(laid.callers.indices, pa.array(groups.rows, _INT)).to_pylist()]
        found = []
        for key, caller, texts in zip(groups.keys, callers, cells, strict=True):
            number = -1 if key[1] else self._number((laid.form.kind, caller.number, *texts), laid, caller, texts)
            found.append(-1 if number < 0 or self.shapes[number].exact else number)
        return groups.spread(pa.array(found, _INT))

    def _number(self, key: Any, laid: _Laid, caller: Caller, texts: Sequence[str | None]) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.shapes)
            shape = _shape(laid.record_of(texts), caller.identity, self._keys)
            handed_on = all(is_handed_on(each) for each in shape.event.requests)
            is_said = has_token(laid.others_of(texts)) or names_a_token(shape.named)
            self.shapes.append(shape._replace(exact=shape.alone or is_said or not handed_on))
        return number

    def _exact_shapes(self, laid: _Laid, at: pa.Array) -> pa.Array:
        """Return the number of the shape of each of some rows, of which nothing is left out."""
        few = _Laid(laid.table.take(at), laid.form, kept=self._keys, as_is=True)
        groups = Groups([few.callers.indices.cast(_INT), *few.codes()])
        callers = few.callers.take(pa.array(groups.rows, _INT)).to_pylist()
        found = []
        for caller, texts in zip(callers, few.cells_of(groups.rows), strict=True):
            key = (laid.form.kind, "exact", caller, *texts)
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self.shapes)
                identity = _without_keys(laid.form.identity(caller), with_start=_START in self._keys)
                shape = _shape(few.record_of(texts), identity, self._keys)
                self.shapes.append(shape._replace(has_holes=False))
            found.append(number)
        return groups.spread(pa.array(found, _INT))

    def _caller(self, cell: str | None, form: Form) -> Caller:
        key = form.kind, cell
        found = self._callers.get(key)
        if found is None:
            identity = form.identity(cell)
            place, shaped, own = -1, without_names(identity), has_token(identity)
            named = None if shaped is None else caller_named({"userIdentity": identity})
            if named is not None:
                place, identity = len(self.callers), shaped
                self.callers.append(named)
            identity = _without_keys(identity, with_start=_START in self._keys)
            number, identity = self._alike.setdefault((repr(identity), place < 0), (len(self._alike), identity))
            found = self._callers[key] = Caller(number, identity, place, own)
        return found


class _Laid:
    """Rows laid out, and the cells by which they are told apart.

    Attributes:
        table: The rows, as :func:`policygen.replay.rows.laid_out` returns them.
        form: The form that they had.
        callers: Their callers, each distinct one once.
    """

    def __init__(self, table: pa.Table, form: Form, *, kept: frozenset[str], as_is: bool = False) -> None:
        self.table, self.form = table, form
        self.callers = _with(_once(table["caller"]), _VARYING[_START in kept], r'"\1":""')
        own = {*form.given, form.address, form.time}
        self._others = [name for name in form.cells if name not in own]
        self._cells = {name: _once(table[name]) for name in self._others}
        self._given = _once(table["given_as_is" if as_is else "given"])
        self._itself = {}
        for name, column, token in ((form.address, "address_itself", ADDRESS), (form.time, "time_itself", TIME)):
            if name is not None:
                cell = table[name].combine_chunks()
                is_kept = as_is or (token == TIME and "aws:epochtime" in kept)
                left = pc.if_else(pc.equal(table[column].combine_chunks(), ""), cell, form.as_cell(token))
                self._itself[name] = _once(cell if is_kept else left)

    def _all(self) -> list[pa.Array]:
        return [self._given, *self._itself.values(), *self._cells.values()]

    def codes(self) -> list[pa.Array]:
        """Return for each cell by which rows are told apart the place of its value."""
        return [each.indices.cast(_INT) for each in self._all()]

    def cells_of(self, rows: Sequence[int]) -> list[tuple[str | None, ...]]:
        """Return the cells of rows by which they are told apart."""
        at = pa.array(rows, _INT)
        return list(zip(*(each.take(at).to_pylist() for each in self._all()), strict=True))

    def record_of(self, texts: Sequence[str | None]) -> Mapping[str, Any]:
        """Return the record of a row, without its caller, of its cells."""
        given, *more = texts
        cells = dict(zip((*self._itself, *self._cells), more, strict=True))
        parts = [each or None for each in (given or "").split(BETWEEN, 2)]
        return self.form.record({**dict(zip(self.form.given, parts, strict=False)), **cells})

    def others_of(self, texts: Sequence[str | None]) -> Sequence[str | None]:
        """Return those of a row's cells of which nothing is ever left out."""
        return texts[1 + len(self._itself) :]

    def holes(self) -> tuple[pa.Array, ...]:
        """Return what was left out."""
        return tuple(self.table[name].combine_chunks() for name in HOLES)

    def told(self) -> pa.Table:
        """Return what is told beside requests."""
        return self.table.select(["example", "first_time", "last_time", "count", "message"])


def _once(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column with each distinct text once; what is not there is one of them."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.dictionary_encode(null_encoding="encode")


def _with(values: pa.DictionaryArray, pattern: str, written: str) -> pa.DictionaryArray:
    """Return texts with what a pattern finds written otherwise; each distinct text once."""
    found = pc.replace_substring_regex(values.dictionary, pattern, written).dictionary_encode(null_encoding="encode")
    return pa.DictionaryArray.from_arrays(taken(found.indices, values.indices), found.dictionary)


def _without_keys(identity: Any, *, with_start: bool) -> Any:
    """Return ``userIdentity`` without the access key, which no policy names, and the session's start if none does."""
    if type(identity) is not dict:
        return identity
    found = {name: value for name, value in identity.items() if name != "accessKeyId"}
    session: Any = found.get("sessionContext")
    attributes = session.get("attributes") if type(session) is dict else None
    if type(attributes) is dict and not with_start:
        left = {name: value for name, value in attributes.items() if name != "creationDate"}
        found["sessionContext"] = {**session, "attributes": left}
    return found


def _shape(record: Mapping[str, Any], identity: Any, keys: frozenset[str]) -> Shape:
    fields = {**record, "userIdentity": identity}
    event, named = event_of(fields, keys), caller_named(fields)
    return Shape(event, named, alone=len(event.requests) > MOST_REQUESTS)


def times_of(stated: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return for how many records each row stands, of the column that says so: one where it does not."""
    whole = (stated.combine_chunks() if isinstance(stated, pa.ChunkedArray) else stated).cast(pa.string())
    if whole.null_count == len(whole):
        return pa.repeat(pa.scalar(1, _INT), len(whole))
    is_count = pc.fill_null(pc.match_substring_regex(whole, _COUNT), False)
    return pc.fill_null(pc.if_else(is_count, whole, None).cast(_INT), 1)
