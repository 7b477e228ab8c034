"""JSON texts that are large and right, as a tree without lines and columns: ten times faster than with them.

Whoever meets a problem reads the text again with :mod:`policygen.source.json_text`, which says where. So a text in
which there is anything to say (a name twice, a fraction) is left to that at once.
"""

from __future__ import annotations

import json
from typing import Any

from policygen.errors import Place
from policygen.source.json_text import MAX_DEPTH
from policygen.source.nodes import Node, unplaced


def quick_tree(text: str, source: str) -> Node | None:
    """Return the tree of a JSON text, its places without lines; None where it must be read with care."""
    value = _value(text)
    return None if value is None else unplaced(value, Place(source=source))


def quick_names(text: str) -> set[str] | None:
    """Return the names of the members of the object that a JSON text is; None where it is none, or not JSON."""
    value = _value(text)
    return set(value) if isinstance(value, dict) else None


def _value(text: str) -> Any:
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_members,
            parse_int=_whole,
            parse_float=_refused,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError):
        return None
    return value if _is_shallow(value) else None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _whole(text: str) -> int:
    value = int(text)
    if str(value) != text:
        raise ValueError
    return value


def _refused(text: str) -> float:
    raise ValueError(text)


def _is_shallow(value: Any) -> bool:
    """Tell whether a value is nested no deeper than is read."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            below
            for each in level
            for below in (each.values() if type(each) is dict else each if type(each) is list else ())
            if type(below) in (dict, list)
        ]
        if not level:
            return True
    return False
