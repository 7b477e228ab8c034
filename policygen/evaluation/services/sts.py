"""AWS STS: who may call at all, what needs no permission, trust policies, and what one call needs beside its own."""

from __future__ import annotations

from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

_WITH_SAML = "sts:assumerolewithsaml"
_FEDERATED = (_WITH_SAML, "sts:assumerolewithwebidentity")
_ASSUME_ROLE = ("sts:assumerole", *_FEDERATED)

_BY_LONG_TERM_CREDENTIALS = ("sts:getsessiontoken", "sts:getfederationtoken")
_CALLER_IDENTITY = "sts:getcalleridentity"
_ASSUME_ROOT = "sts:assumeroot"
_BY_FEDERATED_USERS = (_CALLER_IDENTITY, "sts:getscopedcredentials", "sts:getdelegatedaccesstoken")
WITH_RULES_OF_THEIR_OWN = (*_BY_FEDERATED_USERS, *_BY_LONG_TERM_CREDENTIALS, *_ASSUME_ROLE, _ASSUME_ROOT)
"""Actions that the functions below speak of, in lower case."""

_TAGS = "aws:tagkeys"
_WITH_KEYS = {
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:requestcontextproviders": "sts:SetContext",
    _TAGS: "sts:TagSession",
}
"""What assuming a role asks for, too, when it carries a key."""

_WITHOUT_CREDENTIALS = (PrincipalKind.ANONYMOUS, PrincipalKind.IDENTITY_PROVIDER)


def needs_no_permission(request: Request) -> bool:
    """Tell whether the action is allowed whatever the policies say.

    sts:GetCallerIdentity is, for whoever has credentials, and sts:GetSessionToken for an IAM user or a root user.

    Unspecified: AWS's page says that a policy cannot control GetSessionToken, and AWS's own MFA policies exempt it from
    a Deny all the same; here nothing denies it.

    Fact: E2a, E278
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    """
    action = request.action.lower()
    if action == "sts:getsessiontoken":
        return request.principal.kind in (PrincipalKind.USER, PrincipalKind.ROOT)
    return action == _CALLER_IDENTITY and request.principal.kind not in _WITHOUT_CREDENTIALS


def why_not_callable(request: Request) -> str | None:
    """Return why a caller of this kind can never make the call, whatever the policies say; None when it can.

    Unspecified: AWS's table speaks of the API and the command line; a federated user's console session is not told
    apart here, and calls no IAM operation either.

    Fact: E142, E277, E279, N12, N13
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    action, kind = request.action.lower(), request.principal.kind
    if kind is PrincipalKind.FEDERATED_USER and request.service in ("sts", "iam") and action not in _BY_FEDERATED_USERS:
        return f"the credentials of a federated user cannot call {request.action}"
    if action == "sts:assumerole" and kind is PrincipalKind.ROOT:
        return "the root user of an account cannot assume roles"
    if action in ("sts:assumerole", _CALLER_IDENTITY) and kind in _WITHOUT_CREDENTIALS:
        return f"{request.action} takes signed requests only, and this caller has no credentials"
    if action in _FEDERATED and kind is PrincipalKind.IDENTITY_PROVIDER:
        by_saml = ":saml-provider/" in request.principal.arn
        if by_saml != (action == _WITH_SAML):
            return f"{'SAML' if by_saml else 'OIDC'} providers do not sign in by {request.action}"
    if action in _BY_LONG_TERM_CREDENTIALS and kind is PrincipalKind.ROLE_SESSION:
        return f"{request.action} takes the credentials of an IAM user or a root user, not those of a role session"
    return None


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
    return request.action.lower() == _ASSUME_ROOT and request.principal.kind is not PrincipalKind.ROOT


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
    tagged = any(_has(request, name) for name in request.context if name.startswith("aws:requesttag/"))
    return tuple(action for key, action in _WITH_KEYS.items() if _has(request, key) or (tagged and key == _TAGS))


def keys_of_further_actions(request: Request) -> tuple[str, ...]:
    """Return the keys, in lower case, with which a call asks for further actions; none of most calls."""
    return tuple(_WITH_KEYS) if request.action.lower() in _ASSUME_ROLE else ()


def _has(request: Request, name: str) -> bool:
    value = request.context.get(name)
    return value is not None and any(value.values)  # an empty text is no value here (E280)
