"""What a recommended way needs, and what it does not do: sentences by the kinds of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.spec.kinds import KeyType
from policygen.spec.migration_model import CreateKey, Migration, MigrationStep, ReplicateKey

_NEEDS: dict[str, str] = {
    "create-bucket": "s3:CreateBucket, s3:PutBucketVersioning and s3:PutEncryptionConfiguration for the new buckets.",
    "set-default-encryption": "s3:PutEncryptionConfiguration on the bucket; applications need kms:GenerateDataKey and"
    " kms:Decrypt on the new key before its default changes.",
    "enable-versioning": "s3:PutBucketVersioning; from then on earlier versions are kept, and paid for.",
    "enable-replication": "s3:PutReplicationConfiguration on the source and iam:PassRole on the replication role (R7);"
    " the role trusts s3.amazonaws.com and may read, replicate, decrypt and encrypt (R10, R20 to R40):"
    " `policygen generate` writes its policies.",
    "copy-objects": "Whoever copies: s3:GetObject and s3:PutObject, kms:Decrypt on the old key, kms:GenerateDataKey and"
    " kms:Decrypt on the new one; or a job of Batch Operations whose role has them (R93).",
    "update-object-encryption": "A job of Batch Operations whose role has s3:GetObject, s3:GetObjectVersion,"
    " s3:PutObject and s3:UpdateObjectEncryption on the objects, and kms:Decrypt, kms:Encrypt, kms:GenerateDataKey and"
    " kms:ReEncrypt* on both keys (R101); to cover earlier versions the manifest names them.",
    "batch-replication": "s3:CreateJob and iam:PassRole (R93); the job's role trusts batchoperations.s3.amazonaws.com"
    " and has s3:InitiateReplication on the objects, s3:GetReplicationConfiguration and"
    " s3:PutInventoryConfiguration on the bucket (R90).",
}
_QUOTA = "KMS request quotas: about two requests an object, while the job or the copying runs (R58, F26)."


def needs_of(migration: Migration, steps: tuple[MigrationStep, ...], region: str) -> tuple[str, ...]:
    """Return the permissions and prerequisites of a way, in the order of its steps."""
    target = migration.require.replicate_to
    found: list[str] = []
    for step in steps:
        if isinstance(step, CreateKey) and step.type is KeyType.MULTI_REGION:
            found.append(f"kms:CreateKey in {region} and iam:CreateServiceLinkedRole, for the primary key (M7).")
        elif isinstance(step, CreateKey):
            found.append(f"kms:CreateKey in {step.home}.")
        replicated = isinstance(step, ReplicateKey) or (isinstance(step, CreateKey) and step.replica_regions)
        if replicated:
            found.append(f"kms:ReplicateKey on the primary key and kms:CreateKey in {target} (M5).")
            found.append(f"A key policy for the replica key in {target}: it is not copied (M4, M5).")
        need = _NEEDS.get(step.kind)
        if need is not None:
            found.append(need)
    if any(step.kind in ("batch-replication", "copy-objects") for step in steps):
        found.append(_QUOTA)
    return tuple(dict.fromkeys(found))


def cannot_of(migration: Migration, steps: tuple[MigrationStep, ...]) -> tuple[str, ...]:
    """Return what a way does not do."""
    return tuple(_cannot(migration, {step.kind for step in steps}))


def _cannot(migration: Migration, kinds: set[str]) -> Iterator[str]:
    old = migration.current.key
    if old is not None and {"create-key", "copy-objects", "update-object-encryption"} & kinds:
        yield f"`{old}` cannot be disabled or deleted as long as an object or earlier version is under it (K27)."
    current = migration.current.bucket
    if migration.require.same_key_in_both_regions:
        yield "S3 still decrypts and encrypts again on the way: the same key means the same id and material (M2, M14)."
    if "update-object-encryption" in kinds:
        yield (
            "Unencrypted, DSSE-KMS and SSE-C objects, and objects under Object Lock, are not re-encrypted in place:"
            " copy them (R101); governance retention and legal holds can be taken off first, compliance mode not (N8)."
        )
        yield "Replicas that exist elsewhere already keep their key: update them there (R85, F27)."
    if "copy-objects" in kinds:
        yield (
            f"Copies are new objects: dates, version ids and earlier versions of `{current}` do not come along, and"
            " applications must move to the new bucket."
        )
    if "batch-replication" in kinds:
        yield "Objects in S3 Glacier Flexible Retrieval or Deep Archive replicate only after a restore (R81)."
    if not {"copy-objects", "batch-replication"} & kinds:
        yield f"What is in `{current}` already stays behind (R80)."
    yield "Deletes of versions and lifecycle actions do not replicate; put lifecycle rules on both buckets (R81)."
