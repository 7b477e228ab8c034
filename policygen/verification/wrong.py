"""What must be denied on a route: each request with exactly one thing wrong, and actions nobody asked for.

Only what the spec asks for is refused: without a prefix there is no other prefix, and with a Bucket Key the
encryption context is the whole bucket, so the prefix cannot be expressed in it (R51).

Fact: R20, R21, R22, R23, R24, R25, R26, R40, R41, R42, R45, R48, R51, R52, R57, F18, S30, S31
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from policygen.aws.arns import via_service
from policygen.aws.partitions import known_regions
from policygen.errors import Severity
from policygen.request import Request
from policygen.spec.model import Bucket, Spec
from policygen.verification.environment import (
    bystander_arn,
    insider_arn,
    other_bucket_arn,
    stranger_arn,
)
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import CONTEXT, VIA, Route, assume_role, base_context

_OBJECT_STEPS = (
    Step.READ_OBJECT,
    Step.READ_ACL,
    Step.READ_TAGS,
    Step.READ_RETENTION,
    Step.READ_LEGAL_HOLD,
    Step.WRITE_REPLICA,
    Step.WRITE_TAGS,
    Step.OVERRIDE_OWNER,
    Step.WRITE_DELETE_MARKER,
)
_SOURCE_STEPS = (
    Step.READ_CONFIGURATION,
    Step.LIST_SOURCE,
    Step.READ_OBJECT,
    Step.READ_ACL,
    Step.READ_TAGS,
    Step.READ_RETENTION,
    Step.READ_LEGAL_HOLD,
    Step.DECRYPT_SOURCE,
)
_OPTIONAL_SOURCE_ACTIONS = ("s3:GetObjectVersionTagging", "s3:GetObjectRetention", "s3:GetObjectLegalHold")
_OPTIONAL_DESTINATION_ACTIONS = ("s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner")
_OBJECT_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject")
_KEY_ACTIONS = ("kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
_CRYPTOGRAPHIC_ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
_OUTSIDE = "policygen-outside/example.txt"


def wrong_requests(route: Route, allowed: tuple[Probe, ...]) -> Iterator[Probe]:
    """Yield every request of ``allowed`` with one thing wrong."""
    for probe in allowed:
        if probe.step is Step.ASSUME_ROLE:
            yield from _wrong_trust(route, probe)
            continue
        bucket = route.source if probe.step in _SOURCE_STEPS else route.destination
        if probe.request.service == "kms":
            yield from _wrong_kms(route, probe, bucket)
        else:
            yield from _wrong_s3(route, probe, bucket)
        yield from wrong_principals(route.spec, probe, bucket.account)
        yield from _colleagues(route, probe, bucket)


def _colleagues(route: Route, probe: Probe, bucket: Bucket) -> Iterator[Probe]:
    """Yield a request by another role of the replication role's account, which may do everything.

    Where the other account names the account in the role's place, as AWS's pages let it (R4, R57), that account's
    IAM policies decide who else gets in: a warning.
    """
    role = route.replication.role
    if role.account != bucket.account:
        insider = insider_arn(role.partition, role.account)
        what = f"by another role of account {role.account}, which may do everything"
        found = probe.refused("other-role-of-source", what, "Principal", principal=insider)
        yield replace(found, severity=Severity.WARNING)


def wrong_principals(spec: Spec, probe: Probe, account: str) -> Iterator[Probe]:
    """Yield a request by a role of the resource's account without policies, and by a stranger who may do everything."""
    bystander = bystander_arn(spec.partition, account)
    yield probe.refused("other-principal", "by another role of the account", "Principal", principal=bystander)
    stranger = stranger_arn(spec)
    yield probe.refused("stranger", "by a user of another account", "Principal", principal=stranger)


