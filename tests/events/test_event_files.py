"""Files of events: every form is read, in little memory, and what cannot be read is named."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from policygen.errors import Problem
from policygen.events import Record, records_in
from policygen.events.reading import MOST_CHARACTERS
from tests.events.samples import of_object

EVENTS = [of_object(key=f"data/{number}.csv") for number in range(5)]
WHOLE = json.dumps({"Records": EVENTS}).encode()
LINES = [json.dumps(each) for each in EVENTS]


def _read(path: Path, data: bytes | str) -> tuple[list[Record], list[Problem]]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    problems: list[Problem] = []
    return list(records_in(path, problems.append)), problems


def _keys(records: list[Record]) -> list[str]:
    return [each.fields["requestParameters"]["key"].removeprefix("data/").removesuffix(".csv") for each in records]


@pytest.mark.parametrize(
    "data",
    [
        WHOLE,
        gzip.compress(WHOLE),
        gzip.compress(WHOLE[:200]) + gzip.compress(WHOLE[200:]),
        json.dumps({"Records": EVENTS}, indent=2),
        json.dumps(EVENTS),
        "\n".join(LINES),
        "\r\n".join(LINES) + "\r\n",
        "\n\n".join(json.dumps(each, indent=4) for each in EVENTS),
        b"\xef\xbb\xbf" + WHOLE,
        json.dumps({"Events": [{"EventId": "1", "CloudTrailEvent": each} for each in LINES], "NextToken": "t"}),
        json.dumps({"NextToken": None, "Events": [{"CloudTrailEvent": each} for each in LINES]}, indent=4),
        "\n".join(json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": each}) for each in EVENTS),
    ],
    ids=[
        "a file of CloudTrail",
        "compressed",
        "compressed in two parts",
        "with line breaks",
        "a list",
        "lines",
        "lines of Windows",
        "events with line breaks",
        "with a byte order mark",
        "lookup-events",
        "lookup-events with the token first",
        "EventBridge",
    ],
)
def test_every_form_is_read(tmp_path: Path, data: bytes | str) -> None:
    """All records are there, in order, with their numbers, and nothing is wrong."""
    records, problems = _read(tmp_path / "events", data)
    assert (_keys(records), problems) == (["0", "1", "2", "3", "4"], [])
    assert [each.number for each in records] == [1, 2, 3, 4, 5]
    assert {each.source for each in records} == {str(tmp_path / "events")}


def test_one_event(tmp_path: Path) -> None:
    """A file may hold one event alone."""
    records, problems = _read(tmp_path / "event.json", json.dumps(EVENTS[0], indent=4))
    assert (_keys(records), problems) == (["0"], [])


def test_a_file_in_which_nothing_happened(tmp_path: Path) -> None:
    """An empty list of records is a file of CloudTrail."""
    assert _read(tmp_path / "events.json", '{"Records": []}') == ([], [])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WHOLE)))
    records = list(records_in("-", pytest.fail))
    assert {each.source for each in records} == {"-"}
    assert len(records) == 5


def test_a_file_that_ends_too_early(tmp_path: Path) -> None:
    """What there is of a compressed file is read, and it is said that it ends too early."""
    many = json.dumps({"Records": [of_object(key=f"data/{n * 7919 % 9973}.csv") for n in range(200)]}).encode()
    records, problems = _read(tmp_path / "events.json.gz", gzip.compress(many)[:-300])
    assert len(records) > 100
    assert (problems[0].code, problems[0].message) == ("PG-E002", "ends too early")


def test_a_damaged_file(tmp_path: Path) -> None:
    """A damaged file is read up to where it is damaged."""
    packed = bytearray(gzip.compress(WHOLE))
    packed[-6] ^= 0xFF
    records, problems = _read(tmp_path / "events.json.gz", bytes(packed))
    assert len(records) == 5
    assert [each.code for each in problems] == ["PG-E002"]
    assert problems[0].message == (
        "cannot be unpacked any further: Error -3 while decompressing data: incorrect data check"
    )


@pytest.mark.parametrize(
    "broken", [LINES[2][:150], "garbage", LINES[2].replace(",", "", 1), '{"a": 1} x', "{'eventName': 1}", "[" * 100_000]
)
def test_a_broken_line(tmp_path: Path, broken: str) -> None:
    """A line that cannot be read is named, and the others are read."""
    records, problems = _read(tmp_path / "events.jsonl", "\n".join([*LINES[:2], broken, *LINES[3:]]))
    assert _keys(records) == ["0", "1", "3", "4"]
    assert {(each.code, each.place.line) for each in problems} == {("PG-E003", 3)}


def test_how_a_broken_line_is_named(tmp_path: Path) -> None:
    """The sentence says which record it is, where it stands, and that the others are read."""
    _, problems = _read(tmp_path / "events.jsonl", "\n".join([*LINES[:2], LINES[2][:150], *LINES[3:]]))
    assert (problems[0].message, problems[0].hint) == ("record 3 cannot be read", "it is left out, the others are read")


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress("\n".join(LINES).encode())[:-9],
        "\n".join(['{"a": 1}', *LINES]),
        '{"Records": [' + ",".join(LINES[:2]),
        "\n".join([*LINES[:2], LINES[2][:150], *LINES[3:]]),
        'eventname,eventsource\nGetObject,s3.amazonaws.com\n"GetObject',
    ],
)
def test_every_problem_has_a_hint(tmp_path: Path, data: bytes | str) -> None:
    """Whatever is wrong with a file, it is said what was read all the same, or what to do."""
    _, problems = _read(tmp_path / "events", data)
    assert problems
    assert all(each.hint for each in problems)


def test_a_broken_record_of_a_list(tmp_path: Path) -> None:
    """In a list the next record is found by how it begins."""
    broken = [*LINES[:2], LINES[2][:150], *LINES[3:]]
    records, problems = _read(tmp_path / "events.json", f'{{"Records": [{",".join(broken)}]}}')
    assert (_keys(records), [each.code for each in problems]) == (["0", "1", "3", "4"], ["PG-E003"])


def test_a_list_without_an_end(tmp_path: Path) -> None:
    """A list that breaks off between two records is named."""
    records, problems = _read(tmp_path / "events.json", '{"Records": [' + ",".join(LINES[:2]))
    assert (_keys(records), [each.message for each in problems]) == (
        ["0", "1"],
        ["record 3 is missing: the list of records has no end"],
    )


def test_what_is_no_record_among_records(tmp_path: Path) -> None:
    """A line of something else is named where the others are records, wherever it stands."""
    records, problems = _read(tmp_path / "events.jsonl", "\n".join(['{"a": 1}', *LINES, '{"b": 1}']))
    assert (len(records), [each.message for each in problems]) == (
        5,
        ["record 1 is no record of CloudTrail", "record 7 is no record of CloudTrail"],
    )


@pytest.mark.parametrize("data", ["", " \n", '{"Policy": "x"}', "[1]", "a,b\n1,2\n", "text", bytes(range(256)), '{"a"'])
def test_a_file_without_records(tmp_path: Path, data: bytes | str) -> None:
    """A file of something else is named once."""
    records, problems = _read(tmp_path / "other", data)
    assert records == []
    assert [(each.code, each.message) for each in problems] == [("PG-E001", "no record of CloudTrail was found")]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be opened is named as everywhere."""
    problems: list[Problem] = []
    assert list(records_in(tmp_path / "none.json", problems.append)) == []
    assert [(each.code, each.message) for each in problems] == [
        ("PG-F001", "cannot be read: no such file or directory")
    ]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is not searched here."""
    problems: list[Problem] = []
    assert list(records_in(tmp_path, problems.append)) == []
    assert [each.message for each in problems] == ["this is a folder, a file is needed"]


def test_something_larger_than_any_record(tmp_path: Path) -> None:
    """A text without an end is not read for ever."""
    data = f'{LINES[0]}\n{{"a": "{"x" * (MOST_CHARACTERS + 10)}'
    records, problems = _read(tmp_path / "events.jsonl", data)
    assert (len(records), [each.code for each in problems]) == (1, ["PG-E004"])


def test_a_broken_line_is_left_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that no further text can mend is not read on until it is too large."""
    monkeypatch.setattr("policygen.events.reading.MOST_CHARACTERS", 3_000)
    monkeypatch.setattr("policygen.events.reading._PIECE", 500)
    records, problems = _read(
        tmp_path / "events.jsonl", "\n".join([LINES[0], LINES[1].replace(",", "", 1), *LINES * 5])
    )
    assert (len(records), [each.code for each in problems]) == (26, ["PG-E003"])


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    """However many records a file has, a few pieces of it are in memory."""
    path = tmp_path / "events.json.gz"
    path.write_bytes(gzip.compress(b'{"Records": [' + b",".join([LINES[0].encode()] * 5_000) + b"]}", 1))
    tracemalloc.start()
    count = sum(1 for _ in records_in(path, pytest.fail))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, most < 8_000_000) == (5_000, True)


