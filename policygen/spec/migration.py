"""From the entries of ``migration:`` to its values: names resolved, Regions checked.

What AWS would refuse is left alone here: that is what :mod:`policygen.migration` judges. A problem is what nobody can
have meant: a name that nothing has, a text that is not a Region, a step of two kinds.
"""

from __future__ import annotations

from policygen.fields.read import Entry
from policygen.spec.kinds import MADE_BY, SourceObjects, Sse
from policygen.spec.migration_model import Current, Migration, Require
from policygen.spec.migration_steps import Proposals
from policygen.spec.scope import Scope


def resolve_migration(entry: Entry, scope: Scope) -> Migration | None:
    """Return what ``migration:`` says; None when it was not given or cannot stand."""
    if not entry.given("migration"):
        return None
    block = entry["migration"]
    current = _current(block["current"], scope)
    require = _require(block["require"], scope)
    reader = Proposals(scope)
    proposals = [reader.read(name, steps) for name, steps in block["proposals"].items()]
    if current is None or require is None:
        return None
    return Migration(current=current, require=require, proposals=tuple(proposals))


def _current(entry: Entry, scope: Scope) -> Current | None:
    bucket, key = scope.bucket(entry, "bucket"), scope.key(entry)
    if bucket is None or (entry.given("key") and key is None):
        return None
    if key is not None and bucket.region not in key.regions:
        message = f"the key `{key.name}` does not exist in `{bucket.region}`, the Region of `{bucket.entry}`"
        hint = f"it exists in {', '.join(f'`{each}`' for each in key.regions)}"
        scope.problem("PG-S009", message, entry.at("key"), hint)
    key = key or bucket.encryption.key
    usual = MADE_BY[bucket.encryption.sse]
    if key is not None and bucket.encryption.sse is Sse.SSE_S3:
        usual = SourceObjects.SSE_KMS
    objects = tuple(dict.fromkeys(entry["objects"] or (usual,)))
    return Current(bucket=bucket.entry, key=key.name if key else None, objects=objects)


def _require(entry: Entry, scope: Scope) -> Require | None:
    region = scope.region(entry["replicate_to"], entry.at("replicate_to"))
    rest = entry.take("same_key_in_both_regions", "recovery_point_objective", "existing_objects")
    return Require(replicate_to=region, **rest) if region is not None else None
