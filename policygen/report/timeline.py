"""An axis of time for pictures: where on it a moment stands, and which moments are marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MOST_MARKS = 4
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)  # a Monday: marks of weeks stand on one
_SECONDS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200)
_DAYS = (1, 2, 7, 14)
_STEPS = tuple(timedelta(seconds=each) for each in (*_SECONDS, *(day * 86400 for day in _DAYS)))
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 600, 1200, 6000, 12000, 60000)
_MONTH = timedelta(days=30.44)
_MARGIN = 2.0
"""Per cent at both ends: a dot there has room."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that is marked on the axis: its place in per cent, and its words."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The time between two moments."""

    start: datetime
    end: datetime

    def place(self, moment: datetime) -> float:
        """Return where a moment stands, in per cent of the axis's width."""
        span = self.end - self.start
        share = (moment - self.start) / span if span else 0.5
        return round(_MARGIN + (100 - 2 * _MARGIN) * share, 2)

    def line(self, first: str, last: str) -> tuple[float, float] | None:
        """Return where a time between two recorded moments begins and ends; None where they are none."""
        ends = [self.place(each) for each in map(moment_of, (first, last)) if each is not None]
        return (min(ends), max(ends)) if ends else None

    def marks(self) -> list[Mark]:
        """Return the moments that are marked, a few, at round times."""
        span = self.end - self.start
        step = next((each for each in _STEPS if span / each <= _MOST_MARKS), None)
        moments = self._by_steps(step) if step is not None else self._by_months(span)
        return [Mark(self.place(each), each.strftime(_form(step))) for each in moments]

    def _by_steps(self, step: timedelta) -> list[datetime]:
        number = -((_EPOCH - self.start) // step)  # rounded up
        found = []
        while number * step <= self.end - _EPOCH:
            found.append(_EPOCH + number * step)
            number += 1
        return found

    def _by_months(self, span: timedelta) -> list[datetime]:
        step = next(each for each in _MONTHS if span / _MONTH / each <= _MOST_MARKS)
        first, last = (each.year * 12 + each.month - 1 for each in (self.start, self.end))
        months = range(-(-first // step) * step, last + 1, step)
        found = [datetime(each // 12, each % 12 + 1, 1, tzinfo=UTC) for each in months if each >= 12]
        return [each for each in found if each >= self.start]


def _form(step: timedelta | None) -> str:
    if step is None:
        return "%Y-%m"
    if step.days:
        return "%Y-%m-%d"
    return "%m-%d %H:%M" if step.seconds >= 60 else "%H:%M:%S"


def axis_of(moments: Iterable[str]) -> Axis | None:
    """Return the axis that holds all moments that are some; None where there is none."""
    found = [each for each in map(moment_of, moments) if each is not None]
    return Axis(min(found), max(found)) if found else None


def moment_of(text: str) -> datetime | None:
    """Return the moment that a record tells, in UTC; None for a text that is none.

    >>> moment_of("2026-11-30T08:10:00Z")
    datetime.datetime(2026, 11, 30, 8, 10, tzinfo=datetime.timezone.utc)
    """
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
