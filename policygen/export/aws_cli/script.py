"""The script: its head, its functions, its steps in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policygen.export import inventory
from policygen.export.aws_cli import buckets, existing, keys
from policygen.export.aws_cli.buckets import JOB_FOLDER
from policygen.export.aws_cli.keys import KEY_FOLDER
from policygen.export.aws_cli.shell import Context, comment, context_of, fill
from policygen.generator import Bundle
from policygen.generator.template_files import read_page
from policygen.spec.model import Spec
from policygen.spec.paths import MANIFEST

FOLDER = "aws-cli"
_SECTIONS: tuple[tuple[str, Callable[[Context], Iterator[str]]], ...] = (
    ("Keys that exist already, by the spec", keys.check_keys),
    ("Users, roles and boundaries that must exist", existing.check_principals),
    ("Ids of keys", keys.find_keys),
    ("What is there already: nothing of it is replaced unasked", existing.compare),
    ("Keys", keys.create_keys),
    ("Aliases", keys.create_aliases),
    ("Buckets and their settings", buckets.create_buckets),
    ("Roles: they must exist before a key policy or bucket policy names them", buckets.create_roles),
    ("Key policies", keys.put_key_policies),
    ("Bucket policies", buckets.put_bucket_policies),
    ("Replication: versioning is on at both sides, the roles have their rights", buckets.put_replication),
    ("Batch jobs", buckets.create_jobs),
    ("Keys that are to be disabled", keys.disable_keys),
)
_ABOUT = (
    "Written by policygen. Sets up keys, buckets, roles and replication with the AWS CLI, in this order:",
    "keys, aliases, buckets with their settings, roles, key policies, bucket policies, replication, batch jobs.",
    "It stops at the first error, and may be run again: what exists is left, policies and settings are put again.",
)
_NOTHING_IS_LOST = (
    "First it looks. A policy or setting that is there, differs, and was not put by this script, is shown, kept in",
    "before/ and left: the script stops before it changes anything. With REPLACE=yes it goes on and replaces it.",
    "With DRY_RUN=yes it only looks. What it put is kept in put/, beside it: leave it there.",
)
_KEYS_ARE_KEPT = (
    f"The ids of the keys that it creates are kept in {KEY_FOLDER}/ beside it. Leave them there: without them a second",
    "run creates the keys a second time. Write them into the spec as well.",
)
_JOBS_ARE_KEPT = (
    f"The ids of the batch jobs that it creates are kept in {JOB_FOLDER}/ beside it: it creates no job twice.",
)


def aws_cli(spec: Spec, bundle: Bundle) -> dict[str, str]:
    """Return the script and the documents that it refers to: path to text.

    The documents are the bundle's, byte for byte. Where the id of a key is not known they hold its placeholder, which
    the script fills in once it has created the key, in copies of its own.

    Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html
    """
    context = context_of(spec, bundle)
    documents = {f"{FOLDER}/{path}": text for path, text in bundle.texts().items() if path != MANIFEST}
    return {f"{FOLDER}/deploy.sh": _script(context)} | documents


def _script(context: Context) -> str:
    parts = ["\n".join(_head(context)), *_functions(context), "\n".join(_accounts(context))]
    for title, section in _SECTIONS:
        lines = list(section(context))
        if lines:
            spaced = (f"\n{each}" if each.startswith("step ") else each for each in lines)
            parts.append("\n".join((comment(f"---- {title}"), *spaced)))
    parts.append("step Done")
    return "\n\n".join(parts) + "\n"


def _head(context: Context) -> Iterator[str]:
    yield "#!/usr/bin/env bash"
    yield from map(comment, (*_ABOUT, "", *_NOTHING_IS_LOST))
    if inventory.new_keys(context.spec):
        yield from map(comment, _KEYS_ARE_KEPT)
    if inventory.has_jobs(context.spec):
        yield from map(comment, _JOBS_ARE_KEPT)
    yield "#"
    profiles = " ".join(f"{context.profile(account)}=NAME" for account in context.regions)
    yield comment(f"Run: {profiles} bash deploy.sh")
    yield from (comment(f"{context.profile(account)}: profile for account {account}") for account in context.regions)
    named = inventory.must_exist(context.spec, context.bundle)
    if named:
        yield "#"
        yield comment("Must exist before, for AWS refuses policies and roles that name it otherwise:")
        yield from (comment(f"- {arn}") for arn in named)
    if context.spec.deployer is not None:
        yield "#"
        yield comment(f"put-bucket-replication is for {context.spec.deployer}, who may pass the role (F22).")
    yield "#"
    yield "# shellcheck disable=SC2016  # single quotes keep what stands between them as it is"
    yield "set -euo pipefail"


def _functions(context: Context) -> Iterator[str]:
    yield read_page("aws-cli-functions.sh").rstrip()
    yield existing.there(context)
    if context.unknown_keys():
        yield fill(context)


def _accounts(context: Context) -> Iterator[str]:
    yield comment("---- Accounts")
    for account in context.regions:
        yield f': "${{{context.profile(account)}:?the profile of the AWS CLI for account {account}}}"'
    yield 'cd "$(dirname "${BASH_SOURCE[0]}")"'
    if inventory.new_keys(context.spec):
        yield f"mkdir -p {KEY_FOLDER}"
    if inventory.has_jobs(context.spec):
        yield f"mkdir -p {JOB_FOLDER}"
    yield 'WORK="$(mktemp -d)"'
    yield "trap 'rm -rf \"$WORK\"' EXIT"
    yield 'export AWS_PAGER=""'
    yield """NOTHING='[(](NoSuch[A-Za-z]*|[A-Za-z]*NotFound[A-Za-z]*|404)[)]'"""
    yield 'BEFORE="before/$(date -u +%Y%m%dT%H%M%SZ)"'
    yield "REPLACED=0"
    yield "MISSING=0"
    for account, region in context.regions.items():
        yield f'check_account "${context.profile(account)}" {region} {account}'
