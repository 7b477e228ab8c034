"""Checks of a document's size against AWS's quotas.

Fact: Q1, Q4, Q5, Q6, Q10, Q12, Q17, Q18, Q19
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from collections.abc import Iterator

from policygen.aws.quotas import CONFIGURATION, QUOTAS, Quota
from policygen.aws.resource_types import ACCESS_POINT, BUCKET, KEY
from policygen.lint.check import Hit, at, check, configuration_check
from policygen.lint.findings import ERROR, WARNING, FindingType
from policygen.lint.policy import Policy
from policygen.lint.policy_types import IDENTITY_TYPES, PolicyType

_MANAGED = QUOTAS["managed-policy"]
_IDENTITY_QUOTAS = {
    PolicyType.IDENTITY: QUOTAS["role-inline"],
    PolicyType.BOUNDARY: _MANAGED,
    PolicyType.SESSION: QUOTAS["session-policy"],
}
_RESOURCE_QUOTAS = {
    BUCKET: QUOTAS["bucket-policy"],
    ACCESS_POINT: QUOTAS["access-point-policy"],
    KEY: QUOTAS["key-policy"],
}
_WITH_RESOURCE_QUOTA = frozenset({PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT})


def _over(policy: Policy, quota: Quota) -> Iterator[Hit]:
    size = quota.size_of(policy.text)
    if size > quota.limit:
        yield at(policy.root, f"{size:,} {quota.unit}: at most {quota.limit:,} are possible")


@check("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", WARNING, facts="Q1 Q4 Q6", types=IDENTITY_TYPES)
def identity_policy_size(policy: Policy) -> Iterator[Hit]:
    """An identity-based policy, boundary or session policy that is too long."""
    quota = _IDENTITY_QUOTAS[policy.type]
    size = quota.size_of(policy.text)
    if policy.type is PolicyType.IDENTITY and _MANAGED.limit < size <= quota.limit:
        details = f"{size:,} {quota.unit}: a managed policy has at most {_MANAGED.limit:,}"
        yield at(policy.root, f"{details}; it fits as the inline policy of a role")
    yield from _over(policy, quota)


def _register(kind: str, finding_type: FindingType, fact: str, name: PolicyType, what: str, quota: str) -> None:
    def find(policy: Policy) -> Iterator[Hit]:
        yield from _over(policy, QUOTAS[quota])

    code, summary = f"POLICY_SIZE_EXCEEDS_{kind}_QUOTA", f"{what} that is too long"
    check(code, finding_type, facts=fact, types=frozenset({name}), summary=summary)(find)


_register("ROLE_TRUST_POLICY", WARNING, "Q5", PolicyType.TRUST, "A role trust policy", "trust-policy")
_register("SCP", ERROR, "Q10", PolicyType.SCP, "An SCP", "scp")
_register("RCP", ERROR, "Q12", PolicyType.RCP, "An RCP", "rcp")


@check("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", WARNING, facts="Q17 Q18 Q19", types=_WITH_RESOURCE_QUOTA)
def resource_policy_size(policy: Policy) -> Iterator[Hit]:
    """The policy of a bucket, access point, key or VPC endpoint that is too long."""
    if policy.type is PolicyType.VPC_ENDPOINT:
        yield from _over(policy, QUOTAS["vpc-endpoint-policy"])
    elif policy.resource_type in _RESOURCE_QUOTAS:
        yield from _over(policy, _RESOURCE_QUOTAS[policy.resource_type])


@configuration_check("CONFIGURATION_TOO_LARGE", ERROR, facts="R60", url=CONFIGURATION.doc_url)
def configuration_too_large(policy: Policy) -> Iterator[Hit]:
    """A configuration of more than 2 MB."""
    yield from _over(policy, CONFIGURATION)
