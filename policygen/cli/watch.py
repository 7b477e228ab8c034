"""Running again whenever a file changes that a run has looked at."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from policygen.cli.main import EXIT_INPUT, EXIT_USAGE
from policygen.cli.streams import flush_all, say
from policygen.errors import ArgumentError, PolicygenError
from policygen.source.noted import State, noting, wait_for_change

_MOST_NAMES = 3


def watch(run: Callable[[], int]) -> int:
    """Run, and run again after every change of what the run has looked at, until Ctrl-C.

    Returns:
        The exit status of the last run.
    """
    while True:
        with noting() as known:
            status = _status_of(run)
        flush_all()
        changed = _waited(known)
        if not changed:
            return status
        names = [os.path.relpath(each) for each in changed[:_MOST_NAMES]]
        say(f"changed: {', '.join(names)}{' …' if len(changed) > _MOST_NAMES else ''}")


def _waited(known: dict[str, State]) -> list[str]:
    """Return what has changed; nothing when somebody leaves."""
    stops = signal.getsignal(signal.SIGINT)
    try:
        if stops is not signal.SIG_IGN:  # elsewhere Ctrl-C ends the program at once, as interrupted
            signal.signal(signal.SIGINT, signal.default_int_handler)
        say(f"watching {len(known)} files and folders; Ctrl-C leaves")
        return wait_for_change(known)
    except KeyboardInterrupt:
        say("")  # the terminal has written ^C into the line
        return []
    finally:
        signal.signal(signal.SIGINT, stops)


def _status_of(run: Callable[[], int]) -> int:
    """Return the exit status of a run; what cannot be used is said, for it may be changed."""
    try:
        return run()
    except PolicygenError as error:
        say(str(error))
        return EXIT_USAGE if isinstance(error, ArgumentError) else EXIT_INPUT
