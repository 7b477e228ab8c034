"""The figures as a table, and beside the lines that are wanted."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.benchmarks.contenders import ENGINE, FLOOR, REQUEST, WALK, WALK_EACH_TIME, WHOLE
from tests.benchmarks.costs import FIRST, LAST
from tests.benchmarks.measure import ratio
from tests.benchmarks.peers import SIMULATE

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
_WHOLE = {"w1": 2.7, "w2": 1.5, "w3": 3.3}


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
            yield Line(f"{name}: against {SIMULATE}", simulate["decision"] / median(engine), least, aim, "x", True)
        yield Line(f"{name}: beside the floor", ratio(engine, rounds[FLOOR]), 5, 3, "x", False)
        if name in _WHOLE:
            most = _WHOLE[name]
            yield Line(f"{name}: request and decision beside it", ratio(rounds[WHOLE], engine), most, most, "x", False)
    for name, first in figures["first requests us"].items():
        yield Line(f"{name}: first requests of a plan, and decision", first[WHOLE], 8, 8, "us", False)
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
        yield from _rows(rounds, figures["peers"].get(name, {}))
        yield f"  the {WALK} takes {ratio(rounds[WALK], rounds[ENGINE]):,.1f} times as long as the engine's decision"
        yield f"  request and decision: {ratio(rounds[WHOLE], rounds[ENGINE]):.1f} times the decision alone"
    missing = [name for name, version in figures["peer versions"].items() if version == "not installed"]
    if missing:
        yield f"\nleft out, for they are not installed: {', '.join(missing)}"
    for title in ("cold", "compile"):
        yield ""
        for name, values in figures[title].items():
            yield f"{title} {name}: " + ", ".join(f"{what} {value:,.1f}" for what, value in values.items())
    yield ""
    for name, first in figures["first requests us"].items():
        text = f"{name}, requests {FIRST} to {LAST} of each plan: {first[WHOLE]:.1f} us"
        yield f"{text}, of which the request {first[REQUEST]:.1f} us"
    for name, curve in figures["curves"].items():
        yield f"{name}: " + ", ".join(f"{size} -> {value:,.0f} ns" for size, value in curve.items())
    yield ""
    yield f"{'wanted':<52} {'measured':>12}   {'at least':>9} {'aim':>9}"
    for line in lines_of(figures):
        value, least, aim = (f"{each:,.1f} {line.unit}" for each in (line.value, line.wanted, line.aim))
        yield f"{line.what:<52} {value:>12}   {least:>12} {aim:>12}  {line.verdict()}"


def _rows(rounds: dict[str, list[float]], peers: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield contenders, then peers: their time, beside the engine's from plain arguments, and what they answer."""
    medians = {name: median(values) for name, values in rounds.items()}
    own = {name: value for name, value in medians.items() if name not in peers}
    for name, value in own.items():
        yield _row(name, value)
    for name, about in peers.items():
        value = medians.get(name) or about["whole"]
        times = ratio(rounds[name], rounds[WHOLE]) if name in rounds else value / medians[WHOLE]
        equal = f"{about['equal']:.0%} of {about['compared']} decided alike"
        yield f"{_row(name, value)} {times:>9,.1f} x, {equal}; {about['asks']}"


def _row(name: str, value: float) -> str:
    return f"  {name:<28} {value:>14,.0f} ns {1e9 / value:>14,.0f} a second"
