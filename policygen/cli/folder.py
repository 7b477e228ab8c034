"""Writing generated files below a folder: whole or not at all, and never over what somebody else wrote.

Each format has a manifest of its own, which says what its runs wrote, each file with its checksum. So a run takes away
only what an earlier run of the same format wrote and nobody edited; whatever else lies in the folder is left alone.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from policygen.cli.streams import say
from policygen.document.write import to_json
from policygen.errors import Place, Problem, SourceError
from policygen.generator import checksum
from policygen.spec.paths import manifest_path

_MOST_DIFF_LINES = 60
_SECTIONS = ("documents", "pages")
"""Members of a manifest that list files."""


def write_folder(
    folder: Path, files: Mapping[str, str], only: Collection[str], form: str, *, force: bool
) -> tuple[list[str], list[str]]:
    """Write files of one format and their manifest below ``folder``, which is made when it is not there.

    Args:
        folder: The folder.
        files: Everything that the format has, by path.
        only: The paths to write; where they are all of them, what an earlier run wrote besides is taken away.
        form: The format.
        force: Whether edited and foreign files in the way are overwritten.

    Returns:
        The paths that were written, and those that were taken away.

    Raises:
        SourceError: PG-F012 for each edited or foreign file in the way, the differences shown on standard error;
            PG-F001 and PG-F004 when a file cannot be read or written.
    """
    from policygen.source.files import claimed, write_files

    name = manifest_path(form)
    entries = [{"path": path, "sha256": checksum(text)} for path, text in files.items()]
    new = json.loads(files[name]) if name in files else {"documents": entries}
    whole = len(only) == len(files)
    texts = {path: files[path] for path in only if path != name}
    with claimed(folder):
        old, left = _read_manifest(folder / name), _left(folder, files)
        texts[name] = to_json(new if whole else _merged(old or {}, new, texts))
        known = _checksums([old, *left.values()])
        stale = [path for path in known if whole and path not in texts]
        found = _found(folder, [path for path in (*texts, *stale) if path != name or old is None])
        if not force:
            _check(folder, texts, known, found)
        removed = [path for path in stale if path in found and checksum(found[path]) in known[path]]
        write_files(folder, texts, remove=[*(folder / path for path in removed), *left])
        for path in removed:
            _remove_empty_folders(folder, path)
    return list(texts), removed


def _left(folder: Path, files: Mapping[str, str]) -> dict[Path, dict[str, Any] | None]:
    """Return what killed runs left, with the manifests in it; not those of other formats, whose next runs need them."""
    from policygen.source.files import left_over

    found = {path: _read_manifest(path) for path in left_over(folder)}
    return {path: each for path, each in found.items() if not each or not files.keys().isdisjoint(_entries(each))}


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """Return a manifest; an empty one where there is none, None where the file is no manifest of ours."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_bytes())
        _entries(found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found if any(section in found for section in _SECTIONS) else None


def _entries(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest says of each file, by path; a path that leaves the folder is not one of ours."""
    listed = [entry for section in _SECTIONS for entry in manifest.get(section, ())]
    parts = [PurePosixPath(entry["path"]).parts for entry in listed]
    return {
        entry["path"]: entry
        for entry, path in zip(listed, parts, strict=True)
        if isinstance(entry["sha256"], str) and not {"..", "/"} & {*path}
    }


def _checksums(manifests: Collection[Mapping[str, Any] | None]) -> dict[str, set[str]]:
    """Return what manifests say of the files that were written with them: ours, and those of runs that were killed."""
    known: dict[str, set[str]] = {}
    for path, entry in (each for manifest in manifests for each in _entries(manifest or {}).items()):
        known.setdefault(path, set()).add(entry["sha256"])
    return known


def _merged(old: Mapping[str, Any], new: Mapping[str, Any], written: Collection[str]) -> dict[str, Any]:
    """Return the manifest of a run that writes a part: beside it stands what earlier runs wrote."""
    found = dict(new)
    for section in (section for section in _SECTIONS if section in new):
        entries = {entry["path"]: entry for entry in old.get(section, ())}
        entries |= {entry["path"]: entry for entry in new[section] if entry["path"] in written}
        found[section] = list(entries.values())
    return found


def _found(folder: Path, paths: Collection[str]) -> dict[str, str]:
    """Return what stands in those of the files that are there; what is no UTF-8 in them was never written by us.

    Raises:
        SourceError: PG-F001 for each that cannot be read.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            found[path] = (folder / path).read_bytes().decode("utf-8", "replace")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        except OSError as error:
            message = f"cannot be read: {(error.strerror or str(error)).lower()}"
            problems.append(Problem(code="PG-F001", message=message, place=Place(source=str(folder / path))))
    if problems:
        raise SourceError(*problems)
    return found


def _check(folder: Path, texts: Mapping[str, str], known: Mapping[str, set[str]], found: Mapping[str, str]) -> None:
    """Refuse what would be lost: files in the way that no earlier run wrote, or that were edited since."""
    problems: list[Problem] = []
    differences: list[str] = []
    for path, text in found.items():
        if text == texts.get(path) or checksum(text) in known.get(path, ()):
            continue
        message = "was edited since it was generated" + ("" if path in texts else ", and the spec no longer makes it")
        if path not in known:
            message = "is there already, and no earlier run of this format wrote it"
        hint = "move it away, take another folder, or use --force: it overwrites what is generated and leaves the rest"
        problems.append(Problem(code="PG-F012", message=message, place=Place(source=str(folder / path)), hint=hint))
        names = f"{path} (found)", f"{path} (generated)"
        wanted = texts.get(path, "").splitlines()
        differences += difflib.unified_diff(text.splitlines(), wanted, *names, lineterm="")
    if problems:
        shown = differences[:_MOST_DIFF_LINES]
        say("\n".join(shown) + ("\n…" if len(differences) > _MOST_DIFF_LINES else ""))
        raise SourceError(*problems)


def _remove_empty_folders(folder: Path, path: str) -> None:
    """Remove the folders below ``folder`` that are empty without a file."""
    for parent in list(PurePosixPath(path).parents)[:-1]:
        try:
            (folder / parent).rmdir()
        except OSError:
            return
