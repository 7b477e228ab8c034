"""Conditions that all calls met: of a few keys that tell where a call comes from and what it is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from policygen.request import Request
from policygen.suggesting.patterns import of_values

KEYS = {
    "aws:RequestedRegion": "StringEquals",
    "aws:SourceVpce": "StringEquals",
    "aws:SecureTransport": "Bool",
    "kms:ViaService": "StringEquals",
    "iam:PassedToService": "StringEquals",
    "s3:prefix": "StringLike",
}
"""The keys of which conditions are made, each with its operator.

Addresses, times and user agents are not among them: that they were the same so far says little of the next call.
"""

_PREFIX = "s3:prefix"

Values = tuple[str | None, ...]
"""What a request carries for each of the keys, in their order; None where it carries not exactly one value."""

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Operator, key and values."""


class Met(NamedTuple):
    """Conditions, and the patterns among them that stand for more than was used, each with how many values."""

    conditions: Conditions
    generalised: tuple[tuple[str, str, int], ...]


def values_of(request: Request) -> Values:
    """Return what a request carries for each of the keys."""
    found = (request.context.get(key.lower()) for key in KEYS)
    return tuple(each.values[0] if each is not None and len(each.values) == 1 else None for each in found)


def met_by(carried: Iterable[Values], most: int) -> Met:
    """Return the conditions that all of some requests meet.

    Args:
        carried: What each of them carries for the keys.
        most: How many values of a key there may be. Of prefixes more are generalised, of other keys none is asked for.
    """
    distinct = set(carried)
    conditions: list[tuple[str, str, tuple[str, ...]]] = []
    generalised: list[tuple[str, str, int]] = []
    for at, (key, operator) in enumerate(KEYS.items()):
        values = {each[at] for each in distinct}
        texts = frozenset(each for each in values if each is not None)
        if None in values or texts == {"false"}:
            continue
        if key == _PREFIX:
            patterns = of_values(texts, most)
            texts = frozenset() if "*" in patterns else frozenset(patterns)
            generalised += [(key, each, len(patterns[each])) for each in sorted(texts) if len(patterns[each]) > 1]
        if 0 < len(texts) <= most and (operator != "Bool" or len(texts) == 1):
            conditions.append((operator, key, tuple(sorted(texts))))
    return Met(tuple(conditions), tuple(generalised))
