"""The page that says where each document is pasted: Markdown, beside the documents."""

from __future__ import annotations

from collections.abc import Sequence

from policygen.generator.bundle import GeneratedDocument
from policygen.spec.paths import DocumentKind, account_of

_ORDER = (
    DocumentKind.TRUST_POLICY,
    DocumentKind.PERMISSIONS_POLICY,
    DocumentKind.KEY_POLICY,
    DocumentKind.VERSIONING,
    DocumentKind.ENCRYPTION,
    DocumentKind.OWNERSHIP_CONTROLS,
    DocumentKind.PUBLIC_ACCESS_BLOCK,
    DocumentKind.BUCKET_POLICY,
    DocumentKind.REPLICATION_CONFIGURATION,
    DocumentKind.BATCH_JOB,
)


def where_to_paste(documents: Sequence[GeneratedDocument]) -> str:
    """Return the page: one section an account, its documents in the order in which AWS takes them."""
    lines = [
        "# Where to paste what",
        "",
        "In each account from top to bottom: roles first, since a policy that names a role which does not exist is",
        "refused; then keys, buckets, and last what replicates.",
        "",
    ]
    ordered = sorted(documents, key=lambda document: _ORDER.index(document.kind))
    for account in dict.fromkeys(account_of(document.path) for document in documents):
        own = [each for each in ordered if account_of(each.path) == account]
        cells = [f"| [{each.path}](<{each.path}>) | {_cell(each.where)} |" for each in own]
        lines += [f"## Account {account}", "", "| document | where |", "| --- | --- |", *cells, ""]
    names = sorted({name for document in documents for name in document.placeholders})
    if names:
        lines += ["## To fill in first", "", "| text | what stands for it |", "| --- | --- |"]
        lines += [f"| `{name}` | {_cell(how_to_fill(name))} |" for name in names]
    return "\n".join(lines).rstrip("\n") + "\n"


def how_to_fill(placeholder: str) -> str:
    """Return what to write in the place of a placeholder, and where the value comes from."""
    name = placeholder.removeprefix("KEY-ID-OF-")
    return (
        f"the key id that `aws kms create-key` prints (KeyMetadata.KeyId) for the key `{name}`: write it as `id` of "
        f"`{name}` under `keys` in the spec and generate again"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
