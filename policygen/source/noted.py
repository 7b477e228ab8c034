"""Noting which files and folders are looked at, so that somebody can wait until one of them changes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

State = tuple[object, ...] | None
"""What tells that a file, or what is in a folder, is another one; None for what is not there."""

_notes: list[dict[str, State]] = []
"""Where it is noted: one of each that notes."""


@contextmanager
def noting() -> Iterator[dict[str, State]]:
    """Note every file and folder that is looked at meanwhile, as it is when it is looked at first."""
    found: dict[str, State] = {}
    _notes.append(found)
    try:
        yield found
    finally:
        _notes.remove(found)


def note(path: str | os.PathLike[str]) -> None:
    """Note a file or folder that somebody is about to look at."""
    for found in _notes:
        name = os.path.abspath(path)
        if name not in found:
            found[name] = _state(name)


def wait_for_change(known: dict[str, State], every_seconds: float = 0.3) -> list[str]:
    """Return the paths that are no longer as they were noted, as soon as there are any."""
    while True:
        changed = [path for path, state in known.items() if _state(path) != state]
        if changed:
            return changed
        time.sleep(every_seconds)


def _state(path: str) -> State:
    """Return the state of a file; of a folder the names in it, without those of hidden files and of editors' copies."""
    try:
        with os.scandir(path) as entries:
            names = (each.name for each in entries)
            return tuple(sorted(each for each in names if not each.startswith(".") and not each.endswith("~")))
    except NotADirectoryError:
        pass
    except (OSError, ValueError):
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
