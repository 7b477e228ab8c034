"""Every problem code of verification: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-V001": "A file under verification that holds no policy document and no replication configuration.",
}
"""Code → what it means."""
