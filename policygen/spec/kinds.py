"""The closed sets of a spec: what a field may say where it chooses among words."""

from __future__ import annotations

from enum import Enum


class KeyType(Enum):
    """Kinds of KMS key."""

    SINGLE_REGION = "single-region"
    MULTI_REGION = "multi-region"
    AWS_MANAGED = "aws-managed"

    @property
    def in_words(self) -> str:
        """The type with its article, for messages."""
        return f"{'an' if self is KeyType.AWS_MANAGED else 'a'} {self.value}"


class KeyState(Enum):
    """Key states that a spec can name.

    Fact: K27
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """

    ENABLED = "enabled"
    DISABLED = "disabled"
    PENDING_DELETION = "pending-deletion"


class BucketKey(Enum):
    """Whether objects of a bucket use an S3 Bucket Key; ``mixed`` when the setting was ever changed (R47, R48)."""

    OFF = "false"
    ON = "true"
    MIXED = "mixed"


class Sse(Enum):
    """Default encryption of a bucket, in the words of ``x-amz-server-side-encryption``."""

    SSE_S3 = "AES256"
    SSE_KMS = "aws:kms"
    DSSE_KMS = "aws:kms:dsse"


class Enforce(Enum):
    """How the bucket policy enforces SSE-KMS (S2 to S9)."""

    NONE = "none"
    HEADER_REQUIRED = "header-required"
    KEY_REQUIRED = "key-required"
    HEADER_OPTIONAL = "header-optional"


class Versioning(Enum):
    """Versioning state of a bucket."""

    ENABLED = "enabled"
    SUSPENDED = "suspended"
    DISABLED = "disabled"


class ObjectOwnership(Enum):
    """Object Ownership of a bucket (S48)."""

    BUCKET_OWNER_ENFORCED = "bucket-owner-enforced"
    BUCKET_OWNER_PREFERRED = "bucket-owner-preferred"
    OBJECT_WRITER = "object-writer"

    @property
    def api_value(self) -> str:
        """The value in the S3 API's words: ``BucketOwnerEnforced`` for ``bucket-owner-enforced``."""
        return "".join(word.capitalize() for word in self.value.split("-"))


class Profile(Enum):
    """Which KMS actions the replication role gets (R44)."""

    MINIMAL = "minimal"
    ROBUST = "robust"


class SourceObjects(Enum):
    """How source objects are encrypted."""

    SSE_KMS = "sse-kms"
    DSSE_KMS = "dsse-kms"
    SSE_S3 = "sse-s3"
    UNENCRYPTED = "unencrypted"
    SSE_C = "sse-c"


class ContextMode(Enum):
    """Which value of the encryption context ``aws:s3:arn`` the KMS statements name (R45 to R51)."""

    AUTO = "auto"
    OBJECT = "object"
    BUCKET = "bucket"
    BOTH = "both"


class ExistingObjects(Enum):
    """What happens to objects that stood in the source before replication (R80)."""

    NONE = "none"
    BATCH_REPLICATION = "batch-replication"
    COPY = "copy"


MADE_BY = {
    Sse.SSE_S3: SourceObjects.SSE_S3,
    Sse.SSE_KMS: SourceObjects.SSE_KMS,
    Sse.DSSE_KMS: SourceObjects.DSSE_KMS,
}
"""Default encryption → the kind of object that it makes."""

KMS = frozenset({SourceObjects.SSE_KMS, SourceObjects.DSSE_KMS})
"""Kinds of objects that a KMS key encrypts."""

SOURCE_MULTI_REGION = "source-multi-region"
"""What stands in the place of a replica key where replicas take the related key of the source object's own (N1)."""
