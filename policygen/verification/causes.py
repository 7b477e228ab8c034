"""Names for failures: the cause (F1 to F27) and S3's own failure code (R100) of a request that should be allowed."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.evaluation import Decision, EvalDecision, PolicyType
from policygen.evaluation.results.traces import ElementTrace
from policygen.verification.locate import LIMITS, Target
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import CONTEXT, VIA

IN_WORDS = {
    "F1": "objects under KMS replicate only when the rule selects them and names the replica key: one half is missing",
    "F2": "with an S3 Bucket Key the encryption context is the bucket's ARN, the policy still names objects",
    "F3": "without an S3 Bucket Key the encryption context is the object's ARN, the policy names the bucket",
    "F4": "kms:ViaService does not name S3 in the Region of the key and its bucket",
    "F5": "the role may not decrypt under the source key",
    "F6": "the role may not encrypt under the replica key",
    "F7": "the replica key stands in another account, and its key policy does not let the role in",
    "F8": "the key policy neither enables IAM policies nor names the role",
    "F9": "replicas may have an S3 Bucket Key, and the role may not decrypt under the replica key",
    "F10": "unencrypted objects are encrypted on arrival, and the role may not generate a data key under that key",
    "F11": "the AWS managed key `aws/s3` cannot be used by another account",
    "F12": "the key is not the one that is wanted, stands in another Region, or cannot be used",
    "F13": "an alias stands where the ARN of the key belongs",
    "F14": "versioning is not enabled",
    "F15": "replicas are to belong to the destination's owner: configuration, role and bucket policy must all say so",
    "F16": "S3 reads with s3:GetObjectVersionForReplication; s3:GetObjectVersion does not do for objects under KMS",
    "F17": "the destination's bucket policy, or the configuration, does not name the role by its ARN with its path",
    "F18": "the role is given it, and something else denies it or does not let it through",
    "F19": "the ARN of a bucket stands where its objects are meant (`/*` is missing), or the other way round",
    "F21": "Object Lock is on at the source, and the other side or the role is not ready for it",
    "F23": "S3 may not assume the role",
    "F24": "PutBucketReplication refuses the configuration",
    "F25": "the destination blocks SSE-C, so objects under SSE-C do not arrive",
}
"""Each cause in words."""

_BY_STEP = {
    Step.ASSUME_ROLE: "F23",
    Step.BATCH_ASSUME_ROLE: "F23",
    Step.READ_OBJECT: "F16",
    Step.READ_RETENTION: "F21",
    Step.READ_LEGAL_HOLD: "F21",
    Step.DECRYPT_SOURCE: "F5",
    Step.OVERRIDE_OWNER: "F15",
    Step.ENCRYPT_REPLICA: "F6",
    Step.DECRYPT_REPLICA_KEY: "F9",
    Step.GENERATE_DATA_KEY: "F10",
}
"""The cause of each step that no more telling cause explains."""

_S3_CODES = {
    Step.ASSUME_ROLE: "AssumeRoleNotPermitted",
    Step.READ_OBJECT: "SrcGetObjectNotPermitted",
    Step.READ_ACL: "SrcGetAclNotPermitted",
    Step.READ_TAGS: "SrcGetTaggingNotPermitted",
    Step.READ_RETENTION: "SrcGetRetentionNotPermitted",
    Step.READ_LEGAL_HOLD: "SrcGetLegalHoldNotPermitted",
    Step.WRITE_REPLICA: "DstPutObjectNotPermitted",
    Step.OVERRIDE_OWNER: "DstPutObjectNotPermitted",
    Step.WRITE_TAGS: "DstPutTaggingNotPermitted",
    Step.WRITE_DELETE_MARKER: "DstDelObjNotPermitted",
}
"""S3's failure codes, where S3 names the missing permission (R100).

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html
"""

_KMS_STEPS = (Step.DECRYPT_SOURCE, Step.ENCRYPT_REPLICA, Step.DECRYPT_REPLICA_KEY, Step.GENERATE_DATA_KEY)
_WRITES = (Step.WRITE_REPLICA, Step.WRITE_TAGS, Step.WRITE_DELETE_MARKER)
_OF_REPLICATION = (
    frozenset(_S3_CODES) | frozenset(_KMS_STEPS) | {Step.READ_CONFIGURATION, Step.LIST_SOURCE, Step.BATCH_ASSUME_ROLE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why replication would fail: F-number and S3's failure code, either of them None when there is none."""

    cause: str | None = None
    s3_failure_code: str | None = None


