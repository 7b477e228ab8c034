"""``policygen replay``: the past against policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.bars import events_bar
from policygen.cli.beyond import Beyond, beyond_options
from policygen.cli.compared import Compared, compared_options
from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options
from policygen.cli.streams import if_interrupted, say
from policygen.errors import Problem, Severity
from policygen.processes import cores

if TYPE_CHECKING:
    from policygen.api.replaying import Opened
    from policygen.replay.result import Replayed


@click.command(
    "replay",
    cls=Command,
    epilog="Example: policygen replay AWSLogs/ --environment account/ --attach scp.json --to ou-ab12-34cd56ef",
)
@click.argument("events", metavar="PATH...", nargs=-1)
@compared_options
@click.option("--output", "-o", "target", metavar="FILE", help="Write the result into this file.")
@beyond_options
@click.option("--resume", metavar="FILE", help="Keep in FILE what is counted, and go on from what it holds.")
@click.option("--processes", type=click.IntRange(1), metavar="N", help="Read with N processes; else one a core.")
@output_options("csv", "html", "parquet")
def command(
    events: tuple[str, ...],
    *,
    compared: Compared,
    target: str | None,
    beyond: Beyond,
    resume: str | None,
    processes: int | None,
    output: Output,
) -> int:
    """Replay recorded calls against policies: what was allowed and would be denied, what was denied and would pass.

    A PATH is a file of CloudTrail (JSON, .json.gz, JSON lines, Athena's CSV, Parquet with the columns of Athena's table
    or of Security Lake), or a folder of them as they lie in S3. Each call is judged with what its record tells; what
    hangs on something that no record tells is counted by cause, never guessed.

    `--attach` with `--to` shows what an SCP or RCP would do before it is rolled out. `--against` compares two sets of
    policies. Without it calls that AWS denied show, too, whether these policies deny them as AWS's message says.

    `--format html -o FILE` is one page that needs no network: shares, what changes and when, causes, disagreements.

    For more than one machine reads: `--sql` prints a query for Athena that reduces a table of CloudTrail to what these
    policies tell apart, and its result is a PATH like any other; `--script spark` prints a job for a Spark cluster.

    Needs pyarrow and DuckDB: pip install 'policygen[replay]'. All cores read; how much memory each takes is bounded,
    see docs/replay.md.

    Exit status: 0 nothing breaks, 1 something does, 3 something could not be read; the rest counts all the same.
    """
    if beyond.script is not None:
        return beyond.print_script(output)
    compared.check()
    if output.format == "parquet" and target is None:
        raise click.UsageError("--format parquet needs a file: -o FILE")
    check_standard_input((*events, *compared.environments, *compared.against))
    opened = compared.open()
    unread = _tell(opened.problems, output)
    if beyond.sql:  # no query where something could not be read: that may look at more
        return EXIT_INPUT if unread else beyond.print_sql(opened.target, opened.against, output)
    found = _replayed(events, opened, resume, processes or cores(), output)
    _write(found, target, output, lambda: _page(found, events, compared, opened.problems))
    unread = _tell(found.problems, output) or unread
    return EXIT_INPUT if unread else EXIT_NO if found.breaks else EXIT_OK


def _replayed(events: tuple[str, ...], opened: Opened, resume: str | None, processes: int, output: Output) -> Replayed:
    from policygen.api import replaying

    counted = f"the same command goes on: {resume} keeps what is counted"
    hint = "with `--resume FILE` a run that was stopped goes on where it was" if resume is None else counted
    with if_interrupted(hint), events_bar(output, "replaying") as progress:
        return replaying.replay_events(
            *events,
            target=opened.target,
            against=opened.against,
            processes=processes,
            resume=resume,
            asked=opened.fingerprint,
            in_force=opened.in_force,
            progress=progress,
        )


def _tell(problems: Iterable[Problem], output: Output) -> bool:
    """Tell problems, and return whether any is more than a warning."""
    errors = False
    for each in problems:
        if each.severity is Severity.ERROR:
            say(str(each))
            errors = True
        else:
            output.warn([each])
    return errors


def _page(found: Replayed, events: tuple[str, ...], compared: Compared, problems: Iterable[Problem]) -> str:
    from policygen.report.replay_html import Asked, replay_html

    asked = Asked(
        events=events,
        policies=compared.policies,
        against=compared.against,
        attached=compared.attach,
        to=compared.to,
    )
    return replay_html(found, asked, problems)


def _write(found: Replayed, target: str | None, output: Output, page: Callable[[], str]) -> None:
    from policygen.report import replay as report

    forms = {"csv": lambda: report.as_csv(found), "html": page}
    if output.format == "parquet" and target is not None:
        _write_parquet(found, target)
    elif target is not None:
        forms["text"] = lambda: report.as_text(found, quiet=output.quiet)
        _write_file(target, forms[output.format]() if output.format in forms else output.as_json(found.to_dict()))
    elif output.is_text:
        report.print_replay(found, output.console(), quiet=output.quiet)
    elif output.format in forms:
        output.write(forms[output.format]())
    else:
        output.json(found.to_dict())
    if target is not None:
        output.note(f"{target}: {report.figures(found).splitlines()[0]}")


def _write_file(target: str, text: str) -> None:
    from policygen.source.files import write_files

    path = Path(target)
    write_files(path.parent, {path.name: text})


def _write_parquet(found: Replayed, target: str) -> None:
    from policygen.replay.tables import write_parquet
    from policygen.report.replay import rows

    write_parquet(rows(found), target)
