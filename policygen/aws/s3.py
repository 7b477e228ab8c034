"""Names of Amazon S3 that several rooms need."""

from __future__ import annotations

import re

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
