"""The documents under verification: generated, or read from files laid out as ``generate -o`` writes them.

Files may come from the AWS CLI: its wrappers are unwrapped. A missing file is a policy that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from policygen.document import PolicyDocument, parse_policy
from policygen.document.write import thaw
from policygen.errors import DocumentError, Place, PolicygenError, Problem, SourceError
from policygen.source.json_text import parse_json
from policygen.source.nodes import plain
from policygen.spec.model import Bucket, Key, Replication, Role

REPLICATION_CONFIGURATION = "replication-configuration.json"
BOUNDARY = "permissions-boundary.json"
SETTINGS = {
    "versioning.json": None,
    "encryption.json": "ServerSideEncryptionConfiguration",
    "public-access-block.json": "PublicAccessBlockConfiguration",
    "ownership-controls.json": "OwnershipControls",
    "batch-job.json": None,
}
"""Files that hold settings or a batch job, and what the AWS CLI prints around each."""

_POLICY_WRAPPERS = ("Policy", "PolicyDocument", "AssumeRolePolicyDocument", "Document")
_OUTER_WRAPPERS = ("PolicyVersion", "Role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Documents by path.

    Attributes:
        policies: Policy documents by path; each is named by its path.
        configurations: Replication configurations ``{Role, Rules}`` by path, as plain values.
        settings: Settings of buckets and batch jobs by path, as plain values.
    """

    policies: Mapping[str, PolicyDocument]
    configurations: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """Return every document as it was written, by path, in the paths' order."""
        found: dict[str, Any] = {path: document.written for path, document in self.policies.items()}
        return dict(sorted((found | dict(self.configurations) | dict(self.settings)).items()))

    def bucket_policy(self, bucket: Bucket) -> PolicyDocument | None:
        """Return a bucket's policy, or None."""
        return self.policies.get(bucket_policy_path(bucket))

    def key_policy(self, key: Key, region: str) -> PolicyDocument | None:
        """Return the key policy of a key in one Region, or None."""
        return self.policies.get(key_policy_path(key, region))

    def trust_policy(self, role: Role) -> PolicyDocument | None:
        """Return a role's trust policy, or None."""
        return self.policies.get(f"{role_folder(role)}/trust-policy.json")

    def identity_policies(self, role: Role) -> tuple[PolicyDocument, ...]:
        """Return every identity-based policy of a role: all files of its folder but trust policy and boundary."""
        folder = role_folder(role)
        apart = {f"{folder}/trust-policy.json", f"{folder}/{BOUNDARY}"}
        return tuple(
            document
            for path, document in self.policies.items()
            if PurePosixPath(path).parent == PurePosixPath(folder) and path not in apart
        )

    def boundary(self, role: Role) -> PolicyDocument | None:
        """Return a role's permissions boundary, or None."""
        return self.policies.get(f"{role_folder(role)}/{BOUNDARY}")

    def configuration(self, replication: Replication) -> Mapping[str, Any] | None:
        """Return the replication configuration of a source bucket, or None."""
        return self.configurations.get(configuration_path(replication))


def bucket_policy_path(bucket: Bucket) -> str:
    """Return the path of a bucket's policy."""
    return f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json"


def key_policy_path(key: Key, region: str) -> str:
    """Return the path of the key policy of a key in one Region."""
    return f"{key.account}/kms/{key.name}/{region}/key-policy.json"


def role_folder(role: Role) -> str:
    """Return the folder of a role's policies."""
    return f"{role.account}/iam/{role.name}"


def configuration_path(replication: Replication) -> str:
    """Return the path of the replication configuration of a source bucket."""
    return f"{replication.source.account}/s3/{replication.source.entry}/{REPLICATION_CONFIGURATION}"


