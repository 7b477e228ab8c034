"""A field whose patterns have too many ways to hold together: which of them go together is searched for when asked.

Some of its patterns are put aside: each is a question of its own, and the atoms are those that the other patterns tell
apart. Whether a value of an atom meets some of the patterns aside and none of some others is a search of the joint
automaton that goes for the end of the ones and leaves every state from which one of the others is sure to match.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from policygen.matching.wildcards import Step
from policygen.proofs.automaton import FILLERS, Class, JointAutomaton, Pattern, TooRichError, union
from policygen.proofs.fields import NO, YES, Field, bits, mask_of

MOST_SEARCHED = 200_000
"""States that are visited for one field in all; past it nobody knows."""

_MORE_FILLERS = "\u2022\u2023\u2043\u25e6"


class Wanted(NamedTuple):
    """What a text must be: of each group one pattern, none that is barred, and of the same classes."""

    groups: tuple[tuple[Pattern, ...], ...]
    barred: tuple[Pattern, ...]
    classes: int


class Search(JointAutomaton):
    """The patterns of a field, some of them aside."""

    def __init__(
        self,
        name: str,
        patterns: Iterable[tuple[Sequence[Step], frozenset[object]]],
        aside: Iterable[Sequence[Step]],
        *,
        shapes: Iterable[Sequence[Step]] = (),
        classes: Iterable[Class] = (),
        literals: Collection[str] = (),
        prefix: str = "",
    ) -> None:
        """Number the positions of all patterns.

        Args:
            name: The field's name.
            patterns: Those that tell atoms apart, each with the elements that list it.
            aside: The others.
            shapes: As :class:`JointAutomaton` takes them.
            classes: As :class:`JointAutomaton` takes them.
            literals: Texts that stand apart: each is an atom of its own.
            prefix: What every other text begins with.
        """
        shown = list(patterns)
        super().__init__([*(steps for steps, _ in shown), *aside], shapes=shapes, classes=classes)
        self._name, self._literals_apart, self._prefix = name, frozenset(literals), prefix
        self._listed = [(each, own) for each, (_, own) in zip(self.own, shown, strict=False)]
        self._aside = self.own[len(shown) :]
        self._beginnings = {each[:end] for each in literals for end in range(1, len(each) + 1)}
        named = {*self._moves, *(char for each in literals for char in each)}
        self._filler = next(each for each in FILLERS + _MORE_FILLERS if each not in named)
        self._needed = self._steps_left()
        self._alike: dict[str, tuple[frozenset[object], int, int]] = {}
        self._found: dict[tuple[frozenset[object] | str, int, int, int], str | None] = {}
        self._left = MOST_SEARCHED

    def _steps_left(self) -> list[int]:
        """Return for every position how many characters more its pattern needs at least."""
        found = [0] * len(self._chars)
        ends = self._accept
        for place in reversed(range(len(self._chars))):
            if not ends >> place & 1:
                found[place] = found[place + 1] + (not self._skips >> place & 1)
        return found

    def meets(self, text: str) -> int:
        """Return which of the patterns aside a text meets, by their numbers as bits."""
        return self._described(text)[2]

    def _described(self, text: str) -> tuple[frozenset[object], int, int]:
        """Return the elements that list a text, its classes and the patterns aside that it meets."""
        if text not in self._alike:
            accepted = self._after_all(text) & self._accept
            elements = frozenset[object]().union(*(own for each, own in self._listed if accepted & each.end))
            meets = sum(1 << number for number, each in enumerate(self._aside) if accepted & each.end)
            self._alike[text] = elements, self._case(accepted) & ~self._apart, meets
        return self._alike[text]

    def text(self, like: str, yes: int, no: int) -> str | None:
        """Return a text of an atom that meets some of the patterns aside and none of others; None when there is none.

        Args:
            like: The atom's witness.
            yes: The numbers of the ones, as bits.
            no: Those of the others.

        Raises:
            TooRichError: More than :data:`MOST_SEARCHED` states were visited in all; the error names the field.
        """
        elements, classes, meets = self._described(like)
        if not yes & ~meets and not no & meets:
            return like
        if like in self._literals_apart or yes & no or not like.startswith(self._prefix):
            return None
        key = (elements, classes, yes, no)
        if key not in self._found:
            self._found[key] = self._searched(self._wanted_of(elements, classes, yes, no))
        return self._found[key]

    def _wanted_of(self, elements: frozenset[object], classes: int, yes: int, no: int) -> Wanted:
        fitting = [(each, own) for each, own in self._listed if own <= elements]
        groups = {tuple(each for each, own in fitting if element in own) for element in elements}
        groups |= {(each,) for number, each in enumerate(self._aside) if yes >> number & 1}
        barred = [each for each, own in self._listed if not own <= elements]
        barred += [each for number, each in enumerate(self._aside) if no >> number & 1]
        return Wanted((*groups, *([self.shapes] if self.shapes else [])), tuple(barred), classes)

    def _searched(self, wanted: Wanted) -> str | None:
        """Walk first where least is left to do; from a state like an earlier one that was barred from less, never."""
        worse = union(each.places for each in wanted.barred)
        sure = union(each.sure for each in wanted.barred)
        relevant = union(each.places for group in wanted.groups for each in group) | worse | self._of_classes
        start = self._after_all(self._prefix, relevant)
        numbers, seen = count(), dict[tuple[int, str], list[int]]()
        row = [(0, 0, start, self._prefix)]
        while row:
            _, _, states, text = heappop(row)
            self._left -= 1
            if self._left < 0:
                raise TooRichError(self._name)
            for char in self._worth_trying(states, worse):
                following, longer = self._after(states, char) & relevant, text + char
                left = None if following & sure else self._distance(following, wanted)
                if left is None:
                    continue
                if longer not in self._literals_apart and self._is_wanted(following, wanted):
                    return longer
                begun = longer if longer in self._beginnings else ""
                if _is_new(seen.setdefault((following & ~worse, begun), []), following & worse):
                    heappush(row, (len(longer) + 2 * left, next(numbers), following, longer))
        return None

    def _worth_trying(self, states: int, worse: int) -> Iterable[str]:
        """Return the characters that bring something nearer, and one that nobody wants."""
        found = dict.fromkeys((self._filler, *self._chars_at(states & ~worse)))
        if states & (self._ones | self._in_field):
            found[":"] = None
        return found

    def _distance(self, states: int, wanted: Wanted) -> int | None:
        """Return how many characters are left at least, all groups taken by themselves; None where one is lost."""
        left = 0
        for group in wanted.groups:
            lives = (states & each.places for each in group)
            nearest = min((self._needed[each.bit_length() - 1] for each in lives if each), default=None)
            if nearest is None:
                return None
            left += nearest
        return left

    def _is_wanted(self, states: int, wanted: Wanted) -> bool:
        accepted = states & self._accept
        return (
            all(any(accepted & each.end for each in group) for group in wanted.groups)
            and not any(accepted & each.end for each in wanted.barred)
            and self._case(accepted) & ~self._apart == wanted.classes
        )


def _is_new(known: list[int], worse: int) -> bool:
    """Tell whether no state was met that is barred from no more than this one; remember it then."""
    if any(not each & ~worse for each in known):
        return False
    known[:] = [each for each in known if worse & ~each]
    known.append(worse)
    return True


class Aside:
    """The patterns of a field that are put aside, each a question of its own: does the value match it?

    Attributes:
        questions: For each pattern the number of the field that is the question.
    """

    def __init__(self, number: int, field: Field, questions: Mapping[object, int], search: Search) -> None:
        """Keep what a space has made of them.

        Args:
            number: The field's number.
            field: The field.
            questions: The patterns, in the order in which the search has them.
            search: The search.
        """
        self._number, self._field, self._search = number, field, search
        self.questions = questions

    def values(self, masks: Sequence[int]) -> Iterator[tuple[int, str | None]]:
        """Yield the atoms of a box in which there is a value that gives the box's answers, with such a value.

        Raises:
            TooRichError: Nobody knows; the error names the field.
        """
        yes, no = self._answers(masks)
        for number in bits(masks[self._number]):
            value = self._field.values[number]
            if value is None:  # an absent key matches nothing
                yield from [] if yes else [(number, None)]
                continue
            found = self._search.text(value, yes, no)
            if found is not None:
                yield number, found

    def allows(self, masks: Sequence[int], text: str) -> bool:
        """Tell whether a text gives a box's answers."""
        yes, no = self._answers(masks)
        meets = self._search.meets(text)
        return not yes & ~meets and not no & meets

    def answers_of(self, text: str) -> dict[int, int]:
        """Return the answers that a text gives, as part of a box."""
        meets = self._search.meets(text)
        return {question: YES if meets >> at & 1 else NO for at, question in enumerate(self.questions.values())}

    def _answers(self, masks: Sequence[int]) -> tuple[int, int]:
        answers = [masks[question] for question in self.questions.values()]
        return mask_of(each == YES for each in answers), mask_of(each == NO for each in answers)
