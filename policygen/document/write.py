"""JSON values: those that cannot change, of which a parsed document is made, and how policygen writes them."""

import json
from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any

from policygen.errors import DocumentError, Place, Problem
from policygen.source.json_text import MAX_DEPTH

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

JsonValue = Mapping[str, "JsonValue"] | tuple["JsonValue", ...] | str | int | float | bool | None
"""A JSON value; arrays are tuples, so that nothing in a parsed document can change."""

_LARGEST = 10**400


def freeze(value: Any, source: str, depth: int = 0) -> JsonValue:
    """Return a JSON value with read-only mappings for objects and tuples for arrays.

    Raises:
        DocumentError: PG-D003 nested too deep, PG-D004 no JSON value.
    """
    if depth > MAX_DEPTH:
        raise too_deep(source)
    if isinstance(value, Mapping):
        return MappingProxyType({str(name): freeze(child, source, depth + 1) for name, child in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(freeze(child, source, depth + 1) for child in value)
    # a number that can be written back: no infinity, and no more digits than Python converts
    number = isfinite(value) if isinstance(value, float) else isinstance(value, int) and abs(value) < _LARGEST
    if value is None or isinstance(value, str) or number:
        return value  # type: ignore[no-any-return]  # one of JSON's scalars, as just tested
    message = f"a value of the type {type(value).__name__} is not a JSON value, or too large a number"
    raise DocumentError(Problem(code="PG-D004", message=message, place=Place(source=source)))


def too_deep(source: str) -> DocumentError:
    """Return the error about a document that is nested too deep."""
    place = Place(source=source)
    return DocumentError(Problem(code="PG-D003", message=f"nested deeper than {MAX_DEPTH} levels", place=place))


def thaw(value: Any) -> Any:
    """Return ``value`` with mappings as dicts and tuples as lists: what ``json.loads`` would give."""
    if isinstance(value, Mapping):
        return {name: thaw(child) for name, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [thaw(child) for child in value]
    return value


def statement_list(document: Mapping[str, Any]) -> list[Any]:
    """Return the statements of a policy that is plain values: one alone may stand without a list around it."""
    found = document["Statement"]
    return list(found) if isinstance(found, (list, tuple)) else [found]


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
