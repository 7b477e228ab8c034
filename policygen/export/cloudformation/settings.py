"""The settings of a bucket and its replication configuration, in CloudFormation's names of members.

Fact: R3, R67, S7, S13, S14, S46, S48
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policygen.generator.bundle import Bundle
from policygen.generator.settings import SETTINGS
from policygen.spec.kinds import Sse
from policygen.spec.model import Bucket
from policygen.spec.paths import DocumentKind, bucket_path

_NAMES = {
    "ApplyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
    "ID": "Id",
    "Tag": "TagFilter",
    "Tags": "TagFilters",
}
"""Members that are called otherwise than in the S3 API."""


def bucket_properties(bucket: Bucket, bundle: Bundle) -> dict[str, Any]:
    """Return the properties of a bucket that are documents, but for its replication configuration."""
    settings = {kind: bundle[path].value for kind in SETTINGS if (path := bucket_path(bucket, kind)) in bundle}
    rules = [_encryption(rule) for rule in settings[DocumentKind.ENCRYPTION]["Rules"]]
    found: dict[str, Any] = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": rules},
        "OwnershipControls": settings[DocumentKind.OWNERSHIP_CONTROLS],
        "PublicAccessBlockConfiguration": dict(sorted(settings[DocumentKind.PUBLIC_ACCESS_BLOCK].items())),
    }
    if DocumentKind.VERSIONING in settings:
        found["VersioningConfiguration"] = settings[DocumentKind.VERSIONING]
    return found


def _encryption(rule: Mapping[str, Any]) -> Any:
    """Return a rule of the default encryption; an S3 Bucket Key is for SSE-KMS alone (R47)."""
    kms = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == Sse.SSE_KMS.value
    return renamed({name: value for name, value in rule.items() if kms or name != "BucketKeyEnabled"})


def renamed(value: Any) -> Any:
    """Return a value of the S3 API in CloudFormation's names of members; a rule's id and filter come first.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-replicationrule.html
    """
    if isinstance(value, list | tuple):
        return [renamed(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    first = {name: value[name] for name in ("ID", "Filter") if name in value}
    return {_NAMES.get(name, name): renamed(child) for name, child in (first | dict(value)).items()}
