"""A replay of what the SQL for Athena finds reports what a replay of all events does."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import policygen as pg
from policygen.cli.main import run
from tests.events.samples import ACCOUNT, BUCKET, KEY, ROLE, USER
from tests.replay.athena import asked
from tests.replay.athena_table import table_of
from tests.replay.drawn import drawn

READ = {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}
THERE = {**READ, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.1"}}}
STATEMENTS = {USER["arn"]: THERE, ROLE: READ}
ENVIRONMENT = {
    "version": 1,
    "principals": {
        arn: {"identity_based": [{"Version": "2012-10-17", "Statement": [each]}]} for arn, each in STATEMENTS.items()
    },
    "resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}, KEY: {}},
}


def as_csv(table: pa.Table, path: Path) -> Path:
    """Athena's results: every value in quotes, nothing for null."""
    with (path / "result.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(table.column_names)
        writer.writerows(["" if each is None else each for each in row.values()] for row in table.to_pylist())
    return path / "result.csv"


def as_lines(table: pa.Table, path: Path) -> Path:
    """JSON lines, as UNLOAD writes them."""
    (path / "result.jsonl").write_text("\n".join(map(json.dumps, table.to_pylist())), encoding="utf-8")
    return path / "result.jsonl"


def as_parquet(table: pa.Table, path: Path) -> Path:
    """Parquet, as UNLOAD writes it."""
    pq.write_table(table, path / "result.parquet")
    return path / "result.parquet"


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Return a table of records of which many are alike."""
    rng = random.Random(5)
    return table_of([drawn(rng) for _ in range(200)])


@pytest.mark.parametrize("write", [as_csv, as_lines, as_parquet])
def test_the_same_report(table: pa.Table, write: Callable[[pa.Table, Path], Path], tmp_path: Path) -> None:
    """Every count, time, example, reason and cause is the same, whatever form the result is kept in."""
    (tmp_path / "environment.json").write_text(json.dumps(ENVIRONMENT), encoding="utf-8")
    environment = pg.load_environment(tmp_path / "environment.json")
    pq.write_table(table, tmp_path / "all.parquet")
    few = asked(pg.athena_sql(environment), table)
    whole = pg.replay_events(tmp_path / "all.parquet", target=environment)
    assert pg.replay_events(write(few, tmp_path), target=environment) == whole
    assert len(few) < len(table)
    assert whole.breaks
    assert whole.opens
    assert whole.unknown


def test_the_command_prints_what_the_function_returns(tmp_path: Path, capsys: Any) -> None:
    """``replay --sql`` prints the query for the policies that are given, and needs no events."""
    path = tmp_path / "environment.json"
    path.write_text(json.dumps(ENVIRONMENT), encoding="utf-8")
    condition = "\"timestamp\" >= '2026/09/01'"
    assert run(["replay", "--sql", "--environment", str(path), "--table", "logs.Trail-1", "--where", condition]) == 0
    text = capsys.readouterr().out
    assert text == pg.athena_sql(pg.load_environment(path), table="logs.Trail-1", where=condition)
    assert f'\nFROM logs."Trail-1"\nWHERE {condition}\nGROUP BY 1, 2, ' in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sql", "events.json"], "--sql asks Athena and not files: give it without PATH..."),
        ([], "give events: PATH...; or --sql, which needs none"),
        (["events.json", "--table", "t"], "--table and --where are of the query: give them with --sql"),
        (["events.json", "--where", "x"], "--table and --where are of the query: give them with --sql"),
        (["--sql", "--script", "spark"], "give --sql or --script, not both"),
        (["--sql", "--resume", "x"], "--resume is of a replay: give it without --sql and --script"),
        (["--script", "spark", "events.json"], "--script prints a job, which is given the events: give it without"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str, capsys: Any) -> None:
    """What cannot be meant is told, with exit status 2."""
    assert run(["replay", *arguments, "--environment", "e.json"]) == 2
    assert f"Error: {message}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "a..b", "a.b.c.d"])
def test_what_is_no_table(name: str) -> None:
    """A name of a table has one to three parts."""
    with pytest.raises(pg.ArgumentError) as caught:
        pg.athena_sql({"Statement": READ}, table=name)
    assert [each.message for each in caught.value.problems] == [f"`{name}` is no name of a table"]


def test_no_query_for_policies_that_cannot_be_read(tmp_path: Path, capsys: Any) -> None:
    """Policies of which a part cannot be read may look at more: there is no query then."""
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert run(["replay", "--sql", "--environment", str(tmp_path)]) == 3
    assert capsys.readouterr().out == ""


def test_the_job_for_spark_is_a_program(capsys: Any) -> None:
    """``replay --script spark`` prints a program that can be compiled, and needs no policies."""
    assert run(["replay", "--script", "spark"]) == 0
    compile(capsys.readouterr().out, "replay_job.py", "exec")
