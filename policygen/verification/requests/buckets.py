"""What people must and must not be able to do with a bucket: transport, encryption headers, readers, writers, guards.

The bucket owner's root user stands for everybody whom nothing else limits: it has access to the buckets of its
account by default (E1), so only the bucket policy's Denies keep it from an upload without TLS or encryption header.
An insider, a role of the bucket's account to which its account allows everything, stands for all whom only a guard can
stop. Replication and batch jobs are asked elsewhere: their requests come through no VPC endpoint.

Fact: E1, S1, S2, S3, S4, S7, S8, S10, S13, S20, S30, S31, S32, S33, R17, R45, R47, F18
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import parse_arn, root_arn
from policygen.spec.kinds import Enforce, Sse
from policygen.spec.model import Bucket, Grantee, Spec
from policygen.verification.requests.context import (
    ENDPOINT,
    ORGANIZATION,
    SSE,
    SSE_C,
    SSE_KEY,
    base_context,
    encryption_contexts,
    key_arn_of,
    kms_context,
    source_context,
    upload_headers,
    wanted_context,
)
from policygen.verification.requests.denied import (
    other_actions,
    other_bucket,
    other_kms_context,
    other_prefixes,
    other_principals,
    other_sources,
    other_transport,
)
from policygen.verification.requests.model import DerivedRequest, Purpose, derived, named, short, without_service
from policygen.verification.requests.others import ADMINISTRATION, EXAMPLE, exempt_insiders, insider_arn, other_key_arn

_NOT_FOR_READERS = ("s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy")
_NOT_FOR_WRITERS = ("s3:GetObject", "s3:DeleteObject", "s3:PutBucketPolicy")


def bucket_requests(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Yield every request of one bucket, replication aside."""
    yield from _transport(spec, bucket)
    if bucket.encryption.enforce is not Enforce.NONE:
        yield from _enforcement(spec, bucket)
    for number, reader in enumerate(bucket.readers, 1):
        name = f"{bucket.entry}/reader-{number}"
        yield from _reader(_Grantee(spec=spec, bucket=bucket, grantee=reader, purpose=Purpose.READER, name=name))
    for number, writer in enumerate(bucket.writers, 1):
        name = f"{bucket.entry}/writer-{number}"
        yield from _writer(_Grantee(spec=spec, bucket=bucket, grantee=writer, purpose=Purpose.WRITER, name=name))


def _owner(bucket: Bucket, name: str, action: str, key: str, context: dict[str, Any], what: str) -> DerivedRequest:
    return derived(
        Purpose.OWNER,
        id=f"{bucket.entry}/{name}",
        title=f"{what} ({action} on {bucket.name})",
        principal=root_arn(bucket.partition, bucket.account),
        action=action,
        resource=bucket.object_arn(key) if key else bucket.arn,
        account=bucket.account,
        context=context,
    )


