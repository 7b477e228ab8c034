"""Files of events, and what of them is read together: whole files, and row groups of Parquet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from policygen.errors import Place, Problem, SourceError
from policygen.processes import worked
from policygen.replay.libraries import missing_for
from policygen.source.files import files_below, is_folder, is_of_tools, unreadable

Problems = Callable[[Problem], None]

_ENDS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".csv", ".csv.gz", ".parquet", ".gz")
_OF_NO_CALLS = ("CloudTrail-Digest", "CloudTrail-Insight")
"""Folders of a trail that hold no records of calls."""

_PARQUET = ".parquet"

_BYTES_AT_ONCE = 4 * 1024 * 1024
_FILES_AT_ONCE = 200
"""Files that a process gets at once."""

_FEW_BYTES = 2 * 1024 * 1024
"""Below it, it is not worth starting processes."""


class Part(NamedTuple):
    """A file, or some of the row groups of a Parquet file.

    Attributes:
        path: The file as it was given; ``-`` for standard input.
        size: Its size in bytes; of some row groups their share.
        stamp: What changes when the file does.
        groups: The first row group and the one behind the last; None for all of a file.
    """

    path: str
    size: int
    stamp: str
    groups: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What tells it from other parts of a run: the file itself, however its path is spelled."""
        file = self.path if self.path == "-" else os.path.realpath(self.path)
        return file if self.groups is None else f"{file} row groups {self.groups[0]} to {self.groups[1]}"


def parts_in(paths: Iterable[str | Path], tell: Problems) -> list[Part]:
    """Return the files at paths; of folders those below that may hold events, in sorted order, each once.

    Args:
        paths: Files and folders.
        tell: Is told what cannot be looked into: PG-F001, PG-E005 for a folder without events.
    """
    found: dict[str, Part] = {}
    for path in paths:
        for each in _files(path, tell):
            try:
                for part in _parts(each, tell):
                    found.setdefault(part.name, part)
            except OSError as error:
                tell(unreadable(each, error))
    return list(found.values())


def _may_hold_events(name: str) -> bool:
    return name.lower().endswith(_ENDS)


def _is_passed_over(folder: str) -> bool:
    return folder in _OF_NO_CALLS or is_of_tools(folder)


def _files(path: str | Path, tell: Problems) -> list[str]:
    if str(path) == "-":
        return ["-"]
    try:
        if not is_folder(path):
            return [str(path)]
        problems: list[Problem] = []
        files = files_below(path, _may_hold_events, skipped=_is_passed_over, problems=problems)
    except SourceError as error:
        problems, files = list(error.problems), []
    for each in problems:
        tell(each)
    if not files and not problems:
        hint = f"files end in {', '.join(_ENDS[:5])} or {_PARQUET}"
        tell(Problem(code="PG-E005", message="holds no file of events", place=Place(source=str(path)), hint=hint))
    return [str(each) for each in files]


def _parts(path: str, tell: Problems) -> Iterator[Part]:
    if path == "-":
        yield Part("-", 0, "")
        return
    status = os.stat(path)
    stamp = f"{status.st_size} {status.st_mtime_ns}"
    if not path.lower().endswith(_PARQUET):
        yield Part(path, status.st_size, stamp)
        return
    missing = missing_for("reading Parquet")
    if missing is not None:
        tell(replace(missing, place=Place(source=path)))
        return
    for group in range(groups := _row_groups(path, tell)):
        yield Part(path, status.st_size // groups, stamp, (group, group + 1))


def _row_groups(path: str, tell: Problems) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found: int = pq.read_metadata(path).num_row_groups
    except (pa.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [""])[0]
        tell(Problem(code="PG-E006", message=f"cannot be read as Parquet: {first}", place=Place(source=path)))
        return 0
    return found


_Given = TypeVar("_Given")
_Result = TypeVar("_Result")


def worked_on(
    start: Callable[[_Given], Callable[[Sequence[Part]], _Result]],
    given: _Given,
    parts: Sequence[Part],
    processes: int,
) -> Iterator[tuple[int, _Result]]:
    """Yield what came of parts that are read together, with a number by their order: as they are done.

    Args:
        start: Makes of what is given what reads parts, as :func:`policygen.processes.worked` takes it.
        given: What all need.
        parts: The parts.
        processes: How many processes read; of little, or of standard input, this one reads all.
    """
    tasks = _tasks(parts)
    few = sum(part.size for part in parts) < _FEW_BYTES
    alone = few or any(part.path == "-" for part in parts)
    yield from worked(start, given, tasks, 1 if alone else processes)


def _tasks(parts: Sequence[Part]) -> list[list[Part]]:
    """Return parts in portions of a size."""
    tasks: list[list[Part]] = []
    size = 0
    for each in parts:
        if not tasks or size + each.size > _BYTES_AT_ONCE or len(tasks[-1]) >= _FILES_AT_ONCE:
            tasks.append([])
            size = 0
        tasks[-1].append(each)
        size += each.size
    return tasks
