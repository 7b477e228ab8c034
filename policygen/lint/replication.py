"""Checks of a replication configuration: what PutBucketReplication refuses, and what it takes and then fails.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygen.aws.arns import is_account_id
from policygen.aws.s3 import REPLICA_STORAGE_CLASSES
from policygen.lint.check import Check, Hit, at, at_key, check, rule_check, shown
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy
from policygen.lint.policy_types import REPLICATION
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_API = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_CONFIGURATION = f"{_API}API_ReplicationConfiguration.html"
_RULE = f"{_API}API_ReplicationRule.html"
_FILTER = f"{_API}API_ReplicationRuleFilter.html"
_MARKERS = f"{_API}API_DeleteMarkerReplication.html"
_SELECTION = f"{_API}API_SourceSelectionCriteria.html"
_MODIFICATIONS = f"{_API}API_ReplicaModifications.html"
_EXISTING = f"{_API}API_ExistingObjectReplication.html"
_DESTINATION = f"{_API}API_Destination.html"
_ENCRYPTION = f"{_API}API_EncryptionConfiguration.html"
_ERRORS = f"{_API}ErrorResponses.html"
_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+\Z", re.DOTALL)
_BUCKET = re.compile(r"arn:[a-z-]+:s3:::[^/*]+\Z")
_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+\Z", re.DOTALL)
_ALIAS = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:alias/.+\Z", re.DOTALL)
_TOP = ("Role", "Rules")
_RULE_ELEMENTS = (
    "ID",
    "Priority",
    "Prefix",
    "Filter",
    "Status",
    "SourceSelectionCriteria",
    "ExistingObjectReplication",
    "Destination",
    "DeleteMarkerReplication",
)
_LARGEST = 2 * 1024 * 1024
_ERROR = FindingType.ERROR


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _under(node: Node | None, *names: str) -> Node | None:
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


@check("INVALID_CONFIGURATION_ELEMENT", _ERROR, facts="R60", types=REPLICATION, url=_CONFIGURATION)
def invalid_configuration_element(policy: Policy) -> Iterator[Hit]:
    """A member beside Role and Rules."""
    for key, _ in policy.root:
        if key.text not in _TOP:
            yield at_key(key, f"a replication configuration has no element {shown(key.text)}")


@check("INVALID_ROLE", _ERROR, facts="R60", types=REPLICATION, url=_CONFIGURATION)
def invalid_role(policy: Policy) -> Iterator[Hit]:
    """A Role that is no ARN of an IAM role."""
    role = policy.root.get("Role")
    if role is None or not _ROLE.match(_text(role)):
        yield at(role or policy.root, "Role is the ARN of an IAM role")


@check("INVALID_RULES", _ERROR, facts="R60", types=REPLICATION, url=_CONFIGURATION)
def invalid_rules(policy: Policy) -> Iterator[Hit]:
    """No rule, or more than 1,000."""
    rules = policy.root.get("Rules")
    count = len(rules.items) if isinstance(rules, Sequence) else 0
    if not 1 <= count <= 1000:
        yield at(rules or policy.root, f"{count:,} rules: 1 to 1,000 are possible")


@check("CONFIGURATION_TOO_LARGE", _ERROR, facts="R60", types=REPLICATION, url=_CONFIGURATION)
def configuration_too_large(policy: Policy) -> Iterator[Hit]:
    """A configuration of more than 2 MB."""
    size = len(policy.text.encode("utf-8", "surrogatepass"))
    if size > _LARGEST:
        yield at(policy.root, f"{size:,} bytes: at most {_LARGEST:,} are possible")


@check("INVALID_RULE", _ERROR, facts="R60", types=REPLICATION, url=_RULE)
def invalid_rule(policy: Policy) -> Iterator[Hit]:
    """A rule that is no JSON object."""
    rules = policy.root.get("Rules")
    for each in rules.items if isinstance(rules, Sequence) else ():
        if not isinstance(each, Mapping):
            yield at(each, "a rule is a JSON object")


@rule_check("INVALID_RULE_ELEMENT", _ERROR, facts="R60", url=_RULE)
def invalid_rule_element(rule: Mapping) -> Iterator[Hit]:
    """An element that rules do not have."""
    for key, _ in rule:
        if key.text not in _RULE_ELEMENTS:
            yield at_key(key, f"a rule has no element {shown(key.text)}")


_WITH_STATUS = (
    ("SourceSelectionCriteria", "SseKmsEncryptedObjects"),
    ("SourceSelectionCriteria", "ReplicaModifications"),
    ("Destination", "ReplicationTime"),
    ("Destination", "Metrics"),
)
_MARKER_STATUS = ("DeleteMarkerReplication", "Status")


@rule_check("INVALID_STATUS", _ERROR, facts="R60 R68", url=_RULE)
def invalid_status(rule: Mapping) -> Iterator[Hit]:
    """A Status other than Enabled and Disabled, of a rule or of something in it."""
    parts = [rule, *(node for path in _WITH_STATUS if (node := _under(rule, *path)) is not None)]
    found = [(part, _under(part, "Status")) for part in parts]
    markers = _under(rule, *_MARKER_STATUS)
    for part, status in [*found, *([(markers, markers)] if markers is not None else [])]:
        if _text(status) not in ("Enabled", "Disabled"):
            yield at(status or part, "Status is `Enabled` or `Disabled`")


@rule_check("INVALID_PRIORITY", _ERROR, facts="R60", url=_RULE)
def invalid_priority(rule: Mapping) -> Iterator[Hit]:
    """A Priority that is no whole number."""
    priority = rule.get("Priority")
    if priority is not None and not (isinstance(priority, Scalar) and priority.kind == "int"):
        yield at(priority, "Priority is a whole number, not in quotes")


@rule_check("INVALID_RULE_ID", _ERROR, facts="R60", url=_RULE)
def invalid_rule_id(rule: Mapping) -> Iterator[Hit]:
    """An ID that is too long or not ASCII."""
    rule_id = rule.get("ID")
    if rule_id is not None and (len(_text(rule_id)) > 255 or not _text(rule_id).isascii()):
        yield at(rule_id, "a rule's ID has at most 255 ASCII characters")


@rule_check("EXISTING_OBJECT_REPLICATION", _ERROR, facts="R69", url=_EXISTING)
def existing_object_replication(rule: Mapping) -> Iterator[Hit]:
    """ExistingObjectReplication, which S3 no longer supports."""
    existing = rule.get("ExistingObjectReplication")
    if existing is not None:
        yield at(existing, "ExistingObjectReplication is no longer supported: use S3 Batch Replication")


@rule_check("REPLICA_MODIFICATIONS_WITHOUT_FILTER", _ERROR, facts="R61", url=_MODIFICATIONS)
def replica_modifications_without_filter(rule: Mapping) -> Iterator[Hit]:
    """ReplicaModifications in a rule of the first version."""
    if rule.get("Filter") is None and _under(rule, "SourceSelectionCriteria", "ReplicaModifications") is not None:
        yield at(rule, "ReplicaModifications needs a rule with Filter")


@rule_check("PREFIX_WITH_FILTER", _ERROR, facts="R61", url=_RULE)
def prefix_with_filter(rule: Mapping) -> Iterator[Hit]:
    """Prefix beside Filter."""
    prefix = rule.get("Prefix")
    if prefix is not None and rule.get("Filter") is not None:
        yield at(prefix, "Prefix and Filter exclude each other")


@rule_check("PRIORITY_REQUIRED", _ERROR, facts="R61", url=_RULE)
def priority_required(rule: Mapping) -> Iterator[Hit]:
    """Filter without Priority."""
    if rule.get("Filter") is not None and rule.get("Priority") is None:
        yield at(rule, "a rule with Filter needs Priority")


@rule_check("DELETE_MARKER_REPLICATION_REQUIRED", _ERROR, facts="R61", url=_RULE)
def delete_marker_replication_required(rule: Mapping) -> Iterator[Hit]:
    """Filter without DeleteMarkerReplication."""
    if rule.get("Filter") is not None and rule.get("DeleteMarkerReplication") is None:
        yield at(rule, "a rule with Filter needs DeleteMarkerReplication")


@rule_check("DELETE_MARKERS_WITH_TAG_FILTER", _ERROR, facts="R63", url=_MARKERS)
def delete_markers_with_tag_filter(rule: Mapping) -> Iterator[Hit]:
    """Delete markers replicated by a rule that selects objects by their tags."""
    markers, wanted = rule.get("DeleteMarkerReplication"), rule.get("Filter")
    tagged = _under(wanted, "Tag") is not None or _under(wanted, "And", "Tags") is not None
    if markers is not None and tagged and _text(_under(markers, "Status")) == "Enabled":
        yield at(markers, "a rule with a tag filter cannot replicate delete markers")


@rule_check("INVALID_FILTER", _ERROR, facts="R60", url=_FILTER)
def invalid_filter(rule: Mapping) -> Iterator[Hit]:
    """A Filter that holds something else than one of Prefix, Tag and And."""
    node = rule.get("Filter")
    kinds = [key for key, _ in node] if isinstance(node, Mapping) else []
    strange = not isinstance(node, Mapping) or any(key.text not in ("Prefix", "Tag", "And") for key in kinds)
    if node is not None and (len(kinds) > 1 or strange):
        yield at(node, "Filter holds exactly one of Prefix, Tag and And")


@rule_check("PREFIX_TOO_LONG", _ERROR, facts="R60", url=_RULE)
def prefix_too_long(rule: Mapping) -> Iterator[Hit]:
    """A prefix of more than 1,024 characters."""
    for prefix in (rule.get("Prefix"), _under(rule, "Filter", "Prefix"), _under(rule, "Filter", "And", "Prefix")):
        if prefix is not None and len(_text(prefix)) > 1024:
            yield at(prefix, "a prefix has at most 1,024 characters")


@rule_check("EMPTY_SOURCE_SELECTION", _ERROR, facts="R65", url=_SELECTION)
def empty_source_selection(rule: Mapping) -> Iterator[Hit]:
    """SourceSelectionCriteria without anything in it."""
    selection = rule.get("SourceSelectionCriteria")
    if isinstance(selection, Mapping) and not selection.entries:
        yield at(selection, "SourceSelectionCriteria cannot be empty")


def _selects_kms(rule: Mapping) -> bool:
    return _text(_under(rule, "SourceSelectionCriteria", "SseKmsEncryptedObjects", "Status")) == "Enabled"


def _replica_key(rule: Mapping) -> Node | None:
    return _under(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID")


@rule_check("REPLICA_KEY_REQUIRED", _ERROR, facts="R64", url=_DESTINATION)
def replica_key_required(rule: Mapping) -> Iterator[Hit]:
    """Objects under KMS selected without a key for the replicas."""
    if _selects_kms(rule) and _replica_key(rule) is None:
        details = "objects under KMS are selected: Destination needs EncryptionConfiguration with ReplicaKmsKeyID"
        yield at(rule, details)


@rule_check("KMS_SELECTION_REQUIRED", _ERROR, facts="R64", url=_SELECTION)
def kms_selection_required(rule: Mapping) -> Iterator[Hit]:
    """EncryptionConfiguration without SseKmsEncryptedObjects; a WARNING where that is there but Disabled."""
    if _under(rule, "Destination", "EncryptionConfiguration") is None or _selects_kms(rule):
        return
    selection = _under(rule, "SourceSelectionCriteria", "SseKmsEncryptedObjects")
    if selection is None:
        yield at(rule, "EncryptionConfiguration needs SourceSelectionCriteria with SseKmsEncryptedObjects enabled")
    else:
        details = "objects under KMS are not selected: they are skipped, whatever the replicas' key is"
        yield Hit(node=selection, details=details, finding_type=FindingType.WARNING)


@rule_check("DESTINATION_REQUIRED", _ERROR, facts="R60", url=_DESTINATION)
def destination_required(rule: Mapping) -> Iterator[Hit]:
    """A rule without Destination."""
    if not isinstance(rule.get("Destination"), Mapping):
        yield at(rule.get("Destination") or rule, "a rule needs Destination")


def _destination(rule: Mapping) -> Mapping | None:
    destination = rule.get("Destination")
    return destination if isinstance(destination, Mapping) else None


@rule_check("INVALID_DESTINATION_BUCKET", _ERROR, facts="R60", url=_DESTINATION)
def invalid_destination_bucket(rule: Mapping) -> Iterator[Hit]:
    """A Bucket that is no ARN of a bucket."""
    destination = _destination(rule)
    if destination is not None and not _BUCKET.match(_text(destination.get("Bucket"))):
        yield at(destination.get("Bucket") or destination, "Bucket is the ARN of a bucket")


@rule_check("INVALID_STORAGE_CLASS", _ERROR, facts="R69", url=_DESTINATION)
def invalid_storage_class(rule: Mapping) -> Iterator[Hit]:
    """A storage class that replicas cannot have."""
    storage = _under(rule, "Destination", "StorageClass")
    if storage is not None and _text(storage) not in REPLICA_STORAGE_CLASSES:
        yield at(storage, f"{shown(_text(storage))} is no storage class for replicas")


@rule_check("INVALID_ACCOUNT", _ERROR, facts="R67", url=_ERRORS)
def invalid_account(rule: Mapping) -> Iterator[Hit]:
    """An Account that is no 12-digit account id."""
    account = _under(rule, "Destination", "Account")
    if account is not None and not is_account_id(_text(account)):
        yield at(account, "Account is the 12-digit account id of the destination bucket's owner")


@rule_check("INVALID_OWNER", _ERROR, facts="R67", url=_DESTINATION)
def invalid_owner(rule: Mapping) -> Iterator[Hit]:
    """AccessControlTranslation with another Owner than Destination."""
    translation = _under(rule, "Destination", "AccessControlTranslation")
    if translation is not None and _text(_under(translation, "Owner")) != "Destination":
        yield at(_under(translation, "Owner") or translation, "Owner is `Destination`")


@rule_check("ACCOUNT_REQUIRED", _ERROR, facts="R67", url=_DESTINATION)
def account_required(rule: Mapping) -> Iterator[Hit]:
    """AccessControlTranslation without Account."""
    destination = _destination(rule)
    if destination is None or destination.get("AccessControlTranslation") is None:
        return
    if destination.get("Account") is None:
        yield at(destination, "AccessControlTranslation needs Account, the destination bucket's owner")


@rule_check("REPLICA_KEY_IS_ALIAS", FindingType.WARNING, facts="R66", url=_ENCRYPTION)
def replica_key_is_alias(rule: Mapping) -> Iterator[Hit]:
    """An alias as the replicas' key."""
    key = _replica_key(rule)
    if key is not None and _ALIAS.match(_text(key)):
        yield at(key, "an alias is looked up in the caller's account: give the key ARN")


