"""Timing: processor time, in rounds that interleave the contenders, so that ratios are of one moment."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from time import process_time_ns
from typing import Any

Pass = Callable[[], int]
"""Makes some decisions, and returns how many."""


def per_call(function: Callable[[Any], object], questions: Sequence[Any]) -> Pass:
    """Return a pass that asks every question once."""

    def run() -> int:
        for each in questions:
            function(each)
        return len(questions)

    return run


def nanoseconds(run: Pass) -> float:
    """Return the processor time of one decision in a pass."""
    start = process_time_ns()
    number = run()
    return (process_time_ns() - start) / number


def interleaved(passes: Mapping[str, Pass], rounds: int, step: Callable[[], None]) -> dict[str, list[float]]:
    """Return the nanoseconds a decision of every contender, round by round; ``step`` is called after each pass."""
    found: dict[str, list[float]] = {name: [] for name in passes}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in passes.items():
                found[name].append(nanoseconds(run))
                step()
    finally:
        gc.enable()
    return found


def ratio(of: Iterable[float], to: Iterable[float]) -> float:
    """Return the median of the ratios of each round."""
    return median(one / other for one, other in zip(of, to, strict=True))


def sample_for(function: Callable[[Any], object], questions: Sequence[Any], seconds: float) -> Sequence[Any]:
    """Return as many questions as a pass can ask in about ``seconds``; at least five."""
    few = questions[:5]
    took = max(nanoseconds(per_call(function, few)), 1)
    return questions[: max(5, min(len(questions), int(seconds * 1e9 / took)))]
