"""Files of events to what was used, on every core: in columns where the libraries for that are installed.

Either way the same is gathered, record by record with what comes with policygen alone. Tables in Parquet need them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from policygen.errors import Problem
from policygen.events import event_of, records_in
from policygen.replay.libraries import missing_for
from policygen.replay.parts import Part, Problems, parts_in, worked_on
from policygen.suggesting.used import Ask, Gathered, Identity, Who

_COUNT = re.compile("[0-9]{1,18}", re.ASCII)

Progress = Callable[[int, int, int], None]
"""Is told bytes done, bytes in all, and events read."""


class Sought(NamedTuple):
    """What is gathered of records; as :class:`policygen.suggesting.used.Gathered` takes it."""

    keys: frozenset[str] = frozenset()
    whole: bool = False
    only: Collection[Identity] = ()

    def nothing_yet(self) -> Gathered:
        """Return where it is gathered."""
        return Gathered(self.keys, whole=self.whole, only=self.only)


class _Read(NamedTuple):
    size: int
    gathered: Gathered
    problems: list[Problem]


def gathered_from(
    events: Iterable[str | Path], sought: Sought, *, processes: int = 1, progress: Progress | None = None
) -> tuple[Gathered, list[Problem]]:
    """Return what records tell, and what could not be read.

    Args:
        events: Files and folders.
        sought: What is gathered.
        processes: How many processes read.
        progress: Is told how far it is.
    """
    problems: list[Problem] = []
    parts = parts_in(events, problems.append)
    found = sought.nothing_yet()
    total, done, seen, early = sum(each.size for each in parts), 0, 0, {}
    in_turn = 0
    start = _one_by_one if missing_for("columns") is not None else _in_columns
    for number, read in worked_on(start, sought, parts, processes):
        early[number] = read
        done, seen = done + read.size, seen + read.gathered.events
        while in_turn in early:  # what was used first decides the order of what is said
            earlier = early.pop(in_turn)
            found.merge(earlier.gathered)
            problems += earlier.problems
            in_turn += 1
        if progress is not None:
            progress(done, total, seen)
    return found, problems


def _one_by_one(sought: Sought) -> Callable[[Sequence[Part]], _Read]:
    return lambda parts: _read(parts, sought, _records)


def _in_columns(sought: Sought) -> Callable[[Sequence[Part]], _Read]:
    from policygen.replay.sources import portions_of
    from policygen.suggesting.columns import Reader

    reader = Reader(sought.nothing_yet().keys, whole=sought.whole)

    def portions(parts: Sequence[Part], gathered: Gathered, tell: Problems) -> None:
        for portion in portions_of(parts, reader.fields, tell):
            reader.read(portion, gathered)

    return lambda parts: _read(parts, sought, portions)


def _read(
    parts: Sequence[Part], sought: Sought, take_in: Callable[[Sequence[Part], Gathered, Problems], None]
) -> _Read:
    gathered, problems = sought.nothing_yet(), list[Problem]()
    take_in(parts, gathered, problems.append)
    return _Read(sum(each.size for each in parts), gathered, problems)


def _records(parts: Sequence[Part], gathered: Gathered, tell: Problems) -> None:
    for record in (each for part in parts for each in records_in(part.path, tell)):
        event, times = event_of(record, gathered.keys), _times(record.fields)
        who = Who.of(event.principal)
        if gathered.is_wanted(who):
            gathered.add(event, who, map(Ask.for_request, event.requests), times)
        else:
            gathered.pass_over(who, times)


def _times(fields: Mapping[str, Any]) -> int:
    """Return for how many records one stands: a row of a table may say it."""
    stated = str(fields.get("count", ""))
    return int(stated) if _COUNT.fullmatch(stated) else 1
