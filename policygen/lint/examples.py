"""The examples of the checks: what each one finds, and what it does not.

They stand beside the checks, those of ``policygen/lint/checks/actions.py`` in ``actions.json``, by issue code; the
tests run them, ``explain`` and docs/checks.md show them. An example is written as what is different from a base
document (``base_documents.json``): members of the document, or else elements of its one statement or rule. ``null``
takes one away, ``x{1000}`` stands for a thousand ``x``, and a text is the whole text of a document.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from policygen.lint import checks
from policygen.lint.checks import load_checks
from policygen.lint.policy_types import PolicyType
from policygen.source.packaged import text_beside

_REPEATED = re.compile(r"(.)\{([0-9]{3,})\}")
_OF_DOCUMENTS = ("Version", "Id", "Statement", "Role", "Rules")

Fragment = str | dict[str, Any]
"""What is different from the base document, or the text of a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The examples of one check: ``bad``, where it finds something, and ``good``, how it is written instead.

    The first ``bad`` one is found with the check's own finding type; ``also`` are codes that are always found as well.
    """

    code: str
    policy_type: PolicyType
    resource_type: str | None
    also: frozenset[str]
    bad: tuple[Fragment, ...]
    good: tuple[Fragment, ...]

    def text(self, fragment: Fragment) -> str:
        """Return the text of the document that a fragment stands for."""
        if isinstance(fragment, str):
            return fragment
        text = json.dumps(self._document(fragment), ensure_ascii=False)
        return _REPEATED.sub(lambda match: match[1] * int(match[2]), text)

    def shown(self, fragment: Fragment) -> str:
        """Return the same for people: in lines, repeated letters as they are written here."""
        return fragment if isinstance(fragment, str) else json.dumps(self._document(fragment), indent=4)

    def _document(self, fragment: dict[str, Any]) -> dict[str, Any]:
        document = base_documents()[self.policy_type]
        if not any(name in _OF_DOCUMENTS for name in fragment):
            holder = next(name for name in ("Statement", "Rules") if name in document)
            fragment = {holder: [_changed(document[holder][0], fragment)]}
        return _changed(document, fragment)


def _changed(value: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in (value | changes).items() if each is not None}


def _read(package: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text_beside(package, name))
    return found


@cache
def base_documents() -> dict[str, dict[str, Any]]:
    """Return the documents that examples change, by policy type; each has one statement or rule."""
    return _read("policygen.lint", "base_documents.json")


@cache
def load_examples() -> dict[str, Example]:
    """Return the examples of every check by its issue code."""
    return {
        each.code: each for module in dict.fromkeys(check.module for check in load_checks()) for each in _of(module)
    }


def _of(module: str) -> Iterator[Example]:
    for code, entry in _read(checks.__name__, f"{module}.json").items():
        yield Example(
            code=code,
            policy_type=PolicyType(entry.get("type", "identity")),
            resource_type=entry.get("resource_type"),
            also=frozenset(entry.get("also", ())),
            bad=_fragments(entry["bad"]),
            good=_fragments(entry["good"]),
        )


def _fragments(value: Fragment | list[Fragment]) -> tuple[Fragment, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
