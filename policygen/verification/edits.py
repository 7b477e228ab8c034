"""Edits of documents: what a mend is, and what documents are after a list of them.

An edit names a statement of a policy by its label as the document was before every edit, and gives it another value,
takes it away or adds one. Whatever is no policy (a replication configuration, the settings of a bucket) is replaced
whole, for its parts have no names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policygen.document.wrapped import read_unwrapped, rewrapped
from policygen.document.write import thaw, to_json
from policygen.source.nodes import plain

VERSION = "2012-10-17"
"""The Version of a policy that an edit makes."""


class EditOp(Enum):
    """What an edit does."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edit:
    """One change of one document.

    Attributes:
        document: The document's path.
        statement: Sid or ``#index`` of the statement; None for a statement that is added (to a policy that is not
            there: the policy is made of it), and for a whole document.
        op: What is done.
        value: The statement, or the whole configuration or settings, as JSON values; None where it is taken away.
        before: What it takes the place of; None where something is added.
        line: Line, from 1, of that in its file; None where it is not known.
    """

    document: str
    statement: str | None
    op: EditOp
    value: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    line: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the edit as JSON-ready values."""
        value = None if self.value is None else thaw(self.value)
        return {"document": self.document, "statement": self.statement, "op": self.op.value, "value": value}


def labels(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what names each statement of a document in an edit: its Sid where no other has it, else ``#index``."""
    sids = Counter(str(each.get("Sid")) for each in statements)
    named = (str(each["Sid"]) if each.get("Sid") and sids[str(each["Sid"])] == 1 else None for each in statements)
    return [name or f"#{number}" for number, name in enumerate(named)]


def edited(document: Mapping[str, Any] | None, edits: Iterable[Edit]) -> dict[str, Any] | None:
    """Return a document after all of its edits; None where it is gone.

    Args:
        document: The document as JSON values; None where there is none.
        edits: The edits of this document.
    """
    found: dict[str, Any] | None = None if document is None else thaw(document)
    statements = [] if found is None else _listed(found.get("Statement", []))
    names, added, gone, kept = labels(statements), [], set(), dict(enumerate(statements))
    for edit in edits:
        value = thaw(edit.value)
        if edit.statement is not None:
            number = names.index(edit.statement)
            kept[number] = value
            gone |= {number} if edit.op is EditOp.REMOVE else set()
        elif edit.op is EditOp.REMOVE:
            return None
        elif "Effect" in value:
            added.append(value)
        else:
            return dict(value)
    listed = [each for number, each in kept.items() if number not in gone] + added
    single = found is not None and isinstance(found.get("Statement"), Mapping) and len(listed) == 1
    return {**(found or {"Version": VERSION}), "Statement": listed[0] if single else listed}


def mended_texts(texts: Mapping[str, str], mends: Sequence[Edit]) -> dict[str, str]:
    """Return files as mends make them: each in the wrapper that it has; one that is taken away is not there.

    Args:
        texts: The files under verification, by path.
        mends: A report's mends.

    Raises:
        SourceError: PG-F006 to PG-F008 when a file is not JSON.
    """
    found = dict(texts)
    for path in dict.fromkeys(edit.document for edit in mends):
        text = found.pop(path, "")
        there = bool(text.strip("\ufeff \t\r\n"))
        written: Any = plain(read_unwrapped(text, path)[1], typed=True) if there else None
        value = edited(written, [edit for edit in mends if edit.document == path])
        if value is not None:
            found[path] = rewrapped(text, value) if there else to_json(value)
    return found


def _listed(statements: Any) -> list[Any]:
    return [statements] if isinstance(statements, Mapping) else list(statements)
