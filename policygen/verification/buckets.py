"""What people must and must not be able to do with a bucket: transport, encryption headers, readers and writers.

The bucket owner's root user stands for everybody whom nothing else limits: it has access to the buckets of its
account by default (E1), so only the bucket policy's Denies keep it from an upload without TLS or encryption header.

Fact: E1, S1, S2, S3, S4, S7, S8, S10, S13, S20, S30, S31, R45, R47
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.aws.arns import root_arn
from policygen.request import Request
from policygen.spec.kinds import BucketKey, Enforce, KeyType, Sse
from policygen.spec.model import Bucket, BucketGrantee, Spec
from policygen.verification.environment import other_bucket_arn
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import (
    SSE,
    SSE_C,
    SSE_KEY,
    base_context,
    inside_context,
    key_arn_of,
    kms_context,
)
from policygen.verification.wrong import (
    other_object_keys,
    wrong_kms_context,
    wrong_principals,
    wrong_transport,
)

_NOT_FOR_READERS = ("s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy")
_NOT_FOR_WRITERS = ("s3:GetObject", "s3:DeleteObject", "s3:PutBucketPolicy")


def bucket_probes(spec: Spec, bucket: Bucket) -> Iterator[Probe]:
    """Yield every probe of one bucket, replication aside."""
    yield from _transport(spec, bucket)
    if bucket.encryption.enforce is not Enforce.NONE:
        yield from _enforcement(spec, bucket)
    for reader in bucket.readers:
        yield from _reader(spec, bucket, reader)
    for writer in bucket.writers:
        yield from _writer(spec, bucket, writer)


def _owner(spec: Spec, bucket: Bucket, name: str, action: str, key: str, context: dict[str, Any], what: str) -> Probe:
    request = Request(
        principal=root_arn(bucket.partition, bucket.account),
        action=action,
        resource=bucket.object_arn(key) if key else bucket.arn,
        resource_account=bucket.account,
        context=inside_context(spec, bucket) | context,
    )
    return Probe(
        id=f"{bucket.entry}/{name}",
        title=f"{what} ({action} on {bucket.name})",
        step=Step.OWNER,
        must_allow=True,
        request=request,
    )


def upload_headers(bucket: Bucket) -> dict[str, Any]:
    """Return the encryption headers of an upload as the bucket's policy wants them."""
    encryption = bucket.encryption
    if encryption.enforce is Enforce.NONE:
        return {}
    key = key_arn_of(bucket)
    return {SSE: encryption.sse.value} | ({SSE_KEY: key} if key else {})


def _transport(spec: Spec, bucket: Bucket) -> Iterator[Probe]:
    """TLS, on the bucket and on its objects (S30), and its version (S31)."""
    if not bucket.tls_only and bucket.minimum_tls_version is None:
        return
    context: dict[str, Any] = {}
    if bucket.minimum_tls_version is not None:
        context["s3:TlsVersion"] = bucket.minimum_tls_version
    for name, action, key in (("list", "s3:ListBucket", ""), ("get", "s3:GetObject", "example.txt")):
        probe = _owner(spec, bucket, f"tls-{name}", action, key, context, "over TLS")
        yield probe
        yield from wrong_transport(probe, bucket)


def _enforcement(spec: Spec, bucket: Bucket) -> Iterator[Probe]:
    headers = upload_headers(bucket)
    upload = _owner(spec, bucket, "upload", "s3:PutObject", "example.txt", headers, "an upload as the policy wants it")
    yield upload
    enforce = bucket.encryption.enforce
    if enforce is Enforce.HEADER_OPTIONAL:
        title = "an upload that leaves encryption to the bucket"
        yield _owner(spec, bucket, "upload-no-header", "s3:PutObject", "example.txt", {}, title)
    yield from _wrong_headers(bucket, upload)
    if key_arn_of(bucket) is not None and enforce in (Enforce.KEY_REQUIRED, Enforce.HEADER_OPTIONAL):
        yield from _wrong_key_headers(bucket, upload)


def _wrong_headers(bucket: Bucket, upload: Probe) -> Iterator[Probe]:
    wrong = f"Condition/{SSE}"
    sse = bucket.encryption.sse
    if bucket.encryption.enforce is not Enforce.HEADER_OPTIONAL:
        nothing = {SSE: None, SSE_KEY: None}
        yield upload.refused("no-header", "without an encryption header", wrong, context=nothing)
        customer = nothing | {SSE_C: "AES256"}
        yield upload.refused("sse-c", "with a customer-provided key", wrong, context=customer)
    others = [each for each in Sse if each is not sse]
    for other in others:
        changes = {SSE: other.value} | ({SSE_KEY: None} if other is Sse.SSE_S3 else {})
        what = f"with the header `{other.value}`"
        yield upload.refused(f"header-{other.value.replace(':', '-')}", what, wrong, context=changes)


def _wrong_key_headers(bucket: Bucket, upload: Probe) -> Iterator[Probe]:
    wrong = f"Condition/{SSE_KEY}"
    key = key_arn_of(bucket) or ""
    other = key.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    yield upload.refused("other-key", "under another key", wrong, context={SSE_KEY: other})
    yield upload.refused("no-key", "without naming the key, so under aws/s3", wrong, context={SSE_KEY: None})


