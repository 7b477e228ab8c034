"""Records to suggested policies: gathered in columns beside one by one, in one run.

``python -m tests.benchmarks.suggesting`` draws records of CloudTrail (``--rows``), writes them as S3 has
them and as Parquet, and gathers what was used: one by one, as without the extra, and in columns, cold and once
more. Then policies are made of it. The same must be gathered. Times are of the processor, of one core.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from policygen.catalog import load_catalog
from policygen.replay.parts import parts_in
from policygen.suggesting import Gathered, Level, Sought, Wanted, gathering, suggest
from tests.benchmarks import cloudtrail

_Found = TypeVar("_Found")


def _timed(name: str, rows: int, run: Callable[[], _Found]) -> _Found:
    start = time.process_time()
    found = run()
    spent = time.process_time() - start
    _say(f"{name:34} {spent / rows * 1e6:7.1f} µs a record, {rows / spent:9,.0f} a second")
    return found


def _told(found: Gathered) -> int:
    """Return a number that is the same where the same was gathered."""
    uses = ((name, use.ask[1:], use.calls) for name, each in found.callers.items() for use in each.uses.values())
    return hash(tuple(uses))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Measure, print, and compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.suggesting", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    problems: list[object] = []
    with tempfile.TemporaryDirectory() as name:
        json_gz, parquet = (parts_in(each, problems.append) for each in cloudtrail.write_both(Path(name), rows))
        one_by_one = gathering._one_by_one(Sought())
        all_told = {_told(_timed("json.gz, one by one", rows, lambda: one_by_one(json_gz).gathered))}
        for form, parts in (("json.gz", json_gz), ("Parquet", parquet)):
            in_columns = gathering._in_columns(Sought())
            for state in ("cold", "warm"):
                run = lambda: in_columns(parts).gathered  # noqa: E731, B023
                found = _timed(f"{form}, in columns, {state}", rows, run)
                all_told.add(_told(found))
    wanted = Wanted(Level.RESOURCE, 5, None, split=False)
    catalog = load_catalog()
    made = _timed("policies made of it", rows, lambda: list(suggest(found, wanted, None, catalog)))
    _say(f"{len(made):,} policies of {sum(each.requests for each in made):,} different requests")
    same = len(all_told) == 1 and not problems
    _say("the same is gathered" if same else "NOT THE SAME IS GATHERED")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
