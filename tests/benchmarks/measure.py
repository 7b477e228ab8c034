"""Timing: processor time, in rounds that interleave the contenders, so that ratios are of one moment."""

from __future__ import annotations

import gc
import os
import subprocess
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
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


def in_child(function: Callable[[], float]) -> float:
    """Return a number that a forked process finds: it begins as this one is, and what it remembers goes with it.

    Raises:
        RuntimeError: The function failed; its traceback is on standard error.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writing, repr(float(function())).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if status or not text:
        message = f"a measurement failed with status {status}"
        raise RuntimeError(message)
    return float(text)


def command_seconds(command: Sequence[str], folder: Path, times: int = 3) -> float:
    """Return the processor time of a command, started in ``folder``: the mean of a few runs, which must succeed."""
    import resource  # Windows has none

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / times
