"""Which objects the Filter of a rule covers, however its members are written and ordered.

Fact: R60, R104, N2
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policygen.spec.covered import Covered, Tag


def covered_by(written: Any) -> Covered | None:
    """Return the objects that a Filter covers; None where it is no JSON object. What has no meaning is left out."""
    if not isinstance(written, Mapping):
        return None
    inner = mapping(written.get("And")) or written
    left_out = mapping(inner.get("Not"))
    excluded = mapping(left_out.get("Or")) or left_out
    prefixes = [*values(excluded.get("Prefixes")), *values(excluded.get("Prefix"))]
    return Covered(
        prefix=str(inner.get("Prefix") or ""),
        tags=_tags(inner),
        excluded_prefixes=tuple(map(str, prefixes)),
        excluded_tags=_tags(excluded),
    )


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; an empty one in the place of anything else."""
    return value if isinstance(value, Mapping) else {}


def _tags(value: Mapping[str, Any]) -> tuple[Tag, ...]:
    listed = [*values(value.get("Tags")), *values(value.get("Tag"))]
    return tuple((str(each.get("Key")), str(each.get("Value"))) for each in listed if isinstance(each, Mapping))


def values(value: Any) -> list[Any]:
    """Return the items of a list, or what stands in its place; nothing for nothing."""
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
