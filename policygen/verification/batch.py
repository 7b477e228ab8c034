"""What an S3 Batch Replication job asks for, and what its role must not do.

Derived from the spec alone: the job starts replication, has its manifest made, reads it and writes a report. The
copying is the replication role's (R91).

Fact: R10, R90, R91, R92, R93
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from policygen.request import Principal, PrincipalKind, Request
from policygen.spec.kinds import Sse
from policygen.spec.model import Batch, Bucket, Replication, Spec
from policygen.verification.buckets import contexts_of
from policygen.verification.environment import other_bucket_arn
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import CONTEXT, SSE, SSE_KEY, VIA, base_context, key_arn_of, kms_context
from policygen.verification.wrong import (
    other_object_keys,
    wrong_kms_context,
    wrong_principals,
    wrong_transport,
)

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
        role = self.batch.role
        return Principal(
            kind=PrincipalKind.ROLE_SESSION,
            arn=f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/s3-batch-operations",
            partition=role.partition,
            account=role.account,
            role_arn=role.arn,
            session_name="s3-batch-operations",
        )

    @property
    def report_key(self) -> str:
        """The key of a report: S3 puts ``job-<id>/`` behind the prefix, with one slash between them."""
        folder = self.batch.report_prefix.rstrip("/")
        return f"{folder}/job-1/report.json" if folder else "job-1/report.json"

    @property
    def manifest_key(self) -> str:
        """The key of a generated manifest."""
        return "job-1/manifest.csv"


def jobs_of(spec: Spec) -> tuple[Job, ...]:
    """Return every batch job of a spec."""
    return tuple(
        Job(spec=spec, replication=replication, batch=replication.batch)
        for replication in spec.replication
        if replication.batch is not None
    )


def job_probes(job: Job) -> Iterator[Probe]:
    """Yield every probe of one job: what must be allowed, each with one thing wrong, and what nobody asked for."""
    yield from _assume_role(job)
    asked: list[Probe] = []
    for bucket, probe in _object_work(job):
        asked.append(probe)
        yield probe
        yield from _wrong_s3(job, bucket, probe)
    for bucket in dict.fromkeys((job.batch.manifest_bucket, job.batch.report_bucket)):
        for probe in _key_work(job, bucket):
            asked.append(probe)
            yield probe
            yield from _wrong_kms(job, bucket, probe)
    yield from _unasked(job, asked)


def _probe(job: Job, step: Step, action: str, resource: str, account: str, name: str, **more: Any) -> Probe:
    request = Request(
        principal=job.caller,
        action=action,
        resource=resource,
        resource_account=account,
        context=base_context(job.spec) | more.pop("context", {}),
    )
    return Probe(
        id=f"{job.replication.name}/batch/{name}",
        title=f"{step.value} ({action} on {resource.rpartition(':')[2]})",
        step=step,
        must_allow=True,
        request=request,
        **more,
    )


def _assume_role(job: Job) -> Iterator[Probe]:
    role = job.batch.role
    request = Request(
        principal=_SERVICE,
        action="sts:AssumeRole",
        resource=role.arn,
        resource_account=role.account,
        context={"aws:SecureTransport": "true"},
    )
    probe = Probe(
        id=f"{job.replication.name}/batch/AssumeRole",
        title=f"{Step.BATCH_ASSUME_ROLE.value} ({role.name})",
        step=Step.BATCH_ASSUME_ROLE,
        must_allow=True,
        request=request,
        facts=("R10",),
    )
    yield probe
    yield probe.refused("other-service", "by S3 itself", "Principal", principal="s3.amazonaws.com")
    yield from wrong_principals(job.spec, probe, role.account)


def _object_work(job: Job) -> Iterator[tuple[Bucket, Probe]]:
    source, batch = job.replication.source, job.batch
    manifest, report = batch.manifest_bucket, batch.report_bucket
    rows = (
        (source, Step.BATCH_SOURCE, "s3:InitiateReplication", source.object_arn("example.txt")),
        (source, Step.BATCH_SOURCE, "s3:GetReplicationConfiguration", source.arn),
        (source, Step.BATCH_SOURCE, "s3:PutInventoryConfiguration", source.arn),
        (manifest, Step.BATCH_MANIFEST, "s3:PutObject", manifest.object_arn(job.manifest_key)),
        (manifest, Step.BATCH_MANIFEST, "s3:GetObject", manifest.object_arn(job.manifest_key)),
        (manifest, Step.BATCH_MANIFEST, "s3:GetObjectVersion", manifest.object_arn(job.manifest_key)),
        (report, Step.BATCH_REPORT, "s3:PutObject", report.object_arn(job.report_key)),
    )
    for bucket, step, action, resource in rows:
        name = f"{step.name.lower().removeprefix('batch_')}-{action.partition(':')[2]}"
        context = {"s3:TlsVersion": bucket.minimum_tls_version} if bucket.minimum_tls_version else {}
        if step is Step.BATCH_MANIFEST and action == "s3:PutObject":
            context |= _manifest_headers(bucket)
        yield bucket, _probe(job, step, action, resource, bucket.account, name, context=context, facts=("R90",))


def _manifest_headers(bucket: Bucket) -> dict[str, Any]:
    """Return the encryption headers of a manifest, where the job can name its encryption; else the default counts.

    Unspecified: AWS does not say which headers S3 Batch Operations sends.
    """
    key = key_arn_of(bucket)
    if bucket.encryption.sse is Sse.SSE_KMS and key is not None:
        return {SSE: Sse.SSE_KMS.value, SSE_KEY: key}
    return {SSE: Sse.SSE_S3.value} if bucket.encryption.sse is Sse.SSE_S3 else {}


def _wrong_s3(job: Job, bucket: Bucket, probe: Probe) -> Iterator[Probe]:
    other = probe.request.resource.replace(bucket.arn, other_bucket_arn(bucket), 1)
    yield probe.refused("other-bucket", "on another bucket", "Resource", resource=other)
    if probe.step is Step.BATCH_REPORT and bucket != job.batch.manifest_bucket:
        folder = job.batch.report_prefix.rstrip("/")
        for key in other_object_keys((f"{folder}/" if folder else "",)):
            what = f"outside the prefix (`{key}`)"
            yield probe.refused("other-prefix", what, "Resource", resource=bucket.object_arn(key))
    yield from wrong_transport(probe, bucket)
    yield from wrong_principals(job.spec, probe, bucket.account)


def _key_work(job: Job, bucket: Bucket) -> Iterator[Probe]:
    """A manifest or report under a customer managed key takes Decrypt and GenerateDataKey (R93)."""
    key = bucket.encryption.key
    arn = key_arn_of(bucket)
    if key is None or arn is None:
        return
    for object_key in dict.fromkeys(_object_keys(job, bucket)):
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            for context in contexts_of(bucket, object_key):
                name = f"{bucket.entry}-{action.partition(':')[2]}-{'bucket' if context == bucket.arn else object_key}"
                values = kms_context(bucket, context)
                yield _probe(job, Step.BATCH_KEY, action, arn, key.account, name, context=values, facts=("R93", "R45"))


def _object_keys(job: Job, bucket: Bucket) -> Iterator[str]:
    if bucket == job.batch.manifest_bucket:
        yield job.manifest_key
    if bucket == job.batch.report_bucket:
        yield job.report_key


def _wrong_kms(job: Job, bucket: Bucket, probe: Probe) -> Iterator[Probe]:
    other = probe.request.resource.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    yield probe.refused("other-key", "on another key", "Resource", resource=other)
    folder = job.batch.report_prefix.rstrip("/")
    prefixes = ("",) if bucket == job.batch.manifest_bucket or not folder else (f"{folder}/",)
    yield from wrong_kms_context(probe, bucket, prefixes)
    key = bucket.encryption.key
    yield from wrong_principals(job.spec, probe, key.account if key else bucket.account)


def _unasked(job: Job, asked: list[Probe]) -> Iterator[Probe]:
    """Actions of the job's role that a job never needs: the copying is not its work (R91)."""
    source = job.replication.source
    rows: list[tuple[str, str, Bucket, dict[str, Any]]]
    rows = [(action, source.object_arn("example.txt"), source, {}) for action in _UNASKED_SOURCE]
    rows += [(action, source.arn, source, {}) for action in _UNASKED_BUCKET]
    for rule in job.replication.enabled_rules:
        replica = rule.destination
        rows += [("s3:ReplicateObject", replica.object_arn(f"{rule.prefix}example.txt"), replica, {})]
    for probe in asked:
        if probe.step is Step.BATCH_KEY:
            context = {name: list(probe.request.context[name.lower()].values) for name in (VIA, CONTEXT)}
            bucket = next(each for each in _buckets(job) if key_arn_of(each) == probe.request.resource)
            rows += [(action, probe.request.resource, bucket, context) for action in _UNASKED_KEY]
    known = {(probe.request.action, probe.request.resource) for probe in asked}
    writable = {job.batch.manifest_bucket, job.batch.report_bucket}
    for action, resource, bucket, context in rows:
        # a manifest or report that lies in the source itself lets the job write and read there
        if (action, resource) in known or (bucket in writable and action in ("s3:GetObject", "s3:PutObject")):
            continue
        account = bucket.encryption.key.account if context and bucket.encryption.key else bucket.account
        name = f"unasked/{bucket.entry}/{action.partition(':')[2]}"
        probe = _probe(job, Step.BATCH_SOURCE, action, resource, account, name, context=context, facts=("R90", "R91"))
        title = f"the job's role has no {action} on {resource.rpartition(':')[2]}"
        yield replace(probe, must_allow=False, title=title, wrong="Action")


def _buckets(job: Job) -> tuple[Bucket, ...]:
    return (job.batch.manifest_bucket, job.batch.report_bucket)
