"""The organization's tree out of the answers of AWS Organizations, each of which tells a part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from policygen.document import PolicyDocument, parse_policy
from policygen.errors import Problem
from policygen.reading.documents import unknown_policy, value_of
from policygen.reading.records import Found, Record, policies_in

_FIELDS = {"SERVICE_CONTROL_POLICY": "service_control", "RESOURCE_CONTROL_POLICY": "resource_control"}
_OWN = {
    "p-FullAWSAccess": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    "p-RCPFullAWSAccess": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
}
"""AWS's own policies, whose text is always the same."""


def own_policy(name: str) -> PolicyDocument | None:
    """Return the text of a policy that AWS attaches in every organization, by its id; None for another policy."""
    if name not in _OWN:
        return None
    return parse_policy({"Version": "2012-10-17", "Statement": [_OWN[name]]}, name.removeprefix("p-"))


_Read = Callable[[Record, Found], PolicyDocument | None]


def organization_of(records: Iterable[Record], read: _Read) -> dict[str, Any]:
    """Return the `organization` of an environment; nothing where no answer is about one."""
    tree = _Tree(read)
    for record in records:
        tree.look(record)
    return tree.organization()


class _Tree:
    """Puts a tree together."""

    def __init__(self, read: _Read) -> None:
        self._read = read
        self._found: dict[str, Any] = {}
        self._root: str | None = None
        self._parents: dict[str, str] = {}
        self._policies: dict[str, tuple[str, PolicyDocument]] = {}
        self._s3: dict[str, str | None] = {}
        self._attached: dict[str, dict[str, Record]] = defaultdict(dict)
        self._asked: set[tuple[str, str]] = set()
        self._known: dict[str, Record] = {}

    def look(self, record: Record) -> None:
        """Take in what one record tells of the organization."""
        value, name = record.value, record.value.get("id")
        if record.kind == "organization":
            self._found |= {each: value[each] for each in ("id", "management_account") if value.get(each)}
        elif record.kind == "root":
            self._root = str(name)
        elif record.kind in ("unit", "account") and isinstance(name, str):
            self._known[name] = record
            if record.of is not None and record.of != name and _holds(record.of):
                self._parents[name] = record.of
        elif record.kind == "parent" and isinstance(name, str) and record.of is not None:
            self._parents[record.of] = name
        elif record.kind == "child" and isinstance(name, str) and record.of is not None:
            self._parents[name] = record.of
        elif record.kind == "target-policy" and isinstance(name, str) and record.of is not None:
            self._attached[record.of][name] = record
        elif record.kind == "policy-target" and isinstance(name, str):
            policy = value.get("policy") or record.of
            self._attached[name] |= {policy: record} if isinstance(policy, str) else {}
        elif record.kind == "organization-policy":
            self._policy(record)

    def _policy(self, record: Record) -> None:
        name = record.value.get("id") or record.value.get("logical_id")
        kind = _FIELDS.get(str(record.value.get("type")))
        if record.value.get("type") == "S3_POLICY":
            self._s3[str(name)] = _assigned(record)
        for found in policies_in(record) if kind else ():
            document = self._read(record, found)
            if document is not None and kind is not None:
                self._policies[str(name)] = (kind, document)
        for target in record.value.get("targets") or ():
            if isinstance(target, str):
                self._attached[target][str(name)] = record

    def organization(self) -> dict[str, Any]:
        """Return what is known of the organization."""
        found = dict(self._found)
        names = {*self._parents, *self._parents.values(), *self._attached}
        root = self._root or next((each for each in sorted(names) if each.startswith("r-")), None)
        if root is not None:
            found["root"] = {"id": root} | self._branch(root, frozenset())
        return found

    def _branch(self, name: str, above: frozenset[str]) -> dict[str, Any]:
        """Return a root, unit or account with what stands below it."""
        found: dict[str, Any] = self._levels(name)
        below = [each for each, parent in self._parents.items() if parent == name and each not in above]
        for kind, wanted in (("units", True), ("accounts", False)):
            members = {each: self._branch(each, above | {name}) for each in below if each.startswith("ou-") == wanted}
            found |= {kind: members} if members else {}
        return found

    def _levels(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for policy, record in self._attached.get(name, {}).items():
            if self._s3.get(policy):
                found["s3_policy"] = self._s3[policy]
            elif policy in self._policies:
                kind, document = self._policies[policy]
                found[kind] = (*found.get(kind, ()), document)
            elif (own := own_policy(policy)) is not None:
                kind = "service_control" if policy == "p-FullAWSAccess" else "resource_control"
                found[kind] = (*found.get(kind, ()), own)
            elif record.value.get("type", "SERVICE_CONTROL_POLICY") in _FIELDS:
                kind = _FIELDS[record.value.get("type", "SERVICE_CONTROL_POLICY")]
                found[kind] = (*found.get(kind, ()), _lacking(policy, record))
        return found


def _lacking(policy: str, record: Record) -> PolicyDocument:
    """Return what stands for a policy whose text was not read: judging it is refused."""
    message = f"the text of the policy `{policy}` of the organization was not read"
    hint = f"add what `aws organizations describe-policy --policy-id {policy}` prints"
    place = record.opened.place(record.pointer)
    return unknown_policy(policy, Problem(code="PG-I008", message=message, place=place, hint=hint))


def _assigned(record: Record) -> str | None:
    """Return what an S3 policy sets for Block Public Access: ``all`` or ``none`` (N4)."""
    inside = value_of(record.value.get("document"))
    for name in ("s3_attributes", "public_access_block_configuration", "@@assign"):
        inside = inside.get(name) if isinstance(inside, dict) else None
    return inside if inside in ("all", "none") else None


def _holds(name: str) -> bool:
    return name.startswith(("r-", "ou-"))
