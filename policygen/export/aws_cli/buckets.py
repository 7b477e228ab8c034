"""Buckets, their settings, bucket policies.

Fact: R1, R3, R4, S13, S48, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.export.aws_cli.shell import Context, Option, Word, line, when
from policygen.generator.settings import SETTINGS
from policygen.spec.model import Bucket
from policygen.spec.paths import DocumentKind, bucket_path


def create_buckets(context: Context) -> Iterator[str]:
    """Yield what creates the buckets and sets them up, their policies apart."""
    for bucket in context.spec.buckets:
        yield f"step {line(f'Bucket {bucket.name} in {bucket.region}')}"
        yield from _create(context, bucket)
        for kind, (operation, option, _) in SETTINGS.items():
            yield from put_document(context, bucket, kind, operation, option)
        if bucket.object_lock:
            lock: Option = ("--object-lock-configuration", "ObjectLockEnabled=Enabled")
            yield _s3api(context, bucket, "put-object-lock-configuration", lock)
        if bucket.requester_pays:
            payer: Option = ("--request-payment-configuration", "Payer=Requester")
            yield _s3api(context, bucket, "put-bucket-request-payment", payer)


def _s3api(context: Context, bucket: Bucket, operation: str, *options: Option) -> str:
    """Return a call about a bucket; it fails when the bucket is another account's."""
    own: tuple[Option, ...] = (("--bucket", bucket.name), ("--expected-bucket-owner", bucket.account))
    return context.aws(bucket.account, bucket.region, f"s3api {operation}", *own, *options)


def _create(context: Context, bucket: Bucket) -> list[str]:
    options: list[tuple[Word, ...]] = [("--bucket", bucket.name)]
    if bucket.region != "us-east-1":
        options.append(("--create-bucket-configuration", f"LocationConstraint={bucket.region}"))
    if bucket.object_lock:
        options.append(("--object-lock-enabled-for-bucket",))
    call = context.aws(bucket.account, bucket.region, "s3api create-bucket", *options)
    return when(f"! {_s3api(context, bucket, 'head-bucket')} >/dev/null 2>&1", call)


def put_document(
    context: Context, bucket: Bucket, kind: DocumentKind, operation: str, option: str, *, patient: bool = False
) -> Iterator[str]:
    """Yield the call that saves one document of a bucket; nothing when the bundle does not hold it."""
    path = bucket_path(bucket, kind)
    if path in context.bundle:
        before, file = context.document(path)
        yield from before
        call = _s3api(context, bucket, operation, (option, file))
        yield f"patiently {call}" if patient else call


def put_bucket_policies(context: Context) -> Iterator[str]:
    """Yield what saves the bucket policies that the bundle holds."""
    for bucket in context.spec.buckets:
        kind = DocumentKind.BUCKET_POLICY
        call = list(put_document(context, bucket, kind, "put-bucket-policy", "--policy", patient=True))
        if call:
            yield f"step {line(f'Bucket policy of {bucket.name}')}"
            yield from call
