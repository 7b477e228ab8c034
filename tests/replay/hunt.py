"""Random records under random policies: what a replay says in columns, beside the judge of events, one by one.

``python -m tests.replay.hunt --cases N --seed S``: ends with 1 at the first record of which it says something else.
Each case is replayed as values, as a file, and as tables; what a form leaves out, the judge is not told either.
"""

from __future__ import annotations

import argparse
import json
import sys
from random import Random
from typing import Any

from policygen.events import event_of, judge
from policygen.replay.answers import facts_of
from policygen.replay.replayer import Replayer
from policygen.replay.said import Answered
from tests.replay.answers import answers
from tests.replay.forms import FORMS, as_file, plain
from tests.replay.records import draw_record, draw_target

RECORDS = 60


def one_by_one(target: Any, fields: Any) -> dict[str, Any]:
    """Return what the judge of events says of a record."""
    event = event_of(fields)
    found = judge(target, event)
    facts = sorted(facts_of(found.depends_on))
    return {"aws": event.outcome.value, "verdict": found.verdict.value, "facts": facts, "count": event.count}


def in_columns(replayer: Replayer, records: list[Any]) -> list[dict[str, Any]]:
    """Return what a replay says of records."""
    return said(replayer.answers_on(records))


def said(answered: Answered) -> list[dict[str, Any]]:
    """Return answers, a dictionary each."""
    return [
        {
            "aws": each["aws"],
            "verdict": each["verdict"],
            "facts": sorted(zip(each["depends_on"], each["causes"], strict=True)),
            "count": each["count"],
        }
        for each in answers(answered)
    ]


def difference(seed: int) -> str | None:
    """Return the first record of a random case of which a replay says something else; None where all are the same."""
    random = Random(seed)
    target = draw_target(random)
    records = [draw_record(random) for _ in range(RECORDS)]
    replayer = Replayer(target)
    found = {"values": (records, in_columns(replayer, records[:20]) + in_columns(replayer, records[20:]))}
    found["file"] = records, said(replayer.answered(as_file(records, replayer.fields)))
    for name, (table, record) in FORMS.items():
        rows = table(records)
        found[name] = [record(plain(each)) or {} for each in rows.to_pylist()], said(replayer.answered(rows))
    for name, (given, ours_of_all) in found.items():
        for fields, ours in zip(given, ours_of_all, strict=True):
            expected = one_by_one(target, fields)
            if ours != expected:
                return f"seed {seed}, {name}: {ours} and not {expected}: {json.dumps(fields)}"
    return None


def main(arguments: list[str] | None = None) -> int:
    """Try random cases; return 1 at the first difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    for seed in range(asked.seed, asked.seed + asked.cases):
        found = difference(seed)
        if found is not None:
            sys.stdout.write(f"{found}\n")
            return 1
    sys.stdout.write(f"{asked.cases} cases of {RECORDS} records: the same\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
