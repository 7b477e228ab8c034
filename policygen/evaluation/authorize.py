"""The decision on one request: ask every policy type, combine, and keep what an explanation needs."""

from __future__ import annotations

from functools import cached_property

from policygen.evaluation.combine import Verdict, combine
from policygen.evaluation.decision import Decision, EvalDecision, Outcome, decide
from policygen.evaluation.explanation import Explanation, explain
from policygen.evaluation.layers import Layers, consult
from policygen.evaluation.missing import missing_context
from policygen.evaluation.policies import PolicySet
from policygen.evaluation.services import s3, sts
from policygen.request.model import Request


def authorize(policies: PolicySet, request: Request) -> Decision:
    """Return AWS's decision on ``request`` under ``policies``.

    Explanation and missing context are worked out when they are asked for.
    """
    return decide(interpret(policies, request), request)


def interpret(policies: PolicySet, request: Request) -> Outcome:
    """Return the outcome of one request, with the reasons for it."""
    judged, layers, verdict = _judge(policies, request)
    reasons = Judgement(policies, request, judged, layers, verdict)
    return Outcome(decision=verdict.decision, matched_statements=verdict.matched, reasons=lambda _request: reasons)


class Judgement:
    """A verdict with what it was reached from. The reasons are worked out once, when they are asked for."""

    def __init__(
        self, policies: PolicySet, request: Request, judged: Request, layers: Layers, verdict: Verdict
    ) -> None:
        """Keep what the interpreter found about ``request``; ``judged`` is the request that the verdict rests on."""
        self._policies = policies
        self._request = request
        self._judged = judged
        self._layers = layers
        self._verdict = verdict

    def missing_context(self) -> tuple[str, ...]:
        """Return the missing context keys."""
        return self._missing

    def explanation(self) -> Explanation:
        """Return the explanation."""
        return self._explanation

    @cached_property
    def _missing(self) -> tuple[str, ...]:
        return missing_context(
            self._policies, self._request, self._verdict.decision, lambda other: self._other(other).decision
        )

    @cached_property
    def _explanation(self) -> Explanation:
        return explain(self._policies, self._judged, self._layers, self._verdict, self._missing, self._other)

    def _other(self, request: Request) -> Verdict:
        return _judge(self._policies, request)[2]


def _judge(policies: PolicySet, request: Request) -> tuple[Request, Layers, Verdict]:
    """Return the verdict with the request it rests on: a call that needs further permissions stands on the weakest."""
    request = s3.with_default_encryption(request, policies.settings)
    layers = consult(policies, request)
    verdict = combine(policies, request, layers)
    if verdict.decision is not EvalDecision.ALLOWED:
        return request, layers, verdict
    for action in sts.further_actions(request):
        further = request.with_action(action)
        result = consult(policies, further)
        other = combine(policies, further, result)
        if other.decision is not EvalDecision.ALLOWED:
            return further, result, other
    return request, layers, verdict
