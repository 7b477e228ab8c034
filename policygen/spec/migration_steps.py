"""Reading the steps of proposals: names resolved, Regions and durations read, typos reported."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from policygen.aws.partitions import known_regions, looks_like_region
from policygen.errors import Place
from policygen.spec.durations import Duration, parse_duration
from policygen.spec.kinds import KeyType, Sse, Versioning
from policygen.spec.migration_fields import STEPS
from policygen.spec.migration_model import (
    BatchReplication,
    ConvertKey,
    CopyObjects,
    CreateBucket,
    CreateKey,
    EnableReplication,
    EnableVersioning,
    KeyRef,
    MigrationStep,
    Proposal,
    ReplicateKey,
    ScheduledCopy,
    SetDefaultEncryption,
    ShareKey,
    UpdateObjectEncryption,
)
from policygen.spec.model import Key
from policygen.spec.read import Entry, Value
from policygen.spec.resolve import Scope

_MULTI_REGION = "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html"


def read_duration(entry: Entry, name: str, scope: Scope) -> Duration | None:
    """Return the duration that a field says; None when it says none."""
    text = entry.data(name)
    if text is None:
        return None
    found = parse_duration(text)
    if found is None:
        hint = "write `15m`, `24h`, `1d`, or `daily`"
        scope.reader.problem("PG-S006", f"`{text}` is no duration", entry.at(name), hint)
    return found


class Proposals:
    """Reads proposals: the names that a step may use are the spec's and those of its own proposal."""

    def __init__(self, scope: Scope, keys: dict[str, Key]) -> None:
        self.scope = scope
        self.aliases = {key.alias: key.name for key in keys.values() if key.alias}
        self.keys: dict[str, str] = {}
        self.buckets: dict[str, str] = {}

    def read(self, name: str, entries: list[Entry]) -> Proposal:
        """Return one proposal: the steps that stand."""
        self.keys = dict.fromkeys(self.scope.declared["keys"], "")
        self.buckets = dict.fromkeys(self.scope.declared["buckets"], "")
        aliases, self.aliases = self.aliases, dict(self.aliases)
        for entry in entries:
            self._declare(entry)
        steps = [step for entry in entries if (step := self._step(entry)) is not None]
        self.aliases = aliases
        return Proposal(name=name, steps=tuple(steps))

    def _declare(self, entry: Entry) -> None:
        """Note the name that a step creates; each name is created once."""
        for kind, known in (("create-key", self.keys), ("create-bucket", self.buckets)):
            block = entry.entry(kind)
            name = block.data("name")
            if name is None:
                continue
            self.scope.entry_name(name, block.at("name"))
            if name in known:
                hint = "choose a name that no entry and no other step has"
                self.scope.reader.problem("PG-S030", f"`{name}` is taken already", block.at("name"), hint)
            known[name] = kind
            if block.given("alias"):
                self.aliases[block.data("alias")] = name

    def _step(self, entry: Entry) -> MigrationStep | None:
        """Return the step of one entry, which has exactly one kind."""
        names = [each.name for each in STEPS if each.name in entry.places]
        if len(names) != 1:
            found = " and ".join(f"`{name}`" for name in names) or "none"
            hint = "write each step as an item of its own: `- create-bucket: {…}`"
            if names or not self._noted(entry.place):
                self.scope.reader.problem("PG-S003", f"a step has one kind, this has {found}", entry.place, hint)
            return None
        if not entry.given(names[0]):
            return None
        before = len(self.scope.reader.problems)
        block = entry.entry(names[0])
        missing = [each for each in _field(names[0]) if each not in block.values]
        if missing:
            return None
        step = _BUILDERS[names[0]](self, block)
        return step if len(self.scope.reader.problems) == before else None

    def _noted(self, place: Place) -> bool:
        """Tell whether a problem of the item at ``place`` is noted already, an unknown kind of step above all."""
        pointers = (problem.place.pointer for problem in self.scope.reader.problems)
        return any(each == place.pointer or each.startswith(f"{place.pointer}/") for each in pointers)

    # --- values -----------------------------------------------------------------------------------------------------

    def key(self, block: Entry, name: str = "key") -> KeyRef | None:
        """Return the key that a field names; None when it names none."""
        text: str | None = block.data(name)
        if text is None:
            return None
        if text.startswith("alias/"):
            found = self.aliases.get(text)
            if found is None:
                hint = "use the name of a key of `keys`, or of one that a step creates"
                self.scope.reader.problem("PG-S007", f"no key has the alias `{text}`", block.at(name), hint)
                return None
            return KeyRef(key=found, text=text, alias=True)
        key, _, region = text.partition("@")
        if region and not looks_like_region(region):
            self._no_region(region, block.at(name))
        self._known(key, self.keys, "key", block.at(name))
        return KeyRef(key=key, text=text, region=region or None)

    def needed_key(self, block: Entry) -> KeyRef:
        """Return the key that a required field names; a placeholder when it names none (a problem is noted then)."""
        return self.key(block) or KeyRef(key="", text="")

    def bucket(self, block: Entry, name: str = "bucket") -> str:
        """Return the bucket that a field names; empty when the field was not given."""
        text: str | None = block.data(name)
        if text is not None:
            self._known(text, self.buckets, "bucket", block.at(name))
        return text or ""

    def _known(self, name: str, names: dict[str, str], what: str, place: Place) -> None:
        if name in names:
            return
        near = get_close_matches(name, names, n=1)
        known = ", ".join(f"`{each}`" for each in sorted(names)[:5]) or "none"
        hint = f"did you mean `{near[0]}`?" if near else f"there are {known}"
        self.scope.reader.problem("PG-S007", f"no {what} is called `{name}`", place, hint)

    def region(self, block: Entry, name: str = "region") -> str | None:
        """Return a Region of any partition: that another one is out of reach is for the judge to say."""
        text: str | None = block.data(name)
        if text is not None and not looks_like_region(text):
            self._no_region(text, block.at(name))
        return text

    def _no_region(self, text: str, place: Place) -> None:
        near = get_close_matches(text, known_regions(self.scope.partition), n=1)
        hint = f"did you mean `{near[0]}`?" if near else "a Region looks like `us-east-1`"
        self.scope.reader.problem("PG-S006", f"`{text}` is no Region", place, hint)

    def regions(self, block: Entry, name: str = "replica_regions") -> tuple[str, ...]:
        """Return a list of Regions."""
        found: list[str] = []
        for value in block.items(name):
            if isinstance(value, Value):
                found.append(value.data)
                if not looks_like_region(value.data):
                    self._no_region(value.data, value.place)
        return tuple(found)

    def account(self, block: Entry) -> str | None:
        """Return an account id; None when none was given."""
        return self.scope.account(block) if block.given("account") else None

    def every(self, block: Entry) -> Duration:
        """Return how often a copy runs: more than never and less than always."""
        found = read_duration(block, "every", self.scope)
        if found is not None and found.seconds == 0:
            self.scope.reader.problem("PG-S006", f"`{found}` is no interval", block.at("every"), "write `15m` or `1d`")
        return found or Duration(text="", seconds=0)


