"""The state that steps change: keys, buckets, replication rules, scheduled copies, and where which objects lie.

Objects are groups: what was encrypted alike in the beginning stays together. A group is a fact about one bucket; its
replica or copy in another bucket is a group of its own with the same ``origin``.
"""

from __future__ import annotations

from dataclasses import dataclass

from policygen.spec.forms import Duration
from policygen.spec.kinds import KMS, MADE_BY, KeyType, SourceObjects, Sse, Versioning
from policygen.spec.migration_model import Migration
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
        by_source_key: Whether each replica takes the related key of its object's own multi-Region key (N1).
        every: How often a scheduled copy runs; None for live replication.
        time_control: Whether replication time control is on.
        delete_markers: Whether delete markers replicate.
    """

    source: str
    destination: str
    step: int
    key: str | None = None
    by_source_key: bool = False
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


@dataclass(slots=True, kw_only=True)
class State:
    """Everything at one moment; steps change it. Objects stand by origin and bucket."""

    keys: dict[str, Key]
    buckets: dict[str, SimulatedBucket]
    transfers: dict[tuple[str, str, int], Transfer]
    objects: dict[tuple[SourceObjects, str], Objects]

    def add_transfer(self, transfer: Transfer) -> None:
        """Add a transfer; a live one takes the place of the rule between the same buckets."""
        self.transfers.pop(transfer.slot, None)
        self.transfers[transfer.slot] = transfer

    def put(self, *groups: Objects) -> None:
        """Put groups of objects in; each takes the place of its like in the same bucket."""
        self.objects |= {(each.origin, each.bucket): each for each in groups}

    def objects_in(self, bucket: str) -> tuple[Objects, ...]:
        """Return the groups in a bucket."""
        return tuple(each for each in self.objects.values() if each.bucket == bucket)

    def rules_from(self, bucket: str) -> tuple[Transfer, ...]:
        """Return the rules of a bucket's replication configuration."""
        return tuple(transfer for transfer in self.transfers.values() if transfer.live and transfer.source == bucket)

    def replica_key(self, transfer: Transfer, group: Objects) -> str | None:
        """Return the name of the key of a group's replicas; None where they are under none, or where there is none."""
        if group.kind not in KMS:
            return None
        if not transfer.by_source_key:
            return transfer.key
        key = self.keys.get(group.key or "")
        region = self.buckets[transfer.destination].region
        related = key is not None and key.type is KeyType.MULTI_REGION and region in key.regions
        return group.key if related else None

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
    home = buckets[migration.current.bucket]
    state = State(keys={key.name: key for key in spec.keys}, buckets=buckets, transfers={}, objects={})
    for each in spec.replication:
        for rule in each.enabled_rules:
            transfer = Transfer(
                source=each.source.entry,
                destination=rule.destination.entry,
                step=0,
                key=_name(rule.replica_keys[0]) if rule.replica_keys and not rule.by_source_key else None,
                by_source_key=rule.by_source_key,
                time_control=rule.replication_time_control,
                delete_markers=rule.delete_markers,
            )
            state.transfers[transfer.slot] = transfer
    for kind in migration.current.objects:
        under = (key or AWS_S3) if kind in KMS else None
        state.put(Objects(origin=kind, bucket=home.name, kind=kind, key=under, locked=home.object_lock))
    return state


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
