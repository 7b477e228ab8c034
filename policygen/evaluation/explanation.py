"""Why a decision came out as it did: as values, as JSON, and as text that is read in ten seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policygen.document.model import Effect
from policygen.evaluation.combine import Verdict
from policygen.evaluation.decision import EvalDecision, PolicyType
from policygen.evaluation.layers import Layer, Layers, endpoint_naming, names_through_boundary
from policygen.evaluation.policies import PolicySet
from policygen.evaluation.services import kms, sts
from policygen.evaluation.statements import CompiledStatement
from policygen.evaluation.suggestions import nearest_allow, suggest
from policygen.evaluation.traces import MOST_VALUES, NOT_APPLICABLE, LayerTrace, StatementTrace, describe
from policygen.matching.principals import PrincipalMatch
from policygen.request.model import ContextValue, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a request was decided as it was.

    Attributes:
        decision: The decision.
        because: The reason in one sentence.
        request: The request that was judged.
        layers: Every policy type.
        filled_in: Context keys that were derived from the request.
        missing_context: Context keys that AWS always sends, that are missing, and that would change the decision.
        nearest: For an implicit deny, the statement that came nearest to allowing, or None.
        suggestions: What would change the answer, as sentences.
    """

    decision: EvalDecision
    because: str
    request: Request
    layers: tuple[LayerTrace, ...]
    filled_in: tuple[ContextValue, ...]
    missing_context: tuple[str, ...]
    nearest: StatementTrace | None
    suggestions: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as JSON-ready values: one entry a policy type (a list of levels for SCPs and RCPs)."""
        found: dict[str, object] = {"because": self.because}
        levels: dict[str, list[dict[str, object]]] = {}
        for layer in self.layers:
            name = layer.policy_type.value
            if layer.level is None:
                found[name] = layer.to_dict()
            else:
                found[name] = levels.setdefault(name, [])
                levels[name].append({"level": layer.level, **layer.to_dict()})
        found["filled_in"] = {value.name: _plain(value.values) for value in self.filled_in}
        found["nearest"] = self.nearest.to_dict() if self.nearest else None
        found["suggestions"] = list(self.suggestions)
        return found

    def __str__(self) -> str:
        """Return the explanation as people read it."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        word = "ALLOWED" if self.decision is EvalDecision.ALLOWED else "DENIED"
        yield f"{word} ({self.decision.value}): {self.because}"
        yield f"  {self.request.principal.arn}"
        yield f"  {self.request.action} on {self.request.resource}"
        for layer in self.layers:
            if layer.outcome != NOT_APPLICABLE:
                level = "" if layer.level is None else f" level {layer.level}"
                yield f"  {layer.policy_type.value + level:<24} {layer.outcome:<13} {_summary(layer)}".rstrip()
        if self.nearest:
            yield f"  nearest: `{self.nearest.label}` of {self.nearest.policy}"
            yield from (f"    {describe(element)}" for element in self.nearest.failed)
        yield from (f"  to change it: {suggestion}" for suggestion in self.suggestions)
        if self.missing_context:
            yield f"  not stated, and would change it: {', '.join(self.missing_context)}"


def _plain(values: tuple[str, ...]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _summary(layer: LayerTrace) -> str:
    wanted = Effect.DENY if layer.outcome == EvalDecision.EXPLICIT_DENY.value else Effect.ALLOW
    labels = [each.label for each in layer.statements if each.applies and each.effect is wanted]
    return ", ".join(labels[:MOST_VALUES]) + (" …" if len(labels) > MOST_VALUES else "")


def explain(
    policies: PolicySet,
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


def _trace_layer(layer: Layer, policies: PolicySet, request: Request) -> LayerTrace:
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
    policy_type: PolicyType, compiled: CompiledStatement, policies: PolicySet, request: Request
) -> StatementTrace:
    with_principal = policy_type in (
        PolicyType.RESOURCE_BASED,
        PolicyType.RESOURCE_CONTROL,
        PolicyType.VPC_ENDPOINT,
    )
    names = None
    if policy_type is PolicyType.VPC_ENDPOINT:
        names = endpoint_naming(policies, request)(compiled)
    elif policy_type is PolicyType.RESOURCE_BASED and names_through_boundary(compiled, policies, request):
        names = PrincipalMatch.DIRECT
    trust = policy_type is PolicyType.RESOURCE_BASED and sts.is_trust_request(request)
    written = compiled.statement
    return StatementTrace(
        policy=compiled.policy,
        sid=written.sid,
        index=written.index,
        effect=written.effect,
        elements=compiled.trace(request, with_principal=with_principal, is_trust_policy=trust, names=names),
    )


def _trace_grants(policies: PolicySet, request: Request, layers: Layers) -> Iterator[LayerTrace]:
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
