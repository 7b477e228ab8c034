"""The format of a spec, as one table.

From this table come the loader, the JSON Schema and the reference page (:mod:`policygen.fields`). What a field means
together with other fields is checked in :mod:`policygen.spec.resolve` and :mod:`policygen.spec.replication`.
"""

from __future__ import annotations

from policygen.aws.partitions import PARTITIONS
from policygen.aws.s3 import GENERAL_PURPOSE_STORAGE_CLASSES
from policygen.fields.table import (
    Computed,
    Field,
    Kind,
    block_field,
    bool_field,
    choice_field,
    choice_item,
    either_field,
    integer_field,
    list_field,
    map_field,
    text_field,
)
from policygen.spec import forms
from policygen.spec.kinds import (
    BucketKey,
    ContextMode,
    Enforce,
    ExistingObjects,
    KeyState,
    KeyType,
    ObjectOwnership,
    Profile,
    SourceObjects,
    Sse,
    Versioning,
)
from policygen.spec.migration_fields import BLOCKED_ENCRYPTION_TYPES, MIGRATION, OBJECT_STATUSES
from policygen.suite.fields import TEST

_PRINCIPAL = "`role/NAME`, `user/NAME`, `root`, an account id, or an ARN"
_GRANTED = f"{_PRINCIPAL}; or a service principal such as `logging.s3.amazonaws.com`"
_SOURCE = (
    text_field(
        "source_account",
        "For a service principal, the account for which it acts: an entry of `accounts`, or an id (a condition on "
        "`aws:SourceAccount`)",
        facts="G57",
        example="prod",
    ),
    text_field(
        "source_arn",
        "For a service principal, the resource for which it acts: an ARN, with `*` for any part (a condition on "
        "`aws:SourceArn`)",
        facts="G58",
        example="arn:aws:s3:::amzn-s3-demo-bucket",
    ),
)
_ACCOUNT = text_field("account", "Entry of `accounts`, or its id", Computed("the only account"), example="prod")
_GRANTEES = (
    list_field(
        "administrators",
        f"Principals: {_PRINCIPAL}; they manage the key and do not use it",
        text_field("", "", example="role/KeyAdmin"),
        facts="K10a",
    ),
    list_field(
        "users",
        f"Principals: {_GRANTED}; they use the key",
        block_field(
            "user",
            "Who uses the key",
            text_field("principal", _GRANTED, required=True, example="role/Analyst"),
            *_SOURCE,
            short="principal",
        ),
        facts="K10a",
    ),
)
_LEVEL = list_field("level", "Files of one level", text_field("", "", example="guardrails/scp.json"), None)
_LEVELS = "{} files: a list for each level, root first; paths are relative to the spec"
_CONTROL = (
    list_field("service_control", _LEVELS.format("SCP"), _LEVEL, facts="E52 E53"),
    list_field("resource_control", _LEVELS.format("RCP"), _LEVEL, facts="E59"),
)


def _statements(what: str, example: str) -> Field:
    doc = f"Further statements of {what}, as in JSON: generated as they are, and asked for by `verify`"
    return list_field("statements", doc, Field(name="statement", kind=Kind.OBJECT, example=example))


SYMMETRIC = "SYMMETRIC_DEFAULT"
"""The key spec of symmetric encryption keys."""

_OTHER_KEY_SPECS = tuple(
    """
    RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_NIST_EDWARDS25519 ECC_SECG_P256K1 HMAC_224
    HMAC_256 HMAC_384 HMAC_512 SM2 ML_DSA_44 ML_DSA_65 ML_DSA_87 ML_KEM_512 ML_KEM_768 ML_KEM_1024
    """.split()
)

KEY = block_field(
    "key",
    "A KMS key",
    choice_field("type", "Kind of key", KeyType, required=True, facts="M1 K26"),
    choice_field(
        "key_spec",
        "What KMS calls its KeySpec; S3 encrypts under symmetric keys alone, so that any other is refused",
        (SYMMETRIC, *_OTHER_KEY_SPECS),
        SYMMETRIC,
        facts="N10 S21",
    ),
    _ACCOUNT,
    text_field("region", "Region of a single-Region or AWS managed key", form=forms.REGION),
    text_field("primary_region", "Region of a multi-Region primary key", form=forms.REGION, facts="M3"),
    either_field(
        "replica_regions",
        "Regions of the replica keys: a list, or a mapping of Region to `administrators` and `users` of its own",
        list_field("", "", text_field("", "", form=forms.REGION), None),
        map_field("", "", block_field("replica", "A replica key", *_GRANTEES), key=forms.REGION),
        default=(),
        facts="M3 M4",
    ),
    text_field("id", "Key id; without it the text `KEY-ID-OF-name` stands in ARNs", form=forms.KEY_ID, facts="M2"),
    text_field("alias", "`alias/…`", form=forms.ALIAS),
    choice_field("state", "Key state", KeyState, KeyState.ENABLED, facts="K27"),
    *_GRANTEES,
    bool_field(
        "enable_iam_policies", "Let IAM policies of the account give access to the key", default=True, facts="K2 K9"
    ),
    _statements("the key policy", '{Effect: Allow, Principal: {AWS: "…"}, Action: "kms:DescribeKey", Resource: "*"}'),
)

