"""The rules of a replication entry: from entries to the model, and what they mean together.

Fact: R1, R3, R4, R36, R57, R60, R62, R63, R64, R66, R68, R83, R104, M3, N1, N2
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policygen.errors import Place
from policygen.fields.read import Entry
from policygen.spec.covered import Covered
from policygen.spec.kinds import KMS, SOURCE_MULTI_REGION, KeyType, ObjectOwnership, SourceObjects, Sse, Versioning
from policygen.spec.model import Bucket, Key, Rule
from policygen.spec.resolve import MULTI_REGION, check_reach, check_region
from policygen.spec.scope import Scope

_MOST_RULES = 1000
_API = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_REQUIREMENTS = f"{_GUIDE}replication-requirements.html"
_ENCRYPTED = f"{_GUIDE}replication-config-for-kms-objects.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a replication entry replicates from.

    Attributes:
        bucket: The source bucket.
        kinds: How its objects are encrypted; empty while that is not known.
        keys: The customer managed keys that they may be encrypted under.
    """

    bucket: Bucket
    kinds: tuple[SourceObjects, ...]
    keys: tuple[Key, ...]

    @property
    def kms(self) -> bool:
        """Whether some objects are under a KMS key."""
        return not KMS.isdisjoint(self.kinds)


def resolve_rules(entry: Entry, source: Source, scope: Scope) -> tuple[Rule, ...]:
    """Return the rules of one replication entry that stand."""
    rules = []
    for number, item in enumerate(entry.items("rules"), 1):
        rule = _rule(item, number, source, scope)
        if rule is not None:
            _check_rule(item, rule, source, scope)
            rules.append((item, rule))
    _check_together(entry, rules, scope)
    return tuple(rule for _, rule in rules)


def _rule(entry: Entry, number: int, source: Source, scope: Scope) -> Rule | None:
    destination = scope.bucket(entry, "destination")
    by_source = entry["replica_key"] == SOURCE_MULTI_REGION
    key = None if by_source else scope.key(entry, "replica_key", (SOURCE_MULTI_REGION,))
    prefix = scope.prefix(entry)
    if destination is None or entry["id"] is None:
        return None
    if not entry.given("replica_key") and source.kms:
        key = destination.encryption.key
    keys = (key,) if key is not None else ()
    with_control, metrics = entry["replication_time_control"], entry["metrics"]
    return Rule(
        destination=destination,
        replica_keys=related_keys(source.keys, destination) if by_source else keys,
        by_source_key=by_source,
        covered=_covered(entry, prefix),
        priority=number if entry["priority"] is None else entry["priority"],
        enabled=entry["status"] == "enabled",
        metrics=with_control if metrics is None else metrics,
        owner_override=_owner_override(entry["owner_override"], source.bucket, destination),
        **entry.take("id", "delete_markers", "replicate_tags", "replicate_annotations"),
        **entry.take("replica_modifications", "storage_class"),
        replication_time_control=with_control,
    )


def _covered(entry: Entry, prefix: str) -> Covered:
    exclude = entry["exclude"]
    return Covered(
        prefix=prefix,
        tags=tuple(entry["tags"].items()),
        excluded_prefixes=tuple(dict.fromkeys(exclude["prefixes"])),
        excluded_tags=tuple(exclude["tags"].items()),
    )


def _check_covered(entry: Entry, covered: Covered, scope: Scope) -> None:
    """Check what a rule leaves out: some of its objects, and not all.

    Fact: N2, R104
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
    """
    place, url = entry.at("exclude"), f"{_API}API_ReplicationRuleFilter.html"
    for each in entry["exclude"].items("prefixes"):
        scope.check_length(each.data, each.place)
    if covered.is_empty:
        message = f"the rule `{entry['id']}` leaves out every object that it covers"
        hint = "leave out a part of them, or write `status: disabled`"
        scope.problem("PG-S036", message, place, hint, url)
        return
    for text in covered.idle_exclusions():
        message = f"the rule `{entry['id']}` leaves out `{text}`, which it does not cover"
        scope.warning("PG-S036", message, place, "take it away, or is it mistyped?", url)


def _owner_override(given: str, source: Bucket, destination: Bucket) -> bool:
    """``auto``: when the accounts differ and the destination's ACLs are not off anyway.

    Fact: R36
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html
    """
    if given != "auto":
        return given == "true"
    enforced = destination.object_ownership is ObjectOwnership.BUCKET_OWNER_ENFORCED
    return source.account != destination.account and not enforced


