"""``verify --mend``: the documents as the mends make them, in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.options import Output

if TYPE_CHECKING:
    from policygen.spec.model import Spec
    from policygen.verification import Report


def write_mended(spec: Spec, documents: str | None, report: Report, folder: str, output: Output) -> None:
    """Write every file of the folder that was judged, or what is generated, as a report's mends make it.

    Args:
        spec: The spec.
        documents: The folder that was judged; None for what the spec generates.
        report: The report on it.
        folder: Where the files go: a folder that is empty, or not there.
        output: Who is told.

    Raises:
        click.BadParameter: What was judged is no folder that is laid out, or plans and dumps lie in it.
        SourceError: PG-F001 when a file cannot be read, PG-F004 when one cannot be written, PG-F013 when something
            stands in the folder.
    """
    from policygen.source.files import check_empty, claimed, write_files

    files = _mended(spec, documents, report)
    with claimed(Path(folder)):
        check_empty(Path(folder))
        write_files(Path(folder), files)
    output.note(f"{folder}: {_count(len(files), 'file')}, {_count(len(report.mends), 'mend')}")


def _mended(spec: Spec, documents: str | None, report: Report) -> dict[str, str | bytes]:
    """Return the files by path; what no mend is about is as it was, byte for byte."""
    from policygen.api.deployed import Deployments
    from policygen.api.spec_documents import is_laid_out, opened_documents
    from policygen.api.specs import generate
    from policygen.api.verifying import read_folder
    from policygen.source.files import files_below, is_folder, is_of_tools, read_whole
    from policygen.spec.paths import MANIFEST
    from policygen.verification import mended_texts

    if documents is None:
        # without the manifest, which would speak of the documents before the mends
        made = {path: each.to_json() for path, each in generate(spec).items() if path != MANIFEST}
        return dict(mended_texts(made, report.mends))
    root, texts = Path(documents), read_folder(documents) if is_folder(documents) else {}
    if not is_laid_out(texts) or opened_documents(spec, texts, documents, Deployments(spec, {})) != texts:
        message = "it changes policies in files of their own, in a folder laid out as `generate -o` writes it"
        raise click.BadParameter(message, param_hint="--mend")
    mended = mended_texts(texts, report.mends)
    found = files_below(root, lambda _: True, skipped=is_of_tools)
    whole = {path.relative_to(root).as_posix(): path for path in found}
    kept = {path: read_whole(file) for path, file in whole.items() if mended.get(path) == texts.get(path)}
    return kept | {path: text for path, text in mended.items() if text != texts.get(path)}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
