"""A replication configuration: each rule laid beside the spec's, and what PutBucketReplication would refuse.

Fact: F1, F11, F12, F13, F15, F17, F24, R36, R60, R61, R62, R63, R64, R66, R67, R68, R69, R82, R94, M14
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.lint import validate_text
from policygen.spec.kinds import KeyType
from policygen.spec.model import Replication, Rule
from policygen.spec.paths import configuration_path
from policygen.verification.checks import Check, configuration_check
from policygen.verification.documents import Documents
from policygen.verification.statements import is_alias_or_id, value_at, wants_and_has

_MISSING = object()
_REPLICA_KEY = "Destination/EncryptionConfiguration/ReplicaKmsKeyID"
_PAIR = ("REPLICA_KEY_REQUIRED", "KMS_SELECTION_REQUIRED")
"""What validate says to half a KMS opt-in pair (R64)."""

_ELEMENT_OF_CODE = {
    "PRIORITY_REQUIRED": "Priority",
    "DELETE_MARKER_REPLICATION_REQUIRED": "DeleteMarkerReplication",
    "KMS_SELECTION_REQUIRED": "SourceSelectionCriteria/SseKmsEncryptedObjects/Status",
    "REPLICA_KEY_REQUIRED": _REPLICA_KEY,
    "ACCOUNT_REQUIRED": "Destination/Account",
    "METRICS_REQUIRED": "Destination/Metrics",
}
"""The element that is missing, where a finding points to what it is missing in."""

_RULE_ELEMENTS = (
    ("Status", None, "its status is the spec's", ("R60",)),
    ("Filter", None, "it covers the spec's objects", ("R60", "R61")),
    ("Priority", None, "it has the spec's priority", ("R61", "R62")),
    ("DeleteMarkerReplication/Status", None, "delete markers replicate as the spec says", ("R61", "R63")),
    ("SourceSelectionCriteria/SseKmsEncryptedObjects/Status", "F1", "objects under KMS are selected", ("R64",)),
    ("SourceSelectionCriteria/ReplicaModifications/Status", None, "replica modifications are synchronised", ("R82",)),
    ("Destination/Bucket", None, "it names the destination", ("R60",)),
    (_REPLICA_KEY, "F1", "it names the replica key", ("R64", "R66", "M14")),
    ("Destination/Account", "F24", "it names the destination's account", ("R67",)),
    ("Destination/AccessControlTranslation/Owner", "F15", "replicas belong to the destination's owner", ("R36", "R67")),
    ("Destination/StorageClass", None, "replicas have the spec's storage class", ("R69",)),
    ("Destination/ReplicationTime/Status", None, "replication time control is as the spec says", ("R68",)),
    ("Destination/Metrics/Status", None, "metrics are as the spec says", ("R68",)),
)


def replication_configuration_checks(
    replication: Replication, documents: Documents, generated: Documents
) -> Iterator[Check]:
    """Yield every check of one source bucket's replication configuration."""
    path = configuration_path(replication)
    found, wanted = documents.configurations.get(path), generated.configurations.get(path, {})
    yield configuration_check(
        f"{replication.name}/configuration",
        f"`{replication.source.name}` has a replication configuration",
        found is not None,
        stops=True,
        s3_failure_code="SrcBucketReplicationConfigMissing",
        document=path,
        fix=None if found is not None else wanted,
        facts=("R60",),
    )
    if found is None:
        return
    yield configuration_check(
        f"{replication.name}/configuration/role",
        f"the configuration names the role `{replication.role.arn}`",
        found.get("Role") == replication.role.arn,
        "F17",
        document=path,
        element="Role",
        detail=f"wants `{replication.role.arn}`, has `{found.get('Role')}`",
        fix={"Role": replication.role.arn},
        facts=("R15",),
    )
    yield from _rules(replication, found, wanted, path)


