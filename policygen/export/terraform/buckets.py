"""Buckets with their settings and policies, roles with theirs, replication configurations.

Fact: R1, R3, R4, R7, R15, R60, R83, S13, S14, S21, S48, E22, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from policygen.export import inventory
from policygen.export.terraform.context import Context, Resource, literal
from policygen.generator.settings import SETTINGS
from policygen.spec.model import Bucket, Replication
from policygen.spec.paths import DocumentKind, bucket_path, configuration_path, role_path


def bucket_resources(context: Context) -> Iterator[Resource]:
    """Yield the buckets with their settings, and the bucket policies that the bundle holds."""
    for bucket in context.spec.buckets:
        more: dict[str, Any] = {"bucket_namespace": "account-regional"} if bucket.is_account_regional else {}
        more |= {"object_lock_enabled": True} if bucket.object_lock else {}
        yield _resource(context, bucket, "aws_s3_bucket", {"bucket": bucket.name} | more)
        for kind, settings in (*_settings(context, bucket), *_policy(context, bucket)):
            yield _resource(context, bucket, kind, {"bucket": context.bucket_reference(bucket)} | settings)


def _resource(context: Context, bucket: Bucket, kind: str, body: dict[str, Any]) -> Resource:
    return context.resource(kind, context.buckets[bucket.entry], bucket.account, bucket.region, **body)


def _settings(context: Context, bucket: Bucket) -> Iterator[tuple[str, dict[str, Any]]]:
    found = {
        kind: context.blocks(context.bundle[path].value)
        for kind in SETTINGS
        if (path := bucket_path(bucket, kind)) in context.bundle
    }
    if DocumentKind.VERSIONING in found:
        yield "aws_s3_bucket_versioning", {"versioning_configuration": found[DocumentKind.VERSIONING]}
    rule = found[DocumentKind.ENCRYPTION]["rules"][0]
    # a bucket that blocks nothing says so, since S3 blocks SSE-C unless it is told not to (R83)
    blocked = {"blocked_encryption_types": rule["blocked_encryption_types"]["encryption_type"]}
    yield "aws_s3_bucket_server_side_encryption_configuration", {"rule": rule | blocked}
    yield "aws_s3_bucket_public_access_block", dict(sorted(found[DocumentKind.PUBLIC_ACCESS_BLOCK].items()))
    yield "aws_s3_bucket_ownership_controls", {"rule": found[DocumentKind.OWNERSHIP_CONTROLS]["rules"][0]}
    if DocumentKind.ABAC in found:
        yield "aws_s3_bucket_abac", {"abac_status": found[DocumentKind.ABAC]}
    if bucket.requester_pays:
        yield "aws_s3_bucket_request_payment_configuration", {"payer": "Requester"}


def _policy(context: Context, bucket: Bucket) -> Iterator[tuple[str, dict[str, Any]]]:
    path = bucket_path(bucket)
    if path in context.bundle:
        first = [f"aws_s3_bucket_public_access_block.{context.buckets[bucket.entry]}", *context.roles_named_in(path)]
        yield "aws_s3_bucket_policy", {"policy": context.document(path), "depends_on": first}


def role_resources(context: Context) -> Iterator[Resource]:
    """Yield the roles and the one inline policy of each."""
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        label, trust = context.roles[role.arn], context.document(role_path(role, DocumentKind.TRUST_POLICY))
        about: dict[str, Any] = {"name": role.name, "path": literal(role.path), "assume_role_policy": trust}
        if role.permissions_boundary is not None:
            about["permissions_boundary"] = literal(role.permissions_boundary)
        yield context.resource("aws_iam_role", label, role.account, **about)
        reference, policy = f"${{{context.role_address(role)}.id}}", context.document(role_path(role))
        about = {"name": role.name, "role": reference, "policy": policy}
        yield context.resource("aws_iam_role_policy", label, role.account, **about)


def replication_resources(context: Context, others: Sequence[Resource]) -> Iterator[Resource]:
    """Yield the replication configurations; what they wait for is among the ``others``, the resources so far."""
    for replication in context.spec.replication:
        source = replication.source
        yield context.resource(
            "aws_s3_bucket_replication_configuration",
            context.buckets[source.entry],
            source.account,
            source.region,
            bucket=context.bucket_reference(source),
            role=f"${{{context.role_address(replication.role)}.arn}}",
            rule=context.blocks(context.bundle[configuration_path(replication)].value["Rules"]),
            depends_on=_waits_for(context, replication, others),
        )


def _waits_for(context: Context, replication: Replication, others: Sequence[Resource]) -> list[str]:
    """Versioning of both sides must be on (R1); the role's rights are there before the first object is replicated."""
    entries = (replication.source.entry, *(rule.destination.entry for rule in replication.rules))
    versioned = {f"aws_s3_bucket_versioning.{context.buckets[entry]}" for entry in entries}
    role = context.role_address(replication.role)
    return [
        each.address
        for each in others
        if each.address in versioned
        or each.address == f"aws_iam_role_policy.{context.roles[replication.role.arn]}"
        or role in each.body.get("depends_on", ())
    ]