def _wrong_trust(route: Route, probe: Probe) -> Iterator[Probe]:
    role = route.replication.role
    yield probe.refused("other-service", "by another service", "Principal", principal="ec2.amazonaws.com")
    yield from wrong_principals(route.spec, probe, role.account)
    if role.trust_source_account:
        changes = {"aws:SourceAccount": "000000000000"}
        what = "for another account's bucket"
        yield probe.refused("other-source-account", what, "Condition/aws:SourceAccount", context=changes)
    if role.trust_source_arn:
        changes = {"aws:SourceArn": other_bucket_arn(route.source)}
        yield probe.refused("other-source-arn", "for another bucket", "Condition/aws:SourceArn", context=changes)


def _wrong_s3(route: Route, probe: Probe, bucket: Bucket) -> Iterator[Probe]:
    other = probe.request.resource.replace(bucket.arn, other_bucket_arn(bucket), 1)
    yield probe.refused(
        "other-bucket", "on another bucket", "Resource", resource=other, resource_account=bucket.account
    )
    if probe.step in _OBJECT_STEPS:
        for key in other_object_keys(prefixes_of(route, bucket)):
            resource = bucket.object_arn(key)
            yield probe.refused("other-prefix", f"outside the prefix (`{key}`)", "Resource", resource=resource)
    yield from wrong_transport(probe, bucket)


def wrong_transport(probe: Probe, bucket: Bucket) -> Iterator[Probe]:
    """Yield a request to a bucket without TLS, and with too old a version of it, as far as the spec forbids them."""
    if bucket.tls_only:
        changes: dict[str, Any] = {"aws:SecureTransport": "false"}
        yield probe.refused("no-tls", "without TLS", "Condition/aws:SecureTransport", context=changes)
    if bucket.minimum_tls_version is not None:
        changes = {"s3:TlsVersion": previous_tls_version(bucket.minimum_tls_version)}
        yield probe.refused("old-tls", "with an old TLS version", "Condition/s3:TlsVersion", context=changes)


def previous_tls_version(version: str) -> str:
    """Return the TLS version before ``version``: ``1.1`` for ``1.2``."""
    major, _, minor = version.partition(".")
    return f"{major}.{max(int(minor or 0) - 1, 0)}"


def prefixes_of(route: Route, bucket: Bucket) -> tuple[str, ...]:
    """Return the prefixes of all enabled rules that read or write ``bucket`` on this side."""
    rules = route.replication.enabled_rules
    if bucket != route.source:
        rules = tuple(rule for rule in rules if rule.destination == bucket)
    return tuple(rule.prefix for rule in rules)


def other_object_keys(prefixes: tuple[str, ...]) -> Iterator[str]:
    """Yield keys that no prefix covers: one elsewhere, and one that a forgotten slash would let through."""
    if "" in prefixes:
        return
    beside = [f"{prefix.removesuffix('/')}-other/x" for prefix in prefixes if prefix.endswith("/")]
    for key in (_OUTSIDE, *beside):
        if not any(key.startswith(prefix) for prefix in prefixes):
            yield key


def _wrong_kms(route: Route, probe: Probe, bucket: Bucket) -> Iterator[Probe]:
    key = probe.request.resource
    other = key.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    yield probe.refused("other-key", "on another key", "Resource", resource=other)
    yield from wrong_kms_context(probe, bucket, prefixes_of(route, bucket))


def wrong_kms_context(probe: Probe, bucket: Bucket, prefixes: tuple[str, ...]) -> Iterator[Probe]:
    """Yield a KMS call without ViaService, through another Region or service, with another encryption context."""
    via = f"Condition/{VIA}"
    yield probe.refused("no-via-service", "called directly", via, context={VIA: None})
    region = other_region(bucket)
    yield probe.refused("other-region", f"through S3 in {region}", via, context={VIA: via_service("s3", region)})
    service = via_service("dynamodb", bucket.region)
    yield probe.refused("other-service", "through another service", via, context={VIA: service})
    context = f"Condition/{CONTEXT}"
    yield probe.refused("no-context", "without the encryption context", context, context={CONTEXT: None})
    whole = probe.request.context[CONTEXT.lower()].values == (bucket.arn,)
    elsewhere = other_bucket_arn(bucket) + ("" if whole else "/example.txt")
    yield probe.refused("other-context", "for another bucket", context, context={CONTEXT: elsewhere})
    if not whole:
        for object_key in other_object_keys(prefixes):
            value = bucket.object_arn(object_key)
            what = f"for an object outside the prefix (`{object_key}`)"
            yield probe.refused("other-prefix-context", what, context, context={CONTEXT: value})


