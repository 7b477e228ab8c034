"""The fields of a request, each with its atoms: the values that some policies tell apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, TypeVar

from policygen.matching.conditions.evaluate import CompiledCondition
from policygen.matching.wildcards import Matcher, Tokens
from policygen.proofs.automaton import union
from policygen.proofs.boxes import Part
from policygen.request.context import ContextValue

WORLD, ACTION, RESOURCE = 0, 1, 2
"""The numbers of the fields that every request has."""

NO, YES = 1, 2
"""The atoms of a field that is a question."""

_P = TypeVar("_P")


def bits(mask: int) -> Iterable[int]:
    """Yield the numbers of the bits of a mask."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def mask_of(answers: Iterable[bool]) -> int:
    """Return the numbers of the answers that are yes, as bits."""
    return sum(1 << number for number, yes in enumerate(answers) if yes)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field.

    Attributes:
        name: What people call it: ``Action``, ``Resource``, a condition key.
        values: Its atoms; None stands for a key that is absent.
        index: The atoms' numbers by value.
    """

    name: str
    values: tuple[Any, ...]
    index: dict[Any, int] = field(default_factory=dict)
    _sorted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Number the atoms."""
        self.index.update((value, number) for number, value in enumerate(self.values))

    @property
    def full(self) -> int:
        """All atoms."""
        return (1 << len(self.values)) - 1

    def matching(self, pattern: _P, compiler: Callable[[_P], Matcher]) -> int:
        """Return the atoms that a pattern matches."""
        matches = compiler(pattern)
        return mask_of(value is not None and matches(value) for value in self.values)

    def beginning(self, tokens: Tokens, matches: Matcher) -> int:
        """Return the atoms that a pattern of texts matches, of those alone that begin as it does."""
        head = tokens[0] if tokens and isinstance(tokens[0], str) else ""
        if not self._sorted:
            self._sorted.extend(sorted(self.values))
        first = bisect_left(self._sorted, head)
        some = takewhile(lambda text: text.startswith(head), islice(self._sorted, first, None))
        return union(1 << self.index[text] for text in some if matches(text))


def context_of(key: str, *values: str) -> dict[str, ContextValue]:
    """Return a context that has one key, or none."""
    return {key: ContextValue(key, values)} if values else {}


@dataclass(frozen=True, slots=True, eq=False)
class OneValue:
    """A condition key of which a request has one value or none: one field."""

    number: int
    field: Field

    def present(self) -> list[Part]:
        """Return where a request has the key."""
        return [{self.number: self.field.full & ~1}]

    def absent(self) -> Part:
        """Return where it has not."""
        return {self.number: 1}

    def parts(self, condition: CompiledCondition) -> list[Part]:
        """Return where a condition without variables holds."""
        key = condition.key
        contexts = ({} if value is None else context_of(key, value) for value in self.field.values)
        holds = mask_of(map(condition.holds, contexts))
        return [{self.number: holds}] if holds else []


@dataclass(frozen=True, slots=True, eq=False)
class ManyValues:
    """A condition key that may have several values: for each atom a field, whether some value of the request is one.

    The first atom of such a field is "no". Where all say no, the key is absent.
    """

    first: int
    values: tuple[str, ...]

    def present(self) -> list[Part]:
        """Return where a request has the key, with some value or another."""
        return [{self.first + number: YES} for number in range(len(self.values))]

    def absent(self) -> Part:
        """Return where it has not."""
        return {self.first + number: NO for number in range(len(self.values))}

    def parts(self, condition: CompiledCondition) -> list[Part]:
        """Return where a condition without variables holds.

        A condition is asked about one value at a time, so what set operators mean stands where they are evaluated: one
        that holds wherever each value holds is narrowed value by value, one that any value can meet is a union.
        """
        key = condition.key
        absent = condition.holds({})
        meeting = [condition.holds(context_of(key, value)) for value in self.values]
        if self._needs_all(condition, meeting):
            every: Part = {self.first + number: NO for number, meets in enumerate(meeting) if not meets}
            return [every] if absent else [{**every, self.first + n: YES} for n, meets in enumerate(meeting) if meets]
        some: list[Part] = [{self.first + number: YES} for number, meets in enumerate(meeting) if meets]
        return [*some, *([self.absent()] if absent else [])]

    def _needs_all(self, condition: CompiledCondition, meeting: list[bool]) -> bool:
        """Tell whether two values, one that meets the condition and one that does not, fail it together."""
        if all(meeting) or not any(meeting):
            return all(meeting)
        good, bad = meeting.index(True), meeting.index(False)
        pair = context_of(condition.key, self.values[good], self.values[bad])
        return not condition.holds(pair)
