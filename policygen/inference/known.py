"""What was read, by what it is about: settings of buckets, policies of buckets, keys and roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.reading import Record
from policygen.reading.documents import purpose_of, value_of
from policygen.reading.opened import pointer_to
from policygen.reading.records import SETTINGS, Found, managed_policies, policies_in
from policygen.verification.statements import value_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A value out of an answer, and where it stands; of one that was put together, where its parts do."""

    value: Any
    record: Record
    pointer: str = ""
    is_made: bool = False

    @property
    def where(self) -> str:
        """``file:/pointer``; the file alone for the whole of it."""
        return f"{self.record.source}:{self.pointer}" if self.pointer else self.record.source

    def at(self, element: str) -> Part | None:
        """Return what stands at an element such as ``Rules/0/Status``; None where nothing does."""
        found = value_at(self.value, element)
        return None if found is None else self._below(found, element)

    def _below(self, value: Any, name: str) -> Part:
        pointer = self.pointer if self.is_made else f"{self.pointer}/{name}"
        return Part(value=value, record=self.record, pointer=pointer, is_made=self.is_made)

    def items(self) -> list[Part]:
        """Return the items of a list, or the one thing that stands in its place."""
        if not isinstance(self.value, list):
            return [self]
        return [self._below(each, str(number)) for number, each in enumerate(self.value)]


class Known:
    """Everything that was read, by what it is about."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Sort records by what they are about."""
        self.records = tuple(records)
        self._settings: dict[tuple[str, str], Part] = {}
        self._none: set[tuple[str, str]] = set()
        self._policies: dict[str, Part] = {}
        self._roles: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self._managed = managed_policies(self.records)
        self.keys: dict[str, Record] = {}
        self.aliases: list[Record] = []
        self._regions: dict[str, Part] = {}
        self.organization: Record | None = None
        for each in self.records:
            self._take(each)

    def _take(self, record: Record) -> None:
        of = record.of or ""
        if record.kind in SETTINGS:
            self._take_setting(record, of)
        elif record.kind == "alias":
            self.aliases.append(record)
        elif record.kind == "organization" and record.value.get("id"):
            self.organization = record
        elif ":role/" in of:
            arn = parse_arn(of)
            self._roles[arn.account if arn else "", of.rpartition("/")[2]].append(record)
        elif record.kind in ("policy", "resource-policy", "bucket", "key"):
            self._take_resource(record, of)

    def _take_setting(self, record: Record, of: str) -> None:
        if record.value.get("none"):
            self._none.add((record.kind, of))
            return
        value = record.value.get("value", record.value)
        below = pointer_to(record.item, value)
        part = Part(value=value, record=record, pointer=record.pointer + (below or ""), is_made=below is None)
        self._settings.setdefault((record.kind, of), part)

    def _take_resource(self, record: Record, of: str) -> None:
        if record.kind == "key" and ":kms:" in of:
            self.keys.setdefault(of, record)
        if record.kind == "bucket" and isinstance(record.value.get("region"), str):
            self._regions.setdefault(of, Part(value=record.value["region"], record=record, pointer=record.pointer))
        if record.value.get("none"):
            self._none.add(("policy", of))
        for each in policies_in(record):
            self._policies.setdefault(of, _part(record, each))

    # --- buckets ------------------------------------------------------------------------------------------------------

    def configurations(self) -> list[Part]:
        """Return every replication configuration, each once."""
        return [part for (kind, of), part in self._settings.items() if kind == "replication" and of]

    def buckets(self) -> list[str]:
        """Return the ARN of every bucket of which something was read."""
        named = [of for _, of in (*self._settings, *self._none)]
        named += [*self._policies, *self._regions]
        return list(dict.fromkeys(each for each in named if ":s3:::" in each))

    def setting(self, kind: str, bucket: str) -> Part | None:
        """Return a setting of a bucket; None where none was read, or there is none."""
        return self._settings.get((kind, bucket))

    def shows_none(self, kind: str, of: str) -> bool:
        """Tell whether AWS answered that there is no such setting (or ``policy``)."""
        return (kind, of) in self._none or (kind == "policy" and ("resource-policy", of) in self._none)

    def region(self, bucket: str) -> Part | None:
        """Return what tells a bucket's Region; None in its value for ``us-east-1``, as get-bucket-location says it."""
        location = self._settings.get(("location", bucket))
        if location is None:
            return self._regions.get(bucket)
        return Part(value=location.record.value.get("region"), record=location.record, pointer="/LocationConstraint")

    # --- policies -----------------------------------------------------------------------------------------------------

    def policy(self, of: str) -> Part | None:
        """Return the policy of a bucket or key by its ARN."""
        return self._policies.get(of)

    def key_policies(self) -> list[Part]:
        """Return the policy of every key."""
        return [part for of, part in self._policies.items() if ":kms:" in of]

    def role(self, account: str, name: str) -> Record | None:
        """Return what get-role tells of a role."""
        return next((each for each in self._roles.get((account, name), ()) if each.kind == "role"), None)

    def roles(self) -> Iterator[Record]:
        """Yield every role."""
        return (each for each in self.records if each.kind == "role" and each.of)

    def trust(self, account: str, name: str) -> Part | None:
        """Return a role's trust policy."""
        return next(self._of_role(account, name, "trust"), None)

    def _of_role(self, account: str, name: str, purpose: str) -> Iterator[Part]:
        for record in self._roles.get((account, name), ()):
            yield from (_part(record, each) for each in policies_in(record) if purpose_of(record, each) == purpose)

    def role_policies(self, account: str, name: str) -> list[Part]:
        """Return every identity-based policy of a role."""
        found = list(self._of_role(account, name, "identity"))
        for record in self._roles.get((account, name), ()):
            for arn in record.value.get("attached") or ():
                if arn in self._managed:
                    found += [_part(self._managed[arn], each) for each in policies_in(self._managed[arn])]
        return found

    def unread_policies(self, account: str, name: str) -> list[str]:
        """Return what is known to be attached to a role, or may be, and whose text was not read, in words."""
        records = self._roles.get((account, name), ())
        inline = {each.name for record in records for each in policies_in(record)}
        listed = [each for record in records if record.kind == "names" for each in record.value.get("names") or ()]
        attached = list(dict.fromkeys(arn for record in records for arn in record.value.get("attached") or ()))
        found = [f"the inline policy {each}" for each in listed if each not in inline]
        found += [f"the managed policy {each}" for each in attached if each not in self._managed]
        told = any(record.kind in ("names", "attached") or "inline" in record.value for record in records)
        return found or ([] if told or self.role_policies(account, name) else ["every policy"])

    def boundary(self, account: str, name: str) -> Part | None:
        """Return the ARN of a role's permissions boundary."""
        record = self.role(account, name)
        arn = record.value.get("boundary") if record is not None else None
        if record is None or not isinstance(arn, str) or not arn.startswith("arn:"):
            return None
        return Part(value=arn, record=record, pointer=record.pointer + (pointer_to(record.item, arn) or ""))


def _part(record: Record, found: Found) -> Part:
    return Part(value=value_of(found.document), record=record, pointer=found.pointer)
