"""What the policies of the replication role say, and the trust policy of a job's role.

Fact: R10, R12, R20, R21, R22, R23, R24, R25, R26, R31, R37
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policygen.generator.key_uses import destinations_of, in_role_policy, replication_uses, rules_to
from policygen.generator.statements import Json, allow, policy, sid
from policygen.spec.model import Bucket, Replication, Rule


def trust_policy(service: str, condition: Json | None = None) -> Json:
    """Return the trust policy of a role that one service of AWS alone assumes."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policy([statement | ({"Condition": condition} if condition else {})])


def replication_trust_policy(replication: Replication) -> Json:
    """Return the role's trust policy; both conditions are opt-in (R12)."""
    condition: Json = {}
    if replication.role.trust_source_account:
        condition["StringEquals"] = {"aws:SourceAccount": replication.source.account}
    if replication.role.trust_source_arn:
        condition["ArnLike"] = {"aws:SourceArn": replication.source.arn}
    return trust_policy("s3.amazonaws.com", condition)


def replication_permissions_policy(replication: Replication) -> Json:
    """Return the role's permissions policy: no action that the options do not call for."""
    source, rules = replication.source, replication.enabled_rules
    configuration = ("s3:GetReplicationConfiguration", "s3:ListBucket")
    statements = [allow("ReadReplicationConfiguration", configuration, [source.arn])]
    if rules:
        statements.append(allow("ReadSourceObjects", _reading(replication), _objects(source, rules)))
    for destination in destinations_of(replication):
        statements.append(replicate(sid("ReplicateTo", destination.entry), replication, destination))
    uses = (use for use in replication_uses(replication) if in_role_policy(use, replication))
    return policy((*statements, *(use.statement(in_key_policy=False) for use in uses)))


def _reading(replication: Replication) -> list[str]:
    actions = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"]
    if any(rule.replicate_tags for rule in replication.enabled_rules):
        actions.append("s3:GetObjectVersionTagging")
    if replication.source.object_lock:
        actions += ["s3:GetObjectRetention", "s3:GetObjectLegalHold"]
    return actions


def replicate(name: str, replication: Replication, destination: Bucket, principals: Sequence[str] = ()) -> Json:
    """Return the statement that lets the role replicate into a destination: in its own policy, or in the bucket's."""
    rules = rules_to(replication, destination)
    actions = ["s3:ReplicateObject"]
    if any(rule.delete_markers for rule in rules):
        actions.append("s3:ReplicateDelete")
    if any(rule.replicate_tags for rule in rules):
        actions.append("s3:ReplicateTags")
    if any(rule.owner_override for rule in rules):
        actions.append("s3:ObjectOwnerOverrideToBucketOwner")
    return allow(name, actions, _objects(destination, rules), principals)


def _objects(bucket: Bucket, rules: Iterable[Rule]) -> list[str]:
    """ARN patterns of the objects below the rules' prefixes; a rule without one covers them all."""
    prefixes = list(dict.fromkeys(rule.prefix for rule in rules))
    return [bucket.object_arn(f"{prefix}*") for prefix in ([""] if "" in prefixes else prefixes)]
