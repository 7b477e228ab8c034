"""What S3 asks for when it replicates one object, each request with one thing wrong, and actions that nobody asked for.

Derived from the spec, never from the documents. The rows follow the requests that S3 makes with the replication role;
which rows there are depends on the spec's options.

Fact: R4, R10, R12, R17, R20, R21, R22, R23, R24, R25, R26, R28, R31, R34, R38, R40, R41, R42, R44, R45, R46, R49, R52
Fact: R57, F18
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from policygen.errors import Severity
from policygen.spec.kinds import Profile, SourceObjects, Sse
from policygen.spec.model import Bucket, Rule
from policygen.verification.requests.context import (
    CONTEXT,
    SSE_C,
    TLS,
    base_context,
    encryption_contexts,
    encryption_headers,
    key_arn_of,
    kms_context,
)
from policygen.verification.requests.denied import denied_to_role, kms_context_of, other_principals
from policygen.verification.requests.model import DerivedRequest, Purpose, derived, named, without_service
from policygen.verification.requests.others import insider_arn, other_bucket_arn
from policygen.verification.requests.routes import READING, WRITING, Route, calls_for

_READ = "s3:GetObjectVersionForReplication"
_KMS_KINDS = {SourceObjects.SSE_KMS: Sse.SSE_KMS, SourceObjects.DSSE_KMS: Sse.DSSE_KMS}


def replication_requests(route: Route) -> Iterator[DerivedRequest]:
    """Yield what must be allowed for one route."""
    yield from configuration_requests(route)
    yield from _read_source(route)
    for entry, arn in route.source_key_arns.items():
        name = "decrypt-source" if arn == key_arn_of(route.source) else f"decrypt-source-{entry}"
        decrypt = (Purpose.DECRYPT_SOURCE, "kms:Decrypt", name, ("R40", "R45", "R46", "R52", "M14"))
        yield from _kms(route, route.source, arn, route.contexts(route.source), *decrypt)
    yield from _write_replica(route)
    yield from _use_replica_key(route)


def configuration_requests(route: Route) -> Iterator[DerivedRequest]:
    """Yield what must be allowed whether or not a rule applies: S3 becomes the role, and reads the configuration."""
    yield assume_role(route)
    source = route.source
    action = "s3:GetReplicationConfiguration"
    yield of_route(route, Purpose.READ_CONFIGURATION, action, source, source.arn, facts=("R20",))
    yield of_route(route, Purpose.LIST_SOURCE, "s3:ListBucket", source, source.arn, facts=("R20",))


def of_route(route: Route, purpose: Purpose, action: str, bucket: Bucket, resource: str, **more: Any) -> DerivedRequest:
    """Return a request of the replication role on one side of the route; ``name`` ends its id, else the action."""
    return derived(
        purpose,
        id=f"{route.name}/{more.pop('name', without_service(action))}",
        principal=route.caller,
        action=action,
        resource=resource,
        account=bucket.account,
        context=base_context(route.spec) | more.pop("context", {}),
        **more,
    )


def assume_role(route: Route) -> DerivedRequest:
    """Return the call with which S3 becomes the role; keys that the trust policy opts in to are supplied (R12)."""
    role = route.replication.role
    opted_in = {"aws:SourceAccount": route.source.account} if role.trust_source_account else {}
    opted_in |= {"aws:SourceArn": route.source.arn} if role.trust_source_arn else {}
    return derived(
        Purpose.ASSUME_ROLE,
        id=f"{route.replication.name}/AssumeRole",
        title=f"{Purpose.ASSUME_ROLE.value} ({role.name})",
        principal="s3.amazonaws.com",
        action="sts:AssumeRole",
        resource=role.arn,
        account=role.account,
        context={TLS: "true"} | opted_in,
        facts=("R10", "R11"),
    )


def _read_source(route: Route) -> Iterator[DerivedRequest]:
    source, item = route.source, route.source.object_arn(route.object_key)
    for purpose, action, facts in (
        (Purpose.READ_OBJECT, _READ, ("R21", "R35")),
        (Purpose.READ_ACL, "s3:GetObjectVersionAcl", ("R21",)),
        (Purpose.READ_TAGS, "s3:GetObjectVersionTagging", ("R24", "R34")),
        (Purpose.READ_ANNOTATIONS, "s3:GetObjectVersionAnnotationForReplication", ("R32", "N6")),
        (Purpose.READ_RETENTION, "s3:GetObjectRetention", ("R26",)),
        (Purpose.READ_LEGAL_HOLD, "s3:GetObjectLegalHold", ("R26",)),
    ):
        if calls_for(route.rule, action, source, source):
            yield of_route(route, purpose, action, source, item, facts=facts)


def _write_replica(route: Route) -> Iterator[DerivedRequest]:
    destination, rule = route.destination, route.rule
    item = destination.object_arn(route.object_key)
    for kind in route.replication.source_objects:
        for more, headers in _replica_headers(route, kind):
            row = (Purpose.WRITE_REPLICA, "s3:ReplicateObject", destination, item)
            name = f"ReplicateObject-{kind.value}{more}"
            yield of_route(route, *row, name=name, context=headers, facts=("R22", "R38", "R84"))
    for purpose, action, facts in (
        (Purpose.WRITE_TAGS, "s3:ReplicateTags", ("R24", "R34")),
        (Purpose.WRITE_ANNOTATIONS, "s3:ReplicateObjectAnnotation", ("R32", "N6")),
        (Purpose.OVERRIDE_OWNER, "s3:ObjectOwnerOverrideToBucketOwner", ("R25", "R36")),
        (Purpose.WRITE_DELETE_MARKER, "s3:ReplicateDelete", ("R23",)),
    ):
        if calls_for(rule, action, destination, route.source):
            # tags go with the object: nobody needs to give the right to them (R34)
            severity = Severity.WARNING if purpose is Purpose.WRITE_TAGS else Severity.ERROR
            yield of_route(route, purpose, action, destination, item, severity=severity, facts=facts)


def _replica_headers(route: Route, kind: SourceObjects) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the encryption headers of replicas, by what ends the request's id: one for each key that may be theirs.

    The type of a replica is the source's; the default counts for plaintext (R84).
    """
    if kind is SourceObjects.SSE_C:
        yield "", {SSE_C: "AES256"}
    elif kind is SourceObjects.UNENCRYPTED:
        yield "", encryption_headers(route.destination.encryption.sse, route.plaintext_key_arn)
    else:
        sse, keys = _KMS_KINDS.get(kind, Sse.SSE_S3), _replica_keys(route) if kind in _KMS_KINDS else []
        yield from ((more, encryption_headers(sse, key)) for more, key in keys)
        if not keys:
            yield "", encryption_headers(sse, None)


