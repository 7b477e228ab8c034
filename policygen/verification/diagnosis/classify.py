"""Which cause a failed request has, and S3's own failure code (R100), where S3 names the missing permission.

The order of the questions is from what is certain to what is a guess: a Deny or a silent SCP says itself that it is the
cause (F18); a statement that is there says which of its elements fails (F13, F4, F2, F3, F19); a side on which nothing
is there says whose it is (F7, F8, F17). Only then the request's purpose names the cause. Rejected: the purpose first,
which calls every failed kms:Decrypt F5, whether the key, the Region or the encryption context is wrong.
"""

from __future__ import annotations

from policygen.errors import Severity
from policygen.evaluation import Decision, EvalDecision, PolicyType
from policygen.evaluation.results.traces import ElementTrace
from policygen.verification.diagnosis.locate import LIMITS, Policies, StatementToChange
from policygen.verification.requests import DerivedRequest, Purpose
from policygen.verification.requests.context import CONTEXT, VIA
from policygen.verification.statements import is_alias_or_id

_OF_REPLICATION: dict[Purpose, tuple[str | None, str | None]] = {
    Purpose.ASSUME_ROLE: ("F23", "AssumeRoleNotPermitted"),
    Purpose.BATCH_ASSUME_ROLE: ("F23", None),
    Purpose.READ_CONFIGURATION: (None, None),
    Purpose.LIST_SOURCE: (None, None),
    Purpose.READ_OBJECT: ("F16", "SrcGetObjectNotPermitted"),
    Purpose.READ_ACL: (None, "SrcGetAclNotPermitted"),
    Purpose.READ_TAGS: (None, "SrcGetTaggingNotPermitted"),
    Purpose.READ_RETENTION: ("F21", "SrcGetRetentionNotPermitted"),
    Purpose.READ_LEGAL_HOLD: ("F21", "SrcGetLegalHoldNotPermitted"),
    Purpose.DECRYPT_SOURCE: ("F5", None),
    Purpose.WRITE_REPLICA: (None, "DstPutObjectNotPermitted"),
    Purpose.WRITE_TAGS: (None, "DstPutTaggingNotPermitted"),
    Purpose.OVERRIDE_OWNER: ("F15", "DstPutObjectNotPermitted"),
    Purpose.WRITE_DELETE_MARKER: (None, "DstDelObjNotPermitted"),
    Purpose.ENCRYPT_REPLICA: ("F6", None),
    Purpose.DECRYPT_REPLICA_KEY: ("F9", None),
    Purpose.GENERATE_DATA_KEY: ("F10", None),
}
"""For each request of replication the cause where no more telling one is found, and the code where S3 names it (R100).

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html
"""

_OF_KEYS = (
    Purpose.DECRYPT_SOURCE,
    Purpose.ENCRYPT_REPLICA,
    Purpose.DECRYPT_REPLICA_KEY,
    Purpose.GENERATE_DATA_KEY,
)
_OF_MISSING_FILES = ("F5", "F6", "F23")
"""Causes that are true of a role without any policy; what others say is that something in a policy is wrong."""

_OLD_READ = "s3:getobjectversion"
_WRITES = (Purpose.WRITE_REPLICA, Purpose.WRITE_TAGS, Purpose.WRITE_DELETE_MARKER, Purpose.OVERRIDE_OWNER)


def cause_of(
    asked: DerivedRequest, decision: Decision, target: StatementToChange | None, policies: Policies
) -> tuple[str | None, str | None]:
    """Return cause and S3's failure code of a request of replication that should be allowed and is not.

    Either is None when there is none; both are for other requests.
    """
    if not asked.must_allow or asked.purpose not in _OF_REPLICATION:
        return None, None
    by_purpose, code = _OF_REPLICATION[asked.purpose]
    there = target is None or target.document in policies
    cause = _cause(asked, decision, target, by_purpose if there or by_purpose in _OF_MISSING_FILES else None)
    if cause == "F7" and asked.purpose is not Purpose.DECRYPT_SOURCE:
        code = "DstPutObjectNotPermitted"  # it stands for the replica key's policy too (R100)
    return cause, code if decision.decision is EvalDecision.EXPLICIT_DENY or asked.severity is Severity.ERROR else None


