"""A box in the words of the policies it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from policygen.proofs.boxes import Box
from policygen.proofs.fields import ACTION, NO, RESOURCE, WORLD, YES, OneValue, bits
from policygen.proofs.space import Space

OWN_POLICIES = "policies of the caller's own"
"""Stands among the conditions: whether the caller's own policies must allow it."""

MOST_NAMES = 12
"""Names of one field that are listed."""


def describe(space: Space, box: Box, most: int = MOST_NAMES) -> dict[str, Any]:
    """Return principals, actions, resources and conditions of a box, as a difference has them.

    Args:
        space: The space.
        box: The box.
        most: Names of one field that are listed.
    """
    masks = space.layout.masks(box)
    callers = dict.fromkeys(space.worlds[number].caller.arn for number in bits(masks[WORLD]))
    resources = _aside(space, RESOURCE, masks, YES)
    everybody = masks[WORLD] == space.fields[WORLD].full
    return {
        "principals": ("*",) if everybody else first_names(callers, most),
        "actions": _patterns(space, ACTION, masks[ACTION], most),
        "resources": first_names(resources, most) or _patterns(space, RESOURCE, masks[RESOURCE], most),
        "conditions": _own_policies(space, masks[WORLD]) | _conditions(space, masks),
    }


def _own_policies(space: Space, worlds: int) -> dict[str, str]:
    """Return what policies of the caller's own must say, where that makes a difference."""
    own = {space.worlds[number].own for number in bits(worlds)}
    if not space.kind.is_of_resource or len(own) > 1:
        return {}
    return {OWN_POLICIES: "allow it" if own == {True} else "do not allow it"}


def first_names(names: Iterable[str], most: int = MOST_NAMES) -> tuple[str, ...]:
    """Return the first of some names, and how many more there are."""
    listed = list(names)
    more = len(listed) - most
    return (*listed[:most], *([f"and {more} more"] if more > 0 else []))


def _patterns(space: Space, number: int, mask: int, most: int) -> tuple[str, ...]:
    """Return for each atom the narrowest pattern that holds it."""
    known = space.patterns(number)
    found: dict[str, None] = {}
    for atom in bits(mask):
        holding = [(own.bit_count(), -len(text), text) for text, own in known if own >> atom & 1]
        found[min(holding)[2] if holding else "*"] = None
        if len(found) > most:
            break
    return first_names(found, most)


def _aside(space: Space, number: int, masks: Sequence[int], answer: int) -> list[str]:
    """Return the patterns of a field that are put aside and that a box answers so."""
    questions = space.aside[number].questions.values() if number in space.aside else ()
    return [space.fields[each].name for each in questions if masks[each] == answer]


def _conditions(space: Space, masks: Sequence[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in space.keys.values():
        if isinstance(field, OneValue):
            mask, full = masks[field.number], field.field.full
            words = [] if mask == full else [_values(field, mask, full)]
            words += [f"like `{each}`" for each in _aside(space, field.number, masks, YES)]
            words += [f"not like `{each}`" for each in _aside(space, field.number, masks, NO)]
            found |= {field.field.name: ", ".join(words)} if words else {}
            continue
        numbers = range(field.first, field.first + len(field.values))
        some = [v for n, v in zip(numbers, field.values, strict=True) if masks[n] == YES]
        none = [v for n, v in zip(numbers, field.values, strict=True) if masks[n] == NO]
        words = [f"has {', '.join(some)}"] if some else []
        if none:
            words.append(f"has not {', '.join(none)}" if len(none) < len(field.values) else "absent")
        if words:
            found[space.fields[field.first].name] = "; ".join(words)
    for number, flag in space.flags.items():
        if masks[number] != space.fields[number].full:
            found[flag.name] = "fits" if masks[number] == YES else "does not fit"
    return found


def _values(field: OneValue, mask: int, full: int) -> str:
    def names(atoms: int) -> list[str]:
        return [
            "absent" if value is None else f"`{value}`" for value in map(field.field.values.__getitem__, bits(atoms))
        ]

    if mask == full & ~1:
        return "any value"
    out = full & ~mask
    return f"anything but {', '.join(names(out))}" if out.bit_count() < mask.bit_count() else " or ".join(names(mask))
