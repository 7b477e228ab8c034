"""What ``diff`` and ``check`` find, by code."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-Q001": "Access that the new side gives and the old one does not.",
    "PG-Q002": "Access that the old side gives and the new one does not.",
    "PG-Q003": "A question over all requests that could not be answered.",
    "PG-Q004": "A policy that allows what the one it is compared with does not (`check no-new-access`).",
    "PG-Q005": "A policy that allows what must not be granted (`check access-not-granted`).",
    "PG-Q006": "A policy that lets in somebody whom it does not name (`check no-public-access`).",
    "PG-Q007": "A statement that no request needs (`check never-matches`).",
}
"""Code → what it means."""

CODES_OF_CHECKS = {
    "no-new-access": "PG-Q004",
    "access-not-granted": "PG-Q005",
    "no-public-access": "PG-Q006",
    "never-matches": "PG-Q007",
}
"""What a check of each name finds."""
