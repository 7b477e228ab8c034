"""The format of ``migration:``: where one stands, what is required, and the steps that proposals are made of."""

from __future__ import annotations

from policygen.spec.field import Field, Kind, block_field, bool_field, choice_field, list_field, map_field, text_field

_OBJECTS = ("sse-kms", "dsse-kms", "sse-s3", "unencrypted", "sse-c")
_KEY = "a key: an entry of `keys` or one that a step creates; `NAME@REGION` for one of its Regions, or `alias/…`"
_BUCKET = "a bucket: an entry of `buckets`, or one that a step creates"
_ACCOUNT = text_field("account", "Entry of `accounts`, or its id", default="the account of the current bucket")
_TYPES = ("single-region", "multi-region")


def _needed(name: str, doc: str, facts: str = "") -> Field:
    return text_field(name, doc[:1].upper() + doc[1:], required=True, facts=facts)


def _regions(name: str, doc: str, facts: str = "") -> Field:
    return list_field(name, doc, facts=facts)


def _kinds(name: str, doc: str, default: str, facts: str = "") -> Field:
    return list_field(name, doc, Field(name="item", kind=Kind.CHOICE, choices=_OBJECTS), default=default, facts=facts)


CREATE_KEY = block_field(
    "create-key",
    "Create a KMS key; with `replica_regions` its replicas too",
    _needed("name", "what later steps call it"),
    choice_field(
        "type",
        "Kind of key",
        _TYPES,
        default="multi-region with primary_region or replica_regions, else single-region",
        facts="M1",
    ),
    text_field("region", "Region of a single-Region key"),
    text_field("primary_region", "Region of a multi-Region primary key", facts="M3"),
    _regions("replica_regions", "Regions of the replica keys", "M3 M5"),
    text_field("alias", "`alias/…`"),
    _ACCOUNT,
)

CONVERT_KEY = block_field(
    "convert-key",
    "Change a key from single-Region to multi-Region, or back; AWS has no such operation",
    _needed("key", _KEY),
    choice_field("type", "What it shall become", _TYPES, default="multi-region", facts="M1"),
    _regions("replica_regions", "Regions of the replicas that are hoped for"),
    short="key",
)

REPLICATE_KEY = block_field(
    "replicate-key",
    "Replicate a multi-Region primary key to another Region",
    _needed("key", _KEY, "M8"),
    _needed("region", "the Region of the replica key", "M3"),
    text_field("account", "Account of the replica key, by name or id", default="the key's account", facts="M3"),
)

SHARE_KEY = block_field(
    "share-key",
    "Let another account, or another Region, use a key; at least one of the two is named",
    _needed("key", _KEY),
    text_field("region", "The Region it shall be shared with", facts="R102"),
    text_field("account", "The account it shall be shared with, by name or id", facts="K24"),
)

CREATE_BUCKET = block_field(
    "create-bucket",
    "Create a bucket",
    _needed("name", "what later steps call it"),
    _needed("region", "its Region"),
    text_field("key", f"Default encryption: {_KEY}", facts="S21"),
    choice_field(
        "sse",
        "Default encryption",
        ("AES256", "aws:kms", "aws:kms:dsse"),
        default="aws:kms with a key, else AES256",
        facts="S14",
    ),
    choice_field(
        "versioning",
        "Versioning",
        ("enabled", "suspended", "disabled"),
        default="enabled when a step replicates from or to it, else disabled",
        facts="R1",
    ),
    bool_field("object_lock", "Object Lock", default=False, facts="R3"),
    list_field(
        "blocked_encryption_types",
        "Encryption types that uploads must not use",
        Field(name="item", kind=Kind.CHOICE, choices=("sse-c",)),
        default="[sse-c]",
        facts="S13 R83",
    ),
    _ACCOUNT,
)

SET_DEFAULT_ENCRYPTION = block_field(
    "set-default-encryption",
    "Change a bucket's default encryption: that of objects written from then on",
    _needed("bucket", _BUCKET),
    text_field("key", f"{_KEY[:1].upper()}{_KEY[1:]}; without it SSE-KMS uses `aws/s3`", facts="S21"),
    choice_field("sse", "Default encryption", ("AES256", "aws:kms", "aws:kms:dsse"), default="aws:kms", facts="S14"),
)

