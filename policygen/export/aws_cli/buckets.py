"""Buckets with their settings and policies, roles with theirs, replication configurations, batch jobs.

Fact: R1, R3, R4, R7, R15, S13, S48, E22, E105, F22
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.export import inventory
from policygen.export.existing import documents_of_role
from policygen.export.script import let_requester_pay
from policygen.export.shell import Context, Option, Raw, Word, indented, line, when
from policygen.generator.settings import BUCKET_DOCUMENTS, SETTINGS
from policygen.spec.model import Bucket, Role
from policygen.spec.paths import DocumentKind, bucket_path, role_path


def create_buckets(context: Context) -> Iterator[str]:
    """Yield what creates the buckets and sets them up, their policies apart."""
    for bucket in context.spec.buckets:
        yield f"step {line(f'Bucket {bucket.name} in {bucket.region}')}"
        yield from _create_bucket(context, bucket)
        for kind in SETTINGS:
            yield from _put(context, bucket, kind)
        if bucket.object_lock:
            yield from _enable_object_lock(context, bucket)
        if bucket.requester_pays:
            yield let_requester_pay(context, bucket)


def _create_bucket(context: Context, bucket: Bucket) -> list[str]:
    options: list[tuple[Word, ...]] = [("--bucket", bucket.name)]
    if bucket.region != "us-east-1":
        options.append(("--create-bucket-configuration", f"LocationConstraint={bucket.region}"))
    if bucket.is_account_regional:
        options.append(("--bucket-namespace", "account-regional"))
    if bucket.object_lock:
        options.append(("--object-lock-enabled-for-bucket",))
    call = context.aws(bucket.account, bucket.region, "s3api create-bucket", *options)
    return when(f"! {context.s3api(bucket, 'head-bucket')} >/dev/null 2>&1", call)


def _enable_object_lock(context: Context, bucket: Bucket) -> list[str]:
    """Return what enables Object Lock where it is not: a put takes away the default retention that a bucket has."""
    found = context.s3api(bucket, "get-object-lock-configuration")
    lock: Option = ("--object-lock-configuration", "ObjectLockEnabled=Enabled")
    call = context.s3api(bucket, "put-object-lock-configuration", lock)
    return when(f'! {found} >/dev/null 2>"$WORK/error"', "stop_unless_nothing", call)


def _put(context: Context, bucket: Bucket, kind: DocumentKind, *, patient: bool = False) -> list[str]:
    """Return what saves one document of a bucket; nothing when the bundle does not hold it."""
    path, how = bucket_path(bucket, kind), BUCKET_DOCUMENTS[kind]
    if path not in context.bundle:
        return []
    before, file = context.document(path)
    call = context.s3api(bucket, f"put-{how.subject}", (how.option, file))
    return [*before, f"patiently {call}" if patient else call, line("remember", path)]


def put_bucket_policies(context: Context) -> Iterator[str]:
    """Yield what saves the bucket policies that the bundle holds."""
    for bucket in context.spec.buckets:
        call = _put(context, bucket, DocumentKind.BUCKET_POLICY, patient=True)
        if call:
            yield f"step {line(f'Bucket policy of {bucket.name}')}"
            yield from call


def create_roles(context: Context) -> Iterator[str]:
    """Yield what creates the roles, with their trust policy, boundary and permissions policy."""
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        yield f"step {line(f'Role {role.name}')}"
        yield from _create_role(context, role)
        before, file = context.document(role_path(role))
        yield from before
        yield context.iam(role, "put-role-policy", ("--policy-name", role.name), ("--policy-document", file))
        yield from (line("remember", path) for path in documents_of_role(role))


def _create_role(context: Context, role: Role) -> Iterator[str]:
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
    for replication in context.spec.replication:
        yield f"step {line(f'Replication {replication.name}')}"
        yield from _put(context, replication.source, DocumentKind.REPLICATION_CONFIGURATION, patient=True)
