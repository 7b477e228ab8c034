"""``policygen generate``: documents to paste, CloudFormation, Terraform, or a script for the AWS CLI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.api.specs import EXPORTS
from policygen.cli.main import EXIT_OK, Command
from policygen.cli.options import Output, output_options
from policygen.errors import GenerationError, Place, Problem, SourceError

if TYPE_CHECKING:
    from policygen.generator import Bundle
    from policygen.spec.model import Spec


@click.command("generate", cls=Command, epilog="Example: policygen generate spec.yaml -o policies/")
@click.argument("spec", metavar="SPEC")
@click.option("-o", "--output-dir", "folder", metavar="DIR", help="Write the files below this folder.")
@click.option("--only", metavar="GLOB", help="Only the files whose path matches.")
@click.option("--templates", metavar="DIR", help="Templates that take the place of the package's own.")
@click.option("--force", is_flag=True, help="Overwrite edited and foreign files in the way.")
@output_options(*EXPORTS, "mermaid")
def command(
    spec: str, folder: str | None, only: str | None, templates: str | None, *, force: bool, output: Output
) -> int:
    """Generate the policy documents of a spec, or what sets them up.

    Without -o one JSON object is printed: path to document (a single match of --only: that document alone). With -o
    each format takes away what an earlier run of it wrote and the spec no longer makes, and leaves all else alone.
    `--format cloudformation` makes one template an account and Region, `--format terraform` a module in Terraform's
    JSON, `--format aws-cli` a commented script and the documents it uses, `--format mermaid` a picture.

    Exit status: 0 done, 3 an input could not be used, an output not written, a document does not fit its quota.
    """
    from policygen.api import specs

    loaded = specs.load_spec(spec)
    output.warn(loaded.warnings)
    bundle = specs.generate(loaded, templates)
    check_documents(bundle)
    for replication in loaded.replication:
        for rule, other in replication.shadowed_rules:
            before = f"every object that it covers follows `{other.id}`, which has a higher priority (R62)"
            output.note(f"warning: rule `{rule.id}` of `{replication.name}` never applies and gets no rights: {before}")
    files = _files(loaded, bundle, output.format, paste_page=folder is not None and only is None)
    paths = _selected(files, only)
    if folder is None:
        texts = {path: files[path] for path in paths}
        _print_documents(texts, output, alone=output.format == "mermaid" or (only is not None and len(texts) == 1))
        return EXIT_OK
    from policygen.cli.folder import write_folder

    form = "json" if output.format == "text" else output.format
    written, removed = write_folder(Path(folder), files, paths, form, force=force)
    _print_paths(folder, written, output)
    for path in removed:
        output.note(f"removed {Path(folder) / path}: an earlier run wrote it, and the spec no longer makes it")
    output.note(f"{len(written)} file{'' if len(written) == 1 else 's'} in {folder}")
    return EXIT_OK


def _files(spec: Spec, bundle: Bundle, form: str, *, paste_page: bool) -> dict[str, str]:
    """Return every file of a format: texts by path."""
    from policygen.api import specs
    from policygen.generator import where_to_paste
    from policygen.spec.paths import PASTE_PAGE, DocumentKind

    if form == "mermaid":
        from policygen.report.mermaid import mermaid
        from policygen.report.picture import picture_of

        return {"picture.mmd": mermaid(picture_of(spec))}
    if form in EXPORTS:
        return specs.export_to(spec, form, bundle)
    page = where_to_paste([each for each in bundle.values() if each.kind is not DocumentKind.MANIFEST])
    return bundle.texts() | ({PASTE_PAGE: page} if paste_page else {})


def _print_documents(texts: Mapping[str, str], output: Output, *, alone: bool) -> None:
    """Print one JSON object, path to document; or one document as it would be written. A query sees what is printed."""
    if alone and output.query is None:
        output.write("".join(texts.values()))
        return
    values = {path: json.loads(text) if path.endswith(".json") else text for path, text in texts.items()}
    output.json(next(iter(values.values())) if alone else values)


def _print_paths(folder: str, written: list[str], output: Output) -> None:
    paths = [str(Path(folder) / path) for path in written]
    if output.format == "json" or output.query is not None:
        output.json(paths)
    else:
        output.write("".join(f"{path}\n" for path in paths))


def check_documents(bundle: Bundle) -> None:
    """Refuse documents that AWS would not take.

    Raises:
        GenerationError: PG-G007 for each error that validation finds.
    """
    from policygen.lint import validate_text
    from policygen.spec.paths import DocumentKind

    problems: list[Problem] = []
    for path, document in bundle.items():
        if document.policy is None and document.kind is not DocumentKind.REPLICATION_CONFIGURATION:
            continue
        report = validate_text(document.to_json(), path)
        for each in report.errors:
            place, message = Place(source=path, pointer=each.place.pointer), f"{each.issueCode}: {each.findingDetails}"
            problems.append(Problem(code="PG-G007", message=message, place=place, doc_url=each.learnMoreLink))
    if problems:
        raise GenerationError(*problems)


def _selected(files: Mapping[str, str], only: str | None) -> list[str]:
    paths = [path for path in files if only is None or fnmatchcase(path, only) or fnmatchcase(path, f"*/{only}")]
    if not paths:
        hint = f"the documents are {', '.join(list(files)[:8])}" + (" …" if len(files) > 8 else "")
        raise SourceError(Problem(code="PG-F011", message=f"no document matches `{only}`", hint=hint))
    return paths