@rule_check("INVALID_REPLICA_KEY", _ERROR, facts="R66", url=_ENCRYPTION)
def invalid_replica_key(rule: Mapping) -> Iterator[Hit]:
    """A replicas' key that is no text; a WARNING where it is no ARN of a key, which S3 takes and then fails."""
    key = _replica_key(rule)
    if key is None or _ALIAS.match(_text(key)) or _KEY.match(_text(key)):
        return
    if not _text(key) or not (isinstance(key, Scalar) and key.kind == "str"):
        yield at(key, "ReplicaKmsKeyID is a key ARN of the destination's Region")
    else:
        details = f"{shown(_text(key))} is no ARN of a key: S3 takes it, and then objects fail to replicate"
        yield Hit(node=key, details=details, finding_type=FindingType.WARNING)


@rule_check("METRICS_REQUIRED", _ERROR, facts="R68", url=_ERRORS)
def metrics_required(rule: Mapping) -> Iterator[Hit]:
    """ReplicationTime without Metrics."""
    time = _under(rule, "Destination", "ReplicationTime")
    if time is not None and _under(rule, "Destination", "Metrics") is None:
        yield at(time, "ReplicationTime needs Metrics")


@rule_check("METRICS_STATUS", _ERROR, facts="R68", url=_ERRORS)
def metrics_status(rule: Mapping) -> Iterator[Hit]:
    """ReplicationTime and Metrics of different Status."""
    time, metrics = _under(rule, "Destination", "ReplicationTime"), _under(rule, "Destination", "Metrics")
    if time is not None and metrics is not None:
        if _text(_under(time, "Status")) != _text(_under(metrics, "Status")):
            yield at(time, "ReplicationTime and Metrics have the same Status")


