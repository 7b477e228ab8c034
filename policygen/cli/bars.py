"""The bars of commands that read events: how far it is, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from policygen.cli.options import Output

_SETTLED = 2.0
"""Seconds after which a rate says something: the first counts of all processes come in one burst."""


class Rate:
    """How many events there were, and how many a second since the first came."""

    def __init__(self, doing: str) -> None:
        """Begin with what goes on, such as ``replaying``."""
        self._doing = doing
        self._begun: tuple[float, int] | None = None

    def told(self, events: int) -> str:
        """Return what goes on, with the events there are by now."""
        now = time.monotonic()
        start, before = self._begun = self._begun or (now, events)
        rate = f", {(events - before) / (now - start):,.0f}/s" if now - start >= _SETTLED else ""
        return f"{self._doing}: {events:,} events{rate}"


@contextmanager
def events_bar(output: Output, doing: str) -> Iterator[Callable[[int, int, int], None] | None]:
    """Show how far reading is, with the rate; the bar itself has the time left."""
    with output.progress(doing, long=0) as bar:
        if bar is None:
            yield None
            return
        rate = Rate(doing)
        bar(0, 1)  # something is being laid out: somebody may look already
        yield lambda done, total, events: bar(done, total, rate.told(events))
