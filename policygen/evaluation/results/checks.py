"""The checks of one request, as AWS tells them of a denied call: one for each policy type, with what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policygen.evaluation.results.verdict import EvalDecision, MatchedStatement, PolicyType, Verdict


class CheckType(Enum):
    """What a check asks, in the words of AWS's authorization details and in the order in which AWS lists them (N15)."""

    RESOURCE_CONTROL = "RESOURCE_CONTROL_POLICY"
    SERVICE_CONTROL = "SERVICE_CONTROL_POLICY"
    VPC_ENDPOINT = "VPC_ENDPOINT"
    RESOURCE = "RESOURCE"
    PRINCIPAL = "PRINCIPAL"
    BOUNDARY = "PERMISSIONS_BOUNDARY"
    SESSION = "SESSION"


class CheckEffect(Enum):
    """What a check, or all of them, come to, in the words of AWS's authorization details (N15)."""

    ALLOW = "ALLOW"
    NO_IMPACT = "NO_IMPACT"
    IMPLICIT_DENY = "IMPLICIT_DENY"
    EXPLICIT_DENY = "EXPLICIT_DENY"

    @property
    def denies(self) -> bool:
        """Whether it is a denial of either kind."""
        return self in (CheckEffect.IMPLICIT_DENY, CheckEffect.EXPLICIT_DENY)


EFFECTS = {
    EvalDecision.ALLOWED: CheckEffect.ALLOW,
    EvalDecision.IMPLICIT_DENY: CheckEffect.IMPLICIT_DENY,
    EvalDecision.EXPLICIT_DENY: CheckEffect.EXPLICIT_DENY,
}
"""What a decision is called as the effect of an evaluation."""

CHECKS = {
    PolicyType.RESOURCE_CONTROL: CheckType.RESOURCE_CONTROL,
    PolicyType.SERVICE_CONTROL: CheckType.SERVICE_CONTROL,
    PolicyType.VPC_ENDPOINT: CheckType.VPC_ENDPOINT,
    PolicyType.RESOURCE_BASED: CheckType.RESOURCE,
    PolicyType.GRANT: CheckType.RESOURCE,
    PolicyType.IDENTITY_BASED: CheckType.PRINCIPAL,
    PolicyType.PERMISSIONS_BOUNDARY: CheckType.BOUNDARY,
    PolicyType.SESSION: CheckType.SESSION,
}
"""The check that asks the policies of a type."""

POLICY_TYPES = {check: policy_type for policy_type, check in CHECKS.items() if policy_type is not PolicyType.GRANT}
"""The type of the policies that a check asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        type: What it asks.
        effect: What it comes to.
        level: For SCPs and RCPs, the level from 0 (root); None otherwise.
        matched: The statements that apply to the request.
    """

    type: CheckType
    effect: CheckEffect
    level: int | None = None
    matched: tuple[MatchedStatement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Every check of one request, in AWS's order, and the verdict."""

    verdict: Verdict
    checks: tuple[Check, ...]

    @property
    def effect(self) -> CheckEffect:
        """What all of them come to."""
        return EFFECTS[self.verdict.decision]