def _cause(
    asked: DerivedRequest, decision: Decision, target: StatementToChange | None, by_purpose: str | None
) -> str | None:
    if decision.decision is EvalDecision.EXPLICIT_DENY:
        return "F23" if by_purpose == "F23" else "F18"
    if target is None or by_purpose == "F23":
        return by_purpose
    if target.policy_type in LIMITS:
        return "F18"
    if asked.purpose in _OF_KEYS:
        if misspelt_key(target) is not None:
            return None
        return _of_the_statement(target) or _of_the_side(asked, target) or _fitting(asked, target, by_purpose)
    if _mixes_up_resources(target):
        return "F19"
    if asked.purpose in _WRITES and _is_resource_of_other_account(asked, target) and not _names_the_role(target):
        return "F17"
    return _fitting(asked, target, by_purpose)


def _fitting(asked: DerivedRequest, target: StatementToChange, by_purpose: str | None) -> str | None:
    """Return the cause that a purpose stands for, where its words are true of this failure.

    F16 is about s3:GetObjectVersion in the place of the action that S3 needs. F9 is about replicas that may have a
    Bucket Key, F10 about unencrypted objects: where the spec has neither, AWS's pages disagree on the right (R44).
    """
    if by_purpose == "F16":
        named = [each.lower() for element in _failed(target) if element.element == "Action" for each in element.wanted]
        return by_purpose if _OLD_READ in named else None
    return None if by_purpose in ("F9", "F10") and asked.severity is Severity.WARNING else by_purpose


def misspelt_key(target: StatementToChange) -> str | None:
    """Return the condition key that stands where the encryption context's is meant, and that S3 never sends.

    Fact: R53
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-troubleshoot.html
    """
    keys = (element.key for element in _failed(target) if element.key is not None)
    context, like = CONTEXT.lower(), "kms:encryptioncontext"
    return next((each for each in keys if each.lower().startswith(like) and each.lower() != context), None)


def _failed(target: StatementToChange) -> tuple[ElementTrace, ...]:
    return target.trace.failed if target.trace is not None else ()


def _is_resource_of_other_account(asked: DerivedRequest, target: StatementToChange) -> bool:
    other = asked.request.principal.account != asked.request.resource_account
    return other and target.policy_type is PolicyType.RESOURCE_BASED


def _names_the_role(target: StatementToChange) -> bool:
    """Tell whether there is a statement for the role, which lacks something else."""
    return target.trace is not None and all(element.element != "Principal" for element in _failed(target))


def _of_the_statement(target: StatementToChange) -> str | None:
    """What is wrong in a statement on a key that is there: no ARN, ViaService, the encryption context."""
    for element in _failed(target):
        if element.element == "Resource" and any(map(is_alias_or_id, element.wanted)):
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


def _of_the_side(asked: DerivedRequest, target: StatementToChange) -> str | None:
    """The key policy does not know the role: F7 in another account, F8 in its own."""
    if target.policy_type is not PolicyType.RESOURCE_BASED:
        return None
    other = _is_resource_of_other_account(asked, target)
    if other and asked.purpose is Purpose.ENCRYPT_REPLICA:
        return "F7"
    if _names_the_role(target) and (other or not _is_delegation(target)):
        return None
    return "F7" if other else "F8"


def _is_delegation(target: StatementToChange) -> bool:
    principal = (target.wanted or {}).get("Principal")
    return isinstance(principal, dict) and str(principal.get("AWS", "")).endswith(":root")


def _mixes_up_resources(target: StatementToChange) -> bool:
    """F19: the action is allowed on the bucket where it needs its objects, or the other way round."""
    failed = _failed(target)
    if [element.element for element in failed] != ["Resource"]:
        return False
    bucket, _, key = failed[0].found[0].partition("/")
    return any(
        wanted in (bucket, f"{bucket}/") if key else wanted.partition("/")[0] == bucket for wanted in failed[0].wanted
    )
