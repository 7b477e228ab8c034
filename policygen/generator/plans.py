"""What each document says: from the spec to plans that templates render. Pure decisions, no JSON.

Fact: R10, R12, R20, R21, R22, R23, R24, R25, R26, R31, R37, R60, R61, R63, R64, R66, R67, R68, S2, S3, S4, S7, S30,
    S31, K2, K10, K10a, M4
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policygen.aws.arns import root_arn
from policygen.generator.names import sid, unique
from policygen.generator.plan_batch import ObjectAccess, batch_accesses_into, batch_key_uses
from policygen.generator.plan_guards import Guard, plan_guards
from policygen.generator.plan_kms import (
    KeyUse,
    bucket_user_uses,
    destinations_of,
    in_key_policy,
    in_role_policy,
    replication_uses,
    rules_to,
)
from policygen.spec.kinds import Enforce, KeyType
from policygen.spec.model import Bucket, BucketGrantee, Key, Replication, Rule, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Readers or writers of one prefix: the tail of their Sids, their ARNs, the prefix."""

    sid: str
    principals: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicator:
    """What a replication role may do on a destination bucket."""

    sid: str
    role_arn: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPolicyPlan:
    """A bucket policy; parts that are None or empty have no statement."""

    arn: str
    id: str | None
    tls_only: bool
    minimum_tls_version: str | None
    required_sse: str | None
    required_key: str | None
    optional_sse: str | None
    optional_key: str | None
    guards: tuple[Guard, ...]
    readers: tuple[Access, ...]
    writers: tuple[Access, ...]
    replicators: tuple[Replicator, ...]
    batch_accesses: tuple[ObjectAccess, ...]

    @property
    def has_statements(self) -> bool:
        """Whether there is anything to say; a bucket policy needs a statement."""
        return bool(
            self.tls_only
            or self.minimum_tls_version
            or self.guards
            or self.required_sse
            or self.optional_sse
            or self.readers
            or self.writers
            or self.replicators
            or self.batch_accesses
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicyPlan:
    """A key policy of one Region; ``root_arn`` is None when IAM policies are not let in."""

    root_arn: str | None
    administrators: tuple[str, ...]
    users: tuple[str, ...]
    multi_region: bool
    uses: tuple[KeyUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyPlan:
    """A trust policy: who assumes the role; conditions that are None are left out."""

    service: str
    source_account: str | None
    source_arn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsPolicyPlan:
    """The replication role's permissions policy."""

    source_arn: str
    source_actions: tuple[str, ...]
    source_objects: tuple[str, ...]
    destinations: tuple[Replicator, ...]
    key_uses: tuple[KeyUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlan:
    """A rule of a replication configuration; the parts are JSON values as the API takes them."""

    id: str
    priority: int
    filter: dict[str, Any]
    status: str
    source_selection: dict[str, Any]
    destination: dict[str, Any]
    delete_markers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationPlan:
    """A replication configuration."""

    role_arn: str
    rules: tuple[RulePlan, ...]


def plan_bucket_policy(spec: Spec, bucket: Bucket) -> BucketPolicyPlan:
    """Return the plan of a bucket's policy."""
    encryption = bucket.encryption
    key = encryption.key.arn(bucket.region) if encryption.key else None
    required = encryption.enforce in (Enforce.HEADER_REQUIRED, Enforce.KEY_REQUIRED)
    optional = encryption.enforce is Enforce.HEADER_OPTIONAL
    return BucketPolicyPlan(
        arn=bucket.arn,
        id=bucket.policy_id,
        tls_only=bucket.tls_only,
        minimum_tls_version=bucket.minimum_tls_version,
        required_sse=encryption.sse.value if required else None,
        required_key=key if encryption.enforce is Enforce.KEY_REQUIRED else None,
        optional_sse=encryption.sse.value if optional else None,
        optional_key=key if optional else None,
        guards=plan_guards(spec, bucket),
        readers=_accesses(bucket.readers),
        writers=_accesses(bucket.writers),
        replicators=_replicators_into(spec, bucket),
        batch_accesses=batch_accesses_into(spec, bucket),
    )


def _accesses(grantees: Iterable[BucketGrantee]) -> tuple[Access, ...]:
    listed = tuple(grantees)
    prefixes = tuple(dict.fromkeys(each.prefix for each in listed))
    tails = unique(sid("Below", prefix) if prefix else "Everything" for prefix in prefixes)
    return tuple(
        Access(sid=tail, prefix=prefix, principals=tuple(each.principal for each in listed if each.prefix == prefix))
        for tail, prefix in zip(tails, prefixes, strict=True)
    )


def _replicators_into(spec: Spec, bucket: Bucket) -> tuple[Replicator, ...]:
    """Roles of other accounts that replicate into ``bucket``; in one account the role's own policy is enough."""
    found = []
    for replication in spec.replication:
        rules = rules_to(replication, bucket)
        if rules and replication.role.account != bucket.account:
            found.append(_replicator(sid("AllowReplicationFrom", replication.source.entry), replication, rules))
    return _with_unique_sids(found)


def _replicator(name: str, replication: Replication, rules: tuple[Rule, ...]) -> Replicator:
    destination = rules[0].destination
    actions = ["s3:ReplicateObject"]
    if any(rule.delete_markers for rule in rules):
        actions.append("s3:ReplicateDelete")
    if any(rule.replicate_tags for rule in rules):
        actions.append("s3:ReplicateTags")
    if any(rule.owner_override for rule in rules):
        actions.append("s3:ObjectOwnerOverrideToBucketOwner")
    return Replicator(
        sid=name,
        role_arn=replication.role.arn,
        actions=tuple(actions),
        resources=_objects(destination, rules),
    )


def _objects(bucket: Bucket, rules: Iterable[Rule]) -> tuple[str, ...]:
    """ARN patterns of the objects below the rules' prefixes; a rule without one covers them all."""
    prefixes = tuple(dict.fromkeys(rule.prefix for rule in rules))
    return tuple(bucket.object_arn(f"{prefix}*") for prefix in (("",) if "" in prefixes else prefixes))


def _with_unique_sids(replicators: list[Replicator]) -> tuple[Replicator, ...]:
    sids = unique(each.sid for each in replicators)
    return tuple(replace(each, sid=name) for each, name in zip(replicators, sids, strict=True))


def plan_key_policy(spec: Spec, key: Key, region: str) -> KeyPolicyPlan:
    """Return the plan of a key policy: each Region's key has one of its own (M4)."""
    grantees = key.grantees_in(region)
    uses = [use for use in _key_policy_uses(spec) if use.key == key and use.region == region]
    sids = unique(use.sid for use in uses)
    return KeyPolicyPlan(
        root_arn=root_arn(key.partition, key.account) if key.enable_iam_policies else None,
        administrators=grantees.administrators,
        users=grantees.users,
        multi_region=key.type is KeyType.MULTI_REGION,
        uses=tuple(replace(use, sid=name) for use, name in zip(uses, sids, strict=True)),
    )


def _key_policy_uses(spec: Spec) -> Iterator[KeyUse]:
    for replication in spec.replication:
        for use in replication_uses(replication):
            if in_key_policy(use, replication):
                yield replace(use, sid=sid("Allow", replication.name, use.sid))
        for use in batch_key_uses(replication.batch) if replication.batch else ():
            if in_key_policy(use, replication):
                yield replace(use, sid=sid("Allow", replication.name, "Job", use.sid))
    yield from bucket_user_uses(spec)


def plan_trust_policy(replication: Replication) -> TrustPolicyPlan:
    """Return the plan of the role's trust policy; both conditions are opt-in (R12)."""
    role = replication.role
    return TrustPolicyPlan(
        service="s3.amazonaws.com",
        source_account=replication.source.account if role.trust_source_account else None,
        source_arn=replication.source.arn if role.trust_source_arn else None,
    )


def plan_batch_trust_policy() -> TrustPolicyPlan:
    """Return the plan of the trust policy of a job's role: S3 Batch Operations assumes it (R10)."""
    return TrustPolicyPlan(service="batchoperations.s3.amazonaws.com", source_account=None, source_arn=None)


def plan_permissions_policy(replication: Replication) -> PermissionsPolicyPlan:
    """Return the plan of the role's permissions policy: no action that the options do not call for."""
    rules = replication.enabled_rules
    actions = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"]
    if any(rule.replicate_tags for rule in rules):
        actions.append("s3:GetObjectVersionTagging")
    if replication.source.object_lock:
        actions += ["s3:GetObjectRetention", "s3:GetObjectLegalHold"]
    destinations = [
        _replicator(sid("ReplicateTo", each.entry), replication, rules_to(replication, each))
        for each in destinations_of(replication)
    ]
    uses = [use for use in replication_uses(replication) if in_role_policy(use, replication)]
    sids = unique((*(each.sid for each in destinations), *(use.sid for use in uses)))[len(destinations) :]
    return PermissionsPolicyPlan(
        source_arn=replication.source.arn,
        source_actions=tuple(actions),
        source_objects=_objects(replication.source, rules) if rules else (),
        destinations=_with_unique_sids(destinations),
        key_uses=tuple(replace(use, sid=name) for use, name in zip(uses, sids, strict=True)),
    )


def plan_configuration(replication: Replication) -> ConfigurationPlan:
    """Return the plan of the replication configuration; its rules have a Filter, so they are V2 rules (R61)."""
    return ConfigurationPlan(
        role_arn=replication.role.arn,
        rules=tuple(_rule(replication, rule) for rule in replication.rules),
    )


def _rule(replication: Replication, rule: Rule) -> RulePlan:
    selection: dict[str, Any] = {}
    if replication.kms_sources:
        selection["SseKmsEncryptedObjects"] = {"Status": "Enabled"}
    if rule.replica_modifications:
        selection["ReplicaModifications"] = {"Status": "Enabled"}
    return RulePlan(
        id=rule.id,
        priority=rule.priority,
        filter=_filter(rule),
        status="Enabled" if rule.enabled else "Disabled",
        source_selection=selection,
        destination=_destination(replication, rule),
        delete_markers="Enabled" if rule.delete_markers else "Disabled",
    )


def _filter(rule: Rule) -> dict[str, Any]:
    """Exactly one of Prefix, Tag and And (R60)."""
    tags = [{"Key": key, "Value": value} for key, value in rule.tags]
    if not tags:
        return {"Prefix": rule.prefix}
    if len(tags) == 1 and not rule.prefix:
        return {"Tag": tags[0]}
    prefix = {"Prefix": rule.prefix} if rule.prefix else {}
    return {"And": prefix | {"Tags": tags}}


def _destination(replication: Replication, rule: Rule) -> dict[str, Any]:
    bucket = rule.destination
    found: dict[str, Any] = {"Bucket": bucket.arn}
    if rule.owner_override or bucket.account != replication.source.account:
        found["Account"] = bucket.account
    if rule.storage_class is not None:
        found["StorageClass"] = rule.storage_class
    if rule.owner_override:
        found["AccessControlTranslation"] = {"Owner": "Destination"}
    if replication.kms_sources and rule.replica_key is not None:
        found["EncryptionConfiguration"] = {"ReplicaKmsKeyID": rule.replica_key.arn(bucket.region)}
    if rule.replication_time_control:
        found["ReplicationTime"] = {"Status": "Enabled", "Time": {"Minutes": 15}}
    if rule.replication_time_control:
        found["Metrics"] = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    elif rule.metrics:
        found["Metrics"] = {"Status": "Enabled"}
    return found
