"""The format of ``migration:``: where one stands, what is required, and the steps that proposals are made of."""

from __future__ import annotations

from policygen.fields.table import (
    Computed,
    Field,
    block_field,
    bool_field,
    choice_field,
    choice_item,
    list_field,
    map_field,
    text_field,
)
from policygen.spec.forms import DURATION, ENTRY_NAME, INTERVAL, REGION
from policygen.spec.kinds import KeyType, SourceObjects, Sse, Versioning

_KEY = "a key: an entry of `keys` or one that a step creates; `NAME@REGION` for one of its Regions, or `alias/…`"
_BUCKET = "a bucket: an entry of `buckets`, or one that a step creates"
_TYPES = (KeyType.SINGLE_REGION, KeyType.MULTI_REGION)

BLOCKED_ENCRYPTION_TYPES = list_field(
    "blocked_encryption_types",
    "Encryption types that uploads must not use",
    choice_item(("sse-c",)),
    ("sse-c",),
    facts="S13 R83",
)
CONVERTED_TYPE = choice_field("type", "What it shall become", _TYPES, KeyType.MULTI_REGION, facts="M1")
CHANGED_ENCRYPTION = choice_field("sse", "Default encryption", Sse, Sse.SSE_KMS, facts="S14")
CHANGED_VERSIONING = choice_field(
    "status", "What it becomes", (Versioning.ENABLED, Versioning.SUSPENDED), Versioning.ENABLED, facts="R1"
)
OBJECT_STATUSES = list_field(
    "object_statuses",
    "Replication statuses of the objects to cover",
    choice_item(("NONE", "FAILED", "COMPLETED", "REPLICA")),
    ("NONE", "FAILED"),
    nonempty=True,
    facts="R92",
)


def _key(name: str, doc: str, default: Computed | None = None, *, required: bool = False, facts: str = "") -> Field:
    words = f"{doc[:1].upper()}{doc[1:]}"
    return text_field(name, words, default, required=required, names="key", facts=facts, example="data")


def _bucket(name: str, doc: str, *, required: bool = True, facts: str = "") -> Field:
    words = f"{doc[:1].upper()}{doc[1:]}"
    return text_field(name, words, required=required, names="bucket", facts=facts, example="legacy")


def _account(doc: str, default: Computed | None = None, facts: str = "") -> Field:
    return text_field("account", doc, default, names="account", facts=facts)


def _regions(doc: str, facts: str = "") -> Field:
    return list_field("replica_regions", doc, text_field("", "", form=REGION), facts=facts)


_NAME = text_field("name", "What later steps call it", required=True, form=ENTRY_NAME)
_OWN_ACCOUNT = _account("Entry of `accounts`, or its id", Computed("the account of the current bucket"))
_COPIES_KEY = _key("key", f"what encrypts the copies, {_KEY}", Computed("the destination's default key"))

