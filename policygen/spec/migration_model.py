"""A migration as values: where the data lies, what is required, and the steps of each proposal.

Names of keys and buckets are entries of the spec, or what an earlier or later step of the same proposal creates;
whether they exist when a step needs them is judged in :mod:`policygen.migration`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, ClassVar, TypeVar, dataclass_transform

from policygen.spec.forms import Duration
from policygen.spec.kinds import SOURCE_MULTI_REGION, KeyType, SourceObjects, Sse, Versioning
from policygen.spec.migration_fields import (
    BLOCKED_ENCRYPTION_TYPES,
    CHANGED_ENCRYPTION,
    CHANGED_VERSIONING,
    CONVERTED_TYPE,
    OBJECT_STATUSES,
)

_Step = TypeVar("_Step", bound="MigrationStep")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRef:
    """How a step names a key.

    Attributes:
        key: The key's name.
        text: As it was written: ``NAME``, ``NAME@REGION``, ``NAME@REGION`` of a replica, or ``alias/…``.
        region: The Region, where one was written.
        alias: Whether it was named by its alias.
    """

    key: str
    text: str
    region: str | None = None
    alias: bool = False

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.text


SOURCE_KEY = KeyRef(key=SOURCE_MULTI_REGION, text=SOURCE_MULTI_REGION)
"""What a rule names where each replica takes the related key of its object's own multi-Region key (N1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStep:
    """One step of a proposal; each kind is a class of its own."""

    kind: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the step as it stands in a spec: one name, and its fields other than the defaults."""
        values = [(field, getattr(self, field.name)) for field in fields(self)]
        given = {field.name: _plain(value) for field, value in values if value != field.default}
        return {self.kind: {_NAMES.get(name, name): value for name, value in given.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else str(value)


ATTRIBUTES = {"from": "source", "to": "destination"}
"""Fields whose names an attribute cannot have → the attribute."""

_NAMES = {attribute: name for name, attribute in ATTRIBUTES.items()}

STEP_TYPES: dict[str, type[MigrationStep]] = {}
"""The kinds of steps by the names that they have in a spec."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def _step(kind: str) -> Callable[[type[_Step]], type[_Step]]:
    """Make a class the dataclass of one kind of step."""

    def registered(cls: type[_Step]) -> type[_Step]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.kind = kind
        STEP_TYPES[kind] = made
        return made

    return registered


@_step("create-key")
class CreateKey(MigrationStep):
    """Create a key; ``region`` is the primary Region of a multi-Region key."""

    name: str
    type: KeyType
    region: str | None = None
    primary_region: str | None = None
    replica_regions: tuple[str, ...] = ()
    alias: str | None = None
    account: str | None = None

    @property
    def home(self) -> str:
        """The Region of a single-Region key, or of the primary key."""
        return self.primary_region or self.region or ""


@_step("convert-key")
class ConvertKey(MigrationStep):
    """Change a key's type (M1: there is no such operation)."""

    key: KeyRef
    type: KeyType = CONVERTED_TYPE.usual
    replica_regions: tuple[str, ...] = ()


@_step("replicate-key")
class ReplicateKey(MigrationStep):
    """ReplicateKey."""

    key: KeyRef
    region: str
    account: str | None = None


@_step("share-key")
class ShareKey(MigrationStep):
    """Let another account or Region use a key."""

    key: KeyRef
    region: str | None = None
    account: str | None = None


@_step("create-bucket")
class CreateBucket(MigrationStep):
    """CreateBucket with its settings; ``versioning`` None is what the other steps ask for."""

    name: str
    region: str
    key: KeyRef | None = None
    sse: Sse | None = None
    versioning: Versioning | None = None
    object_lock: bool = False
    blocked_encryption_types: tuple[str, ...] = BLOCKED_ENCRYPTION_TYPES.usual
    account: str | None = None


@_step("set-default-encryption")
class SetDefaultEncryption(MigrationStep):
    """PutBucketEncryption."""

    bucket: str
    key: KeyRef | None = None
    sse: Sse = CHANGED_ENCRYPTION.usual


@_step("enable-versioning")
class EnableVersioning(MigrationStep):
    """PutBucketVersioning."""

    bucket: str
    status: Versioning = CHANGED_VERSIONING.usual


@_step("enable-replication")
class EnableReplication(MigrationStep):
    """PutBucketReplication with one more rule."""

    source: str
    destination: str
    replica_key: KeyRef | None = None
    replication_time_control: bool = False
    delete_markers: bool = False

    @property
    def by_source_key(self) -> bool:
        """Whether each replica takes the related key of its object's own multi-Region key."""
        return self.replica_key == SOURCE_KEY


@_step("batch-replication")
class BatchReplication(MigrationStep):
    """A job of S3 Batch Replication."""

    source: str
    destination: str | None = None
    object_statuses: tuple[str, ...] = OBJECT_STATUSES.usual


@_step("copy-objects")
class CopyObjects(MigrationStep):
    """Copy every object of a bucket once."""

    source: str
    destination: str
    key: KeyRef | None = None


@_step("update-object-encryption")
class UpdateObjectEncryption(MigrationStep):
    """UpdateObjectEncryption on every object of a bucket, as a job of Batch Operations."""

    bucket: str
    key: KeyRef


@_step("scheduled-copy")
class ScheduledCopy(MigrationStep):
    """Copy what is new, every so often."""

    source: str
    destination: str
    every: Duration
    key: KeyRef | None = None
    existing_objects: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """Where the data lies today.

    Attributes:
        bucket: Entry of the spec's buckets.
        key: Entry of the spec's keys, or None when the objects are under no KMS key of the spec.
        objects: How the objects are encrypted.
    """

    bucket: str
    key: str | None
    objects: tuple[SourceObjects, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """What must be so in the end.

    Attributes:
        replicate_to: The Region that must hold the data too.
        same_key_in_both_regions: Whether one multi-Region key must encrypt the objects in both Regions.
        recovery_point_objective: How much new data may be lost, or None.
        existing_objects: Whether objects that exist already must be there too.
    """

    replicate_to: str
    same_key_in_both_regions: bool
    recovery_point_objective: Duration | None
    existing_objects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A way that somebody proposes."""

    name: str
    steps: tuple[MigrationStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A migration that is planned."""

    current: Current
    require: Require
    proposals: tuple[Proposal, ...]
