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


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRule:
    """One rule.

    Attributes:
        code: Its code in reports; never reused for another rule.
        meaning: What must be so, in one sentence.
        facts: Ids of the facts behind it.
        doc_url: AWS's page.
    """

    code: str
    meaning: str
    facts: tuple[str, ...]
    doc_url: str


def _rule(code: str, meaning: str, facts: str, doc_url: str) -> MigrationRule:
    return MigrationRule(code=code, meaning=meaning, facts=tuple(facts.split()), doc_url=doc_url)


_ALL = (
    # keys
    _rule("KEY_CANNOT_CONVERT", "Whether a key is multi-Region is decided when it is created.", "M1", _MRK),
    _rule("KEY_NOT_MULTI_REGION", "Only a multi-Region key can be replicated.", "M3 M8", _REPLICATE_KEY),
    _rule("KEY_NOT_PRIMARY", "Only the primary key can be replicated, not a replica.", "M8", _REPLICATE_KEY),
    _rule("KEY_ALREADY_IN_REGION", "A multi-Region key exists at most once in a Region.", "M3", _REPLICATE_KEY),
    _rule("KEY_CANNOT_CROSS_ACCOUNTS", "A replica key is in the primary key's account.", "M3", _REPLICATE_KEY),
    _rule("OTHER_PARTITION", "Keys and replication stay in one partition.", "M3 R60", _REPLICATE_KEY),
    _rule(
        "KEY_NOT_SHAREABLE_ACROSS_REGIONS",
        "A key is used in its own Region; it is shared with accounts, never with Regions.",
        "R102 K24",
        _REPLICATION_KMS,
    ),
    _rule("AWS_MANAGED_KEY", "An AWS managed key is single-Region, and nobody can share it.", "M10 K26", _MRK),
    _rule("KEY_REGION_MISMATCH", "The key of a bucket's objects is in the bucket's Region.", "S21", _SSE_KMS),
    _rule(
        "KEY_IN_OTHER_ACCOUNT",
        "Replicas, and objects that are re-encrypted in place, take a key of their bucket's account.",
        "R57 R101",
        _REPLICATION_KMS,
    ),
    _rule(
        "AWS_MANAGED_KEY_ACROSS_ACCOUNTS",
        "Replicas in another account need a customer managed key.",
        "R57 F11",
        _REPLICATION_KMS,
    ),
    _rule(
        "KEY_NOT_USABLE",
        "A key that is disabled or waits for its deletion neither encrypts nor decrypts.",
        "K27",
        f"{_KMS}developerguide/key-state.html",
    ),
    _rule("KEY_ARN_REQUIRED", "UpdateObjectEncryption takes a full key ARN, no alias.", "R101", _UPDATE),
    _rule("KEY_MISSING", "A key exists before a step uses it.", "S21", _SSE_KMS),
    # buckets and replication
    _rule("BUCKET_MISSING", "A bucket exists before a step uses it.", "R1", _REQUIREMENTS),
    _rule(
        "DESTINATION_MISSING",
        "The destination bucket exists before the rule that names it.",
        "R60",
        f"{_S3}API/API_ReplicationRule.html",
    ),
    _rule(
        "DESTINATION_IS_SOURCE",
        "A bucket does not replicate to itself.",
        "R70",
        _REQUIREMENTS,
    ),
    _rule("VERSIONING_REQUIRED", "Source and destination have versioning enabled.", "R1 F14", _REQUIREMENTS),
    _rule(
        "VERSIONING_CANNOT_BE_SUSPENDED",
        "Versioning stays enabled as long as a replication configuration stands.",
        "R1",
        _REQUIREMENTS,
    ),
    _rule("OBJECT_LOCK_REQUIRED", "A source with Object Lock needs a destination with it.", "R3 F21", _REQUIREMENTS),
    _rule("REQUESTER_PAYS_DESTINATION", "Across accounts the destination is not Requester Pays.", "R4", _REQUIREMENTS),
    _rule(
        "REPLICA_KEY_NOT_IN_DESTINATION_REGION",
        "ReplicaKmsKeyID is a key in the destination's Region; S3 accepts another one and fails later.",
        "R66 F12",
        f"{_S3}API/API_EncryptionConfiguration.html",
    ),
    _rule(
        "REPLICA_KEY_REQUIRED",
        "Objects under KMS replicate only if the rule names a replica key.",
        "R64 F1",
        _REPLICATION_KMS,
    ),
    _rule(
        "SSE_C_BLOCKED",
        "SSE-C objects do not replicate to a bucket that blocks SSE-C.",
        "R83 F25",
        f"{_S3}userguide/blocking-unblocking-s3-c-encryption-gpb.html",
    ),
    _rule(
        "REPLICATION_CONFIGURATION_REQUIRED",
        "Batch Replication works by the source's replication configuration.",
        "R91",
        f"{_S3}userguide/s3-batch-replication-batch.html",
    ),
    # objects
    _rule(
        "OBJECTS_CANNOT_BE_REENCRYPTED",
        "UpdateObjectEncryption takes SSE-S3 and SSE-KMS objects without Object Lock.",
        "R101",
        _UPDATE,
    ),
    _rule("REPLICAS_NOT_REPLICATED", "Replicas are not replicated again.", "R81 F20", _WHAT),
    _rule(
        "REPLICAS_NOT_REENCRYPTED",
        "Re-encrypting objects in place does not re-encrypt their replicas.",
        "R85 F27",
        _UPDATE,
    ),
    # requirements
    _rule("NOT_REPLICATED", "New objects reach the Region that is asked for.", "R80", _WHAT),
    _rule(
        "EXISTING_OBJECTS_NOT_COVERED",
        "Live replication leaves behind what existed before its rule.",
        "R80 F20",
        _WHAT,
    ),
    _rule("RPO_TOO_LARGE", "What can be lost is what was written since the last copy.", "R68 R103", _RTC),
    _rule("SAME_KEY_REQUIRED", "One multi-Region key encrypts the objects in both Regions.", "M2 M14", _MRK),
)

RULES: dict[str, MigrationRule] = {rule.code: rule for rule in _ALL}
"""Every rule by its code."""
