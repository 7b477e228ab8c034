"""An environment made of what was read: the values that an environment file states, with documents that are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from policygen.aws.arns import ACCOUNT_ID, parse_arn
from policygen.document import PolicyDocument
from policygen.errors import DocumentError, Place, Problem, Severity
from policygen.evaluation.policies import BLOCK_PUBLIC_ACCESS
from policygen.evaluation.reading import parse_grant
from policygen.reading.answers import TOKEN
from policygen.reading.documents import not_known, parsed, purpose_of, unknown_policy
from policygen.reading.read import Reading, located
from policygen.reading.records import Found, Record, policies_in
from policygen.reading.tree import organization_of
from policygen.scenario.environments import Managed

_ENDPOINT_TYPES = {"gateway": "gateway", "interface": "interface"}


def values_of(reading: Reading) -> tuple[dict[str, Any], list[Problem]]:
    """Return the environment that was read, as :func:`policygen.scenario.environment_of` takes it, and what is wrong.

    The rest is there all the same where something cannot be used.
    """
    builder = _Builder()
    for record in reading.records:
        builder.read(record)
    builder.finish(reading.records)
    return builder.values, located(builder.problems, reading.records)


class _Builder:
    """Puts records together, collecting problems."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {
            name: {} for name in ("accounts", "managed_policies", "groups", "principals", "resources", "vpc_endpoints")
        }
        self.problems: list[Problem] = []
        self._open: list[tuple[Record, Problem]] = []
        self._wanted: dict[str, Place] = {}
        self._members: dict[str, list[str]] = defaultdict(list)
        self._unnamed: dict[str, Record] = {}
        self._policies: dict[tuple[str, str], PolicyDocument] = {}

    def read(self, record: Record) -> None:
        """Take in one record; what it says of something without a name is said to be left out."""
        read = getattr(self, f"_{record.kind.replace('-', '_')}", None)
        if read is None or record.value.get("none"):
            return
        if record.of is not None and record.of.startswith(TOKEN) and record.kind != "managed-policy":
            self._unnamed.setdefault(record.of, record)
            return
        read(record)

    def finish(self, records: Iterable[Record]) -> None:
        """Put together what stands in several records."""
        self.values["organization"] = organization_of(records, self._document)
        for group, users in self._members.items():
            self.values["groups"].setdefault(group, {})
            for user in users:
                self._add(self._entry("principals", user), "groups", group)
        known = self.values["managed_policies"]
        for arn, place in self._wanted.items():
            known.setdefault(arn, _missing(arn, place))
        for token, record in self._unnamed.items():
            message = f"the name of `{token.removeprefix(TOKEN)}` is not known before it is deployed: it is left out"
            hint = "say it with `--parameter LOGICAL-ID=NAME`, and the account with `--parameter AWS::AccountId=…`"
            self._warn(record, message, hint)
        self.values = {name: each for name, each in self.values.items() if each}

    # --- IAM ----------------------------------------------------------------------------------------------------------

    def _role(self, record: Record) -> None:
        if record.of is None:
            return
        entry = self._entry("principals", record.of)
        self._identities(record, entry)
        if record.value.get("trust") is not None or "trust" in record.unknown:
            found = [each for each in policies_in(record) if each.field == "trust"]
            entry["trust_policy"] = self._one(record, found)
        self._boundary(record, entry)
        self._tags_of(record, entry)

    def _user(self, record: Record) -> None:
        if record.of is None:
            return
        entry = self._entry("principals", record.of)
        self._identities(record, entry)
        self._boundary(record, entry)
        self._tags_of(record, entry)
        for name in _texts(record.value.get("groups")):
            self._members[self._group_arn(record.of, name)].append(record.of)

    def _group(self, record: Record) -> None:
        if record.of is None:
            return
        self._identities(record, self._entry("groups", record.of))
        for user in _texts(record.value.get("members")):
            self._members[record.of].append(user)

    def _membership(self, record: Record) -> None:
        users = [record.of] if record.of else _texts(record.value.get("users"))
        for user in users:
            arn = user if user.startswith("arn:") else self._sibling(record, "user", user)
            for name in _texts(record.value.get("groups")):
                if arn is not None:
                    self._members[self._group_arn(arn, name)].append(arn)

    def _inline_policy(self, record: Record) -> None:
        if record.of is not None:
            self._identities(record, self._holder(record.of))

    def _attached(self, record: Record) -> None:
        if record.of is not None:
            self._identities(record, self._holder(record.of))

    def _managed_policy(self, record: Record) -> None:
        if record.of is None:
            return
        found = [each for each in policies_in(record) if each.field == "document"]
        if found or "document" in record.unknown:
            self.values["managed_policies"][record.of] = self._one(record, found, record.of)

    def _policy_version(self, record: Record) -> None:
        if record.of is not None and record.value.get("is_default") in (True, None):
            self.values["managed_policies"][record.of] = self._one(record, list(policies_in(record)), record.of)

    def _policy(self, record: Record) -> None:
        arn = parse_arn(record.of or "")
        if arn is None or record.of is None:
            return
        found = list(policies_in(record))
        purpose = purpose_of(record, found[0]) if found else "identity"
        if arn.service != "iam":
            self._resource_policy(record)
        elif purpose == "trust":
            self._entry("principals", record.of)["trust_policy"] = self._one(record, found)
        elif purpose == "boundary":
            self._entry("principals", record.of)["permissions_boundary"] = self._one(record, found)
        else:
            self._identities(record, self._holder(record.of))

    def _identities(self, record: Record, entry: dict[str, Any]) -> None:
        """Add the identity-based policies of a record to what holds them."""
        for found in policies_in(record):
            if found.field == "trust":
                continue
            document = self._document(record, found)
            if document is not None:
                self._add(entry, "identity_based", document)
        if any(each == "document" or each.startswith("inline") for each in record.unknown):
            self._add(entry, "identity_based", not_known(record, record.address or record.source))
        for arn in _texts(record.value.get("attached")):
            self._attach(record, entry, arn)

    def _attach(self, record: Record, entry: dict[str, Any], arn: str) -> None:
        place = Place(source=record.source, pointer=record.pointer)
        self._wanted.setdefault(arn, place)
        self._add(entry, "identity_based", Managed(arn, place))

    def _boundary(self, record: Record, entry: dict[str, Any]) -> None:
        arn = record.value.get("boundary")
        if isinstance(arn, str) and arn and not arn.startswith(TOKEN):
            place = Place(source=record.source, pointer=record.pointer)
            self._wanted.setdefault(arn, place)
            entry["permissions_boundary"] = Managed(arn, place)

    def _holder(self, arn: str) -> dict[str, Any]:
        return self._entry("groups" if ":group/" in arn else "principals", arn)

    def _group_arn(self, user: str, name: str) -> str:
        if name.startswith("arn:"):
            return name
        held = (each for each in self.values["groups"] if each.rpartition("/")[2] == name)
        arn = parse_arn(user)
        made = f"arn:{arn.partition}:iam::{arn.account}:group/{name}" if arn else name
        return next(held, made)

    def _sibling(self, record: Record, kind: str, name: str) -> str | None:
        """Return the ARN of a principal by its name, in the account of a record."""
        where = "groups" if kind == "group" else "principals"
        held = [each for each in self.values[where] if f":{kind}/" in each and each.rpartition("/")[2] == name]
        if held:
            return str(held[0])
        return f"arn:aws:iam::{record.account}:{kind}/{name}" if record.account else None

    # --- resources ----------------------------------------------------------------------------------------------------

    def _resource_policy(self, record: Record) -> None:
        targets = [record.of] if record.of else [each for each in _texts(record.value.get("list")) if parse_arn(each)]
        found = list(policies_in(record))
        if not found and "document" not in record.unknown:
            return
        for arn in targets:
            entry = self._resource_at(record, arn)
            document = self._one(record, found)
            if document is not None:
                self._policy_of(record, arn, entry, document)

    def _policy_of(self, record: Record, arn: str, entry: dict[str, Any], document: PolicyDocument) -> None:
        """Add the policy of a resource, which has one; a key may have another one by its own name (N11)."""
        name = str(record.value.get("name") or "default")
        first = self._policies.setdefault((arn, name), document)
        if first is document:
            self._add(entry, "resource_based", document)
        elif not _same(first, document):
            message = f"this is another policy of `{arn}` than that in `{first.source}`, which is taken"
            place = Place(source=record.source, pointer=record.pointer)
            hint = "give one of the two"
            self.problems.append(Problem(code="PG-I007", message=message, place=place, hint=hint))

    def _bucket(self, record: Record) -> None:
        if record.of is None:
            return
        entry = self._resource_at(record, record.of)
        self._tags_of(record, entry)
        self._resource_policy(record)

    def _access_point(self, record: Record) -> None:
        if record.of is not None:
            self._resource_policy(record)

    def _public_access_block(self, record: Record) -> None:
        if record.of is not None and ":s3:::" in record.of:
            self._block(record, record.value.get("value"), self._resource_at(record, record.of))
        elif record.of is not None and ACCOUNT_ID.match(record.of):
            self._account_public_access_block(record)

    def _account_public_access_block(self, record: Record) -> None:
        if record.account is not None:
            self._block(record, record.value.get("value"), self._entry("accounts", record.account))

    def _block(self, _record: Record, value: Any, entry: dict[str, Any]) -> None:
        if isinstance(value, dict):
            settings = {name: value.get(name) in (True, "true") for name in BLOCK_PUBLIC_ACCESS}
            entry["block_public_access"] = settings

    def _location(self, record: Record) -> None:
        if record.of is not None:
            region = str(record.value.get("region") or "us-east-1")
            self._resource_at(record, record.of)["region"] = {"EU": "eu-west-1"}.get(region, region)

    def _abac(self, record: Record) -> None:
        if record.of is not None:
            self._resource_at(record, record.of)["abac"] = record.value.get("status") == "Enabled"

    def _tags(self, record: Record) -> None:
        if record.of is None:
            return
        arn = parse_arn(record.of)
        is_principal = arn is not None and arn.service == "iam"
        entry = self._holder(record.of) if is_principal else self._resource_at(record, record.of)
        self._tags_of(record, entry)

    def _key(self, record: Record) -> None:
        if record.of is None:
            return
        entry = self._resource_at(record, record.of)
        kind = record.value.get("multi_region")
        if isinstance(kind, str) and kind.lower() in ("primary", "replica"):
            entry["multi_region"] = kind.lower()
        self._tags_of(record, entry)
        self._resource_policy(record)

    def _grant(self, record: Record) -> None:
        if record.of is None:
            return
        place = Place(source=record.source, pointer=record.pointer)
        try:
            found = parse_grant(record.value["value"], place)
        except DocumentError as error:
            self.problems += error.problems
            return
        entry = self._resource_at(record, record.of)
        self._add(entry, "grants", replace(found, key=record.of))

    def _alias(self, record: Record) -> None:
        if record.of is not None and isinstance(record.value.get("name"), str):
            self._add(self._resource_at(record, record.of), "aliases", record.value["name"])

    def _vpc_endpoint(self, record: Record) -> None:
        name = record.value.get("id")
        if not isinstance(name, str) or name.startswith(TOKEN):
            return
        entry = self._entry("vpc_endpoints", name)
        for field in ("account", "vpc"):
            if isinstance(record.value.get(field), str):
                entry[field] = record.value[field]
        kind = _ENDPOINT_TYPES.get(str(record.value.get("type", "")).lower())
        entry |= {"type": kind} if kind else {}
        policy = self._one(record, list(policies_in(record)))
        entry |= {"policy": policy} if policy is not None else {}

    # --- documents ----------------------------------------------------------------------------------------------------

    def _one(self, record: Record, found: list[Found], name: str | None = None) -> PolicyDocument | None:
        if not found:
            return not_known(record, name or record.address or record.source) if record.unknown else None
        document = self._document(record, found[0])
        return replace(document, source=name) if document is not None and name is not None else document

    def _document(self, record: Record, found: Found) -> PolicyDocument | None:
        try:
            return parsed(record, found)
        except DocumentError as error:
            self.problems += error.problems
            placed = (each.at(record.opened.place(each.place.pointer)) for each in error.problems)
            return unknown_policy(f"{record.source}#{found.address}" if found.address else record.source, *placed)

    def _entry(self, where: str, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = self.values[where].setdefault(name, {})
        return entry

    def _resource_at(self, record: Record, name: str) -> dict[str, Any]:
        entry = self._entry("resources", name)
        arn = parse_arn(name)
        if arn is not None and not arn.account and record.account and ACCOUNT_ID.match(record.account):
            entry.setdefault("account", record.account)
        if arn is not None and not arn.region and record.region:
            entry.setdefault("region", record.region)
        return entry

    def _tags_of(self, record: Record, entry: dict[str, Any]) -> None:
        tags = _tags(record.value.get("tags"))
        if tags:
            entry["tags"] = entry.get("tags", {}) | tags

    @staticmethod
    def _add(entry: dict[str, Any], name: str, value: Any) -> None:
        listed = entry.get(name, ())
        if not any(each is value or each == value for each in listed if not isinstance(each, PolicyDocument)):
            entry[name] = (*listed, value)

    def _warn(self, record: Record, message: str, hint: str) -> None:
        place = Place(source=record.source, pointer=record.pointer)
        self.problems.append(
            Problem(code="PG-I003", message=message, place=place, hint=hint, severity=Severity.WARNING)
        )


def _missing(arn: str, place: Place) -> PolicyDocument:
    """Return what stands for a managed policy whose text was not read: judging it is refused."""
    message = f"the text of the managed policy `{arn}` was not read"
    hint = "add what `aws iam get-policy-version` prints, or `aws iam get-account-authorization-details`"
    problem = Problem(code="PG-I008", message=message, place=place, hint=hint)
    return unknown_policy(arn, problem)


def _same(one: Any, other: PolicyDocument) -> bool:
    return isinstance(one, PolicyDocument) and not one.unresolved and one.written == other.written


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _tags(value: Any) -> dict[str, str]:
    """Return tags as they are written in answers and templates, or in Terraform."""
    if isinstance(value, Mapping):
        return {str(key): str(each) for key, each in value.items() if each is not None}
    listed = value if isinstance(value, list) else []
    pairs = [(each.get("Key"), each.get("Value")) for each in listed if isinstance(each, dict)]
    return {key: text for key, text in pairs if isinstance(key, str) and isinstance(text, str)}
