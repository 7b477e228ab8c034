"""JSON values laid side by side: where two of them differ, and what each holds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policygen.document.write import thaw

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
