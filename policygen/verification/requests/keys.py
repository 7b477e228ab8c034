"""What people must and must not be able to do with a KMS key: administrators, users, the account, strangers.

Fact: K2, K3, K4, K5, K8, K9, K10, K10a, K19, M4
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import parse_arn, root_arn
from policygen.spec.kinds import KeyType
from policygen.spec.model import Grantee, Key, Spec
from policygen.verification.requests.context import FOR_AWS, base_context, source_context
from policygen.verification.requests.denied import other_actions, other_principals, other_sources
from policygen.verification.requests.grants import GRANTING
from policygen.verification.requests.model import DerivedRequest, Purpose, derived, short, without_service
from policygen.verification.requests.others import insider_arn, stranger_arn

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
_NOT_FOR_ADMINISTRATORS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
_NOT_FOR_USERS = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")


def key_requests(spec: Spec, key: Key) -> Iterator[DerivedRequest]:
    """Yield every request of a key, Region by Region: related keys have policies of their own (M4)."""
    if key.type is KeyType.AWS_MANAGED:
        return
    for region in key.regions:
        related = _KeyInRegion(spec=spec, key=key, region=region)
        grantees = key.grantees_in(region)
        yield from _account(related)
        for number, principal in enumerate(grantees.administrators, 1):
            yield from _administrator(related, f"administrator-{number}", principal)
        for number, user in enumerate(grantees.users, 1):
            yield from _user(related, f"user-{number}", user)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyInRegion:
    """A key in one Region."""

    spec: Spec
    key: Key
    region: str

    def asked(self, principal: str, action: str, name: str, purpose: Purpose, **more: Any) -> DerivedRequest:
        """Return a request on the key that must be allowed."""
        return derived(
            purpose,
            id=f"{self.key.name}@{self.region}/{name}",
            title=f"{purpose.value}: {short(principal)} {action} on {self.key.name} in {self.region}",
            principal=principal,
            action=action,
            resource=self.key.arn(self.region),
            account=self.key.account,
            context=more.pop("context", base_context(self.spec)),
            **more,
        )


def _account(related: _KeyInRegion) -> Iterator[DerivedRequest]:
    """IAM policies of the account count only when the key policy delegates to it (K2); strangers never get in (K8)."""
    key, purpose = related.key, Purpose.KEY_OWNER
    insider, root = insider_arn(key.partition, key.account), root_arn(key.partition, key.account)
    insiders = related.asked(insider, "kms:Decrypt", "iam-policies", purpose, facts=("K2", "E80"))
    if key.enable_iam_policies:
        yield insiders
        yield related.asked(root, "kms:PutKeyPolicy", "root-user", purpose, facts=("K2", "K9"))
    else:
        yield insiders.refused("not-enabled", "by an IAM policy of the account alone", "Principal")
    stranger = stranger_arn(related.spec)
    yield insiders.refused("stranger", "by a user of another account", "Principal", principal=stranger)


def _administrator(related: _KeyInRegion, name: str, principal: str) -> Iterator[DerivedRequest]:
    """Administrators manage the key and do not use it (K10a); KMS keeps management in the key's account (K5)."""
    key, purpose, arn = related.key, Purpose.ADMINISTRATOR, parse_arn(principal)
    if arn is not None and arn.account != key.account:
        return
    multi = _MULTI_REGION_ADMINISTRATION if key.type is KeyType.MULTI_REGION else ()
    for action in (*_ADMINISTRATION, *multi):
        yield related.asked(principal, action, f"{name}/{without_service(action)}", purpose, facts=("K10a",))
    manage = related.asked(principal, "kms:PutKeyPolicy", name, purpose)
    yield from other_principals(related.spec, manage)
    yield from other_actions(manage, _NOT_FOR_ADMINISTRATORS)


def _user(related: _KeyInRegion, name: str, user: Grantee) -> Iterator[DerivedRequest]:
    purpose, principal = Purpose.KEY_USER, user.principal
    context = source_context(user) if user.is_service else base_context(related.spec)
    for action in _USE:
        part = f"{name}/{without_service(action)}"
        yield related.asked(principal, action, part, purpose, context=context, facts=("K10a",))
    use = related.asked(principal, "kms:Decrypt", name, purpose, context=context)
    yield from other_principals(related.spec, use)
    yield from other_sources(use, user)
    for action in () if user.is_service else GRANTING:
        part = f"{name}/{without_service(action)}"
        for_aws = context | {FOR_AWS: "true"}
        grant = related.asked(principal, action, part, purpose, context=for_aws, facts=("K10", "K19"))
        yield grant
        what = "for something that is no AWS resource"
        yield grant.refused("not-for-aws", what, f"Condition/{FOR_AWS}", context={FOR_AWS: "false"})
    yield from other_actions(use, _NOT_FOR_USERS)
