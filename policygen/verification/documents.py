"""The documents under verification: generated, or read from files laid out as ``generate -o`` writes them.

Files may come from the AWS CLI: its wrappers are unwrapped. A missing file is a policy that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.document import PolicyDocument, parse_policy
from policygen.document.wrapped import read_unwrapped
from policygen.document.write import thaw
from policygen.errors import DocumentError, Place, PolicygenError, Problem
from policygen.source.nodes import plain
from policygen.spec.model import Role
from policygen.spec.paths import DocumentKind, kind_of, role_of

_POLICIES = (
    DocumentKind.BUCKET_POLICY,
    DocumentKind.KEY_POLICY,
    DocumentKind.TRUST_POLICY,
    DocumentKind.PERMISSIONS_POLICY,
    DocumentKind.PERMISSIONS_BOUNDARY,
)


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

    def identity_policies(self, role: Role) -> tuple[PolicyDocument, ...]:
        """Return every identity-based policy of a role: all files of its folder but trust policy and boundary."""
        return tuple(
            document
            for path, document in self.policies.items()
            if role_of(path) == (role.account, role.name) and kind_of(path) is DocumentKind.PERMISSIONS_POLICY
        )


def read_documents(texts: Mapping[str, str]) -> Documents:
    """Return the documents in JSON texts by path.

    Files in which nothing is looked for (the manifest, foreign files) are passed over. So are empty ones, which is what
    the AWS CLI's output is where there is no such policy; an empty ``versioning.json`` is a bucket that was never
    versioned.

    Raises:
        DocumentError: With every problem of every file: PG-D001 to PG-D007, PG-V001 for a file that holds no JSON
            object.
    """
    policies: dict[str, PolicyDocument] = {}
    configurations: dict[str, Mapping[str, Any]] = {}
    settings: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for path, text in texts.items():
        kind = kind_of(path)
        if kind in (None, DocumentKind.MANIFEST):
            continue
        if not text.strip("\ufeff \t\r\n"):
            settings |= {path: {}} if kind is DocumentKind.VERSIONING else {}
            continue
        try:
            inner, node = read_unwrapped(text, path)
            value = plain(node, typed=True)
            if not isinstance(value, Mapping):
                place, hint = (
                    Place(source=path, line=1, column=1),
                    "save the document, or what the AWS CLI prints for it",
                )
                problems.append(Problem(code="PG-V001", message="not a JSON object", place=place, hint=hint))
            elif kind in _POLICIES:
                policies[path] = parse_policy(inner, path)
            elif kind is DocumentKind.REPLICATION_CONFIGURATION:
                configurations[path] = value
            else:
                settings[path] = value
        except PolicygenError as error:
            problems.extend(error.problems)
    if problems:
        raise DocumentError(*problems)
    return Documents(policies=policies, configurations=configurations, settings=settings)


def documents_of_bundle(values: Mapping[str, Any]) -> Documents:
    """Return generated documents: JSON values by path."""
    return read_documents({path: json.dumps(thaw(value)) for path, value in values.items()})
