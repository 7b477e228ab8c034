"""Every problem code of verification: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-V001": "A file under verification that is not a JSON object.",
    "PG-V002": "A folder under verification that holds none of the spec's documents.",
}
"""Code → what it means."""
