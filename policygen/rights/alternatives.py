"""What some policies allow a caller, as few large boxes: each is one way in which a request may be made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from policygen.proofs.boxes import Box, Budget
from policygen.proofs.fields import WORLD, bits
from policygen.proofs.whole_space import WholeSpace
from policygen.rights.cover import maximal


class Laid(NamedTuple):
    """What decides about a caller, whoever it is: boxes that say nothing of the caller.

    Attributes:
        allowed: What the Allows allow together.
        denied: What a Deny denies.
        outside: What nobody can ask.
    """

    allowed: frozenset[Box]
    denied: frozenset[Box]
    outside: frozenset[Box]

    @classmethod
    def of(
        cls, space: WholeSpace, world: int, allowed: Iterable[Box], denied: Iterable[Box], outside: Iterable[Box]
    ) -> Laid:
        """Return what of some boxes is about one world."""
        own = space.layout.box({WORLD: 1 << world})

        def about(boxes: Iterable[Box]) -> frozenset[Box]:
            met = space.layout.intersections(boxes, own)
            return frozenset(space.layout.widened(each, WORLD) for each in met)

        return cls(about(allowed), about(denied), about(outside))


def alternatives(space: WholeSpace, laid: Laid, budget: Budget) -> list[Box]:
    """Return what is allowed and not denied as few large boxes, which may overlap; the plainest first.

    What nobody can ask makes no difference, so it is in a box where the box is plainer with it.

    Raises:
        TooRichError: The budget is spent.
    """
    layout = space.layout
    found = maximal(sorted(laid.allowed))
    for deny in sorted(laid.denied):
        found = maximal(piece for each in found for piece in layout.around(each, deny))
        budget.spend(len(found) + 1)
    found = [each for each in found if layout.difference([each], laid.outside, budget)]
    found = [_relaxed(space, each, laid.outside, budget) for each in _joined(space, maximal(found))]
    found = maximal(found)
    for each in sorted(found, key=lambda box: (box.bit_count(), box)):
        rest = [other for other in found if other != each]
        if rest and not layout.difference([each], [*rest, *laid.outside], budget):
            found = rest
    return sorted(found, key=lambda box: (-box.bit_count(), box))


def _joined(space: WholeSpace, boxes: list[Box]) -> list[Box]:
    """Return fewer boxes: of two that differ in one field alone their union."""
    for number in range(len(space.layout)):
        found: dict[Box, Box] = {}
        for box in boxes:
            rest = space.layout.widened(box, number)
            found[rest] = found.get(rest, 0) | box
        boxes = maximal(found.values())
    return boxes


def _relaxed(space: WholeSpace, box: Box, outside: Iterable[Box], budget: Budget) -> Box:
    """Return a box with the atoms that nobody can ask beside the rest of it, field by field."""
    layout, outside = space.layout, list(outside)
    for number in range(len(layout)):
        mask = layout.masks(box)[number]
        for atom in bits(space.fields[number].full & ~mask):
            other = layout.widened(box, number) & layout.box({number: 1 << atom})
            if not layout.difference([other], outside, budget):
                mask |= 1 << atom
        box = layout.widened(box, number) & layout.box({number: mask})
    return box


def cares(space: WholeSpace, box: Box, outside: Iterable[Box], budget: Budget, number: int) -> int:
    """Return the atoms of a field that somebody can ask beside the rest of a box."""
    layout, found = space.layout, 0
    wide = layout.widened(box, number)
    for atom in range(len(space.fields[number].values)):
        one = wide & layout.box({number: 1 << atom})
        found |= bool(layout.difference([one], outside, budget)) << atom
    return found
