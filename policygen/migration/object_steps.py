"""Steps on objects: replication, Batch Replication, copies, re-encryption in place, scheduled copies."""

from __future__ import annotations

from dataclasses import replace

from policygen.migration.simulation import Simulation
from policygen.migration.state import AWS_S3, Objects, SimulatedBucket, Transfer
from policygen.spec.kinds import KMS, MADE_BY, KeyType, SourceObjects, Versioning
from policygen.spec.migration_model import (
    BatchReplication,
    CopyObjects,
    EnableReplication,
    KeyRef,
    ScheduledCopy,
    UpdateObjectEncryption,
)

_REENCRYPTABLE = frozenset({SourceObjects.SSE_S3, SourceObjects.SSE_KMS})


def enable_replication(simulation: Simulation, step: EnableReplication) -> None:
    """Add a rule: from now on, what is written to the source arrives in the destination.

    Fact: R1, R3, R4, R70, R83
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    """
    source = simulation.bucket(step.source)
    destination = simulation.bucket(step.destination, "DESTINATION_MISSING")
    if source is None or destination is None:
        return
    if source.name == destination.name:
        simulation.breaks("DESTINATION_IS_SOURCE", f"`{source.name}` would replicate to itself.")
        return
    for bucket in (source, destination):
        if bucket.versioning is not Versioning.ENABLED:
            reason = f"Versioning of `{bucket.name}` is {bucket.versioning.value}: enable it before this step."
            simulation.breaks("VERSIONING_REQUIRED", reason)
    if source.object_lock and not destination.object_lock:
        reason = f"`{source.name}` has Object Lock, `{destination.name}` has not."
        simulation.breaks("OBJECT_LOCK_REQUIRED", reason)
    if source.account != destination.account and destination.requester_pays:
        reason = f"`{destination.name}` of account {destination.account} is Requester Pays."
        simulation.breaks("REQUESTER_PAYS_DESTINATION", reason)
    if SourceObjects.SSE_C in simulation.state.kinds_in(source) and destination.blocks_sse_c:
        reason = f"`{source.name}` holds SSE-C objects and `{destination.name}` blocks SSE-C: they fail with 403."
        simulation.breaks("SSE_C_BLOCKED", f"{reason} Write `blocked_encryption_types: []`.")
    transfer = Transfer(
        source=source.name,
        destination=destination.name,
        step=simulation.position,
        key=_replica_key(simulation, step, source, destination),
        time_control=step.replication_time_control,
        delete_markers=step.delete_markers,
    )
    simulation.state.add_transfer(transfer)


def _replica_key(
    simulation: Simulation, step: EnableReplication, source: SimulatedBucket, destination: SimulatedBucket
) -> str | None:
    """Return the name of the replica key; note where S3 could not use it.

    Fact: R57, R64, R66
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
    """
    if step.replica_key is not None:
        return _named_replica_key(simulation, step.replica_key, source, destination)
    if not KMS & simulation.state.kinds_in(source):
        return None
    if destination.key is None:
        reason = f"`{source.name}` holds objects under KMS: without a replica key S3 skips them. Name a `replica_key`."
        simulation.breaks("REPLICA_KEY_REQUIRED", reason)
    elif destination.key == AWS_S3 and source.account != destination.account:
        reason = f"`{destination.name}` is in account {destination.account} and encrypts with `aws/s3`."
        simulation.breaks("AWS_MANAGED_KEY_ACROSS_ACCOUNTS", f"{reason} Name a customer managed key of that account.")
    else:
        _of_account(simulation, destination.key, destination)
    simulation.usable(destination.key)
    return destination.key


def _of_account(simulation: Simulation, name: str, bucket: SimulatedBucket, unless: str = "") -> None:
    """Note a key of another account than the bucket's, for replicas (R57) and for re-encryption (R101, N8)."""
    key = simulation.state.keys.get(name)
    if key is not None and key.account != bucket.account:
        reason = f"`{name}` is in account {key.account}, `{bucket.name}` in {bucket.account}."
        simulation.breaks("KEY_IN_OTHER_ACCOUNT", f"{reason} Name a key of {bucket.account}.{unless}")


