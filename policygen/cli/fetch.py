"""``policygen fetch …``: reads from AWS what policies, keys, buckets and roles are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_OK, Command
from policygen.cli.options import Output, output_options
from policygen.errors import Place, Problem
from policygen.fetch.calls import OF_AN_ACCOUNT

if TYPE_CHECKING:
    from policygen.fetch.subjects import Task
    from policygen.fetch.walk import Fetched

_folder = click.option("-o", "--output-dir", "folder", metavar="DIR", help="Keep the answers below this folder.")
_refresh = click.option("--refresh", is_flag=True, help="Ask again for what is there already.")
_script = click.option("--script", "as_script", is_flag=True, help="Print the calls as a script for the AWS CLI.")


@click.group("fetch", epilog="Example: policygen fetch bucket my-bucket --profile prod -o fetched/")
def command() -> None:
    """Read from AWS, with your own credentials, what is set up there; the only command that calls AWS.

    Every call gets, lists or describes; nothing is changed, and nothing is sent anywhere else. Each answer is kept as
    the AWS CLI prints it, in a file of its own for its owner alone: ACCOUNT/s3/BUCKET/get-bucket-policy.json. Where AWS
    says that there is none, the file holds AWS's words. A call that is refused is listed in not-fetched.json, and the
    rest goes on. A run that was interrupted goes on where it stopped: answers that are there are not asked for again.

    Needs boto3: pip install 'policygen[aws]'. `--script` needs nothing but bash and the AWS CLI where it runs.

    Exit status: 0 done, also where calls were refused; 3 nothing could be read, a profile cannot be used, or a file not
    be written.
    """


@command.command(
    "bucket",
    cls=Command,
    epilog="Example: policygen fetch bucket source-bucket --profile prod --destination-profile backup -o fetched/",
)
@click.argument("bucket", metavar="BUCKET")
@click.option("--profile", metavar="NAME", default="", help="Profile of the bucket's account.")
@click.option(
    "--destination-profile", "destinations", metavar="NAME", multiple=True, help="Profile of a destination's account."
)
@click.option("--region", metavar="REGION", help="Region that is asked first; else the profile's.")
@_folder
@_refresh
@_script
@output_options()
def bucket(
    bucket: str,
    profile: str,
    destinations: tuple[str, ...],
    region: str | None,
    folder: str | None,
    *,
    refresh: bool,
    as_script: bool,
    output: Output,
) -> int:
    """Read a bucket's configuration and what it names.

    That is: its policy and settings; the destinations of its replication; the keys of all of them, in their Regions,
    with key policies, grants, aliases and tags; the replication role with its policies and boundary; the accounts'
    Block Public Access; and the organization's SCPs and RCPs above the accounts, where the profile may read them.

    A destination in another account is read with `--destination-profile`, which may be repeated.
    """
    from policygen.fetch.subjects import of_bucket

    if not bucket or bucket != bucket.strip() or "/" in bucket:
        raise click.BadParameter("this is no name of a bucket", param_hint="BUCKET")
    return _run(of_bucket(bucket, profile, destinations, region), folder, output, refresh=refresh, as_script=as_script)


@command.command("account", cls=Command, epilog="Example: policygen fetch account --profile prod -o fetched/")
@click.option("--profile", "profiles", metavar="NAME", multiple=True, help="Profile of an account; may be repeated.")
@click.option(
    "--region", "regions", metavar="REGION", multiple=True, help="Region of keys and endpoints; else all that are on."
)
@click.option(
    "--only", type=click.Choice(tuple(OF_AN_ACCOUNT)), multiple=True, help="This part alone; may be repeated."
)
@_folder
@_refresh
@_script
@output_options()
def account(
    profiles: tuple[str, ...],
    regions: tuple[str, ...],
    only: tuple[str, ...],
    folder: str | None,
    *,
    refresh: bool,
    as_script: bool,
    output: Output,
) -> int:
    """Read whole accounts: identities with all their policies, buckets, keys, VPC endpoints, the organization.

    `--only` reads one part: iam (get-account-authorization-details), s3 (every bucket's policy and settings), kms
    (every key of every Region), ec2 (VPC endpoints), organizations (the tree with its SCPs and RCPs, which the
    management account and delegated administrators may read).
    """
    from policygen.fetch.subjects import of_account

    return _run(of_account(profiles, regions, only), folder, output, refresh=refresh, as_script=as_script)


def _run(task: Task, folder: str | None, output: Output, *, refresh: bool, as_script: bool) -> int:
    if as_script:
        from policygen.fetch.script import script

        output.write(script(task, folder or "fetched"))
        return EXIT_OK
    if folder is None:
        raise click.UsageError("give the folder for the answers: -o DIR")
    from policygen.fetch.walk import fetch

    with output.progress("reading", long=1) as progress:
        found = fetch(task, folder, refresh=refresh, progress=progress)
    for each in found.not_fetched:
        place = Place(source=each.file)
        output.warn([Problem(code="PG-N004", message=f"`{each.call}` brought no answer: {each.code}", place=place)])
    if output.is_text:
        output.paragraphs(_summary(found))
    else:
        output.json(found.to_dict())
    return EXIT_OK


def _summary(found: Fetched) -> str:
    """Return what was read, in one line."""
    kept = f", {found.kept} of them from an earlier run" if found.kept else ""
    refused = f"; {len(found.not_fetched)} refused: not-fetched.json" if found.not_fetched else ""
    accounts = ", ".join(found.accounts)
    return f"{found.folder}: {len(found.answers)} answers about {accounts}{kept}{refused}"
