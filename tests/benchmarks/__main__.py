"""The benchmarks: ``python -m tests.benchmarks [--quick] [--json FILE] [--only w1,w3] [--node-modules DIR]``.

Never part of the tests: other people's load decides about every timed test. Ratios of one run are what counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import policygen as pg
from tests.benchmarks import costs, peers, report
from tests.benchmarks.contenders import made, passes
from tests.benchmarks.measure import interleaved, per_call, sample_for
from tests.benchmarks.workloads import WORKLOADS, Fields, Workload

Step = Callable[[], None]


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the command's options."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the engine.")
    parser.add_argument("--quick", action="store_true", help="fewer requests and rounds: a minute or two")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    parser.add_argument("--only", default="w1,w2,w3,w4", help="workloads, by comma")
    parser.add_argument("--rounds", type=int, help="how often each contender is measured")
    parser.add_argument(
        "--node-modules",
        type=Path,
        default=Path("node_modules"),
        help="where npm installed @cloud-copilot/iam-simulate",
    )
    return parser.parse_args(given)


def measure(options: argparse.Namespace, step: Step) -> report.Figures:
    """Run everything, and return the figures."""
    quick = options.quick
    rounds = options.rounds or (5 if quick else 11)
    chosen = [make() for make in WORKLOADS if make.__name__ in options.only.split(",")]
    figures: report.Figures = {
        "machine": report.machine(),
        "peer versions": peers.versions(options.node_modules),
        "about": {each.name: each.about for each in chosen},
        "workloads": {},
        "peers": {},
        "cold": {},
        "compile": {},
        "first requests us": {},
    }
    for workload in chosen:
        number = min(workload.size, 2000 if quick else 10_000)
        figures["workloads"][workload.name], figures["peers"][workload.name] = decisions(
            workload, list(workload.fields(number)), rounds, options, step
        )
        if workload.name == "w1":
            figures["first requests us"][workload.name] = costs.first_requests(workload, rounds)
        figures["cold"][workload.name] = costs.cold_start(workload, 9 if quick or workload.name in ("w2", "w4") else 41)
        figures["compile"][workload.name] = costs.compile_all(workload, number)
        step()
    largest = 1000 if quick else 100_000
    sizes = [size for size in (1, 10, 100, 500, 1000, 10_000, 100_000) if size <= largest]
    figures["curves"] = {
        "statements": costs.statements_curve(sizes, rounds, step),
        "ARNs": costs.arns_curve([size for size in (1, 10, 100, 1000, 10_000) if size <= largest], rounds, step),
        "context keys": costs.keys_curve([5, 10, 20, 50], rounds, step),
    }
    figures["hostile glob us"] = costs.hostile_glob()
    figures["lines"] = [{**line._asdict(), "verdict": line.verdict()} for line in report.lines_of(figures)]
    return figures


def decisions(
    workload: Workload, fields: list[Fields], rounds: int, options: argparse.Namespace, step: Step
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Return nanoseconds a decision, round by round, of the contenders and the Python peers; and what peers answer.

    Peers take plain arguments, in the same rounds as the engine. One that fails on a workload is left out.
    """
    seconds = 0.05 if options.quick else 0.3
    contenders = passes(workload, fields, seconds)
    authorize = pg.compile(workload.target()).authorize
    allowed = [authorize(made(each)).allowed for each in fields[:500]]
    about: dict[str, Any] = {}
    for name, peer in peers.in_process(workload).items():
        contenders[name] = per_call(peer.decide, sample_for(peer.decide, fields, seconds))
        some = max(25, len(sample_for(peer.decide, fields[:500], 20 * seconds)))
        answers = [peer.allows(peer.decide(each)) for each in fields[:some]]
        about[name] = {"equal": peers.equal(answers, allowed), "compared": some, "asks": peer.asks}
        step()
    found = interleaved(contenders, rounds, step)
    few = fields[: {"w1": 500, "w2": 30, "w3": 60}.get(workload.name, 0)]
    answer = peers.iam_simulate(workload, few, allowed, options.node_modules) if few else None
    if answer is not None:
        about[peers.SIMULATE] = {**answer, "compared": len(few), "asks": "the same, in a process of its own"}
    return found, about


def progress() -> Any:
    """Return a context whose value is called for each step: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext(lambda: None)
    from tests.benchmarks.bar import Bar

    return Bar()


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON when it is asked for."""
    options = arguments(given)
    with progress() as step:
        figures = measure(options, step)
    for line in report.text_of(figures):
        sys.stdout.write(line + "\n")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
