"""A draft of documents: statements that are changed, added and taken away, each with the checks that asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.spec.paths import DocumentKind, kind_of
from policygen.verification.documents import Documents
from policygen.verification.edits import Edit, EditOp, edited, labels
from policygen.verification.statements import Written, statements_of

_PLACEHOLDER = "KEY-ID-OF-"

Because = Set[str]
"""Ids of the checks for which something is changed."""


@dataclass(slots=True, eq=False)
class Line:
    """A statement of a draft, its number and value in the document as it was (None for a new one), why it changes."""

    value: Written
    number: int | None = None
    before: Written | None = None
    because: set[str] = field(default_factory=set)


class Draft:
    """Documents under change; what was changed comes back as edits of the documents as they were."""

    def __init__(self, documents: Documents) -> None:
        """Begin with documents as they are."""
        self._documents = documents
        self._placeholders = _PLACEHOLDER in str(documents.written())
        self._policies: dict[str, list[Line]] = {}
        self._gone: dict[str, list[Line]] = {}
        self._whole: dict[str, tuple[Mapping[str, Any], set[str]]] = {}

    def exists(self, path: str) -> bool:
        """Tell whether there is a document at a path by now."""
        return bool(self._policies[path]) if path in self._policies else path in self._documents.policies

    def lines(self, path: str) -> list[Line]:
        """Return the statements of a policy by now; none where it is not there."""
        if path not in self._policies:
            found = statements_of(self._documents.policies.get(path))
            self._policies[path] = [Line(each, number, each) for number, each in enumerate(found)]
        return self._policies[path]

    def line(self, path: str, label: str | None) -> Line | None:
        """Return the statement that a report on this draft calls ``label``, by Sid or ``#index``."""
        found = self.lines(path)
        named = [line for number, line in enumerate(found) if label in (line.value.get("Sid"), f"#{number}")]
        return named[0] if named and label is not None else None

    def set(self, path: str, line: Line, value: Written | None, because: Because) -> bool:
        """Give a statement another value, or take it away; tell whether that changes anything."""
        line.because |= because
        if value == line.value or not any(each is line for each in self.lines(path)) or not self._is_real(value):
            return False
        if value is None:
            self.lines(path).remove(line)
            self._gone.setdefault(path, []).append(line)
        else:
            line.value = value
        return True

    def add(self, path: str, value: Written, because: Because) -> bool:
        """Add a statement under its own Sid, numbered where another statement has it; tell whether that is done."""
        if not self._is_real(value):
            return False
        sids, sid = {line.value.get("Sid") for line in self.lines(path)}, value.get("Sid")
        names = (sid, *(f"{sid}{number}" for number in range(2, len(sids) + 3)))
        named = {"Sid": next(each for each in names if each not in sids)} if sid is not None else {}
        self.lines(path).append(Line({**named, **{name: each for name, each in value.items() if name != "Sid"}}))
        self.lines(path)[-1].because |= because
        return True

    def whole(self, path: str) -> Mapping[str, Any] | None:
        """Return a configuration or settings by now; None where there are none."""
        if path in self._whole:
            return self._whole[path][0]
        return self._documents.configurations.get(path, self._documents.settings.get(path))

    def set_whole(self, path: str, value: Mapping[str, Any], because: Because) -> bool:
        """Give a configuration or settings another value; tell whether that changes anything."""
        if thaw(value) == thaw(self.whole(path)) or not self._is_real(value):
            return False
        before = self._whole[path][1] if path in self._whole else set()
        self._whole[path] = value, before | because
        return True

    def _is_real(self, value: object) -> bool:
        """Tell whether a value names no key whose id is not known: it has no place among ids of real keys."""
        return self._placeholders or _PLACEHOLDER not in str(value)

    def changes(self) -> list[tuple[Edit, frozenset[str]]]:
        """Return every edit, with the ids of the checks for which it is made.

        Edits of one document stand in an order in which they can be applied one by one as well: first what is replaced,
        then what goes, the last first, then what is added.
        """
        found: list[tuple[Edit, frozenset[str]]] = []
        for path in sorted({*self._policies, *self._whole}):
            changes = self._of_policy(path) if path in self._policies else self._of_whole(path)
            file = self._documents.files.get(path, path)
            found += [(replace(edit, document=file), because) for edit, because in changes]
        return found

    def _of_whole(self, path: str) -> Iterator[tuple[Edit, frozenset[str]]]:
        value, because = self._whole[path]
        before = self._documents.configurations.get(path, self._documents.settings.get(path))
        op = EditOp.ADD if before is None else EditOp.REPLACE
        yield Edit(document=path, statement=None, op=op, value=value, before=before), frozenset(because)

    def _of_policy(self, path: str) -> Iterator[tuple[Edit, frozenset[str]]]:
        before, lines = statements_of(self._documents.policies.get(path)), self._policies[path]
        gone = sorted((line for line in self._gone.get(path, ()) if line.number is not None), key=_last_first)
        if before and not lines:
            because = frozenset().union(*(line.because for line in gone))
            whole: Any = self._documents.policies[path].written
            yield Edit(document=path, statement=None, op=EditOp.REMOVE, before=whole), because
            return
        names = labels(before)
        kept = [line for line in lines if line.number is not None]
        changed = [line for line in kept if line.value != before[line.number or 0]]
        for op, those in ((EditOp.REPLACE, changed), (EditOp.REMOVE, gone)):
            for line in those:
                number = line.number or 0
                value = line.value if op is EditOp.REPLACE else None
                edit = Edit(document=path, statement=names[number], op=op, value=value, before=before[number])
                yield edit, frozenset(line.because)
        for line in lines:
            if line.number is None:
                yield Edit(document=path, statement=None, op=EditOp.ADD, value=line.value), frozenset(line.because)

    def documents(self) -> Documents:
        """Return the documents as they are with every edit."""
        return with_edits(self._documents, [edit for edit, _ in self.changes()])


def _last_first(line: Line) -> int:
    return -(line.number or 0)


def with_edits(documents: Documents, edits: Sequence[Edit]) -> Documents:
    """Return documents as edits make them."""
    policies, configurations = dict(documents.policies), dict(documents.configurations)
    settings = dict(documents.settings)
    for file in dict.fromkeys(edit.document for edit in edits):
        those, path = [edit for edit in edits if edit.document == file], path_in(documents, file)
        if is_policy(path):
            written: Any = policies[path].written if path in policies else None
            value = edited(written, those)
            policies.pop(path, None)
            policies |= {path: parse_policy(value, path)} if value is not None else {}
        else:
            is_configuration = kind_of(path) is DocumentKind.REPLICATION_CONFIGURATION
            value = edited(None, those)
            (configurations if is_configuration else settings)[path] = value or {}
    return replace(documents, policies=policies, configurations=configurations, settings=settings)


def path_in(documents: Documents, file: str) -> str:
    """Return the path at which a file's document belongs: mostly the file's own."""
    return next((path for path, each in documents.files.items() if each == file), file)


_POLICIES = (
    DocumentKind.BUCKET_POLICY,
    DocumentKind.KEY_POLICY,
    DocumentKind.TRUST_POLICY,
    DocumentKind.PERMISSIONS_POLICY,
    DocumentKind.PERMISSIONS_BOUNDARY,
)


def is_policy(path: str) -> bool:
    """Tell whether a policy stands at a path: what is no settings and no configuration."""
    return kind_of(path) in _POLICIES
