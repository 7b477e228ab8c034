"""Every problem code of files of events: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-E001": "A file in which no record of CloudTrail was found.",
    "PG-E002": "A compressed file that ends too early or is damaged; what could be read of it is used.",
    "PG-E003": "A record that cannot be read; the others are.",
    "PG-E004": "Something that is larger than any record; the file is read no further.",
}
"""Code → what it means."""
