"""What must be so in the end: new objects arrive, in time and under the right key, and existing ones are there.

Each way from the current Region to the required one is judged by itself; the one that misses least speaks for the
proposal.
"""

from __future__ import annotations

from dataclasses import dataclass

from policygen.migration.course import Course
from policygen.migration.world import AWS_S3, KMS, MADE_BY, BucketThing, Objects, Route
from policygen.spec.kinds import KeyType, SourceObjects

LIVE_SECONDS = 15 * 60
"""What live replication counts as (R68): most objects replicate within 15 minutes."""

_Miss = tuple[str, str, int]
_TAKES_THERE = ("enable-replication", "scheduled-copy")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Both ends of a route."""

    route: Route
    source: BucketThing
    destination: BucketThing


def judge_end(course: Course) -> None:
    """Note which requirements are missed, and what else to know about the way that was taken."""
    routes = [_ends(course, route) for route in course.world.routes.values()]
    filled = _filled(course)
    found = [(ends, _misses(course, ends)) for ends in routes if _leads_there(course, ends, filled)]
    if not found:
        _no_route(course, routes, filled)
        return
    # of two that miss as little, the later one: it is what the proposal came to
    ends, misses = min(reversed(found), key=lambda each: len(each[1]))
    course.position = ends.route.step
    course.usable(ends.source.key)
    for code, reason, step in misses:
        course.breaks(code, reason, step=step)
    _notes(course, ends)


def _ends(course: Course, route: Route) -> _Ends:
    buckets = course.world.buckets
    return _Ends(route=route, source=buckets[route.source], destination=buckets[route.destination])


def _filled(course: Course) -> dict[str, set[str]]:
    """Return which buckets each bucket is filled from by live replication."""
    found: dict[str, set[str]] = {}
    for route in course.world.routes.values():
        if route.live:
            found.setdefault(route.destination, set()).add(route.source)
    return found


def _leads_there(course: Course, ends: _Ends, filled: dict[str, set[str]]) -> bool:
    """Tell whether applications can write to a route's source, in the Region where they are, and it goes to the target.

    A bucket that is filled by replication is not what applications write to, unless the replication is two-way.
    """
    others = filled.get(ends.source.name, set()) - {ends.destination.name}
    regions = (ends.source.region, ends.destination.region)
    return regions == (course.home.region, course.migration.require.replicate_to) and not others


def _no_route(course: Course, routes: list[_Ends], filled: dict[str, set[str]]) -> None:
    target = course.migration.require.replicate_to
    for ends in routes:
        if ends.destination.region == target and ends.route.live and ends.source.name in filled:
            reason = f"What arrives in `{ends.source.name}` by replication does not go on to `{ends.destination.name}`."
            course.breaks(
                "REPLICAS_NOT_REPLICATED", f"{reason} Add a rule from the first bucket.", step=ends.route.step
            )
            return
    if any(each.step is not None and each.step.endswith(_TAKES_THERE) for each in course.broken):
        # a step meant to, and it is said why it does not
        return
    reason = f"Nothing takes new objects from {course.home.region} to {target}."
    course.breaks("NOT_REPLICATED", reason, step=0)


def _misses(course: Course, ends: _Ends) -> list[_Miss]:
    found = [*_late(course, ends), *_skipped(course, ends)]
    if course.migration.require.same_key_in_both_regions:
        found.extend(_other_key(course, ends))
    if course.migration.require.existing_objects:
        found.extend(_left_behind(course, ends))
    return found


def _late(course: Course, ends: _Ends) -> list[_Miss]:
    """What may be lost is what was written since the last copy (R68, R103)."""
    objective = course.migration.require.recovery_point_objective
    if objective is None:
        return []
    every = ends.route.every
    if every is None and objective.seconds < LIVE_SECONDS:
        reason = f"Live replication counts as 15 minutes, {objective} is required."
        return [("RPO_TOO_LARGE", reason, ends.route.step)]
    if every is not None and every.seconds > objective.seconds:
        reason = f"A copy every {every} can lose {every} of data, at most {objective} may be lost."
        return [("RPO_TOO_LARGE", f"{reason} Live replication needs minutes.", ends.route.step)]
    return []


def _skipped(course: Course, ends: _Ends) -> list[_Miss]:
    """New objects under KMS that a rule without a replica key skips (R64), where the rule's own step did not say so."""
    new = _new(ends.source)
    said = "REPLICA_KEY_REQUIRED" in course.codes
    if not ends.route.live or new.kind not in KMS or ends.route.key is not None or said:
        return []
    reason = f"New objects in `{ends.source.name}` are under KMS: without a replica key S3 skips them."
    return [("REPLICA_KEY_REQUIRED", f"{reason} Name a `replica_key`.", ends.route.step)]


def _new(bucket: BucketThing) -> Objects:
    """Return the objects that applications will write to a bucket."""
    kind = MADE_BY[bucket.sse]
    return Objects(origin=kind, bucket=bucket.name, kind=kind, key=bucket.key)


