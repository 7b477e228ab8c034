"""What an S3 Batch Replication job asks for, and what its role must not do.

Derived from the spec alone: the job starts replication, has its manifest made, reads it and writes a report. The
copying is the replication role's (R91).

Fact: R10, R90, R91, R92, R93
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policygen.request import Principal
from policygen.spec.kinds import Sse
from policygen.spec.model import Batch, Bucket, Replication, Spec
from policygen.verification.requests.context import (
    TLS,
    base_context,
    encryption_contexts,
    encryption_headers,
    key_arn_of,
    kms_context,
    wanted_context,
)
from policygen.verification.requests.denied import denied_to_role, kms_context_of, other_principals
from policygen.verification.requests.model import (
    DerivedRequest,
    Purpose,
    derived,
    named,
    without_service,
)
from policygen.verification.requests.others import EXAMPLE, MANIFEST, REPORT, session_of

_SERVICE = "batchoperations.s3.amazonaws.com"
_UNASKED_SOURCE = ("s3:GetObject", "s3:GetObjectVersionForReplication", "s3:PutObject", "s3:DeleteObject")
_UNASKED_BUCKET = ("s3:PutBucketPolicy", "s3:PutReplicationConfiguration")
_UNASKED_KEY = ("kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One batch job and the spec it stands in."""

    spec: Spec
    replication: Replication
    batch: Batch

    @property
    def caller(self) -> Principal:
        """The session in which S3 Batch Operations works; its name is not documented, and no policy needs it."""
        return session_of(self.batch.role, "s3-batch-operations")

    @property
    def folder(self) -> str:
        """The prefix of reports with one slash at its end: S3 puts ``job-<id>/`` behind it; empty without one."""
        folder = self.batch.report_prefix.rstrip("/")
        return f"{folder}/" if folder else ""


def job_requests(job: Job) -> Iterator[DerivedRequest]:
    """Yield every request of one job: what must be allowed, each with one thing wrong, and what nobody asked for."""
    yield from _assume_role(job)
    asked = [*_object_work(job), *_key_work(job)]
    for bucket, each in asked:
        yield each
        of_report = bucket != job.batch.manifest_bucket and each.purpose in (Purpose.BATCH_REPORT, Purpose.BATCH_KEY)
        yield from denied_to_role(job.spec, each, bucket, (job.folder if of_report else "",))
    yield from _unasked(job, asked)


def _of_job(
    job: Job, purpose: Purpose, action: str, bucket: Bucket, resource: str, name: str, context: Any, **more: Any
) -> DerivedRequest:
    return derived(
        purpose,
        id=f"{job.replication.name}/batch/{name}",
        principal=job.caller,
        action=action,
        resource=resource,
        account=bucket.account,
        context=base_context(job.spec) | context,
        **more,
    )


def _assume_role(job: Job) -> Iterator[DerivedRequest]:
    role = job.batch.role
    asked = derived(
        Purpose.BATCH_ASSUME_ROLE,
        id=f"{job.replication.name}/batch/AssumeRole",
        title=f"{Purpose.BATCH_ASSUME_ROLE.value} ({role.name})",
        principal=_SERVICE,
        action="sts:AssumeRole",
        resource=role.arn,
        account=role.account,
        context={TLS: "true"},
        facts=("R10",),
    )
    yield asked
    yield asked.refused("other-service", "by S3 itself", "Principal", principal="s3.amazonaws.com")
    yield from other_principals(job.spec, asked)


