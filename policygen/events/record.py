"""A record as it was read: where it stood, and its fields as CloudTrail's own JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record.

    Attributes:
        source: The file as it was given; ``-`` for standard input.
        number: Its number in the file, from 1.
        fields: The record as CloudTrail's own JSON, in whatever form it was found.
    """

    source: str
    number: int
    fields: Mapping[str, Any] = field(repr=False)
