"""Records in columns: all that are alike in what suggested policies look at are taken in at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from policygen.errors import RequestError
from policygen.events import Cause, Event, EventRequest, Outcome, Unknown, caller_named
from policygen.events.callers import principal_of
from policygen.events.causes import RESOURCE
from policygen.replay.columns import Column, Groups, Numbers, encoded, taken
from policygen.replay.forms import Form, form_of, is_of_requests, own
from policygen.replay.holes import ALL_TOKENS, parted
from policygen.replay.own import Own
from policygen.replay.shapes import Rows, Shape, Shapes, times_of
from policygen.replay.sql import asked
from policygen.request import Request
from policygen.suggesting.used import Ask, Gathered, Who

_INT = pa.int64()
_NO_HOLE = len(ALL_TOKENS)
_OF_REQUESTS = ("principal", "role", "user", "unique_id", "action", "resource", "resource_account", "aws")
_WHO = {"principal": "arn", "role": "role", "user": "user", "unique_id": "unique_id"}
"""The columns of requests that name a caller, with what they are of a principal."""


class _Text(NamedTuple):
    """A text with the place of what was left out of it among others, or none."""

    head: str | None
    place: int
    tail: str

    def filled(self, texts: Sequence[str]) -> str | None:
        return self.head if self.place == _NO_HOLE else f"{self.head}{texts[self.place]}{self.tail}"


class _Open(NamedTuple):
    """What a shape asks for, and the texts of it that may differ from record to record.

    Attributes:
        ask: What it asks for.
        resource: The resource.
        carried: What is carried for the keys of which conditions are made.
        varies: Whether any of that differs.
        context: All values of the context, by key.
    """

    ask: Ask
    resource: _Text
    carried: tuple[_Text, ...]
    varies: bool
    context: Mapping[str, tuple[_Text, ...]]

    @classmethod
    def of(cls, request: EventRequest, *, has_holes: bool) -> _Open:
        def text(value: str | None) -> _Text:
            return _Text(*parted(value)) if has_holes else _Text(value, _NO_HOLE, "")

        ask = Ask.for_request(request)
        context = {each.name: tuple(map(text, each.values)) for each in request.request.stated}
        carried = tuple(map(text, ask.carried))
        return cls(ask, text(ask.resource), carried, any(each.place != _NO_HOLE for each in carried), context)

    def places(self, *, whole: bool) -> set[int]:
        """Return the places of the texts that are looked at."""
        others = [text for texts in self.context.values() for text in texts] if whole else self.carried
        return {each.place for each in (self.resource, *others)} - {_NO_HOLE}

    def filled(self, texts: Sequence[str]) -> Ask:
        """Return what records ask for, of which these texts were left out; the request stays that of the shape."""
        of, action, _, lacks, carried = self.ask
        if self.varies:
            carried = tuple([each.filled(texts) for each in self.carried])
        return Ask(of, action, self.resource.filled(texts) or "", lacks, carried)

    def whole(self, texts: Sequence[str], who: Who) -> Ask:
        """Return what records of a caller ask for, with a request that says everything."""
        like = self.ask.of.request
        request = Request(
            principal=who.principal or like.principal,
            action=like.action,
            resource=self.resource.filled(texts) or "",
            resource_account=like.resource_account,
            context={name: [each.filled(texts) for each in values] for name, values in self.context.items()},
        )
        return self.filled(texts)._replace(of=EventRequest(request=request, unknown=self.ask.of.unknown))


class _Asks(NamedTuple):
    """What a shape asks for, and the places of what its records differ in."""

    open: tuple[_Open, ...]
    as_they_are: tuple[Ask, ...]
    places: frozenset[int]


class _Alike(NamedTuple):
    """Rows that are alike: the places of their shape and caller, the texts that were left out, and how many records."""

    shape: int
    caller: int
    texts: tuple[str, ...]
    times: int


class Reader:
    """Reads records in columns; it remembers shapes, so one is made for many portions."""

    def __init__(self, keys: frozenset[str], *, whole: bool) -> None:
        """Know no record yet.

        Args:
            keys: The condition keys that are looked at, in lower case.
            whole: Whether requests that differ in anything are different.
        """
        self._whole = whole
        self._shapes = Shapes(keys)
        self._asks: dict[int, _Asks] = {}
        self.fields = self._shapes.fields

    def read(self, portion: Own | pa.Table, gathered: Gathered) -> None:
        """Gather what a portion tells, in the order of its rows."""
        if isinstance(portion, Own):
            self._records(portion.table, own(portion.table.column_names, self.fields), gathered)
        elif is_of_requests(portion.column_names):
            _requests(portion, gathered)
        else:
            self._records(portion, form_of(portion.schema, self.fields), gathered)

    def _records(self, table: pa.Table, form: Form, gathered: Gathered) -> None:
        if gathered.only:
            table = _wanted(table, form, gathered)
        if not len(table):
            return
        if self._shapes.keep_small():
            self._asks.clear()
        rows = self._shapes.rows(table, form)
        asks = [self._of_shape(number, shape) for number, shape in zip(rows.numbers, rows.shapes, strict=True)]
        callers = [Who.of(principal_of(tuple(each.items())) if each else None) for each in rows.callers]
        for each in self._alike(rows, asks, callers):
            who, event = callers[each.caller], rows.shapes[each.shape].event
            if gathered.is_wanted(who):
                gathered.add(event, who, self._filled(asks[each.shape], each.texts, who, event), each.times)
            else:
                gathered.pass_over(who, each.times)

    def _of_shape(self, number: int, shape: Shape) -> _Asks:
        found = self._asks.get(number)
        if found is None:
            each = tuple(_Open.of(request, has_holes=shape.has_holes) for request in shape.event.requests)
            places = frozenset(place for one in each for place in one.places(whole=self._whole))
            found = self._asks[number] = _Asks(each, tuple(one.ask for one in each), places)
        return found

    def _alike(self, rows: Rows, asks: Sequence[_Asks], callers: Sequence[Who]) -> Iterator[_Alike]:
        """Yield rows that are alike, in the order in which each kind is first met; callers are those of the first."""
        who = Numbers()
        same = [who.of(each if self._whole or each.identity is None else each[1:]) for each in callers]
        columns = [rows.at, taken(pa.array(same, _INT), rows.whose)]
        texts = {}
        for place in sorted(frozenset[int]().union(*(each.places for each in asks))):
            matters = taken(pa.array([place in each.places for each in asks]), rows.at)
            texts[place] = pc.if_else(matters, rows.holes[place], "")
            columns.append(texts[place].dictionary_encode().indices)
        groups = Groups(columns)
        first = pa.array(groups.rows, _INT)
        nothing = [""] * len(first)
        told = (taken(texts[at], first).to_pylist() if at in texts else nothing for at in range(_NO_HOLE))
        yield from map(
            _Alike._make,
            zip(
                taken(rows.at, first).to_pylist(),
                taken(rows.whose, first).to_pylist(),
                zip(*told, strict=True),
                _times(groups, rows.told["count"]),
                strict=True,
            ),
        )

    def _filled(self, asks: _Asks, texts: Sequence[str], who: Who, event: Event) -> Sequence[Ask]:
        if self._whole and (asks.places or who.principal is not event.principal):
            return [each.whole(texts, who) for each in asks.open]
        return [each.filled(texts) for each in asks.open] if asks.places else asks.as_they_are


def _wanted(table: pa.Table, form: Form, gathered: Gathered) -> pa.Table:
    """Return the rows of a table without those of callers who are not asked for, as far as their names alone tell."""
    told = asked(f"SELECT {form.caller} AS caller, {form.count} AS count FROM rows", rows=table)
    callers = told["caller"].combine_chunks().dictionary_encode(null_encoding="encode")
    named = [caller_named({"userIdentity": form.identity(each)}) for each in callers.dictionary.to_pylist()]
    found = [Who.of(None if each is None else principal_of(tuple(each.items()))) for each in named]
    others = {number: who for number, who in enumerate(found) if not gathered.is_wanted(who)}
    times = pa.table({"caller": callers.indices, "times": times_of(told["count"])})
    for each in times.group_by("caller", use_threads=False).aggregate([("times", "sum")]).to_pylist():
        if each["caller"] in others:
            gathered.pass_over(others[each["caller"]], each["times_sum"])
    return table.filter(taken(pa.array([number not in others for number in range(len(found))]), callers.indices))


# Requests


def _requests(table: pa.Table, gathered: Gathered) -> None:
    """Gather what rows of requests tell."""
    keys = [each for each in table.column_names if ":" in each and (gathered.whole or each.lower() in gathered.keys)]
    names = [*(each for each in _OF_REQUESTS if each in table.column_names), *keys]
    groups = Groups([Column(len(table) + 1).numbers(encoded(table[each].combine_chunks())) for each in names])
    stated = table["count"].cast(pa.string()) if "count" in table.column_names else pa.nulls(len(table), pa.string())
    rows = table.select(names).take(pa.array(groups.rows, _INT)).to_pylist()
    for row, times in zip(rows, _times(groups, pa.chunked_array([stated])), strict=True):
        event = _event(row, keys)
        who = Who.of(event.principal)
        if gathered.is_wanted(who):
            gathered.add(event, who, map(Ask.for_request, event.requests), times)
        else:
            gathered.pass_over(who, times)


def _event(row: Mapping[str, Any], keys: Sequence[str]) -> Event:
    """Return a row as an event: of one that is no request that it cannot be read."""
    named = {of: row[name] for name, of in _WHO.items() if row.get(name) is not None}
    service, _, name = (row["action"] or "").partition(":")
    outcome = next((each for each in Outcome if each.value == row.get("aws")), Outcome.NOT_TOLD)
    error = None if outcome is Outcome.ALLOWED else ""
    try:
        request = Request(
            principal=named,
            action=row["action"],
            resource=row["resource"],
            resource_account=row.get("resource_account"),
            context={key: row[key] for key in keys if row[key] is not None},
        )
    except RequestError:
        unknown = (Unknown(name=RESOURCE, cause=Cause.NOT_READABLE),)
        return Event(source=service, name=name, outcome=outcome, error_code=error, unknown=unknown)
    asked_for = (EventRequest(request=request),)
    return Event(
        source=service,
        name=name,
        outcome=outcome,
        error_code=error,
        principal=request.principal,
        requests=asked_for,
    )


def _times(groups: Groups, stated: pa.ChunkedArray) -> list[int]:
    """Return for how many records the rows of each group stand, of the column that says it of each row."""
    table = pa.table({"group": groups.numbers, "times": times_of(stated)})
    found = table.group_by("group", use_threads=False).aggregate([("times", "sum")]).sort_by("group")
    times: list[int] = found["times_sum"].to_pylist()
    return times
