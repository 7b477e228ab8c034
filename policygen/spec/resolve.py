"""From entries to the model: names resolved, short forms of principals spelled out, defaults filled in.

Entries that cannot be resolved are left out of what comes back, with their problems noted; checks across entries see
only what stands.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TypeVar

from policygen.aws.arns import is_account_id, parse_arn, root_arn
from policygen.aws.partitions import known_regions, looks_like_region, partition_of_region
from policygen.errors import Place
from policygen.source.nodes import Mapping, Scalar, Sequence
from policygen.spec.fields import GRANTEE, REPLICA
from policygen.spec.kinds import BucketKey, Enforce, KeyState, KeyType, ObjectOwnership, Sse, Versioning
from policygen.spec.model import Bucket, BucketGrantee, Encryption, Key, KeyGrantees
from policygen.spec.read import Entry, Reader, Value

_T = TypeVar("_T")

_BUCKET_NAME = re.compile(r"(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_IAM_NAME = re.compile(r"[A-Za-z0-9+=,.@_/-]+\Z")
_PRINCIPAL_KINDS = ("user/", "role/")
_TLS = re.compile(r"1\.[0-3]\Z")
_BUCKET_NAMING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_PRINCIPALS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
_ALIASES = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html"
_MULTI_REGION = "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html"


class Scope:
    """What names mean in one spec: its partition and accounts; notes problems on the way."""

    def __init__(self, reader: Reader, spec: Entry) -> None:
        self.reader = reader
        self.partition: str = spec.data("partition", "aws")
        self.declared = {kind: frozenset(spec.members(kind)) for kind in ("accounts", "keys", "buckets")}
        self.accounts = self._accounts(spec)

    def _accounts(self, spec: Entry) -> dict[str, str]:
        found: dict[str, str] = {}
        seen: dict[str, str] = {}
        for name, value in spec.members("accounts").items():
            text = value.data
            if not is_account_id(text):
                hint = "an account id has 12 digits"
                if text.isdigit() and len(text) < 12:
                    hint += "; write leading zeros too"
                self.reader.problem("PG-S006", f"`{text}` is no account id", value.place, hint)
                continue
            if text in seen:
                hint = f"it is the account `{seen[text]}` already"
                self.reader.problem("PG-S006", f"the account `{text}` is named twice", value.place, hint)
            seen.setdefault(text, name)
            found[name] = text
        return found

    def account(self, entry: Entry) -> str | None:
        """Return the account id of a key or bucket; the only account when none is given."""
        given = entry.data("account")
        if given is None:
            if len(self.accounts) == 1:
                return next(iter(self.accounts.values()))
            if self.accounts:
                names = ", ".join(f"`{name}`" for name in self.accounts)
                self.reader.problem("PG-S004", "`account` is missing", entry.place, f"use one of {names}")
            return None
        if given in self.accounts.values():
            return str(given)
        return self.named(given, self.accounts, "account", "accounts", entry.at("account"))

    def named(self, name: str, entries: dict[str, _T], what: str, where: str, place: Place) -> _T | None:
        """Return the entry called ``name``; note a problem when the spec has none of that name.

        An entry that is there but has problems of its own is not found either; those are noted already.
        """
        if name in entries or name in self.declared[where]:
            return entries.get(name)
        names = sorted(self.declared[where])
        near = get_close_matches(name, names, n=1)
        known = ", ".join(f"`{each}`" for each in names[:5]) or "none"
        hint = f"did you mean `{near[0]}`?" if near else f"`{where}` has {known}"
        self.reader.problem("PG-S007", f"no {what} is called `{name}`", place, hint)
        return None

    def region(self, text: str | None, place: Place) -> str | None:
        """Return a Region of the spec's partition; note a problem for anything else."""
        if text is None:
            return None
        if not looks_like_region(text):
            near = get_close_matches(text, known_regions(self.partition), n=1)
            hint = f"did you mean `{near[0]}`?" if near else "a Region looks like `us-east-1`"
            self.reader.problem("PG-S006", f"`{text}` is no Region", place, hint)
            return None
        if partition_of_region(text) != self.partition:
            owner = partition_of_region(text)
            message = f"the Region `{text}` belongs to the partition `{owner}`, the spec is for `{self.partition}`"
            self.reader.problem("PG-S008", message, place, f"write `partition: {owner}`, or take another Region")
            return None
        return text

    def principal(self, value: Value, account: str) -> str | None:
        """Return the ARN that a principal's short form stands for in ``account``."""
        text: str = value.data
        if text == "root":
            return root_arn(self.partition, account)
        if is_account_id(text):
            return root_arn(self.partition, text)
        if text.startswith(_PRINCIPAL_KINDS) and _IAM_NAME.match(text) and not text.endswith("/"):
            return f"arn:{self.partition}:iam::{account}:{text}"
        arn = parse_arn(text)
        if arn is None or not self._names_principal(text):
            hint = "write `role/NAME`, `user/NAME`, `root`, an account id, or an ARN of a user or role"
            self.reader.problem("PG-S006", f"`{text}` is no principal", value.place, hint, _PRINCIPALS)
            return None
        if arn.partition != self.partition:
            message = f"`{text}` belongs to the partition `{arn.partition}`, the spec is for `{self.partition}`"
            self.reader.problem("PG-S008", message, value.place)
            return None
        return text

    def _names_principal(self, text: str) -> bool:
        arn = parse_arn(text)
        if arn is None or not is_account_id(arn.account) or "*" in text:
            return False
        if arn.service == "iam":
            return arn.resource == "root" or arn.resource.startswith(_PRINCIPAL_KINDS)
        return arn.service == "sts" and arn.resource.startswith(("assumed-role/", "federated-user/"))

    def principals(self, entry: Entry, name: str, account: str) -> tuple[str, ...]:
        """Return the ARNs of a list of principals."""
        found = (self.principal(value, account) for value in entry.items(name))
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def entry_name(self, name: str, place: Place) -> None:
        """Note a problem for an entry's name that cannot stand in a path."""
        if not _NAME.match(name):
            hint = "use letters, digits, `-`, `_` and `.`; it names a folder"
            self.reader.problem("PG-S006", f"`{name}` cannot name an entry", place, hint)


