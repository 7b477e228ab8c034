"""What is suggested of tables, in columns and on several cores: the same as of records one by one."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import policygen as pg
from policygen.replay import libraries, parts
from tests.events.samples import ACCOUNT, BUCKET, ROLE, SESSION, USER, of_key, of_object, record
from tests.replay.forms import FORMS
from tests.suggesting import hunt_columns

ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"
RECORDS = [
    *(of_object(key=f"logs/{number}", userIdentity=SESSION) for number in range(8)),
    of_key(vpcEndpointId=None),
    of_key(errorCode="AccessDenied"),
    record("NoSuchOperation", "s3"),
    record("ListUsers", "iam"),
]


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    """Write a file as CloudTrail does."""
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return path


@pytest.fixture
def alone(monkeypatch) -> Callable[[], None]:
    """Return what takes the libraries of the extra away."""
    return lambda: monkeypatch.setattr(libraries, "find_spec", lambda _: None)


@pytest.mark.parametrize("level", ["resource", "condition"])
def test_one_by_one_the_same_is_suggested(tmp_path, alone, level):
    """Without the extra every form but Parquet is read, and the report is the same to the letter."""
    path = write(tmp_path / "a.json.gz", RECORDS)
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, RECORDS[:9])) + '\n{"broken', encoding="utf-8")
    columns = pg.suggest(path, tmp_path / "b.jsonl", level=level)
    alone()
    found = pg.suggest(path, tmp_path / "b.jsonl", level=level)
    assert found.to_dict() == columns.to_dict()
    assert found.events == 21
    assert [str(each) for each in found.problems] == [str(each) for each in columns.problems] != []


def test_random_records_are_gathered_alike():
    """In columns the same is gathered as record by record, in the same order."""
    assert [hunt_columns.difference(seed) for seed in range(5)] == [None] * 5


@pytest.mark.parametrize("form", FORMS)
def test_tables_in_parquet(tmp_path, form):
    """Of Athena's table and Security Lake's the same is suggested as of CloudTrail's own files."""
    pq.write_table(FORMS[form][0](RECORDS), tmp_path / "a.parquet", row_group_size=5)
    found, own = pg.suggest(tmp_path), pg.suggest(write(tmp_path / "own.json.gz", RECORDS))
    assert (found.texts, found.events) == (own.texts, len(RECORDS))
    assert [(each.calls, each.requests) for each in found.suggested] == [
        (each.calls, each.requests) for each in own.suggested
    ]


def test_parquet_without_the_libraries(tmp_path, alone):
    """It is named with what to install, and the other files are read."""
    pq.write_table(FORMS["athena, texts"][0](RECORDS), tmp_path / "t.parquet")
    write(tmp_path / "a.json.gz", RECORDS)
    alone()
    found = pg.suggest(tmp_path)
    (problem,) = found.problems
    assert (problem.code, problem.hint) == ("PG-E009", "pip install 'policygen[replay]'")
    assert str(problem).startswith(f"{tmp_path / 't.parquet'}: PG-E009 reading Parquet needs duckdb and pyarrow")
    assert found.events == len(RECORDS)


def test_rows_of_requests(tmp_path):
    """Requests with what AWS did are used like calls; of others it is not told whether they were allowed."""
    at = f"arn:aws:s3:::{BUCKET}/a"
    rows = [
        {"principal": ALICE, "action": "s3:GetObject", "resource": at, "aws": "allowed", "count": 3},
        {"principal": ALICE, "action": "s3:PutObject", "resource": at, "aws": "denied", "count": 1},
        {"principal": ALICE, "action": "s3:DeleteObject", "resource": at, "aws": None, "count": 1},
        {"principal": ALICE, "action": "s3:DeleteObject", "resource": "nothing", "aws": "allowed", "count": 1},
        {"principal": ROLE, "action": "s3:GetObject", "resource": at, "aws": "allowed", "count": 2},
    ]
    rows = [{**each, "aws:RequestedRegion": "us-east-1"} for each in rows]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "r.parquet")
    found = pg.suggest(tmp_path / "r.parquet", level="condition", principal=ALICE)
    (alice,) = found.suggested
    assert (found.events, alice.principal, alice.calls, alice.actions) == (8, ALICE, 3, ("s3:GetObject",))
    assert json.loads(next(iter(found.texts.values())))["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": "us-east-1"}
    }
    assert [(each.name, dict(each.operations)) for each in found.left_out] == [
        ("denied", {"s3 PutObject": 1}),
        ("failed", {"s3 DeleteObject": 1}),
        ("resource", {"s3 DeleteObject": 1}),
    ]


@pytest.mark.parametrize("libraries_there", [True, False])
def test_a_row_that_stands_for_several_calls(tmp_path, alone, libraries_there):
    """What a query of Athena has counted counts as often."""
    rows = [{**each, "count": "40"} for each in FORMS["athena, texts"][0]([of_object(), of_key()]).to_pylist()]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    if not libraries_there:
        alone()
    found = pg.suggest(tmp_path / "a.csv")
    assert (found.events, [each.calls for each in found.suggested]) == (80, [80])


def test_several_processes_find_the_same(tmp_path, monkeypatch):
    """Processes gather what one does, and in the same order."""
    for number in range(6):
        mine = [{**each, "errorCode": "AccessDenied"} if number == 4 else each for each in RECORDS[number:]]
        write(tmp_path / f"{number}.json.gz", mine)
    one = pg.suggest(tmp_path, level="condition")
    monkeypatch.setattr(parts, "_FEW_BYTES", 0)
    monkeypatch.setattr(parts, "_FILES_AT_ONCE", 1)
    told: list[tuple[int, int, int]] = []
    several = pg.suggest(tmp_path, level="condition", processes=2, reading=lambda *each: told.append(each))
    assert several.to_dict() == one.to_dict()
    size = sum(each.stat().st_size for each in tmp_path.iterdir())
    assert told[-1] == (size, size, one.events)
    assert len(told) == 6


def test_others_are_named_where_one_is_picked(tmp_path):
    """Whoever is not asked for is left out early, and is named where nobody of the name that is asked for called."""
    path = write(tmp_path / "a.json.gz", RECORDS)
    found = pg.suggest(path, principal=f"{ROLE}s")
    assert (found.events, found.suggested) == (len(RECORDS), ())
    assert found.problems[0].hint == f"did you mean `{ROLE}`?"


def test_a_file_that_ends_too_early(tmp_path):
    """What there is of it is used, and it is named."""
    path = write(tmp_path / "a.json.gz", [{**of_object(), "eventID": str(number)} for number in range(2000)])
    path.write_bytes(path.read_bytes()[:-400])
    found = pg.suggest(path)
    assert 0 < found.events < 2000
    assert {each.code for each in found.problems} == {"PG-E002", "PG-E003"}
    assert found.suggested[0].calls == found.events


def test_files_of_other_forms_come_in_their_order(tmp_path):
    """What was used first is named first, however the files are written."""
    given = [of_object(key=f"{number}", userIdentity=USER, errorCode="AccessDenied") for number in range(3)]
    names = ("GetObject", "PutObject", "DeleteObject")
    records = [{**each, "eventName": name} for each, name in zip(given, names, strict=True)]
    write(tmp_path / "a.json.gz", records[:1])
    (tmp_path / "b.jsonl").write_text(json.dumps(records[1]), encoding="utf-8")
    write(tmp_path / "c.json.gz", records[2:])
    (denied,) = pg.suggest(tmp_path).left_out
    assert list(denied.operations) == [f"s3 {name}" for name in names]
