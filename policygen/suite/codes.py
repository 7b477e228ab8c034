"""Every problem code of suites and environment files: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-T001": "A key that the format does not know.",
    "PG-T002": "A value of the wrong kind: text where a mapping is needed, a list where text is needed …",
    "PG-T003": "A key that is needed is missing.",
    "PG-T004": "A value that is none of the choices.",
    "PG-T005": "Two tests with one id, or one account in two places of an organization.",
    "PG-T006": "Two fields of which one stands in the other's place: a spec and an environment …",
    "PG-T007": "A path that holds no suite.",
    "PG-T008": "A warning about a request, where warnings are errors.",
    "PG-T009": "A managed policy or group that is named in an environment and not stated there.",
    "PG-T010": "A test whose outcome is not the expected one.",
}
"""Code → what it means."""
