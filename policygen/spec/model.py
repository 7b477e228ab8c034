"""The spec as values: every name resolved, every default filled in.

A value of these classes exists only when the spec is valid: :mod:`policygen.spec.load` reads and checks the
text, and nobody else builds them. Principals are full ARNs here (the short forms ``role/NAME`` are resolved in
the account of the key or bucket that names them), accounts are 12-digit ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from policygen.aws.arns import bucket_arn, key_arn, role_arn
from policygen.aws.s3 import account_and_region_in
from policygen.document import PolicyDocument
from policygen.errors import Problem
from policygen.spec.covered import Covered
from policygen.spec.kinds import (
    KMS,
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
from policygen.spec.migration_model import Migration
from policygen.suite import TestCase

Statement = Mapping[str, Any]
"""A statement of a policy, as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grantee:
    """A reader or writer of a bucket, or the user of a key.

    Attributes:
        principal: The ARN of a principal, or the name of a service principal.
        prefix: The key prefix that it is limited to; empty for all objects, and for the user of a key.
        source_account: For a service principal, the account for which it must act, or None.
        source_arn: For a service principal, the ARN, or a pattern of ARNs, of the resource for which it must act, or
            None.
    """

    principal: str
    prefix: str = ""
    source_account: str | None = None
    source_arn: str | None = None

    @property
    def is_service(self) -> bool:
        """Whether it is a service of AWS, and no principal of an account."""
        return not self.principal.startswith("arn:")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGrantees:
    """Who manages and who uses one KMS key in one Region.

    Attributes:
        administrators: Principal ARNs.
        users: Principals; services among them.
    """

    administrators: tuple[str, ...]
    users: tuple[Grantee, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A KMS key: one single-Region key, or a multi-Region primary key with its replicas.

    Attributes:
        name: The entry's name in the spec.
        type: Its kind.
        partition: The spec's partition.
        account: 12-digit id of the owning account.
        region: The Region of a single-Region or AWS managed key, or of the primary key.
        replica_regions: Regions of the replica keys, in spec order; empty for other kinds.
        id: The key id (``mrk-…`` for multi-Region keys), or None while it is not known.
        alias: ``alias/…`` or None.
        state: Key state.
        grantees: Administrators and users by Region; every Region of the key is in it.
        enable_iam_policies: Whether the key policy holds the statement that lets IAM policies of the account
            give access (K2).
        statements: Further statements of the key policy, in each Region, as they were written.
    """

    name: str
    type: KeyType
    partition: str
    account: str
    region: str
    replica_regions: tuple[str, ...]
    id: str | None
    alias: str | None
    state: KeyState
    grantees: tuple[tuple[str, KeyGrantees], ...]
    enable_iam_policies: bool
    statements: tuple[Statement, ...] = field(default=(), hash=False)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every Region in which the key exists, the primary key's first."""
        return (self.region, *self.replica_regions)

    @property
    def id_or_placeholder(self) -> str:
        """The key id, or the text ``KEY-ID-OF-NAME`` that stands for it until it is known."""
        return self.id or f"KEY-ID-OF-{self.name}"

    def arn(self, region: str) -> str:
        """Return the ARN of the key in ``region``: related multi-Region keys differ in the Region alone (M2)."""
        return key_arn(self.partition, region, self.account, self.id_or_placeholder)

    def grantees_in(self, region: str) -> KeyGrantees:
        """Return the administrators and users of the key in ``region``."""
        return dict(self.grantees)[region]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """Default encryption of a bucket and how the bucket policy enforces it.

    Attributes:
        sse: The default encryption.
        key: The KMS key; None for SSE-S3, and for SSE-KMS under the AWS managed key ``aws/s3``.
        bucket_key: Whether objects use an S3 Bucket Key.
        enforce: What the bucket policy asks of uploads.
    """

    sse: Sse
    key: Key | None
    bucket_key: BucketKey
    enforce: Enforce

    @property
    def customer_key(self) -> Key | None:
        """The customer managed key; None for SSE-S3, and under the AWS managed key, which S3 takes by itself (K26)."""
        if self.sse is Sse.SSE_S3 or self.key is None or self.key.type is KeyType.AWS_MANAGED:
            return None
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Deny statements that keep out strangers.

    Attributes:
        organization: Deny principals outside the spec's organization.
        vpc_endpoints: Deny requests that do not come through one of these VPC endpoints; empty for no such guard.
        exempt: Principal ARNs that the guards spare (``except`` in the spec).
    """

    organization: bool
    vpc_endpoints: tuple[str, ...]
    exempt: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """An S3 bucket.

    Attributes:
        entry: The entry's name in the spec (names the folder of its documents).
        name: The bucket's name.
        partition: The spec's partition.
        account: 12-digit id of the owning account.
        region: Region code.
        abac: Whether attribute-based access control is on: policies see the bucket's tags (N3).
        minimum_tls_version: ``1.2``, ``1.3`` … or None.
        policy_id: The bucket policy's Id, or None.
        blocked_encryption_types: ``sse-c`` or nothing.
        statements: Further statements of the bucket policy, as they were written.
    """

    entry: str
    name: str
    partition: str
    account: str
    region: str
    versioning: Versioning
    object_lock: bool
    object_ownership: ObjectOwnership
    requester_pays: bool
    abac: bool
    block_public_access: bool
    tls_only: bool
    minimum_tls_version: str | None
    policy_id: str | None
    blocked_encryption_types: tuple[str, ...]
    encryption: Encryption
    guards: Guards
    readers: tuple[Grantee, ...]
    writers: tuple[Grantee, ...]
    statements: tuple[Statement, ...] = field(default=(), hash=False)

    @property
    def is_account_regional(self) -> bool:
        """Whether its name is of the namespace that its account has for itself in its Region (N5)."""
        return account_and_region_in(self.name) is not None

    @property
    def blocked_api_values(self) -> list[str]:
        """The blocked encryption types in the S3 API's words; ``NONE`` says that nothing is blocked (R83)."""
        return [each.upper() for each in self.blocked_encryption_types] or ["NONE"]

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return bucket_arn(self.partition, self.name)

    def object_arn(self, key: str) -> str:
        """Return the ARN of the object ``key`` in this bucket (or of a pattern of keys)."""
        return f"{self.arn}/{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The IAM role that S3 assumes.

    Attributes:
        name: Role name.
        partition: The spec's partition.
        account: 12-digit id.
        path: Begins and ends with ``/``.
        permissions_boundary: ARN of a managed policy, or None.
        trust_source_account: Add ``aws:SourceAccount`` to the trust policy (R12: opt-in).
        trust_source_arn: Add ``aws:SourceArn`` to the trust policy (R12: opt-in).
        statements: Further statements of its permissions policy, as they were written.
    """

    name: str
    partition: str
    account: str
    path: str
    permissions_boundary: str | None
    trust_source_account: bool = False
    trust_source_arn: bool = False
    statements: tuple[Statement, ...] = field(default=(), hash=False)

    @property
    def arn(self) -> str:
        """The role's ARN, path included (R15)."""
        return role_arn(self.partition, self.account, self.path, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a replication configuration.

    Attributes:
        id: Rule id, at most 255 ASCII characters.
        destination: The destination bucket.
        replica_keys: The KMS keys of the replicas: none when no source object is encrypted under KMS; the one that is
            named; or, ``by_source_key``, those of the source that have a related key in the destination's Region.
        by_source_key: Whether each replica takes the related key of the source object's own multi-Region key (N1).
        covered: The objects it covers.
        priority: Higher wins between rules of one destination (R62).
        enabled: Whether its status is ``enabled``.
        owner_override: Whether replicas belong to the destination bucket's owner (``auto`` is resolved, R36).
        storage_class: Storage class of the replicas, None for the source's.
    """

    id: str
    destination: Bucket
    replica_keys: tuple[Key, ...]
    by_source_key: bool
    covered: Covered
    priority: int
    enabled: bool
    delete_markers: bool
    replicate_tags: bool
    replicate_annotations: bool
    replica_modifications: bool
    replication_time_control: bool
    metrics: bool
    storage_class: str | None
    owner_override: bool

    @property
    def prefix(self) -> str:
        """Key prefix of the objects it covers; empty for all."""
        return self.covered.prefix

    def goes_before(self, other: Rule) -> bool:
        """Tell whether every object that ``other`` covers follows this rule instead (R62)."""
        wins = self.priority > other.priority and self.destination == other.destination
        return wins and self.covered.includes(other.covered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An S3 Batch Replication job (R90 to R94).

    Attributes:
        role: The job's role; the replication's own, or one for the job alone.
        manifest_bucket: Where the manifest is stored.
        report_bucket: Where the completion report is stored.
        report_prefix: Key prefix of the report.
        object_statuses: Replication statuses of the objects to cover: NONE, FAILED, COMPLETED, REPLICA.
    """

    role: Role
    manifest_bucket: Bucket
    report_bucket: Bucket
    report_prefix: str
    object_statuses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)  # without slots, for what is worked out once
class Replication:
    """One source bucket with its one replication configuration and its one role.

    Attributes:
        name: The entry's name in the spec.
        requests_per_second: Objects a second, for the KMS request estimate (F26); None when not stated.
        source_keys: The customer managed keys that source objects may be encrypted under (R40).
    """

    name: str
    source: Bucket
    role: Role
    rules: tuple[Rule, ...]
    profile: Profile
    source_objects: tuple[SourceObjects, ...]
    encryption_context: ContextMode
    existing_objects: ExistingObjects
    batch: Batch | None
    requests_per_second: int | None
    source_keys: tuple[Key, ...] = ()

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that S3 assumes: the replication's own, and its batch job's where that is another one."""
        return (self.role,) if self.batch is None or self.one_role else (self.role, self.batch.role)

    @property
    def one_role(self) -> bool:
        """Whether the batch job has the replication's own role (R10)."""
        return self.batch is not None and self.batch.role == self.role

    @property
    def kms_sources(self) -> bool:
        """Whether some source objects are encrypted under SSE-KMS or DSSE-KMS."""
        return any(kind in KMS for kind in self.source_objects)

    @property
    def enabled_rules(self) -> tuple[Rule, ...]:
        """The rules whose status is enabled."""
        return tuple(rule for rule in self.rules if rule.enabled)

    @cached_property
    def shadowed_rules(self) -> tuple[tuple[Rule, Rule], ...]:
        """The enabled rules that never apply, each with the rule that its objects follow instead (R62)."""
        first = sorted(self.enabled_rules, key=lambda rule: -rule.priority)
        found = ((rule, next((each for each in first if each.goes_before(rule)), None)) for rule in self.enabled_rules)
        return tuple((rule, before) for rule, before in found if before is not None)

    @cached_property
    def applied_rules(self) -> tuple[Rule, ...]:
        """The rules that some object can follow: enabled, and behind no other rule of the same destination."""
        shadowed = [rule for rule, _ in self.shadowed_rules]
        return tuple(rule for rule in self.enabled_rules if rule not in shadowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """SCPs and RCPs by level, root first; each is named by its file."""

    service_control: tuple[tuple[PolicyDocument, ...], ...]
    resource_control: tuple[tuple[PolicyDocument, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Control):
    """An AWS organization, with the levels that all its accounts have in common.

    Attributes:
        id: ``o-…``.
        accounts: The levels below them of single accounts, by the account's id.
    """

    id: str
    accounts: tuple[tuple[str, Control], ...] = ()

    def policies(self) -> dict[str, PolicyDocument]:
        """Return every SCP and RCP by its name."""
        controls = (self, *(control for _, control in self.accounts))
        levels = (level for each in controls for level in (*each.service_control, *each.resource_control))
        return {document.source: document for level in levels for document in level}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A checked spec.

    Attributes:
        source: The file it came from, as the user named it.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
        accounts: Account ids by name, in spec order.
        organization: The organization with its SCPs and RCPs, or None.
        deployer: ARN of the principal that will call PutBucketReplication (F22), or None.
        keys: In spec order.
        buckets: In spec order.
        replication: In spec order.
        expect: The tests of ``expect:``, with the spec's names for keys, buckets and principals resolved to ARNs.
        blockers: Why replication would fail as the buckets and keys stand (F11, F14, F21, F25): nothing is generated
            until they are gone, but existing documents can be verified.
        migration: What ``policygen plan`` judges, or None.
        warnings: What may be a mistake, such as a Region that is not known here.
    """

    source: str
    partition: str
    accounts: tuple[tuple[str, str], ...]
    organization: Organization | None = None
    deployer: str | None = None
    keys: tuple[Key, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    replication: tuple[Replication, ...] = ()
    expect: tuple[TestCase, ...] = ()
    blockers: tuple[Problem, ...] = ()
    migration: Migration | None = None
    warnings: tuple[Problem, ...] = ()

    def key(self, name: str) -> Key:
        """Return the key entry called ``name``; KeyError when there is none."""
        return {key.name: key for key in self.keys}[name]

    def bucket(self, entry: str) -> Bucket:
        """Return the bucket entry called ``entry``; KeyError when there is none."""
        return {bucket.entry: bucket for bucket in self.buckets}[entry]
