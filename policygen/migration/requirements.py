"""What must be so in the end: new objects arrive, in time and under the right key, and existing ones are there.

Each way from the current Region to the required one is judged by itself; the one that misses least speaks for the
proposal.
"""

from __future__ import annotations

from dataclasses import dataclass

from policygen.migration.simulation import Simulation
from policygen.migration.state import AWS_S3, Objects, SimulatedBucket, Transfer
from policygen.spec.kinds import KMS, MADE_BY, KeyType, SourceObjects

LIVE_SECONDS = 15 * 60
"""What live replication counts as (R68): most objects replicate within 15 minutes."""

_Miss = tuple[str, str, int]
_TAKES_THERE = ("enable-replication", "scheduled-copy")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Both ends of a transfer."""

    transfer: Transfer
    source: SimulatedBucket
    destination: SimulatedBucket


def judge_end(simulation: Simulation) -> None:
    """Note which requirements are missed, and what else to know about the way that was taken."""
    transfers = [_ends(simulation, transfer) for transfer in simulation.state.transfers.values()]
    filled = _filled(simulation)
    found = [(ends, _misses(simulation, ends)) for ends in transfers if _leads_there(simulation, ends, filled)]
    if not found:
        _no_transfer(simulation, transfers, filled)
        return
    # of two that miss as little, the later one: it is what the proposal came to
    ends, misses = min(reversed(found), key=lambda each: len(each[1]))
    simulation.position = ends.transfer.step
    simulation.usable(ends.source.key)
    for code, reason, step in misses:
        simulation.breaks(code, reason, step=step)
    _notes(simulation, ends)


def _ends(simulation: Simulation, transfer: Transfer) -> _Ends:
    buckets = simulation.state.buckets
    return _Ends(transfer=transfer, source=buckets[transfer.source], destination=buckets[transfer.destination])


def _filled(simulation: Simulation) -> dict[str, set[str]]:
    """Return which buckets each bucket is filled from by live replication."""
    found: dict[str, set[str]] = {}
    for transfer in simulation.state.transfers.values():
        if transfer.live:
            found.setdefault(transfer.destination, set()).add(transfer.source)
    return found


def _leads_there(simulation: Simulation, ends: _Ends, filled: dict[str, set[str]]) -> bool:
    """Tell whether applications of the current Region can write to the source, and it goes to the required Region.

    A bucket that is filled by replication is not what applications write to, unless the replication is two-way.
    """
    others = filled.get(ends.source.name, set()) - {ends.destination.name}
    regions = (ends.source.region, ends.destination.region)
    return regions == (simulation.home.region, simulation.migration.require.replicate_to) and not others


def _no_transfer(simulation: Simulation, transfers: list[_Ends], filled: dict[str, set[str]]) -> None:
    target = simulation.migration.require.replicate_to
    for ends in transfers:
        if ends.destination.region == target and ends.transfer.live and ends.source.name in filled:
            reason = f"What arrives in `{ends.source.name}` by replication does not go on to `{ends.destination.name}`."
            simulation.breaks(
                "REPLICAS_NOT_REPLICATED", f"{reason} Add a rule from the first bucket.", step=ends.transfer.step
            )
            return
    if any(each.step is not None and each.step.endswith(_TAKES_THERE) for each in simulation.broken):
        # a step meant to, and it is said why it does not
        return
    reason = f"Nothing takes new objects from {simulation.home.region} to {target}."
    simulation.breaks("NOT_REPLICATED", reason, step=0)


def _misses(simulation: Simulation, ends: _Ends) -> list[_Miss]:
    found = [*_late(simulation, ends), *_skipped(simulation, ends)]
    if simulation.migration.require.same_key_in_both_regions:
        found.extend(_other_key(simulation, ends))
    if simulation.migration.require.existing_objects:
        found.extend(_left_behind(simulation, ends))
    return found


def _late(simulation: Simulation, ends: _Ends) -> list[_Miss]:
    """What may be lost is what was written since the last copy (R68, R103)."""
    objective = simulation.migration.require.recovery_point_objective
    if objective is None:
        return []
    every = ends.transfer.every
    if every is None and objective.seconds < LIVE_SECONDS:
        reason = f"Live replication counts as 15 minutes, {objective} is required."
        return [("RPO_TOO_LARGE", reason, ends.transfer.step)]
    if every is not None and every.seconds > objective.seconds:
        reason = f"A copy every {every} can lose {every} of data, at most {objective} may be lost."
        return [("RPO_TOO_LARGE", f"{reason} Live replication needs minutes.", ends.transfer.step)]
    return []


def _skipped(simulation: Simulation, ends: _Ends) -> list[_Miss]:
    """New objects under KMS that a rule without a replica key skips (R64), where the rule's own step did not say so."""
    new = _new(ends.source)
    broken = simulation.unrelated(ends.transfer, new)
    if ends.transfer.by_source_key:
        return [(*broken, ends.transfer.step)] if broken is not None else []
    said = any(each.code == "REPLICA_KEY_REQUIRED" for each in simulation.broken)
    if not ends.transfer.live or new.kind not in KMS or ends.transfer.key is not None or said:
        return []
    reason = f"New objects in `{ends.source.name}` are under KMS: without a replica key S3 skips them."
    return [("REPLICA_KEY_REQUIRED", f"{reason} Name a `replica_key`.", ends.transfer.step)]


