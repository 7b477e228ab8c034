"""Every problem code of what is read of accounts, plans and templates: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-I001": "A file of which nothing is read: it is empty, of a shape that is not known, or a spec.",
    "PG-I002": "A part of a plan, template or answer that cannot be read; the rest is.",
    "PG-I003": "Something of which it is not known what it belongs to.",
    "PG-I004": "An error of AWS that was saved in the place of an answer.",
    "PG-I005": "A file of shapes that cannot be used.",
    "PG-I006": "A policy that hangs on what is not known before it is deployed.",
    "PG-I007": "Two files that say different things of one and the same.",
    "PG-I008": "Something that was named and not read.",
}
"""Code → what it means."""
