"""Guards: Deny statements that keep strangers out of a bucket, and spare those who come another way by design.

S3's replication and batch jobs never come through a VPC endpoint of the user's, so the endpoint guard spares their
roles by aws:PrincipalArn; a carve-out by aws:PrincipalIsAWSService would not (R17).

Fact: S32, S33, R16, R17
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policygen.spec.model import Bucket, Replication, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A Deny of everything on the bucket, unless ``key`` has one of ``values`` or the caller is exempt."""

    sid: str
    key: str
    values: tuple[str, ...]
    exempt: tuple[str, ...]


def plan_guards(spec: Spec, bucket: Bucket) -> tuple[Guard, ...]:
    """Return the guards of a bucket."""
    return tuple(_guards(spec, bucket))


def _guards(spec: Spec, bucket: Bucket) -> Iterator[Guard]:
    guards = bucket.guards
    if guards.organization and spec.organization is not None:
        yield Guard(
            sid="DenyOutsideOrganization",
            key="aws:PrincipalOrgID",
            values=(spec.organization.id,),
            exempt=guards.exempt,
        )
    if guards.vpc_endpoints:
        yield Guard(
            sid="DenyOutsideVpcEndpoints",
            key="aws:SourceVpce",
            values=guards.vpc_endpoints,
            exempt=tuple(dict.fromkeys((*_service_roles(spec, bucket), *_deployers(spec, bucket), *guards.exempt))),
        )


def _service_roles(spec: Spec, bucket: Bucket) -> Iterator[str]:
    """The roles with which S3 itself works on the bucket."""
    for replication in spec.replication:
        if bucket == replication.source or any(bucket == rule.destination for rule in replication.enabled_rules):
            yield replication.role.arn
        if replication.batch is not None and bucket in _buckets_of_job(replication):
            yield replication.batch.role.arn


def _buckets_of_job(replication: Replication) -> tuple[Bucket, ...]:
    batch = replication.batch
    return (replication.source, batch.manifest_bucket, batch.report_bucket) if batch is not None else ()


def _deployers(spec: Spec, bucket: Bucket) -> Iterator[str]:
    """Whoever calls PutBucketReplication on the bucket (F22)."""
    if spec.deployer is not None and any(each.source == bucket for each in spec.replication):
        yield spec.deployer
