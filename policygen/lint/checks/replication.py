"""Checks of a replication configuration: what PutBucketReplication refuses, and what it takes and then fails.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

import re
from collections.abc import Callable, Iterator

from policygen.aws.arns import is_account_id
from policygen.aws.s3 import REPLICA_STORAGE_CLASSES
from policygen.catalog.spelling import WIDE, did_you_mean, hinted, shown
from policygen.lint.check import Hit, at, at_key, configuration_check, rule_check
from policygen.lint.findings import ERROR, WARNING
from policygen.lint.policy import Policy, Rule
from policygen.lint.policy_types import KEY_ARN, is_text, texts
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
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+\Z", re.DOTALL)
_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::[^/*]+\Z")
_ALIAS_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:alias/.+\Z", re.DOTALL)
_STATUS = ("Status",)
_MEMBERS: dict[str, tuple[str, ...]] = {
    "Rules": (
        *("ID", "Priority", "Prefix", "Filter", "Status", "SourceSelectionCriteria", "ExistingObjectReplication"),
        *("Destination", "DeleteMarkerReplication"),
    ),
    "Filter": ("Prefix", "Tag", "And", "Not"),
    "And": ("Prefix", "Tags", "Not"),
    "Not": ("Prefix", "Tag", "Or"),
    "Or": ("Prefixes", "Tags"),
    **dict.fromkeys(("Tag", "Tags"), ("Key", "Value")),
    "SourceSelectionCriteria": ("SseKmsEncryptedObjects", "ReplicaModifications"),
    **dict.fromkeys(("SseKmsEncryptedObjects", "ReplicaModifications", "ExistingObjectReplication"), _STATUS),
    **dict.fromkeys(("DeleteMarkerReplication", "UseSourceMultiRegionKey"), _STATUS),
    "Destination": (
        *("Bucket", "Account", "StorageClass", "AccessControlTranslation", "EncryptionConfiguration"),
        *("ReplicationTime", "Metrics"),
    ),
    "AccessControlTranslation": ("Owner",),
    "EncryptionConfiguration": ("ReplicaKmsKeyID", "UseSourceMultiRegionKey"),
    "ReplicationTime": ("Status", "Time"),
    "Metrics": ("Status", "EventThreshold"),
    **dict.fromkeys(("Time", "EventThreshold"), ("Minutes",)),
}
"""What each part of a rule may hold, as AWS's model of PutBucketReplication has it."""

_PARTS_OF_FILTER = ("Filter", "And", "Not", "Or", "Tag", "Tags")
_SELECTED = ("SourceSelectionCriteria", "SseKmsEncryptedObjects")
_ENCRYPTED = ("Destination", "EncryptionConfiguration")
_REPLICA_KEY = (*_ENCRYPTED, "ReplicaKmsKeyID")
_SOURCE_KEY = (*_ENCRYPTED, "UseSourceMultiRegionKey")
_TIME = ("Destination", "ReplicationTime")
_METRICS = ("Destination", "Metrics")
_OWNER = ("Destination", "AccessControlTranslation")
_STATUSES = ("Enabled", "Disabled")
_MODIFIED = ("SourceSelectionCriteria", "ReplicaModifications")
_WITH_STATUS: tuple[tuple[str, ...], ...] = ((), _SELECTED, _MODIFIED, _TIME, _METRICS, _SOURCE_KEY)


@configuration_check("INVALID_CONFIGURATION_ELEMENT", ERROR, facts="R60", url=_CONFIGURATION)
def invalid_configuration_element(policy: Policy) -> Iterator[Hit]:
    """A member beside Role and Rules."""
    for key, _ in policy.root:
        if key.text not in ("Role", "Rules"):
            yield at_key(key, f"a replication configuration has no element {shown(key.text)}")


@configuration_check("INVALID_ROLE", ERROR, facts="R60", url=_CONFIGURATION)
def invalid_role(policy: Policy) -> Iterator[Hit]:
    """A Role that is not the ARN of an IAM role."""
    role = policy.root.get("Role")
    if not isinstance(role, Scalar) or not _ROLE_ARN.match(role.text):
        yield at(role or policy.root, "Role is the ARN of an IAM role")


@configuration_check("INVALID_RULES", ERROR, facts="R60", url=_CONFIGURATION)
def invalid_rules(policy: Policy) -> Iterator[Hit]:
    """No rule, or more than 1,000."""
    rules = policy.root.get("Rules")
    count = len(rules.items) if isinstance(rules, Sequence) else 0
    if not 1 <= count <= 1000:
        yield at(rules or policy.root, f"{count:,} rules: 1 to 1,000 are possible")


