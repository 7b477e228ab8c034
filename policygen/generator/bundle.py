"""The generated documents of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policygen.document import PolicyDocument, opened
from policygen.document.write import to_json
from policygen.spec.paths import DocumentKind, kind_of

_PLACEHOLDER = re.compile(r"KEY-ID-OF-[A-Za-z0-9_.-]+")


@dataclass(frozen=True, kw_only=True)
class GeneratedDocument:
    """One document as JSON values, and its path below the output folder; ``policy`` is None for what is no policy.

    ``where`` is the console page it is pasted into, or the AWS CLI call where no page takes JSON; ``create`` says how
    what it belongs to is created, once for its first document, and is empty for what exists.
    """

    path: str
    value: Mapping[str, Any]
    policy: PolicyDocument | None = None
    where: str = ""
    create: str = ""

    @cached_property
    def kind(self) -> DocumentKind:
        """What it is, by its path."""
        kind = kind_of(self.path)
        if kind is None:
            raise ValueError(self.path)
        return kind

    @property
    def placeholders(self) -> list[str]:
        """The texts that stand for key ids which are not known yet, in alphabetical order."""
        return sorted(set(_PLACEHOLDER.findall(self.to_json())))

    def to_json(self) -> str:
        """Return the document as it is written: JSON, indent 4, no ASCII escapes, one newline at the end."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return to_json(self.value)  # quotas, checksums, pages and files all ask for it


@opened.register
def _opened(document: GeneratedDocument, source: str) -> tuple[object, str]:  # noqa: ARG001  # it has a name of its own
    """Let generated documents be given where policy documents are taken."""
    return document.value if document.policy is None else document.policy, document.path


class Bundle(Mapping[str, GeneratedDocument]):
    """Generated documents by path, in the order of the spec. Read-only."""

    __slots__ = ("_documents",)

    def __init__(self, documents: Iterable[GeneratedDocument]) -> None:
        """Hold ``documents``."""
        self._documents = {document.path: document for document in documents}

    def __getitem__(self, path: str) -> GeneratedDocument:
        """Return the document at ``path``."""
        return self._documents[path]

    def __iter__(self) -> Iterator[str]:
        """Yield the paths in order."""
        return iter(self._documents)

    def __len__(self) -> int:
        """Return how many documents there are, the manifest included."""
        return len(self._documents)

    def __repr__(self) -> str:
        """Return the paths."""
        return f"Bundle({', '.join(self._documents)})"

    def policies(self) -> dict[str, PolicyDocument]:
        """Return the policy documents by path."""
        return {path: each.policy for path, each in self._documents.items() if each.policy is not None}

    def texts(self) -> dict[str, str]:
        """Return every document as JSON text, by path."""
        return {path: each.to_json() for path, each in self._documents.items()}
