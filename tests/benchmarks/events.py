"""Records to requests to answers, one by one: what each kind of record costs a replay that has not met it.

``python -m tests.benchmarks.events`` draws records, and prints microseconds of processor time by operation: what
``event_of`` takes for a record, and the judge of events and ``answer_on`` for its first request. The first half of
the records warms up callers, actions and plans; the second half is timed.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from policygen.engine import Engine
from policygen.engine.planner import Plan
from policygen.events import Event, EventRequest, event_of, judge
from policygen.events.looked_at import keys_looked_at
from policygen.replay.answers import answer_on
from tests.benchmarks import records
from tests.benchmarks.measure import interleaved, per_call

_COLUMNS = ("event_of", "judge", "answer_on")


def by_operation(drawn: Iterable[Any]) -> dict[str, list[Any]]:
    """Return records by service and operation."""
    found: dict[str, list[Any]] = defaultdict(list)
    for each in drawn:
        found[f"{each['eventSource'].partition('.')[0]}:{each['eventName']}"].append(each)
    return dict(sorted(found.items()))


def measured(timed: Sequence[Any]) -> dict[str, float]:
    """Return microseconds of each step for records of one kind, by the name of the step."""
    target = records.target()
    keys, engine = keys_looked_at([target]), Engine(target)

    def read(fields: Any) -> Event:
        return event_of(fields, keys)

    def judged(event: Event) -> object:
        return judge(target, event)

    def planned(event: Event) -> tuple[Plan, EventRequest]:
        asked = event.requests[0]
        return engine.plan(asked.request), asked

    def answered(given: tuple[Plan, EventRequest]) -> object:
        plan, asked = given
        return answer_on(target, plan, asked)

    half = len(timed) // 2
    for each in timed[:half]:
        judged(read(each))
        answered(planned(read(each)))
    later = timed[half:]
    passes = {
        "event_of": per_call(read, later),
        "judge": per_call(judged, [read(each) for each in later]),
        "answer_on": per_call(answered, [planned(read(each)) for each in later]),
    }
    return {name: took / 1e3 for name, (took,) in interleaved(passes, 1, lambda: None).items()}


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.events", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    asked = parser.parse_args()
    sys.stdout.write(f"{'µs':22}" + "".join(f"{name:>12}" for name in _COLUMNS) + "\n")
    for operation, drawn in by_operation(records.drawn(asked.rows)).items():
        took = measured(drawn)
        sys.stdout.write(f"{operation:22}" + "".join(f"{took[name]:12.0f}" for name in _COLUMNS) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
