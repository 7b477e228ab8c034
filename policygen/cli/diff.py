"""``policygen diff``: what one policy allows and another does not."""

from __future__ import annotations

from pathlib import Path

import click

from policygen.api.proving import POLICY_TYPES
from policygen.cli.main import EXIT_NO, EXIT_OK, Command
from policygen.cli.options import FINDINGS, Output, check_standard_input, output_options, parameter_option

policy_type_option = click.option(
    "--policy-type",
    type=click.Choice(POLICY_TYPES),
    help="Kind of policy; guessed from the documents when left out.",
)


@click.command(
    "diff",
    cls=Command,
    epilog="Example: policygen diff bucket-policy.old.json bucket-policy.json",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@policy_type_option
@parameter_option
@output_options(*FINDINGS)
def command(old: str, new: str | None, policy_type: str | None, parameters: dict[str, str], output: Output) -> int:
    """Prove what NEW allows and OLD does not, and the other way round, over all requests; each with one that shows it.

    OLD and NEW are two policies of one type; two folders (documents with the same path below both are compared); two
    environments or two specs (what all their policies allow together); or OLD alone is a Terraform plan, as
    `terraform show -json` prints it.

    Exit status: 0 the same access, 1 not the same or not known, 3 a file could not be read or judged.
    """
    from policygen.api import proving
    from policygen.report import proofs

    check_standard_input((old, new or ""))
    with output.progress("comparing what callers may do", long=50) as progress:
        sides = Path(old), None if new is None else Path(new)
        found = proving.diff(*sides, policy_type=policy_type, parameters=parameters, progress=progress)
    if output.lists_findings:
        from policygen.cli.places import places_in
        from policygen.report.outcomes import of_diff

        given = [each for each in (new, old) if each is not None]
        output.findings(of_diff(found, given[0], places_in(given)))
    elif output.is_text:
        proofs.print_diff(found, output.console(), quiet=output.quiet)
    else:
        output.json(found.to_dict())
    if found.verdict != "same":
        output.next(f"policygen explain {'PG-Q001' if found.gained else 'PG-Q002' if found.lost else 'PG-Q003'}")
    return EXIT_OK if found.verdict == "same" else EXIT_NO
