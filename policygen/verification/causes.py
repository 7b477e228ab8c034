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
    facts: tuple[str, ...]
    s3_failure_codes: tuple[str, ...]
    stops_replication: bool
    kind: CauseKind


_WORDS = {
    "F1 R64": "objects under KMS replicate only when the rule selects them and says the replicas' key, both together",
    "F2 R45": "with an S3 Bucket Key the encryption context is the bucket's ARN, the policy still names objects",
    "F3 R47": "without an S3 Bucket Key the encryption context is the object's ARN, the policy names the bucket",
    "F4 R52": "kms:ViaService does not name S3 in the Region of the key and its bucket",
    "F5 R40": "the role may not decrypt under the source key",
    "F6 R40": "the role may not encrypt under the replica key",
    "F7 R57": "the replica key stands in another account, and its key policy does not let the role in",
    "F8 K2": "the key policy neither enables IAM policies nor names the role",
    "F9 R42": "replicas may have an S3 Bucket Key, and the role may not decrypt under the replica key",
    "F10 R41": "unencrypted objects are encrypted on arrival, and the role may not generate a data key under that key",
    "F11 R57": "the AWS managed key `aws/s3` cannot be used by another account",
    "F12 R66": "the key is not the one that is wanted, stands in another Region, or cannot be used",
    "F13 K12 R66": "an alias or a bare id stands where the ARN of the key belongs",
    "F14 R1": "versioning is not enabled",
    "F15 R25 R36": (
        "replicas are to belong to the destination's owner: configuration, role and bucket policy must all say so"
    ),
    "F16 R35": "S3 reads with s3:GetObjectVersionForReplication; s3:GetObjectVersion does not do for objects under KMS",
    "F17 R15": "the destination's bucket policy, or the configuration, does not name the role by its ARN with its path",
    "F18 S34": "the role is given it, and something else denies it or does not let it through",
    "F19 E170": "the ARN of a bucket stands where its objects are meant (`/*` is missing), or the other way round",
    "F20 R80 R81": "replication takes new objects alone: existing ones are to be copied, or replicated by a batch job",
    "F21 R3 R26 R33": "Object Lock is on at the source, and the other side or the role is not ready for it",
    "F22 R7 R93": "whoever puts the configuration or creates the job needs rights of their own, as iam:PassRole",
    "F23 R10 R12": "S3 may not assume the role",
    "F24 R61 R63 R65 R67 R68": "PutBucketReplication refuses the configuration",
    "F25 R83": "the destination blocks SSE-C, so objects under SSE-C do not arrive",
    "F26 R58": "replication makes about two KMS requests for each object, and KMS has a request quota",
    "F27 R85": "objects are encrypted anew in place, and their replicas do not follow",
}
"""Code and facts, and the cause in words."""

_LOCKS = ("SrcGetRetentionNotPermitted", "SrcGetLegalHoldNotPermitted")
_READS = ("SrcGetObjectNotPermitted", "SrcGetAclNotPermitted", "SrcGetTaggingNotPermitted", *_LOCKS)
_WRITES = ("DstPutObjectNotPermitted", "DstPutTaggingNotPermitted", "DstDelObjNotPermitted")
_S3_FAILURE_CODES: dict[str, tuple[str, ...]] = {
    "F7": ("DstPutObjectNotPermitted",),
    "F12": ("DstKmsKeyNotFound", "DstKmsKeyInvalidState", "SrcKmsKeyInvalidState"),
    "F14": ("DstBucketUnversioned",),
    "F15": ("DstPutObjectNotPermitted",),
    "F16": ("SrcGetObjectNotPermitted",),
    "F17": _WRITES,
    "F18": _READS + _WRITES,
    "F19": _READS + _WRITES,
    "F21": ("DstBucketObjectLockConfigMissing", "DstPutRetentionNotPermitted", "DstPutLegalHoldNotPermitted", *_LOCKS),
    "F23": ("AssumeRoleNotPermitted",),
}
_STOPS_REPLICATION = {"F1", "F11", "F12", "F13", "F14", "F17", "F21", "F23", "F24", "F25"}
_KINDS = {"F20": CauseKind.ACTION, "F22": CauseKind.ACTION, "F26": CauseKind.ACTION, "F27": CauseKind.PLAN}


CAUSES = {
    code: Cause(
        code=code,
        words=words,
        facts=tuple(facts),
        s3_failure_codes=_S3_FAILURE_CODES.get(code, ()),
        stops_replication=code in _STOPS_REPLICATION,
        kind=_KINDS.get(code, CauseKind.FAILURE),
    )
    for (code, *facts), words in ((key.split(), words) for key, words in _WORDS.items())
}
"""Every cause, by its code."""


def in_words(cause: str | None, found: str | None) -> str | None:
    """Return a cause in words, and after it what was found."""
    words = CAUSES[cause].words if cause is not None else None
    return f"{words}: {found}" if words and found else words or found
