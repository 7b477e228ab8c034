"""Queries in Athena's dialect, run by DuckDB."""

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp


def asked(sql: str, table: pa.Table) -> pa.Table:
    """What a query in Athena's dialect finds in the table ``cloudtrail_logs``."""
    parsed = sqlglot.parse_one(sql, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    for node in reversed(list(parsed.find_all(exp.Cast))):  # a text cast to JSON is a JSON string; DuckDB would parse it
        if node.to.is_type("json"):
            node.replace(exp.Anonymous(this="to_json", expressions=[node.this]))
    with duckdb.connect() as connection:
        connection.register("cloudtrail_logs", table)
        return connection.sql(parsed.sql(dialect="duckdb")).to_arrow_table()