def _transport(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    """TLS, on the bucket and on its objects (S30), and its version (S31)."""
    if not bucket.tls_only and bucket.minimum_tls_version is None:
        return
    for name, action, key in (("list", "s3:ListBucket", ""), ("get", "s3:GetObject", EXAMPLE)):
        asked = _owner(bucket, f"tls-{name}", action, key, wanted_context(spec, bucket), "over TLS")
        yield asked
        yield from other_transport(asked, bucket)


def _enforcement(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    enforce, key = bucket.encryption.enforce, key_arn_of(bucket)
    context = wanted_context(spec, bucket, tls_version=False)
    item = ("s3:PutObject", EXAMPLE)
    upload = _owner(bucket, "upload", *item, context | upload_headers(bucket), "an upload as the policy wants it")
    yield upload
    if enforce is Enforce.HEADER_OPTIONAL:
        yield _owner(bucket, "upload-no-header", *item, context, "an upload that leaves encryption to the bucket")
    yield from _other_headers(bucket, upload)
    if key is not None and enforce in (Enforce.KEY_REQUIRED, Enforce.HEADER_OPTIONAL):
        wrong = f"Condition/{SSE_KEY}"
        yield upload.refused("other-key", "under another key", wrong, context={SSE_KEY: other_key_arn(key)})
        yield upload.refused("no-key", "without naming the key, so under aws/s3", wrong, context={SSE_KEY: None})


def _other_headers(bucket: Bucket, upload: DerivedRequest) -> Iterator[DerivedRequest]:
    wrong = f"Condition/{SSE}"
    if bucket.encryption.enforce is not Enforce.HEADER_OPTIONAL:
        nothing = {SSE: None, SSE_KEY: None}
        yield upload.refused("no-header", "without an encryption header", wrong, context=nothing)
        yield upload.refused("sse-c", "with a customer-provided key", wrong, context=nothing | {SSE_C: "AES256"})
    for other in Sse:
        if other is not bucket.encryption.sse:
            changes = {SSE: other.value} | ({SSE_KEY: None} if other is Sse.SSE_S3 else {})
            what = f"with the header `{other.value}`"
            yield upload.refused(f"header-{other.value.replace(':', '-')}", what, wrong, context=changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grantee:
    """A reader or writer of a bucket, what it is there for, and the beginning of the ids of its requests."""

    spec: Spec
    bucket: Bucket
    grantee: Grantee
    purpose: Purpose
    name: str

    @property
    def prefix(self) -> str:
        """The prefix that it is limited to."""
        return self.grantee.prefix

    @property
    def object_key(self) -> str:
        """The key of an object that it is given."""
        return f"{self.prefix}{EXAMPLE}"

    @property
    def context(self) -> dict[str, Any]:
        """What its requests to the bucket carry, encryption headers aside."""
        service = self.grantee.is_service
        return source_context(self.grantee) if service else wanted_context(self.spec, self.bucket)

    def asks(self, action: str, resource: str, context: dict[str, Any], **more: Any) -> DerivedRequest:
        """Return a request that it must be allowed."""
        return derived(
            self.purpose,
            id=f"{self.name}/{more.pop('name', without_service(action))}",
            title=f"{self.purpose.value}: {short(self.grantee.principal)} {action} on {named(resource)}",
            principal=self.grantee.principal,
            action=action,
            resource=resource,
            account=more.pop("account", self.bucket.account),
            context=context,
            **more,
        )


def _reader(reader: _Grantee) -> Iterator[DerivedRequest]:
    bucket, wanted = reader.bucket, reader.context
    read = reader.asks("s3:GetObject", bucket.object_arn(reader.object_key), wanted)
    prefix = {"s3:prefix": reader.prefix} if reader.prefix else {}
    listing = reader.asks("s3:ListBucket", bucket.arn, wanted | prefix)
    yield read
    yield listing
    yield from _denied_of_objects(reader, read)
    yield from other_sources(listing, reader.grantee)
    if not reader.grantee.is_service:
        yield from other_transport(listing, bucket)
    if reader.prefix:
        wrong, other = "Condition/s3:prefix", {"s3:prefix": "policygen-outside/"}
        yield listing.refused("other-prefix", "listing elsewhere", wrong, context=other)
        yield listing.refused("no-prefix", "listing everything", wrong, context={"s3:prefix": None})
    yield from other_actions(read, _NOT_FOR_READERS, PutBucketPolicy=bucket.arn)
    yield from _use_key(reader, ("kms:Decrypt",))


def _writer(writer: _Grantee) -> Iterator[DerivedRequest]:
    bucket, wanted = writer.bucket, writer.context
    write = writer.asks("s3:PutObject", bucket.object_arn(writer.object_key), wanted | upload_headers(bucket))
    yield write
    yield from _denied_of_objects(writer, write)
    yield from other_actions(write, _NOT_FOR_WRITERS, PutBucketPolicy=bucket.arn)
    yield from _use_key(writer, ("kms:GenerateDataKey", "kms:Decrypt"))


def _denied_of_objects(grantee: _Grantee, asked: DerivedRequest) -> Iterator[DerivedRequest]:
    bucket = grantee.bucket
    yield from other_prefixes(asked, bucket, (grantee.prefix,))
    yield other_bucket(asked, bucket)
    yield from other_principals(grantee.spec, asked)
    if grantee.grantee.is_service:
        yield from other_sources(asked, grantee.grantee)
    else:
        yield from other_transport(asked, bucket)


def _use_key(grantee: _Grantee, actions: tuple[str, ...]) -> Iterator[DerivedRequest]:
    """Reading and writing objects under a customer managed key needs the key too."""
    spec, bucket = grantee.spec, grantee.bucket
    key, arn = bucket.encryption.customer_key, key_arn_of(bucket)
    if key is None or arn is None:
        return
    for action in actions if grantee.grantee.is_service else ():
        context = source_context(grantee.grantee)
        asked = grantee.asks(action, arn, context, account=key.account, facts=("K14",))
        yield asked
        yield from other_sources(asked, grantee.grantee)
        yield from other_principals(spec, asked)
    for action in () if grantee.grantee.is_service else actions:
        for each in encryption_contexts(bucket, grantee.object_key):
            context = base_context(spec) | kms_context(bucket, each)
            name = without_service(action) + ("-bucket-key" if each == bucket.arn else "")
            asked = grantee.asks(action, arn, context, name=name, account=key.account, facts=("K14", "R45"))
            yield asked
            yield from other_kms_context(asked, bucket, (grantee.prefix,))
            yield from other_principals(spec, asked)


_OTHER_ENDPOINT = "vpce-0policygenother0"
_OTHER_ORGANIZATION = "o-policygenother"


def guard_requests(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Yield every request of one bucket's guards."""
    guards = bucket.guards
    if not guards.organization and not guards.vpc_endpoints:
        return
    for name, action, resource in (
        ("bucket", "s3:ListBucket", bucket.arn),
        ("object", "s3:GetObject", bucket.object_arn(EXAMPLE)),
    ):
        for number, endpoint in enumerate(guards.vpc_endpoints or (None,), 1):
            context = wanted_context(spec, bucket) | ({ENDPOINT: endpoint} if endpoint else {})
            yield from _insider(bucket, f"{name}-{number}", action, resource, context)
    for number, principal in enumerate(exempt_insiders(spec, bucket), 1):
        yield _exempt(spec, bucket, principal, f"exempt-{number}", ADMINISTRATION, bucket.arn)
    yield from _exempt_of_other_accounts(spec, bucket)


def _of_guard(bucket: Bucket, purpose: Purpose, name: str, **more: Any) -> DerivedRequest:
    return derived(purpose, id=f"{bucket.entry}/guard/{name}", account=bucket.account, facts=("S32", "S33"), **more)


def _insider(
    bucket: Bucket, name: str, action: str, resource: str, context: dict[str, Any]
) -> Iterator[DerivedRequest]:
    asked = _of_guard(
        bucket,
        Purpose.GUARDED,
        name,
        title=f"{Purpose.GUARDED.value} ({action} on {bucket.name})",
        principal=insider_arn(bucket.partition, bucket.account),
        action=action,
        resource=resource,
        context=context,
    )
    yield asked
    if bucket.guards.vpc_endpoints:
        yield from _refused(asked, ENDPOINT, _OTHER_ENDPOINT, "vpc-endpoint", "through {} VPC endpoint")
    if bucket.guards.organization:
        yield from _refused(asked, ORGANIZATION, _OTHER_ORGANIZATION, "organization", "from {} organization")


def _refused(asked: DerivedRequest, key: str, other: str, name: str, what: str) -> Iterator[DerivedRequest]:
    wrong = f"Condition/{key}"
    yield asked.refused(f"other-{name}", what.format("another"), wrong, context={key: other})
    yield asked.refused(f"no-{name}", what.format("no"), wrong, context={key: None})


def _exempt(spec: Spec, bucket: Bucket, principal: str, name: str, action: str, resource: str) -> DerivedRequest:
    """A principal that the guards spare: through no endpoint and, where `except` names it, from no organization."""
    context = wanted_context(spec, bucket, organization=principal not in bucket.guards.exempt, endpoint=False)
    return _of_guard(
        bucket,
        Purpose.EXEMPT,
        name,
        title=f"{Purpose.EXEMPT.value}: {short(principal)} ({action} on {bucket.name})",
        principal=principal,
        action=action,
        resource=resource,
        context=context | (upload_headers(bucket) if action == "s3:PutObject" else {}),
    )


def _exempt_of_other_accounts(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Exempt readers and writers of other accounts do what the bucket policy lets them."""
    asked = [(each, "s3:GetObject") for each in bucket.readers] + [(each, "s3:PutObject") for each in bucket.writers]
    for number, principal in enumerate(bucket.guards.exempt, 1):
        arn = parse_arn(principal)
        for grantee, action in asked if arn is not None and arn.account != bucket.account else ():
            if grantee.principal == principal:
                resource = bucket.object_arn(f"{grantee.prefix}{EXAMPLE}")
                yield _exempt(spec, bucket, principal, f"exempt-outsider-{number}", action, resource)
