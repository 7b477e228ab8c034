"""Replay on a Spark cluster: functions for ``mapInArrow``, whose tallies the driver adds up.

Policies travel as text, in the form of environment files, and are compiled once in each worker process. Spark's own
rows are answered batch by batch; files of JSON are read by the readers of events, as on one machine.

Source: https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/api/pyspark.sql.DataFrame.mapInArrow.html
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from policygen.errors import Place, Problem, Severity, SourceError
from policygen.events import FIELDS, FIELDS_OF_KEYS
from policygen.replay.forms import columns_needed, unusable
from policygen.replay.parts import Part
from policygen.replay.replayer import Replayer
from policygen.replay.sources import MOST_RECORDS, portions_of
from policygen.replay.tally import TALLY, Tally
from policygen.scenario import environment_in

_PROBLEM = "problem"
"""The column that has what could not be read, as JSON; the others are empty there."""

_MADE = pa.schema([*TALLY, pa.field(_PROBLEM, pa.string())])
_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.bool_(): "boolean", pa.list_(pa.string()): "array<string>"}
_SCHEMA = ", ".join(f"`{each.name}` {_TYPES[each.type]}" for each in _MADE)
"""What the functions make, as Spark writes schemas."""

_FILES_AT_ONCE = 16
"""Files that a worker process holds at a time; a file of CloudTrail has a few MB at most."""

_ROWS_OF_A_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"


class Policies(NamedTuple):
    """Policies as the texts of environment files.

    Attributes:
        target: The policies to replay against.
        against: Policies whose verdict stands in the place of what AWS did; None for what AWS did.
    """

    target: str
    against: str | None = None


def tally_parquet(session: Any, paths: Sequence[str], policies: Policies) -> tuple[Tally, tuple[Problem, ...]]:
    """Return the tally of tables in Parquet: CloudTrail's with the columns of Athena's table, or of Security Lake.

    Raises:
        SourceError: PG-E007 for tables without columns that are needed.
    """
    frame = session.read.parquet(*paths)
    problem = unusable(frame.columns, ", ".join(paths))
    if problem is not None:
        raise SourceError(problem)
    columns = columns_needed(frame.columns, (*FIELDS, *FIELDS_OF_KEYS))  # Spark need not read the others
    return _tallied(session, frame.select(*(f"`{name}`" for name in columns)), _Rows(policies), MOST_RECORDS)


def tally_files(session: Any, paths: Sequence[str], policies: Policies) -> tuple[Tally, tuple[Problem, ...]]:
    """Return the tally of files of JSON, those below folders too, and what of them could not be read."""
    frame = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(list(paths))
    return _tallied(session, frame.select("path", "content"), _Files(policies), _FILES_AT_ONCE)


def _tallied(session: Any, frame: Any, how: _Rows | _Files, at_once: int) -> tuple[Tally, tuple[Problem, ...]]:
    before = session.conf.get(_ROWS_OF_A_BATCH)
    session.conf.set(_ROWS_OF_A_BATCH, str(at_once))
    try:
        return _added_up(each.asDict() for each in frame.mapInArrow(how, _SCHEMA).collect())
    finally:
        session.conf.set(_ROWS_OF_A_BATCH, before)


def _added_up(rows: Iterable[dict[str, Any]]) -> tuple[Tally, tuple[Problem, ...]]:
    """Return the tally of all that the worker processes made, and the problems, each once."""
    tally = Tally()
    problems: dict[str, None] = {}
    for row in rows:
        problem = row.pop(_PROBLEM)
        if problem is None:
            tally.merge([row])
        else:
            problems[problem] = None
    return tally, tuple(map(_problem, problems))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Tallies batches of records as columns."""

    policies: Policies

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the tally of a partition's rows."""
        replayer, tally = _replayer(self.policies), Tally()
        for each in replayer.all_answered(batches):
            tally.add(each)
        yield from _made(tally, ())


@dataclass(frozen=True, slots=True)
class _Files:
    """Tallies files with records as JSON: columns ``path`` and ``content``, as Spark's format ``binaryFile`` has them.

    Each is written into a temporary file of the worker's machine, from where the readers of events take it.
    """

    policies: Policies

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the tally of a partition's files, and what of them could not be read."""
        replayer, tally = _replayer(self.policies), Tally()
        problems: list[str] = []
        with tempfile.TemporaryDirectory() as folder:
            for file in (each for batch in batches for each in batch.to_pylist()):
                copy = Path(folder) / file["path"].rpartition("/")[2]
                copy.write_bytes(file["content"])
                _tally_file(copy, file["path"], replayer, tally, problems)
                copy.unlink()
        yield from _made(tally, problems)


def _tally_file(copy: Path, path: str, replayer: Replayer, tally: Tally, problems: list[str]) -> None:
    def tell(problem: Problem) -> None:
        line = problem.place.line
        told = (problem.code, problem.message, path, line, problem.hint, problem.doc_url, problem.severity.value)
        problems.append(json.dumps(told))

    portions = portions_of([Part(str(copy), copy.stat().st_size, "")], replayer.fields, tell)
    for each in replayer.all_answered(portions):
        tally.add(each)


def _problem(text: str) -> Problem:
    code, message, path, line, hint, url, severity = json.loads(text)
    place = Place(source=path, line=line)
    return Problem(code=code, message=message, place=place, hint=hint, doc_url=url, severity=Severity(severity))


def _made(tally: Tally, problems: Iterable[str]) -> Iterator[pa.RecordBatch]:
    rows = [*(each | {_PROBLEM: None} for each in tally.rows().to_pylist()), *({_PROBLEM: each} for each in problems)]
    yield from pa.Table.from_pylist(rows, _MADE).to_batches()


@lru_cache(maxsize=2)
def _replayer(policies: Policies) -> Replayer:
    """Return what replays; it is kept with all that it remembers for the tasks that the same process gets later."""
    other = None if policies.against is None else environment_in(policies.against, "against")
    return Replayer(environment_in(policies.target, "environment"), other)
