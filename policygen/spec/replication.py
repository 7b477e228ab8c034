"""Replication entries: from entries to the model with their roles and batch jobs, and the checks that concern them."""

from __future__ import annotations

from policygen.aws.arns import is_account_id, parse_arn
from policygen.fields.read import Entry
from policygen.spec.kinds import (
    KMS,
    MADE_BY,
    Enforce,
    ExistingObjects,
    KeyType,
    SourceObjects,
    Sse,
)
from policygen.spec.model import Batch, Bucket, Key, Replication, Role
from policygen.spec.rules import Source, check_versioning, resolve_rules
from policygen.spec.scope import Scope

_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
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
    keys = _source_keys(entry, source, kinds, scope)
    rules = resolve_rules(entry, Source(bucket=source, kinds=kinds, keys=keys), scope)
    check_versioning(source, entry, "source", scope)
    batch = _batch(entry, source, role, scope)
    if role is None:
        return None
    return Replication(
        name=entry.name,
        source=source,
        role=role,
        rules=rules,
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
