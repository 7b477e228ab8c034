"""Routes: one rule that applies of one replication entry, and what follows for keys and encryption contexts.

Fact: R14, R41, R45, R46, R47, R48, R49, R50
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policygen.aws.s3 import REPLICATION_SESSION
from policygen.request import Principal
from policygen.spec.kinds import BucketKey, ContextMode, KeyType, SourceObjects, Sse
from policygen.spec.model import Bucket, Replication, Rule, Spec
from policygen.verification.requests.context import key_arn_of
from policygen.verification.requests.others import example_below, session_of

READING = {
    "s3:GetObjectVersionForReplication": "enabled",
    "s3:GetObjectVersionAcl": "enabled",
    "s3:GetObjectVersionTagging": "replicate_tags",
    "s3:GetObjectVersionAnnotationForReplication": "replicate_annotations",
    "s3:GetObjectRetention": "enabled",
    "s3:GetObjectLegalHold": "enabled",
}
"""What S3 does with source objects, each with the option of a rule that calls for it."""

WRITING = {
    "s3:ReplicateObject": "enabled",
    "s3:ReplicateTags": "replicate_tags",
    "s3:ReplicateObjectAnnotation": "replicate_annotations",
    "s3:ReplicateDelete": "delete_markers",
    "s3:ObjectOwnerOverrideToBucketOwner": "owner_override",
}
"""What S3 does with replicas, each with the option of a rule that calls for it."""

_OF_OBJECT_LOCK = ("s3:GetObjectRetention", "s3:GetObjectLegalHold")


def calls_for(rule: Rule, action: str, bucket: Bucket, source: Bucket) -> bool:
    """Tell whether a rule calls for an action on objects of a bucket, of which ``source`` is the rule's own.

    Fact: R21, R22, R23, R24, R25, R26, R32, N6
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
    """
    if action in _OF_OBJECT_LOCK and not source.object_lock:
        return False
    option = (READING.get(action) if bucket == source else None) or (
        WRITING.get(action) if bucket == rule.destination else None
    )
    return option is not None and bool(getattr(rule, option))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule and all that S3 needs to know to follow it.

    Attributes:
        spec: The spec.
        replication: The entry.
        rule: The rule.
    """

    spec: Spec
    replication: Replication
    rule: Rule

    @property
    def name(self) -> str:
        """``entry/rule``, for ids."""
        return f"{self.replication.name}/{self.rule.id}"

    @property
    def source(self) -> Bucket:
        """The source bucket."""
        return self.replication.source

    @property
    def destination(self) -> Bucket:
        """The destination bucket."""
        return self.rule.destination

    @property
    def object_key(self) -> str:
        """The key of an object that the rule covers."""
        return example_below(self.rule.covered)

    @property
    def caller(self) -> Principal:
        """The session in which S3 works."""
        return session_of(self.replication.role, REPLICATION_SESSION)

    @property
    def source_key_arns(self) -> dict[str, str]:
        """ARNs of the keys that may encrypt source objects, by name; none when none is encrypted under KMS."""
        keys = self.replication.source_keys if self.replication.kms_sources else ()
        return {key.name: key.arn(self.source.region) for key in keys}

    @property
    def replica_key_arns(self) -> dict[str, str]:
        """ARNs of the keys that may encrypt replicas, in the destination's Region, by name; none when none does."""
        keys = self.rule.replica_keys if self.replication.kms_sources else ()
        return {key.name: key.arn(self.destination.region) for key in keys if key.type is not KeyType.AWS_MANAGED}

    @property
    def plaintext_key_arn(self) -> str | None:
        """ARN of the key under which unencrypted objects arrive: the destination's default (R41, R49); else None."""
        return key_arn_of(self.destination) if self.plaintext_into_kms else None

    @property
    def plaintext_into_kms(self) -> bool:
        """Whether unencrypted objects go to a bucket whose default encryption is under KMS (R41)."""
        unencrypted = SourceObjects.UNENCRYPTED in self.replication.source_objects
        return unencrypted and self.destination.encryption.sse is not Sse.SSE_S3

    @property
    def bucket_keys_possible(self) -> bool:
        """Whether a replica may have an S3 Bucket Key: it keeps the source object's setting (R49)."""
        under_kms = SourceObjects.SSE_KMS in self.replication.source_objects
        return under_kms and self._bucket_keys != {BucketKey.OFF}

    @property
    def _bucket_keys(self) -> set[BucketKey]:
        return {self.source.encryption.bucket_key, self.destination.encryption.bucket_key}

    def contexts(self, bucket: Bucket) -> tuple[str, ...]:
        """Return the values of ``aws:s3:arn`` that S3 sends for one object on the side of ``bucket``.

        The object's ARN without a Bucket Key, the bucket's with one; both where the two sides differ or one of them
        holds objects of both kinds, and what the spec asks for besides. DSSE-KMS never uses Bucket Keys.
        """
        whole, single = bucket.arn, bucket.object_arn(self.object_key)
        found: list[str] = []
        if SourceObjects.SSE_KMS in self.replication.source_objects:
            asked = self.replication.encryption_context
            found += [single] if self._bucket_keys != {BucketKey.ON} else []
            found += [whole] if self._bucket_keys != {BucketKey.OFF} else []
            found += [single] if asked in (ContextMode.OBJECT, ContextMode.BOTH) else []
            found += [whole] if asked in (ContextMode.BUCKET, ContextMode.BOTH) else []
        if SourceObjects.DSSE_KMS in self.replication.source_objects:
            found.append(single)
        return tuple(dict.fromkeys(found))

    def meets(self, other: Route) -> bool:
        """Tell whether both replicate from the same entry to the same destination."""
        return self.replication == other.replication and self.destination == other.destination

    def covered_by(self, rules: Iterable[Rule]) -> bool:
        """Tell whether a prefix of other rules covers an object of this one: what they need is allowed for it too."""
        return any(self.object_key.startswith(rule.prefix) for rule in rules)

    def prefixes(self, bucket: Bucket) -> tuple[str, ...]:
        """Return the prefixes of all rules that apply and read or write ``bucket`` on this side."""
        rules = self.replication.applied_rules
        return tuple(rule.prefix for rule in rules if bucket in (self.source, rule.destination))


def routes_of(spec: Spec, *, applied: bool = True) -> tuple[Route, ...]:
    """Return every route of a spec: its rules that apply; or those that do not, disabled or behind another."""
    return tuple(
        Route(spec=spec, replication=replication, rule=rule)
        for replication in spec.replication
        for rule in replication.rules
        if (rule in replication.applied_rules) is applied
    )
