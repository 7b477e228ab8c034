"""``policygen generate``: documents to paste, as JSON or as files."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_OK
from policygen.cli.options import Output, output_options
from policygen.errors import GenerationError, Place, Problem, SourceError

if TYPE_CHECKING:
    from policygen.generator import Bundle

_LATER = ("cloudformation", "terraform", "aws-cli")
_MOST_DIFF_LINES = 60


@click.command("generate", epilog="Example: policygen generate spec.yaml -o policies/")
@click.argument("spec", metavar="SPEC")
@click.option("-o", "--output-dir", "folder", metavar="DIR", help="Write the documents below this folder.")
@click.option("--only", metavar="GLOB", help="Only the documents whose path matches.")
@click.option("--templates", metavar="DIR", help="Templates that take the place of the package's own.")
@click.option("--force", is_flag=True, help="Overwrite edited files.")
@output_options(*_LATER)
def command(
    spec: str, folder: str | None, only: str | None, templates: str | None, *, force: bool, output: Output
) -> int:
    """Generate the policy documents of a spec.

    Without -o one JSON object is printed: path to document (a single match of --only: that document alone).

    Exit status: 0 done, 3 an input could not be used, an output not written, a document does not fit its quota.
    """
    from policygen import api

    if output.format in _LATER:
        message = f"not yet supported: `{output.format}`; use `json`"
        raise click.BadParameter(message, param_hint="--format")
    bundle = api.generate(api.load_spec(spec), templates)
    check_documents(bundle)
    paths = _selected(bundle, only)
    if folder is not None:
        _write(bundle, paths, Path(folder), output, force=force)
        return EXIT_OK
    if only is not None and len(paths) == 1 and output.query is None:
        output.write(bundle[paths[0]].to_json())
    else:
        output.json({path: json.loads(bundle[path].to_json()) for path in paths})
    return EXIT_OK


def check_documents(bundle: Bundle) -> None:
    """Refuse documents that AWS would not take.

    Raises:
        GenerationError: PG-G007 for each error that validation finds.
    """
    from policygen.generator import DocumentKind
    from policygen.lint import validate_text

    problems: list[Problem] = []
    for path, document in bundle.items():
        if document.policy is None and document.kind is not DocumentKind.REPLICATION_CONFIGURATION:
            continue
        report = validate_text(document.to_json(), path)
        problems.extend(
            Problem(
                code="PG-G007",
                message=f"{finding.issue_code}: {finding.details}",
                place=Place(source=path, pointer=finding.pointer),
                doc_url=finding.learn_more_link,
            )
            for finding in report.errors
        )
    if problems:
        raise GenerationError(*problems)


def _selected(bundle: Bundle, only: str | None) -> list[str]:
    paths = [path for path in bundle if only is None or fnmatchcase(path, only) or fnmatchcase(path, f"*/{only}")]
    if not paths:
        hint = f"the documents are {', '.join(list(bundle)[:8])}" + (" …" if len(bundle) > 8 else "")
        raise SourceError(Problem(code="PG-F011", message=f"no document matches `{only}`", hint=hint))
    return paths


def _write(bundle: Bundle, paths: list[str], folder: Path, output: Output, *, force: bool) -> None:
    from policygen.generator import PAGE, DocumentKind, where_to_paste
    from policygen.source.files import write_files

    texts = {path: bundle[path].to_json() for path in paths}
    if len(paths) == len(bundle):
        texts[PAGE] = where_to_paste([each for each in bundle.values() if each.kind is not DocumentKind.MANIFEST])
    stale: list[Path] = []
    if folder.is_dir():
        stale = list(_check_folder(folder, texts, whole=len(paths) == len(bundle), force=force))
    write_files(folder, texts)
    for path in stale:
        path.unlink(missing_ok=True)
    if output.is_text:
        output.write("".join(f"{folder / path}\n" for path in texts))
    else:
        output.json([str(folder / path) for path in texts])


def _check_folder(folder: Path, texts: dict[str, str], *, whole: bool, force: bool) -> Iterator[Path]:
    """Yield our own files that the spec no longer makes; refuse edited and foreign ones unless forced."""
    known = _known_checksums(folder)
    problems: list[Problem] = []
    differences: list[str] = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        found = path.read_text(encoding="utf-8", errors="replace")
        ours = _checksum(found) == known.get(name) or name == "manifest.json"
        if found == texts.get(name) or force:
            continue
        if name in texts and not ours:
            problems.append(_problem("PG-F012", "was edited since it was generated", path))
            differences.extend(_difference(found, texts[name], name))
        elif name not in texts and whole and ours and name != "manifest.json":
            yield path
        elif name not in texts and whole and not ours:
            problems.append(_problem("PG-F012", "is no document of this spec", path))
    if problems:
        if differences:
            shown = differences[:_MOST_DIFF_LINES]
            click.echo("\n".join(shown) + ("\n…" if len(differences) > _MOST_DIFF_LINES else ""), err=True)
        raise SourceError(*problems)


def _problem(code: str, message: str, path: Path) -> Problem:
    hint = "take another folder, or overwrite edited files with --force"
    return Problem(code=code, message=message, place=Place(source=str(path)), hint=hint)


def _checksum(text: str) -> str:
    from policygen.generator import checksum

    return checksum(text)


def _known_checksums(folder: Path) -> dict[str, str]:
    """Return what the folder's manifest says about the files that were written with it."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        entries = [*manifest["documents"], *manifest["pages"]]
        return {str(entry["path"]): str(entry["sha256"]) for entry in entries}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _difference(found: str, wanted: str, name: str) -> list[str]:
    return list(
        difflib.unified_diff(
            found.splitlines(), wanted.splitlines(), f"{name} (found)", f"{name} (generated)", lineterm=""
        )
    )