def _replica_keys(route: Route) -> list[tuple[str, str]]:
    """Return the keys that may encrypt replicas, each with what ends the ids of its requests: nothing for the first."""
    return [(f"-{name}" if number else "", arn) for number, (name, arn) in enumerate(route.replica_key_arns.items())]


def _use_replica_key(route: Route) -> Iterator[DerivedRequest]:
    """What S3 asks of the replica key; of the destination's default key, where plaintext arrives."""
    bucket, contexts = route.destination, route.contexts(route.destination)
    by_source = ("N1",) if route.rule.by_source_key else ()
    for more, arn in _replica_keys(route):
        encrypt = (Purpose.ENCRYPT_REPLICA, "kms:Encrypt", f"encrypt-replica{more}", ("R40", "R46", "R52", *by_source))
        decrypt = (Purpose.DECRYPT_REPLICA_KEY, "kms:Decrypt", f"decrypt-replica{more}", ("R42", "R44"))
        generate = (Purpose.GENERATE_DATA_KEY, "kms:GenerateDataKey", f"generate-data-key{more}", ("R41", "R44"))
        yield from _kms(route, bucket, arn, contexts, *encrypt)
        yield from _kms(route, bucket, arn, contexts if route.bucket_keys_possible else (), *decrypt)
        if route.replication.profile is Profile.ROBUST:
            yield from _kms(route, bucket, arn, contexts, *decrypt, severity=Severity.WARNING)
            yield from _kms(route, bucket, arn, contexts, *generate, severity=Severity.WARNING)
    decrypt = (Purpose.DECRYPT_REPLICA_KEY, "kms:Decrypt", "decrypt-replica", ("R42", "R44"))
    generate = (Purpose.GENERATE_DATA_KEY, "kms:GenerateDataKey", "generate-data-key", ("R41", "R44"))
    # for unencrypted source objects the destination's own Bucket Key setting counts (R49)
    key, contexts = route.plaintext_key_arn, encryption_contexts(bucket, route.object_key)
    yield from _kms(route, bucket, key, contexts, *generate)
    yield from _kms(route, bucket, key, tuple(each for each in contexts if each == bucket.arn), *decrypt)


