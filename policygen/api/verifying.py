"""Verifying a spec's documents: the report, as a record, as a page and as a picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.api.given import folder_at, text_of
from policygen.api.specs import check_spec, generated_documents
from policygen.document import Document
from policygen.errors import Problem, SourceError, check_argument

if TYPE_CHECKING:
    from policygen.report.picture import Picture
    from policygen.spec.model import Spec
    from policygen.verification import Check, Documents, Report
    from policygen.verification.verify import Progress


def verify(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None = None,
    *,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> Report:
    """Return the report on a spec's documents: does what must work work, and is nothing else allowed.

    Args:
        spec: The spec.
        documents: A folder laid out as ``generate -o`` writes it; a file or folder with answers of AWS, plans, states
            or templates; or documents by path. None for the generated ones.
        parameters: Values for templates, by parameter, pseudo parameter (``AWS::AccountId`` …) or logical id. Where
            one is deployed, and what the deployment makes up, the spec tells otherwise, as far as it does.
        progress: Called with (done, all) as the work goes on.
        strict: Whether a warning about a request of ``expect:`` fails its check.
        works: Whether to ask only whether what must work does; ``exact`` is None then.

    Raises:
        GenerationError: The spec's documents cannot be generated.
        SourceError: A file cannot be read.
        DocumentError: A file holds no policy; PG-V002 for a folder that holds none of the spec's documents.
    """
    return _verified(spec, documents, parameters, progress=progress, strict=strict, works=works)[0]


def html_report(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None = None,
    *,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> tuple[Report, str]:
    """Return a spec's report, as :func:`verify` does, and the same as one page of HTML: picture, documents, checks.

    Raises:
        PolicygenError: As :func:`verify`.
    """
    from policygen.report.html import html_report as page

    report, judged, actual = _verified(spec, documents, parameters, progress=progress, strict=strict, works=works)
    return report, page(judged, report, actual.written())


def picture(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None = None,
    *,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> tuple[Report, Picture]:
    """Return a spec's report, as :func:`verify` does, and its picture with a verdict on every edge.

    Raises:
        PolicygenError: As :func:`verify`.
    """
    from policygen.report.picture import picture_of

    report, judged, _ = _verified(spec, documents, parameters, progress=progress, strict=strict, works=works)
    return report, picture_of(judged, report)


def _verified(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None,
    parameters: Mapping[str, str] | None,
    **options: Any,
) -> tuple[Report, Spec, Documents]:
    """Return the report on documents, the spec with what was taken from them, and the documents."""
    from policygen.verification import IN_MEMORY, check_any_expected, with_key_ids

    check_spec(spec)
    actual: Documents | None = None
    taken: tuple[str, ...] = ()
    if documents is not None:
        actual, told = _read(spec, documents, parameters or {})
        spec, taken = with_key_ids(spec, actual)
        taken = (*told, *taken)
    generated = generated_documents(spec)
    where = None
    if isinstance(documents, (str, Path)) and actual is not None:
        check_any_expected(where := str(documents), actual.written(), generated.written())
    elif documents is not None:
        where = IN_MEMORY
    actual = actual or generated
    report = report_on(spec, actual, generated, **options)
    return replace(report, taken=taken, documents_from=where), spec, actual


def report_on(
    spec: Spec,
    documents: Documents,
    generated: Documents,
    *,
    kept: Callable[[Check], bool] | None = None,
    **options: Any,
) -> Report:
    """Return the report on documents, with its mends.

    Args:
        spec: The spec.
        documents: What is judged.
        generated: What the spec generates.
        kept: Which checks are asked for; None for all of them.
        options: Of :func:`policygen.verification.verify_spec`.
    """
    from policygen.verification import reference_spec, verify_spec, with_bucket_keys, with_mends

    found = with_bucket_keys(spec, documents)
    wanted = reference_spec(found) or (found if found is not spec else None)
    reference = generated_documents(wanted) if wanted is not None else None

    def judged(those: Documents) -> Report:
        report = verify_spec(spec, those, generated, reference=reference, **options)
        return report if kept is None else replace(report, checks=tuple(each for each in report.checks if kept(each)))

    return with_mends(judged(documents), documents, reference or generated, judged)


def _read(
    spec: Spec, documents: str | Path | Mapping[str, Document], parameters: Mapping[str, str]
) -> tuple[Documents, tuple[str, ...]]:
    """Return documents: of a folder that is laid out, or out of files and folders of any shape that is known.

    Beside them what the spec tells of templates, in words.
    """
    from policygen.api.deployed import Deployments
    from policygen.api.spec_documents import found_documents, is_laid_out, opened_documents
    from policygen.source.files import is_folder
    from policygen.verification import read_documents

    if isinstance(documents, (str, Path)):
        texts = read_folder(documents) if is_folder(documents) or not os.path.exists(documents) else {}
        deployments = Deployments(spec, parameters)
        laid_out = opened_documents(spec, texts, str(documents), deployments) if is_laid_out(texts) else None
        found = laid_out or found_documents(spec, documents, deployments) or texts
        return read_documents(found, str(documents)), deployments.told()
    hint = "give a folder, or documents by path: `{path: document}`"
    check_argument("documents", documents, Mapping, hint)
    for path in documents:
        check_argument("a path in documents", path, str, hint)
    return read_documents({path: text_of(document, path)[0] for path, document in documents.items()}), ()


def read_folder(folder: str | Path) -> dict[str, str]:
    """Return the JSON files below a folder's account folders: texts by path relative to it, with ``/``.

    Whatever else lies in the folder, another format's files among it, is not looked at.

    Raises:
        SourceError: The folder or a file cannot be read; every problem at once.
    """
    from policygen.aws.arns import ACCOUNT_ID
    from policygen.source.files import files_below, read_text
    from policygen.spec.paths import account_of

    root = folder_at(folder)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in files_below(root, lambda name: name.endswith(".json")):
        name = path.relative_to(root).as_posix()
        if not ACCOUNT_ID.match(account_of(name)):
            continue
        try:
            found[name] = read_text(path)
        except SourceError as error:
            problems.extend(error.problems)
    if problems:
        raise SourceError(*problems)
    return found
