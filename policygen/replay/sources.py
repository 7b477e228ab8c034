"""Files of events, in portions: quickly where a file is as CloudTrail writes it, else record by record.

Of a file that cannot be read to its end what there is of it counts once, and the rest is named.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from policygen.errors import Place, Problem, SourceError
from policygen.events import records_in, records_of
from policygen.replay.forms import is_of_requests, unusable
from policygen.source.files import files_below, is_folder, is_of_tools, read_whole

Problems = Callable[[Problem], None]
Records = list[Mapping[str, Any]]

MOST_WHOLE = 32 * 1024 * 1024
"""Bytes of a file, unpacked, that are read at once; larger ones are read record by record. Parsed, a byte takes up to
ten."""

MOST_RECORDS = 20_000
"""Records of a portion."""

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


def portions_of(part: Part, tell: Problems) -> Iterator[Records | pa.RecordBatch]:
    """Yield what a part holds: records of CloudTrail, or rows of a table.

    Args:
        part: The part.
        tell: Is told what cannot be read.
    """
    if part.groups is not None:
        yield from _rows(part, tell)
        return
    quick = _quick(part.path) if part.path != "-" and part.size <= _MOST_PACKED else None
    if quick is not None:
        for start in range(0, len(quick), MOST_RECORDS):
            yield quick[start : start + MOST_RECORDS]
        return
    records = (each.fields for each in records_in(part.path, tell))
    while portion := list(islice(records, MOST_RECORDS)):
        yield portion


def _quick(path: str) -> Records | None:
    """Return the records of a file as CloudTrail writes it; None for any other, and for one that is damaged."""
    try:
        data = read_whole(Path(path))
        if data.startswith(_GZIP):
            member = zlib.decompressobj(wbits=31)
            data = member.decompress(data, MOST_WHOLE)
            if not member.eof or member.unused_data:
                return None
        records = json.loads(data)["Records"]
        if type(records) is list and all(type(each) is dict and "eventName" in each for each in records):
            return _plain(records)
    except (SourceError, zlib.error, ValueError, RecursionError, KeyError, TypeError):
        pass
    return None


def _plain(records: Records) -> Records | None:
    """Return records that are CloudTrail's own; None where there is any of another form among them."""
    first = records_of({"Records": records[:1]})
    return records if not records or (first and first[0] is records[0]) else None


def _rows(part: Part, tell: Problems) -> Iterator[pa.RecordBatch]:
    """Yield the rows of row groups, whose columns are those that are looked at."""
    first, end = part.groups or (0, 0)
    done = 0
    try:
        with pq.ParquetFile(part.path) as file:
            names = file.schema_arrow.names
            problem = unusable(names, part.path)
            if problem is not None:
                if not first:
                    tell(problem)
                return
            size = _MOST_ROWS_OF_REQUESTS if is_of_requests(names) else MOST_RECORDS
            encoded = names if is_of_requests(names) else []
            with pq.ParquetFile(part.path, read_dictionary=encoded) as reading:
                for batch in reading.iter_batches(size, row_groups=list(range(first, end)), use_threads=False):
                    done += len(batch)
                    yield batch
    except (pa.ArrowException, OSError) as error:
        why = (str(error).splitlines() or [""])[0]
        message = f"row group {first} is read up to its row {done:,} and cannot be read further: {why}"
        tell(Problem(code="PG-E006", message=message, place=Place(source=part.path)))
