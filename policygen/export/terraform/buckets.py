"""Buckets, their settings, and their policies.

Fact: R1, R3, R4, R83, S13, S14, S21, S48, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.export.terraform.context import Context, Resource
from policygen.spec.kinds import BucketKey, Versioning
from policygen.spec.model import Bucket


def bucket_resources(context: Context) -> Iterator[Resource]:
    """Yield the buckets with their settings, and the bucket policies that the bundle holds."""
    for bucket in context.spec.buckets:
        yield _resource(context, bucket, "aws_s3_bucket", _bucket(bucket))
        for kind, settings in _settings(context, bucket):
            yield _resource(context, bucket, kind, {"bucket": context.bucket_reference(bucket)} | settings)
        yield from _policy(context, bucket)


def _resource(context: Context, bucket: Bucket, kind: str, body: dict[str, Any]) -> Resource:
    provider = {"provider": context.provider(bucket.account, bucket.region)}
    return Resource(account=bucket.account, kind=kind, name=context.buckets[bucket.entry], body=provider | body)


def _bucket(bucket: Bucket) -> dict[str, Any]:
    return {"bucket": bucket.name} | ({"object_lock_enabled": True} if bucket.object_lock else {})


def _settings(context: Context, bucket: Bucket) -> Iterator[tuple[str, dict[str, Any]]]:
    if bucket.versioning is not Versioning.DISABLED:  # what was never on cannot be turned off
        status = bucket.versioning.value.capitalize()
        yield "aws_s3_bucket_versioning", {"versioning_configuration": {"status": status}}
    yield "aws_s3_bucket_server_side_encryption_configuration", {"rule": _encryption(context, bucket)}
    names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    yield "aws_s3_bucket_public_access_block", dict.fromkeys(names, bucket.block_public_access)
    ownership = {"object_ownership": bucket.object_ownership.api_value}
    yield "aws_s3_bucket_ownership_controls", {"rule": ownership}
    if bucket.requester_pays:
        yield "aws_s3_bucket_request_payment_configuration", {"payer": "Requester"}


def _encryption(context: Context, bucket: Bucket) -> dict[str, Any]:
    """Return the rule; a bucket that blocks nothing says so, since S3 blocks SSE-C unless it is told not to (R83)."""
    encryption = bucket.encryption
    by_default = {"sse_algorithm": encryption.sse.value}
    if encryption.customer_key is not None:
        by_default["kms_master_key_id"] = context.fill(encryption.customer_key.arn(bucket.region))
    return {
        "apply_server_side_encryption_by_default": by_default,
        "bucket_key_enabled": encryption.bucket_key is not BucketKey.OFF,
        "blocked_encryption_types": bucket.blocked_api_values,
    }


def _policy(context: Context, bucket: Bucket) -> Iterator[Resource]:
    text = context.text(f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json")
    if text is None:
        return
    block = f"aws_s3_bucket_public_access_block.{context.buckets[bucket.entry]}"
    body = {
        "bucket": context.bucket_reference(bucket),
        "policy": context.fill(text),
        "depends_on": [block, *context.roles_named_in(text)],
    }
    yield _resource(context, bucket, "aws_s3_bucket_policy", body)