def read_documents(texts: Mapping[str, str]) -> Documents:
    """Return the documents in JSON texts by path.

    Files in which nothing is looked for (the manifest, foreign files) are passed over. So are empty ones, which is what
    the AWS CLI's output is where there is no such policy; an empty ``versioning.json`` is a bucket that was never
    versioned.

    Raises:
        DocumentError: With every problem of every file: PG-D001 to PG-D007, PG-V001 for a file that is no policy and
            no replication configuration.
    """
    policies: dict[str, PolicyDocument] = {}
    configurations: dict[str, Mapping[str, Any]] = {}
    settings: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for path, text in texts.items():
        name = PurePosixPath(path).name
        try:
            if not text.strip("\ufeff \t\r\n"):
                settings |= _empty(path)
            elif name == REPLICATION_CONFIGURATION:
                hint = "save what `aws s3api get-bucket-replication` prints"
                missing = ("no replication configuration", hint)
                configurations[path] = _values(text, path, "ReplicationConfiguration", *missing)
            elif name in SETTINGS and not _in_role_folder(path):
                settings[path] = _values(text, path, SETTINGS[name], "no settings of a bucket")
            elif _holds_policy(path):
                policies[path] = parse_policy(read_policy_text(text, path), path)
        except PolicygenError as error:
            problems.extend(error.problems)
    if problems:
        raise DocumentError(*problems)
    return Documents(policies=policies, configurations=configurations, settings=settings)


def _empty(path: str) -> dict[str, Mapping[str, Any]]:
    """Return what an empty file says: nothing, but that a bucket was never versioned."""
    return {path: {}} if PurePosixPath(path).name == "versioning.json" and not _in_role_folder(path) else {}


def _holds_policy(path: str) -> bool:
    return _in_role_folder(path) or PurePosixPath(path).name in ("bucket-policy.json", "key-policy.json")


def _in_role_folder(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) == 4 and parts[1] == "iam"


def _values(text: str, path: str, wrapper: str | None, message: str, hint: str | None = None) -> Mapping[str, Any]:
    """Return a JSON object, out of what the AWS CLI's get command prints around it."""
    value = _load(text, path)
    if isinstance(value, Mapping) and wrapper and isinstance(value.get(wrapper), Mapping):
        value = value[wrapper]
    if not isinstance(value, Mapping):
        raise _refused(path, message, hint)
    return value


def _refused(path: str, message: str, hint: str | None) -> DocumentError:
    place = Place(source=path, line=1, column=1)
    return DocumentError(Problem(code="PG-V001", message=message, place=place, hint=hint))


def _load(text: str, path: str) -> Any:
    try:
        return plain(parse_json(text.removeprefix("\ufeff"), path), typed=True)
    except SourceError as error:
        raise DocumentError(*error.problems) from None


def read_policy_text(text: str, path: str) -> str:
    """Return the JSON text of a policy document, out of what the AWS CLI prints around it.

    A text that is a policy document itself comes back as it is, so that problems keep their lines.

    Raises:
        DocumentError: PG-F006 to PG-F008 when it is no JSON, PG-V001 when it holds no policy document.
    """
    written = _load(text, path)
    if isinstance(written, Mapping) and "Statement" in written:
        return text
    value = unwrap_policy(written)
    if not isinstance(value, (Mapping, str)):
        raise _refused(path, "no policy document", "save the policy document, or what the AWS CLI prints for it")
    return value if isinstance(value, str) else json.dumps(value)


def unwrap_policy(value: Any) -> Any:
    """Return the policy document inside what the AWS CLI prints (``Policy`` as a string, ``PolicyDocument`` …)."""
    if not isinstance(value, Mapping) or "Statement" in value:
        return value
    for name in _OUTER_WRAPPERS:
        if isinstance(value.get(name), Mapping):
            return unwrap_policy(value[name])
    for name in _POLICY_WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, (Mapping, str)):
            return inner
    return value


def documents_of_bundle(values: Mapping[str, Any]) -> Documents:
    """Return generated documents: JSON values by path."""
    return read_documents({path: json.dumps(thaw(value)) for path, value in values.items()})
