"""The settings of a bucket as the AWS CLI takes them: versioning, encryption, Block Public Access, ownership.

They hold no decision of their own: each value is the spec's.

Fact: S13, S14, S48, R1, R47, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.generator.statements import Json
from policygen.spec.kinds import BucketKey, Versioning
from policygen.spec.model import Bucket
from policygen.spec.paths import DocumentKind

_BLOCK_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

SETTINGS = {
    DocumentKind.VERSIONING: (
        "put-bucket-versioning",
        "--versioning-configuration",
        "Properties > Bucket Versioning > Edit",
    ),
    DocumentKind.ENCRYPTION: (
        "put-bucket-encryption",
        "--server-side-encryption-configuration",
        "Properties > Default encryption > Edit",
    ),
    DocumentKind.PUBLIC_ACCESS_BLOCK: (
        "put-public-access-block",
        "--public-access-block-configuration",
        "Permissions > Block public access (bucket settings) > Edit",
    ),
    DocumentKind.OWNERSHIP_CONTROLS: (
        "put-bucket-ownership-controls",
        "--ownership-controls",
        "Permissions > Object Ownership > Edit",
    ),
}
"""Each setting's subcommand of ``aws s3api``, the option that takes its file, and the console page that shows it."""


def settings_of(bucket: Bucket) -> Iterator[tuple[DocumentKind, Json]]:
    """Yield the settings of one bucket, each the input of one call of the AWS CLI.

    A bucket whose versioning was never enabled has no versioning document: there is no such state to put.
    """
    if bucket.versioning is not Versioning.DISABLED:
        yield DocumentKind.VERSIONING, {"Status": bucket.versioning.value.capitalize()}
    yield DocumentKind.ENCRYPTION, _encryption(bucket)
    yield DocumentKind.PUBLIC_ACCESS_BLOCK, dict.fromkeys(_BLOCK_PUBLIC_ACCESS, bucket.block_public_access)
    yield DocumentKind.OWNERSHIP_CONTROLS, {"Rules": [{"ObjectOwnership": bucket.object_ownership.api_value}]}


def _encryption(bucket: Bucket) -> Json:
    """Return the default encryption: ServerSideEncryptionConfiguration of PutBucketEncryption.

    Without a key S3 takes the AWS managed key ``aws/s3``. A Bucket Key that is ``mixed`` is on today: the setting was
    changed, and both kinds of object are there (R48).
    """
    default: dict[str, Any] = {"SSEAlgorithm": bucket.encryption.sse.value}
    key = bucket.encryption.customer_key
    if key is not None:
        default["KMSMasterKeyID"] = key.arn(bucket.region)
    rule = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": bucket.encryption.bucket_key is not BucketKey.OFF,
        "BlockedEncryptionTypes": {"EncryptionType": bucket.blocked_api_values},
    }
    return {"Rules": [rule]}
