"""Reading and writing files: whole or not at all, and never a traceback.

The only room below the command line that opens files. Rooms of the evaluation core must not import it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from policygen.errors import Place, Problem, SourceError

MAX_BYTES = 1024 * 1024
"""The largest spec, suite, environment or policy that is read: 1 MiB."""


def read_text(path: str | Path, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the UTF-8 text of a file, of ``max_bytes`` at most; ``-`` reads standard input.

    Raises:
        SourceError: PG-F001 when it cannot be opened or is a folder, PG-F002 when it is larger than
            ``max_bytes``, PG-F003 when it is not UTF-8 (with the byte's place).
    """
    name = str(path)
    data = _read_bytes(name, max_bytes)
    if len(data) > max_bytes:
        message = f"larger than {max_bytes:,} bytes"
        raise SourceError(Problem(code="PG-F002", message=message, place=Place(source=name)))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        place = Place(source=name, line=line, column=column)
        message = f"not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}"
        problem = Problem(code="PG-F003", message=message, place=place, hint="save the file as UTF-8")
        raise SourceError(problem) from None


def _read_bytes(name: str, max_bytes: int) -> bytes:
    place = Place(source=name)
    try:
        if name == "-":
            return sys.stdin.buffer.read(max_bytes + 1)
        with open(name, "rb") as file:
            return file.read(max_bytes + 1)
    except IsADirectoryError:
        message = "this is a folder, a file is needed"
        raise SourceError(Problem(code="PG-F001", message=message, place=place)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SourceError(Problem(code="PG-F001", message=f"cannot be read: {reason.lower()}", place=place)) from None


def write_files(folder: Path, contents: dict[str, str]) -> None:
    """Write every text below ``folder``: all of them, or none is left changed.

    Each text goes to a temporary file beside its target first; only when all are on disk are they moved in
    place. Folders are made as needed.

    Raises:
        SourceError: PG-F004 for the first file that cannot be written; nothing has been changed then.
    """
    staged: list[tuple[str, Path]] = []
    made: list[Path] = []
    target = folder
    try:
        for name, text in contents.items():
            target = folder / name
            _make_folders(target.parent, made)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".policygen-")
            staged.append((temporary, target))
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(temporary, 0o666 & ~_umask())
            if target.is_dir():
                raise IsADirectoryError(21, "is a directory", str(target))
        for temporary, target in staged:
            os.replace(temporary, target)
        staged.clear()
    except OSError as error:
        place = Place(source=str(target))
        reason = (error.strerror or str(error)).lower()
        _undo(staged, made)
        raise SourceError(Problem(code="PG-F004", message=f"cannot be written: {reason}", place=place)) from None


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = []
    current = folder
    while not current.exists():
        missing.append(current)
        current = current.parent
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _undo(staged: list[tuple[str, Path]], made: list[Path]) -> None:
    for temporary, _ in staged:
        Path(temporary).unlink(missing_ok=True)
    for path in reversed(made):
        try:
            path.rmdir()
        except OSError:
            continue


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
