"""Every problem code of denied calls: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-Y001": "A file that tells of no denied call.",
    "PG-Y002": "Authorization details that cannot be read.",
    "PG-Y003": "A policy that is linked to no entry of the authorization details beside it.",
    "PG-Y004": "Authorization details of which further pages were not read.",
    "PG-Y005": "A denied call of which no test can be written.",
    "PG-Y006": "An event of a denied call whose request cannot be told.",
}
"""Code → what it means."""
