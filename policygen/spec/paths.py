"""Where each document of a spec stands, below the folder that ``generate -o`` writes and ``verify --documents`` reads.

A document's folder says whose it is: ``<account>/s3/<bucket>``, ``<account>/kms/<key>/<region>``,
``<account>/iam/<role>``, ``<account>/s3control/<replication>``. Its file name says what it is; in a role's folder every
other name is that of one more identity-based policy.
"""

from __future__ import annotations

from enum import Enum

from policygen.spec.model import Bucket, Key, Replication, Role


class DocumentKind(Enum):
    """Kinds of documents, in everyday words."""

    BUCKET_POLICY = "bucket policy"
    REPLICATION_CONFIGURATION = "replication configuration"
    KEY_POLICY = "key policy"
    KEY_POLICY_OF_RAM = "key policy that AWS RAM writes"
    KEY_DESCRIPTION = "key description"
    TRUST_POLICY = "trust policy"
    PERMISSIONS_POLICY = "permissions policy"
    PERMISSIONS_BOUNDARY = "permissions boundary"
    BATCH_JOB = "batch job"
    VERSIONING = "versioning"
    ENCRYPTION = "default encryption"
    PUBLIC_ACCESS_BLOCK = "Block Public Access"
    OWNERSHIP_CONTROLS = "Object Ownership"
    ABAC = "attribute-based access control"
    OBJECT_LOCK = "Object Lock"
    MANIFEST = "manifest"

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return _OTHER_NAMES.get(self) or f"{self.value.replace(' ', '-')}.json"


_OTHER_NAMES = {
    DocumentKind.KEY_POLICY_OF_RAM: "key-policy.AWS_RAM.json",
    DocumentKind.ENCRYPTION: "encryption.json",
    DocumentKind.PUBLIC_ACCESS_BLOCK: "public-access-block.json",
    DocumentKind.OWNERSHIP_CONTROLS: "ownership-controls.json",
    DocumentKind.ABAC: "abac.json",
    DocumentKind.OBJECT_LOCK: "object-lock.json",
}
_OF_ROLES = (DocumentKind.TRUST_POLICY, DocumentKind.PERMISSIONS_POLICY, DocumentKind.PERMISSIONS_BOUNDARY)
_KINDS_OF_ROLES = {kind.file_name: kind for kind in _OF_ROLES}
_KINDS = {kind.file_name: kind for kind in DocumentKind if kind not in _OF_ROLES}

MANIFEST = DocumentKind.MANIFEST.file_name
"""The path of the manifest of the documents."""

PASTE_PAGE = "where-to-paste.md"
"""The path of the page that says where each document is pasted."""


def manifest_path(form: str) -> str:
    """Return the path of the manifest of a format: each has one of its own, so that they can share a folder."""
    return MANIFEST if form == "json" else f"manifest.{form}.json"


def bucket_path(bucket: Bucket, kind: DocumentKind = DocumentKind.BUCKET_POLICY) -> str:
    """Return the path of a document of a bucket: its policy, replication configuration or one of its settings."""
    return f"{bucket.account}/s3/{bucket.entry}/{kind.file_name}"


def key_path(key: Key, region: str, kind: DocumentKind = DocumentKind.KEY_POLICY) -> str:
    """Return the path of the key policy of a key in one Region, or of what else is kept of it there.

    That is the policy beside it that AWS RAM writes (N11), and what DescribeKey says of the key.
    """
    return f"{key.account}/kms/{key.name}/{region}/{kind.file_name}"


def role_path(role: Role, kind: DocumentKind = DocumentKind.PERMISSIONS_POLICY) -> str:
    """Return the path of a document of a role."""
    return f"{role.account}/iam/{role.name}/{kind.file_name}"


def configuration_path(replication: Replication) -> str:
    """Return the path of a replication configuration, which is its source bucket's."""
    return bucket_path(replication.source, DocumentKind.REPLICATION_CONFIGURATION)


def job_path(replication: Replication) -> str:
    """Return the path of the batch job of a replication."""
    return f"{replication.source.account}/s3control/{replication.name}/{DocumentKind.BATCH_JOB.file_name}"


def folder_of(path: str) -> str:
    """Return the folder of a document: what it belongs to."""
    return path.rpartition("/")[0]


def account_of(path: str) -> str:
    """Return the id of the account that a document belongs to."""
    return path.partition("/")[0]


def file_name_of(path: str) -> str:
    """Return the name of a document's file."""
    return path.rpartition("/")[2]


def role_of(path: str) -> tuple[str, str] | None:
    """Return the account and the name of the role that a document belongs to; None where it is not a role's."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return (parts[0], parts[2]) if len(parts) == 4 and parts[1] == "iam" else None


def is_named_as_written(path: str) -> bool:
    """Tell whether a file's name is one that documents are written under, where it stands."""
    name = file_name_of(path)
    return name in (_KINDS if role_of(path) is None else _KINDS_OF_ROLES)


def kind_of(path: str) -> DocumentKind | None:
    """Return what kind of document stands at a path; None where none is looked for.

    >>> kind_of("111122223333/iam/replication/inline-2.json")
    <DocumentKind.PERMISSIONS_POLICY: 'permissions policy'>
    """
    name = file_name_of(path)
    if role_of(path) is None:
        return _KINDS.get(name)
    return _KINDS_OF_ROLES.get(name, DocumentKind.PERMISSIONS_POLICY)
