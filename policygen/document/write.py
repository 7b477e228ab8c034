"""Writing JSON the one way policygen writes it: indent 4, no ASCII escapes, one newline at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

STATEMENT_ORDER = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
"""Order of the elements in a generated statement."""

DOCUMENT_ORDER = ("Version", "Id", "Statement")
"""Order of the elements in a generated document."""


def thaw(value: Any) -> Any:
    """Return ``value`` with mappings as dicts and tuples as lists: what ``json.loads`` would give."""
    if isinstance(value, Mapping):
        return {name: thaw(child) for name, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [thaw(child) for child in value]
    return value


def to_json(value: Any) -> str:
    """Return ``value`` as JSON text: indent 4, order kept, no ASCII escapes, one newline at the end.

    Lone surrogates (which JSON text can spell but UTF-8 cannot hold) stay escaped.
    """
    text = json.dumps(thaw(value), indent=4, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(thaw(value), indent=4, ensure_ascii=True)
    return text + "\n"


def in_canonical_order(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document with its elements in the order in which generated documents have them.

    Elements that are not known keep their place after the known ones; nothing is lost.
    """
    ordered = _reordered(value, DOCUMENT_ORDER)
    statements = ordered.get("Statement")
    if isinstance(statements, (list, tuple)):
        ordered["Statement"] = [
            _reordered(statement, STATEMENT_ORDER) if isinstance(statement, Mapping) else statement
            for statement in statements
        ]
    return ordered


def _reordered(value: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    known = {name: value[name] for name in order if name in value}
    return known | {name: child for name, child in value.items() if name not in known}