def _kms(
    route: Route,
    bucket: Bucket,
    key: str | None,
    contexts: tuple[str, ...],
    purpose: Purpose,
    action: str,
    name: str,
    facts: tuple[str, ...],
    severity: Severity = Severity.ERROR,
) -> Iterator[DerivedRequest]:
    """Yield a call on the key of ``bucket`` in each encryption context; nothing without a key."""
    for context in contexts if key is not None else ():
        yield of_route(
            route,
            purpose,
            action,
            bucket,
            key or "",
            name=f"{name}-bucket-key" if context == bucket.arn else name,
            context=kms_context(bucket, context),
            severity=severity,
            facts=facts,
        )


_OF_BUCKETS = (Purpose.READ_CONFIGURATION, Purpose.LIST_SOURCE)
_SOURCE = (
    *_OF_BUCKETS,
    Purpose.READ_OBJECT,
    Purpose.READ_ACL,
    Purpose.READ_TAGS,
    Purpose.READ_ANNOTATIONS,
    Purpose.READ_RETENTION,
    Purpose.READ_LEGAL_HOLD,
    Purpose.DECRYPT_SOURCE,
)
_OBJECT_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject")
_KEY_ACTIONS = ("kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
_CRYPTOGRAPHIC_ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")

Beside = Sequence[tuple[Route, frozenset[tuple[str, str]]]]
"""Every route of one entry to one destination, with the action and resource of all that must be allowed on it."""


def denied_on_route(
    route: Route, allowed: Sequence[DerivedRequest], elsewhere: set[tuple[object, ...]]
) -> Iterator[DerivedRequest]:
    """Yield every request of ``allowed`` with one thing wrong.

    Args:
        route: The route.
        allowed: What must be allowed on it.
        elsewhere: What was asked outside every prefix already: rules of one role all ask the same there.
    """
    for asked in allowed:
        if asked.purpose is Purpose.ASSUME_ROLE:
            yield from _assume_role(route, asked)
            continue
        bucket = route.source if asked.purpose in _SOURCE else route.destination
        same = _elsewhere(asked, bucket)
        prefixes = ("",) if asked.purpose in _OF_BUCKETS or same in elsewhere else route.prefixes(bucket)
        elsewhere.add(same)
        yield from denied_to_role(route.spec, asked, bucket, prefixes)
        yield from _insider_of_source(route, asked, bucket)


def _elsewhere(asked: DerivedRequest, bucket: Bucket) -> tuple[object, ...]:
    """Return what is left of a request when its object is another one."""
    request = asked.request
    key = request.resource if request.service == "kms" else bucket.arn
    return request.principal, request.action, key, tuple(each for each in request.stated if each.name != CONTEXT)


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
        *((action, source, route.source) for action in (*_OBJECT_ACTIONS, *READING, "s3:ReplicateObject")),
        *((action, replica, route.destination) for action in (*_OBJECT_ACTIONS, *WRITING, _READ)),
        ("s3:PutBucketPolicy", route.source.arn, route.source),
        ("s3:PutBucketPolicy", route.destination.arn, route.destination),
        ("s3:PutReplicationConfiguration", route.source.arn, route.source),
    ]
    for action, resource, bucket in rows:
        others = [each for each in rules if calls_for(each, action, bucket, route.source)]
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
    return [each.rule for each, uses in beside if use in uses]


def _unasked_of_keys(
    route: Route, allowed: Sequence[DerivedRequest], asked: set[tuple[str, str]], beside: Beside
) -> Iterator[DerivedRequest]:
    for key, bucket in (
        *((arn, route.source) for arn in route.source_key_arns.values()),
        *((arn, route.destination) for arn in route.replica_key_arns.values()),
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


def _unasked(route: Route, action: str, resource: str, bucket: Bucket, context: dict[str, Any]) -> DerivedRequest:
    side = "source" if bucket == route.source else "destination"
    purpose = Purpose.READ_OBJECT if side == "source" else Purpose.WRITE_REPLICA
    name, title = f"unasked/{side}/{without_service(action)}", f"the role has no {action} on {named(resource)}"
    row, facts = (purpose, action, bucket, resource), ("R20", "R21", "R22", "R40")
    return of_route(route, *row, name=name, title=title, must_allow=False, context=context, wrong="Action", facts=facts)
