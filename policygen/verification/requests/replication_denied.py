"""What must be denied on a route: each request with exactly one thing wrong, and actions nobody asked for.

Fact: R4, R20, R21, R22, R23, R24, R25, R26, R40, R41, R42, R57, F18
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from policygen.errors import Severity
from policygen.spec.model import Bucket, Rule
from policygen.verification.requests.context import CONTEXT
from policygen.verification.requests.denied import denied_to_role, kms_context_of, other_principals
from policygen.verification.requests.model import DerivedRequest, Purpose, short, without_service
from policygen.verification.requests.others import insider_arn, other_bucket_arn
from policygen.verification.requests.replication import assume_role, of_route
from policygen.verification.requests.routes import Route

_OF_BUCKETS = (Purpose.READ_CONFIGURATION, Purpose.LIST_SOURCE)
_SOURCE = (
    *_OF_BUCKETS,
    Purpose.READ_OBJECT,
    Purpose.READ_ACL,
    Purpose.READ_TAGS,
    Purpose.READ_RETENTION,
    Purpose.READ_LEGAL_HOLD,
    Purpose.DECRYPT_SOURCE,
)
_CALLED_FOR_BY = {
    "s3:GetObjectVersionForReplication": "enabled",
    "s3:ReplicateObject": "enabled",
    "s3:GetObjectVersionTagging": "replicate_tags",
    "s3:ReplicateTags": "replicate_tags",
    "s3:ReplicateDelete": "delete_markers",
    "s3:ObjectOwnerOverrideToBucketOwner": "owner_override",
}
"""What a rule calls for an action by."""
_OPTIONAL_SOURCE_ACTIONS = ("s3:GetObjectVersionTagging", "s3:GetObjectRetention", "s3:GetObjectLegalHold")
_OPTIONAL_DESTINATION_ACTIONS = ("s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner")
_OBJECT_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject")
_KEY_ACTIONS = ("kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
_CRYPTOGRAPHIC_ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")

Beside = Sequence[tuple[Route, Sequence[DerivedRequest]]]
"""Every route of one entry to one destination, with what must be allowed on it."""


def denied_on_route(route: Route, allowed: Sequence[DerivedRequest]) -> Iterator[DerivedRequest]:
    """Yield every request of ``allowed`` with one thing wrong."""
    for asked in allowed:
        if asked.purpose is Purpose.ASSUME_ROLE:
            yield from _assume_role(route, asked)
            continue
        bucket = route.source if asked.purpose in _SOURCE else route.destination
        prefixes = ("",) if asked.purpose in _OF_BUCKETS else route.prefixes(bucket)
        yield from denied_to_role(route.spec, asked, bucket, prefixes)
        yield from _insider_of_source(route, asked, bucket)


def _insider_of_source(route: Route, asked: DerivedRequest, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Yield a request by another role of the replication role's account, which may do everything.

    Where the other account names the account in the role's place, as AWS's pages let it (R4, R57), that account's
    IAM policies decide who else gets in: a warning.
    """
    role = route.replication.role
    if role.account != bucket.account:
        insider = insider_arn(role.partition, role.account)
        what = f"by another role of account {role.account}, which may do everything"
        found = asked.refused("other-role-of-source", what, "Principal", principal=insider)
        yield replace(found, severity=Severity.WARNING)


def _assume_role(route: Route, asked: DerivedRequest) -> Iterator[DerivedRequest]:
    role = route.replication.role
    yield asked.refused("other-service", "by another service", "Principal", principal="ec2.amazonaws.com")
    yield from other_principals(route.spec, asked)
    if role.trust_source_account:
        changes = {"aws:SourceAccount": "000000000000"}
        what = "for another account's bucket"
        yield asked.refused("other-source-account", what, "Condition/aws:SourceAccount", context=changes)
    if role.trust_source_arn:
        changes = {"aws:SourceArn": other_bucket_arn(route.source)}
        yield asked.refused("other-source-arn", "for another bucket", "Condition/aws:SourceArn", context=changes)


