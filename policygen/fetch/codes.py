"""Every problem code of reading from AWS: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-N001": "boto3, which reads from AWS, is not installed or too old.",
    "PG-N002": "A profile or credentials that cannot be used.",
    "PG-N003": "AWS was asked and nothing could be read.",
    "PG-N004": "A call that AWS refused, or that did not reach it; the rest was read.",
}
"""Code → what it means."""
