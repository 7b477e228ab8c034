"""Partitions and the Regions in them.

A Region code that this table does not know is accepted when its form fits the partition: AWS opens Regions
faster than tools are released. ``looks_like_region`` decides the form, ``partition_of_region`` the partition.

Source: https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

from __future__ import annotations

import re

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""The partitions that policygen generates for."""

REGION_FORM = (
    r"[a-z]{2,4}(-(gov|iso[a-z]?|de))?-(north|south|east|west|central)((?<=north|south)(east|west))?-[0-9]{1,2}"
)
"""Regular expression of a whole Region code."""

_REGION = re.compile(rf"{REGION_FORM}\Z")

COMMERCIAL_REGIONS = frozenset(
    """
    us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-east-1 ap-east-2 ap-south-1 ap-south-2 ap-northeast-1
    ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
    ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
    eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1
    """.split()
)
"""Regions of the ``aws`` partition that are known by name (for spelling hints)."""

OTHER_REGIONS = {
    "cn-north-1": "aws-cn",
    "cn-northwest-1": "aws-cn",
    "us-gov-east-1": "aws-us-gov",
    "us-gov-west-1": "aws-us-gov",
}
"""Regions of the other partitions."""


def known_regions(partition: str) -> tuple[str, ...]:
    """Return the Region codes of a partition that are known by name, sorted."""
    if partition == "aws":
        return tuple(sorted(COMMERCIAL_REGIONS))
    return tuple(sorted(region for region, owner in OTHER_REGIONS.items() if owner == partition))


def looks_like_region(text: str) -> bool:
    """Tell whether ``text`` has the form of a Region code, known or not."""
    return _REGION.match(text) is not None


def _highest_numbers() -> dict[str, int]:
    found: dict[str, int] = {}
    for region in (*COMMERCIAL_REGIONS, *OTHER_REGIONS):
        area, _, number = region.rpartition("-")
        found[area] = max(found.get(area, 0), int(number))
    return found


_HIGHEST = _highest_numbers()
_NEXT_REGIONS = 2
"""How far beyond the highest known number an area's Region may be one that was opened since."""


def may_be_region(text: str) -> bool:
    """Tell whether ``text`` is a Region code, or may be one that was opened since this table was written.

    A code of an area nobody has heard of is taken by its form; in a known area the numbers go on one after the other,
    so ``us-east-9`` is none.

    >>> may_be_region("us-east-1"), may_be_region("us-east-3"), may_be_region("us-east-9")
    (True, True, False)
    """
    if not looks_like_region(text):
        return False
    area, _, number = text.rpartition("-")
    return area not in _HIGHEST or 1 <= int(number) <= _HIGHEST[area] + _NEXT_REGIONS


def partition_of_region(region: str) -> str:
    """Return the partition that a Region belongs to, by its first letters.

    >>> partition_of_region("cn-north-1")
    'aws-cn'
    """
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"
