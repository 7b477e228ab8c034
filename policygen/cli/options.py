"""The options that every command has, and the output they decide."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce, update_wrapper
from typing import TYPE_CHECKING, Any

import click

from policygen.cli.main import silence_stdout
from policygen.errors import Place, Problem, SourceError

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where results go and how they look: the values of the four options; ``query`` is a JMESPath expression."""

    format: str
    query: str | None
    color: str
    quiet: bool

    @property
    def is_text(self) -> bool:
        """Whether people read it."""
        return self.format == "text" and self.query is None

    def write(self, text: str) -> None:
        """Write to standard output; a reader that has gone is no error.

        Raises:
            SourceError: PG-F004 when it cannot be written, for example on a full disk.
        """
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            silence_stdout()
        except OSError as error:
            silence_stdout()
            reason = (error.strerror or str(error)).lower()
            place = Place(source="standard output")
            raise SourceError(Problem(code="PG-F004", message=f"cannot be written: {reason}", place=place)) from None

    def json(self, value: Any) -> None:
        """Write a value as JSON, or what the query makes of it, as the AWS CLI does."""
        if self.query is not None:
            value = search(self.query, value)
        self.write(json.dumps(value, indent=4, ensure_ascii=False) + "\n")

    def console(self) -> Console:
        """Return the console for text: colour on a terminal only, and no wrapping where nobody looks."""
        from rich.console import Console

        terminal = sys.stdout.isatty()
        force = True if self.color == "always" else None
        return Console(
            file=_Forgiving(self),  # type: ignore[arg-type]  # write and flush are all that rich asks for
            force_terminal=force if force else terminal,
            color_system=None if self.color == "never" else "auto",
            width=None if terminal else 160,
            highlight=False,
            soft_wrap=not terminal,
        )

    def note(self, text: str) -> None:
        """Write a remark to standard error, unless it shall be quiet."""
        if not self.quiet:
            click.echo(text, err=True)

    def warn(self, problems: Iterable[Problem]) -> None:
        """Write what may be a mistake to standard error, unless it shall be quiet."""
        for problem in problems:
            self.note(f"warning: {problem}")


class _Forgiving:
    """A file over :meth:`Output.write`."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.encoding = sys.stdout.encoding or "utf-8"

    def write(self, text: str) -> int:
        self._output.write(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: every write is flushed."""

    def isatty(self) -> bool:
        return sys.stdout.isatty()

    def fileno(self) -> int:
        return sys.stdout.fileno()


def check_standard_input(names: Iterable[str]) -> None:
    """Refuse files of which more than one is standard input.

    Raises:
        click.UsageError: ``-`` stands twice.
    """
    if sum(name == "-" for name in names) > 1:
        message = "`-` is standard input, which can be read once: give the other files by name"
        raise click.UsageError(message)


def search(expression: str, value: Any) -> Any:
    """Return what a JMESPath expression finds.

    Raises:
        click.BadParameter: The expression is none; the message shows where.
    """
    import jmespath

    with _expression_errors():
        return jmespath.search(expression, value)


@contextmanager
def _expression_errors() -> Iterator[None]:
    from jmespath.exceptions import JMESPathError

    try:
        yield
    except JMESPathError as error:
        raise click.BadParameter(str(error), param_hint="--query") from None


def output_options(*more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--format``, ``--query``, ``--color`` and ``--quiet``; the command gets an ``output``.

    Args:
        more: Formats beside ``text`` and ``json``.
    """
    options = (
        click.option("--quiet", "-q", is_flag=True, help="Print the essence only."),
        click.option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in text output."
        ),
        click.option("--query", metavar="JMESPATH", help="Print what this JMESPath expression finds in the JSON."),
        click.option(
            "--format", type=click.Choice(("text", "json", *more)), default="text", help="Form of the result."
        ),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def command(**arguments: Any) -> Any:
            given = {name: arguments.pop(name) for name in ("format", "query", "color", "quiet")}
            if given["query"] is not None:
                import jmespath

                with _expression_errors():
                    jmespath.compile(given["query"])
            return function(output=Output(**given), **arguments)

        return reduce(lambda decorated, option: option(decorated), options, update_wrapper(command, function))

    return decorate
