"""Why a verdict came out as it did: every policy type and statement against the request, and what would change it."""

from __future__ import annotations

from policygen.evaluation.policies import Policies
from policygen.evaluation.results.explanation import Explanation
from policygen.evaluation.services import sts
from policygen.evaluation.situation import Judge, Situation
from policygen.evaluation.suggestions import advise, nearest_allow
from policygen.request.model import Request


def explain(judge: Judge, policies: Policies, request: Request, missing: tuple[str, ...]) -> Explanation:
    """Return the explanation of the decision on a completed request, whose missing context keys are known."""
    situation = Situation.of(judge, policies, request)
    nearest = nearest_allow(situation)
    advice = advise(situation)
    further = sts.further_actions(request)
    return Explanation(
        decision=situation.verdict.decision,
        because=situation.verdict.because,
        request=situation.judged,
        layers=situation.layers,
        filled_in=situation.judged.filled_in,
        missing_context=missing,
        nearest=nearest.trace if nearest else None,
        suggestions=advice.sentences,
        proposals=advice.proposals,
        further_actions=tuple(
            (action, situation.verdict_on(request.with_action(action)).decision) for action in further
        ),
    )
