"""AWS's own sentence about a denied call: written of a verdict, and read where AWS wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policygen.evaluation.results.verdict import EvalDecision, PolicyType, Verdict
from policygen.evaluation.services import sts
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES

_IN_MESSAGES = {
    PolicyType.IDENTITY_BASED: "an identity-based policy",
    PolicyType.RESOURCE_BASED: "a resource-based policy",
    PolicyType.PERMISSIONS_BOUNDARY: "a permissions boundary",
    PolicyType.SESSION: "a session policy",
    PolicyType.SERVICE_CONTROL: "a service control policy",
    PolicyType.RESOURCE_CONTROL: "a resource control policy",
    PolicyType.VPC_ENDPOINT: "a VPC endpoint policy",
}
_TRUST_POLICY = "the role trust policy"

_WHO, _ON, _DENIED, _LACKING, _ACTION = (
    "is not authorized to perform:",
    "on resource:",
    "with an explicit deny in",
    "because no",
    "action",
)
"""The parts of the sentence, as they are written and read."""


def access_denied_message(verdict: Verdict, request: Request) -> str | None:
    """Return the sentence that AWS writes of a denied request; None where it is allowed, or none is known.

    The ARN of the policy follows where the policy goes by one, as managed policies, SCPs and RCPs do. Of a caller that
    is no identity of an account, and of a denial that no policy makes, AWS's pages have no example.

    Unspecified: AWS's page writes ``session`` and ``sessions policy``; here it is the first. Services may word it
    otherwise, and outside the account and its organization the message names no policy.

    Fact: E115, N14
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    Source: https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns
    """
    if verdict.decision is EvalDecision.ALLOWED or request.principal.kind not in IDENTITIES:
        return None
    on = "" if request.resource == "*" else f" {_ON} {request.resource}"
    said = f"User: {request.principal.arn} {_WHO} {request.action}{on}"
    if verdict.decision is EvalDecision.EXPLICIT_DENY:
        first = verdict.matched[0]
        arn = f": {first.policy}" if is_policy_arn(first.policy) else ""
        return f"{said} {_DENIED} {_kind(first.policy_type, request)}{arn}"
    if not verdict.blocked_by:
        return None
    kind = _kind(verdict.blocked_by[0], request).partition(" ")[2]
    return f"{said} {_LACKING} {kind} allows the {request.action} {_ACTION}"


def _kind(policy_type: PolicyType, request: Request) -> str:
    of_role = policy_type is PolicyType.RESOURCE_BASED and sts.is_trust_request(request)
    return _TRUST_POLICY if of_role else _IN_MESSAGES[policy_type]


def is_policy_arn(name: str) -> bool:
    """Tell whether a policy goes by an ARN: a managed policy, an SCP or RCP."""
    return name.startswith("arn:") and ":policy/" in name


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied:
    """What AWS's sentence about a denied call says.

    Attributes:
        principal: ARN of the caller, or its name.
        action: ``service:Action``.
        resource: ARN of the resource; ``*`` where the sentence names none.
        decision: Explicit or implicit deny; None where it does not say.
        policy_type: The type of policy that denies, or does not allow; None where it does not say, or by a word that is
            not known.
        policy: ARN of the policy that denies, or None.
        authorization_id: The ID under which AWS tells the details of the denial, or None.
    """

    principal: str
    action: str
    resource: str = "*"
    decision: EvalDecision | None = None
    policy_type: PolicyType | None = None
    policy: str | None = None
    authorization_id: str | None = None


_TYPES = {
    **{words.partition(" ")[2]: policy_type for policy_type, words in _IN_MESSAGES.items()},
    _TRUST_POLICY.partition(" ")[2]: PolicyType.RESOURCE_BASED,
    "sessions policy": PolicyType.SESSION,
}
"""Words for the types of policies, without their articles."""

_BY_WORDS = {words.lower(): policy_type for words, policy_type in _TYPES.items()}
_KINDS = "|".join(sorted(_TYPES, key=len, reverse=True))
_SAID = re.compile(
    r"(?P<action>[\w-]+:\w+)"
    rf"(?: {_ON} (?:\\?\"(?P<quoted>.*?)\\?\"|(?P<plain>.+?(?= {_DENIED} | {_LACKING} )|\S+)))?"
    rf"(?: {_DENIED} (?:an?|the) (?P<denying>{_KINDS}|[\w -]{{1,40}}?policy)(?:: (?P<policy>arn:[\w:/+=,.@-]+))?"
    rf"| {_LACKING} (?P<lacking>{_KINDS}|[\w -]{{1,40}}?) allows the [\w-]+:\w+ {_ACTION})?",
    re.IGNORECASE,
)
_ID = re.compile(r"authorization[ -]?id\W{1,3}(?P<id>[0-9a-z]{8,256})\b", re.IGNORECASE)
_FRAME = re.compile(r"(?m)^[ \t]*[│|╷╵]")
_BEHIND = ".,;'\"(){}[]\\"


def read_access_denied(text: str) -> tuple[AccessDenied, ...]:
    """Return what each of AWS's sentences about a denied call in a text says; nothing where there is none.

    The text may be an error of the AWS CLI, of an SDK or of Terraform, its lines broken anywhere; a resource may stand
    in quotes, as S3 writes it.

    Unspecified: how a message words the authorization ID of its denial; any ``authorization id: …`` is read.

    Fact: E115, N14, N15
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    parts = re.split(f" {_WHO} ", " ".join(_FRAME.sub("", text).split()), flags=re.IGNORECASE)
    callers = [part.rpartition(" ")[2].strip(_BEHIND) for part in parts[:-1]]
    found = (_read(*each) for each in zip(callers, parts[1:], strict=True))
    return tuple(each for each in found if each is not None)


def _read(principal: str, text: str) -> AccessDenied | None:
    found = _SAID.match(text)
    if found is None or not principal:
        return None
    decision = None
    if found["denying"] or found["lacking"]:
        decision = EvalDecision.EXPLICIT_DENY if found["denying"] else EvalDecision.IMPLICIT_DENY
    plain = found["plain"] or ""
    identifier = _ID.search(text)
    return AccessDenied(
        principal=principal,
        action=found["action"],
        resource=found["quoted"] or (plain if decision else plain.rstrip(_BEHIND)) or "*",
        decision=decision,
        policy_type=_BY_WORDS.get((found["denying"] or found["lacking"] or "").lower()),
        policy=(found["policy"] or "").rstrip(".,") or None,
        authorization_id=identifier["id"] if identifier else None,
    )
