"""Statements and settings as JSON values: what their elements hold, however they are written, and where two differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from policygen.document import PolicyDocument
from policygen.document.write import STATEMENT_ORDER, thaw

Same = Callable[[str, Any, Any], bool]
"""Tells whether a wanted and a found value mean the same at an element."""


def value_at(value: Any, element: str, default: Any = None) -> Any:
    """Return what stands at an element such as ``Rules/0/Status``; ``default`` where nothing does."""
    for part in element.split("/"):
        if isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            return default
    return value


def differences(wanted: Any, found: Any, same: Same, at: str = "") -> Iterator[str]:
    """Yield the elements in which two values differ, as deep as both can be followed.

    Args:
        wanted: The value as it should be.
        found: The value as it is.
        same: Asked at every depth, with None for what is not there: what it calls the same is not looked into.
        at: The element at which both values stand.
    """
    if same(at, wanted, found):
        return
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name in dict.fromkeys((*wanted, *found)):
            yield from differences(wanted.get(name), found.get(name), same, f"{at}/{name}" if at else name)
    elif isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)) and len(wanted) == len(found):
        for number, (ours, theirs) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(ours, theirs, same, f"{at}/{number}")
    else:
        yield at


def wants_and_has(wanted: Any, found: Any, nothing: Any = None) -> str:
    """Return what is wanted and what is there, in words; ``nothing`` is what stands for a value that is not there."""
    want, have = ("nothing" if each is nothing else f"`{thaw(each)}`" for each in (wanted, found))
    return f"wants {want}, has {have}"


Written = Mapping[str, Any]
"""A statement as JSON values."""


def statements_of(document: PolicyDocument | None) -> list[Written]:
    """Return a document's statements in order; none for a document that is not there."""
    if document is None or not isinstance(document.written, Mapping):
        return []
    value: Any = thaw(document.written).get("Statement", [])
    return [value] if isinstance(value, Mapping) else [each for each in value if isinstance(each, Mapping)]


def statement_at(document: PolicyDocument | None, index: int) -> Written | None:
    """Return a document's statement at ``index``, or None."""
    return next(iter(statements_of(document)[index : index + 1]), None)


def with_sid(statements: Iterable[Written], sid: str | None) -> Written | None:
    """Return the statement with a Sid, or None."""
    return next((each for each in statements if sid is not None and each.get("Sid") == sid), None)


def listed(value: Any) -> list[str]:
    """Return the texts of an element that is one text or a list of them."""
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else [] if value is None else [str(value)]


def is_alias_or_id(key: str) -> bool:
    """Tell whether a text names a key by an alias or by its id alone, where it could be its ARN (K12)."""
    return "alias/" in key or not ("*" in key or key.startswith("arn:"))


def principals_of(element: Any) -> list[str]:
    """Return the texts of Principal or NotPrincipal."""
    values = element.values() if isinstance(element, Mapping) else [element]
    return [each for value in values for each in listed(value)]


def conditions_of(statement: Written | None) -> Iterator[tuple[str, str, Any]]:
    """Yield operator, key and values of each condition."""
    block = (statement or {}).get("Condition")
    for operator, keys in block.items() if isinstance(block, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            yield operator, key, values


def with_condition(statement: Written, operator: str, key: str, values: Any) -> dict[str, Any]:
    """Return a statement with the values of one condition set."""
    block = {each: dict(keys) for each, keys in (statement.get("Condition") or {}).items()}
    block.setdefault(operator, {})[key] = values
    return dict(statement) | {"Condition": block}


def condition_element(operator: str | None, key: str) -> str:
    """Return how a condition is named as an element: ``Condition/StringLike/kms:ViaService``."""
    return f"Condition/{operator}/{key}"


def differing_elements(actual: Written | None, expected: Written | None) -> list[str]:
    """Return every element in which two statements differ, conditions by operator and key.

    What they are called does not count, nor the order of a list; one value and a list of that value are the same.
    """
    if actual is None or expected is None:
        return []
    found = differences(_elements(expected), _elements(actual), lambda _element, ours, theirs: bool(ours == theirs))
    return sorted(found, key=lambda element: STATEMENT_ORDER.index(element.partition("/")[0]))


def _elements(statement: Written) -> dict[str, str]:
    """Return each element as one text that is the same however the element is written."""
    found = {name: _plain(statement[name]) for name in STATEMENT_ORDER[1:-1] if statement.get(name) is not None}
    found |= {condition_element(operator, key): _plain(value) for operator, key, value in conditions_of(statement)}
    return {name: json.dumps(value, sort_keys=True) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if len(value) == 1 else sorted(map(str, value))
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else value
