"""The settings of a bucket as the AWS CLI takes them: versioning, encryption, Block Public Access, ownership.

They hold no decision of their own: each value is the spec's.

Fact: S13, S14, S48, R1, R47, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.generator.bundle import DocumentKind, GeneratedDocument
from policygen.spec.kinds import BucketKey, Versioning
from policygen.spec.model import Bucket

_BLOCK_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def settings_documents(bucket: Bucket) -> Iterator[GeneratedDocument]:
    """Yield the settings of one bucket, each the input of one call of the AWS CLI.

    A bucket whose versioning was never enabled has no versioning document: there is no such state to put.
    """
    if bucket.versioning is not Versioning.DISABLED:
        yield _document(bucket, DocumentKind.VERSIONING, {"Status": bucket.versioning.value.capitalize()})
    yield _document(bucket, DocumentKind.ENCRYPTION, encryption(bucket))
    yield _document(bucket, DocumentKind.PUBLIC_ACCESS_BLOCK, public_access_block(bucket))
    yield _document(
        bucket, DocumentKind.OWNERSHIP_CONTROLS, {"Rules": [{"ObjectOwnership": bucket.object_ownership.api_value}]}
    )


def encryption(bucket: Bucket) -> dict[str, Any]:
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


def public_access_block(bucket: Bucket) -> dict[str, bool]:
    """Return PublicAccessBlockConfiguration: all four settings together."""
    return dict.fromkeys(_BLOCK_PUBLIC_ACCESS, bucket.block_public_access)


_FILES = {
    DocumentKind.VERSIONING: (
        "versioning.json",
        "put-bucket-versioning",
        "versioning-configuration",
        "Properties > Bucket Versioning > Edit",
    ),
    DocumentKind.ENCRYPTION: (
        "encryption.json",
        "put-bucket-encryption",
        "server-side-encryption-configuration",
        "Properties > Default encryption > Edit",
    ),
    DocumentKind.PUBLIC_ACCESS_BLOCK: (
        "public-access-block.json",
        "put-public-access-block",
        "public-access-block-configuration",
        "Permissions > Block public access (bucket settings) > Edit",
    ),
    DocumentKind.OWNERSHIP_CONTROLS: (
        "ownership-controls.json",
        "put-bucket-ownership-controls",
        "ownership-controls",
        "Permissions > Object Ownership > Edit",
    ),
}
"""File name, call of the AWS CLI and its parameter, and the console page with the same setting."""


def _document(bucket: Bucket, kind: DocumentKind, value: dict[str, Any]) -> GeneratedDocument:
    name, call, parameter, page = _FILES[kind]
    return GeneratedDocument(
        path=f"{bucket.account}/s3/{bucket.entry}/{name}",
        kind=kind,
        value=value,
        where=f"S3 console, account {bucket.account}: Buckets > {bucket.name} > {page}; "
        f"or aws s3api {call} --bucket {bucket.name} --{parameter} file://{name}",
    )
