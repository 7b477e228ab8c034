"""The properties of a bucket, in CloudFormation's words.

Fact: R3, R67, S7, S13, S14, S46, S48
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policygen.export.cloudformation.references import References
from policygen.spec.kinds import BucketKey, Sse, Versioning
from policygen.spec.model import Bucket

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def bucket_properties(bucket: Bucket, references: References) -> dict[str, Any]:
    """Return the properties of a bucket, but for its replication configuration."""
    found: dict[str, Any] = {
        "BucketName": bucket.name,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [_encryption(bucket, references)]},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.object_ownership.api_value}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(_BLOCKS, bucket.block_public_access),
    }
    if bucket.versioning is not Versioning.DISABLED:
        found["VersioningConfiguration"] = {"Status": bucket.versioning.value.capitalize()}
    if bucket.object_lock:
        found["ObjectLockEnabled"] = True
    return found


def _encryption(bucket: Bucket, references: References) -> dict[str, Any]:
    """Return the one rule: default encryption, S3 Bucket Key, and what uploads must not use (S13).

    SSE-KMS without a key, or under an AWS managed key, names none: S3 takes ``aws/s3`` (S21). A Bucket Key that is
    ``mixed`` is on today: both kinds of object are there (R48).
    """
    encryption = bucket.encryption
    default: dict[str, Any] = {"SSEAlgorithm": encryption.sse.value}
    if encryption.customer_key is not None:
        default["KMSMasterKeyID"] = references.key_arn(encryption.customer_key, bucket.region)
    found: dict[str, Any] = {"ServerSideEncryptionByDefault": default}
    if encryption.sse is Sse.SSE_KMS:
        found["BucketKeyEnabled"] = encryption.bucket_key is not BucketKey.OFF
    return found | {"BlockedEncryptionTypes": {"EncryptionType": bucket.blocked_api_values}}


def replication_property(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a replication configuration, as the S3 API takes it, in CloudFormation's names of members.

    They differ in the rule's ``Id`` and in ``TagFilter`` and ``TagFilters``; all else is called the same.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-replicationrule.html
    """
    return {"Role": configuration["Role"], "Rules": [_rule(rule) for rule in configuration["Rules"]]}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in rule.items() if name not in ("ID", "Filter")}
    return {"Id": rule["ID"], "Filter": _filter(rule["Filter"])} | rest


def _filter(selection: Mapping[str, Any]) -> dict[str, Any]:
    """Exactly one of Prefix, Tag and And (R60)."""
    if "Tag" in selection:
        return {"TagFilter": selection["Tag"]}
    if "And" in selection:
        both = selection["And"]
        return {"And": {("TagFilters" if name == "Tags" else name): value for name, value in both.items()}}
    return dict(selection)
