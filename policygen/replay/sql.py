"""SQL over tables of Arrow, by DuckDB: for what is said of each row, without a row of Python."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

NOTHING = "CAST(NULL AS VARCHAR)"
"""The expression for a text that there is not."""

_MOST_ROWS = 1_000_000
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": "1GB",
    "temp_directory": "",
}


@cache
def _connection() -> Any:
    connection = duckdb.connect(config=_CONFIG)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # each query has a cursor of its own
    return connection


def asked(sql: str, **tables: pa.Table) -> pa.Table:
    """Return what a query finds in tables, which it names as they are named here; each column in one piece.

    Raises:
        duckdb.Error: The query does not fit the tables.
    """
    with _connection().cursor() as cursor:
        for name, table in tables.items():
            cursor.register(name, _readable(table))
        return cursor.sql(sql).to_arrow_table(_MOST_ROWS).combine_chunks()


def _readable(table: pa.Table) -> pa.Table:
    """Return a table without views of texts and without parts of structures, which not all versions of DuckDB read."""
    columns = {name: _copied(table[name]) for name in table.column_names}
    return pa.table(columns) if columns else table


def _copied(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_string_view(column.type) or _is_binary(column.type):
        with suppress(pa.ArrowInvalid):  # what is no text stays as it is
            return column.cast(pa.string())
    if pa.types.is_nested(column.type) and any(each.offset for each in column.chunks):
        return column.take(pa.arange(0, len(column)))
    return column


def _is_binary(kind: pa.DataType) -> bool:
    """Tell whether texts are stored as bytes, as in files of Parquet that do not call them texts."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def name_of(column: str) -> str:
    """Return the name of a column as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
