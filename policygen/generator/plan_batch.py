"""S3 Batch Replication: what the job's role may do, and the job itself.

The copying is done with the replication role of the source's configuration (R91); the job's role starts it, has the
manifest made, reads it, and writes the report.

Fact: R10, R90, R91, R92, R93
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from policygen.generator.names import sid, unique
from policygen.generator.plan_kms import (
    DECRYPT,
    GENERATE,
    KeyUse,
    bucket_modes,
    contexts,
    in_role_policy,
)
from policygen.spec.kinds import Sse
from policygen.spec.model import Batch, Bucket, Replication, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAccess:
    """Actions on the objects of one bucket; what the job's role needs for manifest or report."""

    sid: str
    role_arn: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPolicyPlan:
    """The permissions policy of the job's role."""

    source_arn: str
    objects: tuple[ObjectAccess, ...]
    key_uses: tuple[KeyUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJobPlan:
    """The input of CreateJob; the parts are JSON values as the API takes them."""

    account: str
    role_arn: str
    description: str
    report: dict[str, Any]
    manifest_generator: dict[str, Any]
    client_request_token: str


def report_folder(batch: Batch) -> str:
    """Return the key prefix of the report without the slash that S3 puts behind it.

    S3 writes ``<prefix>/job-<id>/report.json``, and ``job-<id>/report.json`` without a prefix.
    """
    return batch.report_prefix.rstrip("/")


def plan_batch_policy(replication: Replication, batch: Batch) -> BatchPolicyPlan:
    """Return the plan of the permissions policy of the job's role (R90, R93)."""
    uses = [use for use in batch_key_uses(batch) if in_role_policy(use, replication)]
    sids = unique(use.sid for use in uses)
    return BatchPolicyPlan(
        source_arn=replication.source.arn,
        objects=tuple(access for _, access in batch_objects(batch)),
        key_uses=tuple(replace(use, sid=name) for use, name in zip(uses, sids, strict=True)),
    )


def batch_objects(batch: Batch) -> Iterator[tuple[Bucket, ObjectAccess]]:
    """Yield what the job's role does with objects of which bucket: the generated manifest, then the report.

    Reading and writing all manifests lets it write a report in the same bucket too.
    """
    yield (
        batch.manifest_bucket,
        ObjectAccess(
            sid="WriteAndReadManifest",
            role_arn=batch.role.arn,
            actions=("s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"),
            resources=(batch.manifest_bucket.object_arn("*"),),
        ),
    )
    if batch.report_bucket == batch.manifest_bucket:
        return
    folder = report_folder(batch)
    yield (
        batch.report_bucket,
        ObjectAccess(
            sid="WriteReport",
            role_arn=batch.role.arn,
            actions=("s3:PutObject",),
            resources=(batch.report_bucket.object_arn(f"{folder}/*" if folder else "*"),),
        ),
    )


def batch_accesses_into(spec: Spec, bucket: Bucket) -> tuple[ObjectAccess, ...]:
    """Return what jobs of other accounts need of a bucket's policy; in one account the role's own policy is enough."""
    found = [
        replace(access, sid=sid("Allow", replication.name, access.sid))
        for replication in spec.replication
        if replication.batch is not None and replication.batch.role.account != bucket.account
        for side, access in batch_objects(replication.batch)
        if side == bucket
    ]
    sids = unique(each.sid for each in found)
    return tuple(replace(each, sid=name) for each, name in zip(found, sids, strict=True))


def batch_key_uses(batch: Batch) -> Iterator[KeyUse]:
    """Yield the use of the keys of manifest and report bucket: Decrypt and GenerateDataKey on each (R93)."""
    buckets = dict.fromkeys((batch.manifest_bucket, batch.report_bucket))
    for bucket in buckets:
        key = bucket.encryption.customer_key
        if key is None:
            continue
        yield KeyUse(
            sid=sid("UseKeyOf", bucket.entry),
            principals=(batch.role.arn,),
            key=key,
            region=bucket.region,
            actions=(DECRYPT, GENERATE),
            contexts=contexts(bucket, bucket_modes(bucket), _prefixes(batch, bucket)),
        )


def _prefixes(batch: Batch, bucket: Bucket) -> tuple[str, ...]:
    folder = report_folder(batch)
    if bucket == batch.manifest_bucket:
        return ("",)
    return (f"{folder}/" if folder else "",)


def plan_batch_job(replication: Replication, batch: Batch) -> BatchJobPlan:
    """Return the plan of the job: a generated manifest of the objects that the configuration covers (R92).

    The token makes the call idempotent: it changes with the job, so the same job is created once.
    """
    source = replication.source
    report = {
        "Bucket": batch.report_bucket.arn,
        "Format": "Report_CSV_20180820",
        "Enabled": True,
        "Prefix": report_folder(batch),
        "ReportScope": "AllTasks",
    }
    generator = {
        "S3JobManifestGenerator": {
            "ExpectedBucketOwner": source.account,
            "SourceBucket": source.arn,
            "ManifestOutputLocation": _manifest_location(batch.manifest_bucket),
            "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": list(batch.object_statuses)},
            "EnableManifestOutput": True,
        }
    }
    if not report["Prefix"]:
        del report["Prefix"]
    content = json.dumps([batch.role.arn, report, generator], sort_keys=True)
    return BatchJobPlan(
        account=source.account,
        role_arn=batch.role.arn,
        description=f"Replicate the existing objects of {source.name}",
        report=report,
        manifest_generator=generator,
        client_request_token=f"policygen-{hashlib.sha256(content.encode()).hexdigest()[:40]}",
    )


def _manifest_location(bucket: Bucket) -> dict[str, Any]:
    """Where the manifest is stored; where its encryption cannot be named, the bucket's default counts."""
    location: dict[str, Any] = {"ExpectedManifestBucketOwner": bucket.account, "Bucket": bucket.arn}
    key = bucket.encryption.customer_key
    if bucket.encryption.sse is Sse.SSE_S3:
        location["ManifestEncryption"] = {"SSES3": {}}
    elif bucket.encryption.sse is Sse.SSE_KMS and key is not None:
        location["ManifestEncryption"] = {"SSEKMS": {"KeyId": key.arn(bucket.region)}}
    return location | {"ManifestFormat": "S3InventoryReport_CSV_20211130"}
