"""The spec against which failures are explained, where what a spec generates fails itself.

Fact: R45, R46, F2, F3
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

from dataclasses import replace

from policygen.spec.kinds import BucketKey, ContextMode, SourceObjects
from policygen.spec.model import Replication, Spec

_FITS = {ContextMode.OBJECT: {BucketKey.OFF}, ContextMode.BUCKET: {BucketKey.ON}}
"""The Bucket Key settings of both sides under which S3 sends one encryption context alone."""


def exemplary_spec(spec: Spec) -> Spec | None:
    """Return the spec with both encryption contexts wherever the one that it asks for does not fit the buckets.

    None when it fits everywhere: then what the spec generates is the example.
    """
    wanted = tuple(
        each if _fits(each) else replace(each, encryption_context=ContextMode.BOTH) for each in spec.replication
    )
    return None if wanted == spec.replication else replace(spec, replication=wanted)


def _fits(replication: Replication) -> bool:
    alone = _FITS.get(replication.encryption_context)
    if alone is None or SourceObjects.SSE_KMS not in replication.source_objects:
        return True
    buckets = (replication.source, *(rule.destination for rule in replication.enabled_rules))
    return {bucket.encryption.bucket_key for bucket in buckets} == alone
