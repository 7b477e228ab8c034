"""``policygen access``: what a principal may do, as statements."""

from __future__ import annotations

import click

from policygen.cli.main import EXIT_INPUT, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, environment_option, output_options, parameter_options
from policygen.cli.streams import say
from policygen.errors import Severity


@click.command(
    "access",
    cls=Command,
    epilog="Example: policygen access arn:aws:iam::111122223333:role/Analyst --environment account/",
)
@click.argument("principal", metavar="PRINCIPAL")
@environment_option
@parameter_options
@output_options("csv")
def command(
    principal: str, environments: tuple[str, ...], parameters: dict[str, str], shapes: str | None, output: Output
) -> int:
    """Show what PRINCIPAL, a user or role, may do: all policies together, as statements; proved over all requests.

    The statements are what is left of its own policies within boundary, SCPs and RCPs, and what the policies of
    resources and grants give it: Allows, and the Denies that cut them. Each has a request that shows it.

    Exit status: 0 answered, whatever it may; 3 an input could not be used.
    """
    from policygen.api.asking import access
    from policygen.api.environments import open_environment
    from policygen.report import rights

    check_standard_input(environments)
    environment, problems = open_environment(environments, parameters=parameters, shapes=shapes)
    for each in problems:
        output.warn([each]) if each.severity is Severity.WARNING else say(str(each))
    with output.progress("laying out the policies of resources", long=10) as progress:
        found = access(environment, principal, progress=progress)
    if output.is_text:
        rights.print_access(found, output.console(), quiet=output.quiet)
    elif output.format == "csv":
        output.write(rights.access_as_csv(found))
    else:
        output.json(found.to_dict())
    return EXIT_INPUT if any(each.severity is Severity.ERROR for each in problems) else EXIT_OK
