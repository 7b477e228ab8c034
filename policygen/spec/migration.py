"""From the entries of ``migration:`` to its values: names resolved, Regions checked.

What AWS would refuse is left alone here: that is what :mod:`policygen.migration` judges. A problem is what nobody can
have meant: a name that nothing has, a text that is not a Region, a step of two kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policygen.errors import Place
from policygen.fields.read import Entry, Value
from policygen.fields.table import Field
from policygen.spec.forms import REGION
from policygen.spec.kinds import MADE_BY, SOURCE_MULTI_REGION, KeyType, SourceObjects, Sse
from policygen.spec.migration_fields import STEPS
from policygen.spec.migration_model import (
    ATTRIBUTES,
    SOURCE_KEY,
    STEP_TYPES,
    Current,
    KeyRef,
    Migration,
    MigrationStep,
    Proposal,
    Require,
)
from policygen.spec.resolve import MULTI_REGION
from policygen.spec.scope import Scope


def resolve_migration(entry: Entry, scope: Scope) -> Migration | None:
    """Return what ``migration:`` says; None when it was not given or cannot stand."""
    if not entry.given("migration"):
        return None
    block = entry["migration"]
    current = _current(block["current"], scope)
    require = _require(block["require"], scope)
    reader = _Proposals(scope)
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


class _Proposals:
    """Reads proposals: the names that a step may use are the spec's and those of its own proposal."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.aliases: dict[str, str] = {}
        self.names: dict[str, set[str]] = {}

    def read(self, name: str, entries: tuple[Entry, ...]) -> Proposal:
        """Return one proposal: the steps that stand."""
        self.names = {kind: set(self.scope.declared[f"{kind}s"]) for kind in ("key", "bucket")}
        self.aliases = {key.alias: key.name for key in self.scope.keys.values() if key.alias}
        for entry in entries:
            self._declare(entry)
        steps = [step for entry in entries if (step := self._step(entry)) is not None]
        return Proposal(name=name, steps=tuple(steps))

    def _declare(self, entry: Entry) -> None:
        """Note the name that a step creates; each name is created once."""
        for kind, known in self.names.items():
            block = entry[f"create-{kind}"]
            if not block.given("name"):
                continue
            name = block["name"]
            if name in known:
                hint = "choose a name that no entry and no other step has"
                self.scope.problem("PG-S030", f"`{name}` is taken already", block.at("name"), hint)
            known.add(name)
            if kind == "key" and block.given("alias"):
                self.aliases[block["alias"]] = name

    def _step(self, entry: Entry) -> MigrationStep | None:
        """Return the step of one entry, which has exactly one kind."""
        kinds = [each.name for each in STEPS if each.name in entry.places]
        if len(kinds) != 1:
            found = " and ".join(f"`{name}`" for name in kinds) or "none"
            hint = "write each step as an item of its own: `- create-bucket: {…}`"
            if kinds or not self.scope.reader.noted(entry.place.pointer):
                self.scope.problem("PG-S003", f"a step has one kind, this has {found}", entry.place, hint)
            return None
        (kind,) = kinds
        block: Entry = entry[kind]
        if any(each.required and not block.given(each.name) for each in block.table.fields):
            return None
        before = len(self.scope.problems)
        values = {ATTRIBUTES.get(each.name, each.name): self._value(block, each) for each in block.table.fields}
        if kind in _CHECKS:
            _CHECKS[kind](self.scope, block, values)
        return STEP_TYPES[kind](**values) if len(self.scope.problems) == before else None

    def _value(self, block: Entry, field: Field) -> Any:
        """Return a field's value; where it is the name of something, what it names."""
        value, place = block[field.name], block.at(field.name)
        if value is None:
            return None
        if field.names == "account":
            return self.scope.account(block)
        if field.names == "key":
            words = (SOURCE_MULTI_REGION,) if field.name == "replica_key" else ()
            return SOURCE_KEY if value in words else self._key(value, place, words)
        if field.names == "bucket":
            self._check_known(value, "bucket", place)
        for each in block.items(field.name) if field.item else (Value(data=value, place=place),):
            if REGION in (field.form, field.item and field.item.form):
                self.scope.check_known(each.data, each.place)  # a partition of its own breaks a rule of the plan
        return value

    def _key(self, text: str, place: Place, words: tuple[str, ...] = ()) -> KeyRef | None:
        if text.startswith("alias/"):
            found = self.aliases.get(text)
            if found is None:
                hint = "use the name of a key of `keys`, or of one that a step creates"
                self.scope.problem("PG-S007", f"no key has the alias `{text}`", place, hint)
                return None
            return KeyRef(key=found, text=text, alias=True)
        key, _, region = text.partition("@")
        if region:
            self.scope.reader.formed(REGION, region, place)
        self._check_known(key, "key", place, words)
        return KeyRef(key=key, text=text, region=region or None)

    def _check_known(self, name: str, what: str, place: Place, words: tuple[str, ...] = ()) -> None:
        if name not in self.names[what]:
            self.scope.no_such(name, self.names[what], what, place, "there are", words)


# --- what the fields of one step mean together ------------------------------------------------------------------------


def _check_create_key(scope: Scope, block: Entry, values: dict[str, Any]) -> None:
    multi = block.given("primary_region") or bool(block["replica_regions"])
    key_type: KeyType = values["type"] or (KeyType.MULTI_REGION if multi else KeyType.SINGLE_REGION)
    values["type"] = key_type
    wanted, other = "primary_region", "region"
    if key_type is KeyType.SINGLE_REGION:
        wanted, other = other, wanted
        if multi:
            message = "a single-region key has neither `primary_region` nor `replica_regions`"
            hint = "write `region`, or `type: multi-region`"
            scope.problem("PG-S011", message, block.place, hint, MULTI_REGION)
    if block.given(wanted) and block.given(other):
        message = f"{key_type.in_words} key has no `{other}`"
        scope.problem("PG-S011", message, block.at(other), f"write `{wanted}`", MULTI_REGION)
    if not block.given(wanted) and not block.given(other):
        scope.problem("PG-S004", f"`{wanted}` is missing", block.place, f"{key_type.in_words} key needs it")
    # one Region is meant, whichever of the two fields it stands in
    values[wanted], values[other] = values[wanted] or values[other], None


def _check_share_key(scope: Scope, block: Entry, _values: dict[str, Any]) -> None:
    if not {"region", "account"} & set(block.places):
        hint = "name a `region`, an `account`, or both"
        scope.problem("PG-S004", "it is not said with whom the key is shared", block.place, hint)


def _check_encryption(scope: Scope, block: Entry, values: dict[str, Any]) -> None:
    if values["key"] is not None and values["sse"] is Sse.SSE_S3:
        hint = "leave `key` out, or write `sse: aws:kms`"
        scope.problem("PG-S024", "SSE-S3 takes no KMS key", block.at("key"), hint)


_CHECKS: dict[str, Callable[[Scope, Entry, dict[str, Any]], None]] = {
    "create-key": _check_create_key,
    "share-key": _check_share_key,
    "create-bucket": _check_encryption,
    "set-default-encryption": _check_encryption,
}
