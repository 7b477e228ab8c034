"""``policygen suggest``: the policy that allows what was used, from CloudTrail events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policygen.api.suggesting import LEVELS, MOST, QUOTAS_OF_PRINCIPALS
from policygen.cli.bars import Rate
from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options, parameter_options
from policygen.cli.streams import say
from policygen.cli.written import write_policies
from policygen.errors import Severity
from policygen.processes import cores

if TYPE_CHECKING:
    from policygen.suggesting import Suggestions


@click.command(
    "suggest",
    cls=Command,
    epilog="Example: policygen suggest AWSLogs/ --principal arn:aws:iam::111122223333:role/App --level condition",
)
@click.argument("events", metavar="PATH...", nargs=-1, required=True)
@click.option("--principal", "principals", metavar="ARN", multiple=True, help="This user or role; may be repeated.")
@click.option("--level", type=click.Choice(LEVELS), default="resource", help="What the policy says.", show_default=True)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=MOST,
    metavar="N",
    show_default=True,
    help="Objects of one bucket that an action names one by one; of more the folder is named.",
)
@click.option("--quota", type=click.Choice(QUOTAS_OF_PRINCIPALS), help="Fit AWS's quota for this kind of policy.")
@click.option("--split", is_flag=True, help="Make several policies of what does not fit the quota in one.")
@click.option(
    "--environment",
    "environments",
    metavar="PATH",
    multiple=True,
    help="Replay beside its other policies, and list what its policies grant and nobody used; may be repeated.",
)
@parameter_options
@click.option("-o", "--output-dir", "folder", metavar="DIR", help="Write the policies below this folder.")
@click.option("--report", "report", metavar="FILE", help="Write the report as JSON into this file.")
@click.option("--processes", type=click.IntRange(1), metavar="N", help="Read with N processes; else one a core.")
@output_options()
def command(events: tuple[str, ...], output: Output, folder: str | None, report: str | None, **asked: Any) -> int:
    """Make the policy of each user and role that allows what it used: least privilege from events of CloudTrail.

    A PATH is a file of CloudTrail (JSON, .json.gz, JSON lines, Athena's CSV, Parquet with the columns of Athena's table
    or of Security Lake), or a folder of them as they lie in S3. Used is what AWS allowed: denied and failed calls are
    left out. What a record cannot tell is named and counted, never guessed.

    Levels: `action` names the actions, on every resource; `resource` the resources, too, objects by the folder that
    they have in common where they are more than --most; `condition` also what all calls had in common of Region, VPC
    endpoint, TLS, the service that made the call (kms:ViaService) or gets the role, and listed prefixes.

    The policy is proved to allow that and nothing else, and every request that was used is replayed against it; with
    --environment beside SCPs, boundary and the policies of resources, too, and what was granted and never used is
    listed.

    Without -o the policy is printed; of several users and roles one JSON object, name to policy. The report goes to
    standard error, as JSON into the file of --report.

    Exit status: 0 done, 1 nothing was used, or a request that was used would be denied, 3 a file could not be read, an
    output not written, a policy does not fit its quota; the rest is done all the same.
    """
    from policygen.report.suggestions import suggestion_lines

    check_standard_input((*events, *asked["environments"]))
    if asked["split"]:
        _check_split(asked["quota"])
    found = _suggested(events, output, asked)
    written = _write(found, folder, report)
    if folder is None:
        _print(found, output)
    else:
        output.write("".join(f"{each}\n" for each in written))
    for line in suggestion_lines(found):
        output.note(line)
    output.warn(each for each in found.problems if each.severity is Severity.WARNING)
    for each in found.errors:
        say(str(each))
    if found.errors:
        return EXIT_INPUT
    return EXIT_OK if found.ok else EXIT_NO


def _check_split(quota: str | None) -> None:
    from policygen.api.proving import why_not_split

    why = why_not_split(quota)
    if why:
        raise click.UsageError(why)


def _suggested(events: tuple[str, ...], output: Output, asked: dict[str, Any]) -> Suggestions:
    from policygen.api.suggesting import suggest

    rate = Rate("reading")
    with output.progress("reading", long=0) as bar:
        if bar is not None:
            bar(0, 1)  # the environment is being opened: somebody may look already
        return suggest(
            *events,
            principal=asked["principals"],
            level=asked["level"],
            most=asked["most"],
            quota=asked["quota"],
            split=asked["split"],
            environment=asked["environments"] or None,
            parameters=asked["parameters"],
            shapes=asked["shapes"],
            processes=asked["processes"] or cores(),
            reading=bar and (lambda done, total, events: bar(done, total, rate.told(events))),
            progress=bar and (lambda what, done, total: None if what == "reading" else bar(done, total, "writing")),
        )


def _write(found: Suggestions, folder: str | None, report: str | None) -> list[Path]:
    """Write the policies below a folder, and the report as JSON, where that is asked for; return the policies' paths.

    Raises:
        SourceError: PG-F012 where something else is in the way, PG-F004 when something cannot be written.
    """
    from policygen.source.files import write_files

    if report is not None:
        path = Path(report)
        write_files(path.parent, {path.name: json.dumps(found.to_dict(), indent=4, ensure_ascii=False) + "\n"})
    return write_policies(Path(folder), found.texts) if folder is not None else []


def _print(found: Suggestions, output: Output) -> None:
    """Print the policy alone; of several, or none, one JSON object."""
    from policygen.document.write import thaw

    policies = {name: thaw(each.written) for name, each in found.policies.items()}
    output.json(next(iter(policies.values())) if len(policies) == 1 else policies)
