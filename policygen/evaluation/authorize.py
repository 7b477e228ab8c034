"""The decision on one request: ask every policy type, combine, and keep what an explanation needs."""

from __future__ import annotations

from functools import cache

from policygen.evaluation.combine import Verdict, combine
from policygen.evaluation.decision import Decision, EvalDecision
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
    judged, layers, verdict = _judge(policies, request)

    @cache
    def missing() -> tuple[str, ...]:
        return missing_context(policies, request, verdict.decision, lambda other: _judge(policies, other)[2].decision)

    @cache
    def explanation() -> Explanation:
        return explain(policies, judged, layers, verdict, missing(), lambda other: _judge(policies, other)[2])

    return Decision(
        decision=verdict.decision,
        matched_statements=verdict.matched,
        request=request,
        _explain=explanation,
        _missing=missing,
    )


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
