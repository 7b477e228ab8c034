"""Requests as the columns that a kernel takes."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

WHO = ("arn", "role", "user", "unique_id")
Fields = dict[str, Any]


def batch_of(requests: Iterable[Fields]) -> pa.RecordBatch:
    """The arguments of requests as columns; a context key that is a list anywhere is a list everywhere."""
    rows = list(requests)
    callers = [each if isinstance(each := row["principal"], dict) else {"arn": each} for row in rows]
    columns: dict[str, Any] = {("principal" if name == "arn" else name): _texts(callers, name) for name in WHO}
    columns |= {name: _texts(rows, name) for name in ("action", "resource", "resource_account")}
    contexts = [{name: _values(value) for name, value in row["context"].items()} for row in rows]
    for name in dict.fromkeys(name for context in contexts for name in context):
        found = [context.get(name) for context in contexts]
        if all(each is None or len(each) == 1 for each in found):
            columns[name] = pa.array([each and each[0] for each in found], pa.string())
        else:
            columns[name] = pa.array(found, pa.list_(pa.string()))
    return pa.record_batch(columns)


def _texts(rows: list[Fields], name: str) -> pa.Array:
    return pa.array([row.get(name) for row in rows], pa.string())


def _values(value: Any) -> list[str]:
    listed = value if isinstance(value, (list, tuple)) else [value]
    return ["true" if each is True else "false" if each is False else str(each) for each in listed]
