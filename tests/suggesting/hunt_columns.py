"""Random records: what is gathered of them in columns, beside record by record.

``python -m tests.suggesting.hunt_columns --cases 300 --seed 1``: records are read as a file and as tables of each form,
in two portions, with the keys of random policies or none, of all callers or of some. The same must be gathered, in the
same order, also where it has come from another process. Ends with 1 at the first difference.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

import pyarrow as pa

from policygen.events import event_of
from policygen.events.looked_at import keys_looked_at
from policygen.replay.own import Own
from policygen.suggesting import Sought
from policygen.suggesting.columns import Reader
from policygen.suggesting.used import Ask, Gathered, Who
from tests.replay.forms import FORMS, as_file, plain
from tests.replay.records import draw_record, draw_target

RECORDS = 60


def one_by_one(records: Iterable[Mapping[str, Any]], sought: Sought) -> Gathered:
    """Return what records tell, one after the other."""
    found = sought.nothing_yet()
    for each in records:
        event = event_of(each, found.keys)
        who = Who.of(event.principal)
        if found.is_wanted(who):
            found.add(event, who, map(Ask.for_request, event.requests), 1)
        else:
            found.pass_over(who, 1)
    return found


def in_columns(whole: Own | pa.Table, reader: Reader, sought: Sought) -> Gathered:
    """Return what two portions tell, each read by itself and sent from one process to another."""
    table, kind = (whole.table, Own) if isinstance(whole, Own) else (whole, pa.Table.from_batches)
    found = sought.nothing_yet()
    for part in (table.slice(0, len(table) // 3), table.slice(len(table) // 3)):
        gathered = sought.nothing_yet()
        reader.read(Own(part) if kind is Own else part, gathered)
        found.merge(pickle.loads(pickle.dumps(gathered)))
    return found


def told(found: Gathered) -> dict[str, Any]:
    """Return all that was gathered."""
    callers = {
        name: (each.name, each.arn, each.calls, [(use.asked(), use.ask[1:], use.calls) for use in each.uses.values()])
        for name, each in sorted(found.callers.items())
    }
    return {"events": found.events, "callers": callers, "others": found.others, "left out": list(found.left_out())}


def _of_somebody(record: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a record, or the same of another role."""
    found: dict[str, Any] = json.loads(json.dumps(record).replace("App", random.choice(("App", "Web"))))
    return found


def difference(seed: int) -> str | None:
    """Return where columns tell something else in one case; None where nowhere."""
    random = Random(seed)
    records = [_of_somebody(draw_record(random), random) for _ in range(RECORDS)]
    keys = keys_looked_at([draw_target(random)]) if random.random() < 0.7 else frozenset[str]()
    sought = Sought(keys, random.random() < 0.5)
    callers = sorted(one_by_one(records, sought).callers)
    if callers and random.random() < 0.3:
        sought = sought._replace(only=frozenset(random.sample(callers, 1)))
    reader = Reader(sought.nothing_yet().keys, whole=sought.whole)
    forms: dict[str, tuple[Callable[[], Own | pa.Table], Callable[[Any], Any] | None]] = {
        "file": (lambda: as_file(records, reader.fields), None),
        **{name: ((lambda table=table: table(records)), record) for name, (table, record) in FORMS.items()},
    }
    for name, (table, record) in forms.items():
        rows = table()
        given = records if record is None else [record(plain(each)) or {} for each in rows.to_pylist()]
        ours, expected = told(in_columns(rows, reader, sought)), told(one_by_one(given, sought))
        for about, should in expected.items():
            if ours[about] != should:
                return f"seed {seed}, {name}, {sought}: {about}: {ours[about]} and not {should}"
    return None


def main(arguments: list[str] | None = None) -> int:
    """Try random cases; return 1 at the first difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    for seed in range(asked.seed, asked.seed + asked.cases):
        found = difference(seed)
        if found is not None:
            sys.stdout.write(f"{found}\n")
            return 1
    sys.stdout.write(f"{asked.cases:,} cases from {asked.seed}, no difference\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