def _named_replica_key(
    simulation: Simulation, ref: KeyRef, source: SimulatedBucket, destination: SimulatedBucket
) -> str:
    key = simulation.key(ref)
    if key is None:
        return ref.key
    regions = (ref.region,) if ref.region else key.regions
    if destination.region not in regions:
        reason = f"`{ref}` is in {' and '.join(regions)}, `{destination.name}` in {destination.region}."
        text = f"{reason} S3 accepts the rule and then fails: name a key in {destination.region}."
        simulation.breaks("REPLICA_KEY_NOT_IN_DESTINATION_REGION", text)
    elif key.type is KeyType.AWS_MANAGED and source.account != destination.account:
        reason = f"`{ref}` is an AWS managed key: replicas in another account need a customer managed key."
        simulation.breaks("AWS_MANAGED_KEY_ACROSS_ACCOUNTS", reason)
    else:
        _of_account(simulation, key.name, destination)
    if ref.alias:
        simulation.note(f"S3 looks `{ref}` up in the requester's account: name the replica key by its ARN (R66).")
    simulation.usable(key.name)
    return AWS_S3 if key.type is KeyType.AWS_MANAGED else key.name


def _replica(simulation: Simulation, group: Objects, transfer: Transfer) -> Objects | None:
    """Return the replica of a group of objects; None where the rule skips it.

    Fact: R64, R84
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    destination = simulation.state.buckets[transfer.destination]
    kind, key = group.kind, transfer.key if group.kind in KMS else None
    if group.kind in KMS and key is None:
        return None
    if group.kind is SourceObjects.UNENCRYPTED:
        kind, key = MADE_BY[destination.sse], destination.key
    return replace(
        group, bucket=destination.name, kind=kind, key=key, replica=True, reencrypted=0, locked=destination.object_lock
    )


def _replicate(
    simulation: Simulation, groups: tuple[Objects, ...], transfers: tuple[Transfer, ...], *, again: bool = True
) -> None:
    """Let groups of objects in a source bucket replicate by the bucket's rules.

    Unspecified: whether replicating an object ``again`` re-encrypts the replica that is there. AWS asks for
    UpdateObjectEncryption on the replica, so an existing one is taken to stay as it is.
    """
    for group in groups:
        replicas = [found for transfer in transfers if (found := _replica(simulation, group, transfer)) is not None]
        there = simulation.state.objects
        replicas = [each for each in replicas if again or (each.origin, each.bucket) not in there]
        if replicas:
            simulation.state.put(replace(group, replicated=True), *replicas)


def _written(simulation: Simulation, groups: tuple[Objects, ...]) -> None:
    """Let new objects come into a bucket: live replication takes them on.

    Fact: R80, R81
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
    """
    simulation.state.put(*groups)
    for bucket in dict.fromkeys(group.bucket for group in groups):
        mine = tuple(group for group in groups if group.bucket == bucket)
        _replicate(simulation, mine, simulation.state.rules_from(bucket))


def batch_replication(simulation: Simulation, step: BatchReplication) -> None:
    """Replicate what is there already, by the rules that stand.

    Fact: R80, R91, R92
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
    """
    source = simulation.bucket(step.source)
    if source is None:
        return
    rules = simulation.state.rules_from(source.name)
    if step.destination is not None:
        meant = tuple(rule for rule in rules if rule.destination == step.destination)
        if rules and not meant:
            reason = f"`{source.name}` has no rule for `{step.destination}`: a job goes where the rules go."
            simulation.breaks("REPLICATION_CONFIGURATION_REQUIRED", reason)
        rules = meant or rules
    if not rules:
        reason = f"`{source.name}` has no replication configuration: a Batch Replication job works by its rules."
        simulation.breaks("REPLICATION_CONFIGURATION_REQUIRED", f"{reason} Enable replication first.")
    groups = tuple(each for each in simulation.state.objects_in(source.name) if _covered(each, step))
    simulation.readable(groups)
    _replicate(simulation, groups, rules, again=False)
    if groups:
        simulation.note(
            "Objects in S3 Glacier Flexible Retrieval or Deep Archive replicate only after a restore (R81)."
        )


def _covered(group: Objects, step: BatchReplication) -> bool:
    status = "REPLICA" if group.replica else "COMPLETED" if group.replicated else "NONE"
    return status in step.object_statuses


def copy_objects(simulation: Simulation, step: CopyObjects) -> None:
    """Copy every object: the copies are new objects, which live replication takes on.

    Fact: R80, S14
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
    """
    source, destination = simulation.bucket(step.source), simulation.bucket(step.destination)
    if source is None or destination is None:
        return
    groups = simulation.state.objects_in(source.name)
    simulation.readable(groups)
    _written(simulation, _copies(simulation, groups, destination, step.key))
    if any(group.kind is SourceObjects.SSE_C for group in groups):
        simulation.note("Copying SSE-C objects takes the customer's key with each request (R83).")
    if source.name != destination.name:
        simulation.note(
            f"What is written to `{source.name}` during the copy is not in it: let applications write to"
            f" `{destination.name}` first, or copy again what came since (R80)."
        )


def _copies(
    simulation: Simulation, groups: tuple[Objects, ...], destination: SimulatedBucket, ref: KeyRef | None
) -> tuple[Objects, ...]:
    kind, key = _made(simulation, destination, ref)
    return tuple(
        Objects(origin=each.origin, bucket=destination.name, kind=kind, key=key, locked=destination.object_lock)
        for each in groups
    )


def _made(simulation: Simulation, destination: SimulatedBucket, ref: KeyRef | None) -> tuple[SourceObjects, str | None]:
    """Return how copies are encrypted: kind, and the name of the key."""
    kind = MADE_BY[destination.sse]
    if ref is None:
        simulation.usable(destination.key)
        return kind, destination.key
    return kind if kind in KMS else SourceObjects.SSE_KMS, simulation.bucket_key(ref, destination)


def update_object_encryption(simulation: Simulation, step: UpdateObjectEncryption) -> None:
    """Re-encrypt objects in place; no replication event follows.

    Unspecified: whether it asks for s3:PutObject, too, and whether SSE-S3 is a target: AWS's texts disagree (N8). The
    right is asked for here, and SSE-S3 is no target.

    Fact: R85, R101, N8
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
    """
    bucket = simulation.bucket(step.bucket)
    if bucket is None:
        return
    if step.key.alias:
        reason = f"`{step.key}` is an alias: UpdateObjectEncryption answers InvalidRequest to anything but a key ARN."
        simulation.breaks("KEY_ARN_REQUIRED", reason)
    key = simulation.bucket_key(step.key, bucket)
    _of_account(
        simulation, key, bucket, " Only where AWS Support approved it does S3 take another of the organization."
    )
    groups = simulation.state.objects_in(bucket.name)
    simulation.readable(groups)
    kinds = [group.kind for group in groups if group.kind not in _REENCRYPTABLE]
    for kind in dict.fromkeys(kinds):
        reason = f"The {kind.value} objects in `{bucket.name}` cannot be re-encrypted in place: copy them."
        simulation.breaks("OBJECTS_CANNOT_BE_REENCRYPTED", reason)
    if any(group.locked for group in groups):
        reason = (
            f"`{bucket.name}` has Object Lock: objects in compliance mode cannot be re-encrypted in place, others only"
            " once their governance retention or legal hold is taken off."
        )
        simulation.breaks("OBJECTS_CANNOT_BE_REENCRYPTED", f"{reason} Copy them.")
    changed = (replace(group, kind=SourceObjects.SSE_KMS, key=key, reencrypted=simulation.position) for group in groups)
    simulation.state.put(*changed)
    simulation.note(
        "UpdateObjectEncryption makes no replication event: replicas keep their key until they are updated too (F27)."
    )


def scheduled_copy(simulation: Simulation, step: ScheduledCopy) -> None:
    """Copy by a program of one's own, again and again: what was written since the last run is not there yet.

    Fact: R80, R103
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
    """
    source, destination = simulation.bucket(step.source), simulation.bucket(step.destination, "DESTINATION_MISSING")
    if source is None or destination is None:
        return
    _, key = _made(simulation, destination, step.key)
    transfer = Transfer(
        source=source.name, destination=destination.name, step=simulation.position, key=key, every=step.every
    )
    simulation.state.add_transfer(transfer)
    if step.existing_objects:
        groups = simulation.state.objects_in(source.name)
        simulation.readable(groups)
        _written(simulation, _copies(simulation, groups, destination, step.key))
    simulation.note(
        f"A copy every {step.every} is code of your own to run, watch and mend; each run's time adds to it."
    )