def _check_rule(entry: Entry, rule: Rule, source: Source, scope: Scope) -> None:
    if rule.delete_markers and rule.covered.names_tags:
        hint = "a rule with a tag filter cannot replicate delete markers"
        url = f"{_API}API_DeleteMarkerReplication.html"
        tags = "tags" if rule.covered.tags else "exclude.tags"
        message = f"`delete_markers` and `{tags}` exclude each other"
        scope.problem("PG-S020", message, entry.at("delete_markers"), hint, url)
    if rule.replication_time_control and not rule.metrics:
        url = f"{_GUIDE}replication-time-control.html"
        message = "replication time control needs metrics"
        scope.problem("PG-S021", message, entry.at("metrics"), "write `metrics: true`", url)
    _check_covered(entry, rule.covered, scope)
    _check_destination(entry, rule, source, scope)
    if rule.by_source_key:
        _check_source_key(entry, rule.destination, source, scope)
    elif source.kms:
        _check_replica_key(entry, rule, source.bucket, scope)


def check_versioning(bucket: Bucket, entry: Entry, name: str, scope: Scope) -> None:
    """Note a bucket without versioning, at the field that names it (R1)."""
    if bucket.versioning is not Versioning.ENABLED and not scope.unsure(bucket, "versioning"):
        hint = f"write `versioning: enabled` for `{bucket.entry}`"
        message = f"versioning is not enabled on `{bucket.entry}`"
        scope.blocker("PG-S017", message, entry.at(name), hint, _REQUIREMENTS)


def _check_destination(entry: Entry, rule: Rule, origin: Source, scope: Scope) -> None:
    blocker, place, destination, source = scope.blocker, entry.at("destination"), rule.destination, origin.bucket
    if destination == source:
        hint = "name another entry of `buckets`: S3 replicates from one bucket to another"
        scope.problem("PG-S016", f"`{destination.entry}` is the source itself", place, hint, _REQUIREMENTS)
        return
    check_versioning(destination, entry, "destination", scope)
    if source.object_lock and not destination.object_lock and not scope.unsure(destination, "object_lock"):
        hint = f"the source has Object Lock: write `object_lock: true` for `{destination.entry}`"
        blocker("PG-S018", f"`{destination.entry}` has no Object Lock", place, hint, _REQUIREMENTS)
    if destination.requester_pays and destination.account != source.account:
        message = f"`{destination.entry}` is Requester Pays and in another account"
        hint = f"write `requester_pays: false` for `{destination.entry}`, or take a destination of the source's account"
        blocker("PG-S019", message, place, hint, _REQUIREMENTS)
    blocked = "sse-c" in destination.blocked_encryption_types
    if SourceObjects.SSE_C in origin.kinds and blocked and not scope.unsure(destination, "blocked_encryption_types"):
        hint = f"write `blocked_encryption_types: []` for `{destination.entry}`"
        url = f"{_GUIDE}blocking-unblocking-s3-c-encryption-gpb.html"
        blocker("PG-S022", f"`{destination.entry}` blocks SSE-C, the source holds such objects", place, hint, url)


def _check_replica_key(entry: Entry, rule: Rule, source: Bucket, scope: Scope) -> None:
    given = "replica_key" if entry.given("replica_key") else "destination"
    problem, place, destination = scope.problem, entry.at(given), rule.destination
    key = rule.replica_keys[0] if rule.replica_keys else None
    across = destination.account != source.account
    if scope.unsure(destination, "encryption") or (key is None and _names_a_key(entry, destination, scope)):
        return
    if key is None or key.type is KeyType.AWS_MANAGED:
        if across:
            message = "the AWS managed key `aws/s3` cannot be used across accounts"
            hint = "name a customer managed key of the destination's account in `replica_key`"
            scope.blocker("PG-S023", message, place, hint, _ENCRYPTED)
        elif key is None:
            hint = "write `replica_key`, or give the destination bucket an encryption key"
            message = "objects under KMS are replicated only with a replica key"
            problem("PG-S023", message, place, hint, _ENCRYPTED)
        return
    if given == "replica_key":  # the bucket's own key is checked with the bucket
        check_reach(key, destination, place, scope)


