"""A script for the AWS CLI: its head, its functions, its steps in order; and the steps that more than one format takes.

Fact: K9, K29, R4, R91
Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from policygen.export import existing, inventory
from policygen.export.shell import Context, Option, Raw, comment, fill, line, when
from policygen.generator.settings import BUCKET_DOCUMENTS
from policygen.generator.template_files import read_page
from policygen.spec.model import Bucket, Key, Replication
from policygen.spec.paths import DocumentKind, bucket_path, job_path, key_path

JOB_FOLDER = "job-ids"
"""Where a script keeps the ids of the batch jobs that it created: a second run creates no second job."""

Section = tuple[str, Callable[[Context], Iterator[str]]]
"""A title, and what yields the lines below it."""

_NOTHING_IS_LOST = (
    "First it looks. A policy or setting that is there, differs, and was not put by this script, is shown, kept in",
    "before/ and left: the script stops before it changes anything. With REPLACE=yes it goes on and replaces it.",
    "With DRY_RUN=yes, or --dry-run, it only looks. What it put is kept in put/, beside it: leave it there.",
)
_ARGUMENTS = (
    comment("---- What is asked for: whoever misspells it wants no deployment"),
    'case "$#:${1:-}" in',
    "0:) ;;",
    "1:--dry-run) DRY_RUN=yes ;;",
    "*)",
    "  printf 'not understood: %s (the only argument is --dry-run)\\n' \"$*\" >&2",
    "  exit 2",
    "  ;;",
    "esac",
    'case "${DRY_RUN:-no}" in',
    "yes | no) ;;",
    "*)",
    "  printf 'DRY_RUN is yes or no, not %s\\n' \"$DRY_RUN\" >&2",
    "  exit 2",
    "  ;;",
    "esac",
)
_JOBS_ARE_KEPT = (
    f"The ids of the batch jobs that it creates are kept in {JOB_FOLDER}/ beside it: it creates no job twice.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script.

    Attributes:
        run: How it is called, but for the profiles.
        about: What it does, as lines of its first comment.
        before: What runs before anything is looked at.
        sections: What it does then, part by part.
        documents: Paths of the documents that it puts.
        functions: Functions beside those that every script has.
    """

    run: str
    about: tuple[str, ...]
    before: tuple[str, ...]
    sections: tuple[Section, ...]
    documents: Collection[str]
    functions: tuple[str, ...] = ()

    def text(self, context: Context) -> str:
        """Return the script."""
        looks: tuple[Section, ...] = (
            ("Users, roles and boundaries that must exist", existing.check_principals),
            ("What is there already: nothing of it is replaced unasked", self._compare),
        )
        first, *rest = self.sections
        functions = read_page("deploy-functions.sh").rstrip()
        there = existing.there(context, self.documents)
        parts = ["\n".join(self._head(context)), functions, *self.functions, there]
        parts += [fill(context)] if context.unknown_keys() else []
        parts.append("\n".join(self._accounts(context)))
        for title, section in (first, *looks, *rest):
            lines = list(section(context))
            if lines:
                spaced = (f"\n{each}" if each.startswith("step ") else each for each in lines)
                parts.append("\n".join((comment(f"---- {title}"), *spaced)))
        return "\n\n".join((*parts, "step Done")) + "\n"

    def _compare(self, context: Context) -> Iterator[str]:
        return existing.compare(context, self.documents)

    def _head(self, context: Context) -> Iterator[str]:
        yield "#!/usr/bin/env bash"
        jobs = _JOBS_ARE_KEPT if inventory.has_jobs(context.spec) else ()
        yield from map(comment, (*self.about, "", *_NOTHING_IS_LOST, *jobs, ""))
        profiles = " ".join(f"{context.profile(account)}=NAME" for account in context.regions)
        yield comment(f"Run: {profiles} bash {self.run}")
        for account in context.regions:
            yield comment(f"{context.profile(account)}: profile for account {account}")
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

    def _accounts(self, context: Context) -> Iterator[str]:
        yield from _ARGUMENTS
        yield ""
        yield comment("---- Accounts")
        for account in context.regions:
            yield f': "${{{context.profile(account)}:?the profile of the AWS CLI for account {account}}}"'
        yield 'cd "$(dirname "${BASH_SOURCE[0]}")"'
        yield from self.before
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


