"""The files that ship with the package beside its code: templates, samples, and the facts it rests on.

They stand where people look for them, at the top of the project. In a wheel they lie inside the package; an editable
install, a plain checkout and an unpacked sdist find them beside ``pyproject.toml``.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from policygen.errors import Problem, SourceError

IN_CHECKOUT = {"templates": "templates", "samples": "samples", "facts.md": "docs/facts.md"}
"""What ships, by its name in the package: where it stands in the project."""


def packaged(name: str) -> Traversable:
    """Return a file or folder of :data:`IN_CHECKOUT`, wherever the package lies: in a folder or in a zip file.

    Raises:
        SourceError: PG-F014 when it is missing.
    """
    inside = files("policygen").joinpath(name)
    if inside.is_dir() or inside.is_file():
        return inside
    checkout = Path(__file__).resolve().parents[2]
    beside = checkout / IN_CHECKOUT[name]
    if (checkout / "pyproject.toml").is_file() and beside.exists():
        return beside
    message = f"policygen's own `{name}` cannot be found"
    raise SourceError(Problem(code="PG-F014", message=message, hint="reinstall the package"))


def packaged_text(name: str) -> str:
    """Return the text of a file of :data:`IN_CHECKOUT`.

    Raises:
        SourceError: PG-F014 when it is missing.
    """
    return packaged(name).read_text(encoding="utf-8")


def text_beside(package: str, name: str) -> str:
    """Return the text of a data file that lies beside the modules of a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")
