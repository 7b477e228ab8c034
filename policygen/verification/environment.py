"""The environment that a spec and its documents make, with the principals and resources of no spec (see ``others``)."""

from __future__ import annotations

from typing import Any

from policygen.aws.arns import parse_arn, root_arn, via_service
from policygen.document import PolicyDocument
from policygen.evaluation import Environment, PrincipalPolicies, ResourcePolicies
from policygen.spec.kinds import KeyType, Sse
from policygen.spec.model import Bucket, Key, Spec
from policygen.verification.documents import Documents
from policygen.verification.requests.others import (
    ADMINISTRATION,
    assumed_roles,
    exempt_insiders,
    insider_arn,
    other_bucket_arn,
    other_key_arn,
    stranger_arn,
)

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def allowing(**elements: Any) -> dict[str, Any]:
    """Return a policy with one Allow, for everything that ``elements`` do not limit."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}
    return {"Version": "2012-10-17", "Statement": [statement]}


EVERYTHING = PrincipalPolicies(identity_based=(allowing(),))
"""The most that identity-based policies can allow."""


def environment_of(spec: Spec, documents: Documents) -> Environment:
    """Return the environment: the spec's roles, buckets and keys with the documents as their policies.

    Principals of the spec that stand in another account than the resource that names them (readers, writers, users)
    have what their own account would have to give them.
    """
    organization = spec.organization
    return Environment(
        principals=_principals(spec, documents),
        resources=_resources(spec, documents),
        service_control=organization.service_control if organization else (),
        resource_control=organization.resource_control if organization else (),
    )


def _principals(spec: Spec, documents: Documents) -> dict[str, PrincipalPolicies]:
    found: dict[str, PrincipalPolicies] = {stranger_arn(spec): EVERYTHING}
    for _, account in spec.accounts:
        found[insider_arn(spec.partition, account)] = EVERYTHING
    for account, principal in _grantees(spec):
        arn = parse_arn(principal)
        if arn is not None and arn.account != account:
            found[principal] = EVERYTHING
    for bucket in spec.buckets:
        for principal in exempt_insiders(spec, bucket):
            own = [each.arn for each in spec.buckets if principal in exempt_insiders(spec, each)]
            # what its account gives it: one harmless action, which nothing else asks about
            given = allowing(Action=ADMINISTRATION, Resource=own)
            found.setdefault(principal, PrincipalPolicies(identity_based=(given,)))
    for role in assumed_roles(spec):
        found[role.arn] = PrincipalPolicies(
            identity_based=documents.identity_policies(role),
            permissions_boundary=documents.boundary(role),
            trust_policy=documents.trust_policy(role),
        )
    for _, principal in _grantees(spec):
        found.setdefault(principal, PrincipalPolicies())  # its own account is the resource's: the grant is enough
    return found


def _grantees(spec: Spec) -> list[tuple[str, str]]:
    """Return (account of the resource, principal ARN) of everybody whom a bucket or key of the spec names."""
    found = [(bucket.account, each.principal) for bucket in spec.buckets for each in (*bucket.readers, *bucket.writers)]
    for key in spec.keys:
        for _, grantees in key.grantees:
            found.extend((key.account, principal) for principal in (*grantees.administrators, *grantees.users))
    return found


def _resources(spec: Spec, documents: Documents) -> dict[str, ResourcePolicies]:
    found: dict[str, ResourcePolicies] = {}
    for bucket in spec.buckets:
        found[bucket.arn] = _bucket(bucket, documents)
        found[other_bucket_arn(bucket)] = ResourcePolicies(account=bucket.account, region=bucket.region)
    for key in spec.keys:
        for region in key.regions:
            found[key.arn(region)] = _key(key, region, documents)
            other, delegating = other_key_arn(key.arn(region)), _delegating_key_policy(spec.partition, key.account)
            found[other] = ResourcePolicies(account=key.account, resource_based=(delegating,))
    return found


def _delegating_key_policy(partition: str, account: str) -> dict[str, Any]:
    """Return the key policy that KMS gives a key by default: it lets IAM policies of the account decide (K10)."""
    root = {"AWS": root_arn(partition, account)}
    return allowing(Sid="EnableIAMUserPermissions", Principal=root, Action="kms:*")


def _bucket(bucket: Bucket, documents: Documents) -> ResourcePolicies:
    policy = documents.bucket_policy(bucket)
    encryption = bucket.encryption
    key = encryption.key.arn(bucket.region) if encryption.key else None
    return ResourcePolicies(
        account=bucket.account,
        region=bucket.region,
        resource_based=(policy,) if policy else (),
        block_public_access=dict.fromkeys(_BLOCKS, True) if bucket.block_public_access else {},
        default_encryption=(encryption.sse.value, None if encryption.sse is Sse.SSE_S3 else key),
    )


def _key(key: Key, region: str, documents: Documents) -> ResourcePolicies:
    policy: PolicyDocument | dict[str, Any] | None = documents.key_policy(key, region)
    if key.type is KeyType.AWS_MANAGED:
        policy = _aws_managed_key_policy(key, region)
    multi_region = None
    if key.type is KeyType.MULTI_REGION:
        multi_region = "primary" if region == key.region else "replica"
    return ResourcePolicies(
        account=key.account,
        region=region,
        resource_based=(policy,) if policy else (),
        aliases=(key.alias,) if key.alias else (),
        multi_region=multi_region,
    )


def _aws_managed_key_policy(key: Key, region: str) -> dict[str, Any]:
    """Return the key policy of the AWS managed key of S3: its account alone, through S3 alone.

    Fact: K26
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    equal = {"kms:CallerAccount": key.account, "kms:ViaService": via_service("s3", region)}
    return allowing(Principal={"AWS": "*"}, Action=actions, Condition={"StringEquals": equal})