def resolve_key(entry: Entry, scope: Scope) -> Key | None:
    """Return the key of one entry of ``keys``; None when it cannot stand."""
    scope.entry_name(entry.name, entry.place)
    account = scope.account(entry)
    type_text = entry.data("type")
    if type_text is None or account is None:
        return None
    key_type = KeyType(type_text)
    region = _key_region(entry, key_type, scope)
    replicas = _replicas(entry, key_type, scope, account)
    _check_key_id(entry, key_type, scope)
    _check_alias(entry, key_type, scope)
    if region is None:
        return None
    own = KeyGrantees(
        administrators=scope.principals(entry, "administrators", account),
        users=scope.principals(entry, "users", account),
    )
    given = entry.values.get("replica_regions")
    _check_replicas(replicas, region, given.place if isinstance(given, Value) else entry.place, scope)
    grantees = {region: own} | {name: grants or own for name, grants in replicas if name != region}
    return Key(
        name=entry.name,
        type=key_type,
        partition=scope.partition,
        account=account,
        region=region,
        replica_regions=tuple(name for name in grantees if name != region),
        id=entry.data("id"),
        alias=entry.data("alias"),
        state=KeyState(entry.data("state", "enabled")),
        grantees=tuple(grantees.items()),
        enable_iam_policies=entry.data("enable_iam_policies", default=True),
    )


