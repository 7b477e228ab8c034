"""Policies written below a folder: whole or not at all, and never over something else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from policygen.errors import Place, Problem, SourceError


def write_policies(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts below a folder, by their paths, whole or not at all; return the paths of the files.

    Raises:
        SourceError: PG-F012 for each file in the way that says something else, PG-F004 when one cannot be written.
    """
    from policygen.source.files import claimed, write_files

    with claimed(folder):
        problems = [problem for name, text in texts.items() for problem in _in_the_way(folder / name, text)]
        if problems:
            raise SourceError(*problems)
        write_files(folder, texts)
    return [folder / name for name in texts]


def _in_the_way(path: Path, text: str) -> list[Problem]:
    try:
        same = path.read_text(encoding="utf-8") == text
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError):
        same = False
    hint = "move it away, or take another folder"
    place = Place(source=str(path))
    message = "is there already and says something else"
    return [] if same else [Problem(code="PG-F012", message=message, place=place, hint=hint)]
