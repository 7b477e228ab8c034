"""Context keys that follow from the rest of the request.

Which keys these are stands in the table of condition keys (``derived_from``). They are filled in only where the request
does not state them. Keys that AWS always sends but that nobody can derive (``aws:SecureTransport``, ``aws:SourceIp``
…) stay absent: whether one of them would have changed a decision is told by the decision's
``missing_context``.

Fact: G1, G2, G5, G6, G7, G9, G10, G11, G39, K14, K15, K17, E182
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policygen.request.context import ENCRYPTION_CONTEXT
from policygen.request.principal import Principal, PrincipalKind

PRINCIPAL_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ROLE_SESSION: "AssumedRole",
    PrincipalKind.ANONYMOUS: "Anonymous",
}
"""Values of ``aws:PrincipalType`` (G9).

Unspecified: no value is documented for service principals; the key stays absent for them.
"""

WITHOUT_RESOURCE_ACCOUNT = frozenset(
    """
    auditmanager:updateassessmentframeworkshare detective:acceptinvitation ds:acceptshareddirectory
    ec2:accepttransitgatewaypeeringattachment ec2:acceptvpcendpointconnections ec2:acceptvpcpeeringconnection
    ec2:createtransitgatewaypeeringattachment ec2:createvpcendpoint ec2:createvpcpeeringconnection
    guardduty:acceptadministratorinvitation macie2:acceptinvitation es:acceptinboundconnection
    route53:associatevpcwithhostedzone route53:createvpcassociationauthorization
    securityhub:acceptadministratorinvitation
    """.split()
)
"""Actions whose requests carry no ``aws:ResourceAccount`` (G39), in lower case; every EBS action is one more."""

PRINCIPAL_TAG = "aws:PrincipalTag/"
"""What the condition keys of a caller's tags begin with (G5)."""

Derived = tuple[tuple[str, tuple[str, ...]], ...]
"""Context keys by AWS's name, each with its values."""


def caller_context(caller: Principal) -> Derived:
    """Return the context keys that follow from the caller."""
    return tuple((name, (value,)) for name, value in _of_caller(caller) if value is not None)


def _of_caller(caller: Principal) -> Iterator[tuple[str, str | None]]:
    anonymous = caller.kind is PrincipalKind.ANONYMOUS
    service = caller.kind is PrincipalKind.SERVICE
    yield "aws:PrincipalArn", caller.principal_arn
    yield "aws:PrincipalAccount", "anonymous" if anonymous else signing_account(caller)
    yield "aws:PrincipalType", PRINCIPAL_TYPES.get(caller.kind)
    yield "aws:userid", user_id(caller)
    yield "aws:username", caller.name if caller.kind is PrincipalKind.USER else None
    if not anonymous and caller.kind is not PrincipalKind.IDENTITY_PROVIDER:
        yield "aws:PrincipalIsAWSService", "true" if service else "false"
    yield "aws:PrincipalServiceName", caller.arn if service else None
    yield from ((PRINCIPAL_TAG + key, value) for key, value in caller.tags)


def call_context(action: str, resource_account: str | None, caller_account: str | None) -> Derived:
    """Return the context keys that follow from the call.

    Args:
        action: The action in lower case.
        resource_account: Account id of the resource's owner, or None.
        caller_account: The account that signs the request, or None.
    """
    found: Derived = ()
    if resource_account is not None:
        owner = (resource_account,)
        if not action.startswith("ebs:") and action not in WITHOUT_RESOURCE_ACCOUNT:
            found += (("aws:ResourceAccount", owner),)
        if action.startswith("s3:"):
            found += (("s3:ResourceAccount", owner),)
    if action.startswith("kms:") and caller_account is not None:
        found += (("kms:CallerAccount", (caller_account,)),)
    return found


def encryption_context_keys(action: str, stated: Iterable[str]) -> Derived:
    """Return the names of the pairs of the KMS encryption context, as a context key; ``stated`` are all names."""
    if not action.startswith("kms:"):
        return ()
    names = tuple(name[len(ENCRYPTION_CONTEXT) :] for name in stated if name.lower().startswith(ENCRYPTION_CONTEXT))
    return (("kms:EncryptionContextKeys", names),) if names else ()


def signing_account(caller: Principal) -> str | None:
    """Return the account that signs a caller's requests; None for callers whose requests are not signed by one."""
    return None if caller.kind is PrincipalKind.IDENTITY_PROVIDER else caller.account


def user_id(principal: Principal) -> str | None:
    """Return the value of ``aws:userid``; None when the unique id it is made of is not known.

    Fact: E182
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if principal.kind is PrincipalKind.ANONYMOUS:
        return "anonymous"
    if principal.kind is PrincipalKind.ROOT:
        return principal.account
    if principal.kind is PrincipalKind.FEDERATED_USER:
        return f"{principal.account}:{principal.name}"
    if principal.unique_id is None:
        return None
    if principal.kind is PrincipalKind.ROLE_SESSION and ":" not in principal.unique_id:
        return f"{principal.unique_id}:{principal.session_name}" if principal.session_name is not None else None
    return principal.unique_id
