"""Replay on a Spark cluster: functions for ``mapInArrow``, whose tallies the driver adds up.

Policies travel as text, in the form of environment files, and are compiled once in each worker process. Spark's own
rows are answered batch by batch; files of JSON are read by the readers of events, as on one machine.

Source: https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/api/pyspark.sql.DataFrame.mapInArrow.html
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from policygen.errors import Problem, SourceError
from policygen.events import FIELDS, FIELDS_OF_KEYS
from policygen.replay.replayer import Replayer
from policygen.replay.sources import MOST_RECORDS, Part, portions_of, unusable
from policygen.replay.tally import TALLY, Tally
from policygen.scenario import environment_in

PROBLEM = "problem"
"""The column that names what could not be read; the others are empty there."""

_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.bool_(): "boolean", pa.list_(pa.string()): "array<string>"}
SCHEMA = ", ".join(f"`{each.name}` {_TYPES[each.type]}" for each in (*TALLY, pa.field(PROBLEM, pa.string())))
"""What the functions make, as Spark writes schemas."""

COLUMNS = frozenset(
    name.lower()
    for name in (*FIELDS, *FIELDS_OF_KEYS, "eventID", "errorMessage", "count", "first_time", "last_time", "example")
)
"""Columns of CloudTrail's tables that are read; Spark need not read the others."""

_FILES_AT_ONCE = 16
"""Files that a worker process holds at a time; a file of CloudTrail has a few MB at most."""

_ROWS_OF_A_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Tallies batches of records as columns.

    Attributes:
        target: The policies to replay against: the text of an environment file.
        against: Policies whose verdict stands in the place of what AWS did; None for what AWS did.
    """

    target: str
    against: str | None = None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the tally of a partition's rows."""
        replayer, tally = _replayer(self.target, self.against), Tally()
        for batch in batches:
            tally.add(replayer.answered(batch))
        yield from _result(tally, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Tallies files with records as JSON: columns ``path`` and ``content``, as Spark's format ``binaryFile`` has them.

    Attributes:
        target: As of :class:`Rows`.
        against: As of :class:`Rows`.
    """

    target: str
    against: str | None = None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the tally of a partition's files, and what of them could not be read."""
        replayer, tally = _replayer(self.target, self.against), Tally()
        problems: list[str] = []
        with tempfile.TemporaryDirectory() as folder:
            for batch in batches:
                for file in batch.to_pylist():
                    copy = Path(folder) / file["path"].rpartition("/")[2]
                    copy.write_bytes(file["content"])
                    _tally_file(copy, file["path"], replayer, tally, problems)
                    copy.unlink()
        yield from _result(tally, problems)


def _tally_file(copy: Path, path: str, replayer: Replayer, tally: Tally, problems: list[str]) -> None:
    def tell(problem: Problem) -> None:
        place = problem.place and replace(problem.place, source=path)
        problems.append(str(replace(problem, place=place)))

    for portion in portions_of(Part(str(copy), copy.stat().st_size, ""), tell):
        tally.add(replayer.answered(portion) if isinstance(portion, pa.RecordBatch) else replayer.answers_on(portion))


def _result(tally: Tally, problems: Iterable[str]) -> Iterator[pa.RecordBatch]:
    rows = tally.rows()
    schema = pa.schema([*TALLY, pa.field(PROBLEM, pa.string())])
    named = pa.Table.from_pylist([{PROBLEM: each} for each in problems], schema)
    nothing = pa.nulls(len(rows), pa.string())
    yield from pa.concat_tables([rows.append_column(schema.field(PROBLEM), nothing), named]).to_batches()


def tally_parquet(session: Any, paths: Sequence[str], rows: Rows) -> tuple[Tally, tuple[str, ...]]:
    """Return the tally of tables in Parquet: CloudTrail's with the columns of Athena's table, or of Security Lake.

    Raises:
        SourceError: PG-E007 for tables without columns that are needed.
    """
    frame = session.read.parquet(*paths)
    problem = unusable(frame.columns, ", ".join(paths))
    if problem is not None:
        raise SourceError(problem)
    lowered = {name.lower() for name in frame.columns}
    if "eventname" in lowered:
        frame = frame.select(*(name for name in frame.columns if name.lower() in COLUMNS))
    return _tallied(session, frame, rows, MOST_RECORDS)


def tally_files(session: Any, paths: Sequence[str], files: Files) -> tuple[Tally, tuple[str, ...]]:
    """Return the tally of files of JSON, those below folders too, and what of them could not be read."""
    frame = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(list(paths))
    return _tallied(session, frame.select("path", "content"), files, _FILES_AT_ONCE)


def _tallied(session: Any, frame: Any, how: Rows | Files, at_once: int) -> tuple[Tally, tuple[str, ...]]:
    before = session.conf.get(_ROWS_OF_A_BATCH)
    session.conf.set(_ROWS_OF_A_BATCH, str(at_once))
    try:
        return added_up(each.asDict() for each in frame.mapInArrow(how, SCHEMA).collect())
    finally:
        session.conf.set(_ROWS_OF_A_BATCH, before)


def added_up(rows: Iterable[dict[str, Any]]) -> tuple[Tally, tuple[str, ...]]:
    """Return the tally of all that the functions made, and the problems, each once."""
    tally = Tally()
    problems: dict[str, None] = {}
    for row in rows:
        problem = row.pop(PROBLEM)
        if problem is None:
            tally.merge([row])
        else:
            problems[problem] = None
    return tally, tuple(problems)


@lru_cache(maxsize=2)
def _replayer(target: str, against: str | None) -> Replayer:
    """Return what replays; it is kept with all that it remembers for the tasks that the same process gets later."""
    other = None if against is None else environment_in(against, "against")
    return Replayer(environment_in(target, "environment"), other)
