"""The decision on one request: the verdict, the request, and where to ask why."""

from __future__ import annotations

from typing import Any, Protocol

from policygen.evaluation.results.explanation import Explanation
from policygen.evaluation.results.verdict import EvalDecision, MatchedStatement, Verdict
from policygen.request.model import Request, Unchanging


class Explainer(Protocol):
    """Works out what stands behind a decision, when it is asked for."""

    def completed(self, request: Request) -> Request:
        """Return the request with what is known about its principal and resource filled in."""

    def missing_context(self, request: Request) -> tuple[str, ...]:
        """Return the missing context keys of a request."""

    def explain(self, request: Request, missing: tuple[str, ...]) -> Explanation:
        """Return the explanation of a request whose missing context keys are known."""


class Decision(Unchanging):
    """The outcome of one request. It cannot be changed.

    A verdict, a request and an explainer in three slots, so that it costs little to make one for each request; what is
    public is read through properties. Rejected: a frozen dataclass, which takes four times as long to make.
    """

    __slots__ = ("_explainer", "_explanation", "_missing", "_request", "_verdict")

    _verdict: Verdict
    _request: Request
    _explainer: Explainer
    _missing: tuple[str, ...]
    _explanation: Explanation

    @property
    def decision(self) -> EvalDecision:
        """allowed, explicitDeny or implicitDeny."""
        return self._verdict.decision

    @property
    def matched_statements(self) -> tuple[MatchedStatement, ...]:
        """The statements that decided.

        For an explicit deny every Deny that applied, for an allow every Allow that grants, for an implicit deny none.
        """
        return self._verdict.matched

    @property
    def request(self) -> Request:
        """The request that was judged; in an environment with what that knows about principal and resource."""
        return self._explainer.completed(self._request)

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self._verdict.decision is EvalDecision.ALLOWED

    @property
    def missing_context(self) -> tuple[str, ...]:
        """Context keys that AWS always sends, that the request lacks, and that could change the decision.

        Worked out when it is asked for.
        """
        try:
            return self._missing
        except AttributeError:  # an empty slot: nobody has asked yet
            self._missing = self._explainer.missing_context(self._request)
            return self._missing

    def explain(self) -> Explanation:
        """Return why: the outcome of every policy type and of every element; worked out when it is asked for."""
        try:
            return self._explanation
        except AttributeError:  # an empty slot: nobody has asked yet
            self._explanation = self._explainer.explain(self._request, self.missing_context)
            return self._explanation

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

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle verdict, request and explainer; reasons are worked out anew."""
        return decide, (self._verdict, self._request, self._explainer)


def decide(verdict: Verdict, request: Request, explainer: Explainer) -> Decision:
    """Return the decision on a request."""
    decision = Decision()
    decision._verdict = verdict  # noqa: SLF001  # an empty Decision is filled where it is made
    decision._request = request  # noqa: SLF001  # the same
    decision._explainer = explainer  # noqa: SLF001  # the same
    return decision
