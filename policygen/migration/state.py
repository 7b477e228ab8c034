"""The state that steps change: keys, buckets, replication rules, scheduled copies, and where which objects lie.

Objects are groups: what was encrypted alike in the beginning stays together. A group is a fact about one bucket; its
replica or copy in another bucket is a group of its own with the same ``origin``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from policygen.spec.durations import Duration
from policygen.spec.kinds import KMS, MADE_BY, KeyType, SourceObjects, Sse, Versioning
from policygen.spec.migration_model import Current, Migration
from policygen.spec.model import Bucket, Key, Spec

AWS_S3 = "aws/s3"
"""The name under which the AWS managed key of S3 stands: each account has one in each Region (K26)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedBucket:
    """A bucket; ``key`` is the name of its default KMS key, None for SSE-S3."""

    name: str
    account: str
    region: str
    versioning: Versioning
    sse: Sse = Sse.SSE_S3
    key: str | None = None
    object_lock: bool = False
    requester_pays: bool = False
    blocks_sse_c: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How new objects get from one bucket to another.

    Attributes:
        source: Bucket name.
        destination: Bucket name.
        step: Position of the step that set it up; 0 for what the spec says.
        key: Name of the key of replicas or copies; None when they are under no KMS key, or under the
            destination's default (scheduled copies).
        every: How often a scheduled copy runs; None for live replication.
        time_control: Whether replication time control is on.
        delete_markers: Whether delete markers replicate.
    """

    source: str
    destination: str
    step: int
    key: str | None = None
    every: Duration | None = None
    time_control: bool = False
    delete_markers: bool = False

    @property
    def live(self) -> bool:
        """Whether S3 replicates by itself."""
        return self.every is None

    @property
    def slot(self) -> tuple[str, str, int]:
        """What there is one of: a rule between two buckets, and each scheduled copy by itself."""
        return (self.source, self.destination, 0 if self.live else self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """A group of objects in one bucket.

    Attributes:
        origin: How they were encrypted in the beginning; ties copies and replicas together.
        bucket: Bucket name.
        kind: How they are encrypted now.
        key: Name of their KMS key, or None.
        replica: Whether replication made them.
        replicated: Whether they have been replicated.
        reencrypted: Position of the step that changed their key in place, or 0.
        locked: Whether they may be under Object Lock.
    """

    origin: SourceObjects
    bucket: str
    kind: SourceObjects
    key: str | None = None
    replica: bool = False
    replicated: bool = False
    reencrypted: int = 0
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything at one moment."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    buckets: Mapping[str, SimulatedBucket] = field(default_factory=dict)
    transfers: Mapping[tuple[str, str, int], Transfer] = field(default_factory=dict)
    objects: tuple[Objects, ...] = ()

    def with_key(self, key: Key) -> State:
        """Return the state with one key more, or changed."""
        return replace(self, keys={**self.keys, key.name: key})

    def with_bucket(self, bucket: SimulatedBucket) -> State:
        """Return the state with one bucket more, or changed."""
        return replace(self, buckets={**self.buckets, bucket.name: bucket})

    def with_transfer(self, transfer: Transfer) -> State:
        """Return the state with one transfer more; a live one takes the place of the rule between the same buckets."""
        transfers = dict(self.transfers)
        transfers.pop(transfer.slot, None)
        return replace(self, transfers={**transfers, transfer.slot: transfer})

    def with_objects(self, *groups: Objects) -> State:
        """Return the state with groups of objects put in; each takes the place of its like in the same bucket."""
        new = {(each.origin, each.bucket): each for each in groups}
        kept = [new.pop((each.origin, each.bucket), each) for each in self.objects]
        return replace(self, objects=(*kept, *new.values()))

    def objects_in(self, bucket: str) -> tuple[Objects, ...]:
        """Return the groups in a bucket."""
        return tuple(each for each in self.objects if each.bucket == bucket)

    def rules_from(self, bucket: str) -> tuple[Transfer, ...]:
        """Return the rules of a bucket's replication configuration."""
        return tuple(transfer for transfer in self.transfers.values() if transfer.live and transfer.source == bucket)

    def kinds_in(self, bucket: SimulatedBucket) -> frozenset[SourceObjects]:
        """Return how the objects of a bucket are encrypted: those in it, and those that will be written."""
        return frozenset({each.kind for each in self.objects_in(bucket.name)} | {MADE_BY[bucket.sse]})


def state_of(spec: Spec, migration: Migration) -> State:
    """Return the state as the spec describes it: nothing of a proposal has happened."""
    current = migration.current.key
    key = _name(spec.key(current)) if current is not None else None
    buckets = {
        each.entry: _bucket(each, key if each.entry == migration.current.bucket else None) for each in spec.buckets
    }
    transfers = tuple(
        Transfer(
            source=each.source.entry,
            destination=rule.destination.entry,
            step=0,
            key=_name(rule.replica_key),
            time_control=rule.replication_time_control,
            delete_markers=rule.delete_markers,
        )
        for each in spec.replication
        for rule in each.enabled_rules
    )
    return State(
        keys={key.name: key for key in spec.keys},
        buckets=buckets,
        transfers={transfer.slot: transfer for transfer in transfers},
        objects=_objects(migration.current, key, buckets),
    )


def _name(key: Key | None) -> str | None:
    """Return the name under which a key stands in the state: AWS managed keys have one in common."""
    if key is None:
        return None
    return AWS_S3 if key.type is KeyType.AWS_MANAGED else key.name


def _bucket(bucket: Bucket, current: str | None) -> SimulatedBucket:
    sse, key = bucket.encryption.sse, _name(bucket.encryption.key)
    if key is None and current is not None:
        # the data is under this key, whatever the default: clients name it, and go on naming it
        sse, key = Sse.SSE_KMS if sse is Sse.SSE_S3 else sse, current
    if sse is not Sse.SSE_S3:
        key = key or AWS_S3
    return SimulatedBucket(
        name=bucket.entry,
        account=bucket.account,
        region=bucket.region,
        versioning=bucket.versioning,
        sse=sse,
        key=key,
        object_lock=bucket.object_lock,
        requester_pays=bucket.requester_pays,
        blocks_sse_c="sse-c" in bucket.blocked_encryption_types,
    )


def _objects(current: Current, key: str | None, buckets: Mapping[str, SimulatedBucket]) -> tuple[Objects, ...]:
    bucket = buckets[current.bucket]
    return tuple(
        Objects(
            origin=kind,
            bucket=bucket.name,
            kind=kind,
            key=(key or AWS_S3) if kind in KMS else None,
            locked=bucket.object_lock,
        )
        for kind in current.objects
    )
