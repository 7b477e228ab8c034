"""The manifest: what each file is, where it is pasted, its size against its quota, the ids still to fill in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from policygen.aws import quotas
from policygen.errors import GenerationError, Place, Problem
from policygen.generator.bundle import GeneratedDocument
from policygen.generator.paste_page import how_to_fill, where_to_paste
from policygen.spec.paths import MANIFEST, PASTE_PAGE, DocumentKind

QUOTAS = {
    DocumentKind.PERMISSIONS_POLICY: quotas.QUOTAS["role-inline"],
    DocumentKind.TRUST_POLICY: quotas.QUOTAS["trust-policy"],
    DocumentKind.BUCKET_POLICY: quotas.QUOTAS["bucket-policy"],
    DocumentKind.KEY_POLICY: quotas.QUOTAS["key-policy"],
    DocumentKind.REPLICATION_CONFIGURATION: quotas.CONFIGURATION,
}
"""The quota of each kind of document."""


def size_of(document: GeneratedDocument) -> int:
    """Return a document's size in its quota's unit; in bytes where AWS states no quota."""
    quota = QUOTAS.get(document.kind)
    return quota.size_of(document.to_json()) if quota else len(document.to_json().encode())


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