def _object_work(job: Job) -> Iterator[tuple[Bucket, DerivedRequest]]:
    source, batch = job.replication.source, job.batch
    manifest, report = batch.manifest_bucket, batch.report_bucket
    listed = manifest.object_arn(MANIFEST)
    for bucket, purpose, action, resource in (
        (source, Purpose.BATCH_SOURCE, "s3:InitiateReplication", source.object_arn(EXAMPLE)),
        (source, Purpose.BATCH_SOURCE, "s3:GetReplicationConfiguration", source.arn),
        (source, Purpose.BATCH_SOURCE, "s3:PutInventoryConfiguration", source.arn),
        (manifest, Purpose.BATCH_MANIFEST, "s3:PutObject", listed),
        (manifest, Purpose.BATCH_MANIFEST, "s3:GetObject", listed),
        (manifest, Purpose.BATCH_MANIFEST, "s3:GetObjectVersion", listed),
        (report, Purpose.BATCH_REPORT, "s3:PutObject", report.object_arn(f"{job.folder}{REPORT}")),
    ):
        name = f"{purpose.name.lower().removeprefix('batch_')}-{without_service(action)}"
        context = wanted_context(job.spec, bucket, endpoint=False)
        if purpose is Purpose.BATCH_MANIFEST and action == "s3:PutObject":
            context |= _manifest_headers(bucket)
        yield bucket, _of_job(job, purpose, action, bucket, resource, name, context, facts=("R90",))


def _manifest_headers(bucket: Bucket) -> dict[str, Any]:
    """Return the encryption headers of a manifest, where the job can name its encryption; else the default counts.

    Unspecified: AWS does not say which headers S3 Batch Operations sends.
    """
    sse, key = bucket.encryption.sse, key_arn_of(bucket)
    named = sse is Sse.SSE_S3 or (sse is Sse.SSE_KMS and key is not None)
    return encryption_headers(sse, key) if named else {}


def _key_work(job: Job) -> Iterator[tuple[Bucket, DerivedRequest]]:
    """A manifest or report under a customer managed key takes Decrypt and GenerateDataKey (R93)."""
    objects = ((job.batch.manifest_bucket, MANIFEST), (job.batch.report_bucket, f"{job.folder}{REPORT}"))
    for bucket, object_key in objects:
        key = key_arn_of(bucket)
        for action in ("kms:Decrypt", "kms:GenerateDataKey") if key is not None else ():
            for each in encryption_contexts(bucket, object_key):
                name = f"{bucket.entry}-{without_service(action)}-{'bucket' if each == bucket.arn else object_key}"
                row = (Purpose.BATCH_KEY, action, bucket, key or "", name, kms_context(bucket, each))
                yield bucket, _of_job(job, *row, facts=("R93", "R45"))


def _unasked(job: Job, asked: list[tuple[Bucket, DerivedRequest]]) -> Iterator[DerivedRequest]:
    """Actions of the job's role that a job never needs: the copying is not its work (R91)."""
    source = job.replication.source
    rows: list[tuple[str, Bucket, str, dict[str, Any]]]
    rows = [(action, source, source.object_arn(EXAMPLE), {}) for action in _UNASKED_SOURCE]
    rows += [(action, source, source.arn, {}) for action in _UNASKED_BUCKET]
    for rule in job.replication.applied_rules:
        replica = rule.destination
        rows += [("s3:ReplicateObject", replica, replica.object_arn(f"{rule.prefix}{EXAMPLE}"), {})]
    for bucket, each in asked:
        if each.purpose is Purpose.BATCH_KEY:
            rows += [(action, bucket, each.request.resource, kms_context_of(each)) for action in _UNASKED_KEY]
    known = {(each.request.action, each.request.resource) for _, each in asked}
    used = (job.batch.manifest_bucket, job.batch.report_bucket)
    for action, bucket, resource, context in rows:
        # a manifest or report that lies in the source itself lets the job write and read there
        if (action, resource) in known or (bucket in used and action in ("s3:GetObject", "s3:PutObject")):
            continue
        title, name = (
            f"the job's role has no {action} on {named(resource)}",
            f"{bucket.entry}/{without_service(action)}",
        )
        row = (Purpose.BATCH_SOURCE, action, bucket, resource, f"unasked/{name}", context)
        yield _of_job(job, *row, title=title, must_allow=False, wrong="Action", facts=("R90", "R91"))
