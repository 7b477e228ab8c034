"""Which patterns of one field can hold together: one automaton over all of them, with a shortest witness for each case.

The live positions of all patterns are the bits of one integer. From each state only the characters are tried that some
live position wants, a colon where a wildcard stops at it, and one that no pattern names, which stands for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from policygen.matching.wildcards import Step

MOST_STATES = 20_000
"""States that are visited for one field; past it the field is too rich."""

FEW_STATES = 1_000
"""So many are enough to see that some patterns are better put aside."""

FILLERS = "xyzwvqkj0123456789abcdefghilmnoprstu-_XYZ"
"""Characters for what no pattern names, the first choice first."""


Class = tuple[Iterable[Sequence[Step]], Iterable[Sequence[Step]]]
"""The texts that some patterns match and none of some others."""


class TooRichError(Exception):
    """A field whose patterns have too many ways to hold together, or a proof that takes too many steps."""


class Pattern(NamedTuple):
    """Positions of a pattern, as bits.

    Attributes:
        places: All of them.
        end: The one behind it.
        sure: The one from which it is sure to match; 0 for none.
    """

    places: int
    end: int
    sure: int


class JointAutomaton:
    """All patterns of a field, walked at once.

    Attributes:
        shapes: The shapes.
        own: The patterns.
    """

    def __init__(
        self,
        patterns: Iterable[Sequence[Step]],
        *,
        shapes: Iterable[Sequence[Step]] = (),
        elements: Iterable[frozenset[object]] = (),
        classes: Iterable[Class] = (),
    ) -> None:
        """Number the positions of all patterns.

        Args:
            patterns: The patterns; a literal step may have several characters, each of which will do.
            shapes: Patterns of which a text must satisfy one to be a value of the field at all; none for any text.
            elements: For each pattern the elements that list it: only which elements list a text is told apart then. As
                soon as a pattern is sure to match, those that no other element lists are dropped.
            classes: Of these it is only told apart whether a text is one of each.
        """
        self._chars: list[str] = []
        self._moves: dict[str, int] = {}
        self._masks = dict.fromkeys(("one", "one-anywhere", "star", "star-in-field"), 0)
        self._start = 0
        self.shapes = tuple(self._add(each) for each in shapes)
        self.own = tuple(self._add(each) for each in patterns)
        self._shape = union(each.end for each in self.shapes)
        self._apart = self._shape | union(each.end for each in self.own)
        before = len(self._chars)
        self._classes = [
            (union(self._add(each).end for each in within), union(self._add(each).end for each in others))
            for within, others in classes
        ]
        self._accept = self._apart | union(within | others for within, others in self._classes)
        self._of_classes = (1 << len(self._chars)) - (1 << before)
        self._told: dict[int, int] = {}
        self._dropped = _dropped(list(zip(self.own, elements, strict=False)))  # without elements, nothing is
        self._sure = union(self._dropped)
        self._ones, self._anywhere = self._masks["one"], self._masks["one-anywhere"]
        self._stars, self._in_field = self._masks["star"], self._masks["star-in-field"]
        self._skips = self._stars | self._in_field
        self._literals = union(self._moves.values())

    def _add(self, steps: Sequence[Step]) -> Pattern:
        """Number the positions of a pattern."""
        first = 1 << len(self._chars)
        self._start |= first
        for kind, char in steps:
            bit = 1 << len(self._chars)
            self._chars.append(char)
            if kind != "literal":
                self._masks[kind] |= bit
            for each in char:
                self._moves[each] = self._moves.get(each, 0) | bit
        end = 1 << len(self._chars)
        self._chars.append("")
        return Pattern((end << 1) - first, end, end >> 1 if steps and steps[-1] == ("star", "") else 0)

    def _closed(self, states: int) -> int:
        while True:
            more = states | ((states & self._skips) << 1)
            if more == states:
                return states
            states = more

    def _after(self, states: int, char: str) -> int:
        taking, staying = self._moves.get(char, 0) | self._anywhere, self._stars
        if char != ":":
            taking, staying = taking | self._ones, staying | self._in_field
        states = self._closed(((states & taking) << 1) | (states & staying))
        sure = states & self._sure
        while sure:
            lowest = sure & -sure
            states &= ~self._dropped[lowest]
            sure &= states & ~lowest
        return states

    def _case(self, accepted: int) -> int:
        """Return what of the patterns that a text satisfies is told apart."""
        if accepted not in self._told:
            case = accepted & self._apart
            for within, others in self._classes:  # a class has one of its bits, which say nothing by themselves
                case |= within & -within if accepted & within and not accepted & others else 0
            self._told[accepted] = case
        return self._told[accepted]

    def _after_all(self, text: str, relevant: int = -1) -> int:
        """Return the positions behind a text; ``relevant``: of some patterns only."""
        states = self._closed(self._start & relevant)
        for char in text:
            states = self._after(states, char) & relevant
        return states

    def _chars_at(self, states: int) -> dict[str, None]:
        """Return the characters that live positions want."""
        found: dict[str, None] = {}
        live = states & self._literals
        while live:
            lowest = live & -live
            found.update(dict.fromkeys(self._chars[lowest.bit_length() - 1]))
            live ^= lowest
        return found

    def _wanted(self, states: int) -> Iterable[str]:
        """Return the characters to try: those that live positions want, and one that none of them wants."""
        found = self._chars_at(states)
        if states & (self._ones | self._in_field):
            found[":"] = None
        return [next((each for each in FILLERS if each not in found), "\u2022"), *found]

    def witnesses(
        self, prefix: str = "", literals: Collection[str] = (), *, without: str = "", few: bool = False
    ) -> list[str]:
        """Return a shortest text for every combination of patterns that some text with a prefix satisfies.

        Args:
            prefix: What every text begins with; at least one character more follows.
            literals: Texts that stand apart: none is a witness, and a combination that only they satisfy is none.
            without: Characters that do not stand behind the prefix.
            few: Whether to give up early, at :data:`FEW_STATES`.

        Raises:
            TooRichError: There are more states than :data:`MOST_STATES`.
        """
        self._most = min(FEW_STATES, MOST_STATES) if few else MOST_STATES
        found = self._explored(
            prefix, literals=(), without=without, keep=lambda accepted: not self._shape or bool(accepted & self._shape)
        )
        apart = set(literals)
        clashing = {accepted for accepted, text in found.items() if text in apart}
        if clashing:
            found = {accepted: text for accepted, text in found.items() if accepted not in clashing}
            found |= self._explored(prefix, literals=apart, without=without, keep=clashing.__contains__)
        return list(found.values())

    def _explored(
        self, prefix: str, *, literals: Collection[str], without: str, keep: Callable[[int], bool]
    ) -> dict[int, str]:
        """Walk breadth first; beside its positions a state knows the beginning of a literal that was read so far."""
        beginnings = {each[:end] for each in literals for end in range(len(each) + 1)}
        first = (self._after_all(prefix), prefix if prefix in beginnings else None)
        seen, row, found = set[tuple[int, str | None]](), [(first, prefix)], dict[int, str]()
        while row:
            following = []
            for (states, read), text in row:
                for char in self._wanted(states):
                    if char in without:
                        continue
                    longer = text + char
                    begun = longer if read is not None and longer in beginnings else None
                    state = (self._after(states, char), begun)
                    if state in seen:
                        continue
                    seen.add(state)
                    accepted = self._case(state[0] & self._accept)
                    if accepted not in found and keep(accepted) and longer not in literals:
                        found[accepted] = longer
                    following.append((state, longer))
            if len(seen) > self._most:
                raise TooRichError
            row = following
        return found


def _dropped(listed: Sequence[tuple[Pattern, frozenset[object]]]) -> dict[int, int]:
    """Return for each position from which a pattern is sure to match those of patterns that no other element lists."""
    places: dict[frozenset[object], int] = {}
    for pattern, elements in listed:
        places[elements] = places.get(elements, 0) | pattern.places
    sharing: dict[object, list[frozenset[object]]] = {}
    for elements in places:
        for each in elements:
            sharing.setdefault(each, []).append(elements)
    within = {
        elements: union(
            places[each] for each in {other for one in elements for other in sharing[one]} if each <= elements
        )
        for elements in {own for pattern, own in listed if pattern.sure}
    }
    return {pattern.sure: within[own] & ~pattern.places for pattern, own in listed if pattern.sure}


def union(masks: Iterable[int]) -> int:
    """Return all bits of several masks."""
    return reduce(or_, masks, 0)