@configuration_check("INVALID_RULE", ERROR, facts="R60", url=_RULE)
def invalid_rule(policy: Policy) -> Iterator[Hit]:
    """A rule that is not a JSON object."""
    rules = policy.root.get("Rules")
    for each in rules.items if isinstance(rules, Sequence) else ():
        if not isinstance(each, Mapping):
            yield at(each, "a rule is a JSON object")


@rule_check("INVALID_RULE_ELEMENT", ERROR, facts="R60 R104", url=_RULE)
def invalid_rule_element(rule: Rule) -> Iterator[Hit]:
    """A member that a rule, or a part of it other than Filter, does not have."""
    for name, node in _parts("Rules", rule.node):
        yield from _unknown(name, node) if name not in _PARTS_OF_FILTER else ()


def _unknown(name: str, node: Mapping) -> Iterator[Hit]:
    for key, _ in node:
        if key.text not in _MEMBERS[name]:
            details = f"{'a rule' if name == 'Rules' else name} has no element {shown(key.text)}"
            yield at_key(key, hinted(details, did_you_mean(key.text, _MEMBERS[name], WIDE)))


def _parts(name: str, node: Node | None) -> Iterator[tuple[str, Mapping]]:
    """Yield an object of a rule, or those of a list, and every known object in it, each with its name."""
    for each in node.items if isinstance(node, Sequence) else ():
        yield from _parts(name, each)
    if isinstance(node, Mapping):
        yield name, node
        for key, child in node:
            yield from _parts(key.text, child) if key.text in _MEMBERS else ()


@rule_check("INVALID_STATUS", ERROR, facts="R60 R68", url=_RULE)
def invalid_status(rule: Rule) -> Iterator[Hit]:
    """A Status other than Enabled and Disabled, of a rule or of something in it."""
    for path in _WITH_STATUS:
        part = rule.get(*path)
        if path == _SOURCE_KEY and isinstance(part, Scalar) and part.kind == "bool":
            yield at(part, 'AWS\'s model has an object here: `{"Status": "Enabled"}`', warning=True)
        elif part is not None and rule.text(*path, "Status") not in _STATUSES:
            yield at(rule.get(*path, "Status") or part, "Status is `Enabled` or `Disabled`")
    markers = rule.get("DeleteMarkerReplication", "Status")
    if markers is not None and rule.text("DeleteMarkerReplication", "Status") not in _STATUSES:
        yield at(markers, "Status is `Enabled` or `Disabled`")


@rule_check("INVALID_PRIORITY", ERROR, facts="R60", url=_RULE)
def invalid_priority(rule: Rule) -> Iterator[Hit]:
    """A Priority that is not a whole number."""
    priority = rule.get("Priority")
    if priority is not None and not (isinstance(priority, Scalar) and priority.kind == "int"):
        yield at(priority, "Priority is a whole number, not in quotes")


def _unlike(rule: Rule, *path: str, fits: Callable[[str], object], details: str) -> Iterator[Hit]:
    """Yield a hit about what stands at the end of a path, where there is something and its text does not fit."""
    node = rule.get(*path)
    if node is not None and not fits(rule.text(*path)):
        yield at(node, details)


@rule_check("INVALID_RULE_ID", ERROR, facts="R60", url=_RULE)
def invalid_rule_id(rule: Rule) -> Iterator[Hit]:
    """An ID that is too long or not ASCII."""
    details = "a rule's ID has at most 255 ASCII characters"
    yield from _unlike(rule, "ID", fits=lambda text: len(text) <= 255 and text.isascii(), details=details)


@rule_check("EXISTING_OBJECT_REPLICATION", ERROR, facts="R69", url=_EXISTING)
def existing_object_replication(rule: Rule) -> Iterator[Hit]:
    """ExistingObjectReplication, which S3 no longer supports."""
    existing = rule.get("ExistingObjectReplication")
    if existing is not None:
        yield at(existing, "ExistingObjectReplication is no longer supported: use S3 Batch Replication")


@rule_check("REPLICA_MODIFICATIONS_WITHOUT_FILTER", ERROR, facts="R61", url=_MODIFICATIONS)
def replica_modifications_without_filter(rule: Rule) -> Iterator[Hit]:
    """ReplicaModifications in a rule of the first version."""
    if rule.get("Filter") is None and rule.get(*_MODIFIED) is not None:
        yield at(rule.node, "ReplicaModifications needs a rule with Filter")


