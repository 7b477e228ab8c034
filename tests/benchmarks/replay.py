"""Records in Parquet to decisions: the kernel beside one request after the other, in one run.

``python -m tests.benchmarks.replay`` draws a million records of w4 (``--rows``), writes them to a Parquet file in a
temporary folder, and decides them three times: read as Python values and asked of the engine one by one, by the kernel
with nothing known, and by the kernel once more. The answers must be the same. Times are of the processor, of one core.

``--raw`` writes records of CloudTrail instead, compressed as S3 has them and as Parquet with the columns of Athena's
table, and replays them beside unpacking and parsing alone. ``--growth`` does so for 10,000 records and ten times as
many at a time, up to ``--rows``, each in a process of its own, and prints time and memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import policygen as pg
from policygen.events import FIELDS, FIELDS_OF_KEYS
from policygen.replay.kernel import Kernel
from policygen.replay.parts import parts_in
from policygen.replay.run import Policies, count
from policygen.replay.tally import Tally
from tests.benchmarks import records
from tests.benchmarks.workloads import w4
from tests.replay.columns import batch_of

_ROW_GROUP = 500_000


def write(path: Path, rows: int, seed: int = 7) -> None:
    """Write ``rows`` records of w4."""
    drawn = w4().fields(rows, seed)
    writer = None
    left = rows
    while left:
        batch = batch_of([next(drawn) for _ in range(min(left, _ROW_GROUP))])
        writer = writer or pq.ParquetWriter(path, batch.schema)
        writer.write_batch(batch)
        left -= len(batch)
    if writer:
        writer.close()


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the file's row groups, every column of texts but resources, which are many, with each text once."""
    names = [name for name in pq.read_schema(path).names if name != "resource"]
    file = pq.ParquetFile(path, read_dictionary=names)
    for number in range(file.num_row_groups):
        yield from file.read_row_group(number, use_threads=False).combine_chunks().to_batches()


def one_by_one(path: Path, engine: pg.Engine) -> list[str]:
    """Return the engine's word on each record."""
    found = []
    for batch in pq.ParquetFile(path).iter_batches():
        for row in batch.to_pylist():
            who = {"arn": row["principal"], "role": row["role"]} if row["role"] else row["principal"]
            context = {name: row[name] for name in row if ":" in name and row[name] is not None}
            request = pg.Request(principal=who, action=row["action"], resource=row["resource"], context=context)
            found.append(engine.authorize(request).decision.value)
    return found


def in_columns(path: Path, kernel: Kernel) -> list[str]:
    """Return the kernel's word on each record."""
    found: list[str] = []
    for batch in batches(path):
        decided = kernel.decide(batch)
        words = pa.array(["", *decided.answers[1:]]).dictionary_encode()
        found.extend(words.dictionary.take(words.indices.take(decided.numbers)).to_pylist())
    return found


PER_FILE = 5_000


def write_raw(folder: Path, rows: int) -> None:
    """Write records of CloudTrail as S3 has them, and as Parquet with the columns of Athena's table."""
    drawn = records.drawn(rows)
    (folder / "json").mkdir()
    writer = None
    for number in range(0, rows, PER_FILE):
        found = list(islice(drawn, PER_FILE))
        data = json.dumps({"Records": found}, separators=(",", ":")).encode()
        (folder / "json" / f"{number:09d}.json.gz").write_bytes(gzip.compress(data, 6))
        columns = [{name.lower(): _as_column(value) for name, value in each.items()} for each in found]
        table = pa.Table.from_pylist(columns, schema=ATHENA)
        writer = writer or pq.ParquetWriter(folder / "athena.parquet", ATHENA)
        writer.write_table(table)
    if writer:
        writer.close()


ATHENA = pa.schema(
    [(name.lower(), pa.string()) for name in (*FIELDS, *FIELDS_OF_KEYS, "eventID", "errorMessage") if name != "summary"]
)


def _as_column(value: object) -> object:
    return value if isinstance(value, str) or value is None else json.dumps(value, separators=(",", ":"))


def replay_raw(folder: Path, rows: int) -> None:
    """Replay the records, and print rates beside unpacking and parsing alone."""
    policies = Policies(records.target(), None)
    files = sorted((folder / "json").iterdir())
    start = time.process_time()
    for file in files:
        json.loads(gzip.decompress(file.read_bytes()))
    alone = time.process_time() - start
    _say(f"{rows:,} records: unpacked and parsed alone {alone / rows * 1e6:6.1f} µs a record")
    for name in ("json", "athena.parquet"):
        problems: list[object] = []
        tally = Tally()
        start = time.process_time()
        problems += count(policies, parts_in([folder / name], problems.append), tally=tally)
        spent = time.process_time() - start
        rate = f"{spent / rows * 1e6:6.1f} µs a record, {rows / spent:,.0f} a second"
        _say(f"  {name}: {rate}, {alone / spent:.2f} of parsing alone; {tally.events:,} events, {problems}")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(f"  most memory: {most:,.0f} MB")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _growth(most: int) -> int:
    rows = 10_000
    while rows <= most:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.replay", "--raw", "--rows", str(rows)], check=True)
        rows *= 10
    return 0


def main() -> int:
    """Measure, print, and compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.replay", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--growth", action="store_true")
    asked = parser.parse_args()
    if asked.growth:
        return _growth(asked.rows)
    if asked.raw:
        with tempfile.TemporaryDirectory() as folder:
            write_raw(Path(folder), asked.rows)
            replay_raw(Path(folder), asked.rows)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w4.parquet"
        write(path, asked.rows)
        _say(f"{asked.rows:,} records of w4 in Parquet, {path.stat().st_size / 1e6:.0f} MB")
        kernel, engine = Kernel(pg.compile(w4().target())), pg.compile(w4().target())
        answers, times = [], {}
        for name, run in (
            ("one by one, cold", lambda: one_by_one(path, engine)),
            ("one by one, warm", lambda: one_by_one(path, engine)),
            ("kernel, cold", lambda: in_columns(path, kernel)),
            ("kernel, warm", lambda: in_columns(path, kernel)),
        ):
            start = time.process_time()
            answers.append(run())
            times[name] = time.process_time() - start
            _say(f"{name:18} {asked.rows / times[name] / 1e6:6.3f} million rows a second")
    for state in ("cold", "warm"):
        _say(f"{state}: {times[f'one by one, {state}'] / times[f'kernel, {state}']:.1f} times as fast")
    _say(f"{kernel.combinations:,} distinct combinations were decided")
    same = all(each == answers[0] for each in answers)
    _say("the answers are the same" if same else "THE ANSWERS DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