def _key_region(entry: Entry, key_type: KeyType, scope: Scope) -> str | None:
    wanted, other = ("region", "primary_region")
    if key_type is KeyType.MULTI_REGION:
        wanted, other = other, wanted
    if entry.given(other):
        message = f"{key_type.in_words} key has no `{other}`"
        scope.reader.problem("PG-S011", message, entry.at(other), f"write `{wanted}`", _MULTI_REGION)
    if not entry.given(wanted):
        if wanted not in entry.places and not entry.given(other):
            scope.reader.problem("PG-S004", f"`{wanted}` is missing", entry.place, f"{key_type.in_words} key needs it")
        return None
    return scope.region(entry.data(wanted), entry.at(wanted))


def _replicas(entry: Entry, key_type: KeyType, scope: Scope, account: str) -> list[tuple[str, KeyGrantees | None]]:
    """Read ``replica_regions``: a list of Regions, or a mapping of Region to grantees of its own."""
    value = entry.values.get("replica_regions")
    node = value.data if isinstance(value, Value) else None
    found: list[tuple[str, KeyGrantees | None]] = []
    if isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar) and (region := scope.region(item.text, item.place)):
                found.append((region, None))
            elif not isinstance(item, Scalar):
                scope.reader.problem("PG-S003", "`replica_regions` needs Regions", item.place)
    elif isinstance(node, Mapping):
        for key, child in node:
            region = scope.region(key.text, key.place)
            replica = scope.reader.block(child, REPLICA, key.text)
            grants = KeyGrantees(
                administrators=scope.principals(replica, "administrators", account),
                users=scope.principals(replica, "users", account),
            )
            if region:
                found.append((region, grants))
    elif isinstance(node, Scalar) and not node.is_null:
        hint = "write `[us-west-1]`, or a mapping of Region to administrators and users"
        scope.reader.problem("PG-S003", "`replica_regions` needs a list or a mapping", node.place, hint)
    if found and key_type is not KeyType.MULTI_REGION:
        message = f"{key_type.in_words} key has no replicas"
        hint = "only a multi-Region key, created as one, has replicas: write `type: multi-region`"
        scope.reader.problem("PG-S011", message, entry.at("replica_regions"), hint, _MULTI_REGION)
        return []
    return found


def _check_replicas(replicas: list[tuple[str, KeyGrantees | None]], region: str, place: Place, scope: Scope) -> None:
    """At most one related key a Region (M3)."""
    seen = {region}
    for name, _ in replicas:
        if name in seen:
            message = f"the key exists in `{name}` already: one related key a Region"
            scope.reader.problem("PG-S011", message, place, None, _MULTI_REGION)
        seen.add(name)


def _check_key_id(entry: Entry, key_type: KeyType, scope: Scope) -> None:
    key_id = entry.data("id")
    if key_id is None:
        return
    multi = key_id.startswith("mrk-")
    if not re.fullmatch(r"[A-Za-z0-9-]+", key_id):
        hint = "give the id alone: `mrk-…`, or eight-four-four-four-twelve hexadecimal digits"
        scope.reader.problem("PG-S006", f"`{key_id}` is no key id", entry.at("id"), hint)
    elif multi is not (key_type is KeyType.MULTI_REGION):
        message = f"`{key_id}` is no id of {key_type.in_words} key"
        hint = "ids of multi-Region keys begin with `mrk-`, others never do"
        scope.reader.problem("PG-S011", message, entry.at("id"), hint, _MULTI_REGION)


def _check_alias(entry: Entry, key_type: KeyType, scope: Scope) -> None:
    alias = entry.data("alias")
    if alias is None:
        return
    reserved = alias.startswith("alias/aws/")
    well_formed = re.fullmatch(r"alias/[A-Za-z0-9/_-]{1,250}", alias) is not None
    if not well_formed or reserved is not (key_type is KeyType.AWS_MANAGED):
        hint = "it begins with `alias/`; `alias/aws/` is for AWS managed keys"
        scope.reader.problem("PG-S006", f"`{alias}` cannot be the alias of this key", entry.at("alias"), hint, _ALIASES)


