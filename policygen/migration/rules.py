"""The rules that a proposal can break: code, what AWS says, the facts, and AWS's page.

``docs/plan.md`` lists them from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

_KMS = "https://docs.aws.amazon.com/kms/latest/"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/"
_MRK = f"{_KMS}developerguide/multi-region-keys-overview.html"
_REPLICATE_KEY = f"{_KMS}APIReference/API_ReplicateKey.html"
_REPLICATION_KMS = f"{_S3}userguide/replication-config-for-kms-objects.html"
_REQUIREMENTS = f"{_S3}userguide/replication-requirements.html"
_WHAT = f"{_S3}userguide/replication-what-is-isnot-replicated.html"
_UPDATE = f"{_S3}userguide/update-sse-encryption.html"
_SSE_KMS = f"{_S3}userguide/UsingKMSEncryption.html"
_RTC = f"{_S3}userguide/replication-time-control.html"
_KEY_STATE = f"{_KMS}developerguide/key-state.html"
_RULE = f"{_S3}API/API_ReplicationRule.html"
_REPLICA_KEY = f"{_S3}API/API_EncryptionConfiguration.html"
_BLOCKING = f"{_S3}userguide/blocking-unblocking-s3-c-encryption-gpb.html"
_BATCH = f"{_S3}userguide/s3-batch-replication-batch.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRule:
    """One rule.

    Attributes:
        meaning: What must be so, in one sentence.
        facts: Ids of the facts behind it.
        doc_url: AWS's page.
    """

    meaning: str
    facts: tuple[str, ...]
    doc_url: str


def _rule(meaning: str, facts: str, doc_url: str) -> MigrationRule:
    return MigrationRule(meaning=meaning, facts=tuple(facts.split()), doc_url=doc_url)


RULES = {
    # keys
    "KEY_CANNOT_CONVERT": _rule("Whether a key is multi-Region is decided when it is created.", "M1", _MRK),
    "KEY_NOT_MULTI_REGION": _rule("Only a multi-Region key can be replicated.", "M3 M8", _REPLICATE_KEY),
    "KEY_NOT_PRIMARY": _rule("Only the primary key can be replicated, not a replica.", "M8", _REPLICATE_KEY),
    "KEY_ALREADY_IN_REGION": _rule("A multi-Region key exists at most once in a Region.", "M3", _REPLICATE_KEY),
    "KEY_CANNOT_CROSS_ACCOUNTS": _rule("A replica key is in the primary key's account.", "M3", _REPLICATE_KEY),
    "OTHER_PARTITION": _rule("Keys and replication stay in one partition.", "M3 R60", _REPLICATE_KEY),
    "KEY_NOT_SHAREABLE_ACROSS_REGIONS": _rule(
        "A key is used in its own Region; it is shared with accounts, never with Regions.", "R102 K24", _REPLICATION_KMS
    ),
    "AWS_MANAGED_KEY": _rule("An AWS managed key is single-Region, and nobody can share it.", "M10 K26", _MRK),
    "KEY_REGION_MISMATCH": _rule("The key of a bucket's objects is in the bucket's Region.", "S21", _SSE_KMS),
    "KEY_IN_OTHER_ACCOUNT": _rule(
        "Replicas, and objects that are re-encrypted in place, take a key of their bucket's account.",
        "R57 R101",
        _REPLICATION_KMS,
    ),
    "AWS_MANAGED_KEY_ACROSS_ACCOUNTS": _rule(
        "Replicas in another account need a customer managed key.", "R57 F11", _REPLICATION_KMS
    ),
    "KEY_NOT_USABLE": _rule(
        "A key that is disabled or waits for its deletion neither encrypts nor decrypts.", "K27", _KEY_STATE
    ),
    "KEY_ARN_REQUIRED": _rule("UpdateObjectEncryption takes a full key ARN, no alias.", "R101", _UPDATE),
    "KEY_MISSING": _rule("A key exists before a step uses it.", "S21", _SSE_KMS),
    # buckets and replication
    "BUCKET_MISSING": _rule("A bucket exists before a step uses it.", "R1", _REQUIREMENTS),
    "DESTINATION_MISSING": _rule("The destination bucket exists before the rule that names it.", "R60", _RULE),
    "DESTINATION_IS_SOURCE": _rule("A bucket does not replicate to itself.", "R70", _REQUIREMENTS),
    "VERSIONING_REQUIRED": _rule("Source and destination have versioning enabled.", "R1 F14", _REQUIREMENTS),
    "VERSIONING_CANNOT_BE_SUSPENDED": _rule(
        "Versioning stays enabled as long as a replication configuration stands.", "R1", _REQUIREMENTS
    ),
    "OBJECT_LOCK_REQUIRED": _rule("A source with Object Lock needs a destination with it.", "R3 F21", _REQUIREMENTS),
    "REQUESTER_PAYS_DESTINATION": _rule("Across accounts the destination is not Requester Pays.", "R4", _REQUIREMENTS),
    "REPLICA_KEY_NOT_IN_DESTINATION_REGION": _rule(
        "ReplicaKmsKeyID is a key in the destination's Region; S3 accepts another one and fails later.",
        "R66 F12",
        _REPLICA_KEY,
    ),
    "REPLICA_KEY_REQUIRED": _rule(
        "Objects under KMS replicate only if the rule names a replica key.", "R64 F1", _REPLICATION_KMS
    ),
    "SSE_C_BLOCKED": _rule("SSE-C objects do not replicate to a bucket that blocks SSE-C.", "R83 F25", _BLOCKING),
    "REPLICATION_CONFIGURATION_REQUIRED": _rule(
        "Batch Replication works by the source's replication configuration.", "R91", _BATCH
    ),
    # objects
    "OBJECTS_CANNOT_BE_REENCRYPTED": _rule(
        "UpdateObjectEncryption takes SSE-S3 and SSE-KMS objects without Object Lock.", "R101 N8", _UPDATE
    ),
    "REPLICAS_NOT_REPLICATED": _rule("Replicas are not replicated again.", "R81 F20", _WHAT),
    "REPLICAS_NOT_REENCRYPTED": _rule(
        "Re-encrypting objects in place does not re-encrypt their replicas.", "R85 F27", _UPDATE
    ),
    # requirements
    "NOT_REPLICATED": _rule("New objects reach the Region that is asked for.", "R80", _WHAT),
    "EXISTING_OBJECTS_NOT_COVERED": _rule(
        "Live replication leaves behind what existed before its rule.", "R80 F20", _WHAT
    ),
    "RPO_TOO_LARGE": _rule("What can be lost is what was written since the last copy.", "R68 R103", _RTC),
    "SAME_KEY_REQUIRED": _rule("One multi-Region key encrypts the objects in both Regions.", "M2 M14", _MRK),
}
"""Every rule by its code in reports; a code is never reused for another rule."""
