"""What the guards of a bucket must keep out, as statements: transport, organization, VPC endpoints, encryption.

Fact: S2, S3, S4, S7, S30, S31, S32, S33, R16, R17
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policygen.spec.kinds import Enforce
from policygen.spec.model import Bucket, Spec
from policygen.verification.requests.context import ENDPOINT, ORGANIZATION, SSE, SSE_KEY, TLS, TLS_VERSION, key_arn_of

Written = dict[str, Any]


def guards_of(spec: Spec, bucket: Bucket) -> Iterator[Written]:
    """Yield a Deny for each guard of a bucket: what of it is not denied is let in against the spec.

    A service is no caller of an organization or an endpoint: what it may, the Allows alone say.
    """
    people: Written = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    if bucket.tls_only:
        yield _deny(bucket, "DenyInsecureTransport", {"Bool": {TLS: "false"}})
    if bucket.minimum_tls_version is not None:
        yield _deny(bucket, "DenyOldTlsVersions", {"NumericLessThan": {TLS_VERSION: bucket.minimum_tls_version}})
    if bucket.guards.organization and spec.organization is not None:
        outside: Written = {"StringNotEquals": {ORGANIZATION: spec.organization.id}}
        spared = _spared(bucket.guards.exempt)
        yield _deny(bucket, "DenyOutsideOrganization", outside | people | spared)
    if bucket.guards.vpc_endpoints:
        outside = {"StringNotEquals": {ENDPOINT: list(bucket.guards.vpc_endpoints)}}
        spared = _spared([*_who_come_another_way(spec, bucket), *bucket.guards.exempt])
        yield _deny(bucket, "DenyOutsideVpcEndpoints", outside | people | spared)
    for name, condition in _of_uploads(bucket):
        yield _deny(bucket, name, condition, "s3:PutObject", [bucket.object_arn("*")])


def _deny(
    bucket: Bucket, sid: str, condition: Mapping[str, Any], action: str = "s3:*", resources: Sequence[str] = ()
) -> Written:
    where = list(resources) or [bucket.arn, bucket.object_arn("*")]
    head = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": where}
    return head | {"Condition": dict(condition)}


def _spared(principals: Sequence[str]) -> dict[str, Any]:
    return {"ArnNotEquals": {"aws:PrincipalArn": list(principals)}} if principals else {}


def _who_come_another_way(spec: Spec, bucket: Bucket) -> Iterator[str]:
    """Yield the roles with which S3 works on a bucket, and who puts the replication configuration of a source."""
    for replication in spec.replication:
        if bucket in (replication.source, *(rule.destination for rule in replication.applied_rules)):
            yield replication.role.arn
        batch = replication.batch
        if batch is not None and bucket in (replication.source, batch.manifest_bucket, batch.report_bucket):
            yield batch.role.arn
        if bucket == replication.source and spec.deployer is not None:
            yield spec.deployer


def _of_uploads(bucket: Bucket) -> Iterator[tuple[str, Written]]:
    """Yield the uploads that are under another encryption than the bucket's."""
    encryption, key = bucket.encryption, key_arn_of(bucket)
    other_type: Written = {"StringNotEquals": {SSE: encryption.sse.value}}
    other_key: Written = {"ArnNotEquals": {SSE_KEY: key}}
    if encryption.enforce in (Enforce.HEADER_REQUIRED, Enforce.KEY_REQUIRED):
        yield "DenyUnEncryptedObjectUploads", other_type
    if encryption.enforce is Enforce.KEY_REQUIRED and key is not None:
        yield "DenyOtherEncryptionKeys", other_key
    if encryption.enforce is Enforce.HEADER_OPTIONAL:
        yield "DenyOtherEncryptionTypes", other_type | {"Null": {SSE: "false"}}
        if key is not None:
            yield "DenyOtherEncryptionKeys", other_key | {"Null": {SSE_KEY: "false"}}
            yield "DenyEncryptionWithoutKey", {"StringEquals": {SSE: encryption.sse.value}, "Null": {SSE_KEY: "true"}}
