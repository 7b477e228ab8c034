"""``policygen check …``: yes-or-no questions about policies, answered over all requests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.diff import policy_type_option
from policygen.cli.main import EXIT_NO, EXIT_OK, Command
from policygen.cli.options import FINDINGS, Output, check_standard_input, output_options

if TYPE_CHECKING:
    from policygen.proofs import CheckResult


@click.group("check", epilog="Example: policygen check no-public-access bucket-policy.json")
def command() -> None:
    """Prove that a policy allows nothing new, nothing of a list, nothing to the public, or has no idle statement.

    Exit status of each check: 0 PASS, 1 FAIL or UNKNOWN, 3 a file could not be read or judged.
    """


def _print(found: CheckResult, name: str, files: Sequence[str], output: Output) -> int:
    from policygen.proofs.codes import CODES_OF_CHECKS
    from policygen.report import proofs

    if output.lists_findings:
        from policygen.cli.places import places_in
        from policygen.report.outcomes import of_check

        output.findings(of_check(found, name, files, places_in(files)))
    elif output.is_text:
        proofs.print_check(found, output.console(), quiet=output.quiet)
    else:
        output.json(found.to_dict())
    if not found.passed:
        output.next(f"policygen explain {CODES_OF_CHECKS[name] if found.result == 'FAIL' else 'PG-Q003'}")
    return EXIT_OK if found.passed else EXIT_NO


@command.command(
    "no-new-access",
    cls=Command,
    epilog="Example: policygen check no-new-access bucket-policy.json --than bucket-policy.old.json",
)
@click.argument("new", metavar="NEW")
@click.option("--than", metavar="OLD", required=True, help="The policy that NEW may not go beyond.")
@policy_type_option
@output_options(*FINDINGS)
def no_new_access(new: str, than: str, policy_type: str | None, output: Output) -> int:
    """Pass if NEW allows nothing that OLD does not."""
    from policygen.api import proving

    check_standard_input((new, than))
    found = proving.check_no_new_access(Path(new), Path(than), policy_type=policy_type)
    return _print(found, "no-new-access", (new, than), output)


@command.command(
    "access-not-granted",
    cls=Command,
    epilog="Example: policygen check access-not-granted role.json --action kms:Decrypt --action 's3:Delete*'",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--action", "actions", metavar="ACTION", multiple=True, help="An action or pattern; may be repeated.")
@click.option("--resource", "resources", metavar="ARN", multiple=True, help="An ARN or pattern; may be repeated.")
@policy_type_option
@output_options(*FINDINGS)
def access_not_granted(
    files: tuple[str, ...],
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    policy_type: str | None,
    output: Output,
) -> int:
    """Pass if each FILE for itself allows none of the actions, on none of the resources."""
    from policygen.api import proving

    check_standard_input(files)
    if not actions and not resources:
        raise click.UsageError("give what must not be granted: --action, --resource or both")
    paths = [Path(each) for each in files]
    found = proving.check_access_not_granted(paths, actions, resources, policy_type=policy_type)
    return _print(found, "access-not-granted", files, output)


@command.command("no-public-access", cls=Command, epilog="Example: policygen check no-public-access bucket-policy.json")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@output_options(*FINDINGS)
def no_public_access(files: tuple[str, ...], output: Output) -> int:
    """Pass if each FILE, the policy of a resource, lets nobody in whom it does not name."""
    from policygen.api import proving

    check_standard_input(files)
    found = proving.check_no_public_access([Path(each) for each in files])
    return _print(found, "no-public-access", files, output)


@command.command("never-matches", cls=Command, epilog="Example: policygen check never-matches policies/*.json")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@policy_type_option
@output_options(*FINDINGS)
def never_matches(files: tuple[str, ...], policy_type: str | None, output: Output) -> int:
    """Pass if every statement of each FILE matters to some request; no other one covers it."""
    from policygen.api import proving

    check_standard_input(files)
    found = proving.check_never_matches([Path(each) for each in files], policy_type=policy_type)
    return _print(found, "never-matches", files, output)
