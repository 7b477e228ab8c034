"""Records of CloudTrail's own form as columns, each field as JSON: from the text of files, and from values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from policygen.events import PARTS
from policygen.replay.forms import BESIDE
from policygen.replay.sql import asked, name_of, text

_MORE = ("eventID", "eventTime", "errorMessage")
"""Fields that are told beside those that are looked at."""

_TEXT = pa.string()


class Own(NamedTuple):
    """Records as columns: each field as JSON, null where there is none; and what is told beside, as texts."""

    table: pa.Table


def records_in_texts(texts: Sequence[bytes], fields: Iterable[str]) -> tuple[Own, frozenset[int]] | None:
    """Return the records in texts of files, and the numbers of those texts that are not as CloudTrail writes them.

    As it writes them, a file is an object whose list of records is called ``Records``. None where there is something
    in the texts that makes all of them unreadable.
    """
    names = list(dict.fromkeys((*fields, *_MORE)))
    shape = json.dumps({"Records": [{name: dict.fromkeys(PARTS.get(name, ()), "JSON") or "JSON" for name in names}]})
    try:
        given = pa.table({"number": pa.arange(0, len(texts)), "file": pa.array(texts, pa.large_binary())})
        given = given.set_column(1, "file", given["file"].cast(pa.large_string()))
        table = asked(_UNPACKED.format(shape=text(shape), columns=", ".join(map(_column, names))), files=given)
    except (duckdb.Error, pa.ArrowException):
        return None
    named = pc.and_(pc.is_valid(table["eventName"]), pc.is_valid(table["eventSource"]))
    other = pc.invert(pc.and_(table["is_list"], named))
    others = frozenset(table["number"].filter(other).unique().to_pylist())
    if others:
        table = table.filter(pc.invert(pc.is_in(table["number"], pa.array(sorted(others), pa.int64()))))
    return Own(table.drop_columns(["number", "is_list"])), others


_UNPACKED = """
SELECT number, is_list, {columns}
FROM (
    SELECT number, records IS NOT NULL AS is_list, unnest(coalesce(records, [NULL])) AS record
    FROM (SELECT number, TRY(from_json(file, {shape})).Records AS records FROM files)
)
"""


def _column(name: str) -> str:
    of_record = f"struct_extract(record, {text(name)})"
    of_record = f"CAST({f'to_json({of_record})' if name in PARTS else of_record} AS VARCHAR)"
    named = f"{of_record} AS {name_of(name)}"
    if name == "eventID":
        return f"{of_record}[2:-2] AS example"
    return f"{named}, {of_record}[2:-2] AS first_time" if name == "eventTime" else named


def own_of(records: Sequence[Mapping[str, Any]], fields: Iterable[str]) -> Own:
    """Return records that are given as values, as CloudTrail's own JSON has them."""
    names = dict.fromkeys((*fields, "errorMessage"))
    found = {name: [_written(_looked_at(name, each.get(name))) for each in records] for name in names}
    found |= {name: [_beside(name, each) for each in records] for name in BESIDE}
    return Own(pa.table({name: pa.array(cells, _TEXT) for name, cells in found.items()}))


def _looked_at(name: str, value: Any) -> Any:
    """Return what of a field's value is looked at."""
    if name not in PARTS or not isinstance(value, dict):
        return None if name in PARTS else value
    return {part: value.get(part) for part in PARTS[name]}


def _written(value: Any) -> str | None:
    try:
        return None if value is None else json.dumps(value, separators=(",", ":"))
    except (ValueError, RecursionError, TypeError):
        return None


def _beside(name: str, record: Mapping[str, Any]) -> str | None:
    """Return what a record tells beside: that of a row that stands for several calls goes before its own."""
    stated = record.get(name)
    if stated is None and name == "example":
        stated = record.get("eventID") or record.get("eventId")
    if stated is None and name in ("first_time", "last_time"):
        window = record.get("timeWindow")
        stated = record.get("eventTime") or (window.get("windowStart") if isinstance(window, Mapping) else None)
    return None if stated is None else str(stated).encode("utf-8", "replace").decode()
