"""Records of CloudTrail's own form as columns, each field as JSON: from the text of files, and from values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from policygen.events import PARTS, record_of
from policygen.replay.forms import BESIDE
from policygen.replay.sql import asked, name_of, text


class Own(NamedTuple):
    """Records as columns: each field as JSON, null where there is none; and what is told beside, as texts."""

    table: pa.Table


def records_in_texts(texts: Sequence[bytes], fields: Iterable[str]) -> tuple[Own, frozenset[int]] | None:
    """Return the records in texts of files, and the numbers of those texts that are not as CloudTrail writes them.

    As it writes them, a file is an object whose list of records is called ``Records``. None where there is something
    in the texts that makes all of them unreadable.
    """
    try:
        return _recorded(texts, fields, _OF_FILE)
    except (duckdb.Error, pa.ArrowException):
        return None


def records_in_lines(lines: bytes, fields: Iterable[str]) -> Own | None:
    """Return the records in a text that has one on each line; None where any line is something else."""
    texts = [each for each in lines.split(b"\n") if each and not each.isspace()]
    try:
        found, others = _recorded(texts, fields, _OF_LINE)
    except (duckdb.Error, pa.ArrowException):
        return None
    return None if others else found


def own_of(records: Sequence[Mapping[str, Any]], fields: Iterable[str]) -> Own:
    """Return records that are given as values, as CloudTrail's own JSON has them; of what is no JSON, nothing."""
    names = tuple(fields)
    try:
        return _of_values(records, names)
    except (ValueError, RecursionError, duckdb.Error, pa.ArrowException):
        if len(records) > 1:
            return Own(pa.concat_tables([own_of([each], names).table for each in records]))
        return _of_values([{}], names)


def own_of_rows(table: pa.Table, fields: Iterable[str]) -> Own:
    """Return the rows of a table of any form, read one by one; of a row that is no record, nothing."""
    return own_of([record_of(_as_json(each)) or {} for each in table.to_pylist()], fields)


def _as_json(value: Any) -> Any:
    """Return a value of a table as JSON has it: moments as text, maps as objects."""
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list):
        is_map = bool(value) and all(isinstance(each, tuple) and len(each) == 2 for each in value)
        return {str(name): _as_json(each) for name, each in value} if is_map else [_as_json(each) for each in value]
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


# How records stand in a text, and the expression for the list of them.
_OF_FILE = '{{"Records": [{record}]}}', "TRY(from_json(text, {shape})).Records"
_OF_LINE = "{record}", "list_value(TRY(from_json(text, {shape})))"
_OF_LIST = "[{record}]", "from_json(text, {shape})"

_RECORDS = """
SELECT number, is_list, {columns}
FROM (
    SELECT number, records IS NOT NULL AS is_list, unnest(coalesce(records, [NULL])) AS record
    FROM (SELECT number, {records} AS records FROM texts)
)
"""


def _recorded(texts: Sequence[bytes], fields: Iterable[str], stand: tuple[str, str]) -> tuple[Own, frozenset[int]]:
    """Return the records in texts, and the numbers of the texts that hold something else."""
    names = tuple(dict.fromkeys((*fields, "errorMessage")))
    beside = (f"{_plain('eventID')} AS example", f"{_plain('eventTime')} AS first_time")
    is_text = f"starts_with(coalesce({_cell('userIdentity')}, ''), '\"')"
    is_own = " AND ".join((*map(_is_missing, _OF_OTHER_FORMS), f"NOT {is_text}"))
    columns = (*map(_named, names), *beside, f"{is_own} AS is_own")
    table = _table(texts, stand, (*names, "eventID", "eventTime", *_OF_OTHER_FORMS), columns)
    named = pc.and_(pc.is_valid(table["eventName"]), pc.is_valid(table["eventSource"]))
    other = pc.invert(pc.and_(pc.and_(table["is_list"], table["is_own"]), named))
    others = frozenset(table["number"].filter(other).unique().to_pylist())
    if others:
        table = table.filter(pc.invert(pc.is_in(table["number"], pa.array(sorted(others), pa.int64()))))
    return Own(table.drop_columns(["number", "is_list", "is_own"])), others


_OF_OTHER_FORMS = ("CloudTrailEvent", "detail", "api", "Records", "Events")
"""Members of what has a record in it, or is one of another form; a record in columns of text is told by its caller."""


def _is_missing(name: str) -> str:
    return f"{_cell(name)} IS NULL"


def _of_values(records: Sequence[Mapping[str, Any]], fields: Iterable[str]) -> Own:
    names = tuple(dict.fromkeys((*fields, "errorMessage")))
    told = [
        {**{name: each.get(name) for name in names}, **{name: _beside(name, each) for name in BESIDE}}
        for each in records
    ]
    listed = json.dumps(told, ensure_ascii=False, default=lambda _: None).encode("utf-8", "replace")
    table = _table([listed], _OF_LIST, (*names, *BESIDE), (*map(_named, names), *_BESIDE))
    return Own(table.drop_columns(["number", "is_list"]))


def _table(texts: Sequence[bytes], stand: tuple[str, str], names: Iterable[str], columns: Iterable[str]) -> pa.Table:
    record = json.dumps({name: dict.fromkeys(PARTS.get(name, ()), "JSON") or "JSON" for name in names})
    records = stand[1].format(shape=text(stand[0].format(record=record)))
    given = pa.array(texts, pa.large_binary()).cast(pa.large_string())
    return asked(
        _RECORDS.format(records=records, columns=", ".join(columns)),
        texts=pa.table({"number": pa.arange(0, len(texts)), "text": given}),
    )


def _cell(name: str) -> str:
    found = f"struct_extract(record, {text(name)})"
    return f"CAST({f'to_json({found})' if name in PARTS else found} AS VARCHAR)"


def _named(name: str) -> str:
    return f"{_cell(name)} AS {name_of(name)}"


def _plain(name: str) -> str:
    return f"TRY({_cell(name)} ->> '$')"


_BESIDE = tuple(f"{_plain(name)} AS {name}" for name in BESIDE)


def _beside(name: str, record: Mapping[str, Any]) -> str | None:
    """Return what a record tells beside: that of a row that stands for several calls goes before its own."""
    stated = record.get(name)
    if stated is None and name == "example":
        stated = record.get("eventID") or record.get("eventId")
    if stated is None and name in ("first_time", "last_time"):
        window = record.get("timeWindow")
        stated = record.get("eventTime") or (window.get("windowStart") if isinstance(window, Mapping) else None)
    return None if stated is None else str(stated)