def _new(bucket: SimulatedBucket) -> Objects:
    """Return the objects that applications will write to a bucket."""
    kind = MADE_BY[bucket.sse]
    return Objects(origin=kind, bucket=bucket.name, kind=kind, key=bucket.key)


def _arrived(simulation: Simulation, ends: _Ends, group: Objects) -> Objects:
    """Return what a transfer makes of new objects."""
    kind, key = group.kind, ends.transfer.key
    if ends.transfer.by_source_key:
        key = simulation.state.replica_key(ends.transfer, group)
    if not ends.transfer.live:
        kind = MADE_BY[ends.destination.sse]
        if key is not None and kind not in KMS:
            kind = SourceObjects.SSE_KMS
    return Objects(origin=group.origin, bucket=ends.destination.name, kind=kind, key=key if kind in KMS else None)


def _other_key(simulation: Simulation, ends: _Ends) -> list[_Miss]:
    """One multi-Region key in both Regions: for new objects, and for existing ones where they are required.

    Fact: M2, M14
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
    """
    new = _new(ends.source)
    found = _differ(simulation, "New objects", new, _arrived(simulation, ends, new), ends.transfer.step)
    if found or not simulation.migration.require.existing_objects:
        return found
    for there in simulation.state.objects_in(ends.destination.name):
        here = _at_home(simulation, ends, there)
        if here.reencrypted and here.replicated:
            missed = _differ(simulation, "", here, there, here.reencrypted)
            reason = f"The replicas in `{there.bucket}` keep `{there.key}`: update their encryption too."
            found.extend(("REPLICAS_NOT_REENCRYPTED", reason, here.reencrypted) for _ in missed)
        else:
            found.extend(_differ(simulation, "Existing objects", here, there, ends.transfer.step))
    return found


def _at_home(simulation: Simulation, ends: _Ends, there: Objects) -> Objects:
    """Return the objects of the current Region that a group in the other Region goes back to."""
    groups = simulation.state.objects
    return groups.get((there.origin, ends.source.name)) or groups.get((there.origin, simulation.home.name)) or there


def _differ(simulation: Simulation, what: str, here: Objects, there: Objects, step: int) -> list[_Miss]:
    if here.key == there.key and here.key not in (None, AWS_S3):
        return []
    if here.key == AWS_S3 == there.key and simulation.home.region == simulation.migration.require.replicate_to:
        return []
    reason = f"{what} are under {_under(simulation, here)} and under {_under(simulation, there)}"
    return [("SAME_KEY_REQUIRED", f"{reason}: one multi-Region key is required.", step)]


