"""What is said of records: once of all that are alike, and what each tells beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from policygen.replay.answers import Facts

SAID = (
    ("principal", pa.string()),
    ("action", pa.string()),
    ("aws", pa.string()),
    ("verdict", pa.string()),
    ("depends_on", pa.list_(pa.string())),
    ("causes", pa.list_(pa.string())),
    ("reason", pa.string()),
    ("statement", pa.string()),
    ("agrees", pa.bool_()),
)
"""Columns with what is said of records that are alike; ``aws`` is what AWS did, or what the other policies say.

``agrees`` tells of calls that AWS denied whether these policies do, for the reason that AWS's message states, and is
null where that is not known.
"""


class Kind(NamedTuple):
    """What is said of records that are alike."""

    principal: str
    action: str
    aws: str
    verdict: str
    depends_on: Facts
    reason: str
    statement: str
    agrees: bool | None


class Told(NamedTuple):
    """What records tell beside their requests: ids, first and last times, and what AWS said of denied calls."""

    ids: pa.Array
    firsts: pa.Array
    lasts: pa.Array
    messages: pa.Array


class Answered(NamedTuple):
    """What is said of records.

    Attributes:
        kinds: What is said, once each.
        numbers: For each record the place of what is said of it.
        told: What the records tell beside.
        counts: For how many calls each record stands.
    """

    kinds: Sequence[Kind]
    numbers: pa.Array
    told: Told
    counts: pa.Array
