"""The manifest: what each file is, where it is pasted, its size against its quota, the ids still to fill in.

Fact: Q4, Q5, Q17, Q18, R60
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policygen.errors import GenerationError, Place, Problem
from policygen.generator.bundle import GeneratedDocument
from policygen.generator.paste_page import how_to_fill, where_to_paste
from policygen.spec.paths import MANIFEST, PASTE_PAGE, DocumentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """AWS's limit on a document, in ``characters without white space`` or ``bytes``."""

    limit: int
    unit: str
    doc_url: str


_AWS = "https://docs.aws.amazon.com/"
_CHARACTERS = "characters without white space"
QUOTAS = {
    kind: Quota(limit=limit, unit=unit, doc_url=_AWS + page)
    for kind, limit, unit, page in (
        (DocumentKind.PERMISSIONS_POLICY, 10_240, _CHARACTERS, "IAM/latest/UserGuide/reference_iam-quotas.html"),
        (DocumentKind.TRUST_POLICY, 2_048, _CHARACTERS, "IAM/latest/UserGuide/reference_iam-quotas.html"),
        (DocumentKind.BUCKET_POLICY, 20_480, "bytes", "AmazonS3/latest/userguide/add-bucket-policy.html"),
        (DocumentKind.KEY_POLICY, 32_768, "bytes", "kms/latest/developerguide/key-policy-overview.html"),
        (
            *(DocumentKind.REPLICATION_CONFIGURATION, 2_097_152, "bytes"),
            "AmazonS3/latest/API/API_ReplicationConfiguration.html",
        ),
    )
}
"""The quota of each kind of document.

Unspecified: AWS does not say whether white space counts in trust policies, bucket policies and key policies; here it
counts for the latter two, whose limits are in bytes.
"""


def size_of(document: GeneratedDocument) -> int:
    """Return a document's size in its quota's unit; in bytes where AWS states no quota."""
    text = document.to_json()
    quota = QUOTAS.get(document.kind)
    return len(re.sub(r"\s", "", text)) if quota and quota.unit == _CHARACTERS else len(text.encode())


def over_quota(documents: Sequence[GeneratedDocument]) -> tuple[GeneratedDocument, ...]:
    """Return the documents that are larger than AWS's quota for them."""
    return tuple(each for each in documents if each.kind in QUOTAS and size_of(each) > QUOTAS[each.kind].limit)


def check_quotas(documents: Sequence[GeneratedDocument]) -> None:
    """Refuse documents that AWS would not take for their size.

    Raises:
        GenerationError: PG-G006 for each of them.
    """
    hint = (
        "statements that can be put together were: split the spec into fewer rules, readers or destinations for "
        "one bucket, key or role"
    )
    problems = []
    for each in over_quota(documents):
        quota, place = QUOTAS[each.kind], Place(source=each.path)
        message = f"{each.kind.value} of {size_of(each):,} {quota.unit}, at most {quota.limit:,} are possible"
        problems.append(Problem(code="PG-G006", message=message, place=place, hint=hint, doc_url=quota.doc_url))
    if problems:
        raise GenerationError(*problems)


def manifest(documents: Sequence[GeneratedDocument]) -> GeneratedDocument:
    """Return the manifest of ``documents``."""
    entries = [_entry(document) for document in documents]
    placeholders = sorted({name for entry in entries for name in entry["placeholders"]})
    value: dict[str, Any] = {
        "documents": entries,
        "placeholders": placeholders,
        "fill_in": {name: how_to_fill(name) for name in placeholders},
        "pages": [{"path": PASTE_PAGE, "sha256": checksum(where_to_paste(documents))}],
    }
    return GeneratedDocument(path=MANIFEST, value=value)


def _entry(document: GeneratedDocument) -> dict[str, Any]:
    quota = QUOTAS.get(document.kind)
    return {
        "path": document.path,
        "kind": document.kind.value,
        "where": document.where,
        "size": size_of(document),
        "quota": quota.limit if quota else None,
        "unit": quota.unit if quota else "bytes",
        "sha256": checksum(document.to_json()),
        "placeholders": document.placeholders,
    }


def checksum(text: str) -> str:
    """Return the SHA-256 of a text as hexadecimal digits: it tells later whether somebody edited the file."""
    return hashlib.sha256(text.encode()).hexdigest()
