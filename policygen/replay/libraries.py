"""The libraries that read tables and tell records apart in columns: none of them comes with policygen alone."""

from __future__ import annotations

from importlib.util import find_spec

from policygen.errors import Problem

_NAMES = ("duckdb", "pyarrow")
_INSTALL = "pip install 'policygen[replay]'"


def missing_for(what: str) -> Problem | None:
    """Return that libraries are missing, PG-E009; None where all are installed.

    Args:
        what: What needs them.
    """
    missing = [name for name in _NAMES if find_spec(name) is None]
    if not missing:
        return None
    are = "is" if len(missing) == 1 else "are"
    return Problem(
        code="PG-E009", message=f"{what} needs {' and '.join(missing)}, which {are} not installed", hint=_INSTALL
    )
