"""A replay over many files, on every core: portions go to processes, counts come back."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Protocol

from policygen.errors import PolicygenError, Problem
from policygen.evaluation.policies import PolicySource
from policygen.replay.replayer import Replayer
from policygen.replay.sources import Part, portions_of
from policygen.replay.tally import Tally

_BYTES_AT_ONCE = 4 * 1024 * 1024
_FILES_AT_ONCE = 200
"""Files that a process gets at once."""

_FEW_BYTES = 2 * 1024 * 1024
"""Below it, it is not worth starting processes."""

Progress = Callable[[int, int, int], None]
"""Is told bytes done, bytes in all, and events counted."""


class Policies(NamedTuple):
    """What is replayed against: the policies, and those they are compared with; None for what AWS did."""

    target: PolicySource
    against: PolicySource | None


class Done(NamedTuple):
    """What came of some parts."""

    parts: Sequence[Part]
    rows: list[dict[str, Any]]
    problems: Sequence[Problem]


class Keeper(Protocol):
    """Keeps what was counted, for a run that is taken up again."""

    def holds(self, part: Part) -> bool:
        """Tell whether a part was counted before."""

    def keep(self, done: Done, tally: Tally) -> None:
        """Keep what came of some parts, and all that is counted."""


def count(
    policies: Policies,
    parts: Sequence[Part],
    *,
    tally: Tally,
    processes: int = 1,
    progress: Progress | None = None,
    keeper: Keeper | None = None,
) -> list[Problem]:
    """Count what is said of all events, and return what could not be read.

    Args:
        policies: What is replayed against.
        parts: The files.
        tally: Where it is counted; what was counted in an earlier run is there already.
        processes: How many processes work.
        progress: Is told how far it is.
        keeper: Keeps what was counted, and knows what was counted before.

    Raises:
        DocumentError: A document of an environment that is needed cannot be parsed.
    """
    left = [each for each in parts if keeper is None or not keeper.holds(each)]
    total = sum(each.size for each in parts)
    done = total - sum(each.size for each in left)
    problems: list[Problem] = []
    for each in _counted(policies, _tasks(left), processes):
        tally.merge(each.rows)
        problems += each.problems
        done += sum(part.size for part in each.parts)
        if keeper is not None:
            keeper.keep(each, tally)
        if progress is not None:
            progress(done, total, tally.events)
    return problems


def _tasks(parts: Sequence[Part]) -> list[list[Part]]:
    """Return parts in portions of a size."""
    tasks: list[list[Part]] = []
    size = _BYTES_AT_ONCE
    for each in parts:
        if size + each.size > _BYTES_AT_ONCE or len(tasks[-1]) >= _FILES_AT_ONCE:
            tasks.append([])
            size = 0
        tasks[-1].append(each)
        size += each.size
    return tasks


def _counted(policies: Policies, tasks: list[list[Part]], processes: int) -> Iterator[Done]:
    few = sum(part.size for task in tasks for part in task) < _FEW_BYTES
    if processes < 2 or len(tasks) < 2 or few or any(part.path == "-" for task in tasks for part in task):
        counter = _Counter(policies)
        yield from map(counter.done, tasks)
        return
    yield from _in_processes(policies, tasks, processes)


class _Counter:
    def __init__(self, policies: Policies) -> None:
        self._replayer = Replayer(*policies)

    def done(self, parts: Sequence[Part]) -> Done:
        """Count the events of some parts."""
        tally = Tally()
        problems: list[Problem] = []
        for portion in portions_of(parts, self._replayer.fields, problems.append):
            tally.add(self._replayer.answered(portion))
        return Done(parts, tally.rows().to_pylist(), problems)


def _in_processes(policies: Policies, tasks: list[list[Part]], processes: int) -> Iterator[Done]:
    """Yield what came of each task, in whatever order; the processes end when this one does, however that comes."""
    context, given = get_context("spawn"), pickle.dumps(policies)
    running: dict[int, Connection] = {}
    left = iter(tasks)
    try:
        for task in islice(left, processes):
            mine, theirs = context.Pipe()
            context.Process(target=_work, args=(theirs, given), daemon=True).start()
            theirs.close()
            running[id(mine)] = mine
            mine.send(task)
        while running:
            ready = wait(list(running.values()))
            for connection in [each for each in running.values() if each in ready]:
                found = connection.recv()
                if isinstance(found, Exception):
                    raise found
                more = next(left, None)
                if more is not None:
                    connection.send(more)
                else:
                    running.pop(id(connection)).close()
                yield found
    finally:
        for connection in running.values():
            connection.close()


def _work(connection: Connection, given: bytes) -> None:
    """Count what comes, in a process of its own; Ctrl-C is answered by the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    counter = _Counter(pickle.loads(given))  # written by the process that started this one
    with suppress(EOFError, OSError):  # nobody is there any more
        while True:
            task = connection.recv()
            try:
                connection.send(counter.done(task))
            except PolicygenError as error:
                connection.send(error)
