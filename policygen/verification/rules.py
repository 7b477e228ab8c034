"""A replication configuration: each rule laid beside the spec's, and what PutBucketReplication would refuse.

Fact: F1, F11, F12, F13, F15, F17, F24, R36, R60, R61, R62, R63, R64, R66, R67, R68, R69, R82, R94, M14
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.lint import validate_text
from policygen.spec.model import Replication, Rule
from policygen.spec.paths import configuration_path
from policygen.verification.causes import in_words
from policygen.verification.checks import Check, CheckKind
from policygen.verification.documents import Documents

_MISSING = object()
_PAIR = ("REPLICA_KEY_REQUIRED", "KMS_SELECTION_REQUIRED")
"""What validate says to half a KMS opt-in pair (R64)."""

_ELEMENT_OF_CODE = {
    "PRIORITY_REQUIRED": "Priority",
    "DELETE_MARKER_REPLICATION_REQUIRED": "DeleteMarkerReplication",
    "KMS_SELECTION_REQUIRED": "SourceSelectionCriteria/SseKmsEncryptedObjects/Status",
    "REPLICA_KEY_REQUIRED": "Destination/EncryptionConfiguration/ReplicaKmsKeyID",
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
    ("Destination/EncryptionConfiguration/ReplicaKmsKeyID", "F1", "it names the replica key", ("R64", "R66", "M14")),
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
        detail=f"wants `{replication.role.arn}`, has `{found.get('Role')}`",
        fix={"Role": replication.role.arn},
        facts=("R15",),
    )
    yield from _rules(replication, found, wanted, path)


def _check(id_: str, title: str, passed: bool, cause: str | None = None, **more: Any) -> Check:
    more["detail"] = None if passed else in_words(cause, more.get("detail"))
    if passed:
        more["fix"] = None
    return Check(id=id_, title=title, kind=CheckKind.CONFIGURATION, passed=passed, cause=cause, **more)


def _rules(replication: Replication, found: Mapping[str, Any], wanted: Mapping[str, Any], path: str) -> Iterator[Check]:
    rules = [rule for rule in _list(found.get("Rules")) if isinstance(rule, Mapping)]
    expected = {rule.id: _expected(rule, wanted) for rule in replication.rules}
    matched = {rule.id: _matching_rule(rule, rules, expected[rule.id]) for rule in replication.rules}
    yield _accepted(replication, found, [(matched[each], expected[each]) for each in matched], path)
    for rule in replication.rules:
        yield from _rule(f"{replication.name}/{rule.id}", rule, (rules, matched[rule.id]), expected[rule.id], path)
    known = [each for each in matched.values() if each is not None]
    for number, other in enumerate(rules):
        if other.get("Status") != "Disabled" and not any(other is each for each in known):
            yield _beside(replication, other, number, path)


def _expected(rule: Rule, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in _list(wanted.get("Rules")) if each.get("ID") == rule.id), {})


def _beside(replication: Replication, rule: Mapping[str, Any], number: int, path: str) -> Check:
    """A rule that the spec does not have: S3 follows it all the same (R94)."""
    label = str(rule.get("ID") or f"#{number}")
    return _check(
        f"{replication.name}/configuration/{label}/beside",
        f"the spec has the rule `{label}`",
        False,
        document=path,
        statement=label,
        element="Status",
        detail=f"it replicates to {_shown(_at(rule, 'Destination/Bucket'))}: take the rule away, or disable it",
        fix=dict(rule) | {"Status": "Disabled"},
        facts=("R94",),
    )


def _accepted(
    replication: Replication,
    found: Mapping[str, Any],
    pairs: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any]]],
    path: str,
) -> Check:
    """What PutBucketReplication would refuse, whatever the spec says: F24; half a KMS opt-in pair alone is F1."""
    errors = validate_text(json.dumps(thaw(found)), path, "replication-configuration").errors
    telling = [each for each in errors if each.issueCode not in _PAIR] or list(errors)
    label = element = None
    fix: Mapping[str, Any] | None = None
    if telling:
        label, element = _place(telling[0].place.pointer, found)
        element = _ELEMENT_OF_CODE.get(telling[0].issueCode, element)
        fix = next((want for have, want in pairs if have is not None and _label(have, found) == label), None)
    half = bool(errors) and all(each.issueCode in _PAIR for each in errors)
    return _check(
        f"{replication.name}/configuration/accepted",
        "PutBucketReplication accepts the configuration",
        not errors,
        "F1" if half else "F24",
        document=path,
        statement=label,
        element=element,
        detail="; ".join(dict.fromkeys(each.findingDetails for each in telling)) or None,
        fix=fix,
        facts=("R60", "R61", "R63", "R67", "R68"),
    )


def _label(rule: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    listed = _list(found.get("Rules"))
    number = next((number for number, each in enumerate(listed) if each is rule), None)
    return str(rule.get("ID") or f"#{number}") if number is not None else None


def _place(pointer: str, found: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the rule's label and the element within it: ``/Rules/0/Priority`` is Priority of the first rule."""
    first, _, rest = pointer.lstrip("/").partition("/")
    number, _, element = rest.partition("/")
    listed = _list(found.get("Rules"))
    if first != "Rules" or not number.isdigit() or int(number) >= len(listed):
        return None, pointer.lstrip("/") or None
    rule = listed[int(number)]
    label = rule.get("ID") if isinstance(rule, Mapping) else None
    return str(label or f"#{number}"), element or None


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _rule(
    name: str,
    rule: Rule,
    found: tuple[list[Mapping[str, Any]], Mapping[str, Any] | None],
    expected: Mapping[str, Any],
    path: str,
) -> Iterator[Check]:
    rules, actual = found
    yield _check(
        f"{name}/configuration",
        f"the configuration has the rule `{rule.id}`",
        actual is not None,
        document=path,
        statement=rule.id,
        fix=expected,
        facts=("R60",),
    )
    if actual is None:
        return
    label = str(actual.get("ID") or f"#{rules.index(actual)}")
    modern = _as_v2(actual, expected)
    for pointer, cause, title, facts in _RULE_ELEMENTS:
        want, have = _at(expected, pointer), _at(modern, pointer)
        replica_key = pointer.endswith("ReplicaKmsKeyID")
        yield _check(
            f"{name}/configuration/{pointer}",
            f"rule `{label}`: {title}",
            _same(pointer, have, want, rule, rules),
            _cause(pointer, have, cause, actual),
            severity=Severity.WARNING if pointer == "Destination/Metrics/Status" and _is_off(want) else Severity.ERROR,
            s3_failure_code=_key_code(rule, have) if replica_key else None,
            document=path,
            statement=label,
            element=pointer,
            detail=f"wants {_shown(want)}, has {_shown(have)}",
            fix=expected,
            facts=facts,
        )


