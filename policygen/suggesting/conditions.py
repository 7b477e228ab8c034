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

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Operator, key and values."""


class Met(NamedTuple):
    """Conditions, and the patterns among them that stand for more than was used, each with how many values."""

    conditions: Conditions
    generalised: tuple[tuple[str, str, int], ...]


def met_by(requests: Iterable[Request], most: int) -> Met:
    """Return the conditions that all of some requests meet.

    Args:
        requests: The requests.
        most: How many values of a key there may be. Of prefixes more are generalised, of other keys none is asked for.
    """
    asked = list(requests)
    conditions: list[tuple[str, str, tuple[str, ...]]] = []
    generalised: list[tuple[str, str, int]] = []
    for key, operator in KEYS.items():
        values = _values(asked, key)
        if not values or values == {"false"}:
            continue
        if key == _PREFIX:
            patterns = of_values(values, most)
            values = frozenset() if "*" in patterns else frozenset(patterns)
            generalised += [(key, each, len(patterns[each])) for each in sorted(values) if len(patterns[each]) > 1]
        if 0 < len(values) <= most and (operator != "Bool" or len(values) == 1):
            conditions.append((operator, key, tuple(sorted(values))))
    return Met(tuple(conditions), tuple(generalised))


def _values(requests: Iterable[Request], key: str) -> frozenset[str]:
    """Return the values of a key where every request carries one; nothing where some does not."""
    found: set[str] = set()
    for each in requests:
        value = each.context.get(key.lower())
        if value is None or len(value.values) != 1:
            return frozenset()
        found.add(value.values[0])
    return frozenset(found)
