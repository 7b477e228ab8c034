"""What callers give: paths, and documents in any of their forms."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from policygen.document import Document, PolicyDocument, freeze, opened
from policygen.errors import Place, Problem, SourceError, check_argument

MOST_BYTES_OF_A_DOCUMENT = 4 * 1024 * 1024
"""The largest policy document that is read from a file: 4 MiB; what the AWS CLI prints may be long."""


@opened.register(os.PathLike)
def _opened(path: os.PathLike[str], source: str) -> tuple[object, str]:  # noqa: ARG001  # a file's name is its path
    """Let files be given where policy documents are taken."""
    from policygen.source.files import read_text

    name = os.fsdecode(path)
    return read_text(name, max_bytes=MOST_BYTES_OF_A_DOCUMENT), name


def check_path(path: object) -> None:
    """Refuse what is no path."""
    check_argument("path", path, (str, os.PathLike), "give the path of a file or folder, as text or pathlib.Path")


def folder_at(path: str | Path) -> Path:
    """Return the path of a folder.

    Raises:
        SourceError: PG-F001 where there is none.
    """
    from policygen.source.files import is_folder

    if not is_folder(path):
        raise SourceError(Problem(code="PG-F001", message="no such folder", place=Place(source=str(path))))
    return Path(path)


def text_of(document: Document, source: str) -> tuple[str, str]:
    """Return a document, which need not be a policy, as JSON text, and its name."""
    from policygen.document.write import to_json

    given, name = opened(document, source)
    if isinstance(given, str):
        return given, name
    if isinstance(given, PolicyDocument):
        return given.to_json(), given.source
    check_argument(source, given, Mapping, "give JSON text, plain values, a pathlib.Path, or a generated document")
    return to_json(freeze(given, name)), name
