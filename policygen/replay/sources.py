"""Files of events, in portions: quickly where a file is as CloudTrail writes it, else record by record.

Records come in their order. Of a file that cannot be read to its end what there is of it counts once, and the rest is
named.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from policygen.errors import Place, Problem, SourceError
from policygen.events import records_in
from policygen.replay.forms import columns_needed, is_of_requests, unusable
from policygen.replay.own import Own, own_of, records_in_lines, records_in_texts
from policygen.replay.parts import Part, Problems
from policygen.source.files import read_whole

MOST_WHOLE = 32 * 1024 * 1024
"""Bytes of a file, unpacked, that are read at once; larger ones are read record by record."""

MOST_RECORDS = 20_000
"""Records of a portion, when it is large enough. Laid out they take some 100 MB; twice as many are 10 % faster."""

_MOST_TOGETHER = 16 * 1024 * 1024
"""Bytes of files, unpacked, that are read together."""

_MOST_VALUES = 10_000
"""Records that are held as values."""

_MOST_ROWS_OF_REQUESTS = 500_000
_MOST_PACKED = 8 * 1024 * 1024
_GZIP = b"\x1f\x8b"


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
        data = _unpacked(part) if part.groups is None else None
        if data is None:
            yield from _at_once(waiting, fields, tell)
            waiting = []
            yield from (_one_by_one if part.groups is None else _rows)(part, fields, tell)
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
    """Yield the records of files, in their order: those of files as CloudTrail writes them together."""
    if not files:
        return
    found = records_in_texts([data for _, data in files], fields)
    if found is None and len(files) > 1:
        for each in files:
            yield from _at_once([each], fields, tell)
        return
    records, others = found or (None, frozenset(range(len(files))))
    if records is not None and not others:
        yield from [(True, records.table)] if len(records.table) else []
        return
    for is_other, some in groupby(range(len(files)), others.__contains__):
        run = [files[number] for number in some]
        for part, data in run if is_other else ():
            yield from _another(part, data, fields, tell)
        yield from _at_once([] if is_other else run, fields, tell)


def _another(part: Part, data: bytes, fields: Sequence[str], tell: Problems) -> _Portions:
    """Yield the records of a file of another form: at once where each line is one."""
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