def other_region(bucket: Bucket) -> str:
    """Return a Region of the partition that is not the bucket's; for a partition with one Region, a made-up one."""
    return next((region for region in known_regions(bucket.partition) if region != bucket.region), "xx-north-9")


def unasked_actions(route: Route, allowed: tuple[Probe, ...]) -> Iterator[Probe]:
    """Yield actions of the role on the route's buckets and keys that the options do not call for."""
    asked = {(probe.request.action, probe.request.resource) for probe in allowed}
    source = route.source.object_arn(route.object_key)
    replica = route.destination.object_arn(route.object_key)
    rows = [
        *((action, source, route.source) for action in (*_OBJECT_ACTIONS, *_OPTIONAL_SOURCE_ACTIONS)),
        *((action, replica, route.destination) for action in (*_OBJECT_ACTIONS, *_OPTIONAL_DESTINATION_ACTIONS)),
        ("s3:ReplicateObject", source, route.source),
        ("s3:GetObjectVersionForReplication", replica, route.destination),
        ("s3:PutBucketPolicy", route.source.arn, route.source),
        ("s3:PutBucketPolicy", route.destination.arn, route.destination),
        ("s3:PutReplicationConfiguration", route.source.arn, route.source),
    ]
    for action, resource, bucket in rows:
        if (action, resource) not in asked:
            yield _unasked(route, action, resource, bucket, {})
    yield from _unasked_kms(route, allowed, asked)
    if route.rule is route.replication.enabled_rules[0]:
        yield from _unasked_trust(route)


def _unasked_kms(route: Route, allowed: tuple[Probe, ...], asked: set[tuple[str, str]]) -> Iterator[Probe]:
    sides = (
        (route.source_key_arn, route.source),
        (route.replica_key_arn, route.destination),
        (route.plaintext_key_arn, route.destination),
    )
    for key, bucket in sides:
        if key is None:
            continue
        contexts = [
            {name: list(probe.request.context[name.lower()].values) for name in (VIA, CONTEXT)}
            for probe in allowed
            if probe.request.resource == key and probe.request.service == "kms"
        ]
        for action in (*_KEY_ACTIONS, *_CRYPTOGRAPHIC_ACTIONS):
            if (action, key) not in asked:
                extra = {"kms:GrantIsForAWSResource": "true"} if action == "kms:CreateGrant" else {}
                for context in contexts[:1]:
                    yield _unasked(route, action, key, bucket, context | extra)


def _unasked_trust(route: Route) -> Iterator[Probe]:
    probe = assume_role(route)
    for service in ("batchoperations.s3.amazonaws.com",):
        yield probe.refused("batch-operations", "by S3 Batch Operations", "Principal", principal=service)


def _unasked(route: Route, action: str, resource: str, bucket: Bucket, context: dict[str, Any]) -> Probe:
    request = Request(
        principal=route.caller,
        action=action,
        resource=resource,
        resource_account=bucket.account,
        context=base_context(route.spec) | context,
    )
    side = "source" if bucket == route.source else "destination"
    return Probe(
        id=f"{route.name}/unasked/{side}/{action.partition(':')[2]}",
        title=f"the role has no {action} on {resource.rpartition(':')[2]}",
        step=Step.READ_OBJECT if side == "source" else Step.WRITE_REPLICA,
        must_allow=False,
        request=request,
        wrong="Action",
        facts=("R20", "R21", "R22", "R40"),
    )
