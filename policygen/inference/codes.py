"""Every problem code of diagnosing what was read: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-C001": "Nothing to diagnose: no replication configuration was read, or none of the bucket that is asked for.",
    "PG-C002": "A replication configuration that cannot be used: it names no role, or no rule of it a destination.",
    "PG-C003": "A set-up that no spec can describe.",
}
"""Code → what it means."""
