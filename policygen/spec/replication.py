"""Replication entries: from entries to the model, with the checks that concern one entry."""

from __future__ import annotations

from policygen.aws.s3 import GENERAL_PURPOSE_STORAGE_CLASSES
from policygen.errors import Place
from policygen.spec.kinds import (
    BucketKey,
    ContextMode,
    ExistingObjects,
    KeyType,
    ObjectOwnership,
    Profile,
    SourceObjects,
    Sse,
    Versioning,
)
from policygen.spec.model import Bucket, Key, Replication, Rule
from policygen.spec.read import Entry
from policygen.spec.resolve import Scope, check_prefix
from policygen.spec.roles import resolve_batch, resolve_role

_MOST_RULES = 1000
_MOST_ID_CHARS = 255
_API = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_REQUIREMENTS = f"{_GUIDE}replication-requirements.html"
_ENCRYPTED = f"{_GUIDE}replication-config-for-kms-objects.html"
_MULTI_REGION = "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html"
_SOURCE_OBJECTS = {
    Sse.SSE_KMS: SourceObjects.SSE_KMS,
    Sse.DSSE_KMS: SourceObjects.DSSE_KMS,
    Sse.SSE_S3: SourceObjects.SSE_S3,
}


def resolve_replication(
    entry: Entry, scope: Scope, buckets: dict[str, Bucket], keys: dict[str, Key]
) -> Replication | None:
    """Return the replication of one entry; None when it cannot stand."""
    scope.entry_name(entry.name, entry.place)
    source = _bucket(entry, "source", scope, buckets)
    if source is None:
        for item in entry.items("rules"):
            _bucket(item, "destination", scope, buckets)
        return None
    role = resolve_role(entry.entry("role"), source.account, scope)
    kinds = tuple(SourceObjects(each.data) for each in entry.items("source_objects"))
    kinds = kinds or (_SOURCE_OBJECTS[source.encryption.sse],)
    rules = []
    for number, item in enumerate(entry.items("rules"), 1):
        rule = _rule(item, number, source, kinds, scope, buckets, keys)
        if rule is not None:
            _check_rule(item, rule, source, kinds, scope)
            rules.append((item, rule))
    _check_rules(entry, rules, scope)
    _check_source(entry, source, scope)
    existing = ExistingObjects(entry.data("existing_objects", "none"))
    batch = resolve_batch(entry, existing, source, scope, buckets)
    if role is None:
        return None
    return Replication(
        name=entry.name,
        source=source,
        role=role,
        rules=tuple(rule for _, rule in rules),
        profile=Profile(entry.data("profile", "robust")),
        source_objects=tuple(dict.fromkeys(kinds)),
        encryption_context=ContextMode(entry.data("encryption_context", "auto")),
        existing_objects=existing,
        batch=batch,
        requests_per_second=entry.data("requests_per_second"),
    )


def _bucket(entry: Entry, name: str, scope: Scope, buckets: dict[str, Bucket]) -> Bucket | None:
    given = entry.data(name)
    if given is None:
        return None
    return scope.named(given, buckets, "bucket", "buckets", entry.at(name))


def _rule(
    entry: Entry,
    number: int,
    source: Bucket,
    kinds: tuple[SourceObjects, ...],
    scope: Scope,
    buckets: dict[str, Bucket],
    keys: dict[str, Key],
) -> Rule | None:
    destination = _bucket(entry, "destination", scope, buckets)
    name = entry.data("replica_key")
    key = scope.named(name, keys, "key", "keys", entry.at("replica_key")) if name is not None else None
    check_prefix(entry.data("prefix", ""), entry.at("prefix"), scope)
    rule_id = entry.data("id")
    if destination is None or rule_id is None:
        return None
    under_kms = any(kind in (SourceObjects.SSE_KMS, SourceObjects.DSSE_KMS) for kind in kinds)
    if name is None and under_kms:
        key = destination.encryption.key
    rtc = entry.data("replication_time_control", default=False)
    return Rule(
        id=rule_id,
        destination=destination,
        replica_key=key,
        prefix=entry.data("prefix", ""),
        tags=tuple((tag, value.data) for tag, value in entry.members("tags").items()),
        priority=entry.data("priority", number),
        enabled=entry.data("status", "enabled") == "enabled",
        delete_markers=entry.data("delete_markers", default=False),
        replicate_tags=entry.data("replicate_tags", default=True),
        replica_modifications=entry.data("replica_modifications", default=False),
        replication_time_control=rtc,
        metrics=entry.data("metrics", default=rtc),
        storage_class=entry.data("storage_class"),
        owner_override=_owner_override(entry.data("owner_override", "auto"), source, destination),
    )


def _owner_override(given: str, source: Bucket, destination: Bucket) -> bool:
    """``auto``: when the accounts differ and the destination's ACLs are not off anyway.

    Fact: R36
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html
    """
    if given != "auto":
        return given == "true"
    enforced = destination.object_ownership is ObjectOwnership.BUCKET_OWNER_ENFORCED
    return source.account != destination.account and not enforced


