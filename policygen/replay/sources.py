"""Files of events, in portions: quickly where a file is as CloudTrail writes it, else record by record.

Of a file that cannot be read to its end what there is of it counts once, and the rest is named.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from policygen.errors import Place, Problem, SourceError
from policygen.events import records_in
from policygen.replay.forms import columns_needed, is_of_requests, unusable
from policygen.replay.own import Own, own_of, records_in_lines, records_in_texts
from policygen.source.files import files_below, is_folder, is_of_tools, read_whole

Problems = Callable[[Problem], None]

MOST_WHOLE = 32 * 1024 * 1024
"""Bytes of a file, unpacked, that are read at once; larger ones are read record by record."""

MOST_RECORDS = 40_000
"""Records of a portion, when it is large enough."""

_MOST_TOGETHER = 16 * 1024 * 1024
"""Bytes of files, unpacked, that are read together."""

_MOST_VALUES = 10_000
"""Records that are held as values."""

_MOST_ROWS_OF_REQUESTS = 500_000
_MOST_PACKED = 8 * 1024 * 1024
_ENDS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".csv", ".csv.gz", ".parquet", ".gz")
_DIGESTS = "CloudTrail-Digest"
_PARQUET, _GZIP = ".parquet", b"\x1f\x8b"


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
        """What tells it from other parts of a run."""
        return self.path if self.groups is None else f"{self.path} row groups {self.groups[0]} to {self.groups[1]}"


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
                tell(Problem(code="PG-F001", message=f"cannot be read: {error.strerror}", place=Place(source=each)))
    return list(found.values())


def _may_hold_events(name: str) -> bool:
    return name.lower().endswith(_ENDS)


def _is_passed_over(folder: str) -> bool:
    return folder == _DIGESTS or is_of_tools(folder)


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
    try:
        groups = pq.read_metadata(path).num_row_groups
    except (pa.ArrowException, OSError) as error:
        tell(_damaged(path, str(error)))
        return
    for group in range(groups):
        yield Part(path, status.st_size // groups, stamp, (group, group + 1))


def _damaged(path: str, why: str) -> Problem:
    first = (why.splitlines() or [""])[0]
    return Problem(code="PG-E006", message=f"cannot be read as Parquet: {first}", place=Place(source=path))


def portions_of(parts: Iterable[Part], fields: Sequence[str], tell: Problems) -> Iterator[Own | pa.Table]:
    """Yield what parts hold, in portions: records of CloudTrail, those of small files together, or rows of a table.

    Args:
        parts: The parts.
        fields: The fields of records that are looked at.
        tell: Is told what cannot be read.
    """
    gathered: list[pa.Table] = []
    of: Any = None
    for is_own, table in _portions(parts, fields, tell):
        same = is_own, None if is_own else table.schema
        if gathered and same != of:
            yield _together(gathered, *of)
            gathered = []
        of = same
        gathered.append(table)
        if sum(map(len, gathered)) >= _enough(table):
            yield _together(gathered, *of)
            gathered = []
    if gathered:
        yield _together(gathered, *of)


def _enough(table: pa.Table) -> int:
    return _MOST_ROWS_OF_REQUESTS if is_of_requests(table.column_names) else MOST_RECORDS


def _together(tables: list[pa.Table], is_own: bool, _schema: pa.Schema | None) -> Own | pa.Table:
    if is_own:
        return Own(pa.concat_tables(tables, promote_options="default"))
    return pa.concat_tables(tables).unify_dictionaries()


_Portions = Iterator[tuple[bool, pa.Table]]
"""Tables, and whether they are records of CloudTrail's own form."""


def _portions(parts: Iterable[Part], fields: Sequence[str], tell: Problems) -> _Portions:
    waiting: list[tuple[Part, bytes]] = []
    for part in parts:
        if part.groups is not None:
            yield from _rows(part, fields, tell)
            continue
        data = _unpacked(part)
        if data is None:
            yield from _one_by_one(part, fields, tell)
            continue
        waiting.append((part, data))
        if sum(len(each) for _, each in waiting) >= _MOST_TOGETHER:
            yield from _at_once(waiting, fields, tell)
            waiting = []
    yield from _at_once(waiting, fields, tell)


def _unpacked(part: Part) -> bytes | None:
    """Return what is in a file, unpacked; None for what is large, or damaged."""
    if part.path == "-" or part.size > _MOST_PACKED:
        return None
    try:
        data = read_whole(Path(part.path))
        if data.startswith(_GZIP):
            member = zlib.decompressobj(wbits=31)
            data = member.decompress(data, MOST_WHOLE)
            if not member.eof or member.unused_data:
                return None
    except (SourceError, zlib.error):
        return None
    return data


def _at_once(files: list[tuple[Part, bytes]], fields: Sequence[str], tell: Problems) -> _Portions:
    """Yield the records of files as CloudTrail writes them; those of others one by one."""
    if not files:
        return
    found = records_in_texts([data for _, data in files], fields)
    if found is None and len(files) > 1:
        for each in files:
            yield from _at_once([each], fields, tell)
        return
    records, others = found or (None, range(len(files)))
    if records is not None and len(records.table):
        yield True, records.table
    for part, data in (files[number] for number in others):
        lines = records_in_lines(data, fields) if data.startswith(b"{") else None
        if lines is not None:
            yield True, lines.table
        else:
            yield from _one_by_one(part, fields, tell)


def _one_by_one(part: Part, fields: Sequence[str], tell: Problems) -> _Portions:
    records = (each.fields for each in records_in(part.path, tell))
    while portion := list(islice(records, _MOST_VALUES)):
        yield True, own_of(portion, fields).table


def _rows(part: Part, fields: Sequence[str], tell: Problems) -> _Portions:
    """Yield the rows of row groups, of those columns that are looked at."""
    first, end = part.groups or (0, 0)
    done = 0
    try:
        with pq.ParquetFile(part.path) as file:
            schema = file.schema_arrow
        problem = unusable(schema.names, part.path)
        if problem is not None:
            if not first:
                tell(problem)
            return
        is_requests = is_of_requests(schema.names)
        columns, size = columns_needed(schema.names, fields), _MOST_ROWS_OF_REQUESTS if is_requests else MOST_RECORDS
        with pq.ParquetFile(part.path, read_dictionary=columns if is_requests else []) as reading:
            groups = list(range(first, end))
            for batch in reading.iter_batches(size, row_groups=groups, columns=columns, use_threads=False):
                done += len(batch)
                yield False, pa.table(batch)
    except (pa.ArrowException, OSError) as error:
        why = (str(error).splitlines() or [""])[0]
        message = f"row group {first} is read up to its row {done:,} and cannot be read further: {why}"
        tell(Problem(code="PG-E006", message=message, place=Place(source=part.path)))
