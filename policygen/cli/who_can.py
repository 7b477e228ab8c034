"""``policygen who-can``: everybody who may do something, and under which conditions."""

from __future__ import annotations

import click

from policygen.cli.main import EXIT_INPUT, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, environment_option, output_options, parameter_options
from policygen.cli.streams import say
from policygen.errors import Severity


@click.command(
    "who-can",
    cls=Command,
    epilog="Example: policygen who-can kms:Decrypt arn:aws:kms:us-east-1:111122223333:key/1234 --environment account/",
)
@click.argument("action", metavar="ACTION")
@click.argument("resource", metavar="RESOURCE")
@environment_option
@parameter_options
@output_options("csv")
def command(
    action: str,
    resource: str,
    environments: tuple[str, ...],
    parameters: dict[str, str],
    shapes: str | None,
    output: Output,
) -> int:
    """List everybody who may do ACTION on RESOURCE, and what the request must carry; proved over all requests.

    ACTION is one action. RESOURCE is an ARN, or a pattern: who may do it on any that matches.

    Beside the users and roles of the environment stand those whom the resource's policy or grants let in: other
    accounts, services, anonymous; and root users. Each has a request that the evaluator allows.

    Exit status: 0 answered, whoever may; 3 an input could not be used.
    """
    from policygen.api.asking import check_question, oddities, who_can
    from policygen.api.environments import open_environment
    from policygen.report import rights

    check_standard_input(environments)
    check_question(action, resource)
    environment, problems = open_environment(environments, parameters=parameters, shapes=shapes)
    for each in problems:
        output.warn([each]) if each.severity is Severity.WARNING else say(str(each))
    with output.progress("asking everybody", long=50) as progress:
        found = who_can(environment, action, resource, progress=progress)
    if output.is_text:
        rights.print_who(found, output.console(), quiet=output.quiet)
    elif output.format == "csv":
        output.write(rights.who_as_csv(found))
    else:
        output.json(found.to_dict())
    for each in found.problems:
        if each not in problems:
            say(str(each))
    for warning in oddities(environment, action, resource):
        output.note(f"warning: {warning}")
    return EXIT_INPUT if any(each.severity is Severity.ERROR for each in (*problems, *found.problems)) else EXIT_OK
