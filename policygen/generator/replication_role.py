"""What the policies of the replication role say, and the trust policy of a job's role.

Fact: R10, R12, R20, R21, R22, R23, R24, R25, R26, R31, R32, R37, N6
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from policygen.generator.batch import job_statements
from policygen.generator.key_uses import destinations_of, in_role_policy, replication_uses, rules_to
from policygen.generator.statements import Json, allow, policy, sid, together, widest
from policygen.spec.model import Bucket, Replication, Rule

_Part = tuple[list[str], list[str], list[str]]


JOB_TRUST: Json = {
    "Effect": "Allow",
    "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
"""What lets S3 Batch Operations assume the role of a job (R10)."""


def replication_trust_policy(replication: Replication) -> Json:
    """Return the role's trust policy; both conditions are opt-in (R12). A job may have the same role (R10)."""
    condition: Json = {}
    if replication.role.trust_source_account:
        condition["StringEquals"] = {"aws:SourceAccount": replication.source.account}
    if replication.role.trust_source_arn:
        condition["ArnLike"] = {"aws:SourceArn": replication.source.arn}
    statement: Json = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    own = statement | ({"Condition": condition} if condition else {})
    return policy([own, JOB_TRUST] if replication.one_role else [own])


def replication_permissions_policy(replication: Replication) -> Json:
    """Return the role's permissions policy: no action that the rules' options do not call for."""
    source, rules = replication.source, replication.applied_rules
    configuration = ("s3:GetReplicationConfiguration", "s3:ListBucket")
    statements = [allow("ReadReplicationConfiguration", configuration, [source.arn])]
    for more, actions, objects in _parts(source, _reading(replication, rules)):
        statements.append(allow(sid(*more) or "ReadSourceObjects", actions, objects))
    for destination in destinations_of(replication):
        for more, actions, objects in replicating(replication, destination):
            name = sid(*more, "To" if more else "ReplicateTo", destination.entry)
            statements.append(allow(name, actions, objects))
    uses = (use for use in replication_uses(replication) if in_role_policy(use, replication))
    statements += [use.statement(in_key_policy=False) for use in uses]
    if replication.batch is not None and replication.one_role:
        statements += job_statements(replication, replication.batch)
    return policy(statements, more=replication.role.statements)


def _reading(replication: Replication, rules: Sequence[Rule]) -> dict[str, list[str]]:
    """Return what is read of the source's objects: action to the prefixes of the rules that call for it."""
    every = [rule.prefix for rule in rules]
    found = {"s3:GetObjectVersionForReplication": every, "s3:GetObjectVersionAcl": every}
    found["s3:GetObjectVersionTagging"] = [rule.prefix for rule in rules if rule.replicate_tags]
    annotated = [rule.prefix for rule in rules if rule.replicate_annotations]
    found["s3:GetObjectVersionAnnotationForReplication"] = annotated
    if replication.source.object_lock:
        found |= {"s3:GetObjectRetention": every, "s3:GetObjectLegalHold": every}
    return found


def replicating(replication: Replication, destination: Bucket) -> Iterator[_Part]:
    """Yield what the role may do with replicas in a destination, whether in its own policy or in the bucket's.

    Actions that the same rules call for come together, each with what tells its statement from the first one's.
    """
    rules = rules_to(replication, destination)
    needs = {
        "s3:ReplicateObject": [rule.prefix for rule in rules],
        "s3:ReplicateDelete": [rule.prefix for rule in rules if rule.delete_markers],
        "s3:ReplicateTags": [rule.prefix for rule in rules if rule.replicate_tags],
        "s3:ReplicateObjectAnnotation": [rule.prefix for rule in rules if rule.replicate_annotations],
        "s3:ObjectOwnerOverrideToBucketOwner": [rule.prefix for rule in rules if rule.owner_override],
    }
    return _parts(destination, needs)


def _parts(bucket: Bucket, needs: Mapping[str, Iterable[str]]) -> Iterator[_Part]:
    """Yield parts of what is needed: words for the Sid, none for the first; actions; ARN patterns of objects."""
    objects = {
        action: tuple(bucket.object_arn(f"{prefix}*") for prefix in widest(prefixes))
        for action, prefixes in needs.items()
    }
    for number, (actions, resources) in enumerate(together(objects)):
        yield [action.partition(":")[2] for action in actions] if number else [], actions, list(resources)