def test_a_reader_may_stop(tmp_path: Path) -> None:
    """Who needs one record reads no more of the file."""
    path = tmp_path / "events.json"
    path.write_bytes(WHOLE)
    problems: list[Problem] = []
    records = records_in(path, problems.append)
    assert next(iter(records)).number == 1
    records.close()  # type: ignore[attr-defined]  # it is a generator
    assert problems == []


def _athena(value: Any) -> str:
    """Write a value as Athena writes structures into its results."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key.lower()}={_athena(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_athena, value)) + "]"
    return "null" if value is None else str(value)


def test_rows_of_athena(tmp_path: Path) -> None:
    """Athena's results are CSV, names in lower case, structures as text; parameters are JSON (T12)."""
    columns = ["eventsource", "eventname", "awsregion", "useridentity", "requestparameters", "resources", "eventtime"]
    fields = of_object(key="a, b=c")
    row = {name.lower(): value for name, value in fields.items()}
    cells = [json.dumps(row[name]) if name == "requestparameters" else _athena(row[name]) for name in columns]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    records, problems = _read(tmp_path / "rows.csv", ",".join(columns) + "\n" + quoted + "\n")
    assert problems == []
    (found,) = records
    assert found.fields["userIdentity"]["principalId"] == "AIDACKCEVSQ6C2EXAMPLE"
    assert found.fields["requestParameters"]["key"] == "a, b=c"
    assert found.fields["resources"][0]["ARN"] == "arn:aws:s3:::amzn-s3-demo-bucket/a, b=c"