def resolve_bucket(entry: Entry, scope: Scope, keys: dict[str, Key], replicated: frozenset[str]) -> Bucket | None:
    """Return the bucket of one entry of ``buckets``; None when it cannot stand.

    Args:
        entry: The entry.
        scope: The spec's names.
        keys: The keys that stand.
        replicated: Names of the entries that stand on a replication route.
    """
    scope.entry_name(entry.name, entry.place)
    account = scope.account(entry)
    region = scope.region(entry.data("region"), entry.at("region"))
    name = entry.data("name")
    if name is not None and not _is_bucket_name(name):
        hint = "3 to 63 lower-case letters, digits, hyphens and dots"
        scope.reader.problem("PG-S006", f"`{name}` is no bucket name", entry.at("name"), hint, _BUCKET_NAMING)
        name = None
    tls = entry.data("minimum_tls_version")
    if tls is not None and not _TLS.match(tls):
        hint = "use `1.2` or `1.3`"
        scope.reader.problem("PG-S006", f"`{tls}` is no TLS version", entry.at("minimum_tls_version"), hint)
    encryption = _encryption(entry.entry("encryption"), scope, keys)
    if account is None or region is None or name is None:
        return None
    usual = "enabled" if entry.name in replicated else "disabled"
    blocked = entry.items("blocked_encryption_types")
    return Bucket(
        entry=entry.name,
        name=name,
        partition=scope.partition,
        account=account,
        region=region,
        versioning=Versioning(entry.data("versioning", usual)),
        object_lock=entry.data("object_lock", default=False),
        object_ownership=ObjectOwnership(entry.data("object_ownership", "bucket-owner-enforced")),
        requester_pays=entry.data("requester_pays", default=False),
        block_public_access=entry.data("block_public_access", default=True),
        tls_only=entry.data("tls_only", default=True),
        minimum_tls_version=tls,
        policy_id=entry.data("policy_id"),
        blocked_encryption_types=(
            tuple(each.data for each in blocked) if entry.given("blocked_encryption_types") else ("sse-c",)
        ),
        encryption=encryption,
        readers=_grantees(entry, "readers", account, scope),
        writers=_grantees(entry, "writers", account, scope),
    )


def _is_bucket_name(name: str) -> bool:
    looks_like_address = re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name) is not None
    return _BUCKET_NAME.match(name) is not None and ".." not in name and not looks_like_address


def _encryption(entry: Entry, scope: Scope, keys: dict[str, Key]) -> Encryption:
    name = entry.data("key")
    key = scope.named(name, keys, "key", "keys", entry.at("key")) if name is not None else None
    return Encryption(
        sse=Sse(entry.data("sse", "AES256")),
        key=key,
        bucket_key=BucketKey(entry.data("bucket_key", "false")),
        enforce=Enforce(entry.data("enforce", "none")),
    )


def _grantees(entry: Entry, name: str, account: str, scope: Scope) -> tuple[BucketGrantee, ...]:
    found = []
    for item in entry.items(name):
        value = item.values.get(GRANTEE.short or "")
        principal = scope.principal(value, account) if isinstance(value, Value) else None
        prefix = item.data("prefix", "")
        check_prefix(prefix, item.at("prefix"), scope)
        if principal is not None:
            found.append(BucketGrantee(principal=principal, prefix=prefix))
    return tuple(dict.fromkeys(found))


def check_prefix(prefix: str, place: Place, scope: Scope) -> None:
    """Note a problem for a key prefix that a policy would read as a pattern, or that is too long."""
    if any(each in prefix for each in ("*", "?", "${")):
        hint = "`*`, `?` and `${` have a meaning of their own in policies; choose another prefix"
        scope.reader.problem("PG-S025", f"the prefix `{prefix}` would be read as a pattern", place, hint)
    elif len(prefix) > 1024:
        scope.reader.problem("PG-S025", f"the prefix has {len(prefix):,} characters, at most 1,024 are possible", place)
