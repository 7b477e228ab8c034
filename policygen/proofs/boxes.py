"""Sets of requests as boxes: a product of sets of atoms, one for each field, each set the bits of an integer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from policygen.proofs.automaton import TooRichError

Box = tuple[int, ...]
"""For each field the atoms that lie in the box."""

Part = Mapping[int, int]
"""A box that says something about a few fields only: atoms by the number of a field."""

MOST_STEPS = 200_000
"""Pieces that one question may make."""


class Budget:
    """Counts the steps of a proof."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        """Allow ``most`` steps."""
        self.left = most

    def spend(self, steps: int = 1) -> None:
        """Take steps off.

        Raises:
            TooRichError: There are none left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooRichError


def whole(part: Part, full: Box) -> Box:
    """Return a part as a box: what it does not speak of is full."""
    return tuple(part.get(number, mask) for number, mask in enumerate(full))


def intersection(one: Box, other: Box) -> Box | None:
    """Return what lies in both boxes; None when nothing does."""
    found = tuple(mine & theirs for mine, theirs in zip(one, other, strict=True))
    return found if all(found) else None


def without(box: Box, cut: Box) -> Iterator[Box]:
    """Yield the pieces of a box that lie outside another one; no two of them overlap."""
    common = intersection(box, cut)
    if common is None:
        yield box
        return
    for number, (mine, shared) in enumerate(zip(box, common, strict=True)):
        if mine != shared:
            yield (*common[:number], mine & ~shared, *box[number + 1 :])


def difference(boxes: Iterable[Box], cuts: Sequence[Box], budget: Budget) -> list[Box]:
    """Return what of ``boxes`` lies in none of ``cuts``.

    Raises:
        TooRichError: The budget is spent.
    """
    found: list[Box] = []
    for box in boxes:
        pieces = [box]
        for cut in sorted((each for each in cuts if intersection(box, each)), key=lambda each: -_shared(box, each)):
            pieces = [piece for each in pieces for piece in without(each, cut)]
            budget.spend(len(pieces) + 1)
            if not pieces:
                break
        found.extend(pieces)
    return found


def _shared(box: Box, cut: Box) -> int:
    """Return how many fields of a box lie in a cut: what covers most goes first."""
    return sum(not mine & ~theirs for mine, theirs in zip(box, cut, strict=True))


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