def test_a_broken_row(tmp_path: Path) -> None:
    """A row that cannot be read is named."""
    data = 'eventsource,eventname\ns3.amazonaws.com,GetObject\n"s3"x,GetObject\n'
    records, problems = _read(tmp_path / "rows.csv", data)
    assert len(records) == 1
    assert [(each.code, each.message) for each in problems] == [
        ("PG-E003", "this row cannot be read: ',' expected after '\"'")
    ]


BEHIND = {
    "one behind the other": (WHOLE * 2, 10, []),
    "on lines": (b"\n".join([WHOLE] * 3), 15, []),
    "an empty one first": (b'{"Records": []}\n' + WHOLE, 5, []),
    "events behind a file": (WHOLE + b"\n" + "\n".join(LINES).encode(), 10, []),
    "lists": (json.dumps(EVENTS).encode() * 2, 10, []),
    "with a token for the next page": (json.dumps({"Records": EVENTS, "NextToken": "t"}).encode() * 2, 10, []),
    "something else": (WHOLE + b"xx", 5, ["is none: what stands behind the list of records is not read"]),
    "no end": (WHOLE[:-1], 5, ["is missing: the file has no end"]),
}


@pytest.mark.parametrize("what", BEHIND)
def test_what_stands_behind_a_list(tmp_path: Path, what: str) -> None:
    """Files that were put one behind the other are all read, and what is no record is named."""
    data, events, messages = BEHIND[what]
    records, problems = _read(tmp_path / "a.json", data)
    assert len(records) == events
    assert [each.message.partition(" ")[2].partition(" ")[2] for each in problems] == messages


def test_a_first_line_that_is_broken(tmp_path: Path) -> None:
    """A broken line is left out wherever it stands, the first one too."""
    records, problems = _read(tmp_path / "a.jsonl", "\n".join(["xx{", *LINES]))
    assert len(records) == 5
    assert [each.code for each in problems] == ["PG-E003"]


def test_many_broken_records_are_summed_up(tmp_path: Path) -> None:
    """Of a file that is broken all over twenty problems are told, and how many more there are."""
    records, problems = _read(tmp_path / "a.jsonl", "\n".join([LINES[0], *['{"eventVersion": xx'] * 700, LINES[1]]))
    assert len(records) == 2
    assert len(problems) == 21
    assert problems[-1].message == "680 more cannot be read"
