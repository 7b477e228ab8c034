"""Every problem code of requests: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-R001": "A principal that is not valid.",
    "PG-R002": "A principal's mapping with unknown or contradicting entries.",
    "PG-R003": "An action that is not valid.",
    "PG-R004": "A resource that is not valid.",
    "PG-R005": "An account id that is not valid.",
    "PG-R006": "A context value that is neither text nor a list of texts.",
    "PG-R007": "A context key that is stated twice.",
    "PG-R008": "A setting that does not exist, or a value that it cannot have.",
}
"""Code → what it means."""