def check_keys(context: Context) -> Iterator[str]:
    """Yield what looks for the keys whose id the spec knows: nothing is created where one is missing."""
    for key in inventory.existing_keys(context.spec):
        for region in key.regions:
            yield f"step {line(f'Looking for key {key.name} in {region}')}"
            yield context.kms(key, region, "describe-key", ("--key-id", context.key_id(key)), (Raw(">/dev/null"),))


def put_key_policies(context: Context, keys: Iterable[Key]) -> Iterator[str]:
    """Yield what saves the key policies of some keys."""
    for key in keys:
        for region in key.regions:
            yield f"step {line(f'Key policy of {key.name} in {region}')}"
            path, named = key_path(key, region), (("--key-id", context.key_id(key)), ("--policy-name", "default"))
            before, file = context.document(path)
            yield from before
            yield f"patiently {context.kms(key, region, 'put-key-policy', *named, ('--policy', file))}"
            yield line("remember", path)


def put_of_bucket(context: Context, bucket: Bucket, kind: DocumentKind, *, patient: bool = False) -> list[str]:
    """Return what saves one document of a bucket; nothing when the bundle does not hold it."""
    path, how = bucket_path(bucket, kind), BUCKET_DOCUMENTS[kind]
    if path not in context.bundle:
        return []
    before, file = context.document(path)
    call = context.s3api(bucket, f"put-{how.subject}", (how.option, file))
    return [*before, f"patiently {call}" if patient else call, line("remember", path)]


def put_replication(context: Context, replications: Iterable[Replication]) -> Iterator[str]:
    """Yield what saves some replication configurations."""
    for replication in replications:
        yield f"step {line(f'Replication {replication.name}')}"
        for member in inventory.new_members(context.bundle, replication):
            yield comment(f"{member}: an AWS CLI of November 2026 or later knows it.")
        yield from put_of_bucket(context, replication.source, DocumentKind.REPLICATION_CONFIGURATION, patient=True)


def let_requester_pay(context: Context, bucket: Bucket) -> str:
    """Return what makes a bucket one of Requester Pays."""
    payer: Option = ("--request-payment-configuration", "Payer=Requester")
    return context.s3api(bucket, "put-bucket-request-payment", payer)


def look_up(context: Context, key: Key, region: str, alias: str) -> str:
    """Return the call that prints the id of the key behind an alias."""
    query = ("--query", "KeyMetadata.KeyId")
    return context.kms(key, region, "describe-key", ("--key-id", alias), query, ("--output", "text"))


def created_once(call: str, path: str) -> list[str]:
    """Return what makes a call that writes an id to ``$WORK/id``, unless an earlier run has kept the id at ``path``."""
    return when(f"[ ! -s {line(path)} ]", call, f'mv "$WORK/id" {line(path)}')


def create_jobs(context: Context) -> Iterator[str]:
    """Yield what creates the batch jobs."""
    for replication in (each for each in context.spec.replication if each.batch is not None):
        account, region = replication.source.account, replication.source.region
        path = job_path(replication)
        before, file = context.document(path)
        yield f"step {line(f'Batch job of {replication.name}')}"
        yield from before
        own = ("--account-id", account)
        printed: tuple[Option, ...] = (("--query", "JobId"), ("--output", "text", Raw('>"$WORK/id"')))
        call = context.aws(account, region, "s3control create-job", own, ("--cli-input-json", file), *printed)
        kept = f"{JOB_FOLDER}/{replication.name}"
        yield from created_once(f"patiently {call}", kept)
        if context.bundle[path].value.get("ConfirmationRequired"):
            yield comment("The job waits until it is confirmed:")
            answer = (("--job-id", Raw(f'"$(cat {line(kept)})"')), ("--requested-job-status", "Ready"))
            confirmation = context.aws(account, region, "s3control update-job-status", own, *answer)
            yield from map(comment, confirmation.splitlines())
