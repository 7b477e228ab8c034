"""Every problem code of the generator: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-G002": "A template with a syntax error.",
    "PG-G003": "A template that uses a value which does not exist, or which JSON cannot hold.",
    "PG-G004": "A template whose text is not JSON, or not a policy document.",
    "PG-G005": "A file in the templates folder that overrides nothing.",
    "PG-G006": "A document that is larger than AWS's quota for it.",
    "PG-G007": "A generated document that AWS would not accept.",
    "PG-G008": "A form of output that does not exist.",
    "PG-G009": "A template that calls itself, loops or grows without end.",
}
"""Code → what it means."""
