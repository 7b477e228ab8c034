"""``policygen explain``: what a code means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_OK, Command
from policygen.cli.options import Output, output_options

if TYPE_CHECKING:
    from policygen.explained import Explained


@click.command("explain", cls=Command, epilog="Example: policygen explain F4")
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="Name every code with what it means.")
@output_options()
def command(codes: tuple[str, ...], listed: bool, output: Output) -> int:
    """Say what a code means, why, with a bad and a good example, and on which page of AWS's documentation it rests.

    Codes are those of problems (PG-S005), causes of failing replication (F4), issues that `validate` finds
    (INVALID_ACTION), warnings about requests (UNKNOWN_ACTION) and facts about AWS (R52). Nothing is fetched.

    Exit status: 0; 2 for a code that policygen does not know.
    """
    from policygen.explained import all_codes
    from policygen.report import explanations

    if listed == bool(codes):
        raise click.UsageError("give codes, such as F4, or --list")
    found = [_explained(code) for code in (all_codes() if listed else codes)]
    if not output.is_text:
        output.json([each.to_dict() for each in found] if listed or len(found) > 1 else found[0].to_dict())
    elif listed:
        explanations.print_list(found, output.console())
    else:
        explanations.print_explained(found, output.console(), quiet=output.quiet)
    return EXIT_OK


def _explained(code: str) -> Explained:
    """Return what is said of a code, in whichever letters it is written.

    Raises:
        click.BadParameter: There is none like it.
    """
    from policygen.explained import explain, nearest

    near = nearest(code)
    found = explain(near if near is not None and _plain(near) == _plain(code) else code)
    if found is None:
        hint = f"did you mean `{near}`?" if near else "`policygen explain --list` names them all"
        message = f"there is no code `{code}`; {hint}"
        raise click.BadParameter(message, param_hint="CODE")
    return found


def _plain(code: str) -> str:
    return code.strip().upper().replace("-", "_")
