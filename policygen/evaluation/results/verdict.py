"""The verdict on a request: the decision, the statements that decided, and the reason in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policygen.document.model import Effect


class EvalDecision(Enum):
    """The three decisions, in the AWS API's own words.

    Fact: E1, E2, E5
    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    """

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class PolicyType(Enum):
    """The policy types that AWS consults; the values name them in results."""

    IDENTITY_BASED = "identity-based"
    RESOURCE_BASED = "resource-based"
    PERMISSIONS_BOUNDARY = "permissions-boundary"
    SESSION = "session"
    SERVICE_CONTROL = "service-control"
    RESOURCE_CONTROL = "resource-control"
    VPC_ENDPOINT = "vpc-endpoint"
    GRANT = "grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOfPolicy:
    """A statement by where it stands.

    Attributes:
        policy: The policy's name: a file, a name given with the document, or its place in the policy set.
        sid: The Sid, or None.
        index: The statement's position in its document, from 0.
        effect: Allow or Deny.
    """

    policy: str
    sid: str | None
    index: int
    effect: Effect

    @property
    def label(self) -> str:
        """The Sid, or ``#index`` when there is none."""
        return self.sid if self.sid else f"#{self.index}"

    def to_dict(self) -> dict[str, object]:
        """Return the statement as JSON-ready values."""
        return {"policy": self.policy, "sid": self.sid, "index": self.index, "effect": self.effect.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedStatement(StatementOfPolicy):
    """A statement that decided, with the type of its policy."""

    policy_type: PolicyType

    def to_dict(self) -> dict[str, object]:
        """Return the statement as JSON-ready values."""
        return {"policy_type": self.policy_type.value} | StatementOfPolicy.to_dict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision with its reason.

    Attributes:
        decision: The decision.
        matched: The statements that decided.
        because: One sentence for people.
        blocked_by: For an implicit deny, the policy types that would have to allow; the first is the one to change.
        remedy: What would change an implicit deny that no Allow can, as a sentence; None otherwise.
    """

    decision: EvalDecision
    matched: tuple[MatchedStatement, ...] = ()
    because: str
    blocked_by: tuple[PolicyType, ...] = ()
    remedy: str | None = None