def _cause(pointer: str, have: Any, cause: str | None, actual: Mapping[str, Any]) -> str | None:
    if pointer.endswith("ReplicaKmsKeyID") and have is not _MISSING:
        return _key_cause(have)
    if cause == "F1" and actual.get("SourceSelectionCriteria") == {}:
        return "F24"  # an empty element is refused before half a pair is looked at (R65)
    return cause


def _matching_rule(rule: Rule, found: list[Mapping[str, Any]], expected: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the rule with the spec's id, else the one with its destination and filter, else with its destination."""
    by_id = next((each for each in found if each.get("ID") == rule.id), None)
    if by_id is not None:
        return by_id
    there = [each for each in found if _at(each, "Destination/Bucket") == _at(expected, "Destination/Bucket")]
    wanted = _filter(_at(expected, "Filter"))
    by_filter = next((each for each in there if _filter(_at(_as_v2(each, expected), "Filter")) == wanted), None)
    return by_filter or (there[0] if len(there) == 1 else None)


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
    for part in pointer.split("/"):
        if not isinstance(value, Mapping) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _same(pointer: str, have: Any, want: Any, rule: Rule, rules: list[Mapping[str, Any]]) -> bool:
    """Tell whether two values mean the same; what is disabled and what is not there do."""
    if bool(have == want) or (_is_off(have) and _is_off(want)):
        return True
    if pointer == "Filter":
        return bool(_filter(have) == _filter(want))
    if pointer == "Priority":
        return type(have) is int and not _competes(rule, rules)
    if pointer == "Destination/Account":
        return have in (rule.destination.account, *(() if rule.owner_override else (_MISSING,)))
    return False


def _competes(rule: Rule, rules: list[Mapping[str, Any]]) -> bool:
    """Tell whether priority counts: it does between rules for one destination (R62)."""
    there = [each for each in rules if _at(each, "Destination/Bucket") == rule.destination.arn]
    return len(there) > 1


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
