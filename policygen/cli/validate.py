"""``policygen validate``: would AWS accept these documents?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import FINDINGS, Output, check_standard_input, output_options, parameter_option
from policygen.errors import ArgumentError, Place, Problem, SourceError
from policygen.lint.policy_types import POLICY_TYPES, read_resource_type

if TYPE_CHECKING:
    from policygen.ignoring import Silencer
    from policygen.lint import Validation


def _resource_type(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return read_resource_type(value)
    except ArgumentError as error:
        (problem,) = error.problems
        raise click.BadParameter(f"{problem.message}: {problem.hint}") from None


_MOST_BYTES = 64 * 1024 * 1024
_MOST_CODES = 3


def _validated(path: str, validate: Callable[..., list[Validation]]) -> Iterator[Validation]:
    """Yield what is found in the file at a path, or in each file of a folder that holds something to validate."""
    from policygen.lint import is_of_interest
    from policygen.source.files import files_below, is_folder, is_of_tools, read_text

    unreadable: list[Problem] = []
    try:
        searched = path != "-" and is_folder(path)
    except SourceError as error:
        yield _unreadable(path, error.problems)
        return
    names: Iterable[str | Path] = (path,)
    if searched:
        names = files_below(path, is_of_interest, skipped=is_of_tools, problems=unreadable)
    found = [_unreadable(each.place.source, (each,)) for each in unreadable]
    for name in map(str, names):
        try:
            found += validate(read_text(name, max_bytes=_MOST_BYTES), name, searched=searched)
        except SourceError as error:
            found.append(_unreadable(name, error.problems))
    hint = "files called *.json are looked at, without those of other tools"
    none = Problem(code="PG-F001", message="there is no policy in this folder", place=Place(source=path), hint=hint)
    yield from found or [_unreadable(path, (none,))]


def _once(found: Iterable[Validation]) -> list[Validation]:
    """Return reports without those of a file that was given twice, by its name and by its folder's."""
    files: dict[str, list[Validation]] = {}
    for path, group in groupby(found, key=lambda each: each.file):
        files.setdefault(path, list(group))
    return [each for group in files.values() for each in group]


def _unreadable(name: str, problems: tuple[Problem, ...]) -> Validation:
    from policygen.lint import PolicyType, Validation

    return Validation(file=name, policy_type=PolicyType.IDENTITY, findings=(), problems=problems)


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
@parameter_option
@output_options(*FINDINGS)
def command(
    paths: tuple[str, ...],
    policy_type: str | None,
    resource_type: str | None,
    network_origin: str | None,
    parameters: dict[str, str],
    output: Output,
) -> int:
    """Tell whether AWS would accept policy documents: grammar, sizes, and whether bucket policies are public.

    Terraform plans and states (`terraform show -json`), CloudFormation templates and answers of the AWS CLI are opened:
    each policy in them is judged by itself, and named by its address behind the file's name. What a template's
    deployment makes up, names and ARNs, is taken in its right form; a parameter without a value is not.

    Folders are searched for *.json, and templates in YAML; suites of tests, manifests and files of other tools are left
    out there.

    Exit status: 0 no ERROR, 1 an ERROR was found, 3 a file could not be read or judged; the others are judged all the
    same.
    """
    from policygen.api.validating import validate_file
    from policygen.cli.silenced import validations
    from policygen.evaluation.public_access import read_network_origin
    from policygen.ignoring import Silencer

    check_standard_input(paths)
    silencer = Silencer.here()
    for path in paths:
        silencer.look_at(path)
    asked = (policy_type, resource_type, read_network_origin(network_origin))

    def validate(text: str, name: str, *, searched: bool) -> list[Validation]:
        return validate_file(text, name, *asked, parameters=parameters, searched=searched)

    found = [each for path in dict.fromkeys(paths) for each in _validated(path, validate)]
    reports = validations(_once(found), silencer)
    _print(reports, silencer, output)
    codes = dict.fromkeys(error.issueCode for report in reports for error in report.errors)
    if codes:
        output.next(f"policygen explain {' '.join(list(codes)[:_MOST_CODES])}")
    if any(report.problems for report in reports):
        return EXIT_INPUT
    return EXIT_OK if all(report.valid for report in reports) else EXIT_NO


def _print(reports: list[Validation], silencer: Silencer, output: Output) -> None:
    """Print reports as text, as JSON, or as a list of findings; and what of policygen.toml matches nothing any more."""
    from policygen.cli.silenced import with_ignored

    idle, ignored = list(silencer.idle("issue")), len(silencer.ignored)
    if output.lists_findings:
        from policygen.report.outcomes import of_validations

        output.findings(of_validations(reports).with_remarks(idle, ignored))
    elif output.is_text:
        from policygen.report.findings import print_reports

        print_reports(reports, output.console(), quiet=output.quiet, ignored=ignored)
    else:
        output.json(with_ignored({"files": [report.to_dict() for report in reports]}, silencer))
    output.warn(idle)
