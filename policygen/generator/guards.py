"""Guards: Deny statements that keep strangers out of a bucket, and spare those who come another way by design.

S3's replication and batch jobs never come through a VPC endpoint of the user's, so the endpoint guard spares their
roles by aws:PrincipalArn; a carve-out by aws:PrincipalIsAWSService would not (R17).

Fact: S32, S33, R16, R17
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policygen.generator.statements import Json, deny, one_or_list
from policygen.spec.model import Bucket, Spec


def guard_statements(spec: Spec, bucket: Bucket) -> Iterator[Json]:
    """Yield the guards of a bucket."""
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
    condition: Json = {"StringNotEquals": {key: one_or_list(values)}}
    if exempt:
        condition["ArnNotEquals"] = {"aws:PrincipalArn": one_or_list(exempt)}
    return deny(name, "s3:*", (bucket.arn, bucket.object_arn("*")), condition)


def _service_roles(spec: Spec, bucket: Bucket) -> Iterator[str]:
    """The roles with which S3 itself works on the bucket."""
    for replication in spec.replication:
        if bucket in (replication.source, *(rule.destination for rule in replication.enabled_rules)):
            yield replication.role.arn
        batch = replication.batch
        if batch is not None and bucket in (replication.source, batch.manifest_bucket, batch.report_bucket):
            yield batch.role.arn