def _rules(replication: Replication, found: Mapping[str, Any], wanted: Mapping[str, Any], path: str) -> Iterator[Check]:
    rules = {number: each for number, each in enumerate(_list(found.get("Rules"))) if isinstance(each, Mapping)}
    expected = {str(each.get("ID")): each for each in _list(wanted.get("Rules"))}
    numbers = {rule.id: _matching_rule(rules, expected.get(rule.id, {}), rule.id) for rule in replication.rules}
    fixes = {number: expected.get(name, {}) for name, number in numbers.items() if number is not None}
    yield _accepted(replication, found, fixes, path)
    for rule in replication.rules:
        number, name = numbers[rule.id], f"{replication.name}/{rule.id}/configuration"
        yield configuration_check(
            name,
            f"the configuration has the rule `{rule.id}`",
            number is not None,
            stops=rule in replication.applied_rules,
            document=path,
            statement=rule.id,
            fix=expected.get(rule.id, {}),
            facts=("R60",),
        )
        if number is not None:
            yield from _elements(replication, rule, rules, number, fixes[number])
    for number, other in rules.items():
        if other.get("Status") != "Disabled" and number not in fixes:
            yield _beside(replication, other, _label(other, number), path)


def _label(rule: Any, number: int) -> str:
    return str((rule.get("ID") if isinstance(rule, Mapping) else None) or f"#{number}")


def _beside(replication: Replication, rule: Mapping[str, Any], label: str, path: str) -> Check:
    """A rule that the spec does not have: S3 follows it all the same (R94)."""
    destination = _at(rule, "Destination/Bucket")
    where = "nothing" if destination is _MISSING else f"`{destination}`"
    return configuration_check(
        f"{replication.name}/configuration/{label}/beside",
        f"the spec has the rule `{label}`",
        False,
        document=path,
        statement=label,
        element="Status",
        detail=f"it replicates to {where}: take the rule away, or disable it",
        fix=dict(rule) | {"Status": "Disabled"},
        facts=("R94",),
    )


def _accepted(
    replication: Replication, found: Mapping[str, Any], fixes: Mapping[int, Mapping[str, Any]], path: str
) -> Check:
    """What PutBucketReplication would refuse, whatever the spec says: F24; half a KMS opt-in pair alone is F1."""
    errors = validate_text(json.dumps(thaw(found)), path, "replication-configuration").errors
    telling = [each for each in errors if each.issueCode not in _PAIR] or list(errors)
    number, element = _place(telling[0].place.pointer) if telling else (None, None)
    rule = next(iter(_list(found.get("Rules"))[number : number + 1]), None) if number is not None else None
    return configuration_check(
        f"{replication.name}/configuration/accepted",
        "PutBucketReplication accepts the configuration",
        not errors,
        "F1" if errors and all(each.issueCode in _PAIR for each in errors) else "F24",
        document=path,
        statement=_label(rule, number) if number is not None else None,
        element=_ELEMENT_OF_CODE.get(telling[0].issueCode, element) if telling else None,
        detail="; ".join(dict.fromkeys(each.findingDetails for each in telling)) or None,
        fix=fixes.get(number) if number is not None else None,
        facts=("R60", "R61", "R63", "R67", "R68"),
    )


def _place(pointer: str) -> tuple[int | None, str | None]:
    """Return a rule's number and the element within it: ``/Rules/0/Priority`` is Priority of the first rule."""
    first, _, rest = pointer.lstrip("/").partition("/")
    number, _, element = rest.partition("/")
    if first == "Rules" and number.isdigit():
        return int(number), element or None
    return None, pointer.lstrip("/") or None


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _elements(
    replication: Replication,
    rule: Rule,
    rules: Mapping[int, Mapping[str, Any]],
    number: int,
    expected: Mapping[str, Any],
) -> Iterator[Check]:
    actual, label = rules[number], _label(rules[number], number)
    modern = _as_v2(actual, expected)
    across, applies = replication.source.account != rule.destination.account, rule in replication.applied_rules
    known = not (across and replication.kms_sources and _no_customer_key(rule))
    for pointer, cause, title, facts in _RULE_ELEMENTS:
        want, have = _at(expected, pointer), _at(modern, pointer)
        if pointer == _REPLICA_KEY and not known:
            continue  # S3 takes none of what the spec says: that is what has to change (F11)
        yield configuration_check(
            f"{replication.name}/{rule.id}/configuration/{pointer}",
            f"rule `{label}`: {title}",
            _same(pointer, have, want, rule, rules.values()),
            _cause(pointer, want, have, cause, actual, across=across) if applies else None,
            severity=Severity.WARNING if pointer == "Destination/Metrics/Status" and _is_off(want) else Severity.ERROR,
            stops=applies and _leaves_out(pointer, want, have),
            s3_failure_code=_key_code(rule, have) if pointer == _REPLICA_KEY else None,
            document=configuration_path(replication),
            statement=label,
            element=pointer,
            detail=wants_and_has(want, have, _MISSING),
            fix=expected if known else None,
            facts=facts,
        )


