"""The settings of a bucket as the AWS CLI takes them: versioning, encryption, public access, ownership, ABAC.

They hold no decision of their own: each value is the spec's.

Fact: S13, S14, S48, N3, R1, R47, R83, E105
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policygen.generator.statements import Json
from policygen.spec.kinds import BucketKey, Versioning
from policygen.spec.model import Bucket
from policygen.spec.paths import DocumentKind

_ALGORITHM = "ApplyServerSideEncryptionByDefault.SSEAlgorithm"
_BLOCKED = "BlockedEncryptionTypes.EncryptionType[0]"  # NONE was chosen by somebody: new buckets block SSE-C (R83)
_BLOCK_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketDocument:
    """How a document of a bucket is put and read back.

    Attributes:
        subject: What ``put-`` and ``get-`` of ``aws s3api`` name.
        option: The option that takes its file.
        query: What of the answer is the document, as JMESPath; what stands in every new bucket is left out.
        page: The page of the S3 console below the bucket.
    """

    subject: str
    option: str
    query: str
    page: str


BUCKET_DOCUMENTS = {
    DocumentKind.VERSIONING: BucketDocument(
        subject="bucket-versioning",
        option="--versioning-configuration",
        query="{Status: Status}",
        page="Properties > Bucket Versioning > Edit",
    ),
    DocumentKind.ENCRYPTION: BucketDocument(
        subject="bucket-encryption",
        option="--server-side-encryption-configuration",
        query=f"ServerSideEncryptionConfiguration.{{Rules: Rules[?{_ALGORITHM}!='AES256' || {_BLOCKED}=='NONE']}}",
        page="Properties > Default encryption > Edit",
    ),
    DocumentKind.PUBLIC_ACCESS_BLOCK: BucketDocument(
        subject="public-access-block",
        option="--public-access-block-configuration",
        query="PublicAccessBlockConfiguration",
        page="Permissions > Block public access (bucket settings) > Edit",
    ),
    DocumentKind.OWNERSHIP_CONTROLS: BucketDocument(
        subject="bucket-ownership-controls",
        option="--ownership-controls",
        query="OwnershipControls",
        page="Permissions > Object Ownership > Edit",
    ),
    DocumentKind.ABAC: BucketDocument(
        subject="bucket-abac",
        option="--abac-status",
        query="[AbacStatus][?Status=='Enabled'] | [0]",
        page="Properties > Bucket ABAC > Edit",
    ),
    DocumentKind.BUCKET_POLICY: BucketDocument(
        subject="bucket-policy", option="--policy", query="Policy", page="Permissions > Bucket policy > Edit"
    ),
    DocumentKind.REPLICATION_CONFIGURATION: BucketDocument(
        subject="bucket-replication",
        option="--replication-configuration",
        query="ReplicationConfiguration",
        page="Management > Replication rules",
    ),
}
"""How each document of a bucket is put and read back."""

_NO_SETTINGS = (DocumentKind.BUCKET_POLICY, DocumentKind.REPLICATION_CONFIGURATION)
SETTINGS = tuple(kind for kind in BUCKET_DOCUMENTS if kind not in _NO_SETTINGS)
"""The documents that are settings, in the order in which they are put."""


def settings_of(bucket: Bucket) -> Iterator[tuple[DocumentKind, Json]]:
    """Yield the settings of one bucket, each the input of one call of the AWS CLI.

    A bucket whose versioning was never enabled has no versioning document: there is no such state to put. Nor has one
    without attribute-based access control a document for it: it is off in a new bucket (N3).
    """
    if bucket.versioning is not Versioning.DISABLED:
        yield DocumentKind.VERSIONING, {"Status": bucket.versioning.value.capitalize()}
    yield DocumentKind.ENCRYPTION, _encryption(bucket)
    yield DocumentKind.PUBLIC_ACCESS_BLOCK, dict.fromkeys(_BLOCK_PUBLIC_ACCESS, bucket.block_public_access)
    yield DocumentKind.OWNERSHIP_CONTROLS, {"Rules": [{"ObjectOwnership": bucket.object_ownership.api_value}]}
    if bucket.abac:
        yield DocumentKind.ABAC, {"Status": "Enabled"}


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
