"""docs/replay-growth.svg: time and memory of a replay over the number of records, from recorded figures."""

import json
from collections.abc import Callable, Iterator, Sequence
from math import log10
from typing import Any, NamedTuple

from tests.benchmarks.replay_growth import FIGURES

_STYLE = """
.growth { --ink: #1f2328; --dim: #59636e; --paper: #ffffff; --line: #d1d9e0; --a: #0969da; --b: #9a6700; --c: #cf222e;
  font: 14px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }
@media (prefers-color-scheme: dark) {
  .growth { --ink: #e6edf3; --dim: #9da7b1; --paper: #0d1117; --line: #30363d; --a: #58a6ff; --b: #d29922;
    --c: #ff7b72 }
}
.growth rect { fill: var(--paper) }
.growth text { fill: var(--dim) }
.growth .title { fill: var(--ink); font-size: 16px; font-weight: 600 }
.growth .grid { stroke: var(--line) }
.growth .limit { stroke: var(--dim); stroke-dasharray: 5 4 }
.growth .a { color: var(--a) }
.growth .b { color: var(--b) }
.growth .c { color: var(--c) }
.growth g text { fill: currentColor; font-weight: 600 }
.growth polyline { fill: none; stroke: currentColor; stroke-width: 2.5 }
.growth circle { fill: currentColor }
"""
_WIDTH, _HEIGHT, _TOP, _PLOT, _LEFT, _ACROSS = 960, 400, 64, 250, (70, 560), 360
_SECONDS = (1, 10, 60, 600, 3600)
_NAMES = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 36000: "10 h"}
_MEGABYTES = (0, 200, 400, 600, 800)
_MINUTES = 180
"""Seconds from which on minutes are told."""

MOST_MEGABYTES = 650
"""What docs/replay.md says that a process takes at most."""

_Point = tuple[float, float]


class Plot(NamedTuple):
    """One of the two pictures: where it stands, what it is called, and where values lie in it, from 0 to 1."""

    left: float
    title: str
    ticks: Sequence[tuple[float, str]]
    value: Callable[[dict[str, Any]], float]
    limit: float | None = None


def growth_picture() -> str:
    """Return the picture of the figures that the benchmark kept."""
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    measured = kept["measured"]
    powers = range(5, round(log10(max(each["rows"] for each in measured))) + 1)
    slowest = max(each["seconds"] for each in measured)
    seconds = [each for each in _NAMES if each <= slowest * 2]
    span = log10(max(seconds[-1], slowest))
    highest = max(_MEGABYTES)
    plots = (
        Plot(
            _LEFT[0],
            f"time, {kept['processes']} processes",
            [(log10(each) / span, _NAMES[each]) for each in seconds],
            lambda each: max(log10(each["seconds"]), 0) / span,
        ),
        Plot(
            _LEFT[1],
            "most memory of a process, MB",
            [(each / highest, str(each)) for each in _MEGABYTES],
            lambda each: each["megabytes"] / highest,
            MOST_MEGABYTES / highest,
        ),
    )
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="growth" role="img" aria-labelledby="growth-title" {size}>',
            '<title id="growth-title">A replay of more and more records: time grows with them, memory does not</title>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}"/>',
            *(line for plot in plots for line in _plot(plot, powers, measured)),
            *_legend(list(dict.fromkeys(each["source"] for each in measured))),
            "</svg>\n",
        ]
    )


def growth_table() -> Iterator[str]:
    """Yield the same figures as a table in Markdown."""
    yield "| records | source | by the clock | µs a record, all processes | most memory of a process |"
    yield "| --- | --- | --- | --- | --- |"
    for each in json.loads(FIGURES.read_text(encoding="utf-8"))["measured"]:
        power, seconds = round(log10(each["rows"])), round(each["seconds"])
        took = f"{seconds} s" if seconds < _MINUTES else f"{round(seconds / 60)} min"
        each_took = each["processor"] / each["rows"] * 1e6
        yield f"| 10^{power} | {each['source']} | {took} | {each_took:.0f} | {each['megabytes']:.0f} MB |"
    yield ""


def _plot(plot: Plot, powers: Sequence[int], measured: Sequence[dict[str, Any]]) -> Iterator[str]:
    def at(x: float, y: float) -> _Point:
        return plot.left + x * _ACROSS, _TOP + (1 - y) * _PLOT

    yield f'<text class="title" x="{plot.left}" y="34">{plot.title}</text>'
    for height, name in plot.ticks:
        x, y = at(0, height)
        yield f'<path class="grid" d="M{x:g} {y:.1f}H{x + _ACROSS:g}"/>'
        yield f'<text x="{x - 10:g}" y="{y + 5:.1f}" text-anchor="end">{name}</text>'
    if plot.limit is not None:
        x, y = at(0, plot.limit)
        yield f'<path class="limit" d="M{x:g} {y:.1f}H{x + _ACROSS:g}"/>'
    places = {power: (number + 0.5) / len(powers) for number, power in enumerate(powers)}
    for power, place in places.items():
        x, y = at(place, 0)
        name = f'10<tspan dy="-5" font-size="11">{power}</tspan>'
        yield f'<text x="{x:.1f}" y="{y + 24:.1f}" text-anchor="middle">{name}</text>'
    sources = list(dict.fromkeys(each["source"] for each in measured))
    for letter, source in zip("abc", sources, strict=False):
        some = [each for each in measured if each["source"] == source]
        points = [at(places[round(log10(each["rows"]))], plot.value(each)) for each in some]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points)
        yield f'<g class="{letter}"><polyline points="{line}"/>{dots}</g>'


def _legend(sources: Sequence[str]) -> Iterator[str]:
    x = _LEFT[0]
    for letter, source in zip("abc", sources, strict=False):
        yield f'<g class="{letter}"><circle cx="{x + 5}" cy="375" r="5"/><text x="{x + 18}" y="380">{source}</text></g>'
        x += 60 + 9 * len(source)
    yield f'<text x="{_WIDTH - 40}" y="380" text-anchor="end">records of CloudTrail</text>'