def in_words(cause: str | None, detail: str | None) -> str | None:
    """Return a cause in words, and after it what was found."""
    words = IN_WORDS.get(cause or "")
    return f"{words}: {detail}" if words and detail else words or detail


def cause_of(probe: Probe, decision: Decision, target: Target | None) -> Cause:
    """Return the cause of a request of replication that should be allowed and is not; nothing for other requests."""
    if not probe.must_allow or probe.step not in _OF_REPLICATION:
        return Cause()
    cause = _cause(probe, decision, target)
    code = _S3_CODES.get(probe.step)
    if probe.step in _KMS_STEPS and probe.step is not Step.DECRYPT_SOURCE and cause == "F7":
        code = "DstPutObjectNotPermitted"
    return Cause(cause=cause, s3_failure_code=code)


def _cause(probe: Probe, decision: Decision, target: Target | None) -> str | None:
    by_step = _BY_STEP.get(probe.step)
    if decision.decision is EvalDecision.EXPLICIT_DENY:
        return "F23" if by_step == "F23" else "F18"
    if target is None or by_step == "F23":
        return by_step
    if target.policy_type in LIMITS:
        return "F18"
    if probe.step in _KMS_STEPS:
        return _of_the_statement(target) or _of_the_side(probe, target) or by_step
    if _mixes_up_resources(target):
        return "F19"
    if probe.step is Step.OVERRIDE_OWNER and _knows(target):
        return by_step
    if probe.step in (*_WRITES, Step.OVERRIDE_OWNER):
        there = _is_resource_of_other_account(probe, target) and not _applies(target)
        return "F17" if there else by_step
    return by_step


def _knows(target: Target) -> bool:
    """Tell whether a statement for the role is there, and lacks something else than the role."""
    failed = target.trace.failed if target.trace is not None else ()
    return bool(failed) and all(element.element != "Principal" for element in failed)


def _applies(target: Target) -> bool:
    return target.trace is not None and target.trace.applies


def _is_resource_of_other_account(probe: Probe, target: Target) -> bool:
    other = probe.request.principal.account != probe.request.resource_account
    return other and target.policy_type is PolicyType.RESOURCE_BASED


def _of_the_statement(target: Target) -> str | None:
    """What is wrong in a statement on a key that is there: an alias, ViaService, the encryption context."""
    failed = target.trace.failed if target.trace is not None else ()
    for element in failed:
        if element.element == "Resource" and any("alias/" in each for each in element.wanted):
            return "F13"
        if element.element != "Condition":
            return None
        if (element.key or "").lower() == VIA.lower():
            return "F4"
        if (element.key or "").lower() == CONTEXT.lower():
            return _of_the_context(element)
    return None


def _of_the_context(element: ElementTrace) -> str | None:
    """F2 and F3 are about one bucket: its ARN on one side, its objects' on the other."""
    for found in element.found:
        bucket, _, key = found.partition("/")
        if key and bucket in element.wanted:
            return "F3"
        if not key and any(each.startswith(f"{bucket}/") for each in element.wanted):
            return "F2"
    return None


def _of_the_side(probe: Probe, target: Target) -> str | None:
    """The key policy does not know the role: F7 in another account, F8 in its own."""
    if target.policy_type is not PolicyType.RESOURCE_BASED:
        return None
    other = _is_resource_of_other_account(probe, target)
    if other and probe.step is Step.ENCRYPT_REPLICA:
        return "F7"
    failed = {element.element for element in target.trace.failed} if target.trace is not None else {"Principal"}
    named = target.trace is not None and "Principal" not in failed
    delegates = named and not other and _is_delegation(target)
    if named and not delegates:
        return None
    return "F7" if other else "F8"


def _is_delegation(target: Target) -> bool:
    principal = (target.wanted or {}).get("Principal")
    return isinstance(principal, dict) and str(principal.get("AWS", "")).endswith(":root")


def _mixes_up_resources(target: Target) -> bool:
    """F19: the action is allowed on the bucket where it needs its objects, or the other way round."""
    failed = target.trace.failed if target.trace is not None else ()
    if [element.element for element in failed] != ["Resource"]:
        return False
    found = failed[0].found[0]
    bucket, _, key = found.partition("/")
    for wanted in failed[0].wanted:
        if key and wanted in (bucket, f"{bucket}/"):
            return True
        if not key and wanted.partition("/")[0] == bucket:
            return True
    return False
