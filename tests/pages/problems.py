"""docs/problems.md: every problem code with what it means."""

from importlib import import_module

from policygen.errors import CODES

ROOMS = (
    *("reading", "source", "document", "request", "spec", "suite", "generator", "verification", "migration"),
    *("fetch", "inference", "events", "denials"),
)
"""Rooms that declare problem codes, each in a module ``codes``."""


def problem_codes() -> dict[str, str]:
    """Return every problem code with what it means."""
    found = dict(CODES)
    for room in ROOMS:
        codes: dict[str, str] = import_module(f"policygen.{room}.codes").CODES
        found.update(codes)
    return found


def problems_page() -> str:
    """Return the page of the problem codes as Markdown."""
    lines = [
        "# Problem codes",
        "",
        "Every problem that policygen reports carries a code, the place (file, line, column, JSON pointer), what is",
        "wrong, and a hint where there is one. Codes are never reused. `validate` uses Access Analyzer's issue codes.",
        "",
        "| code | what it means |",
        "| --- | --- |",
    ]
    lines.extend(f"| {code} | {meaning} |" for code, meaning in sorted(problem_codes().items()))
    return "\n".join(lines) + "\n"
