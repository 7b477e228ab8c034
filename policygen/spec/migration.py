"""From the entries of ``migration:`` to its values: names resolved, durations and Regions read, typos reported.

What AWS would refuse is no problem here: that is what :mod:`policygen.migration` judges. A problem is what no person
can have meant: a name that nothing has, a Region that is none, a step of two kinds.
"""

from __future__ import annotations

from policygen.spec.kinds import SourceObjects, Sse
from policygen.spec.migration_model import (
    Current,
    Migration,
    Require,
)
from policygen.spec.migration_steps import Proposals, read_duration
from policygen.spec.model import Bucket, Key
from policygen.spec.read import Entry
from policygen.spec.resolve import Scope

_KINDS = {Sse.SSE_S3: "sse-s3", Sse.SSE_KMS: "sse-kms", Sse.DSSE_KMS: "dsse-kms"}


def resolve_migration(entry: Entry, scope: Scope, keys: dict[str, Key], buckets: dict[str, Bucket]) -> Migration | None:
    """Return what ``migration:`` says; None when it was not given or cannot stand.

    Args:
        entry: The spec.
        scope: The spec's names.
        keys: The keys that stand.
        buckets: The buckets that stand.
    """
    if not entry.given("migration"):
        return None
    block = entry.entry("migration")
    current = _current(block.entry("current"), scope, keys, buckets)
    require = _require(block.entry("require"), scope)
    reader = Proposals(scope, keys)
    proposals = [reader.read(name, steps) for name, steps in block.members("proposals").items()]
    if current is None or require is None:
        return None
    return Migration(current=current, require=require, proposals=tuple(proposals))


def _current(entry: Entry, scope: Scope, keys: dict[str, Key], buckets: dict[str, Bucket]) -> Current | None:
    name = entry.data("bucket")
    bucket = scope.named(name, buckets, "bucket", "buckets", entry.at("bucket")) if name is not None else None
    key_name = entry.data("key")
    key = scope.named(key_name, keys, "key", "keys", entry.at("key")) if key_name is not None else None
    if bucket is None or (key_name is not None and key is None):
        return None
    if key is not None and bucket.region not in key.regions:
        message = f"the key `{key.name}` does not exist in `{bucket.region}`, the Region of `{bucket.entry}`"
        hint = f"it exists in {', '.join(f'`{each}`' for each in key.regions)}"
        scope.reader.problem("PG-S009", message, entry.at("key"), hint)
    key = key or bucket.encryption.key
    usual = bucket.encryption.sse
    if key is not None and usual is Sse.SSE_S3:
        usual = Sse.SSE_KMS
    given = [SourceObjects(each.data) for each in entry.items("objects")]
    return Current(
        bucket=bucket.entry,
        key=key.name if key else None,
        objects=tuple(dict.fromkeys(given)) or (SourceObjects(_KINDS[usual]),),
    )


def _require(entry: Entry, scope: Scope) -> Require | None:
    region = scope.region(entry.data("replicate_to"), entry.at("replicate_to"))
    objective = read_duration(entry, "recovery_point_objective", scope)
    if region is None:
        return None
    return Require(
        replicate_to=region,
        same_key_in_both_regions=entry.data("same_key_in_both_regions", default=False),
        recovery_point_objective=objective,
        existing_objects=entry.data("existing_objects", default=False),
    )
