"""Replication entries: from entries to the model with their roles and batch jobs, and the checks that concern them."""

from __future__ import annotations

from policygen.aws.arns import is_account_id, parse_arn
from policygen.fields.read import Entry
from policygen.spec.covered import Covered
from policygen.spec.kinds import (
    KMS,
    MADE_BY,
    Enforce,
    ExistingObjects,
    KeyType,
    ObjectOwnership,
    SourceObjects,
    Sse,
    Versioning,
)
from policygen.spec.model import Batch, Bucket, Key, Replication, Role, Rule
from policygen.spec.resolve import check_reach
from policygen.spec.scope import Scope

_MOST_RULES = 1000
_API = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_REQUIREMENTS = f"{_GUIDE}replication-requirements.html"
_ENCRYPTED = f"{_GUIDE}replication-config-for-kms-objects.html"
_BOUNDARIES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
_BATCH = f"{_GUIDE}s3-batch-replication-batch.html"


def resolve_replication(entry: Entry, scope: Scope) -> Replication | None:
    """Return the replication of one entry; None when it cannot stand."""
    source = scope.bucket(entry, "source")
    if source is None:
        for item in entry.items("rules"):
            scope.bucket(item, "destination")
        return None
    role = _role(entry["role"], source.account, scope)
    kinds = _source_objects(entry, source, scope)
    rules = []
    for number, item in enumerate(entry.items("rules"), 1):
        rule = _rule(item, number, source, kinds, scope)
        if rule is not None:
            _check_rule(item, rule, source, kinds, scope)
            rules.append((item, rule))
    _check_rules(entry, rules, scope)
    _check_versioning(source, entry, "source", scope)
    batch = _batch(entry, source, role, scope)
    keys = _source_keys(entry, source, kinds, scope)
    if role is None:
        return None
    return Replication(
        name=entry.name,
        source=source,
        role=role,
        rules=tuple(rule for _, rule in rules),
        source_objects=kinds,
        batch=batch,
        source_keys=keys,
        **entry.take("profile", "encryption_context", "existing_objects", "requests_per_second"),
    )


def _source_objects(entry: Entry, source: Bucket, scope: Scope) -> tuple[SourceObjects, ...]:
    """Return how source objects are encrypted; nothing while that is not known."""
    if "source_objects" in entry.places:
        return () if scope.unsure(entry, "source_objects") else tuple(dict.fromkeys(entry["source_objects"]))
    if scope.unsure(source, "encryption"):
        return ()
    more = (SourceObjects.SSE_KMS,) if "source_keys" in entry.places else ()
    return tuple(dict.fromkeys((MADE_BY[source.encryption.sse], *more)))


