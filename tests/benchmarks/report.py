"""The figures as a table, and beside the lines that are wanted."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.benchmarks.contenders import BARE, ENGINE, FLOOR, WALK, WALK_EACH_TIME
from tests.benchmarks.measure import ratio

SIMULATE = "iam-simulate"
Figures = dict[str, Any]


class Line(NamedTuple):
    """A wanted line: what was measured, in its unit, and whether less or more is better."""

    what: str
    value: float
    wanted: float
    aim: float
    unit: str
    more_is_better: bool

    def verdict(self) -> str:
        """Return whether the line is reached."""
        for limit, word in ((self.aim, "aim"), (self.wanted, "holds")):
            if (self.value >= limit) if self.more_is_better else (self.value <= limit):
                return word
        return "MISSED"


_AGAINST_WALK = {"w1": (20, 30), "w2": (4000, 6000), "w3": (600, 1000), "w4": (1200, 2000)}
_AGAINST_SIMULATE = {"w1": (150, 200), "w2": (8000, 8000), "w3": (6000, 6000)}


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, Python, system, versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    try:
        version = metadata.version("policygen")
    except metadata.PackageNotFoundError:
        version = "from source"
    return {
        "processor": model,
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {sys.version.split()[0]}",
        "policygen": version,
    }


def lines_of(figures: Figures) -> Iterator[Line]:
    """Yield every line that was measured, beside what is wanted."""
    for name, rounds in figures["workloads"].items():
        engine = rounds[ENGINE]
        least, aim = _AGAINST_WALK[name]
        yield Line(
            f"{name}: against the {WALK_EACH_TIME}", ratio(rounds[WALK_EACH_TIME], engine), least, aim, "x", True
        )
        simulate = figures["peers"].get(name, {}).get(SIMULATE)
        if simulate and name in _AGAINST_SIMULATE:
            least, aim = _AGAINST_SIMULATE[name]
            yield Line(f"{name}: against {SIMULATE}", simulate / median(engine), least, aim, "x", True)
        yield Line(f"{name}: beside the floor", ratio(engine, rounds[FLOOR]), 5, 3, "x", False)
        more = (ratio(engine, rounds[BARE]) - 1) * 100
        yield Line(f"{name}: result object instead of a boolean", more, 15, 5, "%", False)
    for name, least, aim in (("w1", 250, 150), ("w2", 12_000, 3000)):
        if name in figures["cold"]:
            value = figures["cold"][name]["from policy set"]
            yield Line(f"{name}: engine and first decision", value, least, aim, "us", False)
    curves = figures["curves"]
    yield Line("1,000 ARNs beside one", curves["ARNs"]["1000"] / curves["ARNs"]["1"], 2, 1.3, "x", False)
    yield Line("500 statements beside one", curves["statements"]["500"] / curves["statements"]["1"], 3, 2, "x", False)
    yield Line("hostile glob", figures["hostile glob us"], 1000, 1000, "us", False)


def text_of(figures: Figures) -> Iterator[str]:
    """Yield the figures as lines of text."""
    about = figures["machine"]
    yield f"{about['processor']}, {about['system']}, {about['python']}, policygen {about['policygen']}"
    yield "medians of processor time; ratios are medians of the ratios of each round"
    for name, rounds in figures["workloads"].items():
        yield ""
        yield f"{name}: {figures['about'][name]}"
        for contender, values in rounds.items():
            yield _row(contender, median(values))
        for peer, value in figures["peers"].get(name, {}).items():
            yield _row(peer, value)
        yield f"  the {WALK} takes {ratio(rounds[WALK], rounds[ENGINE]):,.1f} times as long as the engine"
    for title in ("cold", "compile"):
        yield ""
        for name, values in figures[title].items():
            yield f"{title} {name}: " + ", ".join(f"{what} {value:,.1f}" for what, value in values.items())
    yield ""
    yield "a request: " + ", ".join(f"{name} {value:.1f} us" for name, value in figures["request us"].items())
    for name, curve in figures["curves"].items():
        yield f"{name}: " + ", ".join(f"{size} -> {value:,.0f} ns" for size, value in curve.items())
    yield ""
    yield f"{'wanted':<52} {'measured':>12}   {'at least':>9} {'aim':>9}"
    for line in lines_of(figures):
        value, least, aim = (f"{each:,.1f} {line.unit}" for each in (line.value, line.wanted, line.aim))
        yield f"{line.what:<52} {value:>12}   {least:>12} {aim:>12}  {line.verdict()}"


def _row(name: str, value: float) -> str:
    return f"  {name:<28} {value:>14,.0f} ns {1e9 / value:>14,.0f} a second"
