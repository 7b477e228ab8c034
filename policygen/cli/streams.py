"""The one way out: everything that leaves the program goes through here, to standard output or standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from policygen.errors import Place, Problem, SourceError
from policygen.source.shown import in_encoding, shown, without_commands
from policygen.source.wrapping import wrapped

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = 80
"""Columns of a terminal that does not say how many it has."""


interruption = ["interrupted"]
"""The lines that are written when somebody stops the program."""


@contextmanager
def if_interrupted(hint: str) -> Iterator[None]:
    """Say a further line, too, when the program is stopped while something goes on."""
    text = wrapped(shown(f"next: {hint}"), columns(sys.stderr))
    interruption.append(without_commands(in_encoding(text, "ascii")))
    try:
        yield
    finally:
        interruption.pop()


def encoding() -> str:
    """Return the encoding of standard output, in small letters."""
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower()


def write(text: str, *, flush: bool = True) -> None:
    """Write a text to standard output, escaped where its encoding cannot carry it; a reader that has gone is no error.

    Args:
        text: The text.
        flush: Whether it shall be out at once; else :func:`flush_all` must follow.

    Raises:
        SourceError: PG-F004 when it cannot be written, for example on a full disk, or is closed.
    """
    if sys.stdout is None:
        raise _not_written("it is closed")
    try:
        sys.stdout.write(in_encoding(text, encoding()))
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except (OSError, ValueError) as error:  # a ValueError: somebody closed it
        silence_stdout()
        raise _not_written(str(getattr(error, "strerror", None) or error).lower()) from None


def flush_all() -> None:
    """Write what is not out yet.

    Raises:
        SourceError: As :func:`write`.
    """
    if sys.stdout is not None:
        write("")


def say(text: str) -> None:
    """Write lines to standard error, broken at words on a terminal; where they cannot be, nobody is left to tell."""
    if sys.stderr is None:
        return
    try:
        text = wrapped(shown(text), columns(sys.stderr))
        sys.stderr.write(in_encoding(without_commands(text) + "\n", sys.stderr.encoding or "utf-8"))
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def silence_stdout() -> None:
    """Point standard output nowhere: its reader has gone, and Python would complain when it flushes."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether somebody looks at a standard stream, which may be closed."""
    return stream is not None and not stream.closed and stream.isatty()


def columns(stream: TextIO | None) -> int | None:
    """Return how many columns a terminal has, as ``COLUMNS`` says or it says itself; None where it is none.

    Where it is none, nothing that is written depends on a width.
    """
    if stream is None or not is_terminal(stream):
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (OSError, ValueError):
        return _COLUMNS


def console(color: str) -> Console:
    """Return rich's console on standard output: colour on a terminal only, and no wrapping where nobody looks."""
    from rich.console import Console
    from rich.text import Text

    class Shown(Console):
        """What is printed may come from anybody: it is escaped before rich adds codes of its own."""

        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(shown(text), **options)

        def print(self, *objects: Any, **options: Any) -> None:
            if plain and options.get("markup") is False and "style" not in options:
                # rich would lay each text out as for a terminal, and there may be ten thousands of them
                self.file.write(shown(" ".join(map(str, objects))) + options.get("end", "\n"))
            else:
                super().print(*objects, **options)

    terminal = is_terminal(sys.stdout)
    plain = not terminal and color != "always"
    return Shown(
        file=_Lines(),  # type: ignore[arg-type]  # write and flush are all that rich asks for
        force_terminal=True if color == "always" else terminal,
        color_system=None if color == "never" else "auto",
        width=columns(sys.stdout) or 160,
        height=None if terminal else 25,  # rich asks the system for it with every print otherwise
        highlight=False,
        emoji=False,
        soft_wrap=not terminal,
    )


class _Lines:
    """A file over :func:`write`, no line of which is a workflow command."""

    def __init__(self) -> None:
        self.encoding = encoding()
        self._within_line = False

    def write(self, text: str) -> int:
        write(without_commands(text, within_line=self._within_line), flush=self.isatty())
        line = text.rpartition("\n")[2]
        self._within_line = bool(line.strip()) or ("\n" not in text and self._within_line)
        return len(text)

    def flush(self) -> None:
        """Do nothing: many small writes are flushed in the end."""

    def isatty(self) -> bool:
        return is_terminal(sys.stdout)

    def fileno(self) -> int:
        return sys.stdout.fileno()


def _not_written(reason: str) -> SourceError:
    return SourceError(
        Problem(code="PG-F004", message=f"cannot be written: {reason}", place=Place(source="standard output"))
    )