def _check_rule(entry: Entry, rule: Rule, source: Bucket, kinds: tuple[SourceObjects, ...], scope: Scope) -> None:
    _check_form(entry, rule, scope)
    _check_destination(entry, rule, source, kinds, scope)
    if any(kind in (SourceObjects.SSE_KMS, SourceObjects.DSSE_KMS) for kind in kinds):
        _check_replica_key(entry, rule, source, scope)


def _check_form(entry: Entry, rule: Rule, scope: Scope) -> None:
    problem = scope.reader.problem
    if len(rule.id) > _MOST_ID_CHARS or not rule.id.isascii() or not rule.id:
        hint = f"1 to {_MOST_ID_CHARS} ASCII characters"
        url = f"{_API}API_ReplicationRule.html"
        problem("PG-S006", f"`{rule.id[:40]}` is no rule id", entry.at("id"), hint, url)
    if rule.delete_markers and rule.tags:
        hint = "a rule with a tag filter cannot replicate delete markers"
        url = f"{_API}API_DeleteMarkerReplication.html"
        problem("PG-S020", "`delete_markers` and `tags` exclude each other", entry.at("delete_markers"), hint, url)
    if rule.replication_time_control and not rule.metrics:
        url = f"{_GUIDE}replication-time-control.html"
        problem("PG-S021", "replication time control needs metrics", entry.at("metrics"), "write `metrics: true`", url)
    if rule.storage_class is not None and rule.storage_class not in GENERAL_PURPOSE_STORAGE_CLASSES:
        hint = f"use one of {', '.join(GENERAL_PURPOSE_STORAGE_CLASSES)}"
        url = f"{_API}API_Destination.html"
        message = f"`{rule.storage_class}` is no storage class for replicas"
        problem("PG-S005", message, entry.at("storage_class"), hint, url)


def _check_destination(
    entry: Entry, rule: Rule, source: Bucket, kinds: tuple[SourceObjects, ...], scope: Scope
) -> None:
    blocker, place, destination = scope.reader.blocker, entry.at("destination"), rule.destination
    if destination == source:
        scope.reader.problem("PG-S016", f"`{destination.entry}` is the source itself", place)
        return
    if destination.versioning is not Versioning.ENABLED:
        hint = f"write `versioning: enabled` for `{destination.entry}`"
        blocker("PG-S017", f"versioning is not enabled on `{destination.entry}`", place, hint, _REQUIREMENTS)
    if source.object_lock and not destination.object_lock:
        hint = f"the source has Object Lock: write `object_lock: true` for `{destination.entry}`"
        blocker("PG-S018", f"`{destination.entry}` has no Object Lock", place, hint, _REQUIREMENTS)
    if destination.requester_pays and destination.account != source.account:
        message = f"`{destination.entry}` is Requester Pays and in another account"
        blocker("PG-S019", message, place, None, _REQUIREMENTS)
    if SourceObjects.SSE_C in kinds and "sse-c" in destination.blocked_encryption_types:
        hint = f"write `blocked_encryption_types: []` for `{destination.entry}`"
        url = f"{_GUIDE}blocking-unblocking-s3-c-encryption-gpb.html"
        blocker("PG-S022", f"`{destination.entry}` blocks SSE-C, the source holds such objects", place, hint, url)


def _check_replica_key(entry: Entry, rule: Rule, source: Bucket, scope: Scope) -> None:
    given = "replica_key" if entry.given("replica_key") else "destination"
    problem, place, key, destination = scope.reader.problem, entry.at(given), rule.replica_key, rule.destination
    across = destination.account != source.account
    if key is None or key.type is KeyType.AWS_MANAGED:
        if across:
            message = "the AWS managed key `aws/s3` cannot be used across accounts"
            hint = "name a customer managed key of the destination's account in `replica_key`"
            scope.reader.blocker("PG-S023", message, place, hint, _ENCRYPTED)
        elif key is None:
            hint = "write `replica_key`, or give the destination bucket an encryption key"
            message = "objects under KMS are replicated only with a replica key"
            problem("PG-S023", message, place, hint, _ENCRYPTED)
        return
    if key.account != destination.account:
        problem("PG-S010", *_other_account(key, destination, place))
    elif destination.region not in key.regions:
        problem("PG-S009", *_other_region(key, destination, place))


def _other_account(key: Key, bucket: Bucket, place: Place) -> tuple[str, Place, str, str]:
    message = f"the key `{key.name}` is in account {key.account}, the bucket `{bucket.entry}` in {bucket.account}"
    hint = "use a customer managed key of the bucket's account"
    if key.type is KeyType.MULTI_REGION:
        hint = f"a multi-Region key never spans accounts; {hint}"
        return message, place, hint, _MULTI_REGION
    return message, place, hint, _ENCRYPTED


