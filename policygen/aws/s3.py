"""Names of Amazon S3 that several rooms need."""

from __future__ import annotations

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
