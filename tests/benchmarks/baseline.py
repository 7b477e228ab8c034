"""Every figure beside an earlier state: ``python -m tests.benchmarks.baseline [--write] [--tree DIR] [--rounds N]``.

``baseline.json`` holds each figure as a ratio to the fixed workload (``fixed.py``), which is timed before and after it
in every round: so machines and days can be compared. ``--write`` stores what was measured; without it the command
prints a table ``what  baseline  now  ratio`` and fails for nothing in it. ``--tree`` measures the policygen of another
checkout, and its samples, with the code of this one.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from tests.benchmarks.fixed import ANSWER, fixed_workload

FILE = Path(__file__).with_name("baseline.json")
Figures = dict[str, dict[str, float]]


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the command's options."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.baseline", description="Compare with a baseline.")
    parser.add_argument("--write", action="store_true", help="store what is measured as the baseline")
    parser.add_argument("--tree", type=Path, metavar="DIR", help="measure the policygen of another checkout")
    parser.add_argument("--rounds", type=int, default=9, help="how often everything is measured (9)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the figures whose name contains this")
    options = parser.parse_args(given)
    if options.write and options.only:
        parser.error("--write stores every figure: leave out --only")
    return options


def take(tree: Path | None) -> Path:
    """Import policygen from a checkout, or as it is installed, and return where it lies."""
    if tree is not None:
        if "policygen" in sys.modules:
            message = "policygen is imported already"
            raise RuntimeError(message)
        sys.path.insert(0, str(tree.resolve()))
    try:
        found = importlib.import_module("policygen")
    finally:
        if tree is not None:
            sys.path.remove(str(tree.resolve()))  # its tests are not to be taken
    home = Path(str(found.__file__)).resolve().parents[1]
    if tree is not None and home != tree.resolve():
        message = f"{tree} holds no policygen"
        raise RuntimeError(message)
    return home


def seconds_of_fixed_workload() -> float:
    """Return the processor time of the fixed workload."""
    start = process_time()
    if fixed_workload() != ANSWER:
        message = "the fixed workload was changed: no figure of the baseline can be compared any more"
        raise RuntimeError(message)
    return process_time() - start


def measure(tree: Path, rounds: int, only: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Return every figure, with what it depends on."""
    from tests.benchmarks.points import points
    from tests.benchmarks.report import machine

    ratios: dict[str, list[float]] = {}
    fixed: list[float] = []
    with TemporaryDirectory() as folder:
        say("preparing")
        chosen = [(name, seconds) for name, seconds in points(tree, Path(folder)) if only in name]
        for number in range(rounds):
            fixed.append(seconds_of_fixed_workload())
            for name, seconds in chosen:
                say(f"round {number + 1} of {rounds}: {name}")
                took = seconds()
                fixed.append(seconds_of_fixed_workload())
                ratios.setdefault(name, []).append(2 * took / (fixed[-2] + fixed[-1]))
    measured = machine() | {"date": datetime.now(UTC).date().isoformat(), "commit": commit_of(tree)}
    return {
        "measured": measured,
        "rounds": rounds,
        "fixed workload seconds": significant(median(fixed)),
        "figures": {name: summary(values) for name, values in ratios.items()},
    }


def summary(ratios: list[float]) -> dict[str, float]:
    """Return the median of some ratios to the fixed workload, and how far apart the middle half of them lie."""
    middle = median(ratios)
    low, _, high = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else (middle, middle, middle)
    return {"ratio": significant(middle), "scatter": round((high - low) / middle, 3)}


def significant(value: float) -> float:
    """Return a number with four significant digits."""
    return float(f"{value:.4g}")


def commit_of(tree: Path) -> str:
    """Return the commit of a checkout, and whether what is measured was changed since."""

    def git(*asked: str) -> str:
        return subprocess.run(["git", "-C", str(tree), *asked], capture_output=True, text=True, check=True).stdout

    try:
        changed = git("status", "--porcelain", "--", "policygen", "templates", "samples").strip()
        return git("rev-parse", "HEAD").strip() + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "none"


def table(baseline: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Yield both as lines; times are what this machine takes, the baseline's by way of the fixed workload."""
    for name, each in (("baseline", baseline), ("now", now)):
        about = each["measured"]
        yield f"{name + ':':<10}{about['commit']}, {about['date']}, {about['python']}, {about['processor']}"
    yield f"times as this machine takes them, by a fixed workload of {now['fixed workload seconds'] * 1e3:.0f} ms"
    yield ""
    yield f"{'what':<56} {'baseline':>10} {'now':>10} {'ratio':>7} {'scatter':>8}"
    old: Figures = baseline["figures"]
    for name, found in now["figures"].items():
        unit = now["fixed workload seconds"]
        earlier = old.get(name)
        before = human(earlier["ratio"] * unit) if earlier else "-"
        ratio = f"{found['ratio'] / earlier['ratio']:.2f}" if earlier else "-"
        yield f"{name:<56} {before:>10} {human(found['ratio'] * unit):>10} {ratio:>7} {found['scatter']:>8.0%}"


def human(seconds: float) -> str:
    """Return a time in the unit that people read."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1:
            return f"{seconds * factor:,.3g} {unit}"
    return f"{seconds * 1e9:,.0f} ns"


def main(given: Sequence[str] | None = None) -> int:
    """Measure, and write or compare."""
    options = arguments(given)
    tree = take(options.tree)

    def say(text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")

    now = measure(tree, options.rounds, options.only, say)
    say("")
    baseline = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else now
    for line in table(baseline, now):
        sys.stdout.write(line + "\n")
    if options.write:
        FILE.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
