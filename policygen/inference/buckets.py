"""The buckets of a spec: where they stand, how they are set, and what their policies show.

Fact: R1, R3, R36, R47, R48, R83, S13, S14, S48, N3, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.aws.arns import is_account_id, parse_arn
from policygen.aws.s3 import account_and_region_in
from policygen.inference.bucket_policies import enforced, of_policy
from policygen.inference.keys import Keys
from policygen.inference.known import Known, Part
from policygen.inference.values import Taken, without_empty
from policygen.verification.statements import listed

_DEFAULT = "Rules/0/ApplyServerSideEncryptionByDefault"
_LOCATIONS = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
"""What get-bucket-location says of two Regions."""

_LAID_OUT = re.compile(r"\d{12}/s3/(?P<name>[^/]+)/[^/]+\Z")
_OWNERSHIP = {"BucketOwnerPreferred": "bucket-owner-preferred", "ObjectWriter": "object-writer"}
_CALLS = {
    "encryption": "get-bucket-encryption",
    "versioning": "get-bucket-versioning",
    "ownership": "get-bucket-ownership-controls",
    "public-access-block": "get-public-access-block",
    "policy": "get-bucket-policy",
    "object-lock": "get-object-lock-configuration",
}


@dataclass(slots=True, kw_only=True)
class BucketFacts:
    """What is taken of one bucket.

    Attributes:
        arn: Its ARN.
        where: Where it is named.
        entry: The name of its entry.
        account: The account that owns it.
        region: Its Region.
        sse: Its default encryption.
        key: The ARN of the customer managed key of its default encryption, or None.
        key_name: The entry of that key.
        bucket_key: Whether it has an S3 Bucket Key: ``false``, ``true``, ``mixed``.
        object_lock: Whether it has Object Lock.
        ownership: Its Object Ownership.
        policy: Its policy.
    """

    arn: str
    where: str
    entry: str
    account: Taken
    region: Taken
    sse: Taken
    key: Taken | None = None
    key_name: str | None = None
    bucket_key: Taken = field(default_factory=lambda: Taken("false", ""))
    object_lock: Taken | None = None
    ownership: Taken | None = None
    policy: Part | None = None

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self.arn.rpartition(":")[2]


class Buckets:
    """Finds out about buckets."""

    def __init__(self, known: Known, keys: Keys, assumed: list[str]) -> None:
        """Take what was read; ``assumed`` collects what had to be assumed."""
        self._known = known
        self._keys = keys
        self._assumed = assumed
        self.found: dict[str, BucketFacts] = {}

    def assume(self, text: str) -> None:
        """Note what had to be assumed, once."""
        if text not in self._assumed:
            self._assumed.append(text)

    def add(
        self,
        arn: str,
        where: str,
        *,
        accounts: Iterable[Taken],
        named_key: Part | None = None,
        used_keys: Iterable[Part] = (),
    ) -> BucketFacts:
        """Return what is known of a bucket.

        Args:
            arn: Its ARN.
            where: Where it is named.
            accounts: Whose it may be, what is surest first.
            named_key: The replica key that a rule names for it.
            used_keys: The ARNs of keys that the role's policies name, for a bucket of which no encryption was read.
        """
        if arn in self.found:
            return self.found[arn]
        encryption = self._known.setting("encryption", arn)
        default = encryption.at(f"{_DEFAULT}/KMSMasterKeyID") if encryption is not None else None
        region = self._region(arn, default, named_key)
        account = self._account(arn, default, accounts)
        facts = BucketFacts(
            arn=arn, where=where, entry=self._entry(arn), account=account, region=region, sse=Taken("AES256", "")
        )
        facts.policy = self._known.policy(arn)
        self._encrypted(facts, encryption, default, named_key, used_keys)
        ownership = self._known.setting("ownership", arn)
        named = ownership.at("Rules/0/ObjectOwnership") if ownership is not None else None
        if named is not None and named.value in _OWNERSHIP:
            facts.ownership = Taken(_OWNERSHIP[str(named.value)], named.where)
        lock = self._known.setting("object-lock", arn)
        enabled = lock.at("ObjectLockEnabled") if lock is not None else None
        if enabled is not None:
            facts.object_lock = Taken(enabled.value == "Enabled", enabled.where)
        self.found[arn] = facts
        return facts

    def _entry(self, arn: str) -> str:
        name = arn.rpartition(":")[2]
        for kind in ("replication", "versioning", "encryption"):
            part = self._known.setting(kind, arn)
            laid_out = _LAID_OUT.search(part.record.source.replace("\\", "/")) if part is not None else None
            if laid_out is not None:
                name = laid_out["name"]
                break
        taken = {each.entry for each in self.found.values()}
        return name if name not in taken else f"{name}-{len(taken) + 1}"

    def _region(self, arn: str, default: Part | None, named_key: Part | None) -> Taken:
        told = self._known.region(arn)
        if told is not None and (told.value is None or isinstance(told.value, str)):
            return Taken(_LOCATIONS.get(told.value, told.value), told.where)
        in_name = account_and_region_in(arn.rpartition(":")[2])
        if in_name is not None:
            return Taken(in_name[1], "the bucket's name")
        for part in (default, named_key):
            found = parse_arn(str(part.value)) if part is not None else None
            if part is not None and found is not None and found.service == "kms":
                return Taken(found.region, part.where)
        name = arn.rpartition(":")[2]
        self.assume(
            f"no answer tells the Region of {name}: assumed to be us-east-1, which matters where KMS keys do; fetch it "
            f"with `aws s3api get-bucket-location --bucket {name}`"
        )
        return Taken("us-east-1", "assumed")

    def _account(self, arn: str, default: Part | None, accounts: Iterable[Taken]) -> Taken:
        """Return the account: of the folder, of the default key, then what is given, what is surest first."""
        for kind in ("versioning", "encryption", "ownership", "replication", "public-access-block"):
            part = self._known.setting(kind, arn)
            record = part.record if part is not None else None
            if record is not None and record.account and record.account in record.source:
                return Taken(record.account, record.source)
        policy = self._known.policy(arn)
        if policy is not None and policy.record.account and policy.record.account in policy.record.source:
            return Taken(policy.record.account, policy.record.source)
        key = parse_arn(str(default.value)) if default is not None else None
        if default is not None and key is not None and is_account_id(key.account):
            return Taken(key.account, default.where)
        return next(iter(accounts))

    # --- encryption ---------------------------------------------------------------------------------------------------

    def _encrypted(
        self,
        facts: BucketFacts,
        encryption: Part | None,
        default: Part | None,
        named_key: Part | None,
        used_keys: Iterable[Part],
    ) -> None:
        """Fill in default encryption and its key."""
        algorithm = encryption.at(f"{_DEFAULT}/SSEAlgorithm") if encryption is not None else None
        account, region = str(facts.account.value), str(facts.region.value)
        if encryption is not None and algorithm is not None:
            facts.sse = Taken(algorithm.value, algorithm.where)
            enabled = encryption.at("Rules/0/BucketKeyEnabled")
            if enabled is not None and algorithm.value == "aws:kms":
                facts.bucket_key = Taken("true" if enabled.value is True else "false", enabled.where)
            if default is not None and algorithm.value != "AES256":
                arn = self._keys.resolve(str(default.value), account, region)
                facts.key = Taken(arn, default.where) if arn is not None else None
            return
        self._unknown_encryption(facts, named_key, used_keys)

    def _unknown_encryption(self, facts: BucketFacts, named_key: Part | None, used_keys: Iterable[Part]) -> None:
        if self._known.shows_none("encryption", facts.arn):
            facts.sse = Taken("AES256", "AWS's answer that it has no default encryption")
            return
        of_region = [each for each in used_keys if f":kms:{facts.region.value}:" in str(each.value)]
        part = named_key if named_key is not None else next(iter(of_region), None)
        what = "AES256 (SSE-S3), S3's own default"
        if part is not None and ":key/" in str(part.value):
            facts.sse, facts.key = Taken("aws:kms", part.where), Taken(part.value, part.where)
            what = f"SSE-KMS under {part.value}"
        else:
            facts.sse = Taken("AES256", "assumed")
        self.assume(
            f"no answer of get-bucket-encryption for {facts.name}: assumed to be {what}; fetch it with "
            f"{_reading('get-bucket-encryption', facts.name)}"
        )

    # --- what a spec says of them -------------------------------------------------------------------------------------

    def tree(self, facts: BucketFacts, roles: frozenset[str], organization: str | None) -> dict[str, Any]:
        """Return the entry of a bucket of the spec; what is not known has its default.

        A bucket of a route is versioned whatever it is: without it nothing replicates (R1).
        """
        shown = of_policy(facts.policy, facts.arn, roles=roles, organization=organization)
        source = facts.policy.where if facts.policy is not None else "no bucket policy"
        enforce = enforced(facts.policy, facts.arn, str(facts.sse.value), facts.key.value if facts.key else None)
        encryption = {
            "sse": facts.sse,
            "key": Taken(facts.key_name, facts.key.source) if facts.key is not None and facts.key_name else None,
            "bucket_key": facts.bucket_key if facts.bucket_key.value != "false" else None,
            "enforce": enforce,
        }
        tree = {
            "name": Taken(facts.name, facts.where),
            "account": facts.account,
            "region": facts.region,
            "object_lock": facts.object_lock if facts.object_lock is not None and facts.object_lock.value else None,
            "object_ownership": facts.ownership,
            "abac": self._abac(facts.arn),
            "block_public_access": self._blocks(facts),
            "blocked_encryption_types": self._blocked(facts),
            "encryption": without_empty(encryption),
        }
        self._missing(facts)
        return without_empty({**tree, "tls_only": Taken(False, source), **shown})

    def _abac(self, arn: str) -> Taken | None:
        part = self._known.setting("abac", arn)
        status = part.record.value.get("status") if part is not None else None
        return Taken(True, part.where) if part is not None and status == "Enabled" else None

    def _blocks(self, facts: BucketFacts) -> Taken | None:
        """Return that Block Public Access is off, where none of its settings is on."""
        part = self._known.setting("public-access-block", facts.arn)
        if part is None:
            none = self._known.shows_none("public-access-block", facts.arn)
            return Taken(False, "AWS's answer that there is none") if none else None
        blocks = part.value.values() if isinstance(part.value, Mapping) else (True,)
        return Taken(False, part.where) if not any(blocks) else None

    def _blocked(self, facts: BucketFacts) -> Taken | None:
        """Return that no encryption type is blocked; where an answer says nothing of it, nothing is known (R83)."""
        part = self._known.setting("encryption", facts.arn)
        types = part.at("Rules/0/BlockedEncryptionTypes/EncryptionType") if part is not None else None
        if part is None or (types is not None and "SSE-C" in listed(types.value)):
            return None
        return Taken([], types.where if types is not None else part.where)

    def _missing(self, facts: BucketFacts) -> None:
        """Say which settings were not read, and what they are taken to be."""
        for kind, what in (
            ("versioning", "enabled"),
            ("ownership", "bucket owner enforced"),
            ("public-access-block", "on"),
        ):
            if self._known.setting(kind, facts.arn) is None and not self._known.shows_none(kind, facts.arn):
                self.assume_setting(facts, kind, what)
        if facts.policy is None and not self._known.shows_none("policy", facts.arn):
            self.assume_setting(facts, "policy", "none")

    def assume_setting(self, facts: BucketFacts, kind: str, what: str) -> None:
        """Note what a setting is taken to be that was not read, and the call that reads it."""
        call = _CALLS[kind]
        said = "assumed there is none" if what == "none" else f"assumed to be {what}"
        self.assume(f"no answer of {call} for {facts.name}: {said}; fetch it with {_reading(call, facts.name)}")


def _reading(call: str, bucket: str) -> str:
    """Return the command that reads a setting, into a file whose name says whose it is: the answer does not."""
    return f"`aws s3api {call} --bucket {bucket} > {bucket}-{call}.json`"
