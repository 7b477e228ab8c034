"""Which findings of a run are accepted, and which entries match nothing any more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from policygen.errors import Problem, Severity
from policygen.ignoring.settings import FILE_NAME, Ignore, Settings, load_settings
from policygen.source.files import files_below, is_of_tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A finding that is accepted, and why."""

    problem: Problem
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values: the problem's, and the reason."""
        return self.problem.to_dict() | {"reason": self.reason}


class Silencer:
    """Asked about each finding of a run; remembers what it silenced, and which files were looked at."""

    def __init__(self, settings: Settings) -> None:
        """Ask ``settings``."""
        self._settings = settings
        self._used: set[Ignore] = set()
        self._seen: set[str] = set()
        self._paths: dict[str, str | None] = {}
        self.ignored: list[Ignored] = []

    @classmethod
    def here(cls) -> Silencer:
        """Return that of the working folder.

        Raises:
            SourceError: PG-F016, as :func:`policygen.ignoring.load_settings`.
        """
        return cls(load_settings(Path.cwd()))

    def look_at(self, source: str) -> None:
        """Note that a file was judged, or all of a folder: an entry for it that silences nothing is of no use."""
        path = self._path(source)
        if path is not None:
            self._seen.add(path)

    def silences(self, problem: Problem) -> bool:
        """Tell whether a finding is accepted, and note it."""
        path = self._path(problem.place.source)
        for each in self._settings.ignores if path is not None else ():
            if each.code == problem.code and each.matches(path or ""):
                self._used.add(each)
                self.ignored.append(Ignored(problem=problem, reason=each.reason))
                return True
        return False

    def idle(self, *kinds: str) -> Iterator[Problem]:
        """Yield a warning for each entry that is of no use any more: nothing was found in any of its files.

        An entry some of whose files were not looked at is not named: what it is for may stand there.

        Args:
            kinds: Kinds of codes that the run could have found: ``issue``, ``cause``, ``problem``, ``warning``.
        """
        for each in self._settings.ignores:
            if each in self._used or each.kind not in kinds:
                continue
            meant = [path for path in self._files if each.matches(path)]
            if meant and not all(map(self._was_seen, meant)):
                continue
            message = f"`{each.code}` is not found in `{each.path}` any more"
            hint = f"take the entry out of {FILE_NAME}"
            if not meant:
                message, hint = f"no file is `{each.path}`", f"write where the file is now, or {hint}"
            yield Problem(code="PG-F017", message=message, place=each.place, hint=hint, severity=Severity.WARNING)

    def _was_seen(self, path: str) -> bool:
        """Tell whether a file was judged, by itself or with a folder above it."""
        return any(str(each) in self._seen for each in (path, *PurePosixPath(path).parents))

    @cached_property
    def _files(self) -> list[str]:
        """Every file of JSON or YAML below the settings' folder."""
        from policygen.lint import is_of_interest

        folder = self._settings.folder or Path()
        unreadable: list[Problem] = []
        found = files_below(folder, is_of_interest, skipped=is_of_tools, problems=unreadable)
        return [path.relative_to(folder).as_posix() for path in found]

    def _path(self, source: str) -> str | None:
        """Return a file's path below the settings' folder; None where it lies elsewhere."""
        if source not in self._paths:
            self._paths[source] = self._below(source)
        return self._paths[source]

    def _below(self, source: str) -> str | None:
        folder = self._settings.folder
        if folder is None or source in ("", "-"):
            return None
        try:
            return Path(os.path.abspath(source)).relative_to(folder).as_posix()
        except ValueError:
            return None
