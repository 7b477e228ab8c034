"""Which patterns of one field can hold together: one automaton over all of them, with a shortest witness for each case.

The live positions of all patterns are the bits of one integer. From each state only the characters are tried that some
live position wants, a colon where a wildcard stops at it, and one that no pattern names, which stands for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import reduce
from operator import or_

from policygen.matching.wildcards import Step

MOST_STATES = 20_000
"""States that are visited for one field; past it the field is too rich."""

_FILLERS = "xyzwvqkj0123456789abcdefghilmnoprstu-_XYZ"


class TooRichError(Exception):
    """A field whose patterns have too many ways to hold together, or a proof that takes too many steps."""


class JointAutomaton:
    """All patterns of a field, walked at once."""

    def __init__(
        self,
        patterns: Iterable[Sequence[Step]],
        *,
        shapes: Iterable[Sequence[Step]] = (),
        elements: Iterable[frozenset[object]] = (),
    ) -> None:
        """Number the positions of all patterns.

        Args:
            patterns: The patterns; a literal step may have several characters, each of which will do.
            shapes: Patterns of which a text must satisfy one to be a value of the field at all; none for any text.
            elements: For each pattern the elements that list it: only which elements list a text is told apart then. As
                soon as a pattern is sure to match, those that no other element lists are dropped.
        """
        self._chars: list[str] = []
        self._moves: dict[str, int] = {}
        masks = dict.fromkeys(("one", "one-anywhere", "star", "star-in-field"), 0)
        self._start = self._accept = self._shape = 0
        forms = list(shapes)
        listing, spans, sure = list(elements), list[int](), dict[int, int]()
        for number, steps in enumerate([*forms, *patterns]):
            first = len(self._chars)
            self._start |= 1 << len(self._chars)
            for kind, char in steps:
                bit = 1 << len(self._chars)
                self._chars.append(char)
                if kind == "literal":
                    for each in char:
                        self._moves[each] = self._moves.get(each, 0) | bit
                else:
                    masks[kind] |= bit
            self._accept |= 1 << len(self._chars)
            self._shape |= (1 << len(self._chars)) * (number < len(forms))
            self._chars.append("")
            spans.append((1 << len(self._chars)) - (1 << first))
            if number >= len(forms) and steps and steps[-1] == ("star", ""):
                sure[number - len(forms)] = 1 << len(self._chars) - 2
        of_patterns = spans[len(forms) :]
        self._dropped = [
            (bit, union(of_patterns[at] for at, each in enumerate(listing) if each <= listing[own] and at != own))
            for own, bit in sure.items()
            if listing
        ]
        self._ones, self._anywhere = masks["one"], masks["one-anywhere"]
        self._stars, self._in_field = masks["star"], masks["star-in-field"]
        self._skips = self._stars | self._in_field
        self._literals = union(self._moves.values())

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
        for sure, dropped in self._dropped:
            if states & sure:
                states &= ~dropped
        return states

    def _wanted(self, states: int) -> Iterable[str]:
        """Return the characters to try: those that live positions want, and one that none of them wants."""
        found: dict[str, None] = {}
        live = states & self._literals
        while live:
            lowest = live & -live
            found.update(dict.fromkeys(self._chars[lowest.bit_length() - 1]))
            live ^= lowest
        if states & (self._ones | self._in_field):
            found[":"] = None
        return [next((each for each in _FILLERS if each not in found), "\u2022"), *found]

    def witnesses(self, prefix: str = "", literals: Collection[str] = (), *, without: str = "") -> list[str]:
        """Return a shortest text for every combination of patterns that some text with a prefix satisfies.

        Args:
            prefix: What every text begins with; at least one character more follows.
            literals: Texts that stand apart: none is a witness, and a combination that only they satisfy is none.
            without: Characters that do not stand behind the prefix.

        Raises:
            TooRichError: There are more states than :data:`MOST_STATES`.
        """
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
        states = self._closed(self._start)
        for char in prefix:
            states = self._after(states, char)
        first = (states, prefix if prefix in beginnings else None)
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
                    accepted = state[0] & self._accept
                    if accepted not in found and keep(accepted) and longer not in literals:
                        found[accepted] = longer
                    following.append((state, longer))
            if len(seen) > MOST_STATES:
                raise TooRichError
            row = following
        return found


def union(masks: Iterable[int]) -> int:
    """Return all bits of several masks."""
    return reduce(or_, masks, 0)
