"""Why replication fails: every cause, F1 to F27, once. Text, HTML, JSON and docs/causes.md all say it from here.

Which cause a failed request has is worked out in :mod:`policygen.verification.diagnosis.classify`; what can be shown
without a request names its cause where it is checked.

Fact: R100
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-troubleshoot.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CauseKind(Enum):
    """How a cause shows."""

    FAILURE = "a failed check"
    ACTION = "an action required"
    PLAN = "a broken rule of `policygen plan`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause.

    Attributes:
        code: ``F1`` to ``F27``.
        words: One sentence without its full stop, which begins in lower case.
        facts: Ids of the facts that it rests on.
        s3_failure_codes: S3's own failure codes (R100) that can stand beside it.
        stops_replication: Whether nothing replicates because of it, when it is found in a configuration.
        kind: How it shows.
    """

    code: str
    words: str
    facts: tuple[str, ...] = ()
    s3_failure_codes: tuple[str, ...] = ()
    stops_replication: bool = False
    kind: CauseKind = CauseKind.FAILURE


_STOP_REPLICATION = {"F1", "F11", "F12", "F13", "F14", "F17", "F21", "F23", "F24", "F25"}
_LOCKS = ("SrcGetRetentionNotPermitted", "SrcGetLegalHoldNotPermitted")
_GET, _PUT = ("SrcGetObjectNotPermitted",), ("DstPutObjectNotPermitted",)
_READS = (*_GET, "SrcGetAclNotPermitted", "SrcGetTaggingNotPermitted", *_LOCKS)
_WRITES = (*_PUT, "DstPutTaggingNotPermitted", "DstDelObjNotPermitted")
_KEYS = ("DstKmsKeyNotFound", "DstKmsKeyInvalidState", "SrcKmsKeyInvalidState")
_LOCKED = ("DstBucketObjectLockConfigMissing", "DstPutRetentionNotPermitted", "DstPutLegalHoldNotPermitted", *_LOCKS)


def _cause(
    code: str, words: str, *facts: str, codes: tuple[str, ...] = (), kind: CauseKind = CauseKind.FAILURE
) -> Cause:
    stops = code in _STOP_REPLICATION
    return Cause(code=code, words=words, facts=facts, s3_failure_codes=codes, stops_replication=stops, kind=kind)


_TABLE = (
    _cause(
        "F1",
        "objects under KMS replicate only when the rule selects them and names the replica key: one half is missing",
        "R64",
    ),
    _cause(
        "F2", "with an S3 Bucket Key the encryption context is the bucket's ARN, the policy still names objects", "R45"
    ),
    _cause(
        "F3", "without an S3 Bucket Key the encryption context is the object's ARN, the policy names the bucket", "R47"
    ),
    _cause("F4", "kms:ViaService does not name S3 in the Region of the key and its bucket", "R52"),
    _cause("F5", "the role may not decrypt under the source key", "R40"),
    _cause("F6", "the role may not encrypt under the replica key", "R40"),
    _cause(
        "F7",
        "the replica key stands in another account, and its key policy does not let the role in",
        "R57",
        codes=_PUT,
    ),
    _cause("F8", "the key policy neither enables IAM policies nor names the role", "K2"),
    _cause("F9", "replicas may have an S3 Bucket Key, and the role may not decrypt under the replica key", "R42"),
    _cause(
        "F10",
        "unencrypted objects are encrypted on arrival, and the role may not generate a data key under that key",
        "R41",
    ),
    _cause("F11", "the AWS managed key `aws/s3` cannot be used by another account", "R57"),
    _cause(
        "F12", "the key is not the one that is wanted, stands in another Region, or cannot be used", "R66", codes=_KEYS
    ),
    _cause("F13", "an alias stands where the ARN of the key belongs", "K12"),
    _cause("F14", "versioning is not enabled", "R1", codes=("DstBucketUnversioned",)),
    _cause(
        "F15",
        "replicas are to belong to the destination's owner: configuration, role and bucket policy must all say so",
        "R25",
        "R36",
        codes=_PUT,
    ),
    _cause(
        "F16",
        "S3 reads with s3:GetObjectVersionForReplication; s3:GetObjectVersion does not do for objects under KMS",
        "R35",
        codes=_GET,
    ),
    _cause(
        "F17",
        "the destination's bucket policy, or the configuration, does not name the role by its ARN with its path",
        "R15",
        codes=_WRITES,
    ),
    _cause(
        "F18",
        "the role is given it, and something else denies it or does not let it through",
        "S34",
        codes=_READS + _WRITES,
    ),
    _cause(
        "F19",
        "the ARN of a bucket stands where its objects are meant (`/*` is missing), or the other way round",
        "E170",
        codes=_READS + _WRITES,
    ),
    _cause(
        "F20",
        "replication takes new objects alone: existing ones are to be copied, or replicated by a batch job",
        "R80",
        "R81",
        kind=CauseKind.ACTION,
    ),
    _cause(
        "F21",
        "Object Lock is on at the source, and the other side or the role is not ready for it",
        "R3",
        "R26",
        "R33",
        codes=_LOCKED,
    ),
    _cause(
        "F22",
        "whoever puts the configuration or creates the job needs rights of their own, as iam:PassRole",
        "R7",
        "R93",
        kind=CauseKind.ACTION,
    ),
    _cause("F23", "S3 may not assume the role", "R10", "R12", codes=("AssumeRoleNotPermitted",)),
    _cause("F24", "PutBucketReplication refuses the configuration", "R61", "R63", "R65", "R67", "R68"),
    _cause("F25", "the destination blocks SSE-C, so objects under SSE-C do not arrive", "R83"),
    _cause(
        "F26",
        "replication makes about two KMS requests for each object, and KMS has a request quota",
        "R58",
        kind=CauseKind.ACTION,
    ),
    _cause("F27", "objects are encrypted anew in place, and their replicas do not follow", "R85", kind=CauseKind.PLAN),
)

CAUSES = {cause.code: cause for cause in _TABLE}
"""Every cause, by its code."""


def in_words(cause: str | None, found: str | None) -> str | None:
    """Return a cause in words, and after it what was found."""
    words = CAUSES[cause].words if cause is not None else None
    return f"{words}: {found}" if words and found else words or found
