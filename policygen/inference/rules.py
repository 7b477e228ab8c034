"""The rules of a replication: what a configuration means, though it may not say all of it, or say it wrong.

Fact: R36, R60, R61, R62, R63, R64, R66, R68, R69, R82, N1, N2, N6
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.inference.buckets import BucketFacts
from policygen.inference.given import actions, allows, gives
from policygen.inference.keys import Keys
from policygen.inference.known import Part
from policygen.inference.roles import RoleFacts
from policygen.inference.values import Taken, without_empty
from policygen.spec.covered import Covered
from policygen.spec.kinds import SOURCE_MULTI_REGION
from policygen.verification.configuration.filters import covered_by

NAMED = "Destination/EncryptionConfiguration/ReplicaKmsKeyID"
_BY_SOURCE = "Destination/EncryptionConfiguration/UseSourceMultiRegionKey/Status"
_SELECTED = "SourceSelectionCriteria/SseKmsEncryptedObjects/Status"
_OVERRIDE = "s3:ObjectOwnerOverrideToBucketOwner"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationFacts:
    """One configuration, and what is known of its parts.

    Attributes:
        name: The name of its entry.
        configuration: The configuration.
        role: The role that S3 assumes.
        source: The source bucket.
        rules: The rules, each with its destination.
    """

    name: str
    configuration: Part
    role: RoleFacts
    source: BucketFacts
    rules: tuple[tuple[Part, BucketFacts], ...]


def selects_kms(rule: Part) -> bool:
    """Tell whether a rule selects objects under KMS."""
    return _is_on(rule, _SELECTED)


def _is_on(rule: Part, element: str) -> bool:
    found = rule.at(element)
    return found is not None and found.value == "Enabled"


def replica_key(rule: Part, destination: BucketFacts, role: RoleFacts, keys: Keys) -> Taken | None:
    """Return the ARN of the key that replicas are meant to be under, or ``source-multi-region``; None for no such key.

    It is the key that the rule names, where S3 can use it there; else the destination's own, else the one behind the
    alias or id that the rule names, else one that the role may encrypt under there.

    Fact: R64, R66, F11, F12, F13, N1
    """
    by_source = rule.at(_BY_SOURCE)
    if by_source is not None and by_source.value == "Enabled":
        return Taken(SOURCE_MULTI_REGION, by_source.where)
    named, there = rule.at(NAMED), (destination.region.value, destination.account.value)
    if named is not None:
        arn = parse_arn(str(named.value))
        own = keys.is_aws_managed(str(named.value))
        if arn is not None and arn.resource.startswith("key/") and (arn.region, arn.account) == there and not own:
            return Taken(str(named.value), named.where)
    if destination.key is not None:
        return destination.key
    if named is not None:
        found = keys.resolve(str(named.value), str(destination.account.value), str(destination.region.value))
        arn = parse_arn(found or "")
        return Taken(found, named.where) if arn is not None and arn.region == there[0] else None
    of_role = ((parse_arn(str(each.value)), each) for each in role.keys("kms:Encrypt"))
    usable = (each for arn, each in of_role if arn is not None and (arn.region, arn.account) == there)
    return next((Taken(str(each.value), each.where) for each in usable), None)


def rule_tree(
    rule: Part, number: int, destination: BucketFacts, source: BucketFacts, role: RoleFacts, key_name: Taken | None
) -> dict[str, Any]:
    """Return a rule of the spec.

    Args:
        rule: The rule as the configuration has it.
        number: Its place, from 1.
        destination: Its destination.
        source: The source bucket.
        role: The role.
        key_name: The entry of the replica key, where it is not the destination's own.
    """
    where = rule.where
    covered, filter_at = _covered(rule)
    priority, storage = rule.at("Priority"), rule.at("Destination/StorageClass")
    timed = _is_on(rule, "Destination/ReplicationTime/Status")
    told = {
        "id": rule_id(rule, number),
        "destination": Taken(destination.entry, f"{where}/Destination/Bucket"),
        "replica_key": key_name,
        "prefix": Taken(covered.prefix, filter_at) if covered.prefix else None,
        "tags": Taken(dict(covered.tags), filter_at) if covered.tags else None,
        "exclude": _excluded(covered, filter_at),
        "priority": Taken(priority.value, priority.where)
        if priority is not None and type(priority.value) is int
        else None,
        "status": Taken("disabled", f"{where}/Status") if not _is_on(rule, "Status") else None,
        "delete_markers": _markers(rule, covered),
        "replicate_tags": _tags(role),
        "replicate_annotations": _annotations(role),
        "replica_modifications": _option(rule, "SourceSelectionCriteria/ReplicaModifications/Status"),
        "replication_time_control": _option(rule, "Destination/ReplicationTime/Status"),
        "metrics": _option(rule, "Destination/Metrics/Status") if not timed else None,
        "storage_class": Taken(storage.value, storage.where) if storage is not None else None,
        "owner_override": _owner_override(rule, destination, source, role),
    }
    return without_empty(told)


def rule_id(rule: Part, number: int) -> Taken:
    """Return a rule's id; one that has none is called by its place."""
    found = rule.at("ID") or rule.at("Id")
    if found is None or found.value == "":
        return Taken(f"rule-{number}", rule.where)
    return Taken(str(found.value), found.where)


