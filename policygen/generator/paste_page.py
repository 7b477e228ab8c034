"""The page that says where each document is pasted: Markdown, beside the documents."""

from __future__ import annotations

from collections.abc import Sequence

from policygen.generator.bundle import GeneratedDocument
from policygen.generator.settings import SETTINGS
from policygen.spec.paths import DocumentKind, account_of, folder_of

_STAGES = (
    (DocumentKind.TRUST_POLICY, DocumentKind.PERMISSIONS_POLICY),
    (DocumentKind.KEY_POLICY,),
    (*SETTINGS, DocumentKind.BUCKET_POLICY),
    (DocumentKind.REPLICATION_CONFIGURATION,),
    (DocumentKind.BATCH_JOB,),
)
"""What comes one after the other; within a stage, what belongs together comes together."""


def where_to_paste(documents: Sequence[GeneratedDocument]) -> str:
    """Return the page: one section an account, its documents in the order in which AWS takes them."""
    lines = [
        "# Where to paste what",
        "",
        "In each account from top to bottom: roles first, since a policy that names a role which does not exist is",
        "refused; then keys, buckets, and last what replicates. What exists already is not created again; look at its",
        "policy before you replace it.",
        "",
        "Commands are run in this folder. `--profile` names the account as the spec does: write your profile's name.",
        "",
    ]
    folders = list(dict.fromkeys(folder_of(document.path) for document in documents))

    def place(document: GeneratedDocument) -> tuple[int, int, int]:
        stage = next(number for number, kinds in enumerate(_STAGES) if document.kind in kinds)
        return stage, folders.index(folder_of(document.path)), _STAGES[stage].index(document.kind)

    ordered = sorted(documents, key=place)
    for account in dict.fromkeys(account_of(document.path) for document in documents):
        lines += [f"## Account {account}", "", "| what | where |", "| --- | --- |"]
        for each in (each for each in ordered if account_of(each.path) == account):
            lines += [f"| create, unless it exists | {_cell(each.create)} |"] if each.create else []
            lines.append(f"| [{each.path}](<{each.path}>) | {_cell(each.where)} |")
        lines.append("")
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
