"""The roles that S3 assumes: the replication role's block, and the batch job with the role of its own."""

from __future__ import annotations

from policygen.aws.arns import parse_arn
from policygen.fields.read import Entry
from policygen.spec.kinds import Enforce, ExistingObjects, Sse
from policygen.spec.model import Batch, Bucket, Role
from policygen.spec.scope import Scope

_BOUNDARIES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
_BATCH = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html"


def resolve_role(entry: Entry, account: str, scope: Scope, *, trust: bool = True) -> Role | None:
    """Return the role of one block; None when it has no name.

    Args:
        entry: The block.
        account: The account that the role is in.
        scope: The spec's names.
        trust: Whether the block has conditions of the trust policy.
    """
    boundary = _boundary(entry, account, scope)
    if entry["name"] is None:
        return None
    asked = entry["trust"].take("source_account", "source_arn") if trust else {}
    return Role(
        partition=scope.partition,
        account=account,
        permissions_boundary=boundary,
        **entry.take("name", "path"),
        **{f"trust_{name}": value for name, value in asked.items()},
    )


def _boundary(entry: Entry, account: str, scope: Scope) -> str | None:
    """A boundary is one managed policy, AWS's or one of the role's account (E24)."""
    text: str | None = entry["permissions_boundary"]
    if text is None:
        return None
    arn, place = parse_arn(text), entry.at("permissions_boundary")
    owners = ("aws", account)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("policy/") or arn.account not in owners:
        hint = f"a boundary is a managed policy: `arn:{scope.partition}:iam::{account}:policy/NAME`"
        message = f"`{text}` is not a valid permissions boundary of this role"
        scope.problem("PG-S006", message, place, hint, _BOUNDARIES)
        return None
    return scope.of_partition(text, place)


def resolve_batch(entry: Entry, source: Bucket, scope: Scope) -> Batch | None:
    """Return the batch job of a replication entry; None when existing objects need none.

    Fact: R90, R91, R92
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
    """
    if entry["existing_objects"] is not ExistingObjects.BATCH_REPLICATION:
        return None
    if not entry.given("batch"):
        hint = "write `batch: {role: {name: …}, manifest_bucket: …}`"
        message = "`existing_objects: batch-replication` needs `batch`"
        scope.problem("PG-S026", message, entry.at("existing_objects"), hint, _BATCH)
        return None
    block = entry["batch"]
    role = resolve_role(block["role"], source.account, scope, trust=False)
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
