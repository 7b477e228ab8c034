"""``policygen validate``: would AWS accept these documents?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options
from policygen.errors import ArgumentError, Place, Problem, SourceError
from policygen.lint.policy_types import POLICY_TYPES, read_resource_type


def _resource_type(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return read_resource_type(value)
    except ArgumentError as error:
        (problem,) = error.problems
        raise click.BadParameter(f"{problem.message}: {problem.hint}") from None


def _documents(path: str) -> Iterator[tuple[str, str | tuple[Problem, ...]]]:
    """Yield name and text of the file at a path, or of each document in a folder; problems for what cannot be read."""
    from policygen.api import MOST_BYTES_OF_A_DOCUMENT
    from policygen.lint import holds_document
    from policygen.source.files import files_below, is_folder, is_of_tools, read_text

    unreadable: list[Problem] = []
    try:
        searched = path != "-" and is_folder(path)
    except SourceError as error:
        yield path, error.problems
        return
    names: Iterable[str | Path] = (path,)
    if searched:
        names = files_below(path, lambda name: name.endswith(".json"), skipped=is_of_tools, problems=unreadable)
    found: dict[str, str | tuple[Problem, ...]] = {each.place.source: (each,) for each in unreadable}
    for name in map(str, names):
        try:
            text = read_text(name, max_bytes=MOST_BYTES_OF_A_DOCUMENT)
            found.update({name: text} if not searched or holds_document(text) else {})
        except SourceError as error:
            found[name] = error.problems
    hint = "files called *.json are looked at, without those of other tools"
    none = Problem(code="PG-F001", message="there is no policy in this folder", place=Place(source=path), hint=hint)
    yield from found.items() or [(path, (none,))]


@click.command(
    "validate",
    cls=Command,
    epilog="Example: policygen validate bucket-policy.json --policy-type resource --resource-type AWS::S3::Bucket",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
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
    paths: tuple[str, ...],
    policy_type: str | None,
    resource_type: str | None,
    network_origin: str | None,
    output: Output,
) -> int:
    """Tell whether AWS would accept policy documents: grammar, sizes, and whether bucket policies are public.

    Folders are searched for *.json; suites of tests, manifests and files of other tools are left out there.

    Exit status: 0 no ERROR, 1 an ERROR was found, 3 a file could not be read or judged; the others are judged all the
    same.
    """
    from policygen import api
    from policygen.lint import PolicyType, Validation
    from policygen.report import findings

    check_standard_input(paths)
    reports = [
        api.validate(found, policy_type, resource_type, source=name, network_origin=network_origin)
        if isinstance(found, str)
        else Validation(file=name, policy_type=PolicyType.IDENTITY, findings=(), problems=found)
        for name, found in {name: found for path in paths for name, found in _documents(path)}.items()
    ]
    if output.is_text:
        findings.print_reports(reports, output.console(), quiet=output.quiet)
    else:
        output.json({"files": [report.to_dict() for report in reports]})
    if any(report.problems for report in reports):
        return EXIT_INPUT
    return EXIT_OK if all(report.valid for report in reports) else EXIT_NO
