"""Sets of requests as boxes: a product of sets of atoms, one for each field.

A box is one integer: the fields' atoms as bits beside each other, above each field a bit that stays free. Two boxes are
cut with one ``&``; whether each field still has an atom is asked of all fields at once: what is added to a field that
is not empty runs over into its free bit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from policygen.proofs.automaton import TooRichError

Box = int
"""A product of sets of atoms; see :class:`Layout`."""

Part = Mapping[int, int]
"""A box that says something about a few fields only: atoms by the number of a field."""

MOST_STEPS = 200_000
"""Pieces that one question may make."""


_FEW = 8
"""Pieces of one box before it is looked whether there are requests in each."""


class Budget:
    """Counts the steps of a proof."""

    def __init__(self) -> None:
        """Allow :data:`MOST_STEPS` steps."""
        self.left = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps off.

        Raises:
            TooRichError: There are none left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooRichError


class Layout:
    """Where the fields of a box lie.

    Attributes:
        full: The box of everything.
    """

    def __init__(self, widths: Sequence[int], holds: Callable[[Sequence[int]], bool] | None = None) -> None:
        """Lay out fields of so many atoms.

        Args:
            widths: How many atoms each has.
            holds: Tells of the atoms of each field whether there is such a request; None where each is one.
        """
        self._holds = holds
        self._places: list[int] = []
        self._widths = tuple(widths)
        place = 0
        for width in widths:
            self._places.append(place)
            place += width + 1
        self.full: Box = sum(((1 << width) - 1) << at for width, at in zip(widths, self._places, strict=True))
        self._free = sum(1 << at + width for width, at in zip(widths, self._places, strict=True))

    def __len__(self) -> int:
        """Return how many fields there are."""
        return len(self._places)

    def box(self, part: Part) -> Box:
        """Return a part as a box: what it does not speak of is full."""
        found = self.full
        for number, mask in part.items():
            found &= ~(self._atoms(number) & ~(mask << self._places[number]))
        return found

    def masks(self, box: Box) -> tuple[int, ...]:
        """Return the atoms of each field."""
        fields = zip(self._places, self._widths, strict=True)
        return tuple(box >> at & (1 << width) - 1 for at, width in fields)

    def _atoms(self, number: int) -> int:
        return ((1 << self._widths[number]) - 1) << self._places[number]

    def widened(self, box: Box, number: int) -> Box:
        """Return a box without what it says of one field."""
        return box | self._atoms(number)

    def has_requests(self, box: Box) -> bool:
        """Tell whether every field has an atom."""
        return (box + self.full) & self._free == self._free

    def intersections(self, boxes: Iterable[Box], other: Box) -> list[Box]:
        """Return what of each box lies in another one, where something does."""
        return [common for each in boxes if self.has_requests(common := each & other)]

    def around(self, box: Box, cut: Box) -> Iterator[Box]:
        """Yield the largest boxes of what lies in a box and outside another one; they overlap."""
        return self._pieces(box, cut, apart=False)

    def _pieces(self, box: Box, cut: Box, *, apart: bool) -> Iterator[Box]:
        """Yield the pieces of a box that lie outside another one; ``apart``: no two of them overlap."""
        if not self.has_requests(box & cut):
            yield box
            return
        left = box & ~cut
        while left:
            atoms = self._atoms(bisect_right(self._places, (left & -left).bit_length() - 1) - 1)
            yield box & ~atoms | left & atoms
            box &= ~(left & atoms) if apart else box
            left &= ~atoms

    def difference(self, boxes: Iterable[Box], cuts: Iterable[Box], budget: Budget) -> list[Box]:
        """Return what of ``boxes`` lies in none of ``cuts``; what leaves least of a box is cut away first.

        Raises:
            TooRichError: The budget is spent.
        """
        found: list[Box] = []
        cuts = dict.fromkeys(cuts)
        for box in boxes:
            if box in cuts:
                continue
            meeting = [each for each in cuts if self.has_requests(box & each)]
            pieces = [] if any(not box & ~each for each in meeting) else [box]
            for cut in sorted(meeting, key=lambda each: (box & ~each).bit_count()) if pieces else ():
                pieces = [piece for each in pieces for piece in self._pieces(each, cut, apart=True)]
                budget.spend(len(pieces) + 1)
                pieces = self._real(pieces) if len(pieces) > _FEW else pieces
                if not pieces:
                    break
            found.extend(self._real(pieces))
        return found

    def _real(self, boxes: list[Box]) -> list[Box]:
        """Return the boxes in which there are requests."""
        holds = self._holds
        return boxes if holds is None else [each for each in boxes if holds(self.masks(each))]


def both(one: Iterable[Part], other: Sequence[Part]) -> list[Part]:
    """Return the parts of what lies in both of two unions."""
    found: list[Part] = []
    for mine in one:
        for theirs in other:
            part = dict(mine)
            for number, mask in theirs.items():
                part[number] = part.get(number, mask) & mask
            if all(part.values()):
                found.append(part)
    return found
