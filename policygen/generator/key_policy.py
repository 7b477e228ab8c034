"""What the key policy of a KMS key says in one Region, where ``"Resource": "*"`` means this key.

Fact: K2, K10, K10a, M4
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policygen.aws.arns import root_arn
from policygen.generator.batch import job_key_uses
from policygen.generator.key_uses import KeyUse, bucket_user_uses, in_key_policy, replication_uses
from policygen.generator.statements import Json, allow, by_statement, policy, sid, source_condition
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key, Spec

_ADMINISTRATION = (
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
)
_ADMINISTRATION_OF_MULTI_REGION = ("kms:ReplicateKey", "kms:UpdatePrimaryRegion")
_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_GRANTS = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")


def key_policy(spec: Spec, key: Key, region: str) -> Json:
    """Return a key policy: each Region's key has one of its own (M4)."""
    uses = (use for use in _uses(spec) if use.key == key and use.region == region)
    statements = (*_people(key, region), *(use.statement(in_key_policy=True) for use in uses))
    return policy(statements, more=key.statements)


def _people(key: Key, region: str) -> Iterator[Json]:
    """Yield the statements for the account, for the key's administrators and for its users."""
    grantees = key.grantees_in(region)
    if key.enable_iam_policies:
        yield allow("EnableIAMUserPermissions", "kms:*", "*", [root_arn(key.partition, key.account)])
    if grantees.administrators:
        more = _ADMINISTRATION_OF_MULTI_REGION if key.type is KeyType.MULTI_REGION else ()
        yield allow("AllowAccessForKeyAdministrators", _ADMINISTRATION + more, "*", grantees.administrators)
    for each, principals, by in by_statement(grantees.users):
        yield allow(f"AllowUseOfTheKey{by}", _USE, "*", principals, source_condition(each))
        if not each.is_service:
            for_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
            yield allow("AllowAttachmentOfPersistentResources", _GRANTS, "*", principals, for_services)


def _uses(spec: Spec) -> Iterator[KeyUse]:
    """Yield every use of a key that its key policy must allow."""
    for replication in spec.replication:
        for use in replication_uses(replication):
            if in_key_policy(use, replication):
                yield replace(use, sid=sid("Allow", replication.name, use.sid))
        for use in job_key_uses(replication.batch) if replication.batch else ():
            if in_key_policy(use, replication):
                yield replace(use, sid=sid("Allow", replication.name, "Job", use.sid))
    yield from bucket_user_uses(spec)
