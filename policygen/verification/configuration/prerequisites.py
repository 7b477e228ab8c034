"""What the spec says of buckets and keys that replication does not work without: versioning, locks, usable keys.

Fact: F11, F12, F14, F21, F25, R1, R3, R4, R5, R57, R83, K26, K27
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.errors import Severity
from policygen.spec.kinds import KeyState, KeyType, ObjectOwnership, SourceObjects, Versioning
from policygen.spec.model import Key, Spec
from policygen.spec.paths import DocumentKind, bucket_path
from policygen.verification.checks import Check, configuration_check
from policygen.verification.requests import Route, routes_of


def prerequisite_checks(spec: Spec) -> Iterator[Check]:
    """Yield a check for each prerequisite of each route."""
    for route in routes_of(spec):
        yield from _buckets(route)
        yield from _keys(route)


def _buckets(route: Route) -> Iterator[Check]:
    """Versioning on both sides (F14), Object Lock on both (F21), SSE-C (F25), the destination's payer (R4)."""
    for side, bucket in (("source", route.source), ("destination", route.destination)):
        yield configuration_check(
            f"{route.name}/versioning-{side}",
            f"versioning is enabled on the {side} bucket `{bucket.name}`",
            bucket.versioning is Versioning.ENABLED,
            "F14",
            s3_failure_code="DstBucketUnversioned" if side == "destination" else None,
            document=bucket_path(bucket, DocumentKind.VERSIONING),
            element="Status",
            fix={"Status": "Enabled"},
            facts=("R1",),
        )
    if route.source.object_lock:
        yield configuration_check(
            f"{route.name}/object-lock",
            f"the destination `{route.destination.name}` has Object Lock, as the source has",
            route.destination.object_lock,
            "F21",
            s3_failure_code="DstBucketObjectLockConfigMissing",
            facts=("R3",),
        )
    if SourceObjects.SSE_C in route.replication.source_objects:
        yield configuration_check(
            f"{route.name}/sse-c",
            f"the destination `{route.destination.name}` does not block SSE-C",
            "sse-c" not in route.destination.blocked_encryption_types,
            "F25",
            document=bucket_path(route.destination, DocumentKind.ENCRYPTION),
            element="Rules/0/BlockedEncryptionTypes",
            fix={"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}},
            facts=("R83",),
        )
    if route.source.object_ownership is ObjectOwnership.OBJECT_WRITER:
        yield configuration_check(
            f"{route.name}/object-writer",
            "objects that other accounts own replicate only with READ and READ_ACP for the bucket owner",
            False,
            severity=Severity.WARNING,
            s3_failure_code="SrcGetAclNotPermitted",
            facts=("R5",),
        )


def _keys(route: Route) -> Iterator[Check]:
    """Both keys are enabled (F12), and the replica key is no AWS managed key of another account (F11)."""
    if not route.replication.kms_sources:
        return
    if route.source.account != route.destination.account:
        key = route.rule.replica_key
        yield configuration_check(
            f"{route.name}/replica-key-of-customer",
            "replicas in another account are encrypted under a customer managed key, not the AWS managed key `aws/s3`",
            key is not None and key.type is not KeyType.AWS_MANAGED,
            "F11",
            facts=("R57", "K26"),
        )
    sides = (("source", route.source.encryption.key), ("replica", route.rule.replica_key))
    for side, key in sides:
        if key is not None:
            yield configuration_check(
                f"{route.name}/{side}-key-enabled",
                f"the {side} key `{key.name}` is enabled",
                key.state is KeyState.ENABLED,
                "F12",
                s3_failure_code="DstKmsKeyInvalidState" if side == "replica" else "SrcKmsKeyInvalidState",
                detail=_enable(key, (route.source if side == "source" else route.destination).region),
                facts=("K27",),
            )


def _enable(key: Key, region: str) -> str | None:
    """Return how a key becomes usable; None for one that is."""
    if key.state is KeyState.ENABLED:
        return None
    name = key.arn(region)
    cancel = f"aws kms cancel-key-deletion --region {region} --key-id {name}; "
    first = cancel if key.state is KeyState.PENDING_DELETION else ""
    return f"the spec says that it is {key.state.value}: {first}aws kms enable-key --region {region} --key-id {name}"
