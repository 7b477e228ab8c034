"""What a spec gives, to whom: rights over sets of requests.

Every request that must be allowed stands for a set of them: all objects below the prefix of which it names one, in
every session of the role that asks. Beside these stand the few rights that a spec gives by a pattern.

Fact: E1, E13, K2, K10, K10a, K19, R45
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.aws.arns import root_arn
from policygen.request import Request
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key, Spec
from policygen.spec.paths import DocumentKind
from policygen.verification.requests.context import (
    ANY_RESOURCE,
    CONTEXT,
    FOR_AWS,
    PREFIX,
    SOURCE_ACCOUNT,
    SOURCE_ARN,
    VIA,
)
from policygen.verification.requests.model import DerivedRequest, Purpose
from policygen.verification.requests.others import other_bucket_arn, without_example

_KEY_ADMINISTRATION = (
    *("kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*"),
    *("kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
)
_ADMINISTRATION_OF_MULTI_REGION = ("kms:ReplicateKey", "kms:UpdatePrimaryRegion")
_KEY_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
GRANTING = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
_LIMITING = {
    each.lower(): operator
    for each, operator in (
        (VIA, "StringLike"),
        (CONTEXT, "StringLike"),
        (PREFIX, "StringLike"),
        (SOURCE_ACCOUNT, "StringEquals"),
        (SOURCE_ARN, "ArnLike"),
        (FOR_AWS, "Bool"),
    )
}
"""The context keys by which a spec limits what it gives, each with the operator that compares it.

What else a request must carry, the guards ask for.
"""

STAND_INS = (Purpose.OWNER, Purpose.KEY_OWNER, Purpose.GUARDED, Purpose.EXEMPT)
"""Purposes whose caller stands for others of its account: what it may, the account's own policies say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a spec gives to one principal; a text with ``*`` is a pattern.

    Attributes:
        principal: An ARN, of a role and not of its session, or the name of a service.
        actions: The actions.
        resource: The resource.
        context: The values of which a request must carry one, by context key.
    """

    principal: str
    actions: tuple[str, ...]
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def of(self) -> str:
        """The bucket, key or role that it is about."""
        return owner_of(self.resource)

    def statement(self, kind: DocumentKind) -> dict[str, Any]:
        """Return it as the statement of a policy of some kind."""
        who = {"Principal": {"AWS" if self.principal.startswith("arn:") else "Service": self.principal}}
        limits: dict[str, dict[str, list[str]]] = {}
        for key, values in self.context.items():
            limits.setdefault(_LIMITING[key.lower()], {})[key] = list(values)
        # the Resource of a key policy is always this key, and a trust policy has none
        where = {DocumentKind.KEY_POLICY: {"Resource": "*"}, DocumentKind.TRUST_POLICY: {}}
        return {
            "Effect": "Allow",
            **({} if kind is DocumentKind.PERMISSIONS_POLICY else who),
            "Action": list(self.actions),
            **where.get(kind, {"Resource": self.resource}),
            **({"Condition": limits} if limits else {}),
        }

    def includes(self, other: Grant) -> bool:
        """Tell whether it gives the actions of another grant, on the same and with the same limits."""
        same = (self.principal, self.resource, self.context) == (other.principal, other.resource, other.context)
        return same and set(other.actions) <= set(self.actions)

    def covers(self, request: Request) -> bool:
        """Tell whether a request is one of those that are given."""
        return (
            any(_begins(action.lower(), request.action.lower()) for action in self.actions)
            and _begins(self.resource, request.resource)
            and all(self._carries(request, key, values) for key, values in self.context.items())
        )

    @staticmethod
    def _carries(request: Request, key: str, values: tuple[str, ...]) -> bool:
        found = request.context.get(key.lower())
        return found is not None and any(_begins(value, each) for value in values for each in found.values)


def _begins(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def generalised(text: str, key: str = "") -> str:
    """Return the pattern that the resource of a request, or the value of one of its context keys, stands for."""
    if key.lower() == "s3:prefix":
        return f"{text}*"
    before = without_example(text)
    return f"{before}*" if before is not None else text.replace(ANY_RESOURCE, "*")


def owner_of(resource: str) -> str:
    """Return what a resource, or a pattern of objects, belongs to: an object to its bucket, all else to itself."""
    return resource.partition("/")[0] if ":s3:::" in resource else resource


def grant_of(asked: DerivedRequest) -> Grant:
    """Return what a request that must be allowed stands for."""
    request, caller = asked.request, asked.request.principal
    principal = caller.role_arn or caller.arn
    if asked.purpose in STAND_INS:
        principal = root_arn(caller.partition, caller.account or "")
    context = {
        each.name: tuple(generalised(value, each.name) for value in each.values)
        for each in request.stated
        if each.name.lower() in _LIMITING
    }
    resource = generalised(request.resource)
    return Grant(principal=principal, actions=(request.action,), resource=resource, context=context)


def grants_of(spec: Spec, requests: Iterable[DerivedRequest]) -> tuple[Grant, ...]:
    """Return all that a spec gives: what its requests stand for, and what it gives by patterns.

    Args:
        spec: The spec.
        requests: What it asks to allow and to deny.
    """
    found = [grant_of(each) for each in requests if each.must_allow]
    for bucket in spec.buckets:
        for arn in (bucket.arn, other_bucket_arn(bucket)):
            for resource in (arn, f"{arn}/*"):
                found.append(
                    Grant(principal=root_arn(bucket.partition, bucket.account), actions=("s3:*",), resource=resource)
                )
    for key in spec.keys:
        found += _of_key(key)
    return _together(found)


def _of_key(key: Key) -> Iterator[Grant]:
    """Yield what the account, administrators and users of a key may do with it by patterns."""
    if key.type is KeyType.AWS_MANAGED:
        return
    more = _ADMINISTRATION_OF_MULTI_REGION if key.type is KeyType.MULTI_REGION else ()
    for region, grantees in key.grantees:
        arn = key.arn(region)
        if key.enable_iam_policies:
            yield Grant(principal=root_arn(key.partition, key.account), actions=("kms:*",), resource=arn)
        for each in grantees.administrators:
            yield Grant(principal=each, actions=(*_KEY_ADMINISTRATION, *more), resource=arn)
        for user in grantees.users:
            source = {SOURCE_ACCOUNT: user.source_account, SOURCE_ARN: user.source_arn}
            limits = {name: (value,) for name, value in source.items() if value}
            yield Grant(principal=user.principal, actions=_KEY_USE, resource=arn, context=limits)
            if not user.is_service:
                yield Grant(principal=user.principal, actions=GRANTING, resource=arn, context={FOR_AWS: ("true",)})


def _together(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return grants with the actions of those that differ in their actions alone in one."""
    found: dict[object, list[Grant]] = {}
    for each in grants:
        key = (each.principal, each.resource, tuple(sorted(each.context.items())))
        found.setdefault(key, []).append(each)
    return tuple(
        Grant(
            principal=first.principal,
            actions=tuple(dict.fromkeys(action for each in (first, *more) for action in each.actions)),
            resource=first.resource,
            context=first.context,
        )
        for first, *more in found.values()
    )
