"""Checks of a document's size against AWS's quotas.

Unspecified: for trust, session, bucket and key policies AWS does not say whether white space counts; here it does not
for the first two, and does for the others, whose limits are in bytes.

Fact: Q1, Q4, Q5, Q6, Q10, Q12, Q17, Q18, Q19
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import re
from collections.abc import Callable, Iterator

from policygen.lint.check import Hit, at, check, configuration_check
from policygen.lint.findings import ERROR, WARNING, FindingType
from policygen.lint.policy import Policy
from policygen.lint.policy_types import ACCESS_POINT, BUCKET, IDENTITY_TYPES, KEY, PolicyType

_IDENTITY_QUOTAS = {PolicyType.IDENTITY: 10_240, PolicyType.BOUNDARY: 6_144, PolicyType.SESSION: 2_048}
_MANAGED = 6_144
_RESOURCE_QUOTAS = {BUCKET: 20_480, ACCESS_POINT: 20_480, KEY: 32_768}
_WITH_RESOURCE_QUOTA = frozenset({PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT})
_CONFIGURATION = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html"
_WITHOUT_SPACE = "characters without white space"
_UNITS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
    _WITHOUT_SPACE: lambda text: len(re.sub(r"\s", "", text)),
}


def _over(policy: Policy, limit: int, unit: str) -> Iterator[Hit]:
    size = _UNITS[unit](policy.text)
    if size > limit:
        yield at(policy.root, f"{size:,} {unit}: at most {limit:,} are possible")


@check("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", WARNING, facts="Q1 Q4 Q6", types=IDENTITY_TYPES)
def identity_policy_size(policy: Policy) -> Iterator[Hit]:
    """An identity-based policy, boundary or session policy that is too long."""
    limit = _IDENTITY_QUOTAS[policy.type]
    size = _UNITS[_WITHOUT_SPACE](policy.text)
    if policy.type is PolicyType.IDENTITY and _MANAGED < size <= limit:
        details = f"{size:,} {_WITHOUT_SPACE}: a managed policy has at most {_MANAGED:,}"
        yield at(policy.root, f"{details}; it fits as the inline policy of a role")
    yield from _over(policy, limit, _WITHOUT_SPACE)


def _register(
    kind: str, finding_type: FindingType, fact: str, name: PolicyType, what: str, limit: int, unit: str
) -> None:
    def find(policy: Policy) -> Iterator[Hit]:
        yield from _over(policy, limit, unit)

    code, summary = f"POLICY_SIZE_EXCEEDS_{kind}_QUOTA", f"{what} that is too long"
    check(code, finding_type, facts=fact, types=frozenset({name}), summary=summary)(find)


_register("ROLE_TRUST_POLICY", WARNING, "Q5", PolicyType.TRUST, "A role trust policy", 2_048, _WITHOUT_SPACE)
_register("SCP", ERROR, "Q10", PolicyType.SCP, "An SCP", 10_240, "characters")
_register("RCP", ERROR, "Q12", PolicyType.RCP, "An RCP", 5_120, "characters")


@check("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", WARNING, facts="Q17 Q18 Q19", types=_WITH_RESOURCE_QUOTA)
def resource_policy_size(policy: Policy) -> Iterator[Hit]:
    """The policy of a bucket, access point, key or VPC endpoint that is too long."""
    if policy.type is PolicyType.VPC_ENDPOINT:
        yield from _over(policy, 20_480, "characters")
    elif policy.resource_type in _RESOURCE_QUOTAS:
        yield from _over(policy, _RESOURCE_QUOTAS[policy.resource_type], "bytes")


@configuration_check("CONFIGURATION_TOO_LARGE", ERROR, facts="R60", url=_CONFIGURATION)
def configuration_too_large(policy: Policy) -> Iterator[Hit]:
    """A configuration of more than 2 MB."""
    yield from _over(policy, 2 * 1024 * 1024, "bytes")
