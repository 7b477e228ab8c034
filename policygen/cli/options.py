"""The options that every command has, and the output they decide."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce, update_wrapper
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from policygen.cli import streams
from policygen.cli.plain import plain_text
from policygen.errors import PolicygenError, Problem
from policygen.source.shown import shown, without_commands
from policygen.source.wrapping import wrapped

if TYPE_CHECKING:
    from rich.console import Console

    from policygen.report.outcome import Outcome


FINDINGS = ("github", "junit", "sarif")
"""Formats that list findings where people look for them; every command that has them makes them from one record."""

_QUERY = "Print what this JMESPath expression finds in the JSON; with `--format text` as plain values."

_MARKUP = ("html", "svg", "junit")
_FOR_PEOPLE = ("text", "csv", "github", "mermaid", "sarif", *_MARKUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where results go and how they look: the values of the four options.

    Attributes:
        format: The form of the result.
        query: A JMESPath expression, asked of the JSON.
        color: ``auto``, ``always`` or ``never``.
        quiet: Whether the essence is enough.
        plain: Whether what the query finds is written as plain values, and not as JSON.
    """

    format: str
    query: str | None
    color: str
    quiet: bool
    plain: bool = False
    _begun: list[bool] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        """Whether people read it."""
        return self.format == "text"

    @property
    def lists_findings(self) -> bool:
        """Whether a list of findings is asked for: annotations, JUnit or SARIF."""
        return self.format in FINDINGS

    def findings(self, outcome: Outcome) -> None:
        """Write what a command found in one of the formats that list findings.

        Raises:
            SourceError: As :meth:`write`.
        """
        from importlib import import_module

        form: Callable[[Outcome], str] = getattr(import_module(f"policygen.report.{self.format}"), self.format)
        self.write(form(outcome))

    def refused(self, command: str, problems: Iterable[Problem]) -> None:
        """List the problems of inputs that cannot be used, where findings are asked for and none were written."""
        if self.lists_findings and not self._begun:
            from policygen.report.outcome import of_problems

            self.findings(of_problems(command, problems))

    def write(self, text: str) -> None:
        """Write a result to standard output, in the words of its format for what cannot stand there.

        Raises:
            SourceError: PG-F004 when it cannot be written, for example on a full disk.
        """
        self._begun.append(True)
        text = shown(text)
        if self.format in _MARKUP and not streams.encoding().startswith("utf"):
            text = text.encode("ascii", "xmlcharrefreplace").decode()  # the document says of itself that it is UTF-8
        if self.format in ("text", "mermaid", *_MARKUP):
            text = without_commands(text, markup=self.format in _MARKUP)
        streams.write(text)

    def paragraphs(self, text: str) -> None:
        """Write lines of text that are read: on a terminal they break at words.

        Raises:
            SourceError: As :meth:`write`.
        """
        self.write(wrapped(shown(text), streams.columns(sys.stdout)) + "\n")

    def json(self, value: Any) -> None:
        """Write a value as JSON, or what the query makes of it, as the AWS CLI does; ``plain`` as its text output does.

        Raises:
            click.BadParameter: The query fails, or makes something that JSON cannot hold.
        """
        self.write(self.as_json(value))

    def as_json(self, value: Any) -> str:
        """Return a value as JSON, or what the query makes of it.

        Raises:
            click.BadParameter: As :meth:`json`.
        """
        if self.query is None:
            return json.dumps(value, indent=4, ensure_ascii=False) + "\n"
        with _expression_errors():
            import jmespath

            found = jmespath.search(self.query, value)
            text = json.dumps(found, indent=4, ensure_ascii=False, allow_nan=False) + "\n"
        return without_commands(shown(plain_text(found))) if self.plain else text

    def console(self) -> Console:
        """Return the console for text."""
        return streams.console(self.color)

    def note(self, text: str) -> None:
        """Write a remark to standard error, unless it shall be quiet."""
        if not self.quiet:
            streams.say(text)

    def next(self, text: str) -> None:
        """Write what to do after a failure to standard error, for people who read text."""
        if self.is_text:
            self.note(f"next: {text}")

    @contextmanager
    def progress(self, what: str, *, long: int) -> Iterator[Callable[..., None] | None]:
        """Show a bar on standard error while work of more than ``long`` steps goes on; nothing where nobody looks."""
        if self.quiet or not streams.is_terminal(sys.stderr):
            yield None
            return
        from rich.console import Console
        from rich.progress import Progress

        width = max((streams.columns(sys.stderr) or 0) - len("^C"), 1)  # the line stays one when somebody stops it
        with Progress(console=Console(stderr=True, width=width), transient=True) as bar:
            task = bar.add_task(what, total=None, visible=False)

            def show(done: int, total: int, what: str = what) -> None:
                bar.update(task, completed=done, total=total, visible=total > long, description=what)

            yield show

    def warn(self, problems: Iterable[Problem]) -> None:
        """Write what may be a mistake to standard error, unless it shall be quiet."""
        for problem in problems:
            self.note(f"warning: {problem}")


def check_standard_input(names: Iterable[str]) -> None:
    """Refuse files of which more than one is standard input.

    Raises:
        click.UsageError: ``-`` stands twice.
    """
    if sum(name == "-" for name in names) > 1:
        message = "`-` is standard input, which can be read once: give the other files by name"
        raise click.UsageError(message)


@contextmanager
def _expression_errors() -> Iterator[None]:
    """Call wrong usage whatever a JMESPath expression comes to: the library lets Python's own errors through."""
    try:
        yield
    except Exception as error:
        message = "it is nested too deep" if isinstance(error, RecursionError) else str(error) or "it cannot be used"
        raise click.BadParameter(message, param_hint="--query") from None


def _parameters(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals or not name:
            message = f"`{text}` is not of the form NAME=VALUE"
            raise click.BadParameter(message)
        found[name] = value
    return found


parameter_option = click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_parameters,
    help="For templates: a parameter, AWS::AccountId, AWS::Region …, or a logical id with the name it gets.",
)
"""Adds ``--parameter``; the command gets ``parameters``."""


def parameter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--parameter`` and ``--shapes``; the command gets ``parameters`` and ``shapes``."""
    shapes = click.option("--shapes", metavar="FILE", help="Shapes of further files, beside those that are known.")
    return parameter_option(shapes(function))


environment_option = click.option(
    "--environment",
    "environments",
    metavar="PATH",
    multiple=True,
    required=True,
    help="An environment file, or files and folders of any shape that is known; may be repeated.",
)
"""Adds ``--environment``, which must be there; the command gets ``environments``."""


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
        click.option("--query", metavar="JMESPATH", help=_QUERY),
        click.option(
            "--format", type=click.Choice(("text", "json", *more)), default="text", help="Form of the result."
        ),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def command(**arguments: Any) -> Any:
            given = {name: arguments.pop(name) for name in ("format", "query", "color", "quiet")}
            if given["query"] is not None:
                with _expression_errors():
                    import jmespath

                    jmespath.compile(given["query"])
                asked = click.get_current_context().get_parameter_source("format")
                given["plain"] = given["format"] == "text" and asked is not ParameterSource.DEFAULT
                if given["format"] in _FOR_PEOPLE:
                    given["format"] = "json"  # the query is asked of it
            output = Output(**given)
            try:
                return function(output=output, **arguments)
            except PolicygenError as error:
                output.refused(function.__module__.rpartition(".")[2], error.problems)
                raise

        return reduce(lambda decorated, option: option(decorated), options, update_wrapper(command, function))

    return decorate