def unasked_on_route(route: Route, allowed: Sequence[DerivedRequest], beside: Beside = ()) -> Iterator[DerivedRequest]:
    """Yield actions of the role on the route's buckets and keys that neither its rule nor one beside it calls for."""
    asked = {(each.request.action, each.request.resource) for each in allowed}
    rules = route.replication.applied_rules
    source = route.source.object_arn(route.object_key)
    replica = route.destination.object_arn(route.object_key)
    rows = [
        *((action, source, route.source) for action in (*_OBJECT_ACTIONS, *_OPTIONAL_SOURCE_ACTIONS)),
        *((action, replica, route.destination) for action in (*_OBJECT_ACTIONS, *_OPTIONAL_DESTINATION_ACTIONS)),
        ("s3:ReplicateObject", source, route.source),
        ("s3:ReplicateObject", replica, route.destination),
        ("s3:GetObjectVersionForReplication", source, route.source),
        ("s3:GetObjectVersionForReplication", replica, route.destination),
        ("s3:PutBucketPolicy", route.source.arn, route.source),
        ("s3:PutBucketPolicy", route.destination.arn, route.destination),
        ("s3:PutReplicationConfiguration", route.source.arn, route.source),
    ]
    for action, resource, bucket in rows:
        others = [each for each in rules if _calls_for(each, action, bucket, route.source)]
        if (action, resource) not in asked and not route.covered_by(others):
            yield _unasked(route, action, resource, bucket, {})
    yield from _unasked_of_keys(route, allowed, asked, beside)
    if route.rule in (rules or route.replication.rules)[:1]:
        service = "batchoperations.s3.amazonaws.com"
        yield assume_role(route).refused("batch-operations", "by S3 Batch Operations", "Principal", principal=service)


def denied_of_other_rules(route: Route, allowed: Sequence[DerivedRequest], beside: Beside) -> Iterator[DerivedRequest]:
    """Yield the use of a replica key for objects of the same destination whose own rule names another key.

    Args:
        route: The route.
        allowed: What must be allowed on it.
        beside: Those to the same destination, itself among them.
    """
    item = route.destination.object_arn(route.object_key)
    for asked in allowed:
        if asked.request.service != "kms" or kms_context_of(asked)[CONTEXT] != [item]:
            continue
        users = _users(asked.request.action, asked.request.resource, beside)
        for other in (each for each, _ in beside if not each.covered_by(users)):
            what = f"for an object of rule {other.rule.id}, whose replicas are under another key"
            changes = {CONTEXT: other.destination.object_arn(other.object_key)}
            yield asked.refused(f"rule-{other.rule.id}", what, f"Condition/{CONTEXT}", context=changes)


def _users(action: str, key: str, beside: Beside) -> list[Rule]:
    """Return the rules that call for an action on a key."""
    use = (action, key)
    return [each.rule for each, those in beside if any(use == (it.request.action, it.request.resource) for it in those)]


def _unasked_of_keys(
    route: Route, allowed: Sequence[DerivedRequest], asked: set[tuple[str, str]], beside: Beside
) -> Iterator[DerivedRequest]:
    for key, bucket in (
        (route.source_key_arn, route.source),
        (route.replica_key_arn, route.destination),
        (route.plaintext_key_arn, route.destination),
    ):
        used = next((each for each in allowed if each.request.resource == key), None)
        if key is None or used is None:
            continue
        context = kms_context_of(used)
        for action in (*_KEY_ACTIONS, *_CRYPTOGRAPHIC_ACTIONS):
            if (action, key) not in asked and not route.covered_by(_users(action, key, beside)):
                extra = {"kms:GrantIsForAWSResource": "true"} if action == "kms:CreateGrant" else {}
                yield _unasked(route, action, key, bucket, context | extra)


def _calls_for(rule: Rule, action: str, bucket: Bucket, source: Bucket) -> bool:
    """Tell whether a rule calls for an action on the objects of a bucket: reading at the source, writing elsewhere."""
    side = source if action.startswith("s3:Get") else rule.destination
    return bucket == side and action in _CALLED_FOR_BY and bool(getattr(rule, _CALLED_FOR_BY[action]))


def _unasked(route: Route, action: str, resource: str, bucket: Bucket, context: dict[str, Any]) -> DerivedRequest:
    side = "source" if bucket == route.source else "destination"
    purpose = Purpose.READ_OBJECT if side == "source" else Purpose.WRITE_REPLICA
    name, title = f"unasked/{side}/{without_service(action)}", f"the role has no {action} on {short(resource)}"
    row, facts = (purpose, action, bucket, resource), ("R20", "R21", "R22", "R40")
    return of_route(route, *row, name=name, title=title, must_allow=False, context=context, wrong="Action", facts=facts)
