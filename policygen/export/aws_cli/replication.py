"""Roles, replication configurations, batch jobs.

Fact: R7, R15, E22, F22
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.export import inventory
from policygen.export.aws_cli.buckets import put_document
from policygen.export.aws_cli.keys import created_once
from policygen.export.aws_cli.shell import Context, Option, Raw, comment, indented, line
from policygen.spec.model import Role
from policygen.spec.paths import DocumentKind, job_path, role_path

JOB_FOLDER = "job-ids"
"""Where the script keeps the ids of the batch jobs that it created: a second run creates no second job."""


def create_roles(context: Context) -> Iterator[str]:
    """Yield what creates the roles, with their trust policy, boundary and permissions policy."""
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        yield f"step {line(f'Role {role.name}')}"
        yield from _create(context, role)
        before, file = context.document(role_path(role))
        yield from before
        yield context.iam(role, "put-role-policy", ("--policy-name", role.name), ("--policy-document", file))


def _create(context: Context, role: Role) -> Iterator[str]:
    before, file = context.document(role_path(role, DocumentKind.TRUST_POLICY))
    yield from before
    update = [context.iam(role, "update-assume-role-policy", ("--policy-document", file))]
    create: list[Option] = [("--path", role.path), ("--assume-role-policy-document", file)]
    if role.permissions_boundary is not None:
        boundary: Option = ("--permissions-boundary", role.permissions_boundary)
        update.append(context.iam(role, "put-role-permissions-boundary", boundary))
        create.append(boundary)
    create.append((Raw(">/dev/null"),))
    yield f"if {context.iam(role, 'get-role')} >/dev/null 2>&1; then"
    yield from indented(update)
    yield "else"
    yield from indented([context.iam(role, "create-role", *create), context.iam(role, "wait role-exists")])
    yield "fi"


def put_replication(context: Context) -> Iterator[str]:
    """Yield what saves the replication configurations."""
    kind = DocumentKind.REPLICATION_CONFIGURATION
    operation, option = "put-bucket-replication", "--replication-configuration"
    for replication in context.spec.replication:
        yield f"step {line(f'Replication {replication.name}')}"
        yield from put_document(context, replication.source, kind, operation, option, patient=True)


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
