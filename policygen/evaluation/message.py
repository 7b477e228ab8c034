"""AWS's own sentence about a denied call."""

from __future__ import annotations

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
    on = "" if request.resource == "*" else f" on resource: {request.resource}"
    said = f"User: {request.principal.arn} is not authorized to perform: {request.action}{on}"
    if verdict.decision is EvalDecision.EXPLICIT_DENY:
        first = verdict.matched[0]
        arn = f": {first.policy}" if first.policy.startswith("arn:") and ":policy/" in first.policy else ""
        return f"{said} with an explicit deny in {_kind(first.policy_type, request)}{arn}"
    if not verdict.blocked_by:
        return None
    kind = _kind(verdict.blocked_by[0], request).partition(" ")[2]
    return f"{said} because no {kind} allows the {request.action} action"


def _kind(policy_type: PolicyType, request: Request) -> str:
    of_role = policy_type is PolicyType.RESOURCE_BASED and sts.is_trust_request(request)
    return "the role trust policy" if of_role else _IN_MESSAGES[policy_type]
