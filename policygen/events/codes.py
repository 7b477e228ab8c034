"""Every problem code of files of events: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-E001": "A file in which no record of CloudTrail was found.",
    "PG-E002": "A compressed file that ends too early or is damaged; what could be read of it is used.",
    "PG-E003": "A record that cannot be read; the others are.",
    "PG-E004": "Something that is larger than any record; the file is read no further.",
    "PG-E005": "A folder in which no file of events was found.",
    "PG-E006": "A Parquet file that is damaged; what could be read of it counts.",
    "PG-E007": "A table without a column that records of CloudTrail need; nothing of it counts.",
    "PG-E008": "A file of events that has changed since an earlier run counted it.",
    "PG-E009": "Libraries that are needed for a replay, and to read Parquet, and are not installed.",
    "PG-E010": "A file of `replay --resume` that was of other policies; everything is counted anew: a warning.",
}
"""Code → what it means."""
