"""Steps on buckets: creating them, default encryption, versioning."""

from __future__ import annotations

from dataclasses import replace

from policygen.migration.course import Course
from policygen.migration.world import AWS_S3, BucketThing
from policygen.spec.kinds import Sse, Versioning
from policygen.spec.migration_model import (
    CreateBucket,
    EnableVersioning,
    KeyRef,
    SetDefaultEncryption,
)


def create_bucket(course: Course, step: CreateBucket) -> None:
    """Create a bucket with its settings.

    Fact: S14, S21
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    course.same_partition(step.region, f"The bucket `{step.name}`")
    bucket = BucketThing(
        name=step.name,
        account=step.account or course.home.account,
        region=step.region,
        versioning=step.versioning or _meant(course, step.name),
        object_lock=step.object_lock,
        blocks_sse_c="sse-c" in step.blocked_encryption_types,
    )
    sse = step.sse or (Sse.SSE_KMS if step.key else Sse.SSE_S3)
    course.world = course.world.with_bucket(_encrypted(course, bucket, sse, step.key))


def _meant(course: Course, name: str) -> Versioning:
    """Return the versioning of a bucket that its step does not state.

    As in ``buckets:``, a bucket on a replication route has it, unless a step of its own enables it: then the order
    of the steps counts.
    """
    if name in course.versioned or name not in course.routed:
        return Versioning.DISABLED
    course.note(f"Create `{name}` with versioning enabled: the proposal does not say so, replication needs it (R1).")
    return Versioning.ENABLED


def _encrypted(course: Course, bucket: BucketThing, sse: Sse, ref: KeyRef | None) -> BucketThing:
    key = course.bucket_key(ref, bucket) if ref is not None else None
    if sse is not Sse.SSE_S3:
        key = key or AWS_S3
    if ref is not None and ref.alias:
        text = f"`{ref}` is looked up in the account of whoever uploads: name the key by its ARN (S12)."
        course.note(text)
    return replace(bucket, sse=sse, key=key)


def set_default_encryption(course: Course, step: SetDefaultEncryption) -> None:
    """Change how objects are encrypted that are written from now on; those that are there stay as they are.

    Fact: S14, S21
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
    """
    bucket = course.bucket(step.bucket)
    if bucket is None:
        return
    course.world = course.world.with_bucket(_encrypted(course, bucket, step.sse, step.key))
    if course.world.objects_in(bucket.name):
        course.note(
            f"The new default of `{bucket.name}` is for new objects; those that are there stay as they are (S14)."
        )


def enable_versioning(course: Course, step: EnableVersioning) -> None:
    """Enable or suspend versioning.

    Fact: R1
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    """
    bucket = course.bucket(step.bucket)
    if bucket is None:
        return
    if step.status is Versioning.SUSPENDED:
        if course.world.rules_from(bucket.name):
            reason = f"`{bucket.name}` has a replication configuration: S3 refuses to suspend its versioning."
            course.breaks("VERSIONING_CANNOT_BE_SUSPENDED", f"{reason} Remove the configuration first.")
        for route in course.world.routes.values():
            if route.live and route.destination == bucket.name:
                reason = f"`{bucket.name}` is a destination: with versioning suspended, replication to it fails."
                course.breaks("VERSIONING_REQUIRED", reason)
    course.world = course.world.with_bucket(replace(bucket, versioning=step.status))