ENABLE_VERSIONING = block_field(
    "enable-versioning",
    "Change a bucket's versioning",
    _needed("bucket", _BUCKET),
    choice_field("status", "What it becomes", ("enabled", "suspended"), default="enabled", facts="R1"),
    short="bucket",
)

ENABLE_REPLICATION = block_field(
    "enable-replication",
    "Add a rule to the source bucket's replication configuration: objects written from then on replicate",
    _needed("from", f"the source, {_BUCKET}", "R80"),
    _needed("to", f"the destination, {_BUCKET}", "R1"),
    text_field(
        "replica_key", f"What encrypts the replicas, {_KEY}", default="the destination's default key", facts="R64 R66"
    ),
    bool_field("replication_time_control", "Replication time control", default=False, facts="R68"),
    bool_field("delete_markers", "Replicate delete markers", default=False, facts="R23"),
)

BATCH_REPLICATION = block_field(
    "batch-replication",
    "Run an S3 Batch Replication job: objects that exist already replicate by the rules that stand",
    _needed("from", f"the source, {_BUCKET}", "R91"),
    text_field("to", f"The destination that is meant, {_BUCKET}; a job tries every rule", facts="R94"),
    list_field(
        "object_statuses",
        "Replication statuses of the objects to cover",
        Field(name="item", kind=Kind.CHOICE, choices=("NONE", "FAILED", "COMPLETED", "REPLICA")),
        default="[NONE, FAILED]",
        facts="R92",
    ),
    short="from",
)

COPY_OBJECTS = block_field(
    "copy-objects",
    "Copy every object once; copies are new objects, encrypted as the destination's default says",
    _needed("from", f"the source, {_BUCKET}"),
    _needed("to", f"the destination, {_BUCKET}"),
    text_field("key", f"What encrypts the copies, {_KEY}", default="the destination's default key"),
)

UPDATE_OBJECT_ENCRYPTION = block_field(
    "update-object-encryption",
    "Re-encrypt a bucket's objects in place under another key (UpdateObjectEncryption in a Batch Operations job)",
    _needed("bucket", _BUCKET, "R85"),
    _needed("key", _KEY, "R101"),
)

SCHEDULED_COPY = block_field(
    "scheduled-copy",
    "Copy what is new by a program of one's own, again and again",
    _needed("from", f"the source, {_BUCKET}"),
    _needed("to", f"the destination, {_BUCKET}"),
    _needed("every", "how often: `15m`, `24h`, `1d`, `hourly`, `daily` …"),
    text_field("key", f"What encrypts the copies, {_KEY}", default="the destination's default key"),
    bool_field("existing_objects", "Copy what exists already, too", default=False),
)

STEPS = (
    CREATE_KEY,
    CONVERT_KEY,
    REPLICATE_KEY,
    SHARE_KEY,
    CREATE_BUCKET,
    SET_DEFAULT_ENCRYPTION,
    ENABLE_VERSIONING,
    ENABLE_REPLICATION,
    BATCH_REPLICATION,
    COPY_OBJECTS,
    UPDATE_OBJECT_ENCRYPTION,
    SCHEDULED_COPY,
)
"""Every step that a proposal can take."""

STEP = block_field("step", "Exactly one of these", *STEPS)

CURRENT = block_field(
    "current",
    "Where the data lies today",
    text_field("bucket", "Entry of `buckets`", required=True),
    text_field("key", "Entry of `keys` that the objects are encrypted under", default="the bucket's default key"),
    _kinds("objects", "How the objects are encrypted", "sse-kms with a key, else what the bucket's default makes"),
    required=True,
)

REQUIRE = block_field(
    "require",
    "What must be so in the end",
    text_field("replicate_to", "Region that must hold the data too", required=True),
    bool_field(
        "same_key_in_both_regions",
        "Source and replica objects are encrypted under one multi-Region key",
        default=False,
        facts="M2 M14",
    ),
    text_field(
        "recovery_point_objective",
        "How much new data may be lost: `15m`, `24h`, `1d` …; live replication counts as 15 minutes",
        facts="R68",
    ),
    bool_field("existing_objects", "Objects that exist already must be there too", default=False, facts="R80"),
    required=True,
)

MIGRATION = block_field(
    "migration",
    "Where the data lies, what is required, and proposals how to get there; `policygen plan` judges them",
    CURRENT,
    REQUIRE,
    map_field("proposals", "Lists of steps by name", Field(name="steps", kind=Kind.LIST, item=STEP)),
)
