"""Counts of what was said of records: small, mergeable, the same in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from policygen.replay.said import SAID, Answered, Kind

_COUNTED = ("first", "last", "example", "message")

TALLY = pa.schema([*SAID, ("count", pa.int64()), *((name, pa.string()) for name in _COUNTED)])
"""One row for each kind of answer."""

_LATEST = "9"
"""Behind every time: records without one come last."""


class Counted(NamedTuple):
    """How often something was said, from when to when, of which event first, and what AWS said of that."""

    times: int
    first: str
    last: str
    example: str
    message: str = ""

    def and_of(self, other: Counted) -> Counted:
        """Return both together."""
        first = min(self, other, key=lambda each: (each.first or _LATEST, each.example, each.message))
        return first._replace(times=self.times + other.times, last=max(self.last, other.last))


class Tally:
    """Counts by what was said."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._counts: dict[Kind, Counted] = {}
        self.events = 0
        """How many events are counted."""

    def __iter__(self) -> Iterator[tuple[Kind, Counted]]:
        """Yield what was said, with its counts, in an order of its own."""
        yield from sorted(self._counts.items(), key=lambda each: (_sortable(each[0]), each[1]))

    def add(self, answered: Answered) -> None:
        """Count the answers on some records."""
        if not len(answered.numbers):
            return
        told = answered.told
        firsts = pc.fill_null(told.firsts, "")
        ids = pc.replace_substring(pc.fill_null(told.ids, ""), "\n", " ")
        known = pc.if_else(pc.equal(firsts, ""), _LATEST, firsts)
        table = pa.table(
            {
                "kind": answered.numbers,
                "count": answered.counts,
                "first": pc.binary_join_element_wise(known, ids, pc.fill_null(told.messages, ""), "\n"),
                "last": pc.fill_null(told.lasts, ""),
            }
        )
        found = table.group_by("kind", use_threads=False).aggregate(
            [("count", "sum"), ("first", "min"), ("last", "max")]
        )
        for each in found.to_pylist():
            first, example, message = each["first_min"].split("\n", 2)
            counted = Counted(each["count_sum"], "" if first == _LATEST else first, each["last_max"], example, message)
            self._count(answered.kinds[each["kind"]], counted)

    def _count(self, kind: Kind, counted: Counted) -> None:
        self.events += counted.times
        known = self._counts.get(kind)
        self._counts[kind] = counted if known is None else known.and_of(counted)

    def rows(self) -> pa.Table:
        """Return the counts as rows of :data:`TALLY`."""
        return pa.Table.from_pylist([_row(*each) for each in self], schema=TALLY)

    def merge(self, rows: pa.Table | Iterable[dict[str, Any]]) -> None:
        """Add counts of another tally."""
        for row in rows.to_pylist() if isinstance(rows, pa.Table) else rows:
            facts = tuple(zip(row["depends_on"], row["causes"], strict=True))
            who, what, aws, verdict = row["principal"], row["action"], row["aws"], row["verdict"]
            kind = Kind(who, what, aws, verdict, facts, row["reason"], row["statement"], row["agrees"])
            self._count(kind, Counted(row["count"], row["first"], row["last"], row["example"], row["message"]))


def _row(kind: Kind, counted: Counted) -> dict[str, Any]:
    facts = {"depends_on": [name for name, _ in kind.depends_on], "causes": [cause for _, cause in kind.depends_on]}
    return {**kind._asdict(), **facts, **counted._asdict(), "count": counted.times}


def _sortable(kind: Kind) -> tuple[Any, ...]:
    return tuple(str(each) for each in kind)
