"""What S3 asks for when it replicates one object: derived from the spec, never from the documents.

The rows follow the requests that S3 makes with the replication role; which rows there are depends on the spec's
options.

Fact: R10, R12, R17, R20, R21, R22, R23, R24, R25, R26, R28, R31, R38, R40, R41, R42, R44, R45, R46, R49, R52
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.errors import Severity
from policygen.spec.kinds import Profile, SourceObjects, Sse
from policygen.spec.model import Bucket
from policygen.verification.requests.context import SSE_C, TLS, base_context, encryption_headers, kms_context
from policygen.verification.requests.model import DerivedRequest, Purpose, derived, without_service
from policygen.verification.requests.routes import Route

_KMS_KINDS = {SourceObjects.SSE_KMS: Sse.SSE_KMS, SourceObjects.DSSE_KMS: Sse.DSSE_KMS}


def replication_requests(route: Route) -> Iterator[DerivedRequest]:
    """Yield what must be allowed for one route."""
    yield from configuration_requests(route)
    yield from _read_source(route)
    yield from _decrypt_source(route)
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
    rows = [
        (Purpose.READ_OBJECT, "s3:GetObjectVersionForReplication", ("R21", "R35")),
        (Purpose.READ_ACL, "s3:GetObjectVersionAcl", ("R21",)),
    ]
    if route.rule.replicate_tags:
        rows.append((Purpose.READ_TAGS, "s3:GetObjectVersionTagging", ("R24", "R34")))
    if source.object_lock:
        rows.append((Purpose.READ_RETENTION, "s3:GetObjectRetention", ("R26",)))
        rows.append((Purpose.READ_LEGAL_HOLD, "s3:GetObjectLegalHold", ("R26",)))
    for purpose, action, facts in rows:
        yield of_route(route, purpose, action, source, item, facts=facts)


def _decrypt_source(route: Route) -> Iterator[DerivedRequest]:
    facts = ("R40", "R45", "R46", "R52", "M14")
    action = (Purpose.DECRYPT_SOURCE, "kms:Decrypt", "decrypt-source", facts)
    yield from _kms(route, route.source, route.source_key_arn, route.contexts(route.source), *action)


def _write_replica(route: Route) -> Iterator[DerivedRequest]:
    destination, rule = route.destination, route.rule
    item = destination.object_arn(route.object_key)
    for kind in route.replication.source_objects:
        headers, name = _replica_headers(route, kind), f"ReplicateObject-{kind.value}"
        row = (Purpose.WRITE_REPLICA, "s3:ReplicateObject", destination, item)
        yield of_route(route, *row, name=name, context=headers, facts=("R22", "R38", "R84"))
    owner = "s3:ObjectOwnerOverrideToBucketOwner"
    for asked, purpose, action, facts in (
        (rule.replicate_tags, Purpose.WRITE_TAGS, "s3:ReplicateTags", ("R24",)),
        (rule.owner_override, Purpose.OVERRIDE_OWNER, owner, ("R25", "R36")),
        (rule.delete_markers, Purpose.WRITE_DELETE_MARKER, "s3:ReplicateDelete", ("R23",)),
    ):
        if asked:
            yield of_route(route, purpose, action, destination, item, facts=facts)


def _replica_headers(route: Route, kind: SourceObjects) -> dict[str, Any]:
    """Return the encryption headers of a replica: its type is the source's; the default counts for plaintext (R84)."""
    if kind is SourceObjects.SSE_C:
        return {SSE_C: "AES256"}
    if kind is SourceObjects.UNENCRYPTED:
        return encryption_headers(route.destination.encryption.sse, route.plaintext_key_arn)
    key = route.replica_key_arn if kind in _KMS_KINDS else None
    return encryption_headers(_KMS_KINDS.get(kind, Sse.SSE_S3), key)


def _use_replica_key(route: Route) -> Iterator[DerivedRequest]:
    """What S3 asks of the replica key; of the destination's default key, where plaintext arrives."""
    bucket, key, contexts = route.destination, route.replica_key_arn, route.contexts(route.destination)
    encrypt = (Purpose.ENCRYPT_REPLICA, "kms:Encrypt", "encrypt-replica", ("R40", "R46", "R52"))
    decrypt = (Purpose.DECRYPT_REPLICA_KEY, "kms:Decrypt", "decrypt-replica", ("R42", "R44"))
    generate = (Purpose.GENERATE_DATA_KEY, "kms:GenerateDataKey", "generate-data-key", ("R41", "R44"))
    yield from _kms(route, bucket, key, contexts, *encrypt)
    yield from _kms(route, bucket, key, contexts if route.bucket_keys_possible else (), *decrypt)
    if route.replication.profile is Profile.ROBUST:
        yield from _kms(route, bucket, key, contexts, *decrypt, severity=Severity.WARNING)
        yield from _kms(route, bucket, key, contexts, *generate, severity=Severity.WARNING)
    key, contexts = route.plaintext_key_arn, route.plaintext_contexts
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
