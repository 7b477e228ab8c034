"""Values that were inferred: a tree as a spec has it, whose leaves say where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Taken:
    """A value of a spec, and where it stands in what was read: ``file:/pointer``, or words."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredField:
    """One field of an inferred spec.

    Attributes:
        field: Its name from the top: ``buckets.data.region``.
        value: What is inferred.
        source: Where it comes from: ``file:/pointer``, or words.
    """

    field: str
    value: Any
    source: str

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {"field": self.field, "value": self.value, "from": self.source}


def plain(tree: Any) -> Any:
    """Return a tree as plain values."""
    if isinstance(tree, Taken):
        return tree.value
    if isinstance(tree, Mapping):
        return {name: plain(each) for name, each in tree.items()}
    return [plain(each) for each in tree] if isinstance(tree, list) else tree


def fields_of(tree: Any, name: str = "") -> Iterator[InferredField]:
    """Yield the fields of a tree in its order; the items of a list by their numbers."""
    if isinstance(tree, Taken):
        yield InferredField(field=name, value=tree.value, source=tree.source)
    elif isinstance(tree, Mapping):
        for key, each in tree.items():
            yield from fields_of(each, f"{name}.{key}" if name else str(key))
    elif isinstance(tree, list):
        for number, each in enumerate(tree):
            yield from fields_of(each, f"{name}[{number}]")


def without_empty(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping without what is None, or holds nothing."""
    return {name: each for name, each in tree.items() if each is not None and each not in ({}, [])}
