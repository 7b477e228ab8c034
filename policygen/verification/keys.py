"""What people must and must not be able to do with a KMS key: administrators, users, the account, strangers.

Fact: K2, K3, K4, K8, K9, K10, K10a, K19, M4
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.aws.arns import parse_arn, root_arn
from policygen.request import PrincipalKind, Request, parse_principal
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key, Spec
from policygen.verification.environment import insider_arn, stranger_arn
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import base_context
from policygen.verification.wrong import wrong_principals

_ADMINISTRATION = (
    "kms:CreateAlias",
    "kms:DescribeKey",
    "kms:EnableKey",
    "kms:ListGrants",
    "kms:PutKeyPolicy",
    "kms:UpdateKeyDescription",
    "kms:RevokeGrant",
    "kms:DisableKey",
    "kms:GetKeyPolicy",
    "kms:DeleteImportedKeyMaterial",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
)
_MULTI_REGION_ADMINISTRATION = ("kms:ReplicateKey", "kms:UpdatePrimaryRegion")
_USE = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
)
_GRANTING = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
_FOR_AWS = "kms:GrantIsForAWSResource"
_NOT_FOR_USERS = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")


def key_probes(spec: Spec, key: Key) -> Iterator[Probe]:
    """Yield every probe of a key, Region by Region: related keys have policies of their own (M4)."""
    if key.type is KeyType.AWS_MANAGED:
        return
    for region in key.regions:
        grantees = key.grantees_in(region)
        yield from _account(spec, key, region)
        for number, principal in enumerate(grantees.administrators, 1):
            yield from _administrator(spec, key, region, number, principal)
        for number, principal in enumerate(grantees.users, 1):
            yield from _user(spec, key, region, number, principal)


def _probe(spec: Spec, key: Key, region: str, principal: str, action: str, name: str, step: Step, **more: Any) -> Probe:
    request = Request(
        principal=principal,
        action=action,
        resource=key.arn(region),
        resource_account=key.account,
        context=base_context(spec) | more.pop("context", {}),
    )
    return Probe(
        id=f"{key.name}@{region}/{name}",
        title=f"{step.value}: {principal.rpartition(':')[2]} {action} on {key.name} in {region}",
        step=step,
        must_allow=True,
        request=request,
        **more,
    )


def _account(spec: Spec, key: Key, region: str) -> Iterator[Probe]:
    """IAM policies of the account count only when the key policy delegates to it (K2); strangers never get in (K8)."""
    insider = insider_arn(key.partition, key.account)
    insiders = _probe(spec, key, region, insider, "kms:Decrypt", "iam-policies", Step.KEY_OWNER, facts=("K2", "E80"))
    root = root_arn(key.partition, key.account)
    roots = _probe(spec, key, region, root, "kms:PutKeyPolicy", "root-user", Step.KEY_OWNER, facts=("K2", "K9"))
    if key.enable_iam_policies:
        yield from (insiders, roots)
    else:
        what = "by an IAM policy of the account alone"
        yield insiders.refused("not-enabled", what, "Principal")
    stranger = stranger_arn(spec)
    yield insiders.refused("stranger", "by a user of another account", "Principal", principal=stranger)


def _is_root(principal: str) -> bool:
    return parse_principal(principal).kind is PrincipalKind.ROOT


def _is_outside(principal: str, key: Key) -> bool:
    arn = parse_arn(principal)
    return arn is not None and arn.account != key.account


def _administrator(spec: Spec, key: Key, region: str, number: int, principal: str) -> Iterator[Probe]:
    """Administrators manage the key and do not use it (K10a); KMS keeps management in the key's account (K5)."""
    if _is_outside(principal, key):
        return
    multi = _MULTI_REGION_ADMINISTRATION if key.type is KeyType.MULTI_REGION else ()
    name = f"administrator-{number}"
    for action in (*_ADMINISTRATION, *multi):
        step = Step.ADMINISTRATOR
        yield _probe(spec, key, region, principal, action, f"{name}/{action.partition(':')[2]}", step, facts=("K10a",))
    manage = _probe(spec, key, region, principal, "kms:PutKeyPolicy", name, Step.ADMINISTRATOR)
    yield from wrong_principals(spec, manage, key.account)
    is_user = principal in key.grantees_in(region).users
    if not (_is_root(principal) or is_user):
        for action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"):
            what = f"{action} instead"
            yield manage.refused(f"unasked-{action.partition(':')[2]}", what, "Action", action=action)


def _user(spec: Spec, key: Key, region: str, number: int, principal: str) -> Iterator[Probe]:
    name = f"user-{number}"
    for action in _USE:
        yield _probe(
            spec, key, region, principal, action, f"{name}/{action.partition(':')[2]}", Step.KEY_USER, facts=("K10a",)
        )
    use = _probe(spec, key, region, principal, "kms:Decrypt", name, Step.KEY_USER)
    yield from wrong_principals(spec, use, key.account)
    for action in _GRANTING:
        part = action.partition(":")[2]
        for_aws = {_FOR_AWS: "true"}
        grant = _probe(
            spec, key, region, principal, action, f"{name}/{part}", Step.KEY_USER, context=for_aws, facts=("K10", "K19")
        )
        yield grant
        if not _is_free(principal, key, region):
            changes = {_FOR_AWS: "false"}
            what = "for something that is no AWS resource"
            yield grant.refused("not-for-aws", what, f"Condition/{_FOR_AWS}", context=changes)
    if not _is_free(principal, key, region):
        for action in _NOT_FOR_USERS:
            what = f"{action} instead"
            yield use.refused(f"unasked-{action.partition(':')[2]}", what, "Action", action=action)


def _is_free(principal: str, key: Key, region: str) -> bool:
    """Tell whether the principal may do more anyway: the account's root user, or an administrator too."""
    return _is_root(principal) or principal in key.grantees_in(region).administrators
