"""What a bucket policy says.

Fact: S2, S3, S4, S7, S30, S31, R20, R26, R31, R37
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from policygen.generator.batch import statements_on_objects
from policygen.generator.key_uses import rules_to
from policygen.generator.replication_role import replicating
from policygen.generator.statements import Json, allow, by_statement, deny, one_or_list, policy, sid, source_condition
from policygen.spec.kinds import Enforce
from policygen.spec.model import Bucket, Spec

_SSE = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def bucket_policy(spec: Spec, bucket: Bucket) -> Json:
    """Return a bucket's policy; it has no statement where the spec asks for none."""
    statements = (
        *_transport(bucket),
        *_guards(spec, bucket),
        *_uploads(bucket),
        *_grantees(bucket),
        *_replication_roles(spec, bucket),
        *_job_roles(spec, bucket),
    )
    return policy(statements, bucket.policy_id, bucket.statements)


def _transport(bucket: Bucket) -> Iterator[Json]:
    everything = (bucket.arn, bucket.object_arn("*"))
    if bucket.tls_only:
        yield deny("DenyInsecureTransport", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}})
    if bucket.minimum_tls_version is not None:
        older = {"NumericLessThan": {"s3:TlsVersion": bucket.minimum_tls_version}}
        yield deny("DenyOldTlsVersions", "s3:*", everything, older)


def _guards(spec: Spec, bucket: Bucket) -> Iterator[Json]:
    """Yield the Deny statements that keep strangers out, and spare those who come another way by design.

    S3's replication and batch jobs never come through a VPC endpoint of the user's, so the endpoint guard spares their
    roles by aws:PrincipalArn; a carve-out by aws:PrincipalIsAWSService would not (R17).

    Fact: S32, S33, R16, R17
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
    """
    guards = bucket.guards
    if guards.organization and spec.organization is not None:
        yield _guard(bucket, "DenyOutsideOrganization", "aws:PrincipalOrgID", [spec.organization.id], guards.exempt)
    if guards.vpc_endpoints:
        # whoever calls PutBucketReplication on the bucket (F22)
        replicated = any(each.source == bucket for each in spec.replication)
        deployers = [spec.deployer] if spec.deployer is not None and replicated else []
        spared = list(dict.fromkeys((*_service_roles(spec, bucket), *deployers, *guards.exempt)))
        yield _guard(bucket, "DenyOutsideVpcEndpoints", "aws:SourceVpce", guards.vpc_endpoints, spared)


def _guard(bucket: Bucket, name: str, key: str, values: Sequence[str], exempt: Sequence[str]) -> Json:
    """Return a Deny of everything on the bucket, unless ``key`` has one of ``values`` or the caller is exempt."""
    different: Json = {key: one_or_list(values)}
    condition: Json = {"StringNotEquals": different}
    # a service comes from no organization and through no endpoint; the Allow says for whom it may act
    services = dict.fromkeys(each.principal for each in (*bucket.readers, *bucket.writers) if each.is_service)
    if services:
        different["aws:PrincipalServiceName"] = one_or_list(list(services))
    if exempt:
        condition["ArnNotEquals"] = {"aws:PrincipalArn": one_or_list(exempt)}
    return deny(name, "s3:*", (bucket.arn, bucket.object_arn("*")), condition)


def _service_roles(spec: Spec, bucket: Bucket) -> Iterator[str]:
    """The roles with which S3 itself works on the bucket."""
    for replication in spec.replication:
        if bucket in (replication.source, *(rule.destination for rule in replication.applied_rules)):
            yield replication.role.arn
        batch = replication.batch
        if batch is not None and bucket in (replication.source, batch.manifest_bucket, batch.report_bucket):
            yield batch.role.arn


def _uploads(bucket: Bucket) -> Iterator[Json]:
    """Yield what keeps out uploads under another encryption than the bucket's."""
    encryption = bucket.encryption
    sse, enforce = encryption.sse.value, encryption.enforce
    key = encryption.key.arn(bucket.region) if encryption.key else None

    def deny_upload(name: str, condition: dict[str, Any]) -> Json:
        return deny(name, "s3:PutObject", bucket.object_arn("*"), condition)

    if enforce in (Enforce.HEADER_REQUIRED, Enforce.KEY_REQUIRED):
        yield deny_upload("DenyUnEncryptedObjectUploads", {"StringNotEquals": {_SSE: sse}})
    if enforce is Enforce.KEY_REQUIRED and key is not None:
        yield deny_upload("DenyOtherEncryptionKeys", {"ArnNotEqualsIfExists": {_KEY: key}})
    if enforce is Enforce.HEADER_OPTIONAL:
        other_type = {"Null": {_SSE: "false"}, "StringNotEquals": {_SSE: sse}}
        yield deny_upload("DenyOtherEncryptionTypes", other_type)
        yield deny_upload("DenyOtherEncryptionKeys", {"Null": {_KEY: "false"}, "ArnNotEquals": {_KEY: key}})
        yield deny_upload("DenyEncryptionWithoutKey", {"StringEquals": {_SSE: sse}, "Null": {_KEY: "true"}})


def _grantees(bucket: Bucket) -> Iterator[Json]:
    for each, principals, by in by_statement(bucket.readers):
        tail = _tail(each.prefix, by)
        source, below = source_condition(each), bucket.object_arn(f"{each.prefix}*")
        listed = {"StringLike": {"s3:prefix": f"{each.prefix}*"}} if each.prefix else {}
        yield allow(f"AllowRead{tail}", "s3:GetObject", below, principals, source)
        yield allow(f"AllowList{tail}", "s3:ListBucket", bucket.arn, principals, listed | source)
    for each, principals, by in by_statement(bucket.writers):
        below, tail = bucket.object_arn(f"{each.prefix}*"), _tail(each.prefix, by)
        yield allow(f"AllowWrite{tail}", "s3:PutObject", below, principals, source_condition(each))


def _tail(prefix: str, by: str) -> str:
    """Return the end of the Sids of a reader's or writer's statements."""
    return sid("Below", prefix, by) if prefix else f"Everything{by}"


def _replication_roles(spec: Spec, bucket: Bucket) -> Iterator[Json]:
    """Roles of other accounts that replicate into ``bucket``; in one account the role's own policy is enough."""
    for replication in spec.replication:
        if rules_to(replication, bucket) and replication.role.account != bucket.account:
            for more, actions, objects in replicating(replication, bucket):
                name = sid("Allow", *(more or ["Replication"]), "From", replication.source.entry)
                yield allow(name, actions, objects, [replication.role.arn])


def _job_roles(spec: Spec, bucket: Bucket) -> Iterator[Json]:
    """Roles of other accounts' batch jobs that keep manifest or report in ``bucket``."""
    for replication in spec.replication:
        batch = replication.batch
        for where, each in statements_on_objects(batch) if batch is not None else ():
            if where == bucket and batch is not None and batch.role.account != bucket.account:
                name = sid("Allow", replication.name, each["Sid"])
                yield allow(name, each["Action"], each["Resource"], [batch.role.arn])
