"""What ``baseline.json`` holds figures of: every point measures itself once, in seconds of processor time.

Public names alone are used, so that the same points measure every version. Commands and the public functions behind
them run in forks of this process: everything is imported, and nothing of the input has been seen before.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from time import process_time

import policygen as pg
from policygen.cli import main as command_line
from tests.benchmarks import inputs
from tests.benchmarks.contenders import ENGINE, REQUEST, WHOLE, engine_passes
from tests.benchmarks.costs import first_fields, first_pass
from tests.benchmarks.measure import Pass, command_seconds, in_child, nanoseconds
from tests.benchmarks.workloads import WORKLOADS, w1

Seconds = Callable[[], float]
Point = tuple[str, Seconds]
"""A name, and what returns seconds of processor time (of one decision, one run of a command …)."""

REQUESTS = 2000
LASTS = 0.06
"""Seconds that a pass of decisions is repeated for: shorter ones say nothing on a machine that does other work, too."""

SIZES = {"small": (2, 1), "medium": (8, 2), "large": (20, 5)}
"""Buckets, and rules of each."""

BYTES = {"small": 2000, "medium": inputs.WHOLE_SIZE, "large": 200_000}
TESTS = {"small": 10, "medium": 100, "large": 1000}


def points(tree: Path, folder: Path) -> Iterator[Point]:
    """Yield every point of the policygen in ``tree``; inputs are written into ``folder``."""
    for make in WORKLOADS:
        workload = make()
        names = {ENGINE: "decision", REQUEST: "request", WHOLE: "request and decision"}
        for name, run in engine_passes(workload, list(workload.fields(REQUESTS))).items():
            yield f"{workload.name}: {names[name]}", lasting(run)
    earlier, timed = first_fields(w1())
    yield "w1: first requests of a plan, and decision", lambda: first_pass(w1(), earlier, timed)[0] / 1e9
    warm_up(folder)
    yield from _samples(tree)
    yield from _growth(folder)
    yield from _processes(tree)


def lasting(run: Pass) -> Seconds:
    """Return what repeats a pass for about :data:`LASTS` seconds, and returns the seconds of one decision."""
    start = process_time()
    run()
    times = max(1, round(LASTS / max(process_time() - start, 1e-6)))

    def repeated() -> int:
        return sum(run() for _ in range(times))

    return lambda: nanoseconds(repeated) / 1e9


def _samples(tree: Path) -> Iterator[Point]:
    for path in sorted(tree.glob("samples/*/spec.yaml")):
        yield f"verify samples/{path.parent.name}", forked(partial(_verify, path))


def _growth(folder: Path) -> Iterator[Point]:
    for size, (buckets, rules) in SIZES.items():
        path = inputs.write(folder, f"{size}.spec.json", inputs.spec(buckets, rules))
        about = f"{size}: {buckets} buckets, {buckets * rules} rules"
        yield f"verify {about}", forked(partial(_verify, path))
        yield f"generate {about}", forked(partial(_generate, path))
    for size, count in BYTES.items():
        path = inputs.write(folder, f"{size}.json", inputs.bucket_policy(count))
        asked = ["validate", str(path), "--resource-type", "AWS::S3::Bucket"]
        about = f"{size}: a bucket policy of {count // 1000} kB"
        yield f"validate {about}", forked(partial(_command, asked, (0,) if count <= inputs.WHOLE_SIZE else (0, 1)))
    for size, count in TESTS.items():
        path = inputs.write(folder, f"{size}.policytest.json", inputs.suite(count))
        yield f"test {size}: {count} tests", forked(partial(_command, ["test", str(path)]))


def _processes(tree: Path) -> Iterator[Point]:
    python = [sys.executable]
    for name, arguments in {
        "bare interpreter, a process": ["-c", ""],
        "import policygen, a process": ["-c", "import policygen"],
        "import what a decision needs, a process": [
            "-c",
            "import policygen as pg; pg.compile, pg.Request, pg.PolicySet",
        ],
        "policygen --version, a process": ["-m", "policygen", "--version"],
        "policygen verify samples/mrk-replication, a process": [
            "-m",
            "policygen",
            "verify",
            "samples/mrk-replication/spec.yaml",
        ],
    }.items():
        yield name, partial(command_seconds, python + arguments, tree)


def forked(work: Callable[[], None]) -> Seconds:
    """Return what does some work in a fork of this process, and returns its seconds."""

    def timed() -> float:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            start = process_time()
            work()
            return process_time() - start

    def run() -> float:
        gc.collect()
        gc.freeze()  # what this process holds is not to be looked through in the fork
        return in_child(timed)

    return run


def _verify(path: Path) -> None:
    _must(pg.verify(pg.load_spec(path)).ok, path)


def _generate(path: Path) -> None:
    _must(len(pg.generate(pg.load_spec(path))) > 0, path)


def _command(arguments: Sequence[str], expected: Sequence[int] = (0,)) -> None:
    try:
        command_line(list(arguments))
    except SystemExit as leaving:
        _must(leaving.code in expected, arguments)


def _must(holds: bool, what: object) -> None:
    if not holds:
        message = f"not what is to be measured: {what}"
        raise RuntimeError(message)


def warm_up(folder: Path) -> None:
    """Import what commands import, with inputs of names that no point uses."""
    path = inputs.write(folder, "other.spec.json", inputs.spec(2, 1, "other-bucket"))
    policy = inputs.write(folder, "other.json", inputs.bucket_policy(1500, "other-bucket"))
    suite = inputs.write(folder, "other.policytest.json", inputs.suite(3, "other-bucket"))
    with redirect_stdout(StringIO()):
        _generate(path)
        _verify(path)
        _command(["validate", str(policy), "--resource-type", "AWS::S3::Bucket"])
        _command(["test", str(suite)])