@rule_check("INVALID_MINUTES", _ERROR, facts="R68", url=_ERRORS)
def invalid_minutes(rule: Mapping) -> Iterator[Hit]:
    """A number of minutes other than 15, or none where replication time control needs it.

    Metrics without replication time control need no threshold: the user guide enables them alone.
    """
    destination = _destination(rule)
    timed = _under(destination, "ReplicationTime") is not None
    for outer, inner in (("ReplicationTime", "Time"), ("Metrics", "EventThreshold")):
        holder = _under(destination, outer)
        node = _under(holder, inner, "Minutes")
        if node is not None and _text(node) != "15":
            yield at(node, "the only number of minutes is 15")
        elif holder is not None and node is None and (timed or _under(holder, inner) is not None):
            yield at(holder, f"{outer} needs {inner} with 15 Minutes")


@check("DUPLICATE_RULE_ID", _ERROR, facts="R60", types=REPLICATION, url=_RULE)
def duplicate_rule_id(policy: Policy) -> Iterator[Hit]:
    """Two rules of one ID."""
    seen: set[str] = set()
    for rule in policy.rules:
        rule_id = _text(rule.get("ID"))
        if rule_id and rule_id in seen:
            yield at(rule, f"two rules are called {shown(rule_id)}")
        seen.add(rule_id)


