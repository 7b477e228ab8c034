"""A progress bar on standard error."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class Bar:
    """A bar that moves with each step; nobody knows how many there will be."""

    def __init__(self) -> None:
        """Show nothing yet."""
        columns = (TextColumn("measuring"), BarColumn(), TextColumn("{task.completed} passes"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)

    def __enter__(self) -> Callable[[], None]:
        """Show the bar; the value moves it on."""
        self._progress.start()
        task = self._progress.add_task("", total=None)
        return lambda: self._progress.advance(task)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()