def _source_keys(entry: Entry, source: Bucket, kinds: tuple[SourceObjects, ...], scope: Scope) -> tuple[Key, ...]:
    """Return the customer managed keys that source objects may be encrypted under: those named, else the bucket's.

    Fact: R40, K26
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    if "source_keys" not in entry.places:
        key = source.encryption.key
        return (key,) if key is not None and key.type is not KeyType.AWS_MANAGED else ()
    found = []
    for value in entry.items("source_keys") if entry.given("source_keys") else ():
        key = scope.named_key(value.data, value.place)
        if key is None:
            continue
        if key.type is KeyType.AWS_MANAGED:
            hint = "S3 uses it without a right: name customer managed keys alone"
            scope.problem("PG-S035", f"`{key.name}` is an AWS managed key", value.place, hint, _ENCRYPTED)
        elif source.region not in key.regions:
            if key == source.encryption.key:  # it is told of there
                continue
            message = f"the key `{key.name}` does not exist in `{source.region}`, the Region of `{source.entry}`"
            hint = f"it exists in {', '.join(f'`{region}`' for region in key.regions)}: name a key of that Region"
            scope.problem("PG-S009", message, value.place, hint, _ENCRYPTED)
        else:
            found.append(key)
    if found and kinds and not KMS & set(kinds):
        hint = "write `source_objects: [sse-kms]` as well, or take the keys away"
        scope.problem("PG-S035", "no source object is under a KMS key", entry.at("source_keys"), hint, _ENCRYPTED)
    return tuple(dict.fromkeys(found))


def _rule(entry: Entry, number: int, source: Bucket, kinds: tuple[SourceObjects, ...], scope: Scope) -> Rule | None:
    destination = scope.bucket(entry, "destination")
    key = scope.key(entry, "replica_key")
    prefix = scope.prefix(entry)
    if destination is None or entry["id"] is None:
        return None
    if not entry.given("replica_key") and KMS & set(kinds):
        key = destination.encryption.key
    with_control, metrics = entry["replication_time_control"], entry["metrics"]
    return Rule(
        destination=destination,
        replica_key=key,
        covered=_covered(entry, prefix),
        priority=number if entry["priority"] is None else entry["priority"],
        enabled=entry["status"] == "enabled",
        metrics=with_control if metrics is None else metrics,
        owner_override=_owner_override(entry["owner_override"], source, destination),
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


def _check_rule(entry: Entry, rule: Rule, source: Bucket, kinds: tuple[SourceObjects, ...], scope: Scope) -> None:
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
    _check_destination(entry, rule, source, kinds, scope)
    if KMS & set(kinds):
        _check_replica_key(entry, rule, source, scope)


def _check_versioning(bucket: Bucket, entry: Entry, name: str, scope: Scope) -> None:
    if bucket.versioning is not Versioning.ENABLED and not scope.unsure(bucket, "versioning"):
        hint = f"write `versioning: enabled` for `{bucket.entry}`"
        message = f"versioning is not enabled on `{bucket.entry}`"
        scope.blocker("PG-S017", message, entry.at(name), hint, _REQUIREMENTS)


def _check_destination(
    entry: Entry, rule: Rule, source: Bucket, kinds: tuple[SourceObjects, ...], scope: Scope
) -> None:
    blocker, place, destination = scope.blocker, entry.at("destination"), rule.destination
    if destination == source:
        hint = "name another entry of `buckets`: S3 replicates from one bucket to another"
        scope.problem("PG-S016", f"`{destination.entry}` is the source itself", place, hint, _REQUIREMENTS)
        return
    _check_versioning(destination, entry, "destination", scope)
    if source.object_lock and not destination.object_lock and not scope.unsure(destination, "object_lock"):
        hint = f"the source has Object Lock: write `object_lock: true` for `{destination.entry}`"
        blocker("PG-S018", f"`{destination.entry}` has no Object Lock", place, hint, _REQUIREMENTS)
    if destination.requester_pays and destination.account != source.account:
        message = f"`{destination.entry}` is Requester Pays and in another account"
        hint = f"write `requester_pays: false` for `{destination.entry}`, or take a destination of the source's account"
        blocker("PG-S019", message, place, hint, _REQUIREMENTS)
    blocked = "sse-c" in destination.blocked_encryption_types
    if SourceObjects.SSE_C in kinds and blocked and not scope.unsure(destination, "blocked_encryption_types"):
        hint = f"write `blocked_encryption_types: []` for `{destination.entry}`"
        url = f"{_GUIDE}blocking-unblocking-s3-c-encryption-gpb.html"
        blocker("PG-S022", f"`{destination.entry}` blocks SSE-C, the source holds such objects", place, hint, url)


def _check_replica_key(entry: Entry, rule: Rule, source: Bucket, scope: Scope) -> None:
    given = "replica_key" if entry.given("replica_key") else "destination"
    problem, place, key, destination = scope.problem, entry.at(given), rule.replica_key, rule.destination
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


def _names_a_key(entry: Entry, destination: Bucket, scope: Scope) -> bool:
    """Tell whether a key is named that does not stand: its own problems are noted."""
    return "replica_key" in entry.places or "key" in scope.entry(destination)["encryption"].places


def _check_rules(entry: Entry, rules: list[tuple[Entry, Rule]], scope: Scope) -> None:
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


def _role(entry: Entry, account: str, scope: Scope, *, trust: bool = True) -> Role | None:
    """Return the role of one block; None when it has no name.

    Args:
        entry: The block.
        account: The account that the role is in.
        scope: The spec's names.
        trust: Whether the block is the replication role's: with conditions of the trust policy, and statements.
    """
    boundary = _boundary(entry, account, scope)
    if entry["name"] is None:
        return None
    asked = entry["trust"].take("source_account", "source_arn") if trust else {}
    return Role(
        partition=scope.partition,
        account=account,
        permissions_boundary=boundary,
        statements=scope.statements(entry, principal=False) if trust else (),
        **entry.take("name", "path"),
        **{f"trust_{name}": value for name, value in asked.items()},
    )


def _boundary(entry: Entry, account: str, scope: Scope) -> str | None:
    """A boundary is one managed policy, AWS's or one of the role's account (E24)."""
    text: str | None = entry["permissions_boundary"]
    if text is None or not is_account_id(account):
        return None
    arn, place = parse_arn(text), entry.at("permissions_boundary")
    owners = ("aws", account)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("policy/") or arn.account not in owners:
        hint = f"a boundary is a managed policy: `arn:{scope.partition}:iam::{account}:policy/NAME`"
        message = f"`{text}` is not a valid permissions boundary of this role"
        scope.problem("PG-S006", message, place, hint, _BOUNDARIES)
        return None
    return scope.of_partition(text, place)


def _batch(entry: Entry, source: Bucket, own: Role | None, scope: Scope) -> Batch | None:
    """Return the batch job of a replication entry; None when existing objects need none.

    Fact: R90, R91, R92
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
    """
    if entry["existing_objects"] is not ExistingObjects.BATCH_REPLICATION:
        return None
    if entry.broken("batch"):
        return None
    if not entry.given("batch"):
        hint = "write `batch: {role: {name: …}, manifest_bucket: …}`"
        message = "`existing_objects: batch-replication` needs `batch`"
        scope.problem("PG-S026", message, entry.at("existing_objects"), hint, _BATCH)
        return None
    block = entry["batch"]
    role = _job_role(block["role"], source.account, own, scope)
    manifest = scope.bucket(block, "manifest_bucket")
    report = scope.bucket(block, "report_bucket") if block.given("report_bucket") else manifest
    prefix = scope.prefix(block, "report_prefix")
    if manifest is not None and manifest.region != source.region:
        message = f"the manifest bucket `{manifest.entry}` is in `{manifest.region}`, the source in `{source.region}`"
        hint = "S3 stores a generated manifest in the source's Region"
        scope.problem("PG-S026", message, block.at("manifest_bucket"), hint, _BATCH)
    if role is None or manifest is None or report is None:
        return None
    _check_headers(block, manifest, report, scope)
    return Batch(
        role=role,
        manifest_bucket=manifest,
        report_bucket=report,
        report_prefix=prefix,
        object_statuses=tuple(dict.fromkeys(block["object_statuses"])),
    )


def _job_role(entry: Entry, account: str, own: Role | None, scope: Scope) -> Role | None:
    """Return the role of a batch job: the replication's own where it is named, and nothing else is said of it (R10)."""
    if own is None or entry["name"] != own.name:
        return _role(entry, account, scope, trust=False)
    for name in ("path", "permissions_boundary"):
        if entry.given(name) and entry[name] != getattr(own, name):
            message = f"the role `{own.name}` is the replication's own, and has another `{name}`"
            hint = f"take `{name}` away here, or give the job a role of another name"
            scope.problem("PG-S014", message, entry.at(name), hint)
    return own