@rule_check("PREFIX_WITH_FILTER", ERROR, facts="R61", url=_RULE)
def prefix_with_filter(rule: Rule) -> Iterator[Hit]:
    """Prefix beside Filter."""
    prefix = rule.get("Prefix")
    if prefix is not None and rule.get("Filter") is not None:
        yield at(prefix, "Prefix and Filter exclude each other")


def _needs(code: str, facts: str, url: str, path: tuple[str, ...], needed: tuple[str, ...], details: str) -> None:
    """Register the check that what stands at the end of a path never stands in a rule without something else."""

    def find(rule: Rule) -> Iterator[Hit]:
        if rule.get(*path) is not None and rule.get(*needed) is None:
            yield at(rule.get(*needed[:-1]) or rule.node, details)

    rule_check(code, ERROR, facts=facts, url=url, summary=f"{path[-1]} without {needed[-1]}")(find)


_MARKERS_NEEDED = "a rule with Filter needs DeleteMarkerReplication"
_ACCOUNT_NEEDED = "AccessControlTranslation needs Account, the destination bucket's owner"
_needs("PRIORITY_REQUIRED", "R61", _RULE, ("Filter",), ("Priority",), "a rule with Filter needs Priority")
_needs("DELETE_MARKER_REPLICATION_REQUIRED", "R61", _RULE, ("Filter",), ("DeleteMarkerReplication",), _MARKERS_NEEDED)
_needs("ACCOUNT_REQUIRED", "R67", _DESTINATION, _OWNER, ("Destination", "Account"), _ACCOUNT_NEEDED)
_needs("METRICS_REQUIRED", "R68", _ERRORS, _TIME, _METRICS, "ReplicationTime needs Metrics")


@rule_check("FILTER_OR_PREFIX_REQUIRED", WARNING, facts="R61", url=_RULE)
def filter_or_prefix_required(rule: Rule) -> Iterator[Hit]:
    """A rule with neither Filter nor Prefix.

    Unspecified: AWS's pages require one of them, and do not say that S3 refuses a rule without.
    """
    if rule.get("Filter") is None and rule.get("Prefix") is None:
        advice = '`"Filter": {"Prefix": ""}`, with Priority and DeleteMarkerReplication, means all objects'
        yield at(rule.node, f"neither Filter nor Prefix: S3 may refuse the rule; {advice}")


@rule_check("DELETE_MARKERS_WITH_TAG_FILTER", ERROR, facts="R63 R104", url=_MARKERS)
def delete_markers_with_tag_filter(rule: Rule) -> Iterator[Hit]:
    """Delete markers replicated by a rule that selects objects by their tags, or leaves some out by them."""
    markers = rule.get("DeleteMarkerReplication")
    tagged = any(key.text in ("Tag", "Tags") for _, node in _parts("Filter", rule.get("Filter")) for key, _ in node)
    if markers is not None and tagged and rule.text("DeleteMarkerReplication", "Status") == "Enabled":
        yield at(markers, "a rule with a tag filter cannot replicate delete markers")


@rule_check("INVALID_FILTER", ERROR, facts="R60 R104", url=_FILTER)
def invalid_filter(rule: Rule) -> Iterator[Hit]:
    """A Filter, or a part of it, with other members than it has, or with too many or too few of them."""
    whole = rule.get("Filter")
    if whole is not None and not isinstance(whole, Mapping):
        yield at(whole, f"Filter holds exactly one of {_listed(_MEMBERS['Filter'])}")
    for name, node in _parts("Filter", whole):
        yield from (*_unknown(name, node), *_misshapen(node))
        count = len(node.entries)
        if (name == "Filter" and count > 1) or (name == "Not" and count != 1):
            yield at(node, f"{name} holds exactly one of {_listed(_MEMBERS[name])}")
        if name == "Or" and not any(isinstance(each, Sequence) and each.items for _, each in node):
            yield at(node, "Or lists prefixes in Prefixes, or tags in Tags: one at least")
        if name in ("Tag", "Tags") and not (node.get("Key") and node.get("Value")):
            yield at(node, "a tag has a Key and a Value")


def _misshapen(node: Mapping) -> Iterator[Hit]:
    """Yield the members of a Filter, or of a part of it, that hold something else than an object or a list."""
    for key, child in node:
        if key.text in ("And", "Not", "Or", "Tag") and not isinstance(child, Mapping):
            yield at(child, f"{key.text} is a JSON object with one or more of {_listed(_MEMBERS[key.text])}")
        if key.text in ("Tags", "Prefixes") and not isinstance(child, Sequence):
            yield at(child, f"{key.text} is a list")


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


