"""The batch job for objects that were there before: known by its role, for no answer tells of jobs to come.

Fact: R10, R90, R92, R93
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.inference.given import actions, allows, gives, principals, resources
from policygen.inference.known import Known, Part
from policygen.inference.roles import RoleFacts, facts_of_role
from policygen.inference.values import Taken, without_empty

_BATCH_OPERATIONS = "batchoperations.s3.amazonaws.com"


def job_of(known: Known, source: str, account: str, entry_of: Callable[[str, str], str]) -> dict[str, Any]:
    """Return the batch job for a source bucket; nothing where no role is made for one.

    A role of its account is, which S3 Batch Operations may assume, and which may initiate replication there; its
    manifest's bucket must be among what was read.

    Args:
        known: What was read.
        source: The ARN of the source bucket.
        account: Its account.
        entry_of: Gives the entry of a bucket by its ARN and where it is named.
    """
    buckets = set(known.buckets())
    for role in _roles(known, account):
        started = [each for each in allows(role.policies) if gives(each, "s3:InitiateReplication")]
        started = [each for each in started if f"{source}/*" in resources(each)]
        kept = {name: each for each in allows(role.policies) if (name := _whole_bucket(each)) in buckets}
        if not started or not kept:
            continue
        manifest, where = next(iter(kept.items()))
        report = next(_reports(role, manifest, buckets), None)
        return without_empty(
            {
                "role": role.tree(),
                "manifest_bucket": Taken(entry_of(manifest, where.where), where.where),
                "report_bucket": Taken(entry_of(report[0], report[2].where), report[2].where)
                if report is not None
                else None,
                "report_prefix": Taken(report[1], report[2].where) if report is not None and report[1] else None,
            }
        )
    return {}


def _roles(known: Known, account: str) -> Iterator[RoleFacts]:
    for record in known.roles():
        arn = parse_arn(record.of or "")
        if arn is None or arn.account != account:
            continue
        trust = known.trust(arn.account, arn.resource.rpartition("/")[2])
        if trust is not None and any(_BATCH_OPERATIONS in principals(each) for each in allows([trust])):
            yield facts_of_role(known, str(arn), f"{record.source}:{record.pointer}/Arn")


def _whole_bucket(statement: Part) -> str:
    """Return the bucket whose objects a statement lets be written and read, as manifests are; empty for none."""
    named = resources(statement)
    both = gives(statement, "s3:PutObject") and gives(statement, "s3:GetObject")
    return named[0].removesuffix("/*") if both and len(named) == 1 and named[0].endswith("/*") else ""


def _reports(role: RoleFacts, manifest: str, buckets: set[str]) -> Iterator[tuple[str, str, Part]]:
    """Yield the bucket and the prefix where a role may write reports alone."""
    for each in allows(role.policies):
        named = resources(each)
        if actions(each) == ["s3:PutObject"] and len(named) == 1 and named[0].endswith("*"):
            bucket, _, prefix = named[0].removesuffix("*").partition("/")
            if bucket in buckets and bucket != manifest:
                yield bucket, prefix, each