def _no_customer_key(rule: Rule) -> bool:
    return rule.replica_key is None or rule.replica_key.type is KeyType.AWS_MANAGED


def _cause(
    pointer: str, want: Any, have: Any, cause: str | None, actual: Mapping[str, Any], *, across: bool
) -> str | None:
    if cause == "F1" and _is_off(want):
        return None  # what the spec does not ask for is there: nothing is missing
    if pointer == _REPLICA_KEY and have is not _MISSING:
        return _cause_of_key(have, across=across)
    if cause == "F1" and actual.get("SourceSelectionCriteria") == {}:
        return "F24"  # an empty element is refused before half a pair is looked at (R65)
    return cause


def _leaves_out(pointer: str, want: Any, have: Any) -> bool:
    """Tell whether a rule that differs so leaves out objects that the spec's rule covers: it is off, or elsewhere."""
    if pointer == "Filter":
        prefix, tags = _filter(have) if isinstance(have, Mapping) else (None, [])
        wanted, asked = _filter(want)
        return not (isinstance(prefix, str) and wanted.startswith(prefix) and set(tags) <= set(asked))
    return pointer == "Destination/Bucket" or (pointer == "Status" and not _is_off(want))


def _matching_rule(rules: Mapping[int, Mapping[str, Any]], expected: Mapping[str, Any], name: str) -> int | None:
    """Return the number of the rule with the spec's id, else with its destination and filter, else its destination."""
    named = [number for number, each in rules.items() if each.get("ID") == name]
    destination, covered = _at(expected, "Destination/Bucket"), _filter(_at(expected, "Filter"))
    there = [number for number, each in rules.items() if _at(each, "Destination/Bucket") == destination]
    same = [number for number in there if _filter(_at(_as_v2(rules[number], expected), "Filter")) == covered]
    return next(iter(named or same or (there if len(there) == 1 else [])), None)


def _as_v2(rule: Mapping[str, Any], expected: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a rule without Filter as the rule with one that means the same: it replicates delete markers (R61)."""
    if "Filter" in rule:
        return rule
    markers = {"DeleteMarkerReplication": {"Status": "Enabled"}}
    return {**rule, "Filter": {"Prefix": rule.get("Prefix", "")}, "Priority": expected.get("Priority"), **markers}


def _filter(value: Any) -> Any:
    """Return what a Filter covers: prefix and tags, however they are written."""
    if not isinstance(value, Mapping):
        return value
    inner = value["And"] if isinstance(value.get("And"), Mapping) else value
    tags = [*_list(inner.get("Tags")), *_list(inner.get("Tag"))]
    return inner.get("Prefix") or "", sorted(json.dumps(thaw(each), sort_keys=True) for each in tags)


def _at(value: Any, pointer: str) -> Any:
    return value_at(value, pointer, _MISSING)


def _same(pointer: str, have: Any, want: Any, rule: Rule, rules: Collection[Mapping[str, Any]]) -> bool:
    """Tell whether two values mean the same; what is disabled and what is not there do."""
    if bool(have == want) or (_is_off(have) and _is_off(want)):
        return True
    if pointer == "Filter":
        return bool(_filter(have) == _filter(want))
    if pointer == "Priority":
        # priority counts between rules for one destination (R62)
        return type(have) is int and sum(_at(each, "Destination/Bucket") == rule.destination.arn for each in rules) < 2
    if pointer == "Destination/Account":
        return have in (rule.destination.account, *(() if rule.owner_override else (_MISSING,)))
    return False


def _is_off(value: Any) -> bool:
    return value is _MISSING or (isinstance(value, str) and value in ("Disabled", ""))


def _cause_of_key(have: Any, *, across: bool) -> str:
    """Return why a key is wrong: the AWS managed key for another account (F11), no ARN (F13), or another key (F12)."""
    if across and str(have).endswith("alias/aws/s3"):
        return "F11"
    return "F13" if isinstance(have, str) and is_alias_or_id(have) else "F12"


def _key_code(rule: Rule, have: Any) -> str | None:
    """S3 finds no key where its ARN names another Region than the destination's (R66, R100)."""
    arn = parse_arn(have) if isinstance(have, str) and ":alias/" not in have else None
    return "DstKmsKeyNotFound" if arn is not None and arn.region != rule.destination.region else None
