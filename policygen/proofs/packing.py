"""Statements in as few policies as a quota allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from policygen.proofs.rewriting import Elements, cut, halved

Weigh = Callable[[Elements], int]
"""Returns how much of a policy's room a statement takes."""


def packed(statements: Sequence[Elements], weigh: Weigh, room: int, *, cutting: bool) -> list[list[Elements]] | None:
    """Return statements in few groups, each of which fits; None where they do not.

    Whole statements are put where they fit, the heaviest first; where that takes more groups than cutting statements at
    the end of each group does, they are cut. Within a group they keep their order.

    Args:
        statements: The statements.
        weigh: Their weights.
        room: The most that a group may weigh.
        cutting: Whether one may be cut in two; else one that is too heavy does not fit.
    """
    whole = _whole(statements, weigh, room)
    filled = _filled(statements, weigh, room) if cutting else None
    if whole is None or (filled is not None and len(filled) < len(whole)):
        return filled
    return whole


def _whole(statements: Sequence[Elements], weigh: Weigh, room: int) -> list[list[Elements]] | None:
    """Return the statements in the first group each that has room for it, the heaviest first."""
    weights = [weigh(each) for each in statements]
    if max(weights, default=0) > room:
        return None
    groups: list[list[int]] = []
    left: list[int] = []
    for number in sorted(range(len(statements)), key=lambda each: -weights[each]):
        at = next((at for at, free in enumerate(left) if weights[number] <= free), len(groups))
        if at == len(groups):
            groups.append([])
            left.append(room)
        groups[at].append(number)
        left[at] -= weights[number]
    return [[statements[number] for number in sorted(group)] for group in sorted(groups, key=min)]


def _filled(statements: Sequence[Elements], weigh: Weigh, room: int) -> list[list[Elements]] | None:
    """Return the statements in order, each group filled up with a piece of the next one."""
    groups: list[list[Elements]] = [[]]
    rest, free = list(reversed(statements)), room
    while rest:
        statement = rest.pop()
        if weigh(statement) <= free:
            groups[-1].append(statement)
            free -= weigh(statement)
            continue
        pieces = cut(statement, lambda piece, free=free: weigh(piece) <= free)  # type: ignore[misc]  # bound at once
        if pieces is not None:
            groups[-1].append(pieces[0])
            rest.append(pieces[1])
        elif groups[-1]:
            rest.append(statement)
        else:
            halves = halved(statement)
            if halves is None:
                return None
            rest += reversed(halves)
            continue
        groups.append([])
        free = room
    return groups
