"""The context of a request: values, and the one spelling under which each context key is looked up.

Names of context keys match without regard to case. Lower-casing the names of every request would cost more than the
decision on it, so each name has one spelling under which it is kept and looked up: the first one that anybody wrote,
AWS's own where AWS defines the key. A request whose names are all spelled so is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from policygen.errors import Place, Problem
from policygen.request.condition_keys import CONDITION_KEYS, find_condition_key

ENCRYPTION_CONTEXT = "kms:encryptioncontext:"
"""Lower-case prefix of the condition keys that carry the pairs of a KMS encryption context."""

_K = TypeVar("_K")
_V = TypeVar("_V")

Raw = str | tuple[str, ...]
"""What a context has under one name: one value as text; else all of them, none for a key that is null or empty."""

_REQUEST = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html"
)
_LARGEST = 10**400
MOST_OF_REQUESTS = 8_192
"""Spellings up to which the names in requests are kept, too."""

MOST_SPELLINGS = 16_384
"""Spellings that are kept at all: the second half is for policies."""


class ContextValue(NamedTuple):
    """One context key of a request: its name as written, and its values (none when it is null or empty)."""

    name: str
    values: tuple[str, ...]


class Spellings:
    """The spelling of every name of a context key that was met so far. It only grows, up to a limit.

    A name that came when there was no room left for it is looked up in lower case, then and ever after.

    Attributes:
        known: Every spelling under which a name is looked up.
    """

    __slots__ = ("_by_lower_case", "known")

    def __init__(self, names: Iterable[str]) -> None:
        """Know ``names``."""
        self._by_lower_case = {name.lower(): name for name in names}
        self.known = set(self._by_lower_case.values())

    def of(self, name: str) -> str:
        """Return the spelling under which the name of a key in a policy is looked up.

        A name that is new is kept as it is spelled: its family, such as the tags of a resource, as AWS spells it. Where
        names in requests are no longer kept, some request may have it in lower case already.
        """
        return self._found(name) or self._kept(name, MOST_SPELLINGS)

    def of_request(self, name: str) -> str:
        """Return the same for a name in a request; requests leave room for the names of policies."""
        return self._found(name) or self._kept(name, MOST_OF_REQUESTS)

    def _found(self, name: str) -> str | None:
        return self._by_lower_case.get(name.lower())

    def _kept(self, name: str, most: int) -> str:
        number, lowered = len(self._by_lower_case), name.lower()
        if number >= most:
            return lowered
        family = find_condition_key(name)
        spelled = name if family is None else family.name + name[len(family.name) :]
        found = self._by_lower_case.setdefault(lowered, spelled if number < MOST_OF_REQUESTS else lowered)
        self.known.add(found)
        return found


SPELLINGS = Spellings(key.name for key in CONDITION_KEYS)
"""The spellings that requests and compiled policies share."""


def remember(kept: dict[_K, _V], key: _K, value: _V, most: int) -> _V:
    """Keep a value under a key, and return it; where ``most`` are kept already, all of them are forgotten first."""
    if len(kept) >= most:
        kept.clear()
    kept[key] = value
    return value


def raw(values: tuple[str, ...]) -> Raw:
    """Return values as a context keeps them."""
    return values[0] if len(values) == 1 else values


def values_of(kept: Raw) -> tuple[str, ...]:
    """Return what a context keeps as values."""
    return (kept,) if isinstance(kept, str) else kept


def read_context(context: Any, problems: list[Problem]) -> tuple[ContextValue, ...]:
    """Return stated context keys in order; what is wrong with them goes into ``problems``."""
    if not isinstance(context, Mapping):
        problems.append(context_problem("PG-R006", "the context is a mapping of names to values", "/context"))
        return ()
    found: list[ContextValue] = []
    seen: dict[str, str] = {}
    for name, value in context.items():
        values = read_values(value)
        if not isinstance(name, str) or not name or values is None:
            message = f"`{name}` needs text or a list of texts"
            problems.append(context_problem("PG-R006", message, f"/context/{name}"))
            continue
        first = seen.setdefault(name.lower(), name)
        if first != name and not name.lower().startswith(ENCRYPTION_CONTEXT):
            message = f"`{name}` is stated twice: names of context keys match without regard to case"
            problems.append(context_problem("PG-R007", message, f"/context/{name}", f"it stands first as `{first}`"))
        found.append(ContextValue(str.__str__(name), values))
    return tuple(found)


def context_problem(code: str, message: str, pointer: str, hint: str | None = None) -> Problem:
    """Return a problem of a request at ``pointer``."""
    place = Place(source="request", pointer=pointer)
    return Problem(code=code, message=message, place=place, hint=hint, doc_url=_REQUEST)


def read_values(value: Any) -> tuple[str, ...] | None:
    """Return the values as text; None when they are none. Null is a key without a value."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        texts = [_text(each) for each in value]
        return None if None in texts else tuple(each for each in texts if each is not None)
    text = _text(value)
    return None if text is None else (text,)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return None
    if isinstance(value, str):
        return str.__str__(value)  # a plain str, whatever class of text it was
    return str(value) if isinstance(value, (int, float)) else None


def by_lower_case(stated: Iterable[ContextValue]) -> dict[str, ContextValue]:
    """Index by lower-case name; pairs of an encryption context that differ in case only are put together.

    Unspecified: AWS does not say how two such pairs meet one condition; here either value can satisfy it.
    """
    found: dict[str, ContextValue] = {}
    for value in stated:
        name = value.name.lower()
        earlier = found.get(name)
        found[name] = ContextValue(earlier.name, earlier.values + value.values) if earlier else value
    return found


def kept(stated: Iterable[ContextValue]) -> dict[str, Raw]:
    """Return stated keys by the spelling under which each is looked up."""
    return {SPELLINGS.of_request(each.name): raw(each.values) for each in by_lower_case(stated).values()}