@check("DUPLICATE_PRIORITY", FindingType.WARNING, facts="R62 R70", types=REPLICATION, url=_RULE)
def duplicate_priority(policy: Policy) -> Iterator[Hit]:
    """Two rules for one destination with one priority.

    Unspecified: AWS does not say that S3 refuses it, only that the priority decides between the two.
    """
    seen: set[tuple[str, str]] = set()
    for rule in policy.rules:
        bucket, priority = _text(_under(rule, "Destination", "Bucket")), _text(rule.get("Priority"))
        if priority and (bucket, priority) in seen:
            details = f"two rules for one destination have the priority {shown(priority)}: neither goes first"
            yield at(rule, details)
        seen.add((bucket, priority))


CHECKS: tuple[Check, ...] = (
    invalid_configuration_element,
    invalid_role,
    invalid_rules,
    configuration_too_large,
    invalid_rule,
    invalid_rule_element,
    invalid_status,
    invalid_priority,
    invalid_rule_id,
    existing_object_replication,
    replica_modifications_without_filter,
    prefix_with_filter,
    priority_required,
    delete_marker_replication_required,
    delete_markers_with_tag_filter,
    invalid_filter,
    prefix_too_long,
    empty_source_selection,
    replica_key_required,
    kms_selection_required,
    destination_required,
    invalid_destination_bucket,
    invalid_storage_class,
    invalid_account,
    invalid_owner,
    account_required,
    replica_key_is_alias,
    invalid_replica_key,
    metrics_required,
    metrics_status,
    invalid_minutes,
    duplicate_rule_id,
    duplicate_priority,
)
"""The checks of this module."""