def related_keys(keys: Iterable[Key], destination: Bucket) -> tuple[Key, ...]:
    """Return the source's keys with a related key where replicas are encrypted: multi-Region keys, there too (M2)."""
    return tuple(each for each in keys if each.type is KeyType.MULTI_REGION and destination.region in each.regions)


def _check_source_key(entry: Entry, destination: Bucket, source: Source, scope: Scope) -> None:
    """Check that replicas can take the related key of the source object's own.

    Unspecified: AWS says nothing of a destination in another account, nor what S3 does where there is no related key.
    All of it is refused.

    Fact: N1, M1, M2, M3
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
    """
    place, url, words = entry.at("replica_key"), f"{_API}API_EncryptionConfiguration.html", f"`{SOURCE_MULTI_REGION}`"
    if SOURCE_MULTI_REGION in scope.declared["keys"]:
        hint = "give that key another name: here the word stands for the source objects' own key"
        scope.problem("PG-S037", f"{words} is the name of a key as well", place, hint)
    if source.kinds and not source.kms:
        hint = "write `source_objects: [sse-kms]` as well, or take `replica_key` away"
        scope.problem("PG-S037", f"{words} needs objects under a KMS key: the source has none", place, hint, url)
    elif destination.account != source.bucket.account:
        message = f"{words} is for one account, `{destination.entry}` is in {destination.account}"
        hint = "name a customer managed key of that account: AWS does not say that this works across accounts"
        scope.problem("PG-S037", message, place, hint, url)
    elif source.kms:
        _check_related_keys(place, destination, source, scope)


def _check_related_keys(place: Place, destination: Bucket, source: Source, scope: Scope) -> None:
    words, multi = f"`{SOURCE_MULTI_REGION}`", "create a multi-Region key for the source: a key stays what it is"
    entry = scope.entry(source.bucket)
    if not source.keys and not scope.unsure(entry, "encryption"):
        managed = source.bucket.encryption.sse is not Sse.SSE_S3
        under = "are under `aws/s3`, a single-Region key" if managed else "are under keys that the spec does not name"
        hint = multi if managed else "name them in `source_keys`"
        message = f"{words} needs a multi-Region key: objects of `{source.bucket.entry}` {under}"
        scope.blocker("PG-S037", message, place, hint, MULTI_REGION)
    for key in source.keys:
        if key.type is not KeyType.MULTI_REGION:
            message = f"{words} needs a multi-Region key: `{key.name}` is {key.type.in_words} key"
            scope.blocker("PG-S037", message, place, multi, MULTI_REGION)
        elif key.account != destination.account:
            check_reach(key, destination, place, scope)
        else:
            check_region(key, destination, place, scope, scope.blocker)


def _names_a_key(entry: Entry, destination: Bucket, scope: Scope) -> bool:
    """Tell whether a key is named that does not stand: its own problems are noted."""
    return "replica_key" in entry.places or "key" in scope.entry(destination)["encryption"].places


def _check_together(entry: Entry, rules: list[tuple[Entry, Rule]], scope: Scope) -> None:
    problem = scope.problem
    url = f"{_GUIDE}replication-add-config.html"
    if entry.given("rules") and not entry["rules"]:
        hint = "write `rules: [{id: west, destination: replica}]`"
        problem("PG-S004", "`rules` needs at least one rule", entry.at("rules"), hint)
    if len(rules) > _MOST_RULES:
        message = f"{len(rules):,} rules, at most {_MOST_RULES:,} are possible"
        hint = "join rules: one with a shorter prefix covers what several do"
        problem("PG-S015", message, entry.at("rules"), hint, url)
    ids: set[str] = set()
    for number, (item, rule) in enumerate(rules):
        if rule.id in ids:
            problem("PG-S015", f"two rules are called `{rule.id}`", item.at("id"), "rule ids are unique", url)
        ids.add(rule.id)
        for _, other in rules[:number]:
            if other.destination != rule.destination:
                continue
            if other.covered.same_as(rule.covered):
                message = f"`{other.id}` and `{rule.id}` cover the same objects for the same destination"
                problem("PG-S015", message, item.place, "take one of them away", url)
            elif other.priority == rule.priority and not scope.unsure(item, "priority"):
                message = f"`{other.id}` and `{rule.id}` have the same priority and destination"
                hint = "the higher priority wins where both match: give them different ones"
                problem("PG-S015", message, item.at("priority"), hint, url)
