"""How fast events become verdicts, by source: the figures of docs/replay-at-scale.md.

``python -m tests.benchmarks.at_scale`` draws a million events (``--events``), writes them as CloudTrail does and as
Parquet with the columns of Athena's table, and replays them: on one core of this machine, reduced by the SQL for
Athena, which DuckDB runs here, and on Spark with two worker processes, where pyspark is installed. All must count
alike.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from policygen.events.looked_at import keys_looked_at, tells_sessions_apart
from policygen.replay.athena import reduction
from policygen.replay.parts import Part
from policygen.replay.replayer import Replayer
from policygen.replay.sources import portions_of
from policygen.replay.tally import Tally
from policygen.scenario import environment_in
from tests.benchmarks import cloudtrail
from tests.replay.athena_table import table_of

_OF_A_FILE = 10_000
_OF_A_ROW_GROUP = 100_000
_ENVIRONMENT = json.dumps(cloudtrail.environment())


def write(folder: Path, events: int) -> tuple[list[Path], Path]:
    """Write the events as files of CloudTrail, and as one file of Parquet."""
    drawn = cloudtrail.records(events)
    files: list[Path] = []
    parquet = folder / "parquet"
    parquet.mkdir()
    with pq.ParquetWriter(parquet / "events.parquet", table_of([]).schema, compression="zstd") as writer:
        while portion := list(islice(drawn, _OF_A_ROW_GROUP)):
            for start in range(0, len(portion), _OF_A_FILE):
                files.append(folder / "json" / f"{len(files):05}.json.gz")
                files[-1].parent.mkdir(exist_ok=True)
                text = json.dumps({"Records": portion[start : start + _OF_A_FILE]}, separators=(",", ":"))
                files[-1].write_bytes(gzip.compress(text.encode(), 6))
            writer.write_table(table_of(portion))
    return files, parquet / "events.parquet"


def parsed(files: list[Path]) -> int:
    """Unpack and parse the files, and do nothing with what they hold."""
    return sum(len(json.loads(gzip.decompress(each.read_bytes()))["Records"]) for each in files)


def from_files(replayer: Replayer, files: list[Path]) -> Tally:
    """Replay the files on one core."""
    tally = Tally()
    parts = [Part(str(each), each.stat().st_size, "") for each in files]
    for portion in portions_of(parts, replayer.fields, _refuse):
        tally.add(replayer.answered(portion))
    return tally


def from_parquet(replayer: Replayer, path: Path) -> Tally:
    """Replay a file of Parquet on one core."""
    tally = Tally()
    for number in range(pq.read_metadata(path).num_row_groups):
        for portion in portions_of([Part(str(path), 0, "", (number, number + 1))], replayer.fields, _refuse):
            tally.add(replayer.answered(portion))
    return tally


def reduced(path: Path) -> pa.Table:
    """Reduce the file as Athena would; DuckDB runs the query here, on one core."""
    import duckdb

    from tests.replay.athena import for_duckdb

    target = environment_in(_ENVIRONMENT, "environment")
    keys, sessions = keys_looked_at([target]), tells_sessions_apart([target])
    sql = for_duckdb(reduction(keys, sessions=sessions, table="cloudtrail_logs"))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE VIEW cloudtrail_logs AS SELECT * FROM read_parquet('{path}')")
        return connection.sql(sql).to_arrow_table()


def _refuse(problem: object) -> None:
    raise ValueError(str(problem))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _timed(name: str, events: int, run: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> Any:
    start = clock()
    found = run()
    spent = clock() - start
    _say(f"{name:44} {events / spent:11,.0f} events/s {spent / events * 1e6:8.2f} µs an event")
    return found


def _on_spark(folder: Path, files: list[Path], parquet: Path, events: int) -> Iterator[Tally]:
    from pyspark.sql import SparkSession

    from policygen.replay.spark import Policies, tally_files, tally_parquet

    start = time.perf_counter()
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.files.maxPartitionBytes", "8m").getOrCreate()
    session.range(1).count()
    _say(f"Spark starts in {time.perf_counter() - start:.1f} s; its rates are of both worker processes, by the clock")
    policies = Policies(_ENVIRONMENT)
    for state in ("cold", "warm"):
        run = lambda: tally_parquet(session, [str(parquet)], policies)[0]  # noqa: E731
        yield _timed(f"Spark, Parquet, {state}", events, run, time.perf_counter)
    run = lambda: tally_files(session, [str(folder / "json")], policies)[0]  # noqa: E731
    yield _timed("Spark, json.gz, warm", events, run, time.perf_counter)
    session.stop()


def main() -> int:
    """Measure, print, and compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.at_scale", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, parquet = write(folder, events)
        packed = sum(each.stat().st_size for each in files)
        stored = parquet.stat().st_size
        _say(f"{events:,} events: {packed / events:.0f} bytes each as json.gz, {stored / events:.0f} as Parquet")
        _timed("gunzip and parse alone", events, lambda: parsed(files))
        replayer = Replayer(environment_in(_ENVIRONMENT, "environment"))
        tallies = [_timed("json.gz to verdicts, cold", events, lambda: from_files(replayer, files))]
        tallies.append(_timed("json.gz to verdicts, warm", events, lambda: from_files(replayer, files)))
        replayer = Replayer(environment_in(_ENVIRONMENT, "environment"))
        tallies.append(_timed("Parquet to verdicts, cold", events, lambda: from_parquet(replayer, parquet)))
        tallies.append(_timed("Parquet to verdicts, warm", events, lambda: from_parquet(replayer, parquet)))
        few = _timed("reduced by the SQL for Athena, in DuckDB", events, lambda: reduced(parquet))
        _say(f"{len(few):,} rows stand for {events:,} events: one for {events / len(few):.1f}")
        tallies.append(Tally())
        replayer = Replayer(environment_in(_ENVIRONMENT, "environment"))
        answers = _timed("the reduced rows to verdicts, cold", len(few), lambda: replayer.answered(few))
        tallies[-1].add(answers)
        if find_spec("pyspark"):
            tallies += _on_spark(folder, files, parquet, events)
    same = all(list(each) == list(tallies[0]) for each in tallies)
    _say("all count alike" if same else "THE COUNTS DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
