"""``policygen minimize``: policies in fewer bytes or fewer policies, the same access."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.api.proving import QUOTA_NAMES
from policygen.cli.main import EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options
from policygen.cli.written import write_policies

if TYPE_CHECKING:
    from policygen.proofs import Minimized

_LONG = 20
"""Statements of which the search for idle ones is seen to take its time."""


@click.command(
    "minimize",
    cls=Command,
    epilog="Example: policygen minimize role-policy.json --quota managed-policy --split -o smaller/",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--quota", type=click.Choice(QUOTA_NAMES), help="Fit AWS's quota for this way of attaching a policy.")
@click.option("--split", is_flag=True, help="Make several policies of what does not fit the quota in one.")
@click.option("--wildcards", is_flag=True, help="Write lists of actions as wildcards, exact by today's catalogue.")
@click.option("-o", "--output-dir", "folder", metavar="DIR", help="Write the policies below this folder.")
@output_options()
def command(
    files: tuple[str, ...], quota: str | None, *, split: bool, wildcards: bool, folder: str | None, output: Output
) -> int:
    """Write each FILE in fewer bytes, or all of them in fewer policies; the same access, proved step by step.

    Taken out is what never matters: statements, and values that others cover. Statements that differ in one list become
    one. What cannot be proved stays as it is. Sids go only where the quota needs it. With a quota of which several
    policies can be attached (managed-policy, role-inline, user-inline, group-inline, scp, rcp) the FILEs are taken as
    attached together: to one role, user, group, OU or account.

    With --wildcards, actions become a wildcard where they are all that the catalogue knows and it matches; actions that
    AWS adds later it matches as well, so `policygen diff` calls that another access.

    Without -o the policy is printed; several as one JSON object, name to policy. The report goes to standard error.
    `--format json` prints the report with the policies: policies, quota, unit, before and after (sizes by name, of JSON
    without white space between its tokens), done, left, catalog (its date, with `--wildcards`), proved.

    Exit status: 0 done, 3 a file could not be read or judged, an output not written, a policy does not fit its quota.
    """
    from policygen.api import proving
    from policygen.report.proofs import minimized_lines

    check_standard_input(files)
    why = proving.why_not_split(quota) if split else ""
    if why:
        raise click.UsageError(why)
    with output.progress("proving", long=_LONG) as progress:
        paths = [Path(each) for each in files]
        found = proving.minimize(paths, quota, split, wildcards=wildcards, progress=progress)
    written = write_policies(Path(folder), _below(found.texts)) if folder is not None else []
    if not output.is_text:
        output.json(found.to_dict())
        return EXIT_OK
    output.write("".join(f"{each}\n" for each in written) if folder is not None else _printed(found))
    for line in minimized_lines(found):
        output.note(line)
    return EXIT_OK


def _printed(found: Minimized) -> str:
    """Return the policy alone as it is written; of several, one JSON object."""
    if len(found.policies) == 1:
        (text,) = found.texts.values()
        return text if text.endswith("\n") else f"{text}\n"
    return json.dumps(found.to_dict()["policies"], indent=4, ensure_ascii=False) + "\n"


def _below(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by their paths below the folder that all of them have in common."""
    paths = {os.path.abspath("policy.json" if name == "-" else name): text for name, text in texts.items()}
    common = os.path.commonpath([os.path.dirname(path) for path in paths])
    return {os.path.relpath(path, common): text for path, text in paths.items()}
