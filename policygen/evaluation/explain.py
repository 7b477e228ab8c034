"""Why a verdict came out as it did: every policy type and statement against the request, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policygen.document.model import Effect
from policygen.evaluation.layers import Layer, Layers, has_principal, implies_resource, naming_of
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.explanation import Explanation
from policygen.evaluation.results.traces import NOT_APPLICABLE, LayerTrace, StatementTrace
from policygen.evaluation.results.verdict import EvalDecision, PolicyType, Verdict
from policygen.evaluation.services import kms
from policygen.evaluation.statements import CompiledStatement
from policygen.evaluation.suggestions import nearest_allow, suggest
from policygen.request.model import Request


def explain(
    policies: Policies,
    request: Request,
    layers: Layers,
    verdict: Verdict,
    missing: tuple[str, ...],
    judge: Callable[[Request], Verdict],
) -> Explanation:
    """Return the explanation of a verdict; ``judge`` gives the verdict on another request under the same policies."""
    traces = tuple(_trace_layer(layer, policies, request) for layer in layers.all())
    traces += tuple(_trace_grants(policies, request, layers))
    nearest = nearest_allow(traces, verdict)
    return Explanation(
        decision=verdict.decision,
        because=verdict.because,
        request=request,
        layers=traces,
        filled_in=request.filled_in,
        missing_context=missing,
        nearest=nearest,
        suggestions=tuple(suggest(request, verdict, nearest, traces, judge)),
    )


def _outcome(layer: Layer) -> str:
    if not layer.consulted:
        return NOT_APPLICABLE
    outcome = EvalDecision.IMPLICIT_DENY
    if layer.denies:
        outcome = EvalDecision.EXPLICIT_DENY
    elif layer.allows or layer.policy_type is PolicyType.RESOURCE_CONTROL:
        outcome = EvalDecision.ALLOWED  # RCPFullAWSAccess is implied at each level (E61)
    return str(outcome.value)


def _trace_layer(layer: Layer, policies: Policies, request: Request) -> LayerTrace:
    statements = (statement for policy in layer.policies for statement in policy.statements)
    note = layer.not_consulted if layer.given else None
    return LayerTrace(
        policy_type=layer.policy_type,
        level=layer.level,
        outcome=_outcome(layer),
        note=note,
        statements=tuple(_trace_statement(layer.policy_type, each, policies, request) for each in statements),
    )


def _trace_statement(
    policy_type: PolicyType, compiled: CompiledStatement, policies: Policies, request: Request
) -> StatementTrace:
    names = naming_of(policy_type, policies, request)(compiled) if has_principal(policy_type) else None
    written = compiled.statement
    return StatementTrace(
        policy=compiled.policy,
        sid=written.sid,
        index=written.index,
        effect=written.effect,
        elements=compiled.trace(request, names=names, implies_resource=implies_resource(policy_type, request)),
    )


def _trace_grants(policies: Policies, request: Request, layers: Layers) -> Iterator[LayerTrace]:
    """Yield the grants as one type; each is shown as a statement that allows."""
    if policies.grants:
        outcome = EvalDecision.ALLOWED if layers.grants else EvalDecision.IMPLICIT_DENY
        traces = (
            StatementTrace(
                policy=grant.name, sid=None, index=index, effect=Effect.ALLOW, elements=kms.trace_grant(grant, request)
            )
            for index, grant in enumerate(policies.grants)
        )
        yield LayerTrace(policy_type=PolicyType.GRANT, outcome=outcome.value, statements=tuple(traces))
