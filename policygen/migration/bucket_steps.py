"""Steps on buckets: creating them, default encryption, versioning."""

from __future__ import annotations

from dataclasses import replace

from policygen.migration.simulation import Simulation
from policygen.migration.state import AWS_S3, SimulatedBucket
from policygen.spec.kinds import Sse, Versioning
from policygen.spec.migration_model import (
    CreateBucket,
    EnableVersioning,
    KeyRef,
    SetDefaultEncryption,
)


def create_bucket(simulation: Simulation, step: CreateBucket) -> None:
    """Create a bucket with its settings.

    Fact: S14, S21
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    simulation.same_partition(step.region, f"The bucket `{step.name}`")
    bucket = SimulatedBucket(
        name=step.name,
        account=step.account or simulation.home.account,
        region=step.region,
        versioning=step.versioning or _meant(simulation, step.name),
        object_lock=step.object_lock,
        blocks_sse_c="sse-c" in step.blocked_encryption_types,
    )
    sse = step.sse or (Sse.SSE_KMS if step.key else Sse.SSE_S3)
    simulation.state.buckets[step.name] = _encrypted(simulation, bucket, sse, step.key)


def _meant(simulation: Simulation, name: str) -> Versioning:
    """Return the versioning of a bucket that its step does not state.

    As in ``buckets:``, a bucket on a replication transfer has it, unless a step of its own enables it: then the order
    of the steps counts.
    """
    if name in simulation.versioned or name not in simulation.routed:
        return Versioning.DISABLED
    simulation.note(
        f"Create `{name}` with versioning enabled: the proposal does not say so, replication needs it (R1)."
    )
    return Versioning.ENABLED


def _encrypted(simulation: Simulation, bucket: SimulatedBucket, sse: Sse, ref: KeyRef | None) -> SimulatedBucket:
    key = simulation.bucket_key(ref, bucket) if ref is not None else None
    if sse is not Sse.SSE_S3:
        key = key or AWS_S3
    if ref is not None and ref.alias:
        text = f"`{ref}` is looked up in the account of whoever uploads: name the key by its ARN (S12)."
        simulation.note(text)
    return replace(bucket, sse=sse, key=key)


def set_default_encryption(simulation: Simulation, step: SetDefaultEncryption) -> None:
    """Change how objects are encrypted that are written from now on; those that are there stay as they are.

    Fact: S14, S21
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
    """
    bucket = simulation.bucket(step.bucket)
    if bucket is None:
        return
    simulation.state.buckets[bucket.name] = _encrypted(simulation, bucket, step.sse, step.key)
    if simulation.state.objects_in(bucket.name):
        simulation.note(
            f"The new default of `{bucket.name}` is for new objects; those that are there stay as they are (S14)."
        )


def enable_versioning(simulation: Simulation, step: EnableVersioning) -> None:
    """Enable or suspend versioning.

    Fact: R1
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    """
    bucket = simulation.bucket(step.bucket)
    if bucket is None:
        return
    if step.status is Versioning.SUSPENDED:
        if simulation.state.rules_from(bucket.name):
            reason = f"`{bucket.name}` has a replication configuration: S3 refuses to suspend its versioning."
            simulation.breaks("VERSIONING_CANNOT_BE_SUSPENDED", f"{reason} Remove the configuration first.")
        for transfer in simulation.state.transfers.values():
            if transfer.live and transfer.destination == bucket.name:
                reason = f"`{bucket.name}` is a destination: with versioning suspended, replication to it fails."
                simulation.breaks("VERSIONING_REQUIRED", reason)
    simulation.state.buckets[bucket.name] = replace(bucket, versioning=step.status)
