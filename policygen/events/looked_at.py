"""What policies may look at, found in their texts: one thing too many costs time, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from policygen.document import PolicyDocument
from policygen.evaluation.policies import Policies
from policygen.events.keys import ONLY_CONDITIONS_LOOK

_OF_SESSIONS = (":assumed-role/", "aws:userid")
"""What stands in a policy that tells sessions of one role apart: a session itself, or the key that ends in its name."""


def keys_looked_at(sources: Iterable[Any]) -> frozenset[str]:
    """Return those keys, of the ones that change nothing without a condition on them, that stand in any policy."""
    lowered = [text.lower() for source in sources for text in texts_of(source)]
    return frozenset(key for key in ONLY_CONDITIONS_LOOK if any(key in each for each in lowered))


def tells_sessions_apart(sources: Iterable[Any]) -> bool:
    """Tell whether any policy or grant may treat two sessions of one role differently.

    Fact: E182
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return any(sign in text.lower() for source in sources for text in texts_of(source) for sign in _OF_SESSIONS)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in policies, in whatever form their documents are; of settings what they are."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, PolicyDocument):
        yield value.to_json()
    elif isinstance(value, Policies):
        yield from (document.to_json() for document in value.documents())
        yield from texts_of(value.grants)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from texts_of(each)
    elif isinstance(value, frozenset):
        yield from sorted(map(str, value))
    elif isinstance(value, (bool, int, float)):
        yield str(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts_of(each)
    elif is_dataclass(value):
        public = (each.name for each in fields(value) if not each.name.startswith("_"))
        yield from (text for name in public for text in texts_of(getattr(value, name)))
    elif value is not None:
        yield " ".join((*ONLY_CONDITIONS_LOOK, *_OF_SESSIONS))  # a document that is not opened yet may have them all
