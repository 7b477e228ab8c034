"""What was not read, and what is taken to be so in its place: each with the call that reads it."""

from __future__ import annotations

from policygen.aws.arns import parse_arn
from policygen.inference.buckets import Buckets
from policygen.inference.given import condition, gives, statements
from policygen.inference.keys import Keys
from policygen.inference.known import Known, Part
from policygen.inference.roles import RoleFacts
from policygen.inference.rules import ReplicationFacts
from policygen.verification.statements import listed

_DATA_KEY = "kms:GenerateDataKey"
_BLOCKED = "Rules/0/BlockedEncryptionTypes/EncryptionType"


def tell_unread(each: ReplicationFacts, known: Known, buckets: Buckets, keys: Keys) -> None:
    """Note what was not read of a replication, and what is assumed of it."""
    _objects(each, known, buckets)
    _organization(each, known, buckets)
    _role(each, known, buckets)
    for arn in keys.arns():
        if known.policy(arn) is None:
            found = parse_arn(arn)
            region = found.region if found is not None else ""
            buckets.assume(
                f"no answer of get-key-policy for {arn}: assumed to be the one that KMS gives a key by default; fetch "
                f"it with `aws kms get-key-policy --region {region} --key-id {arn} --policy-name default > "
                f"{arn.rpartition('/')[2]}-{region}.json`"
            )


def _objects(each: ReplicationFacts, known: Known, buckets: Buckets) -> None:
    """Say which objects the source is taken not to hold: no answer tells of what was written once (F10, F25)."""
    for _, destination in each.rules:
        here, there = (known.setting("encryption", side.arn) for side in (each.source, destination))
        own, other = (part.at(_BLOCKED) if part is not None else None for part in (here, there))
        if other is not None and "SSE-C" in listed(other.value) and (own is None or "SSE-C" not in listed(own.value)):
            buckets.assume(f"no object of {each.source.name} is under SSE-C, which {destination.name} blocks (F25)")
        lacking = _without_data_keys(each.role, destination.key.value) if destination.key is not None else ""
        if lacking:
            buckets.assume(
                f"every object of {each.source.name} is encrypted: for one that is not, {lacking} would have to allow "
                f"kms:GenerateDataKey under the key of {destination.name} (F10)"
            )


def _without_data_keys(role: RoleFacts, key: str) -> str:
    """Return which documents that let a role encrypt under a key do not let it make data keys, in words."""
    names = ("the role's policy", "the key policy")
    documents = list(zip(names, role.statements_on(key), strict=False))
    lacking = [name for name, found in documents if _gives(found, "kms:Encrypt") and not _gives(found, _DATA_KEY)]
    return " and ".join(lacking)


def _gives(found: list[Part], action: str) -> bool:
    return any(gives(each, action) for each in found)


def _organization(each: ReplicationFacts, known: Known, buckets: Buckets) -> None:
    """Say that an account is taken to be in no organization, where a bucket policy asks for one."""
    for bucket in (each.source, *(destination for _, destination in each.rules)):
        asked = (key for one in statements(bucket.policy) for key in condition(one))
        if known.organization is None and any(key.endswith("aws:principalorgid") for key in asked):
            buckets.assume(
                f"the policy of {bucket.name} asks for an organization, and no answer of describe-organization was "
                f"read: assumed that the role's account is in none; fetch it with `aws organizations "
                f"describe-organization`"
            )


def _role(each: ReplicationFacts, known: Known, buckets: Buckets) -> None:
    role = each.role
    if known.role(role.account, role.name) is None and known.trust(role.account, role.name) is None:
        buckets.assume(
            f"no answer of get-role for {role.name}: assumed that S3 may assume it, and that nothing bounds it; fetch "
            f"it with `aws iam get-role --role-name {role.name}`"
        )
    for name in known.unread_policies(role.account, role.name):
        buckets.assume(
            f"{name} of the role {role.name} was not read: assumed to allow nothing; `policygen fetch bucket "
            f"{each.source.name} -o DIR` reads it, or `aws iam get-account-authorization-details > details.json`"
        )
