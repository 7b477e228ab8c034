"""Finding ways to the target: candidates are judged like any proposal, and freed of what they do not need.

There are three kinds of way (in place, over a new bucket, and either of them by the objects' own key in the place of a
named one), and five things to do about the key; of each kind the first candidate that the judge accepts is recommended.
So nothing is recommended that a proposal of the same steps would fail with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from policygen.migration.judge import judge
from policygen.migration.requirements import LIVE_SECONDS
from policygen.migration.result import Strategy
from policygen.migration.texts import cannot_of, needs_of
from policygen.spec.kinds import KeyType, SourceObjects, Sse, Versioning
from policygen.spec.migration_model import (
    SOURCE_KEY,
    BatchReplication,
    CopyObjects,
    CreateBucket,
    CreateKey,
    EnableReplication,
    EnableVersioning,
    KeyRef,
    Migration,
    MigrationStep,
    ReplicateKey,
    SetDefaultEncryption,
    UpdateObjectEncryption,
)
from policygen.spec.model import Bucket, Spec

_WHY_IN_PLACE = "The bucket stays, and nothing is copied within the Region: applications change nothing."
_WHY_NEW_BUCKET = (
    "Every object is written anew, so every kind of object is covered; the old bucket stays until all is proved."
)

_WHY_OWN_KEY = (
    "The rule names no key: each replica is under the related key of its object's own, whichever multi-Region key that"
    " is, so that a further key needs no further rule."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyOption:
    """What is done about the key: the steps, and which key encrypts in each Region from then on (None: as today).

    ``by_source_key``: the rule names no key, and replicas take the related key of each object's own (N1).
    """

    steps: tuple[MigrationStep, ...] = ()
    here: str | None = None
    there: str | None = None
    by_source_key: bool = False


_Candidates = Callable[[_KeyOption], Iterator[tuple[MigrationStep, ...]]]


def find_strategies(spec: Spec, migration: Migration) -> tuple[Strategy, ...]:
    """Return ways to the target; each satisfies, and needs every one of its steps."""
    maker = _Maker(spec, migration)
    if maker.satisfies(()):
        return (
            Strategy(title="As it is", steps=(), why="What the spec says reaches the target: there is nothing to do."),
        )
    found = [
        maker.way("In place", _WHY_IN_PLACE, maker.in_place),
        maker.way("Over a new bucket", _WHY_NEW_BUCKET, maker.over_a_new_bucket),
    ]
    if migration.require.same_key_in_both_regions:
        found.append(maker.way("By the objects' own key", _WHY_OWN_KEY, maker.by_source_key))
    return tuple({way.steps: way for way in found if way is not None}.values())


class _Maker:
    """Puts candidates together for one migration."""

    def __init__(self, spec: Spec, migration: Migration) -> None:
        self.spec = spec
        self.migration = migration
        self.bucket: Bucket = spec.bucket(migration.current.bucket)
        self.target = migration.require.replicate_to
        self.keys = {key.name for key in spec.keys}
        self.buckets = {bucket.entry for bucket in spec.buckets}

    def way(self, title: str, why: str, candidates: _Candidates) -> Strategy | None:
        """Return the way of one kind; None when no candidate satisfies."""
        for plan in self.key_plans():
            for candidate in candidates(plan):
                steps = (*plan.steps, *candidate)
                if not self.satisfies(steps):
                    continue
                steps = self.needed(steps)
                return Strategy(
                    title=title,
                    steps=steps,
                    why=why,
                    needs=needs_of(self.migration, steps, self.bucket.region),
                    cannot=cannot_of(self.migration, steps),
                )
        return None

    def satisfies(self, steps: tuple[MigrationStep, ...]) -> bool:
        """Tell whether the judge accepts a list of steps."""
        return judge(self.spec, self.migration, steps).satisfies

    def needed(self, steps: tuple[MigrationStep, ...]) -> tuple[MigrationStep, ...]:
        """Return the steps without those that can be left out."""
        for step in steps:
            rest = tuple(each for each in steps if each is not step)
            if self.satisfies(rest):
                return self.needed(rest)
        return steps

    # --- candidates ---------------------------------------------------------------------------------------------------

    def in_place(self, plan: _KeyOption) -> Iterator[tuple[MigrationStep, ...]]:
        """Yield the steps in which the bucket stays: to each destination that there is, and to a new one."""
        for name in self.destinations():
            yield tuple(self._rekey(plan, name))
        destination = self.destination(plan)
        yield (destination, *self._rekey(plan, destination.name))

    def _rekey(self, plan: _KeyOption, destination: str) -> Iterator[MigrationStep]:
        bucket = self.bucket.entry
        if plan.here is not None:
            sse = self.bucket.encryption.sse
            yield SetDefaultEncryption(
                bucket=bucket, key=_ref(plan.here), sse=Sse.SSE_KMS if sse is Sse.SSE_S3 else sse
            )
        yield EnableVersioning(bucket=bucket)
        yield self.rule(bucket, destination, plan)
        if plan.here is not None:
            yield UpdateObjectEncryption(bucket=bucket, key=_ref(plan.here))
        yield BatchReplication(source=bucket, destination=destination)

    def over_a_new_bucket(self, plan: _KeyOption) -> Iterator[tuple[MigrationStep, ...]]:
        """Yield the steps that copy every object into a new bucket, which replicates."""
        name = _free(f"{self.bucket.entry}-new", self.buckets)
        fresh = self.new_bucket(name, self.bucket.region, plan.here or self.migration.current.key)
        destination = self.destination(plan)
        copy = CopyObjects(source=self.bucket.entry, destination=name)
        yield (fresh, destination, self.rule(name, destination.name, plan), copy)

    def by_source_key(self, plan: _KeyOption) -> Iterator[tuple[MigrationStep, ...]]:
        """Yield both ways with a rule that names no key."""
        own = replace(plan, by_source_key=True)
        yield from (*self.in_place(own), *self.over_a_new_bucket(own))

    # --- keys ---------------------------------------------------------------------------------------------------------

    def key_plans(self) -> Iterator[_KeyOption]:
        """Yield what can be done about the key, from nothing to a new multi-Region key."""
        yield _KeyOption()
        current = self.migration.current.key
        if current is not None:
            yield _KeyOption(here=current, there=current)
            step = ReplicateKey(key=_ref(current), region=self.target)
            yield _KeyOption(steps=(step,), here=current, there=current)
        if not self.migration.require.same_key_in_both_regions:
            name = _free(f"{self.bucket.entry}-{self.target}", self.keys)
            single = CreateKey(name=name, type=KeyType.SINGLE_REGION, region=self.target)
            yield _KeyOption(steps=(single,), there=name)
        name = _free(f"{current or self.bucket.entry}-multi-region", self.keys)
        replicas = (self.target,) if self.target != self.bucket.region else ()
        multi = CreateKey(
            name=name,
            type=KeyType.MULTI_REGION,
            primary_region=self.bucket.region,
            replica_regions=replicas,
        )
        yield _KeyOption(steps=(multi,), here=name, there=name)

    # --- buckets ------------------------------------------------------------------------------------------------------

    def new_bucket(self, name: str, region: str, key: str | None) -> CreateBucket:
        """Return the step that makes a bucket like the current one."""
        # AWS's default blocks SSE-C; a bucket that shall take SSE-C objects must not
        takes_sse_c = SourceObjects.SSE_C in self.migration.current.objects
        sse = self.bucket.encryption.sse
        return CreateBucket(
            name=name,
            region=region,
            key=_ref(key) if key else None,
            sse=sse if sse is Sse.DSSE_KMS else None,
            versioning=Versioning.ENABLED,
            object_lock=self.bucket.object_lock,
            blocked_encryption_types=() if takes_sse_c else ("sse-c",),
        )

    def destination(self, plan: _KeyOption) -> CreateBucket:
        """Return the step that makes the destination bucket."""
        name = _free(f"{self.bucket.entry}-{self.target}", self.buckets)
        return self.new_bucket(name, self.target, plan.there)

    def destinations(self) -> tuple[str, ...]:
        """Return the buckets of the required Region that the current bucket replicates to already."""
        rules = (rule for each in self.spec.replication if each.source == self.bucket for rule in each.enabled_rules)
        return tuple(rule.destination.entry for rule in rules if rule.destination.region == self.target)

    def rule(self, source: str, destination: str, plan: _KeyOption) -> EnableReplication:
        """Return the step that adds the rule; with time control where 15 minutes are asked for."""
        objective = self.migration.require.recovery_point_objective
        return EnableReplication(
            source=source,
            destination=destination,
            replica_key=SOURCE_KEY if plan.by_source_key else _ref(plan.there) if plan.there else None,
            replication_time_control=objective is not None and objective.seconds <= LIVE_SECONDS,
        )


def _ref(name: str) -> KeyRef:
    return KeyRef(key=name, text=name)


def _free(name: str, taken: set[str]) -> str:
    """Return ``name``, with a number behind it when it is taken (entries that differ in case only would collide)."""
    lower = {each.lower() for each in taken}
    found, number = name, 2
    while found.lower() in lower:
        found, number = f"{name}-{number}", number + 1
    return found
