"""Results as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from policygen.source.files import write_files

ROWS = pa.schema(
    [
        ("change", pa.string()),
        ("principal", pa.string()),
        ("action", pa.string()),
        ("count", pa.int64()),
        ("first", pa.string()),
        ("last", pa.string()),
        ("example", pa.string()),
        ("reason", pa.string()),
        ("statement", pa.string()),
        ("message", pa.string()),
    ]
)


def write_parquet(rows: Iterable[Mapping[str, Any]], target: str) -> None:
    """Write rows of a result to a file, whole or not at all.

    Raises:
        SourceError: PG-F004 when it cannot be written.
    """
    data, path = BytesIO(), Path(target)
    pq.write_table(pa.Table.from_pylist([dict(each) for each in rows], schema=ROWS), data)
    write_files(path.parent, {path.name: data.getvalue()})
