"""The environments that a spec's requests are judged in: its documents', the reference's, and its own entities alone.

Principals and resources of no spec stand in the first two (see ``requests.others``). Across accounts both must allow
(E36): what is asked of one account's documents needs that the other gives its part, which they do.

Fact: E36, E37, R45, R46, F2, F3
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from policygen.aws.arns import root_arn, via_service
from policygen.document import Effect, PolicyDocument
from policygen.evaluation import (
    AccountPolicies,
    Environment,
    MatchedStatement,
    PrincipalPolicies,
    ResourcePolicies,
)
from policygen.request import Request
from policygen.spec.kinds import BucketKey, ContextMode, KeyType, SourceObjects, Sse
from policygen.spec.model import Bucket, Key, Replication, Spec
from policygen.spec.paths import DocumentKind, bucket_path, role_path
from policygen.verification.documents import Documents
from policygen.verification.requests.others import (
    ADMINISTRATION,
    assumed_roles,
    exempt_insiders,
    grantees,
    may_everything,
    other_bucket_arn,
    other_key_arn,
)
from policygen.verification.statements import Written, statements_of

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
        accounts={
            account: AccountPolicies(service_control=each.service_control, resource_control=each.resource_control)
            for account, each in (organization.accounts if organization else ())
        },
    )


def generated_environment(spec: Spec, documents: Documents) -> Environment:
    """Return the spec's roles, buckets and keys alone with the documents, nothing that stands for others."""
    whole = environment_of(spec, documents)
    roles = {role.arn for role in assumed_roles(spec)}
    held = {bucket.arn for bucket in spec.buckets} | {key.arn(region) for key in spec.keys for region in key.regions}
    return replace(
        whole,
        principals={name: each for name, each in whole.principals.items() if name in roles},
        resources={name: each for name, each in whole.resources.items() if name in held},
    )


def _principals(spec: Spec, documents: Documents) -> dict[str, PrincipalPolicies]:
    found = dict.fromkeys(may_everything(spec), EVERYTHING)
    for bucket in spec.buckets:
        for principal in exempt_insiders(spec, bucket):
            own = [each.arn for each in spec.buckets if principal in exempt_insiders(spec, each)]
            # what its account gives it: one harmless action, which nothing else asks about
            given = allowing(Action=ADMINISTRATION, Resource=own)
            found.setdefault(principal, PrincipalPolicies(identity_based=(given,)))
    for role in assumed_roles(spec):
        found[role.arn] = PrincipalPolicies(
            identity_based=documents.identity_policies(role),
            permissions_boundary=documents.policies.get(role_path(role, DocumentKind.PERMISSIONS_BOUNDARY)),
            trust_policy=documents.policies.get(role_path(role, DocumentKind.TRUST_POLICY)),
        )
    for _, principal in grantees(spec):
        found.setdefault(principal, PrincipalPolicies())  # its own account is the resource's: the grant is enough
    return found


def _resources(spec: Spec, documents: Documents) -> dict[str, ResourcePolicies]:
    found: dict[str, ResourcePolicies] = {}
    for bucket in spec.buckets:
        found[bucket.arn] = _bucket(bucket, documents)
        found[other_bucket_arn(bucket)] = ResourcePolicies(account=bucket.account, region=bucket.region)
    for key in spec.keys:
        for region in key.regions:
            found[key.arn(region)] = _key(key, region, documents)
            # the key policy that KMS gives a key by default lets IAM policies of the account decide (K10)
            root = {"AWS": root_arn(spec.partition, key.account)}
            delegating = allowing(Sid="EnableIAMUserPermissions", Principal=root, Action="kms:*")
            other = ResourcePolicies(account=key.account, resource_based=(delegating,))
            found[other_key_arn(key.arn(region))] = other
    return found


def _bucket(bucket: Bucket, documents: Documents) -> ResourcePolicies:
    policy = documents.policies.get(bucket_path(bucket))
    encryption = bucket.encryption
    key = encryption.key.arn(bucket.region) if encryption.key else None
    return ResourcePolicies(
        account=bucket.account,
        region=bucket.region,
        resource_based=(policy,) if policy else (),
        block_public_access=dict.fromkeys(_BLOCKS, True) if bucket.block_public_access else {},
        abac=bucket.abac,
        default_encryption=(encryption.sse.value, None if encryption.sse is Sse.SSE_S3 else key),
    )


def _key(key: Key, region: str, documents: Documents) -> ResourcePolicies:
    policies: tuple[PolicyDocument | dict[str, Any], ...] = documents.key_policies(key, region)
    if key.type is KeyType.AWS_MANAGED:
        policies = (_aws_managed_key_policy(key, region),)
    multi_region = None
    if key.type is KeyType.MULTI_REGION:
        multi_region = "primary" if region == key.region else "replica"
    return ResourcePolicies(
        account=key.account,
        region=region,
        resource_based=policies,
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


_FITS = {ContextMode.OBJECT: {BucketKey.OFF}, ContextMode.BUCKET: {BucketKey.ON}}
"""The Bucket Key settings of both sides under which S3 sends one encryption context alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Reference documents, and the environment that they make."""

    documents: Documents
    environment: Environment

    def statements(self, path: str) -> list[Written]:
        """Return the statements of one document; none where the spec generates none."""
        return statements_of(self.documents.policies.get(path))

    def statement(self, matched: MatchedStatement) -> Written:
        """Return a statement that matched a request."""
        return self.statements(matched.policy)[matched.index]

    def matched(self, request: Request, effect: Effect) -> list[MatchedStatement]:
        """Return its statements with an effect that match a request."""
        found = self.environment.authorize(request).matched_statements
        return [each for each in found if each.effect is effect and each.policy in self.documents.policies]


def reference_spec(spec: Spec) -> Spec | None:
    """Return the spec with both encryption contexts wherever the one that it asks for does not fit the buckets.

    None when it fits everywhere: then what the spec generates is the reference.
    """
    wanted = tuple(
        each if _fits(each) else replace(each, encryption_context=ContextMode.BOTH) for each in spec.replication
    )
    return None if wanted == spec.replication else replace(spec, replication=wanted)


def _fits(replication: Replication) -> bool:
    alone = _FITS.get(replication.encryption_context)
    if alone is None or SourceObjects.SSE_KMS not in replication.source_objects:
        return True
    buckets = (replication.source, *(rule.destination for rule in replication.applied_rules))
    return {bucket.encryption.bucket_key for bucket in buckets} == alone
