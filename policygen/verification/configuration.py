"""What can be shown without a request: the replication configuration, versioning, locks, keys, quotas.

Each check names its failure cause (F1 to F27) and, where S3 names that cause, S3's failure code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.lint import validate_text
from policygen.spec.model import (
    KeyState,
    KeyType,
    ObjectOwnership,
    Replication,
    Rule,
    SourceObjects,
    Spec,
    Versioning,
)
from policygen.verification.checks import Check, CheckKind
from policygen.verification.documents import Documents, configuration_path
from policygen.verification.routes import Route, routes_of

_MISSING = object()


def configuration_checks(spec: Spec, documents: Documents, generated: Documents) -> Iterator[Check]:
    """Yield every configuration check of a spec.

    Args:
        spec: The spec.
        documents: The documents under verification.
        generated: What the spec generates: the replication configuration as it should be.
    """
    for route in routes_of(spec):
        yield from _buckets(route)
        yield from _keys(route)
    for replication in spec.replication:
        yield from _replication_configuration(replication, documents, generated)
        yield from _put_bucket_replication(replication, documents)


def _check(id_: str, title: str, passed: bool, cause: str | None = None, **more: Any) -> Check:
    return Check(id=id_, title=title, kind=CheckKind.CONFIGURATION, passed=passed, cause=cause, **more)


def _put_bucket_replication(replication: Replication, documents: Documents) -> Iterator[Check]:
    """What PutBucketReplication would refuse in a configuration, whatever the spec says (F24)."""
    found = documents.configuration(replication)
    if found is None:
        return
    path = configuration_path(replication)
    report = validate_text(json.dumps(thaw(found)), path, "replication-configuration")
    yield _check(
        f"{replication.name}/configuration/accepted",
        "PutBucketReplication accepts the configuration",
        not report.errors,
        "F24",
        document=path,
        element=report.errors[0].pointer.lstrip("/") if report.errors else None,
        detail="; ".join(f"{each.pointer}: {each.details}" for each in report.errors) or None,
        facts=("R60", "R61", "R63", "R67", "R68"),
    )


def _buckets(route: Route) -> Iterator[Check]:
    """Versioning on both sides (F14), Object Lock on both (F21), SSE-C (F25), the destination's payer (R4)."""
    for side, bucket in (("source", route.source), ("destination", route.destination)):
        yield _check(
            f"{route.name}/versioning-{side}",
            f"versioning is enabled on the {side} bucket `{bucket.name}`",
            bucket.versioning is Versioning.ENABLED,
            "F14",
            s3_failure_code="DstBucketUnversioned" if side == "destination" else None,
            document=f"{bucket.account}/s3/{bucket.entry}/versioning.json",
            element="Status",
            fix={"Status": "Enabled"},
            facts=("R1",),
        )
    if route.source.object_lock:
        yield _check(
            f"{route.name}/object-lock",
            f"the destination `{route.destination.name}` has Object Lock, as the source has",
            route.destination.object_lock,
            "F21",
            s3_failure_code="DstBucketObjectLockConfigMissing",
            facts=("R3",),
        )
    if SourceObjects.SSE_C in route.replication.source_objects:
        yield _check(
            f"{route.name}/sse-c",
            f"the destination `{route.destination.name}` does not block SSE-C",
            "sse-c" not in route.destination.blocked_encryption_types,
            "F25",
            document=f"{route.destination.account}/s3/{route.destination.entry}/encryption.json",
            element="Rules/0/BlockedEncryptionTypes",
            fix={"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}},
            facts=("R83",),
        )
    if route.source.object_ownership is ObjectOwnership.OBJECT_WRITER:
        yield _check(
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
        yield _check(
            f"{route.name}/replica-key-of-customer",
            "replicas in another account are encrypted under a customer managed key, not the AWS managed key `aws/s3`",
            key is not None and key.type is not KeyType.AWS_MANAGED,
            "F11",
            facts=("R57", "K26"),
        )
    sides = (("source", route.source.encryption.key), ("replica", route.rule.replica_key))
    for side, key in sides:
        if key is not None:
            yield _check(
                f"{route.name}/{side}-key-enabled",
                f"the {side} key `{key.name}` is enabled",
                key.state is KeyState.ENABLED,
                "F12",
                s3_failure_code="DstKmsKeyInvalidState" if side == "replica" else "SrcKmsKeyInvalidState",
                facts=("K27",),
            )


def _replication_configuration(replication: Replication, documents: Documents, generated: Documents) -> Iterator[Check]:
    path = configuration_path(replication)
    found = documents.configuration(replication)
    wanted = generated.configuration(replication) or {}
    yield _check(
        f"{replication.name}/configuration",
        f"`{replication.source.name}` has a replication configuration",
        found is not None,
        s3_failure_code="SrcBucketReplicationConfigMissing",
        document=path,
        fix=None if found is not None else wanted,
        facts=("R60",),
    )
    if found is None:
        return
    yield _check(
        f"{replication.name}/configuration/role",
        f"the configuration names the role `{replication.role.arn}`",
        found.get("Role") == replication.role.arn,
        "F17",
        document=path,
        element="Role",
        fix={"Role": replication.role.arn},
        facts=("R15",),
    )
    rules = [rule for rule in _list(found.get("Rules")) if isinstance(rule, Mapping)]
    for rule in replication.rules:
        yield from _rule(replication, rule, rules, wanted, path)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _rule(
    replication: Replication, rule: Rule, found: list[Mapping[str, Any]], wanted: Mapping[str, Any], path: str
) -> Iterator[Check]:
    name = f"{replication.name}/{rule.id}/configuration"
    expected: Mapping[str, Any] = next((each for each in _list(wanted.get("Rules")) if each.get("ID") == rule.id), {})
    actual = _matching_rule(rule, found, expected)
    yield _check(
        name,
        f"the configuration has the rule `{rule.id}`",
        actual is not None,
        document=path,
        statement=rule.id,
        fix=None if actual is not None else expected,
        facts=("R60",),
    )
    if actual is None:
        return
    for pointer, cause, title, facts in _RULE_ELEMENTS:
        want, have = _at(expected, pointer), _at(actual, pointer)
        passed = _same(have, want)
        replica_key = pointer.endswith("ReplicaKmsKeyID")
        yield _check(
            f"{name}/{pointer}",
            f"rule `{rule.id}`: {title}",
            passed,
            _key_cause(have) if replica_key and have is not _MISSING else cause,
            s3_failure_code=_key_code(rule, have) if replica_key else None,
            document=path,
            statement=rule.id,
            element=pointer,
            detail=None if passed else f"wants {_shown(want)}, has {_shown(have)}",
            fix=None if passed else expected,
            facts=facts,
        )


_RULE_ELEMENTS = (
    ("Status", None, "its status is the spec's", ("R60",)),
    ("Filter", "F24", "it covers the spec's objects", ("R60", "R61")),
    ("Priority", "F24", "it has the spec's priority", ("R61", "R62")),
    ("DeleteMarkerReplication/Status", "F24", "delete markers replicate as the spec says", ("R61", "R63")),
    ("SourceSelectionCriteria/SseKmsEncryptedObjects/Status", "F1", "objects under KMS are selected", ("R64",)),
    ("SourceSelectionCriteria/ReplicaModifications/Status", None, "replica modifications are synchronised", ("R82",)),
    ("Destination/Bucket", None, "it names the destination", ("R60",)),
    ("Destination/EncryptionConfiguration/ReplicaKmsKeyID", "F1", "it names the replica key", ("R64", "R66", "M14")),
    ("Destination/Account", "F24", "it names the destination's account", ("R67",)),
    ("Destination/AccessControlTranslation/Owner", "F15", "replicas belong to the destination's owner", ("R36", "R67")),
    ("Destination/StorageClass", None, "replicas have the spec's storage class", ("R69",)),
    ("Destination/ReplicationTime/Status", "F24", "replication time control is as the spec says", ("R68",)),
    ("Destination/Metrics/Status", "F24", "metrics are as the spec says", ("R68",)),
)


def _matching_rule(rule: Rule, found: list[Mapping[str, Any]], expected: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the rule with the spec's id, else the one with its destination and filter."""
    by_id = next((each for each in found if each.get("ID") == rule.id), None)
    if by_id is not None:
        return by_id
    wanted = (_at(expected, "Destination/Bucket"), _at(expected, "Filter"))
    return next((each for each in found if (_at(each, "Destination/Bucket"), _at(each, "Filter")) == wanted), None)


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/"):
        if not isinstance(value, Mapping) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _same(have: Any, want: Any) -> bool:
    """A setting that is disabled and one that is not there mean the same."""
    return have == want or (_is_off(have) and _is_off(want))


def _is_off(value: Any) -> bool:
    return value is _MISSING or (isinstance(value, str) and value in ("Disabled", ""))


def _shown(value: Any) -> str:
    return "nothing" if value is _MISSING else f"`{value}`"


def _key_cause(have: Any) -> str:
    """Why a ReplicaKmsKeyID is wrong: the AWS managed key (F11), an alias (F13), or another key or Region (F12)."""
    if isinstance(have, str) and have.endswith("alias/aws/s3"):
        return "F11"
    return "F13" if isinstance(have, str) and "alias/" in have else "F12"


def _key_code(rule: Rule, have: Any) -> str | None:
    """S3 finds no key where its ARN names another Region than the destination's (R66, R100)."""
    arn = parse_arn(have) if isinstance(have, str) else None
    return "DstKmsKeyNotFound" if arn is not None and arn.region != rule.destination.region else None
