"""The axis of time of pictures: places of moments, and marks at round times."""

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policygen.report import timeline
from policygen.report.timeline import axis_of, moment_of

MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda each: each.isoformat().replace("+00:00", "Z"))


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2026-11-30T08:10:00Z", "2026-11-30T08:10:00Z", ["08:10:00"]),
        ("2026-11-30T08:10:00Z", "2026-11-30T08:10:03Z", ["08:10:00", "08:10:01", "08:10:02", "08:10:03"]),
        ("2026-11-30T08:10:00Z", "2026-11-30T09:20:00Z", ["11-30 08:30", "11-30 09:00"]),
        ("2026-11-29T08:10:00Z", "2026-11-30T09:20:00Z", ["11-29 12:00", "11-30 00:00"]),
        ("2026-11-02", "2026-11-30", ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]),
        ("2026-01-01", "2026-11-30", ["2026-01", "2026-04", "2026-07", "2026-10"]),
        ("2020-01-02", "2026-11-30", ["2022-01", "2024-01", "2026-01"]),
    ],
)
def test_marks(first, last, labels):
    """Marks stand at round times: seconds, minutes, hours, Mondays, months, years."""
    assert [each.label for each in axis_of([first, last]).marks()] == labels


@given(MOMENTS, MOMENTS, MOMENTS)
def test_everything_stands_on_the_axis(one, two, three):
    """Whatever moments there are, every line and every mark is within, the marks are few, and in order."""
    axis = axis_of([one, two, three])
    begin, end = axis.line(one, two)
    marks = [each.place for each in axis.marks()]
    assert 0 < begin <= end < 100
    assert marks == sorted(marks)
    assert len(marks) <= 5
    assert all(2 <= each <= 98 for each in marks)


def test_the_first_and_the_last_stand_at_the_ends():
    """The axis goes from the earliest moment to the latest; one moment alone stands in the middle."""
    axis = axis_of(["2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"])
    assert axis.line("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z") == (2, 98)
    assert axis.line("2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z") == (50, 50)
    assert axis_of(["2026-11-02", ""]).line("2026-11-02", "") == (50, 50)


@pytest.mark.parametrize("text", ["", "soon", "<b>", "2026-13-01", "0001-01-01T00:00:00+05:00", "9" * 5000])
def test_what_is_no_moment(text):
    """A text that is no moment has no place, and no axis is made of such alone."""
    assert moment_of(text) is None
    assert axis_of([text]) is None
    assert axis_of(["2026-11-02"]).line(text, text) is None


def test_other_zones():
    """A moment of another zone is that of UTC; one that says none is of UTC."""
    expected = datetime(2026, 11, 30, 7, tzinfo=UTC)
    assert moment_of("2026-11-30T08:00:00+01:00") == moment_of("2026-11-30T07:00:00") == expected


def test_examples_in_docstrings():
    """The examples of the module hold."""
    failed, tried = doctest.testmod(timeline)
    assert (failed, tried > 0) == (0, True)
