"""Why a decision came out as it did: as values, as JSON, and as text that is read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policygen.document.model import Effect
from policygen.evaluation.combine import Verdict, policy_type_name
from policygen.evaluation.decision import EvalDecision, PolicyType
from policygen.evaluation.layers import Layer, Layers, endpoint_naming, names_through_boundary
from policygen.evaluation.policies import PolicySet
from policygen.evaluation.services import sts
from policygen.evaluation.statements import CompiledStatement, ElementTrace
from policygen.matching.conditions import ConditionReason
from policygen.matching.principals import PrincipalMatch
from policygen.request.model import ContextValue, Request

NOT_APPLICABLE = "notApplicable"
"""Outcome of a policy type that AWS does not consult here."""

_MOST_VALUES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTrace:
    """One statement against the request: each element, and whether all of them match."""

    policy: str
    sid: str | None
    index: int
    effect: Effect
    elements: tuple[ElementTrace, ...]

    @property
    def applies(self) -> bool:
        """Whether every element matches."""
        return all(element.matched for element in self.elements)

    @property
    def failed(self) -> tuple[ElementTrace, ...]:
        """The elements that do not match."""
        return tuple(element for element in self.elements if not element.matched)

    @property
    def label(self) -> str:
        """The Sid, or ``#index``."""
        return self.sid if self.sid else f"#{self.index}"

    def to_dict(self) -> dict[str, object]:
        """Return the trace as JSON-ready values."""
        return {
            "policy": self.policy,
            "sid": self.sid,
            "index": self.index,
            "effect": self.effect.value,
            "applies": self.applies,
            "elements": [element.to_dict() for element in self.elements],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTrace:
    """One policy type: its outcome and its statements.

    Attributes:
        policy_type: The type.
        level: For SCPs and RCPs, the level from 0 (root).
        outcome: ``allowed``, ``explicitDeny``, ``implicitDeny`` or ``notApplicable``.
        note: Why it is not consulted, or None.
        statements: Every statement of its policies.
    """

    policy_type: PolicyType
    outcome: str
    level: int | None = None
    note: str | None = None
    statements: tuple[StatementTrace, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the outcome as JSON-ready values."""
        found: dict[str, object] = {"outcome": self.outcome}
        if self.note:
            found["note"] = self.note
        return found | {"statements": [statement.to_dict() for statement in self.statements]}


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
        for layer in self.layers:
            name = layer.policy_type.value
            if layer.level is None:
                found[name] = layer.to_dict()
            else:
                levels = found.setdefault(name, [])
                if isinstance(levels, list):
                    levels.append({"level": layer.level, **layer.to_dict()})
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
    return ", ".join(labels[:_MOST_VALUES]) + (" …" if len(labels) > _MOST_VALUES else "")


def describe(element: ElementTrace) -> str:
    """Return one sentence about an element that does not match."""
    wanted = " or ".join(f"`{value}`" for value in element.wanted[:_MOST_VALUES]) or "nothing"
    wanted += " …" if len(element.wanted) > _MOST_VALUES else ""
    found = ", ".join(f"`{value}`" for value in element.found) or "nothing"
    if element.key is not None:
        state = "the request does not have it" if not element.found else f"the request has {found}"
        return f"Condition {element.operator} {element.key}: wants {wanted}, {state}"
    return f"{element.element}: names {wanted}, the request has {found}"


def explain(
    policies: PolicySet, request: Request, layers: Layers, verdict: Verdict, missing: tuple[str, ...]
) -> Explanation:
    """Return the explanation of a verdict."""
    traces = tuple(_trace_layer(layer, policies, request) for layer in layers.all())
    nearest = _nearest(traces, verdict)
    return Explanation(
        decision=verdict.decision,
        because=verdict.because,
        request=request,
        layers=(*traces, *_trace_grants(policies, layers)),
        filled_in=request.filled_in,
        missing_context=missing,
        nearest=nearest,
        suggestions=tuple(_suggestions(verdict, nearest, traces, request)),
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


def _trace_grants(policies: PolicySet, layers: Layers) -> Iterator[LayerTrace]:
    if policies.grants:
        outcome = EvalDecision.ALLOWED if layers.grants else EvalDecision.IMPLICIT_DENY
        yield LayerTrace(policy_type=PolicyType.GRANT, outcome=outcome.value)


def _nearest(traces: Iterable[LayerTrace], verdict: Verdict) -> StatementTrace | None:
    """Return the Allow that fails in the fewest elements; one whose Action and Principal match comes first."""
    if verdict.decision is not EvalDecision.IMPLICIT_DENY:
        return None
    blocking = [trace for trace in traces if trace.policy_type in verdict.blocked_by]
    candidates = [
        (not _action_matches(statement), not _principal_matches(statement), len(statement.failed), number, statement)
        for number, statement in enumerate(each for trace in blocking for each in trace.statements)
        if statement.effect is Effect.ALLOW and statement.failed
    ]
    if not candidates:
        return None
    *_, nearest = min(candidates, key=lambda each: each[:4])
    return nearest


def _action_matches(statement: StatementTrace) -> bool:
    return all(each.matched for each in statement.elements if each.element in ("Action", "NotAction"))


def _principal_matches(statement: StatementTrace) -> bool:
    return all(each.matched for each in statement.elements if each.element in ("Principal", "NotPrincipal"))


def _suggestions(
    verdict: Verdict, nearest: StatementTrace | None, traces: tuple[LayerTrace, ...], request: Request
) -> Iterator[str]:
    if verdict.decision is EvalDecision.EXPLICIT_DENY:
        yield from _suggest_against_deny(traces)
    elif verdict.decision is EvalDecision.IMPLICIT_DENY and nearest is not None and _action_matches(nearest):
        yield from (_suggest(element) for element in nearest.failed)
    elif verdict.blocked_by:
        kind = policy_type_name(verdict.blocked_by[0], request)
        yield f"allow {request.action} on {request.resource} in the {kind}"


def _suggest(element: ElementTrace) -> str:
    if element.key is None:
        return f"let {element.element} cover `{element.found[0] if element.found else ''}`"
    if element.reason == ConditionReason.KEY_ABSENT.value and element.wanted:
        return f"add `{element.key}={element.wanted[0]}` to the request"
    if element.reason == ConditionReason.VARIABLE_UNRESOLVED.value:
        return f"give the request the value that `{', '.join(element.wanted)}` refers to"
    return f"change `{element.key}` in the request, or the values of {element.operator} in the policy"


def _suggest_against_deny(traces: tuple[LayerTrace, ...]) -> Iterator[str]:
    for trace in traces:
        for statement in trace.statements:
            if statement.effect is Effect.DENY and statement.applies and trace.outcome != NOT_APPLICABLE:
                conditions = [each for each in statement.elements if each.key is not None]
                where = f"`{statement.label}` of {statement.policy}"
                if conditions:
                    keys = ", ".join(f"`{each.key}`" for each in conditions)
                    yield f"send a request that {where} does not cover: it looks at {keys}"
                else:
                    yield f"take the request out of {where}: it has no condition"
