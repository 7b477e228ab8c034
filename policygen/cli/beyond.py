"""What ``replay`` prints for more events than one machine reads: SQL for Athena, and a job for Spark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from policygen.cli.main import EXIT_OK
from policygen.cli.options import Output

if TYPE_CHECKING:
    from policygen.evaluation import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """The values of the options."""

    sql: bool
    table: str | None
    where: str | None
    script: str | None

    def print_sql(self, target: Environment, against: Environment | None, output: Output) -> int:
        """Print the query for Athena; return the exit status."""
        from policygen.api.clusters import athena_sql

        named = {} if self.table is None else {"table": self.table}
        text = athena_sql(target, against=against, where=self.where, **named)
        if output.is_text:
            output.write(text)
        else:
            output.json({"sql": text})
        return EXIT_OK

    def print_script(self, output: Output) -> int:
        """Print the job for Spark; return the exit status."""
        text = files("policygen.cli").joinpath("spark_job.py").read_text(encoding="utf-8")
        if output.is_text:
            output.write(text)
        else:
            output.json({"script": text})
        return EXIT_OK


def beyond_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--sql``, ``--table``, ``--where`` and ``--script``; the command gets ``beyond``.

    Raises:
        click.UsageError: What cannot be meant together.
    """

    def command(*, events: tuple[str, ...], **arguments: Any) -> Any:
        beyond = Beyond(**{name: arguments.pop(name) for name in ("sql", "table", "where", "script")})
        _check(beyond, events, resumes=arguments.get("resume") is not None)
        return function(beyond=beyond, events=events, **arguments)

    decorated: Callable[..., Any] = update_wrapper(command, function)
    for option in (
        click.option("--script", type=click.Choice(["spark"]), help="Print a job for a Spark cluster, and do no more."),
        click.option("--where", metavar="SQL", help="With --sql: a condition on the table's rows."),
        click.option("--table", metavar="NAME", help="With --sql: the table; else cloudtrail_logs."),
        click.option("--sql", is_flag=True, help="Print SQL for Athena, whose result is replayed; no PATH then."),
    ):
        decorated = option(decorated)
    return decorated


def _check(beyond: Beyond, events: tuple[str, ...], *, resumes: bool) -> None:
    if not beyond.sql and (beyond.table is not None or beyond.where is not None):
        raise click.UsageError("--table and --where are of the query: give them with --sql")
    if beyond.sql and beyond.script is not None:
        raise click.UsageError("give --sql or --script, not both")
    if not events and not beyond.sql and beyond.script is None:
        raise click.UsageError("give events: PATH...; or --sql, which needs none")
    if events and beyond.script is not None:
        raise click.UsageError("--script prints a job, which is given the events: give it without PATH...")
    if resumes and (beyond.sql or beyond.script is not None):
        raise click.UsageError("--resume is of a replay: give it without --sql and --script")
    if events and beyond.sql:
        raise click.UsageError("--sql asks Athena and not files: give it without PATH...")