@rule_check("PREFIX_TOO_LONG", ERROR, facts="R60", url=_RULE)
def prefix_too_long(rule: Rule) -> Iterator[Hit]:
    """A prefix of more than 1,024 characters."""
    holders = [rule.node, *(node for _, node in _parts("Filter", rule.get("Filter")))]
    for each in (text for node in holders for name in ("Prefix", "Prefixes") for text in texts(node.get(name))):
        if len(each.text) > 1024:
            yield at(each, "a prefix has at most 1,024 characters")


@rule_check("EMPTY_SOURCE_SELECTION", ERROR, facts="R65", url=_SELECTION)
def empty_source_selection(rule: Rule) -> Iterator[Hit]:
    """SourceSelectionCriteria without anything in it."""
    selection = rule.get("SourceSelectionCriteria")
    if isinstance(selection, Mapping) and not selection.entries:
        yield at(selection, "SourceSelectionCriteria cannot be empty")


@rule_check("REPLICA_KEY_REQUIRED", ERROR, facts="R64", url=_DESTINATION)
def replica_key_required(rule: Rule) -> Iterator[Hit]:
    """Objects under KMS selected without a key for the replicas, or the source's multi-Region key."""
    with_key = rule.get(*_REPLICA_KEY) is not None or _takes_source_key(rule)
    if rule.text(*_SELECTED, "Status") == "Enabled" and not with_key:
        details = "objects under KMS are selected: Destination needs EncryptionConfiguration with ReplicaKmsKeyID"
        yield at(rule.node, f"{details} or UseSourceMultiRegionKey")


def _takes_source_key(rule: Rule) -> bool:
    return rule.text(*_SOURCE_KEY) == "true" or rule.text(*_SOURCE_KEY, "Status") == "Enabled"


@rule_check("TWO_REPLICA_KEYS", WARNING, facts="R104", url=_ENCRYPTION)
def two_replica_keys(rule: Rule) -> Iterator[Hit]:
    """A key for the replicas beside the source's multi-Region key.

    Unspecified: AWS does not say which of the two S3 takes.
    """
    key = rule.get(*_REPLICA_KEY)
    if key is not None and _takes_source_key(rule):
        yield at(key, "UseSourceMultiRegionKey names another key for the replicas: leave one of the two out")


@rule_check("KMS_SELECTION_REQUIRED", ERROR, facts="R64", url=_SELECTION)
def kms_selection_required(rule: Rule) -> Iterator[Hit]:
    """EncryptionConfiguration without SseKmsEncryptedObjects; a WARNING where that is there but Disabled."""
    selection = rule.get(*_SELECTED)
    if rule.get(*_ENCRYPTED) is None or rule.text(*_SELECTED, "Status") == "Enabled":
        return
    if selection is None:
        details = "EncryptionConfiguration needs SourceSelectionCriteria with SseKmsEncryptedObjects enabled"
        yield at(rule.node, details)
    else:
        details = "objects under KMS are not selected: they are skipped, whatever the replicas' key is"
        yield at(selection, details, warning=True)


@rule_check("DESTINATION_REQUIRED", ERROR, facts="R60", url=_DESTINATION)
def destination_required(rule: Rule) -> Iterator[Hit]:
    """A rule without Destination."""
    destination = rule.get("Destination")
    if not isinstance(destination, Mapping):
        yield at(destination or rule.node, "a rule needs Destination")


@rule_check("INVALID_DESTINATION_BUCKET", ERROR, facts="R60", url=_DESTINATION)
def invalid_destination_bucket(rule: Rule) -> Iterator[Hit]:
    """A Bucket that is not the ARN of a bucket."""
    destination = rule.get("Destination")
    if isinstance(destination, Mapping) and not _BUCKET_ARN.match(rule.text("Destination", "Bucket")):
        yield at(destination.get("Bucket") or destination, "Bucket is the ARN of a bucket")


@rule_check("INVALID_STORAGE_CLASS", ERROR, facts="R69", url=_DESTINATION)
def invalid_storage_class(rule: Rule) -> Iterator[Hit]:
    """A storage class that replicas cannot have."""
    path = ("Destination", "StorageClass")
    details = f"{shown(rule.text(*path))} is not a storage class for replicas"
    yield from _unlike(rule, *path, fits=lambda text: text in REPLICA_STORAGE_CLASSES, details=details)