def _grantee_probe(
    spec: Spec, bucket: Bucket, principal: str, step: Step, action: str, resource: str, **more: Any
) -> Probe:
    name = more.pop("name", action.partition(":")[2])
    role = "reader" if step is Step.READER else "writer"
    number = more.pop("number")
    inside = inside_context(spec, bucket) if action.startswith("s3:") else base_context(spec)
    context = inside | more.pop("context", {})
    if bucket.minimum_tls_version is not None and action.startswith("s3:"):
        context["s3:TlsVersion"] = bucket.minimum_tls_version
    request = Request(
        principal=principal,
        action=action,
        resource=resource,
        resource_account=more.pop("account", bucket.account),
        context=context,
    )
    return Probe(
        id=f"{bucket.entry}/{role}-{number}/{name}",
        title=f"{step.value}: {principal.rpartition(':')[2]} {action} on {resource.rpartition(':')[2]}",
        step=step,
        must_allow=True,
        request=request,
        **more,
    )


def _reader(spec: Spec, bucket: Bucket, reader: BucketGrantee) -> Iterator[Probe]:
    number = bucket.readers.index(reader) + 1
    key = f"{reader.prefix}example.txt"
    listing = {"s3:prefix": reader.prefix} if reader.prefix else {}
    read = _grantee_probe(
        spec, bucket, reader.principal, Step.READER, "s3:GetObject", bucket.object_arn(key), number=number
    )
    listed = _grantee_probe(
        spec, bucket, reader.principal, Step.READER, "s3:ListBucket", bucket.arn, number=number, context=listing
    )
    yield read
    yield listed
    yield from _wrong_object_access(spec, bucket, read, reader.prefix)
    yield from wrong_transport(listed, bucket)
    if reader.prefix and not _is_owner(listed, bucket):
        other = {"s3:prefix": "policygen-outside/"}
        yield listed.refused("other-prefix", "listing elsewhere", "Condition/s3:prefix", context=other)
        yield listed.refused("no-prefix", "listing everything", "Condition/s3:prefix", context={"s3:prefix": None})
    yield from _unasked(read, bucket, key, _NOT_FOR_READERS)
    yield from _bucket_key_use(spec, bucket, reader, number, Step.READER, ("kms:Decrypt",))


def _writer(spec: Spec, bucket: Bucket, writer: BucketGrantee) -> Iterator[Probe]:
    number = bucket.writers.index(writer) + 1
    key = f"{writer.prefix}example.txt"
    write = _grantee_probe(
        spec,
        bucket,
        writer.principal,
        Step.WRITER,
        "s3:PutObject",
        bucket.object_arn(key),
        number=number,
        context=upload_headers(bucket),
    )
    yield write
    yield from _wrong_object_access(spec, bucket, write, writer.prefix)
    yield from _unasked(write, bucket, key, _NOT_FOR_WRITERS)
    actions = ("kms:GenerateDataKey", "kms:Decrypt")
    yield from _bucket_key_use(spec, bucket, writer, number, Step.WRITER, actions)


def _wrong_object_access(spec: Spec, bucket: Bucket, probe: Probe, prefix: str) -> Iterator[Probe]:
    for object_key in () if _is_owner(probe, bucket) else other_object_keys((prefix,)):
        resource = bucket.object_arn(object_key)
        yield probe.refused("other-prefix", f"outside the prefix (`{object_key}`)", "Resource", resource=resource)
    other = probe.request.resource.replace(bucket.arn, other_bucket_arn(bucket), 1)
    if not _is_owner(probe, bucket):
        yield probe.refused("other-bucket", "on another bucket", "Resource", resource=other)
    yield from wrong_transport(probe, bucket)
    yield from wrong_principals(spec, probe, bucket.account)


def _is_owner(probe: Probe, bucket: Bucket) -> bool:
    """Tell whether the grantee is the owner's root user, who may do everything anyway (E1)."""
    return probe.request.principal.arn == root_arn(bucket.partition, bucket.account)


def _unasked(probe: Probe, bucket: Bucket, key: str, actions: tuple[str, ...]) -> Iterator[Probe]:
    if _is_owner(probe, bucket):
        return
    for action in actions:
        resource = bucket.arn if action == "s3:PutBucketPolicy" else bucket.object_arn(key)
        name = action.partition(":")[2]
        yield probe.refused(f"unasked-{name}", f"{action} instead", "Action", action=action, resource=resource)


def _bucket_key_use(
    spec: Spec, bucket: Bucket, grantee: BucketGrantee, number: int, step: Step, actions: tuple[str, ...]
) -> Iterator[Probe]:
    """Reading and writing objects under a customer managed key needs the key too."""
    key = bucket.encryption.key
    arn = key_arn_of(bucket)
    if key is None or arn is None or key.type is KeyType.AWS_MANAGED:
        return
    for action in actions:
        for context in contexts_of(bucket, f"{grantee.prefix}example.txt"):
            whole = "-bucket-key" if context == bucket.arn else ""
            probe = _grantee_probe(
                spec,
                bucket,
                grantee.principal,
                step,
                action,
                arn,
                number=number,
                name=f"{action.partition(':')[2]}{whole}",
                account=key.account,
                context=kms_context(bucket, context),
                facts=("K14", "R45"),
            )
            yield probe
            yield from wrong_kms_context(probe, bucket, (grantee.prefix,))
            yield from wrong_principals(spec, probe, key.account)


def contexts_of(bucket: Bucket, key: str) -> tuple[str, ...]:
    """Return the values of ``aws:s3:arn`` for an object, by the bucket's own Bucket Key setting (R45, R47)."""
    setting = bucket.encryption.bucket_key
    if bucket.encryption.sse is Sse.DSSE_KMS or setting is BucketKey.OFF:
        return (bucket.object_arn(key),)
    return (bucket.arn,) if setting is BucketKey.ON else (bucket.object_arn(key), bucket.arn)
