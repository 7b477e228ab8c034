"""Reading and writing files: whole or not at all, and never a traceback.

The only room below the command line that opens files. Rooms of the evaluation core must not import it.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from policygen.errors import Place, Problem, SourceError
from policygen.source.noted import note
from policygen.source.shown import AS_JSON

MAX_BYTES = 1024 * 1024
"""The largest spec, suite, environment or policy that is read: 1 MiB."""

_TEMPORARY = re.compile(r"\.policygen-[0-9a-z_]{6,8}")
_LONGEST_WAIT = 30
"""Seconds to wait for another run that writes into the same folder; it takes less than one."""

_unfinished: list[Path] = []
"""Temporary files and folders of a write that is under way, in the order in which they were made."""


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


def _read_bytes(name: str, max_bytes: int | None) -> bytes:
    most = -1 if max_bytes is None else max_bytes + 1
    try:
        if name != "-":
            note(name)
            with open(name, "rb") as file:
                return file.read(most)
        if sys.stdin is None:
            raise ValueError
        return sys.stdin.buffer.read(most)
    except (OSError, ValueError) as error:
        raise SourceError(unreadable(name, error)) from None


def unreadable(path: str | Path, error: OSError | ValueError) -> Problem:
    """Return why a file cannot be read, PG-F001."""
    message = f"cannot be read: {_reason(path, error)}"
    if isinstance(error, IsADirectoryError):
        message = "this is a folder, a file is needed"
    return Problem(code="PG-F001", message=message, place=Place(source=str(path)))


def _reason(path: str | Path, error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "standard input is closed" if str(path) == "-" else "no file can have this name"


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file, however many they are.

    Raises:
        SourceError: PG-F001 when it cannot be opened or is a folder.
    """
    return _read_bytes(str(path), None)


@contextmanager
def opened_bytes(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file of any size to be read piece by piece; ``-`` is standard input, which is left open.

    Raises:
        SourceError: PG-F001 when it cannot be opened or read, or is a folder.
    """
    if str(path) == "-" and sys.stdin is None:
        raise SourceError(unreadable(path, ValueError()))
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else open(path, "rb") as file:
            yield file
    except OSError as error:
        raise SourceError(unreadable(path, error)) from None


def check_empty(folder: Path) -> None:
    """Refuse a folder in which something stands.

    Raises:
        SourceError: PG-F013 for a folder that is not empty; PG-F001 when nobody may look.
    """
    try:
        first = next(folder.iterdir(), None) if folder.is_dir() else None
    except OSError as error:
        raise SourceError(unreadable(folder, error)) from None
    if first is not None:
        message, hint = f"is not empty: `{first.name}` is there already", "take another folder"
        raise SourceError(Problem(code="PG-F013", message=message, place=Place(source=str(folder)), hint=hint))


def is_folder(path: str | Path) -> bool:
    """Tell whether there is a folder at ``path``.

    Raises:
        SourceError: PG-F001 where nobody may look.
    """
    note(path)
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise SourceError(unreadable(path, error)) from None


def is_there(path: Path) -> bool:
    """Tell whether there is a file at ``path``.

    Raises:
        SourceError: PG-F001 where nobody may look.
    """
    try:
        return path.is_file()
    except OSError as error:
        raise SourceError(unreadable(path, error)) from None


def files_below(
    folder: str | Path,
    wanted: Callable[[str], bool],
    *,
    skipped: Callable[[str], bool] = lambda _: False,
    problems: list[Problem] | None = None,
) -> list[Path]:
    """Return the files below a folder in sorted order; links to folders are not followed.

    Args:
        folder: The folder.
        wanted: Tells by its name whether a file is wanted.
        skipped: Tells by its name whether a folder is passed over.
        problems: Where problems are noted, so that the rest is returned all the same.

    Raises:
        SourceError: PG-F001 for each folder and file that nobody may look into: it is no empty one.
    """
    found: list[Path] = []
    errors: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=errors.append):
        note(root)
        folders[:] = sorted(each for each in folders if not skipped(each))
        for path in (os.path.join(root, name) for name in sorted(names) if wanted(name)):
            try:
                if stat.S_ISREG(os.stat(path).st_mode):
                    found.append(Path(path))
            except FileNotFoundError:  # a link to nothing
                continue
            except OSError as error:
                errors.append(error)
    unread = [unreadable(os.fsdecode(error.filename), error) for error in errors]
    if problems is not None:
        problems += unread
    elif unread:
        raise SourceError(*unread)
    return found


def is_of_tools(folder: str) -> bool:
    """Tell by its name whether a folder holds what tools keep: hidden ones, packages of Node.js, Python's caches."""
    return folder.startswith(".") or folder in ("node_modules", "__pycache__")


@contextmanager
def claimed(folder: Path, *, private: bool = False) -> Iterator[None]:
    """Keep other runs from writing into a folder, which is made when it is not there; they wait.

    The lock is the system's and ends with the run, however it ends. Windows has none: what two runs write there at once
    is whole all the same, file by file.

    Args:
        folder: The folder.
        private: Whether nobody else may look into a folder that is made.

    Raises:
        SourceError: PG-F004 when the folder cannot be made, PG-F001 when it cannot be looked into, PG-F015 when another
            run does not end.
    """
    lock = None
    try:
        _make_folders(folder, private=private)
        lock = _locked(folder)
        yield
    except OSError as error:
        raise SourceError(_unwritable(error.filename or folder, error)) from None
    finally:
        undo()
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Return the open folder with its lock; None where the system has no such lock."""
    try:
        import fcntl
    except ImportError:
        return None
    end = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            opened = os.open(folder, os.O_RDONLY)
        except OSError as error:
            raise SourceError(unreadable(folder, error)) from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return opened
        except BlockingIOError:
            os.close(opened)
        except OSError:  # a file system without locks
            return opened
        if time.monotonic() > end:
            message, hint = "another run of policygen writes into this folder", "wait for it, or take another folder"
            raise SourceError(Problem(code="PG-F015", message=message, place=Place(source=str(folder)), hint=hint))
        time.sleep(0.02)


def left_over(folder: Path) -> list[Path]:
    """Return the temporary files that runs that were killed left below a folder, where no other run writes.

    Raises:
        SourceError: PG-F001 where nobody may look.
    """
    return files_below(folder, lambda name: bool(_TEMPORARY.fullmatch(name)), skipped=lambda name: name.startswith("."))


def _is_special(path: Path) -> bool:
    """Tell whether something is there that is written into and not replaced: a device, a pipe."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", AS_JSON)


