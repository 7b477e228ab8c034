"""What a replication configuration says; its rules have a Filter, so they are V2 rules (R61).

Fact: R60, R61, R63, R64, R66, R67, R68, R104, N1, N2
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterable

from policygen.generator.statements import Json
from policygen.spec.covered import Covered, Tag
from policygen.spec.model import Replication, Rule

_ALONE = {"Tags": "Tag", "Prefixes": "Prefix"}
_ENABLED = {"Status": "Enabled"}
_QUARTER_OF_AN_HOUR = {"Minutes": 15}


def replication_configuration(replication: Replication) -> Json:
    """Return the replication configuration of a source bucket, as PutBucketReplication takes it."""
    return {"Role": replication.role.arn, "Rules": [_rule(replication, rule) for rule in replication.rules]}


def _rule(replication: Replication, rule: Rule) -> Json:
    selection = {"SseKmsEncryptedObjects": _ENABLED} if replication.kms_sources else {}
    if rule.replica_modifications:
        selection["ReplicaModifications"] = _ENABLED
    return {
        "ID": rule.id,
        "Priority": rule.priority,
        "Filter": _filter(rule),
        "Status": "Enabled" if rule.enabled else "Disabled",
        **({"SourceSelectionCriteria": selection} if selection else {}),
        "Destination": _destination(replication, rule),
        "DeleteMarkerReplication": {"Status": "Enabled" if rule.delete_markers else "Disabled"},
    }


def _filter(rule: Rule) -> Json:
    """Exactly one of Prefix, Tag, Not and And (R60, R104)."""
    covered = rule.covered
    parts: Json = {"Prefix": covered.prefix} if covered.prefix or not (covered.tags or covered.excludes) else {}
    if covered.tags:
        parts["Tags"] = _tags(covered.tags)
    if covered.excludes:
        parts["Not"] = _left_out(covered)
    return _alone(parts) or {"And": parts}


def _left_out(covered: Covered) -> Json:
    """Exactly one of Prefix, Tag and Or (R104)."""
    prefixes = {"Prefixes": list(covered.excluded_prefixes)} if covered.excluded_prefixes else {}
    parts = prefixes | ({"Tags": _tags(covered.excluded_tags)} if covered.excluded_tags else {})
    return _alone(parts) or {"Or": parts}


def _alone(parts: Json) -> Json | None:
    """Return the only thing that a filter says, under the name that it has alone; None where it says more."""
    ((name, value), *more) = parts.items()
    if more or (name in _ALONE and len(value) > 1):
        return None
    return {_ALONE[name]: value[0]} if name in _ALONE else parts


def _tags(tags: Iterable[Tag]) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in tags]


def _destination(replication: Replication, rule: Rule) -> Json:
    bucket = rule.destination
    found: Json = {"Bucket": bucket.arn}
    if rule.owner_override or bucket.account != replication.source.account:
        found["Account"] = bucket.account
    if rule.storage_class is not None:
        found["StorageClass"] = rule.storage_class
    if rule.owner_override:
        found["AccessControlTranslation"] = {"Owner": "Destination"}
    if replication.kms_sources and rule.by_source_key:
        found["EncryptionConfiguration"] = {"UseSourceMultiRegionKey": _ENABLED}
    elif replication.kms_sources and rule.replica_keys:
        found["EncryptionConfiguration"] = {"ReplicaKmsKeyID": rule.replica_keys[0].arn(bucket.region)}
    if rule.replication_time_control:
        found["ReplicationTime"] = _ENABLED | {"Time": _QUARTER_OF_AN_HOUR}
        found["Metrics"] = _ENABLED | {"EventThreshold": _QUARTER_OF_AN_HOUR}
    elif rule.metrics:
        found["Metrics"] = _ENABLED
    return found