def _check_headers(block: Entry, manifest: Bucket, report: Bucket, scope: Scope) -> None:
    """A bucket that asks uploads for an encryption header takes no report, and a manifest only under a named key.

    Unspecified: AWS does not say which headers S3 Batch Operations sends. A job names the encryption of its manifest,
    never of its report, so none is expected with a report.
    """
    nameable = manifest.encryption.sse is Sse.SSE_KMS and manifest.encryption.key is not None
    for name, bucket, refused in (("manifest_bucket", manifest, not nameable), ("report_bucket", report, True)):
        if refused and bucket.encryption.enforce in (Enforce.HEADER_REQUIRED, Enforce.KEY_REQUIRED):
            message = f"`{bucket.entry}` asks uploads for an encryption header, which a batch job does not send there"
            hint = "take another bucket, or write `enforce: header-optional`"
            scope.problem("PG-S026", message, block.at(name), hint, _BATCH)


def check_uniqueness(entries: list[tuple[Entry, Replication]], scope: Scope) -> None:
    """Check that no source has two configurations and no account two roles of one name."""
    sources: dict[str, str] = {}
    roles: dict[tuple[str, str], str] = {}
    for entry, replication in entries:
        first = sources.setdefault(replication.source.entry, replication.name)
        if first != replication.name:
            message = f"`{replication.source.entry}` is the source of `{first}` already"
            hint = "a bucket has one replication configuration: put all rules in one entry"
            scope.problem("PG-S014", message, entry.at("source"), hint)
        for block, role in zip((entry, entry["batch"]), replication.roles, strict=False):
            owner = replication.name if role is replication.role else f"{replication.name}.batch"
            first = roles.setdefault((role.account, role.name.lower()), owner)
            if first != owner:
                message = f"the role `{role.name}` belongs to `{first}` already"
                hint = "each entry has a role of its own; a batch job may share that of its entry"
                scope.problem("PG-S014", message, block["role"].at("name"), hint)