def _other_region(key: Key, bucket: Bucket, place: Place) -> tuple[str, Place, str, str]:
    regions = ", ".join(f"`{region}`" for region in key.regions)
    message = f"the key `{key.name}` does not exist in `{bucket.region}`, the Region of `{bucket.entry}`"
    hint = f"it exists in {regions}: name a key of that Region"
    if key.type is KeyType.MULTI_REGION:
        hint = f"it exists in {regions}: add `{bucket.region}` to its `replica_regions`"
    return message, place, hint, _ENCRYPTED


def check_bucket_key(entry: Entry, bucket: Bucket, scope: Scope) -> None:
    """Check a bucket's default encryption: the key's Region and account, and settings that contradict each other.

    Fact: S7, S21, S22, R50, M3
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    encryption, problem = bucket.encryption, scope.reader.problem
    block = entry.entry("encryption")
    key = encryption.key
    if encryption.sse is Sse.SSE_S3:
        if key is not None:
            hint = "write `sse: aws:kms`, or leave `key` out"
            problem("PG-S024", "SSE-S3 (`AES256`) takes no KMS key", block.at("key"), hint)
        if encryption.enforce.value != "none":
            hint = "`enforce` asks for SSE-KMS: write `sse: aws:kms`"
            problem("PG-S024", f"`enforce: {encryption.enforce.value}` needs SSE-KMS", block.at("enforce"), hint)
        return
    if encryption.enforce.value in ("key-required", "header-optional") and key is None:
        hint = "name the key that uploads must use"
        problem("PG-S024", f"`enforce: {encryption.enforce.value}` needs `key`", block.at("enforce"), hint)
    if encryption.sse is Sse.DSSE_KMS and encryption.bucket_key is not BucketKey.OFF:
        url = f"{_GUIDE}bucket-key.html"
        problem("PG-S024", "DSSE-KMS never uses S3 Bucket Keys", block.at("bucket_key"), "leave it at `false`", url)
    if key is None:
        return
    if key.account != bucket.account:
        problem("PG-S010", *_other_account(key, bucket, block.at("key")))
    elif bucket.region not in key.regions:
        problem("PG-S009", *_other_region(key, bucket, block.at("key")))


def _check_rules(entry: Entry, rules: list[tuple[Entry, Rule]], scope: Scope) -> None:
    problem = scope.reader.problem
    url = f"{_GUIDE}replication-add-config.html"
    if entry.given("rules") and not entry.items("rules"):
        problem("PG-S004", "`rules` needs at least one rule", entry.at("rules"))
    if len(rules) > _MOST_RULES:
        message = f"{len(rules):,} rules, at most {_MOST_RULES:,} are possible"
        problem("PG-S015", message, entry.at("rules"), None, url)
    ids: set[str] = set()
    for number, (item, rule) in enumerate(rules):
        if rule.id in ids:
            problem("PG-S015", f"two rules are called `{rule.id}`", item.at("id"), "rule ids are unique", url)
        ids.add(rule.id)
        for _, other in rules[:number]:
            if other.destination != rule.destination:
                continue
            if (other.prefix, set(other.tags)) == (rule.prefix, set(rule.tags)):
                message = f"`{other.id}` and `{rule.id}` cover the same objects for the same destination"
                problem("PG-S015", message, item.place, "take one of them away", url)
            elif other.priority == rule.priority:
                message = f"`{other.id}` and `{rule.id}` have the same priority and destination"
                hint = "the higher priority wins where both match: give them different ones"
                problem("PG-S015", message, item.at("priority"), hint, url)


def _check_source(entry: Entry, source: Bucket, scope: Scope) -> None:
    if source.versioning is not Versioning.ENABLED:
        hint = f"write `versioning: enabled` for `{source.entry}`"
        message = f"versioning is not enabled on `{source.entry}`"
        scope.reader.blocker("PG-S017", message, entry.at("source"), hint, _REQUIREMENTS)


def check_uniqueness(entries: list[tuple[Entry, Replication]], scope: Scope) -> None:
    """Check that no source has two configurations and no account two roles of one name."""
    sources: dict[str, str] = {}
    roles: dict[tuple[str, str], str] = {}
    for entry, replication in entries:
        first = sources.setdefault(replication.source.entry, replication.name)
        if first != replication.name:
            message = f"`{replication.source.entry}` is the source of `{first}` already"
            hint = "a bucket has one replication configuration: put all rules in one entry"
            scope.reader.problem("PG-S014", message, entry.at("source"), hint)
        blocks = [(entry, replication.role)]
        if replication.batch is not None:
            blocks.append((entry.entry("batch"), replication.batch.role))
        for block, role in blocks:
            key = (role.account, role.name.lower())
            owner = f"{replication.name}" if role is replication.role else f"{replication.name}.batch"
            first = roles.setdefault(key, owner)
            if first != owner:
                message = f"the role `{role.name}` belongs to `{first}` already"
                hint = "each entry, and each batch job, has a role of its own"
                scope.reader.problem("PG-S014", message, block.entry("role").at("name"), hint)
