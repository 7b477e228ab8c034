"""Actions and resources that go together, in few rectangles: what nobody can ask fills the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policygen.proofs.boxes import Box, Budget
from policygen.proofs.fields import ACTION, RESOURCE, bits
from policygen.proofs.whole_space import WholeSpace


def resources_by_action(space: WholeSpace, boxes: Iterable[Box]) -> dict[int, int]:
    """Return for each action of some boxes the resources that go with it, both as atoms."""
    found: dict[int, int] = {}
    for masks in map(space.layout.masks, boxes):
        for action in bits(masks[ACTION]):
            found[action] = found.get(action, 0) | masks[RESOURCE]
    return found


def askable(space: WholeSpace) -> dict[int, int]:
    """Return for each action the resources for which somebody can ask for it.

    Raises:
        TooRichError: There are too many cases.
    """
    layout = space.layout
    return {
        action: resources_by_action(
            space, layout.difference([layout.box({ACTION: 1 << action})], space.outside, Budget())
        ).get(action, 0)
        for action in range(len(space.fields[ACTION].values))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """Actions on resources.

    Attributes:
        actions: The actions.
        least: The resources that must be among them.
        most: The resources that may be.
    """

    actions: int
    least: int
    most: int


def rectangles(least: Mapping[int, int], most: Mapping[int, int]) -> list[Rectangle]:
    """Return few rectangles that hold what must be held, and nothing that may not.

    Args:
        least: For each action the resources that must be held.
        most: For each action those that may be.
    """
    rows: dict[tuple[int, int], int] = {}
    for action, resources in least.items():
        if resources:
            rows[resources, most[action]] = rows.get((resources, most[action]), 0) | 1 << action
    found: list[Rectangle] = []
    for (low, high), actions in sorted(rows.items(), key=lambda each: -each[0][0].bit_count()):
        for at, each in enumerate(found):
            if not (low | each.least) & ~(high & each.most):
                found[at] = Rectangle(actions=each.actions | actions, least=each.least | low, most=each.most & high)
                break
        else:
            found.append(Rectangle(actions=actions, least=low, most=high))
    return found
