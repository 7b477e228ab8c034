"""The decision on one request: ask every policy type, combine, and work out the reasons when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.evaluation.combine import combine
from policygen.evaluation.further import Further, further
from policygen.evaluation.layers import Layers, consult
from policygen.evaluation.message import access_denied_message
from policygen.evaluation.missing import missing_context
from policygen.evaluation.policies import Policies, PolicySource
from policygen.evaluation.results.decision import Decision, decide
from policygen.evaluation.results.explanation import Explanation, FurtherAction
from policygen.evaluation.results.proposals import Proposal
from policygen.evaluation.results.verdict import EvalDecision, Verdict
from policygen.evaluation.services import s3, sts
from policygen.evaluation.situation import Situation
from policygen.evaluation.suggestions import advise, nearest_allow, proposed_edits
from policygen.request.model import Request, check_request


def authorize(source: PolicySource, request: Request) -> Decision:
    """Return AWS's decision on ``request`` under the policies that ``source`` has for it.

    Explanation and missing context are worked out when they are asked for.

    Raises:
        DocumentError: When a document of an environment that is needed cannot be parsed.
    """
    return Interpreter(source).authorize(request)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Judges requests as the rules are written, one after the other: the readable truth.

    Attributes:
        source: Where the policies of a request come from.
    """

    source: PolicySource

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``.

        Raises:
            DocumentError: When a document of an environment that is needed cannot be parsed.
        """
        check_request(request)
        completed = self.completed(request)
        return decide(judge(self.source.policies_for(completed), completed), request, self)

    def completed(self, request: Request) -> Request:
        """Return the request with what is known about its principal and resource filled in."""
        return self.source.completed(request)

    def missing_context(self, request: Request) -> tuple[str, ...]:
        """Return the context keys that AWS always sends, that are missing, and that would change the decision."""
        completed = self.completed(request)
        policies = self.source.policies_for(completed)
        decision = judge(policies, completed).decision
        return missing_context(policies, completed, decision, lambda other: judge(policies, other).decision)

    def explain(self, request: Request, missing: tuple[str, ...]) -> Explanation:
        """Return why ``request`` was decided so: every policy type and statement, and what would change it."""
        completed = self.completed(request)
        policies = self.source.policies_for(completed)
        situation = Situation.of(_judge, policies, completed)
        nearest = nearest_allow(situation)
        advice = advise(situation)
        return Explanation(
            decision=situation.verdict.decision,
            because=situation.verdict.because,
            request=situation.judged,
            message=access_denied_message(situation.verdict, situation.judged),
            layers=situation.layers,
            filled_in=situation.judged.filled_in,
            missing_context=missing,
            nearest=nearest.trace if nearest else None,
            suggestions=advice.sentences,
            proposals=advice.proposals,
            further_actions=tuple(
                self._beside(each, completed, policies) for each in further(completed, policies.settings)
            ),
        )

    def _beside(self, more: Further, asked: Request, policies: Policies) -> FurtherAction:
        """Judge a further action; not where it is asked for on another resource whose policies are not known."""
        decision = None
        if more.request is not None:
            completed = self.completed(more.request)
            counting = self.source.policies_for(completed)
            if more.resource == asked.resource or (counting is not policies and counting.resource_based):
                decision = judge(counting, completed).decision
        return FurtherAction(action=more.action, resource=more.resource, decision=decision)


def judge(policies: Policies, request: Request) -> Verdict:
    """Return the verdict on a completed request."""
    return _judge(policies, request)[2]


def edits_for(policies: Policies, request: Request) -> Proposal | None:
    """Return edits of policies after which a completed request is allowed that nothing allows; None for none."""
    return proposed_edits(Situation.of(_judge, policies, request))


def _judge(policies: Policies, request: Request) -> tuple[Request, Layers, Verdict]:
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
