"""Names of Amazon S3 that several rooms need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

REPLICA_STORAGE_CLASSES = (
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "OUTPOSTS",
    "GLACIER_IR",
    "SNOW",
    "EXPRESS_ONEZONE",
)
"""Storage classes that the API's model lists for replicas; FSX_OPENZFS is refused (R69).

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html
"""

ALIAS_END = "-s3alias"
"""The end of an access point's alias, which stands where a bucket's name does.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
"""

REPLICATION_SESSION = "s3-replication"
"""Name of the sessions in which S3 replicates (R14): it says what is done."""

GENERAL_PURPOSE_STORAGE_CLASSES = tuple(
    each for each in REPLICA_STORAGE_CLASSES if each not in ("OUTPOSTS", "SNOW", "EXPRESS_ONEZONE")
)
"""Those of general purpose buckets, which a spec describes."""

_ACCOUNT_REGIONAL = re.compile(r".+-(?P<account>\d{12})-(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)-an\Z")


def account_and_region_in(bucket_name: str) -> tuple[str, str] | None:
    """Return the account and the Region in the name of a bucket of an account regional namespace; None for any other.

    Fact: N5
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html

    >>> account_and_region_in("amzn-s3-demo-bucket-111122223333-us-west-2-an")
    ('111122223333', 'us-west-2')
    """
    found = _ACCOUNT_REGIONAL.match(bucket_name)
    return (found["account"], found["region"]) if found else None


def members_of_2026(value: Any) -> tuple[str, ...]:
    """Return the members of a replication configuration that S3 has since November 2026: other tools may not know them.

    Fact: N1, N2
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
    """
    found = set(_members(value))
    return tuple(each for each in ("Not", "UseSourceMultiRegionKey") if each in found)


def _members(value: Any) -> Iterator[str]:
    for name, child in value.items() if isinstance(value, Mapping) else ():
        yield name
        yield from _members(child)
    for each in value if isinstance(value, list | tuple) else ():
        yield from _members(each)
