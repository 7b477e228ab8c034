"""What comes out of an evaluation: the decision, the statements that decided, and where to ask why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from policygen.document.model import Effect
from policygen.request.model import Request

if TYPE_CHECKING:
    from policygen.evaluation.explanation import Explanation


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
class MatchedStatement:
    """A statement that decided.

    Attributes:
        policy_type: The type of its policy.
        policy: The policy's name: a file, a name given with the document, or its place in the policy set.
        sid: The Sid, or None.
        index: The statement's position in its document, from 0.
        effect: Allow or Deny.
    """

    policy_type: PolicyType
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
        return {
            "policy_type": self.policy_type.value,
            "policy": self.policy,
            "sid": self.sid,
            "index": self.index,
            "effect": self.effect.value,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """The outcome of one request.

    Attributes:
        decision: allowed, explicitDeny or implicitDeny.
        matched_statements: The statements that decided: for an explicit deny every Deny that applied, for an
            allow every Allow that grants, for an implicit deny none.
        request: The request that was judged.
    """

    decision: EvalDecision
    matched_statements: tuple[MatchedStatement, ...]
    request: Request
    _explain: Callable[[], Explanation] = field(repr=False)
    _missing: Callable[[], tuple[str, ...]] = field(repr=False)

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self.decision is EvalDecision.ALLOWED

    @property
    def missing_context(self) -> tuple[str, ...]:
        """Context keys that AWS always sends, that the request lacks, and that could change the decision.

        Worked out when it is asked for.
        """
        return self._missing()

    def explain(self) -> Explanation:
        """Return why: the outcome of every policy type and of every element; worked out when it is asked for."""
        return self._explain()

    def __bool__(self) -> bool:
        """Refuse to be used as a condition: ``if decision`` would read as allowed for every decision."""
        message = "a Decision is neither true nor false: ask for `.allowed`"
        raise TypeError(message)
