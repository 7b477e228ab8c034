"""AWS STS: what needs no permission, trust policies, and permissions that one call needs beside its own."""

from __future__ import annotations

from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

_FEDERATED = ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
_ASSUME_ROLE = ("sts:assumerole", *_FEDERATED)


def needs_no_permission(request: Request) -> bool:
    """Tell whether the action is allowed whatever the policies say: sts:GetCallerIdentity.

    Fact: E2a
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    return request.action.lower() == "sts:getcalleridentity"


def is_trust_request(request: Request) -> bool:
    """Tell whether the resource's policy is a role's trust policy.

    Fact: E12, E72, E73, E78
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    arn = request.arn
    return request.service == "sts" and arn is not None and arn.service == "iam" and arn.resource.startswith("role/")


def needs_no_resource_policy(request: Request) -> bool:
    """Tell whether the caller's own policies decide about another account's resource: sts:AssumeRoot.

    It makes a session of a member account's root user, which has no policy that could allow it; AWS takes the call
    from the organization's management or administrator account only, and never from a root user.

    Fact: E274
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
    """
    return request.action.lower() == "sts:assumeroot" and request.principal.kind is not PrincipalKind.ROOT


def is_federated_sign_in(request: Request) -> bool:
    """Tell whether only the trust policy decides: the callers of these actions have no identity policies.

    Fact: E35
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
    """
    return request.action.lower() in _FEDERATED


def further_actions(request: Request) -> tuple[str, ...]:
    """Return the actions that must be allowed too: passing a source identity, contexts, session tags.

    Fact: E75, E275
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    """
    if request.action.lower() not in _ASSUME_ROLE:
        return ()
    found = []
    if _has(request, "sts:sourceidentity"):
        found.append("sts:SetSourceIdentity")
    if _has(request, "sts:requestcontextproviders"):
        found.append("sts:SetContext")
    if _has(request, "aws:tagkeys") or any(_has(request, name) for name in request.context if _is_request_tag(name)):
        found.append("sts:TagSession")
    return tuple(found)


def _is_request_tag(name: str) -> bool:
    return name.startswith("aws:requesttag/")


def _has(request: Request, name: str) -> bool:
    value = request.context.get(name)
    return value is not None and bool(value.values)
