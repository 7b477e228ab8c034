"""Checks of a document's size against AWS's quotas.

Unspecified: for trust, session, bucket and key policies AWS does not say whether white space counts; here it does not
for the first two, and does for the others, whose limits are in bytes.

Fact: Q1, Q4, Q5, Q6, Q10, Q12, Q17, Q18, Q19
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygen.lint.check import Check, Hit, at, check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy
from policygen.lint.policy_types import ACCESS_POINT, BUCKET, IDENTITY_TYPES, KEY, PolicyType

_IDENTITY_QUOTAS = {PolicyType.IDENTITY: 10_240, PolicyType.BOUNDARY: 6_144, PolicyType.SESSION: 2_048}
_MANAGED = 6_144
_RESOURCE_QUOTAS = {BUCKET: 20_480, ACCESS_POINT: 20_480, KEY: 32_768}
_WITH_RESOURCE_QUOTA = frozenset({PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT})
_ERROR, _WARNING = FindingType.ERROR, FindingType.WARNING


def _over(policy: Policy, size: int, limit: int, unit: str) -> Iterator[Hit]:
    if size > limit:
        yield at(policy.root, f"{size:,} {unit}, at most {limit:,} are possible")


def _size_without_space(policy: Policy) -> int:
    return len(re.sub(r"\s", "", policy.text))


def _without_space(policy: Policy, limit: int) -> Iterator[Hit]:
    yield from _over(policy, _size_without_space(policy), limit, "characters without white space")


@check("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", _WARNING, facts="Q1 Q4 Q6", types=IDENTITY_TYPES)
def identity_policy_size(policy: Policy) -> Iterator[Hit]:
    """An identity-based policy, boundary or session policy that is too long."""
    limit = _IDENTITY_QUOTAS[policy.type]
    size = _size_without_space(policy)
    if policy.type is PolicyType.IDENTITY and _MANAGED < size <= limit:
        details = f"{size:,} characters without white space: a managed policy has at most {_MANAGED:,}"
        yield at(policy.root, f"{details}; it fits as the inline policy of a role")
    yield from _without_space(policy, limit)


@check("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", _WARNING, facts="Q5", types=frozenset({PolicyType.TRUST}))
def role_trust_policy_size(policy: Policy) -> Iterator[Hit]:
    """A role trust policy that is too long."""
    yield from _without_space(policy, 2_048)


@check("POLICY_SIZE_EXCEEDS_SCP_QUOTA", _ERROR, facts="Q10", types=frozenset({PolicyType.SCP}))
def scp_size(policy: Policy) -> Iterator[Hit]:
    """An SCP that is too long."""
    yield from _over(policy, len(policy.text), 10_240, "characters")


@check("POLICY_SIZE_EXCEEDS_RCP_QUOTA", _ERROR, facts="Q12", types=frozenset({PolicyType.RCP}))
def rcp_size(policy: Policy) -> Iterator[Hit]:
    """An RCP that is too long."""
    yield from _over(policy, len(policy.text), 5_120, "characters")


@check("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", _WARNING, facts="Q17 Q18 Q19", types=_WITH_RESOURCE_QUOTA)
def resource_policy_size(policy: Policy) -> Iterator[Hit]:
    """The policy of a bucket, access point, key or VPC endpoint that is too long."""
    if policy.type is PolicyType.VPC_ENDPOINT:
        yield from _over(policy, len(policy.text), 20_480, "characters")
        return
    limit = _RESOURCE_QUOTAS.get(policy.resource_type or "")
    if limit is not None:
        yield from _over(policy, len(policy.text.encode("utf-8", "surrogatepass")), limit, "bytes")


CHECKS: tuple[Check, ...] = (
    identity_policy_size,
    role_trust_policy_size,
    scp_size,
    rcp_size,
    resource_policy_size,
)
"""The checks of this module."""