def _field(kind: str) -> list[str]:
    block = next(each for each in STEPS if each.name == kind)
    return [each.name for each in block.fields if each.required]


def _create_key(read: Proposals, block: Entry) -> MigrationStep:
    multi = block.given("primary_region") or bool(block.items("replica_regions"))
    key_type = KeyType(block.data("type", "multi-region" if multi else "single-region"))
    region, primary = read.region(block), read.region(block, "primary_region")
    if key_type is KeyType.MULTI_REGION:
        wanted, other = "primary_region", "region"
        # one Region is meant, whichever of the two fields it stands in
        primary, region = primary or region, None
    else:
        wanted, other = "region", "primary_region"
        if multi:
            message = "a single-region key has neither `primary_region` nor `replica_regions`"
            hint = "write `region`, or `type: multi-region`"
            read.scope.reader.problem("PG-S011", message, block.place, hint, _MULTI_REGION)
    if block.given("primary_region") and block.given("region"):
        message = f"{key_type.in_words} key has no `{other}`"
        read.scope.reader.problem("PG-S011", message, block.at(other), f"write `{wanted}`", _MULTI_REGION)
    if not block.given("primary_region") and not block.given("region"):
        hint = f"{key_type.in_words} key needs it"
        read.scope.reader.problem("PG-S004", f"`{wanted}` is missing", block.place, hint)
    return CreateKey(
        name=block.data("name"),
        type=key_type,
        region=region,
        primary_region=primary,
        replica_regions=read.regions(block),
        alias=block.data("alias"),
        account=read.account(block),
    )


