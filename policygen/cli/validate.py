"""``policygen validate``: would AWS accept these documents?"""

from __future__ import annotations

import click

from policygen.cli.main import EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options
from policygen.errors import ArgumentError, Problem, SourceError
from policygen.lint.policy_types import POLICY_TYPES, read_resource_type


def _resource_type(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return read_resource_type(value)
    except ArgumentError as error:
        (problem,) = error.problems
        raise click.BadParameter(f"{problem.message}: {problem.hint}") from None


@click.command(
    "validate",
    cls=Command,
    epilog="Example: policygen validate bucket-policy.json --policy-type resource --resource-type AWS::S3::Bucket",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--policy-type", type=click.Choice(POLICY_TYPES), help="Kind of policy; guessed from the document when left out."
)
@click.option(
    "--resource-type",
    metavar="TYPE",
    callback=_resource_type,
    help="For resource policies: AWS::S3::Bucket, AWS::KMS::Key …",
)
@click.option(
    "--network-origin",
    type=click.Choice(("VPC", "Internet")),
    help="For policies of access points: where they take requests from. One of a VPC is never public.",
)
@output_options()
def command(
    files: tuple[str, ...],
    policy_type: str | None,
    resource_type: str | None,
    network_origin: str | None,
    output: Output,
) -> int:
    """Tell whether AWS would accept policy documents: grammar, sizes, and whether bucket policies are public.

    Exit status: 0 no ERROR, 1 an ERROR was found, 3 a file could not be read.
    """
    from policygen import api
    from policygen.report import findings
    from policygen.source.files import read_text

    check_standard_input(files)
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name in files:
        try:
            texts[name] = read_text(name, max_bytes=api.MOST_BYTES_OF_A_DOCUMENT)
        except SourceError as error:
            problems.extend(error.problems)
    if problems:
        raise SourceError(*problems)
    reports = [
        api.validate(text, policy_type, resource_type, source=name, network_origin=network_origin)
        for name, text in texts.items()
    ]
    if output.is_text:
        findings.print_reports(reports, output.console(), quiet=output.quiet)
    else:
        output.json({"files": [report.to_dict() for report in reports]})
    return EXIT_OK if all(report.valid for report in reports) else EXIT_NO
