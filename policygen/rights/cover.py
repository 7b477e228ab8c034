"""Masks of atoms as people write them: values that are listed, values that are excepted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from policygen.proofs.automaton import union

_K = TypeVar("_K", bound=Hashable)


class Wanted(NamedTuple):
    """The atoms that a description must hold, and those that it may.

    Attributes:
        least: Those that it must hold.
        most: Those that it may hold: what nobody can ask makes no difference.
        full: All atoms.
    """

    least: int
    most: int
    full: int


def listed(wanted: Wanted, patterns: Mapping[_K, int]) -> list[_K] | None:
    """Return the fewest patterns, widest first, that together hold what is wanted; None where none do."""
    fitting = {each: mask for each, mask in patterns.items() if mask and not mask & ~wanted.most}
    return _fewest(wanted.least, fitting)


def excepted(wanted: Wanted, patterns: Mapping[_K, int]) -> list[_K] | None:
    """Return the fewest patterns that together hold all that is not wanted, and nothing that is; None where none do."""
    fitting = {each: mask for each, mask in patterns.items() if mask and not mask & wanted.least}
    return _fewest(wanted.full & ~wanted.most, fitting)


def both_ways(wanted: Wanted, patterns: Mapping[_K, int]) -> tuple[list[_K], list[_K]] | None:
    """Return patterns that are listed, and patterns that are excepted from them; None where that does not do."""
    meeting = {each: mask for each, mask in patterns.items() if mask & wanted.least}
    some = _fewest(wanted.least, dict(sorted(meeting.items(), key=lambda each: each[1].bit_count())))
    if some is None:
        return None
    held = union(patterns[each] for each in some)
    outs = excepted(Wanted(wanted.least, wanted.full & ~(held & ~wanted.most), wanted.full), patterns)
    return None if outs is None else (some, outs)


def _fewest(least: int, patterns: Mapping[_K, int]) -> list[_K] | None:
    """Return patterns that cover some atoms: of two alike the first, none that the others cover."""
    if least & ~union(patterns.values()):
        return None
    found: dict[_K, int] = {}
    for each, mask in patterns.items():
        if mask & least and not any(mask & least | other == other for other in (m & least for m in found.values())):
            found = {one: other for one, other in found.items() if other & least & ~mask}
            found[each] = mask
    for each in [*found]:
        rest = {other: mask for other, mask in found.items() if other != each}
        if not least & ~union(rest.values()):
            found = rest
    return [*found]


def maximal(boxes: Iterable[int]) -> list[int]:
    """Return boxes without those that lie in another one."""
    found: list[int] = []
    for box in dict.fromkeys(boxes):
        if not any(not box & ~each for each in found):
            found = [each for each in found if each & ~box]
            found.append(box)
    return found


def pairs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield every two of some numbers."""
    known = list(numbers)
    yield from ((one, other) for at, one in enumerate(known) for other in known[at + 1 :])
