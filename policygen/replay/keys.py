"""The condition keys that policies may look at, found in their texts: one too many costs time, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from policygen.document import PolicyDocument
from policygen.evaluation.policies import Policies
from policygen.events import ONLY_CONDITIONS_LOOK


def keys_looked_at(sources: Iterable[Any]) -> frozenset[str]:
    """Return those keys, of the ones that change nothing without a condition on them, that stand in any policy."""
    lowered = [text.lower() for source in sources for text in _texts(source)]
    return frozenset(key for key in ONLY_CONDITIONS_LOOK if any(key in each for each in lowered))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in policies, in whatever form their documents are."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, PolicyDocument):
        yield value.to_json()
    elif isinstance(value, Policies):
        yield from (document.to_json() for document in value.documents())
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
    elif is_dataclass(value):
        public = (each.name for each in fields(value) if not each.name.startswith("_"))
        yield from (text for name in public for text in _texts(getattr(value, name)))
    elif value is not None and not isinstance(value, (bool, int, float, frozenset)):
        yield " ".join(ONLY_CONDITIONS_LOOK)  # a document that is not opened yet may look at all of them
