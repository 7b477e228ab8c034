"""The environment that a spec and its documents make, with the bystanders that must be kept out.

Bystanders are principals and resources that stand in no spec. They exist so that "another principal", "another
bucket" and "another key" are refused by the documents under verification, and not because nothing is known of them.
"""

from __future__ import annotations

from typing import Any

from policygen.aws.arns import parse_arn, root_arn, via_service
from policygen.document import PolicyDocument
from policygen.evaluation import Environment, PrincipalPolicies, ResourcePolicies
from policygen.spec.kinds import KeyType, Sse
from policygen.spec.model import Bucket, Key, Role, Spec
from policygen.verification.documents import Documents

STRANGER_ACCOUNT = "999988887777"
"""An account that stands in no spec; its principals may do everything that their own account can allow."""

ADMINISTRATION = "s3:GetBucketVersioning"
"""What stands for the work of principals that guards spare."""

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""The most that an identity-based policy can allow."""

_ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def stranger_account(spec: Spec) -> str:
    """Return an account id that the spec does not use."""
    used = {account for _, account in spec.accounts}
    return next(
        account for number in range(len(used) + 1) if (account := str(int(STRANGER_ACCOUNT) - number)) not in used
    )


def stranger_arn(spec: Spec) -> str:
    """Return a user of an account outside the spec, who may do everything that an identity-based policy can allow."""
    return f"arn:{spec.partition}:iam::{stranger_account(spec)}:user/stranger"


def bystander_arn(partition: str, account: str) -> str:
    """Return a role of an account of the spec that has no policies of its own."""
    return f"arn:{partition}:iam::{account}:role/policygen-bystander"


def insider_arn(partition: str, account: str) -> str:
    """Return a role of an account of the spec to which its account allows everything."""
    return f"arn:{partition}:iam::{account}:role/policygen-insider"


def other_bucket_arn(bucket: Bucket) -> str:
    """Return a bucket of the same account that is not the spec's; its name begins with the spec bucket's."""
    return f"{bucket.arn}-other"


def other_key_arn(key: Key, region: str) -> str:
    """Return a key of the same account and Region that is not the spec's."""
    arn = parse_arn(key.arn(region))
    return str(arn).rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000" if arn else ""


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
    found: dict[str, PrincipalPolicies] = {stranger_arn(spec): PrincipalPolicies(identity_based=(EVERYTHING,))}
    for _, account in spec.accounts:
        found[insider_arn(spec.partition, account)] = PrincipalPolicies(identity_based=(EVERYTHING,))
    for account, principal in _grantees(spec):
        arn = parse_arn(principal)
        if arn is not None and arn.account != account:
            found[principal] = PrincipalPolicies(identity_based=(EVERYTHING,))
    for bucket in spec.buckets:
        for principal in exempt_insiders(spec, bucket):
            found.setdefault(principal, PrincipalPolicies(identity_based=(_administration(spec, principal),)))
    for role in roles_of(spec):
        found[role.arn] = PrincipalPolicies(
            identity_based=documents.identity_policies(role),
            permissions_boundary=documents.boundary(role),
            trust_policy=documents.trust_policy(role),
        )
    return found


def roles_of(spec: Spec) -> tuple[Role, ...]:
    """Return the roles that S3 assumes: each replication's, and its batch job's."""
    batches = (replication.batch for replication in spec.replication)
    return (*(each.role for each in spec.replication), *(batch.role for batch in batches if batch is not None))


def exempt_insiders(spec: Spec, bucket: Bucket) -> tuple[str, ...]:
    """Return the principals of a bucket's own account that its guards spare: exempt ones, and the deployer."""
    guards = bucket.guards
    if not guards.organization and not guards.vpc_endpoints:
        return ()
    sources = {replication.source.entry for replication in spec.replication}
    deployer = [spec.deployer] if spec.deployer and guards.vpc_endpoints and bucket.entry in sources else []
    listed = (parse_arn(principal) for principal in dict.fromkeys((*guards.exempt, *deployer)))
    return tuple(str(arn) for arn in listed if arn is not None and arn.account == bucket.account)


def _administration(spec: Spec, principal: str) -> dict[str, Any]:
    """What an exempt principal's own account gives it: one harmless action, which nothing else asks about."""
    own = [bucket.arn for bucket in spec.buckets if principal in exempt_insiders(spec, bucket)]
    statement = {"Effect": "Allow", "Action": ADMINISTRATION, "Resource": own}
    return {"Version": "2012-10-17", "Statement": [statement]}


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
            delegating = delegating_key_policy(spec.partition, key.account)
            found[other_key_arn(key, region)] = ResourcePolicies(account=key.account, resource_based=(delegating,))
    return found


def delegating_key_policy(partition: str, account: str) -> dict[str, Any]:
    """Return the key policy that KMS gives a key by default: it lets IAM policies of the account decide (K10)."""
    statement = {
        "Sid": "EnableIAMUserPermissions",
        "Effect": "Allow",
        "Principal": {"AWS": root_arn(partition, account)},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _bucket(bucket: Bucket, documents: Documents) -> ResourcePolicies:
    policy = documents.bucket_policy(bucket)
    encryption = bucket.encryption
    key = encryption.key.arn(bucket.region) if encryption.key else None
    return ResourcePolicies(
        account=bucket.account,
        region=bucket.region,
        resource_based=(policy,) if policy else (),
        block_public_access=_ALL_BLOCKED if bucket.block_public_access else {},
        default_encryption=(encryption.sse.value, None if encryption.sse is Sse.SSE_S3 else key),
    )


def _key(key: Key, region: str, documents: Documents) -> ResourcePolicies:
    policy: PolicyDocument | dict[str, Any] | None = documents.key_policy(key, region)
    if key.type is KeyType.AWS_MANAGED:
        policy = aws_managed_key_policy(key, region)
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


def aws_managed_key_policy(key: Key, region: str) -> dict[str, Any]:
    """Return the key policy of the AWS managed key of S3: its account alone, through S3 alone.

    Fact: K26
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:CallerAccount": key.account, "kms:ViaService": via_service("s3", region)},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