def _arrived(ends: _Ends, group: Objects) -> Objects:
    """Return what a route makes of new objects."""
    kind, key = group.kind, ends.route.key
    if not ends.route.live:
        kind = MADE_BY[ends.destination.sse]
        if key is not None and kind not in KMS:
            kind = SourceObjects.SSE_KMS
    return Objects(origin=group.origin, bucket=ends.destination.name, kind=kind, key=key if kind in KMS else None)


def _other_key(course: Course, ends: _Ends) -> list[_Miss]:
    """One multi-Region key in both Regions: for new objects, and for existing ones where they are required.

    Fact: M2, M14
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
    """
    new = _new(ends.source)
    found = _differ(course, "New objects", new, _arrived(ends, new), ends.route.step)
    if found or not course.migration.require.existing_objects:
        return found
    for there in course.world.objects_in(ends.destination.name):
        here = _at_home(course, ends, there)
        if here.reencrypted and here.replicated:
            missed = _differ(course, "", here, there, here.reencrypted)
            reason = f"The replicas in `{there.bucket}` keep `{there.key}`: update their encryption too."
            found.extend(("REPLICAS_NOT_REENCRYPTED", reason, here.reencrypted) for _ in missed)
        else:
            found.extend(_differ(course, "Existing objects", here, there, ends.route.step))
    return found


def _at_home(course: Course, ends: _Ends, there: Objects) -> Objects:
    """Return the objects of the current Region that a group in the other Region goes back to."""
    groups = {(each.bucket, each.origin): each for each in course.world.objects}
    return groups.get((ends.source.name, there.origin)) or groups.get((course.home.name, there.origin)) or there


def _differ(course: Course, what: str, here: Objects, there: Objects, step: int) -> list[_Miss]:
    if here.key == there.key and here.key not in (None, AWS_S3):
        return []
    if here.key == AWS_S3 == there.key and course.home.region == course.migration.require.replicate_to:
        return []
    reason = f"{what} are under {_under(course, here)} and under {_under(course, there)}"
    return [("SAME_KEY_REQUIRED", f"{reason}: one multi-Region key is required.", step)]


def _under(course: Course, group: Objects) -> str:
    where = f"`{group.bucket}`"
    if group.key == AWS_S3:
        return f"the AWS managed key of {course.world.buckets[group.bucket].region} in {where}"
    return f"`{group.key}` in {where}" if group.key else f"no KMS key in {where}"


def _left_behind(course: Course, ends: _Ends) -> list[_Miss]:
    """Existing objects are there only if something took them there (R80)."""
    there = {each.origin for each in course.world.objects_in(ends.destination.name)}
    missing = [kind for kind in course.migration.current.objects if kind not in there]
    if not missing:
        return []
    kinds = f" ({', '.join(kind.value for kind in missing)})" if len(course.migration.current.objects) > 1 else ""
    means = "Live replication" if ends.route.live else "The schedule"
    reason = f"{means} leaves out what is in `{course.home.name}` already{kinds}."
    text = f"{reason} Run S3 Batch Replication, or copy the objects when replication is on."
    return [("EXISTING_OBJECTS_NOT_COVERED", text, ends.route.step)]


# --- notes ------------------------------------------------------------------------------------------------------------


def _notes(course: Course, ends: _Ends) -> None:
    require = course.migration.require
    if ends.route.live:
        _live_notes(course, ends)
        if require.recovery_point_objective is not None and not ends.route.time_control:
            course.note(
                "Replication time control is off: most objects replicate within 15 minutes, but nothing promises it"
                " (R68)."
            )
    if ends.source.name != course.home.name:
        course.note(f"Applications write to `{ends.source.name}` from now on, no longer to `{course.home.name}`.")
    if not require.existing_objects and _left_behind(course, ends):
        course.note(f"What is in `{course.home.name}` already stays behind: it is not required (R80).")
    old = course.world.keys.get(course.migration.current.key or "")
    if old is not None and old.type is not KeyType.AWS_MANAGED and old.name not in (ends.source.key, ends.route.key):
        course.note(f"Keep `{old.name}` enabled as long as any object or earlier version is under it (K27).")


def _live_notes(course: Course, ends: _Ends) -> None:
    key = course.world.keys.get(ends.route.key or "")
    here, there = ends.source.region, ends.destination.region
    if ends.route.key is not None:
        course.note(
            "S3 decrypts and encrypts again, under a multi-Region key too: the role needs kms:Decrypt on the key in"
            f" {here} and kms:Encrypt on the key in {there} (M14, R40)."
        )
    settled = not course.broken
    if settled and key is not None and there in key.regions:
        course.note(f"ReplicaKmsKeyID is the key's ARN in {there}: {key.arn(there)} (R66).")
    if settled and key is not None and key.type is KeyType.MULTI_REGION and there != here:
        course.note(f"The replica key in {there} has a key policy of its own, which is not copied: write it (M4, M5).")
    course.note(f"Versioning stays enabled on `{ends.source.name}` and on `{ends.destination.name}` (R1).")
    markers = "delete markers do" if ends.route.delete_markers else "delete markers neither, unless the rule says so"
    course.note(f"Deletes of versions and lifecycle actions never replicate; {markers} (R81, R23).")