ENCRYPTION = block_field(
    "encryption",
    "Default encryption, and how the bucket policy enforces it",
    choice_field("sse", "Default encryption", Sse, Sse.SSE_S3, facts="S14"),
    text_field("key", "Entry of `keys`; without it SSE-KMS uses the AWS managed key `aws/s3`", facts="S21"),
    choice_field(
        "bucket_key",
        "S3 Bucket Key; `mixed` when the setting was ever changed",
        BucketKey,
        BucketKey.OFF,
        facts="R47 R48",
    ),
    choice_field("enforce", "What the bucket policy asks of uploads", Enforce, Enforce.NONE, facts="S3 S4 S7"),
    example='{sse: "aws:kms", key: data}',
)

GUARDS = block_field(
    "guards",
    "Deny statements that keep out strangers",
    bool_field(
        "organization", "Deny principals outside the organization, AWS services included", default=False, facts="S33"
    ),
    list_field(
        "vpc_endpoints",
        "Deny requests that come through no endpoint of these; the roles of replication, of batch jobs and the "
        "`deployer` are spared",
        text_field("", "", form=forms.VPC_ENDPOINT_ID),
        facts="S32 R17",
    ),
    list_field(
        "except",
        "Principals that the guards spare, the bucket's administrators among them",
        text_field("", "", example="role/Admin"),
        facts="S32",
    ),
)

GRANTEE = block_field(
    "grantee",
    "A principal, limited to a prefix",
    text_field("principal", _GRANTED, required=True, example="role/Analyst"),
    text_field("prefix", "Key prefix it is limited to", ""),
    *_SOURCE,
    short="principal",
)

BUCKET = block_field(
    "bucket",
    "An S3 bucket",
    text_field("name", "The bucket's name", required=True, form=forms.BUCKET_NAME),
    _ACCOUNT,
    text_field("region", "Region", required=True, form=forms.REGION),
    choice_field(
        "versioning",
        "Versioning; a replicated bucket needs it",
        Versioning,
        Computed("`enabled` on a replication route, else `disabled`"),
        facts="R1",
    ),
    bool_field("object_lock", "Object Lock", default=False, facts="R3 R26"),
    choice_field(
        "object_ownership", "Object Ownership", ObjectOwnership, ObjectOwnership.BUCKET_OWNER_ENFORCED, facts="S48 R36"
    ),
    bool_field("requester_pays", "Requester Pays", default=False, facts="R4"),
    bool_field(
        "abac",
        "Attribute-based access control: policies see the bucket's tags, which are then changed by `s3:TagResource` "
        "and `s3:UntagResource` alone",
        default=False,
        facts="N3 S49",
    ),
    bool_field("block_public_access", "All four settings of Block Public Access", default=True, facts="E105"),
    bool_field("tls_only", "Deny requests without TLS", default=True, facts="S30"),
    text_field(
        "minimum_tls_version",
        "Deny TLS versions below this one, for example `1.2`",
        form=forms.TLS_VERSION,
        facts="S31",
    ),
    text_field("policy_id", "The bucket policy's Id"),
    BLOCKED_ENCRYPTION_TYPES,
    ENCRYPTION,
    GUARDS,
    list_field("readers", "Who may read objects and list the bucket", GRANTEE),
    list_field("writers", "Who may write objects", GRANTEE),
    _statements(
        "the bucket policy", '{Effect: Deny, Principal: "*", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::b/*"}'
    ),
)

_ROLE = (
    text_field("name", "The role's name", required=True, form=forms.ROLE_NAME),
    text_field("path", "Its path", "/", form=forms.ROLE_PATH, facts="R15"),
    text_field("permissions_boundary", "ARN of its permissions boundary", facts="E22"),
)
_TRUST = block_field(
    "trust",
    "Conditions of the trust policy; AWS does not say that S3 meets them",
    bool_field("source_account", "Ask for aws:SourceAccount", default=False, facts="R12"),
    bool_field("source_arn", "Ask for aws:SourceArn", default=False, facts="R12"),
)

