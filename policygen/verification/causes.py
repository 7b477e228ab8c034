"""Names for failures: the cause (F1 to F27) and S3's own failure code (R100) of a request that should be allowed."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.evaluation import Decision, EvalDecision, Explanation, PolicyType
from policygen.evaluation.traces import NOT_APPLICABLE, LayerTrace
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import CONTEXT, VIA

_BY_STEP = {
    Step.ASSUME_ROLE: "F23",
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
_OF_REPLICATION = frozenset(_S3_CODES) | frozenset(_KMS_STEPS) | {Step.READ_CONFIGURATION, Step.LIST_SOURCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why replication would fail: F-number and S3's failure code, either of them None when there is none."""

    cause: str | None = None
    s3_failure_code: str | None = None


def cause_of(probe: Probe, decision: Decision) -> Cause:
    """Return the cause of a request of replication that should be allowed and is not; nothing for other requests."""
    if not probe.must_allow or probe.step not in _OF_REPLICATION:
        return Cause()
    explanation = decision.explain()
    cause = _cause(probe, decision, explanation)
    code = _S3_CODES.get(probe.step)
    if probe.step in _KMS_STEPS and probe.step is not Step.DECRYPT_SOURCE and cause == "F7":
        code = "DstPutObjectNotPermitted"
    return Cause(cause=cause, s3_failure_code=code)


def _cause(probe: Probe, decision: Decision, explanation: Explanation) -> str | None:
    if decision.decision is EvalDecision.EXPLICIT_DENY:
        return "F23" if probe.step is Step.ASSUME_ROLE else "F18"
    blocking = {layer.policy_type for layer in explanation.layers if _is_silent(layer)}
    if blocking & {PolicyType.SERVICE_CONTROL, PolicyType.PERMISSIONS_BOUNDARY, PolicyType.VPC_ENDPOINT}:
        return "F18"
    if probe.step in _KMS_STEPS:
        return _kms_cause(probe, explanation, blocking)
    if probe.step in (Step.WRITE_REPLICA, Step.WRITE_TAGS, Step.WRITE_DELETE_MARKER):
        return "F17" if _denied_by_other_account(probe, blocking) else _resource_mix_up(explanation)
    if probe.step is Step.READ_OBJECT:
        return _resource_mix_up(explanation) or "F16"
    return _BY_STEP.get(probe.step) or _resource_mix_up(explanation)


def _is_silent(layer: LayerTrace) -> bool:
    """Tell whether a policy type allows nothing; a resource without any policy allows nothing either."""
    missing = layer.policy_type is PolicyType.RESOURCE_BASED and layer.outcome == NOT_APPLICABLE
    return missing or layer.outcome == EvalDecision.IMPLICIT_DENY.value


def _denied_by_other_account(probe: Probe, blocking: set[PolicyType]) -> bool:
    other = probe.request.principal.account != probe.request.resource_account
    return other and PolicyType.RESOURCE_BASED in blocking


def _kms_cause(probe: Probe, explanation: Explanation, blocking: set[PolicyType]) -> str | None:
    nearest = explanation.nearest
    failed = nearest.failed if nearest else ()
    keys = {element.key.lower() for element in failed if element.key}
    elements = {element.element for element in failed}
    if elements == {"Condition"} and VIA.lower() in keys:
        return "F4"
    if elements == {"Condition"} and CONTEXT.lower() in keys:
        return "F3" if "/" in probe.request.context[CONTEXT.lower()].values[0] else "F2"
    if elements == {"Resource"} and "alias/" in " ".join(failed[0].wanted):
        return "F13"
    if PolicyType.IDENTITY_BASED not in blocking and PolicyType.RESOURCE_BASED in blocking:
        return "F7" if _denied_by_other_account(probe, blocking) else "F8"
    return _BY_STEP[probe.step]


def _resource_mix_up(explanation: Explanation) -> str | None:
    """F19: the action is allowed on the bucket where it needs its objects, or the other way round."""
    nearest = explanation.nearest
    if nearest is None or [element.element for element in nearest.failed] != ["Resource"]:
        return None
    found = nearest.failed[0].found[0]
    bucket = found.partition("/")[0]
    for wanted in nearest.failed[0].wanted:
        if "/" in found and wanted == bucket:
            return "F19"
        if "/" not in found and wanted.partition("/")[0] == bucket:
            return "F19"
    return None
