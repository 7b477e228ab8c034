"""One proposal on its way through the model: the state so far, the rules broken, the notes.

A step that AWS would refuse is noted once, and the simulation goes on as if it had worked, so that each broken rule
stands for itself. What would not be so even then (a key that is shared does not change its Region) does not come
about.
"""

from __future__ import annotations

from functools import cached_property

from policygen.aws.partitions import partition_of_region
from policygen.migration.result import Broken
from policygen.migration.rules import RULES
from policygen.migration.state import AWS_S3, Objects, SimulatedBucket, State, Transfer
from policygen.spec.kinds import KMS, KeyState, KeyType
from policygen.spec.migration_model import EnableReplication, EnableVersioning, KeyRef, Migration, MigrationStep
from policygen.spec.model import Key


class Simulation:
    """What happens to the state, step by step."""

    def __init__(self, state: State, migration: Migration, partition: str, steps: tuple[MigrationStep, ...]) -> None:
        self.state = state
        self.migration = migration
        self.partition = partition
        self.steps = steps
        self.position = 0
        # what was noted so far: each once, in order
        self.broken: dict[Broken, None] = {}
        self.notes: dict[str, None] = {}

    @cached_property
    def routed(self) -> frozenset[str]:
        """Names of the buckets that some step replicates from or to."""
        rules = (step for step in self.steps if isinstance(step, EnableReplication))
        return frozenset(name for rule in rules for name in (rule.source, rule.destination))

    @cached_property
    def versioned(self) -> frozenset[str]:
        """Names of the buckets whose versioning some step sets."""
        return frozenset(step.bucket for step in self.steps if isinstance(step, EnableVersioning))

    @property
    def home(self) -> SimulatedBucket:
        """The bucket that holds the data today."""
        return self.state.buckets[self.migration.current.bucket]

    def breaks(self, code: str, reason: str, *, step: int | None = None) -> None:
        """Note a broken rule, at the present step unless another one is named (0: at none)."""
        position = self.position if step is None else step
        name = f"{position} {self.steps[position - 1].kind}" if position else None
        self.broken.setdefault(Broken(code=code, step=name, reason=reason, doc_url=RULES[code].doc_url))

    def note(self, text: str) -> None:
        """Add a note, once."""
        self.notes.setdefault(text)

    # --- what steps name ----------------------------------------------------------------------------------------------

    def key(self, ref: KeyRef) -> Key | None:
        """Return the key that a step names; None, and a broken rule, when it does not exist yet."""
        found = self.state.keys.get(ref.key)
        if found is None:
            self.breaks("KEY_MISSING", f"The key `{ref.key}` does not exist yet: a later step creates it.")
        return found

    def bucket(self, name: str, code: str = "BUCKET_MISSING") -> SimulatedBucket | None:
        """Return the bucket that a step names; None, and a broken rule, when it does not exist yet."""
        found = self.state.buckets.get(name)
        if found is None:
            self.breaks(code, f"The bucket `{name}` does not exist yet: a later step creates it.")
        return found

    def usable(self, name: str | None) -> None:
        """Note a key that does no cryptography now.

        Fact: K27
        Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
        """
        key = self.state.keys.get(name or "")
        if key is not None and key.state is not KeyState.ENABLED:
            state = key.state.value.replace("-", " ")
            self.breaks("KEY_NOT_USABLE", f"`{key.name}` is {state}: KMS neither encrypts nor decrypts with it.")

    def readable(self, groups: tuple[Objects, ...]) -> None:
        """Note objects that nobody can decrypt now."""
        for group in groups:
            self.usable(group.key)

    def unrelated(self, transfer: Transfer, group: Objects) -> tuple[str, str] | None:
        """Return the rule that is broken where replicas take the related key of their object's own, and there is none.

        Fact: M1, M3, N1
        Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
        """
        if not transfer.by_source_key or group.kind not in KMS or self.state.replica_key(transfer, group) is not None:
            return None
        key, bucket = self.state.keys.get(group.key or ""), self.state.buckets[transfer.destination]
        under = f"Objects in `{group.bucket}` are under `{group.key}`"
        if key is not None and key.type is KeyType.MULTI_REGION:
            reason = f"{under}, which is in {' and '.join(key.regions)} and not in {bucket.region}"
            text = f"{reason}: replicate the key to the Region of `{bucket.name}`."
            return "REPLICA_KEY_NOT_IN_DESTINATION_REGION", text
        text = f"{under}, a single-Region key: it has no related key for their replicas. Re-encrypt them first."
        return "KEY_NOT_MULTI_REGION", text

    def bucket_key(self, ref: KeyRef, bucket: SimulatedBucket) -> str:
        """Return the name of the key that encrypts objects in a bucket; note where S3 could not use it.

        A key of another account can be a bucket's default; uploads then need rights on it there.

        Fact: S12, S21, K4
        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        """
        key = self.key(ref)
        if key is None:
            return ref.key
        regions = (ref.region,) if ref.region else key.regions
        if bucket.region not in regions:
            reason = f"`{ref}` is in {' and '.join(regions)}, `{bucket.name}` in {bucket.region}"
            self.breaks("KEY_REGION_MISMATCH", f"{reason}: S3 uses keys of its Region only.")
        elif key.account != bucket.account:
            text = f"`{ref}` of account {key.account} is named by its full ARN in `{bucket.name}`"
            self.note(f"{text}, and its key policy lets account {bucket.account} use it (S12, K4).")
        self.usable(key.name)
        return AWS_S3 if key.type is KeyType.AWS_MANAGED else key.name

    def same_partition(self, region: str, what: str) -> None:
        """Note a Region of another partition than the spec's."""
        partition = partition_of_region(region)
        if partition != self.partition:
            where = f"{what} would be in {region}, in the partition `{partition}`"
            self.breaks("OTHER_PARTITION", f"{where}; the others are in `{self.partition}`.")
