"""What comes out of an evaluation: the decision, the statements that decided, and where to ask why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

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


class Reasons(Protocol):
    """What stands behind a decision, worked out when it is asked for."""

    def missing_context(self) -> tuple[str, ...]:
        """Return the missing context keys."""

    def explanation(self) -> Explanation:
        """Return the explanation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """A decision without its request: the part that many requests have in common.

    Attributes:
        decision: allowed, explicitDeny or implicitDeny.
        matched_statements: The statements that decided.
        reasons: Works out the reasons for one request.
        place: Fills in what an environment knows about a request; None where nothing is filled in.
    """

    decision: EvalDecision
    matched_statements: tuple[MatchedStatement, ...]
    reasons: Callable[[Request], Reasons]
    place: Callable[[Request], Request] | None = None


class Decision:
    """The outcome of one request. It cannot be changed.

    An outcome and a request in two slots, so that it costs little to make one for each request; what is public is
    read through properties. Rejected: a frozen dataclass, which takes four times as long to make.
    """

    __slots__ = ("_outcome", "_reasons", "_request")

    _outcome: Outcome
    _request: Request
    _reasons: Reasons

    @property
    def decision(self) -> EvalDecision:
        """allowed, explicitDeny or implicitDeny."""
        return self._outcome.decision

    @property
    def matched_statements(self) -> tuple[MatchedStatement, ...]:
        """The statements that decided.

        For an explicit deny every Deny that applied, for an allow every Allow that grants, for an implicit deny none.
        """
        return self._outcome.matched_statements

    @property
    def request(self) -> Request:
        """The request that was judged; in an environment with what that knows about principal and resource."""
        place = self._outcome.place
        return self._request if place is None else place(self._request)

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self._outcome.decision is EvalDecision.ALLOWED

    @property
    def missing_context(self) -> tuple[str, ...]:
        """Context keys that AWS always sends, that the request lacks, and that could change the decision.

        Worked out when it is asked for.
        """
        return self._asked().missing_context()

    def explain(self) -> Explanation:
        """Return why: the outcome of every policy type and of every element; worked out when it is asked for."""
        return self._asked().explanation()

    def _asked(self) -> Reasons:
        try:
            return self._reasons
        except AttributeError:  # an empty slot: nobody has asked yet
            self._reasons = self._outcome.reasons(self._request)
            return self._reasons

    def __eq__(self, other: object) -> bool:
        """Decisions are equal when request, outcome and the statements that decided are."""
        if not isinstance(other, Decision):
            return NotImplemented
        return (
            self.decision is other.decision
            and self.matched_statements == other.matched_statements
            and self._request == other._request
        )

    def __hash__(self) -> int:
        """Hash of what makes decisions equal."""
        return hash((self.decision, self.matched_statements, self._request))

    def __repr__(self) -> str:
        """Return decision, statements and request."""
        return (
            f"Decision(decision={self.decision!r}, matched_statements={self.matched_statements!r}, "
            f"request={self._request!r})"
        )

    def __bool__(self) -> bool:
        """Refuse to be used as a condition: ``if decision`` would read as allowed for every decision."""
        message = "a Decision is neither true nor false: ask for `.allowed`"
        raise TypeError(message)


def decide(outcome: Outcome, request: Request) -> Decision:
    """Return the decision on a request that comes out as ``outcome``."""
    decision = Decision()
    decision._outcome = outcome  # noqa: SLF001  # an empty Decision is filled where it is made
    decision._request = request  # noqa: SLF001  # the same
    return decision
