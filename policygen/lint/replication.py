"""Checks of a replication configuration: what PutBucketReplication refuses, and what it takes and then fails.

Fact: R15, R60, R61, R62, R63, R64, R65, R66, R67, R68, R69, F24
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

import re

from policygen.aws.s3 import REPLICA_STORAGE_CLASSES
from policygen.errors import Place
from policygen.lint.policy import Policy
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_API = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+\Z")
_BUCKET = re.compile(r"arn:[a-z-]+:s3:::[^/*]+\Z")
_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+\Z")
_ALIAS = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:alias/.+\Z")
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


def check_replication_configuration(policy: Policy) -> None:
    """Check ``{Role, Rules}``, or the same inside ``ReplicationConfiguration``."""
    root = policy.root
    inner = root.get("ReplicationConfiguration")
    if isinstance(inner, Mapping):
        root = inner
    role = root.get("Role")
    if role is None or not _ROLE.match(_text(role)):
        place = role.place if role else root.place
        _error(policy, "INVALID_ROLE", "Role is the ARN of an IAM role", place, "API_ReplicationConfiguration.html")
    rules = root.get("Rules")
    listed = rules.items if isinstance(rules, Sequence) else ()
    if not 1 <= len(listed) <= 1000:
        place = rules.place if rules else root.place
        details = f"{len(listed):,} rules: 1 to 1,000 are possible"
        _error(policy, "INVALID_RULES", details, place, "API_ReplicationConfiguration.html")
    for rule in listed:
        if isinstance(rule, Mapping):
            _check_rule(policy, rule)
        else:
            _error(policy, "INVALID_RULE", "a rule is a JSON object", rule.place)
    _check_together(policy, [each for each in listed if isinstance(each, Mapping)])


def _error(policy: Policy, code: str, details: str, place: Place, page: str = "API_ReplicationRule.html") -> None:
    policy.error(code, details, place, _API + page)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _at(node: Node | None, *names: str) -> Node | None:
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _check_rule(policy: Policy, rule: Mapping) -> None:
    for key, _ in rule:
        if key.text not in _RULE_ELEMENTS:
            _error(policy, "INVALID_RULE_ELEMENT", f"a rule has no element `{key.text}`", key.place)
    if _text(rule.get("Status")) not in ("Enabled", "Disabled"):
        place = node.place if (node := rule.get("Status")) else rule.place
        _error(policy, "INVALID_STATUS", "Status is `Enabled` or `Disabled`", place)
    rule_id = rule.get("ID")
    if rule_id is not None and (len(_text(rule_id)) > 255 or not _text(rule_id).isascii()):
        _error(policy, "INVALID_RULE_ID", "a rule's ID has at most 255 ASCII characters", rule_id.place)
    existing = rule.get("ExistingObjectReplication")
    if existing is not None:
        details = "ExistingObjectReplication is no longer supported: use S3 Batch Replication"
        page = "API_ExistingObjectReplication.html"
        _error(policy, "EXISTING_OBJECT_REPLICATION", details, existing.place, page)
    _check_version(policy, rule)
    _check_selection(policy, rule)
    _check_destination(policy, rule)


def _check_version(policy: Policy, rule: Mapping) -> None:
    """With a Filter a rule is of the second version: it needs Priority and DeleteMarkerReplication (R61)."""
    filter_node = rule.get("Filter")
    if filter_node is None:
        if _at(rule, "SourceSelectionCriteria", "ReplicaModifications") is not None:
            details = "ReplicaModifications needs a rule with Filter"
            _error(policy, "REPLICA_MODIFICATIONS_WITHOUT_FILTER", details, rule.place, "API_ReplicaModifications.html")
        return
    if rule.get("Prefix") is not None:
        _error(policy, "PREFIX_WITH_FILTER", "Prefix and Filter exclude each other", rule.place)
    if rule.get("Priority") is None:
        _error(policy, "PRIORITY_REQUIRED", "a rule with Filter needs Priority", rule.place)
    markers = rule.get("DeleteMarkerReplication")
    if markers is None:
        details = "a rule with Filter needs DeleteMarkerReplication"
        _error(policy, "DELETE_MARKER_REPLICATION_REQUIRED", details, rule.place)
    elif _has_tags(filter_node) and _text(_at(markers, "Status")) == "Enabled":
        details = "a rule with a tag filter cannot replicate delete markers"
        page = "API_DeleteMarkerReplication.html"
        _error(policy, "DELETE_MARKERS_WITH_TAG_FILTER", details, markers.place, page)
    kinds = [key for key, _ in filter_node] if isinstance(filter_node, Mapping) else []
    if len(kinds) > 1 or any(key.text not in ("Prefix", "Tag", "And") for key in kinds):
        details = "Filter holds exactly one of Prefix, Tag and And"
        _error(policy, "INVALID_FILTER", details, filter_node.place, "API_ReplicationRuleFilter.html")
    for prefix in (_at(filter_node, "Prefix"), _at(filter_node, "And", "Prefix")):
        if prefix is not None and len(_text(prefix)) > 1024:
            _error(policy, "PREFIX_TOO_LONG", "a prefix has at most 1,024 characters", prefix.place)


def _has_tags(filter_node: Node) -> bool:
    return _at(filter_node, "Tag") is not None or _at(filter_node, "And", "Tags") is not None


def _check_selection(policy: Policy, rule: Mapping) -> None:
    """The opt-in to objects under KMS is a pair (R64)."""
    selection = rule.get("SourceSelectionCriteria")
    encryption = _at(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID")
    if isinstance(selection, Mapping) and not selection.entries:
        details = "SourceSelectionCriteria cannot be empty"
        _error(policy, "EMPTY_SOURCE_SELECTION", details, selection.place, "API_SourceSelectionCriteria.html")
    selected = _text(_at(selection, "SseKmsEncryptedObjects", "Status")) == "Enabled"
    if selected and encryption is None:
        details = "objects under KMS are selected: Destination needs EncryptionConfiguration with ReplicaKmsKeyID"
        _error(policy, "REPLICA_KEY_REQUIRED", details, rule.place, "API_Destination.html")
    if encryption is not None and not selected:
        details = "ReplicaKmsKeyID needs SourceSelectionCriteria with SseKmsEncryptedObjects enabled"
        _error(policy, "KMS_SELECTION_REQUIRED", details, rule.place, "API_SourceSelectionCriteria.html")


def _check_destination(policy: Policy, rule: Mapping) -> None:
    destination = rule.get("Destination")
    if not isinstance(destination, Mapping):
        _error(policy, "DESTINATION_REQUIRED", "a rule needs Destination", rule.place, "API_Destination.html")
        return
    bucket = destination.get("Bucket")
    if bucket is None or not _BUCKET.match(_text(bucket)):
        place = bucket.place if bucket else destination.place
        _error(policy, "INVALID_DESTINATION_BUCKET", "Bucket is the ARN of a bucket", place, "API_Destination.html")
    storage = destination.get("StorageClass")
    if storage is not None and _text(storage) not in REPLICA_STORAGE_CLASSES:
        details = f"`{_text(storage)}` is no storage class for replicas"
        _error(policy, "INVALID_STORAGE_CLASS", details, storage.place, "API_Destination.html")
    if destination.get("AccessControlTranslation") is not None and destination.get("Account") is None:
        details = "AccessControlTranslation needs Account, the destination bucket's owner"
        _error(policy, "ACCOUNT_REQUIRED", details, destination.place, "API_Destination.html")
    _check_replica_key(policy, destination)
    _check_time_control(policy, destination)


def _check_replica_key(policy: Policy, destination: Mapping) -> None:
    node = _at(destination, "EncryptionConfiguration", "ReplicaKmsKeyID")
    if node is None:
        return
    link = f"{_API}API_EncryptionConfiguration.html"
    if _ALIAS.match(_text(node)):
        details = "an alias is looked up in the caller's account: give the key ARN"
        policy.add("WARNING", "REPLICA_KEY_IS_ALIAS", details, node.place, link)
    elif not _KEY.match(_text(node)):
        policy.error(
            "INVALID_REPLICA_KEY", "ReplicaKmsKeyID is a key ARN of the destination's Region", node.place, link
        )


def _check_time_control(policy: Policy, destination: Mapping) -> None:
    """ReplicationTime goes with Metrics, of the same status (R68)."""
    time, metrics = destination.get("ReplicationTime"), destination.get("Metrics")
    page = "ErrorResponses.html"
    if time is not None and metrics is None:
        _error(policy, "METRICS_REQUIRED", "ReplicationTime needs Metrics", time.place, page)
    elif time is not None and _text(_at(time, "Status")) != _text(_at(metrics, "Status")):
        _error(policy, "METRICS_STATUS", "ReplicationTime and Metrics have the same Status", time.place, page)
    for node in (_at(time, "Time", "Minutes"), _at(metrics, "EventThreshold", "Minutes")):
        if node is not None and _text(node) != "15":
            _error(policy, "INVALID_MINUTES", "the only number of minutes is 15", node.place, page)


def _check_together(policy: Policy, rules: list[Mapping]) -> None:
    ids: set[str] = set()
    priorities: set[tuple[str, str]] = set()
    for rule in rules:
        rule_id = _text(rule.get("ID"))
        if rule_id and rule_id in ids:
            _error(policy, "DUPLICATE_RULE_ID", f"two rules are called `{rule_id}`", rule.place)
        ids.add(rule_id)
        key = (_text(_at(rule, "Destination", "Bucket")), _text(rule.get("Priority")))
        if key[1] and key in priorities:
            details = f"two rules for one destination have the priority {key[1]}"
            _error(policy, "DUPLICATE_PRIORITY", details, rule.place)
        priorities.add(key)