STEPS = (
    block_field(
        "create-key",
        "Create a KMS key; with `replica_regions` its replicas too",
        _NAME,
        choice_field(
            "type",
            "Kind of key",
            _TYPES,
            Computed("`multi-region` with `primary_region` or `replica_regions`, else `single-region`"),
            facts="M1",
        ),
        text_field("region", "Region of a single-Region key", form=REGION),
        text_field("primary_region", "Region of a multi-Region primary key", form=REGION, facts="M3"),
        _regions("Regions of the replica keys", "M3 M5"),
        text_field("alias", "`alias/…`"),
        _OWN_ACCOUNT,
    ),
    block_field(
        "convert-key",
        "Change a key from single-Region to multi-Region, or back; AWS has no such operation",
        _key("key", _KEY, required=True),
        CONVERTED_TYPE,
        _regions("Regions of the replicas that are hoped for"),
        short="key",
    ),
    block_field(
        "replicate-key",
        "Replicate a multi-Region primary key to another Region",
        _key("key", _KEY, required=True, facts="M8"),
        text_field("region", "The Region of the replica key", required=True, form=REGION, facts="M3"),
        _account("Account of the replica key, by name or id", Computed("the key's account"), "M3"),
    ),
    block_field(
        "share-key",
        "Let another account, or another Region, use a key; at least one of the two is named",
        _key("key", _KEY, required=True),
        text_field("region", "The Region it shall be shared with", form=REGION, facts="R102"),
        _account("The account it shall be shared with, by name or id", facts="K24"),
    ),
    block_field(
        "create-bucket",
        "Create a bucket",
        _NAME,
        text_field("region", "Its Region", required=True, form=REGION),
        _key("key", f"default encryption: {_KEY}", facts="S21"),
        choice_field("sse", "Default encryption", Sse, Computed("`aws:kms` with a key, else `AES256`"), facts="S14"),
        choice_field(
            "versioning",
            "Versioning",
            Versioning,
            Computed("`enabled` when a step replicates from or to it, else `disabled`"),
            facts="R1",
        ),
        bool_field("object_lock", "Object Lock", default=False, facts="R3"),
        BLOCKED_ENCRYPTION_TYPES,
        _OWN_ACCOUNT,
    ),
    block_field(
        "set-default-encryption",
        "Change a bucket's default encryption: that of objects written from then on",
        _bucket("bucket", _BUCKET),
        _key("key", f"{_KEY}; without it SSE-KMS uses `aws/s3`", facts="S21"),
        CHANGED_ENCRYPTION,
    ),
    block_field(
        "enable-versioning",
        "Change a bucket's versioning",
        _bucket("bucket", _BUCKET),
        CHANGED_VERSIONING,
        short="bucket",
    ),
    block_field(
        "enable-replication",
        "Add a rule to the source bucket's replication configuration: objects written from then on replicate",
        _bucket("from", f"the source, {_BUCKET}", facts="R80"),
        _bucket("to", f"the destination, {_BUCKET}", facts="R1"),
        _key(
            "replica_key",
            f"what encrypts the replicas, {_KEY}; or `source-multi-region`: the related key of each object's own",
            Computed("the destination's default key"),
            facts="R64 R66 N1",
        ),
        bool_field("replication_time_control", "Replication time control", default=False, facts="R68"),
        bool_field("delete_markers", "Replicate delete markers", default=False, facts="R23"),
    ),
    block_field(
        "batch-replication",
        "Run an S3 Batch Replication job: objects that exist already replicate by the rules that stand",
        _bucket("from", f"the source, {_BUCKET}", facts="R91"),
        _bucket("to", f"the destination that is meant, {_BUCKET}; a job tries every rule", required=False, facts="R94"),
        OBJECT_STATUSES,
        short="from",
    ),
    block_field(
        "copy-objects",
        "Copy every object once; copies are new objects, encrypted as the destination's default says",
        _bucket("from", f"the source, {_BUCKET}"),
        _bucket("to", f"the destination, {_BUCKET}"),
        _COPIES_KEY,
    ),
    block_field(
        "update-object-encryption",
        "Re-encrypt a bucket's objects in place under another key (UpdateObjectEncryption in a Batch Operations job)",
        _bucket("bucket", _BUCKET, facts="R85"),
        _key("key", _KEY, required=True, facts="R101"),
    ),
    block_field(
        "scheduled-copy",
        "Copy what is new by a program of one's own, again and again",
        _bucket("from", f"the source, {_BUCKET}"),
        _bucket("to", f"the destination, {_BUCKET}"),
        text_field("every", "How often: `15m`, `24h`, `1d`, `hourly`, `daily` …", required=True, form=INTERVAL),
        _COPIES_KEY,
        bool_field("existing_objects", "Copy what exists already, too", default=False),
    ),
)
"""Every step that a proposal can take."""

STEP = block_field("step", "Exactly one of these", *STEPS)

CURRENT = block_field(
    "current",
    "Where the data lies today",
    text_field("bucket", "Entry of `buckets`", required=True, example="legacy"),
    text_field("key", "Entry of `keys` that the objects are encrypted under", Computed("the bucket's default key")),
    list_field(
        "objects",
        "How the objects are encrypted",
        choice_item(SourceObjects),
        Computed("`sse-kms` with a key, else what the bucket's default makes"),
        nonempty=True,
    ),
    required=True,
)

REQUIRE = block_field(
    "require",
    "What must be so in the end",
    text_field("replicate_to", "Region that must hold the data too", required=True, form=REGION),
    bool_field(
        "same_key_in_both_regions",
        "Source and replica objects are encrypted under one multi-Region key",
        default=False,
        facts="M2 M14",
    ),
    text_field(
        "recovery_point_objective",
        "How much new data may be lost: `15m`, `24h`, `1d` …; live replication counts as 15 minutes",
        form=DURATION,
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
    map_field("proposals", "Lists of steps by name", list_field("", "", STEP, None)),
)
