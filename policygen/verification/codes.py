"""Every problem code of verification: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-V001": "A file under verification that is not a JSON object.",
}
"""Code → what it means."""
