"""The role of a replication, and what its policies give: on which keys, in which encryption contexts.

Fact: R10, R15, R41, R42, R44, R45, R48, E22
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import Any

from policygen.aws.arns import bucket_arn, is_account_id, parse_arn, role_named
from policygen.inference.given import allows, contexts, gives, principals, resources
from policygen.inference.known import Known, Part
from policygen.inference.values import Taken, without_empty
from policygen.reading import Record
from policygen.reading.records import SETTINGS

_S3 = "s3.amazonaws.com"
_CONFIGURATION = "s3:GetReplicationConfiguration"


@dataclass(frozen=True, kw_only=True)  # without slots, for what is worked out once
class RoleFacts:
    """The role that S3 assumes.

    Attributes:
        known: What was read.
        account: Its account.
        name: Its name.
        path: Its path.
        source: Where it is named.
        policies: Its identity-based policies.
    """

    known: Known
    account: str
    name: str
    path: str
    source: str
    policies: tuple[Part, ...]

    def is_it(self, arn: str) -> bool:
        """Tell whether an ARN is the role's, whatever path it has: a wrong path is a mistake, not another role."""
        return role_named(arn) == (self.account, self.name)

    @cached_property
    def key_statements(self) -> tuple[Part, ...]:
        """What it may do with keys by its own policies."""
        return tuple(each for each in allows(self.policies) if gives(each, "kms:Decrypt") or gives(each, "kms:Encrypt"))

    def gives(self, action: str) -> bool:
        """Tell whether one of its own policies names an action."""
        return any(gives(each, action) for each in allows(self.policies))

    def uses(self, key: str) -> bool:
        """Tell whether its own policies name a key, for whatever use."""
        return any(key in resources(each) or "*" in resources(each) for each in self.key_statements)

    def keys(self, action: str) -> Iterator[Part]:
        """Yield the ARNs of keys that its policies name for an action."""
        for each in self.key_statements:
            listed = each.at("Resource")
            if gives(each, action) and listed is not None:
                yield from (one for one in listed.items() if ":key/" in str(one.value) and "*" not in str(one.value))

    def statements_on(self, key: str) -> Iterator[list[Part]]:
        """Yield the statements that are about a key and the role, document by document: its own, then the key's."""
        yield [each for each in self.key_statements if key in resources(each)]
        policy = self.known.policy(key)
        if policy is not None:
            yield [each for each in allows([policy]) if any(self.is_it(one) for one in principals(each))]

    def contexts_of(self, bucket: str, keys: Iterable[str]) -> tuple[bool, bool]:
        """Tell whether a statement asks for a bucket's own ARN in the encryption context, and whether for its objects'.

        Both only where one statement asks for both: two statements may each be half right, and the first one counts.
        """
        listed = [each for key in keys for found in self.statements_on(key) for each in found]
        found = (False, False)
        for each in (*self.key_statements, *listed):
            asked = contexts(each)
            named = bucket in asked, any(one.startswith(f"{bucket}/") for one in asked)
            if named == (True, True):
                return named
            found = named if found == (False, False) else found
        return found

    def tree(self) -> dict[str, Any]:
        """Return the role of the spec."""
        boundary = self.known.boundary(self.account, self.name)
        return without_empty(
            {
                "name": Taken(self.name, self.source),
                "path": Taken(self.path, self.source) if self.path != "/" else None,
                "permissions_boundary": Taken(boundary.value, boundary.where) if boundary is not None else None,
            }
        )


def role_of(configuration: Part, known: Known) -> RoleFacts | None:
    """Return the role that a configuration names; where get-role tells of it, with the path that it has (R15).

    None where the configuration names none, and no other role of S3's was read.
    """
    named = configuration.at("Role")
    arn = parse_arn(str(named.value)) if named is not None else None
    if named is None or arn is None or not arn.resource.startswith("role/") or not is_account_id(arn.account):
        trusted = [each for each in known.roles() if _is_trusted(known, str(each.of))]
        if len(trusted) != 1:
            return None
        record = trusted[0]
        return facts_of_role(known, str(record.of), f"{record.source}:{record.pointer}/Arn")
    record_of = known.role(arn.account, arn.resource.rpartition("/")[2])
    if record_of is not None and record_of.of:
        return facts_of_role(known, record_of.of, f"{record_of.source}:{record_of.pointer}/Arn")
    return facts_of_role(known, str(arn), named.where)


def with_sources(records: Iterable[Record], source: str | None) -> tuple[Record, ...]:
    """Return records in which a replication configuration of which nothing tells has a source bucket.

    It is the one that is asked about; else the one bucket whose configuration its role's policies let be read.

    Args:
        records: What was read.
        source: The name or ARN of the bucket that is asked about, or None.
    """
    listed = tuple(records)
    nameless = [each for each in listed if each.kind == "replication" and each.of is None and "value" in each.value]
    if not nameless:
        return listed
    known = Known(listed)
    named = {id(each): _source_of(each, known, source if len(nameless) == 1 else None) for each in nameless}
    for bucket in {each for each in named.values() if each is not None}:
        word = re.compile(rf"(?<![a-z0-9.-]){re.escape(bucket.rpartition(':')[2])}(?![a-z0-9])")
        near = (each for each in listed if each.of is None and each.kind in (SETTINGS | {"resource-policy"}))
        named |= {id(each): bucket for each in near if word.search(PurePath(each.source).name)} | named
    return tuple(replace(each, of=named[id(each)]) if named.get(id(each)) else each for each in listed)


def _source_of(record: Record, known: Known, source: str | None) -> str | None:
    role = role_of(Part(value=record.value["value"], record=record), known)
    arn = parse_arn(str(record.value["value"].get("Role")))
    if source is not None:
        return source if source.startswith("arn:") else bucket_arn(arn.partition if arn is not None else "aws", source)
    asked = [each for each in allows(role.policies) if gives(each, _CONFIGURATION)] if role is not None else []
    found = {
        name for each in asked for name in resources(each) if parse_arn(name) and "/" not in name and "*" not in name
    }
    return found.pop() if len(found) == 1 else None


def facts_of_role(known: Known, text: str, source: str) -> RoleFacts:
    """Return what is known of a role by its ARN; ``source`` is where that stands."""
    arn = parse_arn(text)
    account, resource = (arn.account, arn.resource) if arn is not None else ("", text)
    path, _, name = resource.removeprefix("role").rpartition("/")
    return RoleFacts(
        known=known,
        account=account,
        name=name,
        path=f"{path}/",
        source=source,
        policies=tuple(known.role_policies(account, name)),
    )


def _is_trusted(known: Known, arn: str) -> bool:
    found = parse_arn(arn)
    trust = known.trust(found.account, arn.rpartition("/")[2]) if found is not None else None
    return trust is not None and any(_S3 in principals(each) for each in allows([trust]))


def plaintext_arrives(role: RoleFacts, key: str) -> bool:
    """Tell whether each document that lets a role encrypt under a key lets it make data keys too, and no more (R41)."""
    found = [
        [name for name in ("kms:GenerateDataKey", "kms:Decrypt") if any(gives(each, name) for each in document)]
        for document in role.statements_on(key)
        if any(gives(each, "kms:Encrypt") for each in document)
    ]
    return bool(found) and all(each == ["kms:GenerateDataKey"] for each in found)


def is_robust(role: RoleFacts, key: str) -> bool:
    """Tell whether a document gives a role whatever any of AWS's pages asks for on a replica key (R44)."""
    wanted = ("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt")
    return any(
        all(any(gives(each, name) for each in document) for name in wanted) for document in role.statements_on(key)
    )