def _covered(rule: Part) -> tuple[Covered, str]:
    """Return the objects of a rule, and where they are said; a rule without Filter has a Prefix of its own (R61)."""
    found = rule.at("Filter") or rule.at("Prefix")
    written = {"Prefix": rule.value.get("Prefix", "")} if rule.at("Filter") is None else rule.value["Filter"]
    return covered_by(written) or Covered(), found.where if found is not None else rule.where


def covered_of(rule: Part) -> Covered:
    """Return the objects that a rule covers."""
    return _covered(rule)[0]


def _excluded(covered: Covered, where: str) -> dict[str, Any]:
    prefixes, tags = list(covered.excluded_prefixes), dict(covered.excluded_tags)
    return without_empty(
        {"prefixes": Taken(prefixes, where) if prefixes else None, "tags": Taken(tags, where) if tags else None}
    )


def _option(rule: Part, element: str) -> Taken | None:
    found = rule.at(element)
    return Taken(True, found.where) if found is not None and found.value == "Enabled" else None


def _markers(rule: Part, covered: Covered) -> Taken | None:
    """Return that delete markers replicate: always by a rule without Filter (R61), never by one with tags (R63)."""
    if rule.at("Filter") is None and "Prefix" in rule.value:
        return Taken(True, f"{rule.where}: a rule without Filter")
    return None if covered.names_tags else _option(rule, "DeleteMarkerReplication/Status")


def _tags(role: RoleFacts) -> Taken | None:
    """Return that tags do not replicate, where the role has a part in objects and none in tags."""
    asked = ("s3:GetObjectVersionTagging", "s3:ReplicateTags")
    if not role.gives("s3:ReplicateObject") or any(role.gives(each) for each in asked):
        return None
    return Taken(False, "no policy of the role names object tags")


def _annotations(role: RoleFacts) -> Taken | None:
    """Return that annotations replicate: no element of a configuration says it, rights that are named do (N6)."""
    for action in ("s3:GetObjectVersionAnnotationForReplication", "s3:ReplicateObjectAnnotation"):
        for each in allows(role.policies):
            if action in actions(each):
                return Taken(True, each.where)
    return None


def _owner_override(rule: Part, destination: BucketFacts, source: BucketFacts, role: RoleFacts) -> Taken | None:
    """Return whether replicas change their owner, where a spec would not say so by itself.

    Across accounts, with ACLs on, they do: unless neither configuration, role nor bucket policy speaks of it (R36).
    """
    said = rule.at("Destination/AccessControlTranslation/Owner")
    given = any(gives(each, _OVERRIDE) for each in allows(role.policies))
    given = given or (
        destination.policy is not None and any(gives(each, _OVERRIDE) for each in allows([destination.policy]))
    )
    if destination.account.value == source.account.value:
        return None
    if destination.ownership is None:
        return Taken("true", said.where) if said is not None and given else None
    if said is None and not given:
        return Taken("false", f"{rule.where}: nothing speaks of the replicas' owner")
    return None