def _convert_key(read: Proposals, block: Entry) -> MigrationStep:
    key_type = KeyType(block.data("type", "multi-region"))
    return ConvertKey(key=read.needed_key(block), type=key_type, replica_regions=read.regions(block))


def _replicate_key(read: Proposals, block: Entry) -> MigrationStep:
    region = read.region(block) or ""
    return ReplicateKey(key=read.needed_key(block), region=region, account=read.account(block))


def _share_key(read: Proposals, block: Entry) -> MigrationStep:
    if not block.given("region") and not block.given("account"):
        hint = "name a `region`, an `account`, or both"
        read.scope.reader.problem("PG-S004", "it is not said with whom the key is shared", block.place, hint)
    return ShareKey(key=read.needed_key(block), region=read.region(block), account=read.account(block))


def _create_bucket(read: Proposals, block: Entry) -> MigrationStep:
    key = read.key(block)
    sse = _sse(read, block, key)
    versioning = block.data("versioning")
    blocked = tuple(each.data for each in block.items("blocked_encryption_types"))
    return CreateBucket(
        name=block.data("name"),
        region=read.region(block) or "",
        key=key,
        sse=sse,
        versioning=Versioning(versioning) if versioning else None,
        object_lock=block.data("object_lock", default=False),
        blocked_encryption_types=blocked if block.given("blocked_encryption_types") else ("sse-c",),
        account=read.account(block),
    )


def _sse(read: Proposals, block: Entry, key: KeyRef | None) -> Sse | None:
    text = block.data("sse")
    sse = Sse(text) if text else None
    if key is not None and sse is Sse.SSE_S3:
        hint = "leave `key` out, or write `sse: aws:kms`"
        read.scope.reader.problem("PG-S024", "SSE-S3 takes no KMS key", block.at("key"), hint)
    return sse


def _set_default_encryption(read: Proposals, block: Entry) -> MigrationStep:
    key = read.key(block)
    return SetDefaultEncryption(bucket=read.bucket(block), key=key, sse=_sse(read, block, key) or Sse.SSE_KMS)


def _enable_versioning(read: Proposals, block: Entry) -> MigrationStep:
    return EnableVersioning(bucket=read.bucket(block), status=Versioning(block.data("status", "enabled")))


def _enable_replication(read: Proposals, block: Entry) -> MigrationStep:
    return EnableReplication(
        source=read.bucket(block, "from"),
        destination=read.bucket(block, "to"),
        replica_key=read.key(block, "replica_key"),
        replication_time_control=block.data("replication_time_control", default=False),
        delete_markers=block.data("delete_markers", default=False),
    )


def _batch_replication(read: Proposals, block: Entry) -> MigrationStep:
    statuses = tuple(each.data for each in block.items("object_statuses"))
    return BatchReplication(
        source=read.bucket(block, "from"),
        destination=read.bucket(block, "to") or None,
        object_statuses=statuses or ("NONE", "FAILED"),
    )


def _copy_objects(read: Proposals, block: Entry) -> MigrationStep:
    return CopyObjects(source=read.bucket(block, "from"), destination=read.bucket(block, "to"), key=read.key(block))


def _update_object_encryption(read: Proposals, block: Entry) -> MigrationStep:
    return UpdateObjectEncryption(bucket=read.bucket(block), key=read.needed_key(block))


def _scheduled_copy(read: Proposals, block: Entry) -> MigrationStep:
    return ScheduledCopy(
        source=read.bucket(block, "from"),
        destination=read.bucket(block, "to"),
        every=read.every(block),
        key=read.key(block),
        existing_objects=block.data("existing_objects", default=False),
    )


_BUILDERS: dict[str, Callable[[Proposals, Entry], MigrationStep]] = {
    "create-key": _create_key,
    "convert-key": _convert_key,
    "replicate-key": _replicate_key,
    "share-key": _share_key,
    "create-bucket": _create_bucket,
    "set-default-encryption": _set_default_encryption,
    "enable-versioning": _enable_versioning,
    "enable-replication": _enable_replication,
    "batch-replication": _batch_replication,
    "copy-objects": _copy_objects,
    "update-object-encryption": _update_object_encryption,
    "scheduled-copy": _scheduled_copy,
}
