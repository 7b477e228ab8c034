"""Problem codes of this room: what stops a plan before anything is judged."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-P001": "A spec without `migration`: there is nothing to plan.",
}
"""Code → what it means."""
