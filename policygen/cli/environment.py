"""``policygen environment``: what AWS would consult, made of files and folders."""

from __future__ import annotations

import json
from pathlib import Path

import click

from policygen.cli.main import EXIT_INPUT, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options, parameter_options
from policygen.cli.streams import say
from policygen.errors import Severity


@click.command(
    "environment",
    cls=Command,
    epilog="Example: policygen environment account-details.json buckets/ -o account.json",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--output", "-o", "target", metavar="FILE", help="Write the environment into this file.")
@parameter_options
@output_options()
def command(
    paths: tuple[str, ...], target: str | None, parameters: dict[str, str], shapes: str | None, output: Output
) -> int:
    """Make an environment file of what files and folders hold: principals, resources, organization, with policies.

    They are read as they are, recognised by their shape and not by their names: answers of the AWS CLI and of boto3,
    Terraform plans and states (`terraform show -json`), CloudFormation templates, folders that `generate -o` wrote.

    The environment goes to standard output, or into the file of `-o`; in text, that file's contents are counted.

    Exit status: 0 everything was read, 3 something could not be; the rest is there all the same.
    """
    from policygen.api.environments import as_file, environment_values

    check_standard_input(paths)
    values, problems = environment_values(paths, parameters=parameters, shapes=shapes)
    for each in problems:
        if each.severity is Severity.ERROR:
            say(str(each))
    output.warn(each for each in problems if each.severity is Severity.WARNING)
    found = as_file(values)
    if target is not None:
        from policygen.source.files import write_files

        path = Path(target)
        write_files(path.parent, {path.name: json.dumps(found, indent=4, ensure_ascii=False) + "\n"})
        counted = {name: len(each) for name, each in found.items() if isinstance(each, dict) and name != "organization"}
        if output.is_text:
            output.note(
                f"{target}: " + ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counted.items())
            )
    else:
        output.json(found)
    return EXIT_INPUT if any(each.severity is Severity.ERROR for each in problems) else EXIT_OK
