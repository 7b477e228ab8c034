"""Opening suites and environment files, and the documents they name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from policygen.document import PolicyDocument, parse_policy
from policygen.errors import DocumentError, Place, PolicygenError, Problem, SourceError
from policygen.fields.read import Doc
from policygen.source.files import files_below, is_folder, is_of_tools, read_text
from policygen.suite import Suite, parse_suite

SUFFIXES = (".policytest.yaml", ".policytest.yml", ".policytest.json")
"""File names that mark a suite."""

_MAX_SUITE_BYTES = 64 * 1024 * 1024


def is_suite(name: str) -> bool:
    """Tell whether a file's name marks a suite."""
    return name.endswith(SUFFIXES)


def find_suites(paths: Iterable[str | Path], problems: list[Problem]) -> list[Path]:
    """Return the suites among ``paths``: files as they are given, folders searched in sorted order.

    What cannot be used is noted in ``problems``: PG-F001 for a path that does not exist and a folder that nobody may
    look into, PG-T007 for a folder that holds no suite.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        known = len(problems)
        try:
            searched = is_folder(path)
        except SourceError as error:
            problems.extend(error.problems)
            continue
        listed = files_below(path, is_suite, skipped=is_of_tools, problems=problems) if searched else [path]
        if not listed and len(problems) == known:
            hint = f"suites are called {', '.join('*' + each for each in SUFFIXES)}"
            message = "there is no suite in this folder"
            problems.append(Problem(code="PG-T007", message=message, place=Place(source=str(path)), hint=hint))
        elif not os.path.lexists(path) and str(path) != "-":
            message = "cannot be read: no such file or folder"
            problems.append(Problem(code="PG-F001", message=message, place=Place(source=str(path))))
            continue
        found.update(dict.fromkeys(listed))
    return list(found)


def load_suite(path: str | Path) -> Suite:
    """Return the suite in a file; ``-`` reads standard input.

    Raises:
        SourceError: The file cannot be read (PG-F001 to PG-F010).
        SuiteError: PG-T001 to PG-T006.
    """
    return parse_suite(read_text(path, max_bytes=_MAX_SUITE_BYTES), str(path))


class DocumentReader:
    """Reads the documents that a suite or environment names, each file once, collecting the problems of all of them."""

    def __init__(self, source: str) -> None:
        """Resolve paths against the folder of ``source``."""
        self._folder = Path(source).parent
        self._parsed: dict[int | str, PolicyDocument] = {}
        self._kept: list[Doc] = []
        self._problems: list[Problem] = []

    def one(self, doc: Doc | None) -> PolicyDocument | None:
        """Return a document, by the name given with it; None for none, and for one that cannot be read."""
        if doc is None:
            return None
        key: int | str = id(doc) if doc.path is None else f"{doc.path}\n{doc.name}"
        if key not in self._parsed:
            try:
                self._parsed[key] = self._parse(doc)
            except PolicygenError as error:
                self._problems.extend(error.problems)
                return None
            self._kept.append(doc)
        return self._parsed[key]

    def several(self, docs: Iterable[Doc]) -> tuple[PolicyDocument, ...]:
        """Return the documents that can be read."""
        return tuple(found for doc in docs if (found := self.one(doc)) is not None)

    def levels(self, levels: Iterable[Iterable[Doc]]) -> tuple[tuple[PolicyDocument, ...], ...]:
        """Return the documents of each level."""
        return tuple(self.several(level) for level in levels)

    def sessions(
        self, docs: Iterable[Doc | tuple[Doc, ...]]
    ) -> tuple[PolicyDocument | tuple[PolicyDocument, ...], ...]:
        """Return session policies as they are written: documents, or the documents of each session."""
        read = (self.several(each) if isinstance(each, tuple) else self.one(each) for each in docs)
        return tuple(each for each in read if each is not None)

    def finish(self) -> None:
        """Refuse what could not be read since the last time.

        Raises:
            DocumentError: With every problem of every document.
        """
        problems, self._problems = self._problems, []
        if problems:
            raise DocumentError(*problems)

    def _parse(self, doc: Doc) -> PolicyDocument:
        if doc.path is not None:
            path = self._folder / doc.path
            try:
                text = read_text(path)
            except SourceError as error:
                hint = f"it is named at {doc.place}; paths are relative to that file"
                raise SourceError(*(replace(each, hint=hint) for each in error.problems)) from None
            return parse_policy(text, doc.name or str(path))
        try:
            return parse_policy(doc.value or {}, doc.name or doc.place.pointer.lstrip("/") or "policy")
        except DocumentError as error:
            raise DocumentError(*(_inside(problem, doc) for problem in error.problems)) from None


def _inside(problem: Problem, doc: Doc) -> Problem:
    """Return a problem of an inline document at its place in the suite."""
    return problem.at(replace(doc.place, pointer=doc.place.pointer + problem.place.pointer))