@rule_check("INVALID_ACCOUNT", ERROR, facts="R67", url=_ERRORS)
def invalid_account(rule: Rule) -> Iterator[Hit]:
    """An Account that is not a 12-digit account id."""
    details = "Account is the 12-digit account id of the destination bucket's owner"
    yield from _unlike(rule, "Destination", "Account", fits=is_account_id, details=details)


@rule_check("INVALID_OWNER", ERROR, facts="R67", url=_DESTINATION)
def invalid_owner(rule: Rule) -> Iterator[Hit]:
    """AccessControlTranslation with another Owner than Destination."""
    translation = rule.get(*_OWNER)
    if translation is not None and rule.text(*_OWNER, "Owner") != "Destination":
        yield at(rule.get(*_OWNER, "Owner") or translation, "Owner is `Destination`")


@rule_check("REPLICA_KEY_IS_ALIAS", WARNING, facts="R66", url=_ENCRYPTION)
def replica_key_is_alias(rule: Rule) -> Iterator[Hit]:
    """An alias as the replicas' key."""
    details = "an alias is looked up in the caller's account: give the key ARN"
    yield from _unlike(rule, *_REPLICA_KEY, fits=lambda text: not _ALIAS_ARN.match(text), details=details)


@rule_check("INVALID_REPLICA_KEY", ERROR, facts="R66", url=_ENCRYPTION)
def invalid_replica_key(rule: Rule) -> Iterator[Hit]:
    """A replicas' key that is not text; a WARNING where it is not a key ARN, which S3 takes and then fails."""
    key, text = rule.get(*_REPLICA_KEY), rule.text(*_REPLICA_KEY)
    if key is None or _ALIAS_ARN.match(text) or KEY_ARN.match(text):
        return
    if text and is_text(key):
        details = f"{shown(text)} is not the ARN of a key: S3 takes it, and then objects fail to replicate"
        yield at(key, details, warning=True)
    else:
        yield at(key, "ReplicaKmsKeyID is a key ARN of the destination's Region")


@rule_check("METRICS_STATUS", ERROR, facts="R68", url=_ERRORS)
def metrics_status(rule: Rule) -> Iterator[Hit]:
    """ReplicationTime and Metrics of different Status."""
    time = rule.get(*_TIME)
    if time is not None and rule.get(*_METRICS) is not None:
        if rule.text(*_TIME, "Status") != rule.text(*_METRICS, "Status"):
            yield at(time, "ReplicationTime and Metrics have the same Status")


@rule_check("INVALID_MINUTES", ERROR, facts="R68", url=_ERRORS)
def invalid_minutes(rule: Rule) -> Iterator[Hit]:
    """A number of minutes other than 15, or none where replication time control needs it.

    Metrics without replication time control need no threshold: the user guide enables them alone.
    """
    timed = rule.get(*_TIME) is not None
    for outer, inner in ((_TIME, "Time"), (_METRICS, "EventThreshold")):
        holder, node = rule.get(*outer), rule.get(*outer, inner, "Minutes")
        if node is not None and rule.text(*outer, inner, "Minutes") != "15":
            yield at(node, "the only number of minutes is 15")
        elif holder is not None and node is None and (timed or rule.get(*outer, inner) is not None):
            yield at(holder, f"{outer[-1]} needs {inner} with 15 Minutes")


@configuration_check("DUPLICATE_RULE_ID", ERROR, facts="R60", url=_RULE)
def duplicate_rule_id(policy: Policy) -> Iterator[Hit]:
    """Two rules of one ID."""
    seen: set[str] = set()
    for rule in policy.rules:
        name = rule.text("ID")
        if name and name in seen:
            yield at(rule.node, f"two rules are called {shown(name)}")
        seen.add(name)


@configuration_check("DUPLICATE_PRIORITY", WARNING, facts="R62 R70", url=_RULE)
def duplicate_priority(policy: Policy) -> Iterator[Hit]:
    """Two rules for one destination with one priority.

    Unspecified: AWS does not say that S3 refuses it, only that the priority decides between the two.
    """
    seen: set[tuple[str, str]] = set()
    for rule in policy.rules:
        bucket, priority = rule.text("Destination", "Bucket"), rule.text("Priority")
        if priority and (bucket, priority) in seen:
            details = f"two rules for one destination have the priority {shown(priority)}: neither goes first"
            yield at(rule.node, details)
        seen.add((bucket, priority))
