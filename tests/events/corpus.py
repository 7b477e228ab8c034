"""What of a file of real events is mapped to requests, and what is not, by cause.

``python -m tests.events.corpus FILE…``: files as ``records_in`` takes them, or lines with an ``event`` each. Ends with
1 where a record could not be read, or not mapped without an error.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import process_time
from typing import Any

from policygen.errors import Problem
from policygen.events import Event, event_of, records_in, signature


def main(arguments: list[str] | None = None) -> int:
    """Print the counts; return 0 where all records were mapped, unknowns included."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--most", type=int, default=15, help="how many lines of each table")
    options = parser.parse_args(arguments)
    problems: list[Problem] = []
    records = [fields for each in options.files for fields in _records(Path(each), problems)]
    failed: Counter[str] = Counter()
    events: list[Event] = []
    start = process_time()
    for fields in records:
        try:
            events.append(event_of(fields))
        except Exception as error:  # any error at all is what is looked for
            failed[f"{fields.get('eventSource')} {fields.get('eventName')}: {error!r}"] += 1
    spent = process_time() - start
    _show(events, options.most)
    kinds = len({signature(fields, frozenset()) for fields in records})
    each = spent / max(len(records), 1) * 1_000_000
    _print(f"\n{len(records)} records, {kinds} signatures, {each:.0f} µs a record, {sum(failed.values())} errors")
    for text, count in failed.most_common(options.most):
        _print(f"  {count:6} {text}")
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if failed or problems else 0


def _records(path: Path, problems: list[Problem]) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a file; of lines that have an event each, the events."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        wrapped = '"event": {' in file.readline(4096)
        file.seek(0)
        if wrapped:
            yield from (json.loads(line)["event"] for line in file)
            return
    yield from (record.fields for record in records_in(path, problems.append))


def _show(events: list[Event], most: int) -> None:
    services: Counter[str] = Counter()
    mapped: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    named: Counter[str] = Counter()
    left_open: Counter[str] = Counter()
    for event in events:
        services[event.source] += 1
        mapped[event.source] += bool(event.requests)
        for fact in event.unknown:
            missing[f"{fact.name}: {fact.cause.value}"] += 1
            named[f"{fact.name}: {event.source} {event.name}"] += 1
        for key in {(fact.name, fact.cause) for each in event.requests for fact in each.unknown}:
            left_open[f"{key[0]}: {key[1].value}"] += 1
    _print("service: records, of them with a request")
    for service, count in services.most_common(most):
        _print(f"  {count:6} {mapped[service]:6} {service}")
    for title, counts in (("no request, or one too few", missing), ("of these", named), ("left open", left_open)):
        _print(f"{title}: records")
        for text, count in counts.most_common(most):
            _print(f"  {count:6} {text}")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    raise SystemExit(main())
