"""The roles that S3 assumes: the replication role's block, and the batch job with the role of its own."""

from __future__ import annotations

import re

from policygen.aws.arns import parse_arn
from policygen.spec.kinds import Enforce, ExistingObjects, Sse
from policygen.spec.model import Batch, Bucket, Role
from policygen.spec.read import Entry, Value
from policygen.spec.resolve import Scope, check_prefix

_ROLE_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}\Z")
_PATH = re.compile(r"/([!-~]*/)?\Z")
_MOST_PATH_CHARS = 512
_BOUNDARIES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
_BATCH = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html"


def resolve_role(entry: Entry, account: str, scope: Scope) -> Role | None:
    """Return the role of one block; None when it has no name."""
    name = entry.data("name")
    path = entry.data("path", "/")
    trust = entry.entry("trust")
    if name is not None and not _ROLE_NAME.match(name):
        hint = "1 to 64 letters, digits and + = , . @ _ -; the path is a field of its own"
        scope.reader.problem("PG-S006", f"`{name}` is no role name", entry.at("name"), hint)
    if not _PATH.match(path) or len(path) > _MOST_PATH_CHARS:
        hint = "a path begins and ends with `/`, for example `/service-role/`"
        scope.reader.problem("PG-S006", f"`{path}` is no path", entry.at("path"), hint)
    boundary = _boundary(entry, account, scope)
    if name is None:
        return None
    return Role(
        name=name,
        partition=scope.partition,
        account=account,
        path=path,
        permissions_boundary=boundary,
        trust_source_account=trust.data("source_account", default=False),
        trust_source_arn=trust.data("source_arn", default=False),
    )


def _boundary(entry: Entry, account: str, scope: Scope) -> str | None:
    """A boundary is one managed policy, AWS's or one of the role's account (E24)."""
    text = entry.data("permissions_boundary")
    if text is None:
        return None
    arn = parse_arn(text)
    owners = ("aws", account)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("policy/") or arn.account not in owners:
        hint = f"a boundary is a managed policy: `arn:{scope.partition}:iam::{account}:policy/NAME`"
        place = entry.at("permissions_boundary")
        scope.reader.problem("PG-S006", f"`{text}` is no permissions boundary of this role", place, hint, _BOUNDARIES)
        return None
    if arn.partition != scope.partition:
        message = f"`{text}` belongs to the partition `{arn.partition}`, the spec is for `{scope.partition}`"
        scope.reader.problem("PG-S008", message, entry.at("permissions_boundary"))
        return None
    return str(text)


def resolve_batch(
    entry: Entry, existing: ExistingObjects, source: Bucket, scope: Scope, buckets: dict[str, Bucket]
) -> Batch | None:
    """Return the batch job of a replication entry; None when existing objects need none.

    Fact: R90, R91, R92
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
    """
    if existing is not ExistingObjects.BATCH_REPLICATION:
        return None
    if not entry.given("batch"):
        hint = "write `batch: {role: {name: …}, manifest_bucket: …}`"
        message = "`existing_objects: batch-replication` needs `batch`"
        scope.reader.problem("PG-S026", message, entry.at("existing_objects"), hint, _BATCH)
        return None
    block = entry.entry("batch")
    role = resolve_role(block.entry("role"), source.account, scope)
    manifest = _bucket(block, "manifest_bucket", scope, buckets)
    report = _bucket(block, "report_bucket", scope, buckets) if block.given("report_bucket") else manifest
    prefix = block.data("report_prefix", "")
    check_prefix(prefix, block.at("report_prefix"), scope)
    if manifest is not None and manifest.region != source.region:
        message = f"the manifest bucket `{manifest.entry}` is in `{manifest.region}`, the source in `{source.region}`"
        hint = "S3 stores a generated manifest in the source's Region"
        scope.reader.problem("PG-S026", message, block.at("manifest_bucket"), hint, _BATCH)
    if role is None or manifest is None or report is None:
        return None
    _check_headers(block, manifest, report, scope)
    return Batch(
        role=role,
        manifest_bucket=manifest,
        report_bucket=report,
        report_prefix=prefix,
        object_statuses=_statuses(block),
    )


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
            scope.reader.problem("PG-S026", message, block.at(name), hint, _BATCH)


def _bucket(block: Entry, name: str, scope: Scope, buckets: dict[str, Bucket]) -> Bucket | None:
    given = block.data(name)
    return scope.named(given, buckets, "bucket", "buckets", block.at(name)) if given is not None else None


def _statuses(block: Entry) -> tuple[str, ...]:
    given = [each.data for each in block.items("object_statuses") if isinstance(each, Value)]
    return tuple(dict.fromkeys(given)) or ("NONE", "FAILED")
