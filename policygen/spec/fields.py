"""The format of a spec, as one table.

From this table come the checks of the loader (:mod:`policygen.spec.read`), the JSON Schema
(:mod:`policygen.spec.schema`) and the reference page (:mod:`policygen.spec.reference`). What a field means together
with other fields is checked in :mod:`policygen.spec.resolve` and :mod:`policygen.spec.replication`.
"""

from __future__ import annotations

from policygen.aws.partitions import PARTITIONS
from policygen.spec.field import Field, Kind
from policygen.spec.field import block_field as _block
from policygen.spec.field import bool_field as _bool
from policygen.spec.field import choice_field as _choice
from policygen.spec.field import list_field as _list
from policygen.spec.field import map_field as _map
from policygen.spec.field import text_field as _text
from policygen.spec.migration_fields import MIGRATION

__all__ = ["BUCKET", "GRANTEE", "KEY", "REPLICA", "REPLICATION", "SPEC", "Field", "Kind"]

_PRINCIPALS = "Principals: `role/NAME`, `user/NAME`, `root`, an account id, or an ARN"
_GRANTEES = (
    _list("administrators", f"{_PRINCIPALS}; they manage the key and do not use it", facts="K10a"),
    _list("users", f"{_PRINCIPALS}; they use the key", facts="K10a"),
)

_LEVEL = Field(name="level", kind=Kind.LIST, item=Field(name="file"))
_LEVELS = "{} files: a list for each level, root first; paths are relative to the spec"

KEY = _block(
    "key",
    "A KMS key",
    _choice("type", "Kind of key", ("single-region", "multi-region", "aws-managed"), facts="M1 K26"),
    _text("account", "Entry of `accounts`, or its id", default="the only account"),
    _text("region", "Region of a single-Region or AWS managed key"),
    _text("primary_region", "Region of a multi-Region primary key", facts="M3"),
    Field(
        name="replica_regions",
        doc="Regions of the replica keys: a list, or a mapping of Region to `administrators` and `users` of its own",
        kind=Kind.ANY,
        default="[]",
        facts=("M3", "M4"),
    ),
    _text("id", "Key id; without it the text `KEY-ID-OF-name` stands in ARNs", facts="M2"),
    _text("alias", "`alias/…`"),
    _choice("state", "Key state", ("enabled", "disabled", "pending-deletion"), default="enabled", facts="K27"),
    *_GRANTEES,
    _bool("enable_iam_policies", "Let IAM policies of the account give access to the key", default=True, facts="K2 K9"),
)

REPLICA = _block("replica", "A replica key", *_GRANTEES)

ENCRYPTION = _block(
    "encryption",
    "Default encryption, and how the bucket policy enforces it",
    _choice("sse", "Default encryption", ("AES256", "aws:kms", "aws:kms:dsse"), default="AES256", facts="S14"),
    _text("key", "Entry of `keys`; without it SSE-KMS uses the AWS managed key `aws/s3`", facts="S21"),
    _choice(
        "bucket_key",
        "S3 Bucket Key; `mixed` when the setting was ever changed",
        ("true", "false", "mixed"),
        default="false",
        facts="R47 R48",
    ),
    _choice(
        "enforce",
        "What the bucket policy asks of uploads",
        ("none", "header-required", "key-required", "header-optional"),
        default="none",
        facts="S3 S4 S7",
    ),
)

GRANTEE = _block(
    "grantee",
    "A principal, limited to a prefix",
    _text("principal", "`role/NAME`, `user/NAME`, `root`, an account id, or an ARN", required=True),
    _text("prefix", "Key prefix it is limited to", default=""),
    short="principal",
)

BUCKET = _block(
    "bucket",
    "An S3 bucket",
    _text("name", "The bucket's name", required=True),
    _text("account", "Entry of `accounts`, or its id", default="the only account"),
    _text("region", "Region", required=True),
    _choice(
        "versioning",
        "Versioning; a replicated bucket needs it",
        ("enabled", "suspended", "disabled"),
        default="enabled on a replication route, else disabled",
        facts="R1",
    ),
    _bool("object_lock", "Object Lock", default=False, facts="R3 R26"),
    _choice(
        "object_ownership",
        "Object Ownership",
        ("bucket-owner-enforced", "bucket-owner-preferred", "object-writer"),
        default="bucket-owner-enforced",
        facts="S48 R36",
    ),
    _bool("requester_pays", "Requester Pays", default=False, facts="R4"),
    _bool("block_public_access", "All four settings of Block Public Access", default=True, facts="E105"),
    _bool("tls_only", "Deny requests without TLS", default=True, facts="S30"),
    _text("minimum_tls_version", "Deny TLS versions below this one, for example `1.2`", facts="S31"),
    _text("policy_id", "The bucket policy's Id"),
    _list(
        "blocked_encryption_types",
        "Encryption types that uploads must not use",
        Field(name="item", kind=Kind.CHOICE, choices=("sse-c",)),
        default="[sse-c]",
        facts="S13 R83",
    ),
    ENCRYPTION,
    _block(
        "guards",
        "Deny statements that keep out strangers",
        _bool(
            "organization",
            "Deny principals outside the organization, AWS services included",
            default=False,
            facts="S33",
        ),
        _list(
            "vpc_endpoints",
            "Deny requests that come through no endpoint of these; the roles of replication, of batch jobs and the "
            "`deployer` are spared",
            facts="S32 R17",
        ),
        _list("except", "Principals that the guards spare, the bucket's administrators among them", facts="S32"),
    ),
    _list("readers", "Who may read objects and list the bucket", GRANTEE),
    _list("writers", "Who may write objects", GRANTEE),
)

