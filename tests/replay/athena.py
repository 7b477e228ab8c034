"""Queries in Athena's dialect, run by DuckDB."""

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp


def for_duckdb(sql: str) -> str:
    """The query as DuckDB takes it; what Athena's dialect does not have is an error."""
    parsed = sqlglot.parse_one(sql, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    for node in reversed(
        list(parsed.find_all(exp.Cast))
    ):  # a text cast to JSON is a JSON string; DuckDB would parse it
        if node.to.is_type("json"):
            node.replace(exp.Anonymous(this="to_json", expressions=[node.this]))
    return parsed.sql(dialect="duckdb")


def asked(sql: str, table: pa.Table) -> pa.Table:
    """What a query in Athena's dialect finds in the table ``cloudtrail_logs``."""
    with duckdb.connect() as connection:
        connection.register("cloudtrail_logs", table)
        return connection.sql(for_duckdb(sql)).to_arrow_table()
