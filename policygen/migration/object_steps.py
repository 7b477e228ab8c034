"""Steps on objects: replication, Batch Replication, copies, re-encryption in place, scheduled copies."""

from __future__ import annotations

from dataclasses import replace

from policygen.migration.course import Course
from policygen.migration.world import AWS_S3, KMS, MADE_BY, BucketThing, Objects, Route
from policygen.spec.kinds import KeyType, SourceObjects, Versioning
from policygen.spec.migration_model import (
    BatchReplication,
    CopyObjects,
    EnableReplication,
    KeyRef,
    ScheduledCopy,
    UpdateObjectEncryption,
)

_REENCRYPTABLE = frozenset({SourceObjects.SSE_S3, SourceObjects.SSE_KMS})


def enable_replication(course: Course, step: EnableReplication) -> None:
    """Add a rule: from now on, what is written to the source arrives in the destination.

    Fact: R1, R3, R4, R70, R83
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    """
    source = course.bucket(step.source)
    destination = course.bucket(step.destination, "DESTINATION_MISSING")
    if source is None or destination is None:
        return
    if source.name == destination.name:
        course.breaks("DESTINATION_IS_SOURCE", f"`{source.name}` would replicate to itself.")
        return
    for bucket in (source, destination):
        if bucket.versioning is not Versioning.ENABLED:
            reason = f"Versioning of `{bucket.name}` is {bucket.versioning.value}: enable it before this step."
            course.breaks("VERSIONING_REQUIRED", reason)
    if source.object_lock and not destination.object_lock:
        reason = f"`{source.name}` has Object Lock, `{destination.name}` has not."
        course.breaks("OBJECT_LOCK_REQUIRED", reason)
    if source.account != destination.account and destination.requester_pays:
        reason = f"`{destination.name}` of account {destination.account} is Requester Pays."
        course.breaks("REQUESTER_PAYS_DESTINATION", reason)
    if SourceObjects.SSE_C in course.world.kinds_in(source) and destination.blocks_sse_c:
        reason = f"`{source.name}` holds SSE-C objects and `{destination.name}` blocks SSE-C: they fail with 403."
        course.breaks("SSE_C_BLOCKED", f"{reason} Write `blocked_encryption_types: []`.")
    route = Route(
        source=source.name,
        destination=destination.name,
        step=course.position,
        key=_replica_key(course, step, source, destination),
        time_control=step.replication_time_control,
        delete_markers=step.delete_markers,
    )
    course.world = course.world.with_route(route)


def _replica_key(course: Course, step: EnableReplication, source: BucketThing, destination: BucketThing) -> str | None:
    """Return the name of the replica key; note where S3 could not use it.

    Fact: R57, R64, R66
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
    """
    if step.replica_key is not None:
        return _named_replica_key(course, step.replica_key, source, destination)
    if not KMS & course.world.kinds_in(source):
        return None
    if destination.key is None:
        reason = f"`{source.name}` holds objects under KMS: without a replica key S3 skips them. Name a `replica_key`."
        course.breaks("REPLICA_KEY_REQUIRED", reason)
    elif destination.key == AWS_S3 and source.account != destination.account:
        reason = f"`{destination.name}` is in account {destination.account} and encrypts with `aws/s3`."
        course.breaks("AWS_MANAGED_KEY_ACROSS_ACCOUNTS", f"{reason} Name a customer managed key of that account.")
    else:
        _of_account(course, destination.key, destination)
    course.usable(destination.key)
    return destination.key


def _of_account(course: Course, name: str, bucket: BucketThing) -> None:
    """Note a key of another account than the bucket's, for replicas (R57) and for re-encryption (R101)."""
    key = course.world.keys.get(name)
    if key is not None and key.account != bucket.account:
        reason = f"`{name}` is in account {key.account}, `{bucket.name}` in {bucket.account}."
        course.breaks("KEY_IN_OTHER_ACCOUNT", f"{reason} Name a key of {bucket.account}.")