ROLE = _block(
    "role",
    "The IAM role that S3 assumes",
    _text("name", "The role's name", required=True),
    _text("path", "Its path", default="/", facts="R15"),
    _text("permissions_boundary", "ARN of its permissions boundary", facts="E22"),
    _block(
        "trust",
        "Conditions of the trust policy; AWS does not say that S3 meets them",
        _bool("source_account", "Ask for aws:SourceAccount", default=False, facts="R12"),
        _bool("source_arn", "Ask for aws:SourceArn", default=False, facts="R12"),
    ),
    required=True,
)

RULE = _block(
    "rule",
    "A rule of a replication configuration",
    _text("id", "Rule id, unique in the configuration", required=True, facts="R60"),
    _text("destination", "Entry of `buckets`", required=True, facts="R60"),
    _text(
        "replica_key", "Entry of `keys` that encrypts the replicas", default="the destination's key", facts="R64 M14"
    ),
    _text("prefix", "Key prefix of the objects it covers", default="", facts="R60"),
    Field(
        name="tags",
        doc="Object tags it asks for",
        kind=Kind.MAP,
        item=Field(name="tag", doc="Value"),
        default="{}",
        facts=("R60",),
    ),
    Field(
        name="priority",
        doc="Higher wins between rules of one destination",
        kind=Kind.INTEGER,
        default="position of the rule",
        facts=("R62",),
    ),
    _choice("status", "Status", ("enabled", "disabled"), default="enabled", facts="R60"),
    _bool("delete_markers", "Replicate delete markers", default=False, facts="R23 R63"),
    _bool("replicate_tags", "Replicate object tags", default=True, facts="R24 R34"),
    _bool("replica_modifications", "Synchronise metadata changes of replicas", default=False, facts="R30 R82"),
    _bool("replication_time_control", "Replication time control (turns metrics on)", default=False, facts="R68"),
    _bool("metrics", "Replication metrics", default=False, facts="R68"),
    _text("storage_class", "Storage class of the replicas", facts="R69"),
    _choice(
        "owner_override",
        "Give replicas to the destination's owner; `auto`: when the accounts differ and ACLs are on there",
        ("auto", "true", "false"),
        default="auto",
        facts="R25 R36",
    ),
)

BATCH = _block(
    "batch",
    "An S3 Batch Replication job, with `existing_objects: batch-replication`",
    _block(
        "role",
        "The job's role",
        _text("name", "The role's name", required=True),
        _text("path", "Its path", default="/", facts="R15"),
        _text("permissions_boundary", "ARN of its permissions boundary", facts="E22"),
        required=True,
    ),
    _text(
        "manifest_bucket", "Entry of `buckets`, in the source's Region, for the manifest", required=True, facts="R92"
    ),
    _text("report_bucket", "Entry of `buckets` for the report", default="the manifest bucket"),
    _text("report_prefix", "Key prefix of the report", default=""),
    _list(
        "object_statuses",
        "Replication statuses to cover",
        Field(name="item", kind=Kind.CHOICE, choices=("NONE", "FAILED", "COMPLETED", "REPLICA")),
        default="[NONE, FAILED]",
        facts="R92",
    ),
)

REPLICATION = _block(
    "replication",
    "One source bucket with its one replication configuration and its one role",
    _text("source", "Entry of `buckets`", required=True),
    ROLE,
    _choice("profile", "Which KMS actions the role gets", ("minimal", "robust"), default="robust", facts="R44"),
    _list(
        "source_objects",
        "How source objects are encrypted",
        Field(name="item", kind=Kind.CHOICE, choices=("sse-kms", "dsse-kms", "sse-s3", "unencrypted", "sse-c")),
        default="what the source bucket's default encryption makes",
        facts="R27 R28",
    ),
    _choice(
        "encryption_context",
        "Which encryption context the KMS statements name",
        ("auto", "object", "bucket", "both"),
        default="auto",
        facts="R45 R46 R48 R49 R50 R51",
    ),
    _choice(
        "existing_objects",
        "What happens to objects that exist already",
        ("none", "batch-replication", "copy"),
        default="none",
        facts="R80",
    ),
    BATCH,
    Field(
        name="requests_per_second",
        doc="Objects a second, for the estimate of KMS requests",
        kind=Kind.INTEGER,
        facts=("F26", "R58"),
    ),
    Field(name="rules", doc="The rules", kind=Kind.LIST, item=RULE, required=True, facts=("R60",)),
)

SPEC = _block(
    "spec",
    "A spec",
    Field(name="version", doc="Version of the format", kind=Kind.CHOICE, choices=("1",), required=True),
    _choice("partition", "Partition", PARTITIONS, default="aws", facts="E41"),
    Field(
        name="accounts",
        doc="Account ids by name",
        kind=Kind.MAP,
        item=Field(name="account", doc="12-digit id"),
        required=True,
    ),
    _block(
        "organization",
        "The AWS organization of the accounts",
        _text("id", "`o-…`", required=True, facts="S33"),
        _list("service_control", _LEVELS.format("SCP"), _LEVEL, facts="E52 E53"),
        _list("resource_control", _LEVELS.format("RCP"), _LEVEL, facts="E59"),
    ),
    _text("deployer", "Principal that will call PutBucketReplication", facts="R7 F22"),
    _map("keys", "KMS keys by name", KEY),
    _map("buckets", "S3 buckets by name", BUCKET),
    _map("replication", "Replication entries by name", REPLICATION),
    MIGRATION,
    Field(
        name="expect",
        doc="Extra requests with their expected outcome, in the suite format",
        kind=Kind.ANY,
        default="[]",
    ),
)
"""The whole format."""
