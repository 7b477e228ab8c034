"""A request under its policies, judged and traced: what explanations and advice look at, and what they try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from policygen.document.model import Effect
from policygen.evaluation.carried import way_of
from policygen.evaluation.layers import Layer, Layers, has_principal, implies_resource, naming_of
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.traces import NOT_APPLICABLE, ElementTrace, LayerTrace, StatementTrace
from policygen.evaluation.results.verdict import EvalDecision, PolicyType, Verdict
from policygen.evaluation.services import kms, s3
from policygen.evaluation.statements import CompiledStatement
from policygen.request.condition_keys import Way
from policygen.request.model import Request

Judge = Callable[[Policies, Request], tuple[Request, Layers, Verdict]]
"""Gives the verdict on a request, with the request it rests on (a call may need further actions) and its layers."""

_TAGS_OF_BUCKETS = ("aws:resourcetag/", "s3:buckettag/")
TAGS_ARE_HIDDEN = "bucket tags are not visible to policies: ABAC is off for the bucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A statement's trace, with what it was made of.

    Attributes:
        layer: The outcome of its policy type (or level), without statements.
        trace: The statement against the request.
        compiled: The statement; None for a grant, which is shown as one.
    """

    layer: LayerTrace
    trace: StatementTrace
    compiled: CompiledStatement | None

    @property
    def denies(self) -> bool:
        """Whether it is a Deny that applies and counts."""
        trace = self.trace
        return trace.effect is Effect.DENY and trace.applies and self.layer.outcome != NOT_APPLICABLE

    @property
    def allows(self) -> bool:
        """Whether it is an Allow that applies."""
        return self.trace.effect is Effect.ALLOW and self.trace.applies


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One request under its policies.

    Attributes:
        judge: Judges other requests, and other policies.
        policies: The policies that decided.
        asked: The request.
        judged: The request on which the verdict rests: the same, or one for a further action that the call needs.
        verdict: The verdict.
        layers: Every policy type.
        statements: Every statement, in the order of the policy types.
    """

    judge: Judge
    policies: Policies
    asked: Request
    judged: Request
    verdict: Verdict
    layers: tuple[LayerTrace, ...]
    statements: tuple[Traced, ...]

    @classmethod
    def of(cls, judge: Judge, policies: Policies, request: Request) -> Self:
        """Return the situation of a completed request."""
        judged, layers, verdict = judge(policies, request)
        traced = [_of_layer(layer, policies, judged) for layer in layers.all()]
        traced += _of_grants(policies, judged, layers)
        return cls(
            judge=judge,
            policies=policies,
            asked=request,
            judged=judged,
            verdict=verdict,
            layers=tuple(replace(layer, statements=tuple(each.trace for each in found)) for layer, found in traced),
            statements=tuple(each for _, found in traced for each in found),
        )

    def under(self, policies: Policies) -> Situation:
        """Return the same request under other policies."""
        return Situation.of(self.judge, policies, self.asked)

    def verdict_on(self, request: Request) -> Verdict:
        """Return the verdict on another request under the same policies."""
        return self.judge(self.policies, request)[2]

    def like_judged(self, request: Request) -> Request:
        """Return another request as statements see it: with the default encryption, and for the action judged."""
        seen = s3.with_default_encryption(request, self.policies.settings)
        return seen if seen.action == self.judged.action else seen.with_action(self.judged.action)

    def applies(self, traced: Traced, request: Request) -> bool:
        """Tell whether a statement applies to another request of the same caller, as far as its Principal goes."""
        implied = implies_resource(traced.layer.policy_type, request)
        return traced.compiled is not None and traced.compiled.applies(request, implies_resource=implied)

    def way(self, request: Request) -> Way | None:
        """Return the way that a request takes; None when nothing tells it."""
        return way_of(request, through_endpoint=self.policies.vpc_endpoint is not None)


def is_hidden_tag(key: str, policies: Policies) -> bool:
    """Tell whether a key stands for a tag of the bucket, which no condition sees (S49)."""
    return policies.settings.hides_tags and key.lower().startswith(_TAGS_OF_BUCKETS)


def _outcome(layer: Layer) -> str:
    if not layer.consulted:
        return NOT_APPLICABLE
    outcome = EvalDecision.IMPLICIT_DENY
    if layer.denies:
        outcome = EvalDecision.EXPLICIT_DENY
    elif layer.allows or layer.policy_type is PolicyType.RESOURCE_CONTROL:
        outcome = EvalDecision.ALLOWED  # RCPFullAWSAccess is implied at each level (E61)
    return str(outcome.value)


def _of_layer(layer: Layer, policies: Policies, request: Request) -> tuple[LayerTrace, list[Traced]]:
    note = layer.not_consulted if layer.given else None
    found = LayerTrace(policy_type=layer.policy_type, level=layer.level, outcome=_outcome(layer), note=note)
    return found, [
        Traced(layer=found, trace=_of_statement(layer.policy_type, each, policies, request), compiled=each)
        for each in layer.statements()
    ]


def _of_statement(
    policy_type: PolicyType, compiled: CompiledStatement, policies: Policies, request: Request
) -> StatementTrace:
    names = naming_of(policy_type, policies, request)(compiled) if has_principal(policy_type) else None
    written = compiled.statement
    elements = compiled.trace(request, names=names, implies_resource=implies_resource(policy_type, request))
    return StatementTrace(
        policy=compiled.policy,
        sid=written.sid,
        index=written.index,
        effect=written.effect,
        elements=tuple(_with_hidden_tag(each, policies) for each in elements),
    )


def _with_hidden_tag(element: ElementTrace, policies: Policies) -> ElementTrace:
    if element.key is None or element.found or not is_hidden_tag(element.key, policies):
        return element
    return replace(element, remarks=(*element.remarks, TAGS_ARE_HIDDEN))


def _of_grants(policies: Policies, request: Request, layers: Layers) -> Iterator[tuple[LayerTrace, list[Traced]]]:
    """Yield the grants as one type; each is shown as a statement that allows."""
    if policies.grants:
        outcome = EvalDecision.ALLOWED if layers.grants else EvalDecision.IMPLICIT_DENY
        found = LayerTrace(policy_type=PolicyType.GRANT, outcome=outcome.value)
        traces = (
            StatementTrace(
                policy=grant.name, sid=None, index=index, effect=Effect.ALLOW, elements=kms.trace_grant(grant, request)
            )
            for index, grant in enumerate(policies.grants)
        )
        yield found, [Traced(layer=found, trace=trace, compiled=None) for trace in traces]
