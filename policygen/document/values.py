"""JSON values that cannot change: what a parsed document is made of."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any

from policygen.errors import DocumentError, Place, Problem
from policygen.source.json_text import MAX_DEPTH

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
