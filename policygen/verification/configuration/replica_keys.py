"""The key of the replicas, as a rule that was found says it: by its ARN, or as the source object's own.

Fact: F1, F11, F12, F13, R64, R66, R104, N1
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policygen.spec.kinds import KeyType
from policygen.spec.model import Replication, Rule
from policygen.spec.rules import related_keys
from policygen.verification.configuration.filters import mapping
from policygen.verification.statements import is_alias_or_id, value_at

NAMED = "Destination/EncryptionConfiguration/ReplicaKmsKeyID"
BY_SOURCE = "Destination/EncryptionConfiguration/UseSourceMultiRegionKey/Status"
_USE = "UseSourceMultiRegionKey"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaKey:
    """What a rule says of the replicas' key, beside what the spec says of it.

    Attributes:
        replication: The entry.
        rule: The spec's rule.
        named: ReplicaKmsKeyID, or None.
        by_source: Whether UseSourceMultiRegionKey is enabled.
    """

    replication: Replication
    rule: Rule
    named: Any
    by_source: bool

    @classmethod
    def of(cls, replication: Replication, rule: Rule, found: Mapping[str, Any]) -> ReplicaKey:
        """Return what a rule that was found says; see :func:`with_status`."""
        by_source = value_at(found, BY_SOURCE) == "Enabled"
        return cls(replication=replication, rule=rule, named=value_at(found, NAMED) or None, by_source=by_source)

    @property
    def is_twofold(self) -> bool:
        """Whether it says both.

        Unspecified: AWS does not say which of the two S3 takes.
        """
        return self.by_source and self.named is not None

    @property
    def is_for_customers(self) -> bool:
        """Whether the spec's rule has a customer managed key for the replicas."""
        keys = self.rule.replica_keys
        return self.rule.by_source_key or any(each.type is not KeyType.AWS_MANAGED for each in keys)

    def cause(self, pointer: str) -> str | None:
        """Return why the element that ``pointer`` names is not the spec's; None where nothing fails for it."""
        across = self.replication.source.account != self.rule.destination.account
        if not self.replication.kms_sources or (pointer == BY_SOURCE and not self.rule.by_source_key):
            return None  # what the spec does not ask for is there: nothing is missing
        if pointer == BY_SOURCE:
            return "F1" if self.named is None else None
        if self.named is not None:
            return None if self.is_twofold or self._is_the_same else _cause_of_key(self.named, across=across)
        if self.by_source:
            return None if self._is_the_same else "F12"
        return "F1"

    @property
    def _is_the_same(self) -> bool:
        """Whether replicas come under the keys that the spec says, though it is said otherwise."""
        region = self.rule.destination.region
        wanted = {each.arn(region) for each in self.rule.replica_keys}
        if self.named is not None:
            return self.rule.by_source_key and {self.named} == wanted
        related = related_keys(self.replication.source_keys, self.rule.destination)
        return related == self.replication.source_keys and {each.arn(region) for each in related} == wanted


def _cause_of_key(have: Any, *, across: bool) -> str:
    """Return why a key is wrong: the AWS managed key for another account (F11), no ARN (F13), or another key (F12)."""
    if across and str(have).endswith("alias/aws/s3"):
        return "F11"
    return "F13" if isinstance(have, str) and is_alias_or_id(have) else "F12"


def with_status(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a rule with UseSourceMultiRegionKey as AWS's model has it, where it is written as true or false."""
    destination = mapping(rule.get("Destination"))
    encryption = mapping(destination.get("EncryptionConfiguration"))
    written = encryption.get(_USE)
    if not isinstance(written, bool):
        return rule
    status = {**encryption, _USE: {"Status": "Enabled" if written else "Disabled"}}
    return {**rule, "Destination": {**destination, "EncryptionConfiguration": status}}
