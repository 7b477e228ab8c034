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

from policygen.generator.key_uses import DECRYPT, GENERATE, KeyUse, bucket_modes, contexts, in_role_policy
from policygen.generator.statements import Json, allow, sid
from policygen.spec.kinds import Sse
from policygen.spec.model import Batch, Bucket, Replication


def report_folder(batch: Batch) -> str:
    """Return the key prefix of the report without the slash that S3 puts behind it.

    S3 writes ``<prefix>/job-<id>/report.json``, and ``job-<id>/report.json`` without a prefix.
    """
    return batch.report_prefix.rstrip("/")


def job_statements(replication: Replication, batch: Batch) -> tuple[Json, ...]:
    """Return the statements of the permissions policy of the job's role (R90, R93)."""
    source = replication.source
    manifest = ("s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration")
    uses = (use for use in job_key_uses(batch) if in_role_policy(use, replication))
    return (
        allow("InitiateReplication", ["s3:InitiateReplication"], [source.object_arn("*")]),
        allow("MakeManifest", manifest, [source.arn]),
        *(statement for _, statement in statements_on_objects(batch)),
        *(use.statement(in_key_policy=False) for use in uses),
    )


def statements_on_objects(batch: Batch) -> Iterator[tuple[Bucket, Json]]:
    """Yield what the job's role does with the objects of which bucket: the generated manifest, then the report.

    Reading and writing all manifests lets it write a report in the same bucket too.
    """
    manifest, report = batch.manifest_bucket, batch.report_bucket
    actions = ("s3:PutObject", "s3:GetObject", "s3:GetObjectVersion")
    yield manifest, allow("WriteAndReadManifest", actions, [manifest.object_arn("*")])
    if report != manifest:
        yield report, allow("WriteReport", ["s3:PutObject"], [report.object_arn(f"{_below(batch)}*")])


def job_key_uses(batch: Batch) -> Iterator[KeyUse]:
    """Yield the use of the keys of manifest and report bucket: Decrypt and GenerateDataKey on each (R93)."""
    below = {batch.report_bucket: _below(batch), batch.manifest_bucket: ""}
    for bucket in dict.fromkeys((batch.manifest_bucket, batch.report_bucket)):
        key = bucket.encryption.customer_key
        if key is None:
            continue
        yield KeyUse(
            sid=sid("UseKeyOf", bucket.entry),
            principals=(batch.role.arn,),
            key=key,
            region=bucket.region,
            actions=(DECRYPT, GENERATE),
            contexts=contexts(bucket, [(mode, below[bucket]) for mode in bucket_modes(bucket)]),
        )


def _below(batch: Batch) -> str:
    """Return the prefix of the report's objects."""
    folder = report_folder(batch)
    return f"{folder}/" if folder else ""


def batch_job(replication: Replication, batch: Batch) -> Json:
    """Return the job, as CreateJob takes it: a generated manifest of the objects that the configuration covers (R92).

    It waits for a confirmation before it runs.

    The token makes the call idempotent: it changes with the job, so the same job is created once.
    """
    source, folder = replication.source, report_folder(batch)
    report: Json = {"Bucket": batch.report_bucket.arn, "Format": "Report_CSV_20180820", "Enabled": True}
    report |= ({"Prefix": folder} if folder else {}) | {"ReportScope": "AllTasks"}
    generator = {
        "S3JobManifestGenerator": {
            "ExpectedBucketOwner": source.account,
            "SourceBucket": source.arn,
            "ManifestOutputLocation": _manifest_location(batch.manifest_bucket),
            "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": list(batch.object_statuses)},
            "EnableManifestOutput": True,
        }
    }
    content = json.dumps([batch.role.arn, report, generator], sort_keys=True)
    return {
        "AccountId": source.account,
        "ConfirmationRequired": True,
        "Operation": {"S3ReplicateObject": {}},
        "Report": report,
        "ClientRequestToken": f"policygen-{hashlib.sha256(content.encode()).hexdigest()[:40]}",
        "Description": f"Replicate the existing objects of {source.name}",
        "Priority": 10,
        "RoleArn": batch.role.arn,
        "ManifestGenerator": generator,
    }


def _manifest_location(bucket: Bucket) -> Json:
    """Where the manifest is stored; where its encryption cannot be named, the bucket's default counts."""
    location: Json = {"ExpectedManifestBucketOwner": bucket.account, "Bucket": bucket.arn}
    key = bucket.encryption.customer_key
    if bucket.encryption.sse is Sse.SSE_S3:
        location["ManifestEncryption"] = {"SSES3": {}}
    elif bucket.encryption.sse is Sse.SSE_KMS and key is not None:
        location["ManifestEncryption"] = {"SSEKMS": {"KeyId": key.arn(bucket.region)}}
    return location | {"ManifestFormat": "S3InventoryReport_CSV_20211130"}
