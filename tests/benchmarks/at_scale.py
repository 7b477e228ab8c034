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
from pathlib import Path
from typing import Any

import pyarrow as pa

from policygen.events.looked_at import keys_looked_at, tells_sessions_apart
from policygen.replay.athena import reduction
from policygen.replay.parts import parts_in
from policygen.replay.replayer import Replayer
from policygen.replay.sources import portions_of
from policygen.replay.tally import Tally
from tests.benchmarks import cloudtrail

_ENVIRONMENT = json.dumps(cloudtrail.environment())


def parsed(files: list[Path]) -> int:
    """Unpack and parse the files, and do nothing with what they hold."""
    return sum(len(json.loads(gzip.decompress(each.read_bytes()))["Records"]) for each in files)


def replayed(replayer: Replayer, files: list[Path]) -> Tally:
    """Replay files on one core."""
    tally = Tally()
    for each in replayer.all_answered(portions_of(parts_in(files, _refuse), replayer.fields, _refuse)):
        tally.add(each)
    return tally


def reduced(files: list[Path]) -> pa.Table:
    """Reduce files of Parquet as Athena would; DuckDB runs the query here, on one core."""
    import duckdb

    from tests.replay.athena import for_duckdb

    target = cloudtrail.target()
    keys, sessions = keys_looked_at([target]), tells_sessions_apart([target])
    sql = for_duckdb(reduction(keys, sessions=sessions, table="cloudtrail_logs"))
    with duckdb.connect(config={"threads": 1}) as connection:
        paths = [str(each) for each in files]
        connection.execute(f"CREATE VIEW cloudtrail_logs AS SELECT * FROM read_parquet({paths})")
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


def _on_spark(folder: Path, events: int) -> Iterator[Tally]:
    from pyspark.sql import SparkSession

    from policygen.replay.spark import Policies, tally_files, tally_parquet

    start = time.perf_counter()
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.files.maxPartitionBytes", "8m").getOrCreate()
    session.range(1).count()
    _say(f"Spark starts in {time.perf_counter() - start:.1f} s; its rates are of both worker processes, by the clock")
    policies = Policies(_ENVIRONMENT)
    for state in ("cold", "warm"):
        run = lambda: tally_parquet(session, [str(folder / "parquet")], policies)[0]  # noqa: E731
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
        files, parquet = cloudtrail.write_both(folder, events)
        packed, stored = (sum(each.stat().st_size for each in some) for some in (files, parquet))
        _say(f"{events:,} events: {packed / events:.0f} bytes each as json.gz, {stored / events:.0f} as Parquet")
        _timed("gunzip and parse alone", events, lambda: parsed(files))
        replayer = Replayer(cloudtrail.target())
        tallies = [_timed("json.gz to verdicts, cold", events, lambda: replayed(replayer, files))]
        tallies.append(_timed("json.gz to verdicts, warm", events, lambda: replayed(replayer, files)))
        replayer = Replayer(cloudtrail.target())
        tallies.append(_timed("Parquet to verdicts, cold", events, lambda: replayed(replayer, parquet)))
        tallies.append(_timed("Parquet to verdicts, warm", events, lambda: replayed(replayer, parquet)))
        few = _timed("reduced by the SQL for Athena, in DuckDB", events, lambda: reduced(parquet))
        _say(f"{len(few):,} rows stand for {events:,} events: one for {events / len(few):.1f}")
        tallies.append(Tally())
        replayer = Replayer(cloudtrail.target())
        answers = _timed("the reduced rows to verdicts, cold", len(few), lambda: replayer.answered(few))
        tallies[-1].add(answers)
        if find_spec("pyspark"):
            tallies += _on_spark(folder, events)
    same = all(list(each) == list(tallies[0]) for each in tallies)
    _say("all count alike" if same else "THE COUNTS DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
