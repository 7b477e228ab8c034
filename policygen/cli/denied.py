"""``policygen denied``: what AWS said of a denied call, beside what the policies say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options, parameter_options
from policygen.cli.streams import say
from policygen.errors import Problem, Severity

if TYPE_CHECKING:
    from policygen.denials import Denied


@click.command(
    "denied",
    cls=Command,
    epilog="Example: policygen denied call/ --environment account/ --suite denied.policytest.yaml",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--environment",
    "environments",
    metavar="PATH",
    multiple=True,
    help="Take the policies that AWS's answer does not hold from an environment file, or from files and folders.",
)
@parameter_options
@click.option("--suite", metavar="FILE", help="Write a test suite that expects what AWS said into this file.")
@output_options("aws")
def command(
    paths: tuple[str, ...],
    environments: tuple[str, ...],
    parameters: dict[str, str],
    shapes: str | None,
    suite: str | None,
    output: Output,
) -> int:
    """Tell why calls were denied: AWS's answer beside what the policies say, check by check, and what would allow them.

    A FILE is the folder of a call, with what `aws iam-toolbox get-request-authorization-details` printed and, for each
    policy in its list, what `get-request-authorization-policy` printed; a file with events of CloudTrail; or a text
    with an error message (`-`: standard input). Whatever AWS's answer does not hold is taken from `--environment`; a
    check whose policies are nowhere is not known, never guessed. Nothing leaves this machine.

    `--format aws` writes our own answer as get-request-authorization-details shapes it.

    Exit status: 0 the policies say of every call what AWS said, 1 of one they do not, or it is not known, 3 a file
    could not be read; the rest is judged all the same.
    """
    from policygen.api.denying import denied
    from policygen.report.denials import print_denied

    check_standard_input((*paths, *environments))
    found = denied(*paths, environment=environments, parameters=parameters, shapes=shapes)
    problems = [*found.problems, *(_write_suite(found, suite, output) if suite is not None else ())]
    if output.is_text:
        print_denied(found, output.console(), quiet=output.quiet)
    elif output.format == "aws":
        answers = found.to_aws()
        output.json(answers[0] if len(answers) == 1 else answers)
    else:
        output.json(found.to_dict())
    for each in problems:
        if each.severity is Severity.ERROR:
            say(str(each))
    output.warn(each for each in problems if each.severity is Severity.WARNING)
    if any(each.severity is Severity.ERROR for each in problems):
        return EXIT_INPUT
    if found.agrees:
        return EXIT_OK
    if not environments and any(check.effect is None for call in found.calls for check in call.ours.checks):
        output.next("give the policies of the checks that are not known: --environment PATH")
    return EXIT_NO


def _write_suite(found: Denied, name: str, output: Output) -> tuple[Problem, ...]:
    """Write the suite, and return what it has no test of.

    Raises:
        SourceError: PG-F004 when it cannot be written.
    """
    import yaml

    from policygen.source.files import write_files

    suite, problems = found.suite()
    path = Path(name)
    if suite is not None:
        text = yaml.safe_dump(suite, sort_keys=False, allow_unicode=True, width=120)
        if path.suffix == ".json":
            text = json.dumps(suite, indent=4, ensure_ascii=False) + "\n"
        write_files(path.parent, {path.name: text})
        number = len(suite["tests"])
        output.note(f"{name}: {number} {'test' if number == 1 else 'tests'}")
    return problems
