"""Buckets, their settings, and their policies.

Fact: R1, R3, R4, R83, S13, S14, S21, S48, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.export.terraform.context import Context, Resource
from policygen.generator.settings import SETTINGS
from policygen.spec.model import Bucket
from policygen.spec.paths import DocumentKind, bucket_path


def bucket_resources(context: Context) -> Iterator[Resource]:
    """Yield the buckets with their settings, and the bucket policies that the bundle holds."""
    for bucket in context.spec.buckets:
        lock = {"object_lock_enabled": True} if bucket.object_lock else {}
        yield _resource(context, bucket, "aws_s3_bucket", {"bucket": bucket.name} | lock)
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
    if bucket.requester_pays:
        yield "aws_s3_bucket_request_payment_configuration", {"payer": "Requester"}


def _policy(context: Context, bucket: Bucket) -> Iterator[tuple[str, dict[str, Any]]]:
    path = bucket_path(bucket)
    if path in context.bundle:
        first = [f"aws_s3_bucket_public_access_block.{context.buckets[bucket.entry]}", *context.roles_named_in(path)]
        yield "aws_s3_bucket_policy", {"policy": context.document(path), "depends_on": first}