def _under(simulation: Simulation, group: Objects) -> str:
    where = f"`{group.bucket}`"
    if group.key == AWS_S3:
        return f"the AWS managed key of {simulation.state.buckets[group.bucket].region} in {where}"
    return f"`{group.key}` in {where}" if group.key else f"no KMS key in {where}"


def _left_behind(simulation: Simulation, ends: _Ends) -> list[_Miss]:
    """Existing objects are there only if something took them there (R80)."""
    there = {each.origin for each in simulation.state.objects_in(ends.destination.name)}
    missing = [kind for kind in simulation.migration.current.objects if kind not in there]
    if not missing:
        return []
    kinds = f" ({', '.join(kind.value for kind in missing)})" if len(simulation.migration.current.objects) > 1 else ""
    if any(each.step is not None and each.step.endswith("batch-replication") for each in simulation.broken):
        return []  # a job meant to take them there, and it is said why it does not
    means = "Live replication" if ends.transfer.live else "The schedule"
    reason = f"{means} leaves out what is in `{simulation.home.name}` already{kinds}."
    text = f"{reason} Run S3 Batch Replication, or copy the objects when replication is on."
    return [("EXISTING_OBJECTS_NOT_COVERED", text, ends.transfer.step)]


# --- notes ------------------------------------------------------------------------------------------------------------


def _notes(simulation: Simulation, ends: _Ends) -> None:
    require = simulation.migration.require
    if ends.transfer.live:
        _live_notes(simulation, ends)
        if require.recovery_point_objective is not None and not ends.transfer.time_control:
            simulation.note(
                "Replication time control is off: most objects replicate within 15 minutes, but nothing promises it"
                " (R68)."
            )
    if ends.source.name != simulation.home.name:
        simulation.note(
            f"Applications write to `{ends.source.name}` from now on, no longer to `{simulation.home.name}`."
        )
    if not require.existing_objects and _left_behind(simulation, ends):
        simulation.note(f"What is in `{simulation.home.name}` already stays behind: it is not required (R80).")
    old = simulation.state.keys.get(simulation.migration.current.key or "")
    used = (ends.source.key, ends.transfer.key)
    if old is not None and old.type is not KeyType.AWS_MANAGED and old.name not in used:
        simulation.note(f"Keep `{old.name}` enabled as long as any object or earlier version is under it (K27).")


def _live_notes(simulation: Simulation, ends: _Ends) -> None:
    by_source, here, there = ends.transfer.by_source_key, ends.source.region, ends.destination.region
    name = simulation.state.replica_key(ends.transfer, _new(ends.source)) if by_source else ends.transfer.key
    key = simulation.state.keys.get(name or "")
    if name is not None:
        simulation.note(
            "S3 decrypts and encrypts again, under a multi-Region key too: the role needs kms:Decrypt on the key in"
            f" {here} and kms:Encrypt on the key in {there} (M14, R40)."
        )
    settled = not simulation.broken
    if settled and key is not None and by_source:
        simulation.note(f"Replicas take the key in {there} that is related to the key of each object (N1).")
    elif settled and key is not None and there in key.regions:
        simulation.note(f"ReplicaKmsKeyID is the key's ARN in {there}: {key.arn(there)} (R66).")
    if settled and key is not None and key.type is KeyType.MULTI_REGION and there != here:
        simulation.note(
            f"The replica key in {there} has a key policy of its own, which is not copied: write it (M4, M5)."
        )
    simulation.note(f"Versioning stays enabled on `{ends.source.name}` and on `{ends.destination.name}` (R1).")
    markers = "delete markers do" if ends.transfer.delete_markers else "delete markers neither, unless the rule says so"
    simulation.note(f"Deletes of versions and lifecycle actions never replicate; {markers} (R81, R23).")
