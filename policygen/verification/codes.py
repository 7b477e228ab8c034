"""Every problem code of verification: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-V001": "A file under verification that is not a JSON object.",
    "PG-V002": "A folder under verification that holds none of the spec's documents.",
    "PG-V003": "A request that must be allowed and is denied, from no cause that has a name.",
    "PG-V004": "A request that must be denied and is allowed.",
    "PG-V005": "Something is allowed that the spec does not ask for, or nobody could tell.",
    "PG-V006": "A guard that does not deny what it must.",
    "PG-V007": "A policy or setting that is not as the spec wants it, from no cause that has a name.",
}
"""Code → what it means."""
