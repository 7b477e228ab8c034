"""Writing generated files below a folder: whole or not at all, and never over what somebody edited."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from policygen.cli.streams import say
from policygen.errors import Place, Problem, SourceError
from policygen.spec.paths import MANIFEST

_MOST_DIFF_LINES = 60


def write_folder(folder: Path, texts: Mapping[str, str], *, whole: bool, force: bool) -> None:
    """Write files below ``folder``, and take away those that an earlier run wrote and this one does not.

    Args:
        folder: Made when it is not there.
        texts: By path; the manifest among them holds the checksum of each.
        whole: Whether they are all there is: then files that are not of this run are foreign.
        force: Whether edited and foreign files are overwritten or left alone.

    Raises:
        SourceError: PG-F012 for each edited or foreign file, the differences shown on standard error; PG-F004 when a
            file cannot be written.
    """
    from policygen.source.files import claimed, left_over, write_files

    with claimed(folder):
        left = left_over(folder)
        stale = list(_check(folder, texts, _known_checksums(folder, left), whole=whole, force=force))
        write_files(folder, texts, remove=[*stale, *left])


def _check(
    folder: Path, texts: Mapping[str, str], known: Mapping[str, set[str]], *, whole: bool, force: bool
) -> Iterator[Path]:
    """Yield our own files that the spec no longer makes; refuse edited and foreign ones unless forced."""
    from policygen.generator import checksum
    from policygen.source.files import files_below

    problems: list[Problem] = []
    differences: list[str] = []
    for path in files_below(folder, lambda name: not name.startswith(".")):
        name = path.relative_to(folder).as_posix()
        found = path.read_text(encoding="utf-8", errors="replace")
        ours = checksum(found) in known.get(name, ()) or name == MANIFEST
        if found == texts.get(name) or force:
            continue
        if name in texts and not ours:
            problems.append(_problem("was edited since it was generated", path))
            names = f"{name} (found)", f"{name} (generated)"
            differences += difflib.unified_diff(found.splitlines(), texts[name].splitlines(), *names, lineterm="")
        elif name not in texts and whole and ours and name != MANIFEST:
            yield path
        elif name not in texts and whole and not ours:
            problems.append(_problem("is not a document of this spec", path))
    if problems:
        if differences:
            shown = differences[:_MOST_DIFF_LINES]
            say("\n".join(shown) + ("\n…" if len(differences) > _MOST_DIFF_LINES else ""))
        raise SourceError(*problems)


def _problem(message: str, path: Path) -> Problem:
    hint = "take another folder, or overwrite edited files with --force"
    return Problem(code="PG-F012", message=message, place=Place(source=str(path)), hint=hint)


def _known_checksums(folder: Path, left: Sequence[Path]) -> dict[str, set[str]]:
    """Return what the folder's manifest says about the files that were written with it, and those of killed runs."""
    known: dict[str, set[str]] = {}
    for path in (folder / MANIFEST, *left):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            for entry in (*manifest["documents"], *manifest["pages"]):
                known.setdefault(str(entry["path"]), set()).add(str(entry["sha256"]))
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue
    return known