def write_files(
    folder: Path, contents: Mapping[str, str | bytes], *, remove: Collection[Path] = (), private: bool = False
) -> None:
    """Write every text below ``folder``: all of them, or none is left changed.

    Each text goes to a temporary file beside its target first; only when all are on disk are they moved in place.
    Folders are made as needed. Whoever is killed in between leaves temporary files, the last text's among them: the
    next run can read there what was under way (:func:`left_over`).

    Args:
        folder: The folder.
        contents: Texts, or bytes as they are, by path; the last one is moved in place last.
        remove: Files that are taken away before that.
        private: Whether nobody else may read the files and look into the folders that are made.

    Raises:
        SourceError: PG-F004 for the first file that cannot be written or taken away. Nothing has been changed then,
            unless the system refuses to move a file beside which it let another be written.
    """
    staged: list[tuple[Path, Path]] = []
    target = folder
    try:
        for name, text in contents.items():
            target = folder / name
            if _is_special(target):
                target.write_bytes(_as_bytes(text))
                continue
            _make_folders(target.parent, private=private)
            temporary = target.parent / f".policygen-{secrets.token_hex(4)}"
            _unfinished.append(temporary)
            staged.append((temporary, target))
            with open(temporary, "xb", opener=_private if private else None) as file:
                file.write(_as_bytes(text))
            if target.is_dir():
                raise IsADirectoryError(21, "is a directory", str(target))
        for target in remove:
            if not os.access(target.parent, os.W_OK):
                raise PermissionError(13, "permission denied", str(target))
        with _without_interruption():
            for number, (temporary, target) in enumerate(staged, 1):
                for path in remove if number == len(staged) else ():
                    path.unlink(missing_ok=True)
                os.replace(temporary, target)
    except (OSError, ValueError) as error:
        raise SourceError(_unwritable(target, error)) from None
    finally:
        undo()


@contextmanager
def _without_interruption() -> Iterator[None]:
    """Let Ctrl-C and its like wait until all is moved, which takes no time: half of it would look edited later."""
    came: list[int] = []
    before = {}
    if threading.current_thread() is threading.main_thread():  # no other one is interrupted
        numbers = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))  # Windows has no SIGHUP
        handlers = {each: signal.getsignal(each) for each in numbers if each is not None}
        before = {each: handler for each, handler in handlers.items() if handler not in (None, signal.SIG_IGN)}
    try:
        for each in before:
            signal.signal(each, lambda number, _: came.append(number))
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def undo() -> None:
    """Take away the temporary files of a write that is broken off, and the folders that it made and that are empty."""
    while _unfinished:
        path = _unfinished.pop()
        if path.is_symlink():  # a link to nothing, in whose place a folder could not be made: no work of ours
            continue
        try:
            path.rmdir() if path.is_dir() else path.unlink()
        except OSError:
            continue


def _unwritable(path: str | Path, error: OSError | ValueError) -> Problem:
    return Problem(code="PG-F004", message=f"cannot be written: {_reason(path, error)}", place=Place(source=str(path)))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make_folders(folder: Path, *, private: bool) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        _unfinished.append(path)
        path.mkdir(0o700 if private else 0o777, exist_ok=True)
