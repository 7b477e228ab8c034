"""The values of a condition key that a policy tells apart: one for every combination of its patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policygen.aws.arns import COLONS
from policygen.matching.arns import arn_steps
from policygen.matching.conditions.comparisons import ARN, TEXT_IGNORING_CASE
from policygen.matching.conditions.examples import points
from policygen.matching.conditions.operators import BaseOperator, ValueType
from policygen.matching.wildcards import ANY, Step, Tokens, Wildcard, glob_steps, text_of
from policygen.proofs.automaton import JointAutomaton, TooRichError
from policygen.proofs.search import Search
from policygen.request.condition_keys import KeyType, find_condition_key

_READ = (ValueType.NUMERIC, ValueType.DATE, ValueType.IP_ADDRESS)


class Pattern(NamedTuple):
    """A value of a condition, with the operator that compares it."""

    base: BaseOperator
    tokens: Tokens

    @property
    def is_text(self) -> bool:
        """Whether it is compared as text, not read first."""
        return self.base.value_type in (ValueType.STRING, ValueType.ARN)

    @property
    def literal(self) -> str | None:
        """The only text that it matches; None where there are several."""
        if self.base.comparison is TEXT_IGNORING_CASE or any(isinstance(each, Wildcard) for each in self.tokens):
            return None
        text = text_of(self.tokens)
        return None if self.base.comparison is ARN and text.count(":") < COLONS else text

    def steps(self) -> list[Step]:
        """Return it as an automaton's steps."""
        if self.base.comparison is ARN:
            return arn_steps(self.tokens, crossing=False)
        if self.base.comparison is not TEXT_IGNORING_CASE:
            return glob_steps(self.tokens)
        return [("literal", "".join({char.lower(), char.upper()})) for char in text_of(self.tokens)]


def values_of_key(name: str, patterns: Iterable[Pattern], *, few: bool = False) -> tuple[str, ...]:
    """Return values of a condition key, so that every value it can have meets the patterns as one of them does.

    Args:
        name: The key.
        patterns: The patterns.
        few: Whether to give up early.

    Raises:
        TooRichError: There are too many, or texts with wildcards and numbers (dates, addresses) under one key.
    """
    row = find_condition_key(name)
    types = row.types if row is not None else ()
    if types == (KeyType.BOOL,):
        return ("true", "false")
    asked = list(dict.fromkeys(patterns))
    texts = [each for each in asked if each.is_text]
    literals = list(dict.fromkeys(each.literal for each in texts if each.literal is not None))
    globs = [each.steps() for each in texts if each.literal is None]
    from_zero = row is not None and row.from_zero
    read = _read_values([each for each in asked if not each.is_text], literals, from_zero=from_zero)
    if globs and read:
        raise TooRichError
    found = [*literals, *read]
    if not types or not _of_one_kind(types, asked):
        found += JointAutomaton(globs).witnesses(literals=literals, few=few)
        found += [""] if row is None or not row.multivalued else []
    return tuple(dict.fromkeys(found))


def rich_of_key(patterns: Iterable[Pattern]) -> list[Pattern]:
    """Return the patterns that may hold together with any others: they go on behind a star."""
    return [each for each in dict.fromkeys(patterns) if each.is_text and ANY in each.tokens[:-1]]


def search_of_key(name: str, patterns: Iterable[Pattern], aside: Sequence[Pattern]) -> Search:
    """Return the search for values of an atom that meet some of the patterns aside, and not others."""
    others = [each for each in dict.fromkeys(patterns) if each.is_text and each not in aside]
    wild = [(each.steps(), frozenset[object]({each})) for each in others if each.literal is None]
    literals = [each.literal for each in others if each.literal is not None]
    return Search(name, wild, (each.steps() for each in aside), literals=["", *literals])


def _of_one_kind(types: tuple[KeyType, ...], asked: list[Pattern]) -> bool:
    """Tell whether a key has values of one type alone, and is asked for as this type."""
    kinds = {KeyType.NUMERIC: ValueType.NUMERIC, KeyType.DATE: ValueType.DATE, KeyType.IP_ADDRESS: ValueType.IP_ADDRESS}
    return bool(asked) and all(each.base.value_type in {kinds.get(kind) for kind in types} for each in asked)


def _read_values(asked: list[Pattern], literals: list[str], *, from_zero: bool) -> list[str]:
    found: list[str] = []
    kinds = {each.base.value_type for each in asked} - {ValueType.NULL}
    if len(kinds) > 1:
        raise TooRichError
    for kind in kinds:
        named = [text_of(each.tokens) for each in asked if each.base.value_type is kind]
        if kind in _READ:
            if literals:
                raise TooRichError
            found += points(kind, named, from_zero=from_zero)
        else:
            found += ["true", "false"] if kind is ValueType.BOOL else named
    return found