RULE = block_field(
    "rule",
    "A rule of a replication configuration",
    text_field("id", "Rule id, unique in the configuration", required=True, form=forms.RULE_ID, facts="R60"),
    text_field("destination", "Entry of `buckets`", required=True, facts="R60", example="replica"),
    text_field(
        "replica_key", "Entry of `keys` that encrypts the replicas", Computed("the destination's key"), facts="R64 M14"
    ),
    text_field("prefix", "Key prefix of the objects it covers", "", facts="R60"),
    map_field("tags", "Object tags it asks for", facts="R60"),
    integer_field(
        "priority", "Higher wins between rules of one destination", Computed("position of the rule"), facts="R62"
    ),
    choice_field("status", "Status", ("enabled", "disabled"), "enabled", facts="R60"),
    bool_field("delete_markers", "Replicate delete markers", default=False, facts="R23 R63"),
    bool_field("replicate_tags", "Replicate object tags", default=True, facts="R24 R34"),
    bool_field("replica_modifications", "Synchronise metadata changes of replicas", default=False, facts="R30 R82"),
    bool_field("replication_time_control", "Replication time control (turns metrics on)", default=False, facts="R68"),
    bool_field(
        "metrics", "Replication metrics", default=Computed("on with replication time control, else off"), facts="R68"
    ),
    choice_field("storage_class", "Storage class of the replicas", GENERAL_PURPOSE_STORAGE_CLASSES, facts="R69"),
    choice_field(
        "owner_override",
        "Give replicas to the destination's owner; `auto`: when the accounts differ and ACLs are on there",
        ("auto", "true", "false"),
        "auto",
        facts="R25 R36",
    ),
)

BATCH = block_field(
    "batch",
    "An S3 Batch Replication job, with `existing_objects: batch-replication`",
    block_field(
        "role",
        "The job's role; it may be the replication's own (R10)",
        *_ROLE,
        required=True,
        example="{name: s3-batch-replication}",
    ),
    text_field(
        "manifest_bucket",
        "Entry of `buckets`, in the source's Region, for the manifest",
        required=True,
        facts="R92",
        example="ops",
    ),
    text_field("report_bucket", "Entry of `buckets` for the report", Computed("the manifest bucket")),
    text_field("report_prefix", "Key prefix of the report", ""),
    OBJECT_STATUSES,
)

REPLICATION = block_field(
    "replication",
    "One source bucket with its one replication configuration and its one role",
    text_field("source", "Entry of `buckets`", required=True, example="source"),
    block_field(
        "role",
        "The IAM role that S3 assumes",
        *_ROLE,
        _TRUST,
        _statements("its permissions policy", '{Effect: Allow, Action: "s3:ListBucket", Resource: "*"}'),
        required=True,
    ),
    choice_field("profile", "Which KMS actions the role gets", Profile, Profile.ROBUST, facts="R44"),
    list_field(
        "source_objects",
        "How source objects are encrypted",
        choice_item(SourceObjects),
        Computed("what the source bucket's default encryption makes"),
        nonempty=True,
        facts="R27 R28",
    ),
    list_field(
        "source_keys",
        "Entries of `keys`: every key that source objects may be encrypted under; without it the source bucket's key",
        text_field("", "", example="data"),
        Computed("the source bucket's key"),
        nonempty=True,
        facts="R40",
    ),
    choice_field(
        "encryption_context",
        "Which encryption context the KMS statements name",
        ContextMode,
        ContextMode.AUTO,
        facts="R45 R46 R48 R49 R50 R51",
    ),
    choice_field(
        "existing_objects",
        "What happens to objects that exist already",
        ExistingObjects,
        ExistingObjects.NONE,
        facts="R80",
    ),
    BATCH,
    integer_field("requests_per_second", "Objects a second, for the estimate of KMS requests", facts="F26 R58"),
    list_field("rules", "The rules", RULE, required=True, facts="R60", example="[{id: west, destination: replica}]"),
)

ORGANIZATION = block_field(
    "organization",
    "The AWS organization of the accounts",
    text_field("id", "`o-…`", required=True, form=forms.ORGANIZATION_ID, facts="S33"),
    *_CONTROL,
    map_field(
        "accounts",
        "Levels of single accounts, below those that all have in common: by entry of `accounts`, or by id",
        block_field("account", "The policies of an account and of the units above it", *_CONTROL),
        facts="E52 E53 E59",
    ),
)

SPEC = block_field(
    "spec",
    "A spec",
    choice_field("version", "Version of the format", ("1",), required=True),
    choice_field("partition", "Partition", PARTITIONS, "aws", facts="E41"),
    map_field(
        "accounts",
        "Account ids by name",
        text_field("", "12-digit id", form=forms.ACCOUNT_ID),
        required=True,
        example='{prod: "111122223333"}',
    ),
    ORGANIZATION,
    text_field("deployer", "Principal that will call PutBucketReplication", facts="R7 F22"),
    map_field("keys", "KMS keys by name", KEY, key=forms.ENTRY_NAME),
    map_field("buckets", "S3 buckets by name", BUCKET, key=forms.ENTRY_NAME),
    map_field("replication", "Replication entries by name", REPLICATION, key=forms.ENTRY_NAME),
    MIGRATION,
    list_field("expect", "Extra requests with their expected outcome: tests as in [suites](suites.md)", TEST),
)
"""The whole format."""
