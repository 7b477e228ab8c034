"""Work on every core: tasks go to processes of their own, and what came of them comes back."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from policygen.errors import PolicygenError

_Given = TypeVar("_Given")
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worked(
    start: Callable[[_Given], Callable[[_Task], _Result]], given: _Given, tasks: Sequence[_Task], processes: int
) -> Iterator[tuple[int, _Result]]:
    """Yield what came of each task, with the task's number: as they are done, in whatever order.

    Args:
        start: Makes of what is given what does a task; it stands in a module, and each process calls it once.
        given: What all tasks need.
        tasks: What is to be done.
        processes: How many processes work; with one it is this one.

    Raises:
        PolicygenError: A task raises it.
    """
    if processes < 2 or len(tasks) < 2:
        do = start(given)
        yield from ((number, do(task)) for number, task in enumerate(tasks))
        return
    yield from _in_processes((start, given), tasks, processes)


def _in_processes(begun: tuple[Any, Any], tasks: Sequence[Any], processes: int) -> Iterator[tuple[int, Any]]:
    """Yield what came of tasks, done by several processes; they end when this one does, however that comes.

    They are started anew, not forked: the caller may have threads, and on some systems there is no other way.
    """
    context, given = get_context("spawn"), pickle.dumps(begun)
    running: dict[Connection, int] = {}
    left = iter(range(len(tasks)))
    try:
        for number in (next(left) for _ in range(min(processes, len(tasks)))):
            mine, theirs = context.Pipe()
            context.Process(target=_work, args=(theirs, given), daemon=True).start()
            theirs.close()
            running[mine] = number
            mine.send(tasks[number])
        while running:
            ready = wait(list(running))
            for connection in [each for each in running if each in ready]:
                found = connection.recv()
                done = running.pop(connection)
                if isinstance(found, Exception):
                    connection.close()
                    raise found
                more = next(left, None)
                if more is None:
                    connection.close()
                else:
                    running[connection] = more
                    connection.send(tasks[more])
                yield done, found
    finally:
        for connection in running:
            connection.close()


def _work(connection: Connection, given: bytes) -> None:
    """Do what comes, in a process of its own; Ctrl-C is answered by the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start, needed = pickle.loads(given)  # written by the process that started this one
    do = start(needed)
    with suppress(EOFError, OSError):  # nobody is there any more
        while True:
            task = connection.recv()
            try:
                connection.send(do(task))
            except PolicygenError as error:
                connection.send(error)