def _named_replica_key(course: Course, ref: KeyRef, source: BucketThing, destination: BucketThing) -> str:
    key = course.key(ref)
    if key is None:
        return ref.key
    regions = (ref.region,) if ref.region else key.regions
    if destination.region not in regions:
        reason = f"`{ref}` is in {' and '.join(regions)}, `{destination.name}` in {destination.region}."
        text = f"{reason} S3 accepts the rule and then fails: name a key in {destination.region}."
        course.breaks("REPLICA_KEY_NOT_IN_DESTINATION_REGION", text)
    elif key.type is KeyType.AWS_MANAGED and source.account != destination.account:
        reason = f"`{ref}` is an AWS managed key: replicas in another account need a customer managed key."
        course.breaks("AWS_MANAGED_KEY_ACROSS_ACCOUNTS", reason)
    else:
        _of_account(course, key.name, destination)
    if ref.alias:
        course.note(f"S3 looks `{ref}` up in the requester's account: name the replica key by its ARN (R66).")
    course.usable(key.name)
    return AWS_S3 if key.type is KeyType.AWS_MANAGED else key.name


def _replica(course: Course, group: Objects, route: Route) -> Objects | None:
    """Return the replica of a group of objects; None where the rule skips it.

    Fact: R64, R84
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    destination = course.world.buckets[route.destination]
    kind, key = group.kind, route.key if group.kind in KMS else None
    if group.kind in KMS and key is None:
        return None
    if group.kind is SourceObjects.UNENCRYPTED:
        kind, key = MADE_BY[destination.sse], destination.key
    return replace(
        group, bucket=destination.name, kind=kind, key=key, replica=True, reencrypted=0, locked=destination.object_lock
    )


def _replicate(course: Course, groups: tuple[Objects, ...], routes: tuple[Route, ...], *, again: bool = True) -> None:
    """Let groups of objects in a source bucket replicate by the bucket's rules.

    Unspecified: whether replicating an object ``again`` re-encrypts the replica that is there. AWS asks for
    UpdateObjectEncryption on the replica, so an existing one is taken to stay as it is.
    """
    for group in groups:
        replicas = [found for route in routes if (found := _replica(course, group, route)) is not None]
        there = {(each.origin, each.bucket) for each in course.world.objects}
        replicas = [each for each in replicas if again or (each.origin, each.bucket) not in there]
        if replicas:
            course.world = course.world.with_objects(replace(group, replicated=True), *replicas)


def _written(course: Course, groups: tuple[Objects, ...]) -> None:
    """Let new objects come into a bucket: live replication takes them on.

    Fact: R80, R81
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
    """
    course.world = course.world.with_objects(*groups)
    for bucket in dict.fromkeys(group.bucket for group in groups):
        mine = tuple(group for group in groups if group.bucket == bucket)
        _replicate(course, mine, course.world.rules_from(bucket))


def batch_replication(course: Course, step: BatchReplication) -> None:
    """Replicate what is there already, by the rules that stand.

    Fact: R80, R91, R92
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
    """
    source = course.bucket(step.source)
    if source is None:
        return
    rules = course.world.rules_from(source.name)
    if step.destination is not None:
        meant = tuple(rule for rule in rules if rule.destination == step.destination)
        if rules and not meant:
            reason = f"`{source.name}` has no rule for `{step.destination}`: a job goes where the rules go."
            course.breaks("REPLICATION_CONFIGURATION_REQUIRED", reason)
        rules = meant or rules
    if not rules:
        reason = f"`{source.name}` has no replication configuration: a Batch Replication job works by its rules."
        course.breaks("REPLICATION_CONFIGURATION_REQUIRED", f"{reason} Enable replication first.")
    groups = tuple(each for each in course.world.objects_in(source.name) if _covered(each, step))
    course.readable(groups)
    _replicate(course, groups, rules, again=False)
    if groups:
        course.note("Objects in S3 Glacier Flexible Retrieval or Deep Archive replicate only after a restore (R81).")


def _covered(group: Objects, step: BatchReplication) -> bool:
    status = "REPLICA" if group.replica else "COMPLETED" if group.replicated else "NONE"
    return status in step.object_statuses


def copy_objects(course: Course, step: CopyObjects) -> None:
    """Copy every object: the copies are new objects, which live replication takes on.

    Fact: R80, S14
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
    """
    source, destination = course.bucket(step.source), course.bucket(step.destination)
    if source is None or destination is None:
        return
    groups = course.world.objects_in(source.name)
    course.readable(groups)
    _written(course, _copies(course, groups, destination, step.key))
    if any(group.kind is SourceObjects.SSE_C for group in groups):
        course.note("Copying SSE-C objects takes the customer's key with each request (R83).")
    if source.name != destination.name:
        course.note(
            f"What is written to `{source.name}` during the copy is not in it: let applications write to"
            f" `{destination.name}` first, or copy again what came since (R80)."
        )


def _copies(
    course: Course, groups: tuple[Objects, ...], destination: BucketThing, ref: KeyRef | None
) -> tuple[Objects, ...]:
    kind, key = _made(course, destination, ref)
    return tuple(
        Objects(origin=each.origin, bucket=destination.name, kind=kind, key=key, locked=destination.object_lock)
        for each in groups
    )


def _made(course: Course, destination: BucketThing, ref: KeyRef | None) -> tuple[SourceObjects, str | None]:
    """Return how copies are encrypted: kind, and the name of the key."""
    kind = MADE_BY[destination.sse]
    if ref is None:
        course.usable(destination.key)
        return kind, destination.key
    return kind if kind in KMS else SourceObjects.SSE_KMS, course.bucket_key(ref, destination)


def update_object_encryption(course: Course, step: UpdateObjectEncryption) -> None:
    """Re-encrypt objects in place; no replication event follows.

    Fact: R85, R101
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
    """
    bucket = course.bucket(step.bucket)
    if bucket is None:
        return
    if step.key.alias:
        reason = f"`{step.key}` is an alias: UpdateObjectEncryption answers InvalidRequest to anything but a key ARN."
        course.breaks("KEY_ARN_REQUIRED", reason)
    key = course.bucket_key(step.key, bucket)
    _of_account(course, key, bucket)
    groups = course.world.objects_in(bucket.name)
    course.readable(groups)
    kinds = [group.kind for group in groups if group.kind not in _REENCRYPTABLE]
    for kind in dict.fromkeys(kinds):
        reason = f"The {kind.value} objects in `{bucket.name}` cannot be re-encrypted in place: copy them."
        course.breaks("OBJECTS_CANNOT_BE_REENCRYPTED", reason)
    if any(group.locked for group in groups):
        reason = (
            f"`{bucket.name}` has Object Lock: objects under retention or legal hold cannot be re-encrypted in place."
        )
        course.breaks("OBJECTS_CANNOT_BE_REENCRYPTED", f"{reason} Copy them.")
    changed = (replace(group, kind=SourceObjects.SSE_KMS, key=key, reencrypted=course.position) for group in groups)
    course.world = course.world.with_objects(*changed)
    course.note(
        "UpdateObjectEncryption makes no replication event: replicas keep their key until they are updated too (F27)."
    )


def scheduled_copy(course: Course, step: ScheduledCopy) -> None:
    """Copy by a program of one's own, again and again: what was written since the last run is not there yet.

    Fact: R80, R103
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
    """
    source, destination = course.bucket(step.source), course.bucket(step.destination, "DESTINATION_MISSING")
    if source is None or destination is None:
        return
    _, key = _made(course, destination, step.key)
    route = Route(source=source.name, destination=destination.name, step=course.position, key=key, every=step.every)
    course.world = course.world.with_route(route)
    if step.existing_objects:
        groups = course.world.objects_in(source.name)
        course.readable(groups)
        _written(course, _copies(course, groups, destination, step.key))
    course.note(f"A copy every {step.every} is code of your own to run, watch and mend; each run's time adds to it.")
