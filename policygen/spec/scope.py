"""What names mean in one spec: accounts, Regions, principals, and the entries that others name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from policygen.aws.arns import is_account_id, parse_arn, root_arn
from policygen.aws.partitions import known_regions, looks_like_region, partition_of_region
from policygen.document import parse_policy
from policygen.errors import DocumentError, Place, Problem, RequestError, Severity
from policygen.fields.read import Entry, Reader, Value, listed, suggestion
from policygen.request import PrincipalKind, parse_principal
from policygen.source.nodes import child_pointer
from policygen.spec.forms import ENTRY_NAME
from policygen.spec.model import Bucket, Key

_T = TypeVar("_T")

_IAM_NAME = re.compile(r"[A-Za-z0-9+=,.@_/-]+\Z")
_PRINCIPAL_KINDS = ("user/", "role/")
_MOST_PREFIX_CHARS = 1024
_PRINCIPALS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"


class Scope:
    """What names mean in one spec: its partition and accounts, the keys and buckets that stand so far.

    Attributes:
        reader: Who read the spec.
        partition: The spec's partition.
        accounts: Account ids by name.
        keys: The keys that stand, by the name of their entry.
        buckets: The buckets that stand, by the name of their entry.
        problems: What is wrong.
        blockers: Why replication would fail although the spec can be read: generate refuses it, verify reports it.
        warnings: What may be a mistake.
    """

    def __init__(self, reader: Reader, spec: Entry) -> None:
        self.reader = reader
        self.problems = reader.problems
        self.problem = reader.problem
        self.spec = spec
        self.blockers: list[Problem] = []
        self.warnings: dict[Problem, None] = {}
        self._regions: dict[Place, str] = {}
        self.partition: str = spec["partition"]
        self.declared = {kind: frozenset(spec.members(kind)) for kind in ("accounts", "keys", "buckets")}
        self.accounts = self._accounts(spec)
        self.keys: dict[str, Key] = {}
        self.buckets: dict[str, Bucket] = {}

    def unsure(self, of: Entry | Bucket | Key, *names: str) -> bool:
        """Tell whether a problem is noted of some fields of an entry: what follows from them is not known then."""
        entry: Entry = of if isinstance(of, Entry) else self.entry(of)
        return self.reader.unsure(entry, *names)

    def entry(self, of: Bucket | Key) -> Entry:
        """Return the entry of a bucket or key."""
        found: Entry = self.spec["buckets"][of.entry] if isinstance(of, Bucket) else self.spec["keys"][of.name]
        return found

    def blocker(self, code: str, message: str, place: Place, hint: str | None = None, url: str | None = None) -> None:
        """Note why replication would fail, once: several rules may run into one setting of a bucket."""
        if all((each.code, each.message) != (code, message) for each in self.blockers):
            self.blockers.append(Problem(code=code, message=message, place=place, hint=hint, doc_url=url))

    def warning(self, code: str, message: str, place: Place, hint: str, url: str | None = None) -> None:
        """Note what may be a mistake, once."""
        severity = Severity.WARNING
        self.warnings[Problem(code=code, message=message, place=place, hint=hint, doc_url=url, severity=severity)] = (
            None
        )

    def _accounts(self, spec: Entry) -> dict[str, str]:
        found: dict[str, str] = {}
        names: dict[str, str] = {}
        for name, value in spec.members("accounts").items():
            found[name] = value.data
            first = names.setdefault(value.data, name)
            if first != name:
                message = f"the account `{value.data}` is named twice"
                self.problem("PG-S006", message, value.place, f"it is the account `{first}` already")
        return found

    def statements(self, entry: Entry, *, principal: bool) -> tuple[Mapping[str, Any], ...]:
        """Return the further statements of a policy, as they were written; problems stand where they do.

        Args:
            entry: The block that has ``statements``.
            principal: Whether they stand in the policy of a resource, and name a principal.
        """
        found: tuple[Mapping[str, Any], ...] = entry["statements"]
        for value, written in zip(entry.items("statements"), found, strict=True):
            try:
                parse_policy({"Version": "2012-10-17", "Statement": [written]}, "")
            except DocumentError as error:
                for each in error.problems:
                    pointer = each.place.pointer.removeprefix("/Statement/0")
                    place = replace(value.place, pointer=value.place.pointer + pointer)
                    hint = each.hint or "write it as in a policy: `{Effect: Allow, Action: …, Resource: …}`"
                    self.problem("PG-S034", f"not a statement: {each.message}", place, hint, each.doc_url)
            named = {"Principal", "NotPrincipal"} & set(written)
            if principal is not bool(named):
                what = "names no principal" if principal else "names a principal"
                hint = 'write `Principal: {AWS: "…"}`' if principal else "take it away: the statement is the role's"
                message = f"a statement of {'a resource' if principal else 'a role'}'s policy {what}"
                self.problem("PG-S034", message, value.place, hint, _PRINCIPALS)
        return found

    def source_account(self, entry: Entry) -> str | None:
        """Return the id of the account for which a service acts: one of the spec's by name or id, or any other's id."""
        given: str | None = entry["source_account"]
        if given is None or is_account_id(given):
            return given
        return self.named_account(given, entry.at("source_account"))

    def source_arn(self, entry: Entry) -> str | None:
        """Return the ARN, or the pattern, of the resource for which a service acts."""
        given: str | None = entry["source_arn"]
        if given is None:
            return None
        if parse_arn(given) is None:
            hint = f"write an ARN, with `*` for any part: `arn:{self.partition}:s3:::amzn-s3-demo-bucket`"
            self.problem("PG-S006", f"`{given}` is not a valid ARN", entry.at("source_arn"), hint)
            return None
        return self.of_partition(given, entry.at("source_arn"))

    def service(self, value: Value) -> str | None:
        """Return the name of a service principal; None for any other principal."""
        try:
            return str(value.data) if parse_principal(value.data).kind is PrincipalKind.SERVICE else None
        except RequestError:
            return None

    def account(self, entry: Entry) -> str | None:
        """Return the account id of a key or bucket; the only account when none is given."""
        given = entry["account"]
        if given is None:
            if len(self.accounts) == 1:
                return next(iter(self.accounts.values()))
            if self.accounts and "account" not in entry.places:
                self.problem("PG-S004", "`account` is missing", entry.place, f"use one of {listed(self.accounts)}")
            return None
        if given in self.accounts.values():
            return str(given)
        return self.named_account(given, entry.at("account"))

    def named_account(self, name: str, place: Place) -> str | None:
        """Return the id of the account called ``name``; note a problem when the spec has none of that name."""
        return self._named(name, self.accounts, "account", place)

    def bucket(self, entry: Entry, name: str) -> Bucket | None:
        """Return the bucket that a field names; None when it names none that stands, or is not given."""
        return None if entry[name] is None else self.named_bucket(entry[name], entry.at(name))

    def named_bucket(self, name: str, place: Place) -> Bucket | None:
        """Return the bucket called ``name``; note a problem when the spec has none of that name."""
        return self._named(name, self.buckets, "bucket", place)

    def key(self, entry: Entry, name: str = "key", words: Collection[str] = ()) -> Key | None:
        """Return the key that a field names; None when it names none that stands, or is not given.

        ``words`` may stand in its place, and have been meant where the name is wrong.
        """
        return None if entry[name] is None else self._named(entry[name], self.keys, "key", entry.at(name), words)

    def named_key(self, name: str, place: Place) -> Key | None:
        """Return the key called ``name``; note a problem when the spec has none of that name."""
        return self._named(name, self.keys, "key", place)

    def _named(
        self, name: str, entries: Mapping[str, _T], what: str, place: Place, words: Collection[str] = ()
    ) -> _T | None:
        """What is there but has problems of its own is not found either, nor what stands in a section with problems."""
        section = f"{what}s"
        declared, written = self.declared[section], section in self.spec.places or section != "accounts"
        known = written and not self.spec.broken(section) and not self.reader.noted(child_pointer(f"/{section}", name))
        misnamed = [each for each in declared if not re.fullmatch(ENTRY_NAME.pattern or "", each)]
        if name not in declared and known and not suggestion(name, misnamed):
            self.no_such(name, declared, what, place, f"`{section}` has", words)
        return entries.get(name)

    def no_such(
        self, name: str, names: Collection[str], what: str, place: Place, where: str, words: Collection[str] = ()
    ) -> None:
        """Note that nothing is called ``name``, with the name that may have been meant or all there are."""
        hint = suggestion(name, sorted({*names, *words})) or f"{where} {listed(sorted(names)) or 'none'}"
        self.problem("PG-S007", f"no {what} is called `{name}`", place, hint)

    def region(self, text: str | None, place: Place) -> str | None:
        """Return a Region of the spec's partition; one of another is noted by :meth:`check_partition`."""
        if text is None or not looks_like_region(text):
            return None
        self._regions[place] = text
        if partition_of_region(text) != self.partition:
            return None
        self.check_known(text, place)
        return text

    def check_known(self, text: str, place: Place) -> None:
        """Warn of a Region that the list of its partition does not have."""
        known = known_regions(partition_of_region(text))
        if looks_like_region(text) and text not in known:
            message = f"the Region `{text}` is not known here: it may be new, or mistyped"
            hint = suggestion(text, known) or f"known Regions are {listed(known, 40)}"
            self.warning("PG-S031", message, place, hint)

    def check_partition(self) -> None:
        """Note Regions of another partition; where all are, the partition is wrong, and one stands for all."""
        owners = {place: partition_of_region(text) for place, text in self._regions.items()}
        wrong = [place for place, owner in owners.items() if owner != self.partition]
        if self.partition not in owners.values():
            wrong = wrong[:1]
        for place in () if self.unsure(self.spec, "partition") else wrong:
            text, owner = self._regions[place], owners[place]
            message = f"the Region `{text}` belongs to the partition `{owner}`, the spec is for `{self.partition}`"
            self.problem("PG-S008", message, place, f"write `partition: {owner}`, or take another Region")

    def principal(self, value: Value, account: str) -> str | None:
        """Return the ARN that a principal's short form stands for in ``account``."""
        text: str = value.data
        if text == "root":
            return root_arn(self.partition, account)
        if is_account_id(text):
            return root_arn(self.partition, text)
        if text.startswith(_PRINCIPAL_KINDS) and _IAM_NAME.match(text) and not text.endswith("/"):
            return f"arn:{self.partition}:iam::{account}:{text}"
        if not _names_principal(text):
            hint = "write `role/NAME`, `user/NAME`, `root`, an account id, or an ARN of a user or role"
            self.problem("PG-S006", f"`{text}` is not a valid principal", value.place, hint, _PRINCIPALS)
            return None
        return self.of_partition(text, value.place)

    def of_partition(self, arn: str, place: Place) -> str | None:
        """Return an ARN of the spec's partition; note a problem for one of another."""
        partition = arn.split(":")[1]
        if partition == self.partition:
            return arn
        message = f"`{arn}` belongs to the partition `{partition}`, the spec is for `{self.partition}`"
        if not self.unsure(self.spec, "partition"):
            hint = f"write `{arn.replace(f':{partition}:', f':{self.partition}:', 1)}`, or `partition: {partition}`"
            self.problem("PG-S008", message, place, hint)
        return None

    def principals(self, entry: Entry, name: str, account: str) -> tuple[str, ...]:
        """Return the ARNs of a list of principals."""
        found = (self.principal(value, account) for value in entry.items(name))
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def prefix(self, entry: Entry, name: str = "prefix") -> str:
        """Return a key prefix; note a problem where a policy would read it as a pattern, or where it is too long."""
        prefix: str = entry[name]
        if any(each in prefix for each in ("*", "?", "${")):
            hint = "`*`, `?` and `${` have a meaning of their own in policies; choose another prefix"
            message = f"the prefix `{prefix}` would be read as a pattern"
            self.problem("PG-S025", message, entry.at(name), hint)
        else:
            self.check_length(prefix, entry.at(name))
        return prefix

    def check_length(self, prefix: str, place: Place) -> None:
        """Note a key prefix that is too long."""
        if len(prefix) > _MOST_PREFIX_CHARS:
            message = f"the prefix has {len(prefix):,} characters, at most {_MOST_PREFIX_CHARS:,} are possible"
            hint = "take a shorter one: object keys are no longer either"
            self.problem("PG-S025", message, place, hint)


def _names_principal(text: str) -> bool:
    arn = parse_arn(text)
    if arn is None or not is_account_id(arn.account) or "*" in text:
        return False
    if arn.service == "iam":
        return arn.resource == "root" or arn.resource.startswith(_PRINCIPAL_KINDS)
    return arn.service == "sts" and arn.resource.startswith(("assumed-role/", "federated-user/"))
