"""How a replay grows: time and memory from a hundred thousand records to a hundred million.

``python -m tests.benchmarks.replay_growth --rows 10000000`` writes records of CloudTrail, ten times as many each time,
to a temporary folder: as Parquet with Athena's columns; up to ``--json`` of them as ``.json.gz``; and up to
``--differ`` as Parquet where no caller, object or address comes twice, which is the worst case. Each size is replayed
as the command does it, in a process of its own, which starts ``--processes``. Printed are the time by the clock, the
processor time of all processes, and the most memory that any one of them had.

``--keep`` writes the figures to docs/replay-growth.json after each size, of which ``python -m tests.pages`` makes the
picture and the table. It ends with 1 where counts are wrong.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from typing import Any, NamedTuple

from policygen.errors import Problem
from policygen.replay.parts import parts_in
from policygen.replay.result import result_of
from policygen.replay.run import Policies, count
from policygen.replay.tally import Tally
from tests.benchmarks import cloudtrail

FIGURES = Path(__file__).parents[2] / "docs/replay-growth.json"

_FEWEST = 100_000
_PARQUET, _JSON, _DIFFER = "Parquet", ".json.gz", "Parquet, all differ"
_MOST_BYTES_A_RECORD = {_PARQUET: 160, _JSON: 220, _DIFFER: 160}
_MOST_APART = 0.01
"""How far apart the shares of what breaks may be: records are drawn, and fewest of them vary by 0.002."""


class Measured(NamedTuple):
    """What one replay took, and found.

    Attributes:
        source: The form of the files.
        rows: How many records there were.
        events: How many were counted.
        breaks: How many of them would be denied.
        seconds: By the clock.
        processor: Seconds of all processes.
        megabytes: The most memory that one process had.
    """

    source: str
    rows: int
    events: int
    breaks: int
    seconds: float
    processor: float
    megabytes: float

    def line(self, processes: int) -> str:
        """Return it for people."""
        rate = self.rows / self.seconds / processes
        return (
            f"{self.source:19} {self.rows:12,} {self.seconds:9.1f} s {rate:10,.0f} a second and process "
            f"{self.processor / self.rows * 1e6:7.1f} µs each {self.megabytes:7,.0f} MB "
            f"{self.breaks / self.rows:7.2%} break"
        )


def replayed(folder: Path, processes: int) -> dict[str, Any]:
    """Replay files as the command does, and return what it took."""
    import resource  # Windows has none

    target = cloudtrail.target(by_address=True)
    problems: list[Problem] = []
    tally, start = Tally(), time.perf_counter()
    parts = parts_in([folder], problems.append)
    problems += count(Policies(target, None), parts, tally=tally, processes=processes)
    seconds = time.perf_counter() - start
    for each in active_children():
        each.join()
    own, others = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    found = result_of(tally, problems)
    if found.problems:
        raise ValueError(str(found.problems[0]))
    return {
        "events": found.events,
        "breaks": sum(each.count for each in found.breaks),
        "seconds": seconds,
        "processor": sum(each.ru_utime + each.ru_stime for each in (own, others)),
        "megabytes": max(_own_megabytes(), others.ru_maxrss / 1024),
    }


def _own_megabytes() -> float:
    """Return the most memory of this process alone; what is told of it elsewhere is also of the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(each.split()[1] for each in lines if each.startswith("VmHWM:"))) / 1024


_WRITERS: dict[str, Callable[[Path, int], None]] = {
    _PARQUET: cloudtrail.write_parquet,
    _JSON: cloudtrail.write_json,
    _DIFFER: partial(cloudtrail.write_parquet, all_differ=True),
}


def measured(source: str, rows: int, processes: int) -> Measured:
    """Write records, replay them, and return what that took; what was written is removed, however this ends.

    Raises:
        SystemExit: The disk has no room for them, or the replay failed.
    """
    needed, free = rows * _MOST_BYTES_A_RECORD[source], shutil.disk_usage(tempfile.gettempdir()).free
    if needed > free:
        room = f"{free / 1e9:.1f} GB of {needed / 1e9:.1f} GB are free in {tempfile.gettempdir()}"
        raise SystemExit(f"{rows:,} records as {source} do not fit: {room}; set TMPDIR to a folder with more room")
    with tempfile.TemporaryDirectory() as name:
        _WRITERS[source](Path(name), rows)
        command = [sys.executable, "-m", "tests.benchmarks.replay_growth", "--replay", name, "--processes"]
        found = subprocess.run([*command, str(processes)], check=False, stdout=subprocess.PIPE)
    if found.returncode:
        raise SystemExit(found.returncode)
    return Measured(source, rows, **json.loads(found.stdout))


def _sizes(most: dict[str, int]) -> Iterator[tuple[str, int]]:
    rows = _FEWEST
    while rows <= max(most.values()):
        yield from ((source, rows) for source in most if rows <= most[source])
        rows *= 10


def _wrong(found: list[Measured]) -> list[str]:
    """Return what of the counts cannot be true."""
    first = found[0].breaks / found[0].rows
    wrong = [f"{each.rows:,} records count {each.events:,} times" for each in found if each.events != each.rows]
    of_parquet = {each.rows: each.breaks for each in found if each.source == _PARQUET}
    for each in found:
        is_other = each.source == _JSON and each.breaks != of_parquet.get(each.rows, each.breaks)
        if is_other or abs(each.breaks / each.rows - first) > _MOST_APART:
            wrong.append(f"{each.breaks:,} of {each.rows:,} break as {each.source}")
    return wrong


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Measure, print, and compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.replay_growth", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="the most records")
    parser.add_argument("--json", type=int, default=1_000_000, help="the most records as .json.gz")
    parser.add_argument("--differ", type=int, default=100_000, help="the most records that all differ")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--replay", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.replay is not None:
        _say(json.dumps(replayed(asked.replay, asked.processes)))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found = []
    for source, rows in _sizes({_PARQUET: asked.rows, _JSON: asked.json, _DIFFER: asked.differ}):
        found.append(measured(source, rows, asked.processes))
        _say(found[-1].line(asked.processes))
        for wrong in _wrong(found):
            _say(f"WRONG: {wrong}")
            return 1
        if asked.keep:
            kept = {"processes": asked.processes, "measured": [each._asdict() for each in found]}
            FIGURES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
