"""Context keys that follow from the rest of the request.

Filled in only where the request does not state them. Keys that AWS always sends but that nobody can derive
(``aws:SecureTransport``, ``aws:CurrentTime``, ``aws:SourceIp`` …) stay absent: whether one of them would have
changed a decision is told by the decision's ``missing_context``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

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
    {
        "auditmanager:updateassessmentframeworkshare",
        "detective:acceptinvitation",
        "ds:acceptshareddirectory",
        "ec2:accepttransitgatewaypeeringattachment",
        "ec2:acceptvpcendpointconnections",
        "ec2:acceptvpcpeeringconnection",
        "ec2:createtransitgatewaypeeringattachment",
        "ec2:createvpcendpoint",
        "ec2:createvpcpeeringconnection",
        "guardduty:acceptadministratorinvitation",
        "macie2:acceptinvitation",
        "es:acceptinboundconnection",
        "route53:associatevpcwithhostedzone",
        "route53:createvpcassociationauthorization",
        "securityhub:acceptadministratorinvitation",
    }
)
"""Actions whose requests carry no ``aws:ResourceAccount`` (G39), in lower case; every EBS action is one more."""

Derived = tuple[tuple[str, tuple[str, ...]], ...]


_MOST_CALLERS = 16_384
"""How many callers are remembered with what follows from them; the least recently used is forgotten."""


def derived_context(
    principal: Principal, action: str, resource_account: str | None, given: Mapping[str, Any]
) -> Derived:
    """Return the context keys that follow from the request: ``(name, values)`` pairs.

    Args:
        principal: The caller.
        action: The action in lower case.
        resource_account: Account id of the resource's owner, or None.
        given: What the request states, by lower-case name.

    Fact: G1, G2, G5, G6, G7, G9, G10, G11, G39, K14, K15, K17, E182
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    found = _of_caller(principal)
    if resource_account is not None:
        owner = (resource_account,)
        if not action.startswith("ebs:") and action not in WITHOUT_RESOURCE_ACCOUNT:
            found = (*found, ("aws:ResourceAccount", owner))
        if action.startswith("s3:"):
            found = (*found, ("s3:ResourceAccount", owner))
    if action.startswith("kms:"):
        account = _caller_account(principal)
        if account is not None:
            found = (*found, ("kms:CallerAccount", (account,)))
        found += _encryption_context_keys(given)
    return found


@lru_cache(maxsize=_MOST_CALLERS)
def _of_caller(principal: Principal) -> Derived:
    found: list[tuple[str, tuple[str, ...]]] = []

    def add(name: str, value: str | None) -> None:
        if value is not None:
            found.append((name, (value,)))

    anonymous = principal.kind is PrincipalKind.ANONYMOUS
    service = principal.kind is PrincipalKind.SERVICE
    add("aws:PrincipalArn", principal.principal_arn)
    add("aws:PrincipalAccount", "anonymous" if anonymous else _caller_account(principal))
    add("aws:PrincipalType", PRINCIPAL_TYPES.get(principal.kind))
    add("aws:userid", user_id(principal))
    add("aws:username", principal.name if principal.kind is PrincipalKind.USER else None)
    if not anonymous and principal.kind is not PrincipalKind.IDENTITY_PROVIDER:
        add("aws:PrincipalIsAWSService", "true" if service else "false")
    add("aws:PrincipalServiceName", principal.arn if service else None)
    for key, value in principal.tags:
        add(f"aws:PrincipalTag/{key}", value)
    return tuple(found)


def _caller_account(principal: Principal) -> str | None:
    return None if principal.kind is PrincipalKind.IDENTITY_PROVIDER else principal.account


def _encryption_context_keys(given: Mapping[str, Any]) -> Derived:
    prefix = "kms:encryptioncontext:"
    names = tuple(value.name[len(prefix) :] for name, value in given.items() if name.startswith(prefix))
    return (("kms:EncryptionContextKeys", names),) if names else ()


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
