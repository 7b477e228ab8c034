"""From a check that failed to the document, the statement and the element to change, and the statement that mends it.

The spec's own generated documents are the yardstick: the statement that failed is laid beside the generated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policygen.document import PolicyDocument
from policygen.document.model import Effect
from policygen.document.write import STATEMENT_ORDER, thaw
from policygen.evaluation import Decision, Environment, EvalDecision, MatchedStatement
from policygen.evaluation.statements import ElementTrace
from policygen.evaluation.traces import StatementTrace, describe
from policygen.verification.documents import Documents
from policygen.verification.probes import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Where to look and what to write.

    Attributes:
        document: Path of the document to change, or None.
        statement: Sid or ``#index``, or None.
        element: For example ``Condition/StringLike/kms:ViaService``, or None.
        fix: The statement as it should be, or None.
        detail: One sentence.
    """

    document: str | None = None
    statement: str | None = None
    element: str | None = None
    fix: Mapping[str, Any] | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What the spec generates: documents, and the environment they make."""

    documents: Documents
    environment: Environment


def diagnose(probe: Probe, decision: Decision, documents: Documents, yardstick: Yardstick) -> Diagnosis:
    """Return where a failed probe points."""
    if probe.must_allow and decision.decision is EvalDecision.EXPLICIT_DENY:
        return _denied(decision, documents, yardstick)
    if probe.must_allow:
        return _not_allowed(probe, decision, documents, yardstick)
    return _not_denied(probe, decision, documents, yardstick)


def _denied(decision: Decision, documents: Documents, yardstick: Yardstick) -> Diagnosis:
    """A Deny hits what must work."""
    deny = decision.matched_statements[0]
    fix = _counterpart(deny, documents, yardstick)
    conditions = [each for each in _trace_of(deny, decision) if each.element == "Condition"]
    element = _difference(_written(deny, documents), fix) or (_element(conditions[0]) if conditions else "Action")
    return Diagnosis(
        document=deny.policy,
        statement=deny.label,
        element=element,
        fix=fix,
        detail=f"denied by `{deny.label}`",
    )


def _trace_of(matched: MatchedStatement, decision: Decision) -> tuple[ElementTrace, ...]:
    for layer in decision.explain().layers:
        for statement in layer.statements:
            if statement.policy == matched.policy and statement.index == matched.index:
                return statement.elements
    return ()


def _element(trace: ElementTrace) -> str:
    return f"Condition/{trace.operator}/{trace.key}" if trace.key is not None else trace.element


def _not_allowed(probe: Probe, decision: Decision, documents: Documents, yardstick: Yardstick) -> Diagnosis:
    """Nothing allows what must work: show the statement that comes nearest, or the one that is missing."""
    explanation = decision.explain()
    nearest = explanation.nearest
    granting = _lacking(_generated_statements(probe, Effect.ALLOW, yardstick), documents, yardstick)
    if nearest is None or nearest.policy not in documents.policies or not _is_near(nearest):
        return _missing(granting, documents, yardstick, explanation.because)
    found = MatchedStatement(
        policy_type=explanation.layers[0].policy_type,
        policy=nearest.policy,
        sid=nearest.sid,
        index=nearest.index,
        effect=nearest.effect,
    )
    fix = _counterpart(found, documents, yardstick)
    if granting is not None and granting.policy == nearest.policy:
        fix = _written(granting, yardstick.documents)
    return Diagnosis(
        document=nearest.policy,
        statement=nearest.label,
        element=_element(nearest.failed[0]),
        fix=fix,
        detail=describe(nearest.failed[0]),
    )


def _is_near(nearest: StatementTrace) -> bool:
    """Tell whether a statement is the one to change: its conditions alone fail, or one other element alone."""
    failed = [each.element for each in nearest.failed]
    return "Action" not in failed and (set(failed) == {"Condition"} or len(failed) == 1)


def _missing(granting: MatchedStatement | None, documents: Documents, yardstick: Yardstick, because: str) -> Diagnosis:
    if granting is None:
        return Diagnosis(detail=because)
    fix = _written(granting, yardstick.documents)
    actual = documents.policies.get(granting.policy)
    same = _with_sid(actual, granting.sid)
    detail = because if actual is not None else f"{because}: {granting.policy} does not exist"
    element = _difference(same, fix) if same is not None else None
    return Diagnosis(document=granting.policy, statement=granting.label, element=element, fix=fix, detail=detail)


def _generated_statements(probe: Probe, effect: Effect, yardstick: Yardstick) -> list[MatchedStatement]:
    """Return the generated statements that decide the request as the spec asks."""
    decision = yardstick.environment.authorize(probe.request)
    known = yardstick.documents.policies
    return [each for each in decision.matched_statements if each.effect is effect and each.policy in known]


def _lacking(generated: list[MatchedStatement], documents: Documents, yardstick: Yardstick) -> MatchedStatement | None:
    """Return the first generated statement that the documents lack or have changed; else the first."""
    for each in generated:
        if _with_sid(documents.policies.get(each.policy), each.sid) != _written(each, yardstick.documents):
            return each
    return next(iter(generated), None)


def _not_denied(probe: Probe, decision: Decision, documents: Documents, yardstick: Yardstick) -> Diagnosis:
    """Something allows what must not work: a Deny that is missing or changed, or an Allow that is too wide."""
    deny = _lacking(_generated_statements(probe, Effect.DENY, yardstick), documents, yardstick)
    if deny is not None:
        return _lost_deny(deny, documents, yardstick)
    widest = _widest(decision, documents, yardstick)
    if widest is None:
        return Diagnosis(detail="allowed without any statement of the documents")
    written = _written(widest, documents)
    fix = _counterpart(widest, documents, yardstick)
    element = _difference(written, fix) if fix is not None else None
    return Diagnosis(
        document=widest.policy,
        statement=widest.label,
        element=element or _element_to_narrow(probe, written),
        fix=fix,
        detail=f"allowed by `{widest.label}`" + ("" if fix is not None else ", which the spec does not call for"),
    )


def _lost_deny(deny: MatchedStatement, documents: Documents, yardstick: Yardstick) -> Diagnosis:
    fix = _written(deny, yardstick.documents)
    actual = documents.policies.get(deny.policy)
    same = _with_sid(actual, deny.sid)
    detail = f"`{deny.label}` no longer denies it" if same is not None else f"the statement `{deny.label}` is missing"
    return Diagnosis(document=deny.policy, statement=deny.label, element=_difference(same, fix), fix=fix, detail=detail)


def _widest(decision: Decision, documents: Documents, yardstick: Yardstick) -> MatchedStatement | None:
    """Return the Allow to narrow: one that differs from what is generated comes first."""
    known = [each for each in decision.matched_statements if each.policy in documents.policies]
    changed = [each for each in known if _written(each, documents) != _counterpart(each, documents, yardstick)]
    return next(iter(changed or known), None)


def _element_to_narrow(probe: Probe, written: Mapping[str, Any] | None) -> str | None:
    wrong = probe.wrong or ""
    if not wrong.startswith("Condition/") or written is None:
        return wrong or None
    key = wrong.partition("/")[2]
    for operator, entries in (written.get("Condition") or {}).items():
        if isinstance(entries, Mapping) and key.lower() in {name.lower() for name in entries}:
            return f"Condition/{operator}/{key}"
    return wrong


def _statements(document: PolicyDocument | None) -> list[Mapping[str, Any]]:
    if document is None or not isinstance(document.written, Mapping):
        return []
    value: Any = thaw(document.written).get("Statement", [])
    return [value] if isinstance(value, Mapping) else [each for each in value if isinstance(each, Mapping)]


def _written(matched: MatchedStatement, documents: Documents) -> Mapping[str, Any] | None:
    statements = _statements(documents.policies.get(matched.policy))
    return statements[matched.index] if matched.index < len(statements) else None


def _with_sid(document: PolicyDocument | None, sid: str | None) -> Mapping[str, Any] | None:
    return next((each for each in _statements(document) if sid is not None and each.get("Sid") == sid), None)


def generated_statement(path: str, sid: str | None, yardstick: Yardstick) -> Mapping[str, Any] | None:
    """Return the generated statement with a Sid in the document at ``path``, or None."""
    return _with_sid(yardstick.documents.policies.get(path), sid)


def _counterpart(matched: MatchedStatement, documents: Documents, yardstick: Yardstick) -> Mapping[str, Any] | None:
    """Return the generated statement that stands where ``matched`` stands: the same Sid, or the same place."""
    generated = yardstick.documents.policies.get(matched.policy)
    if matched.sid is not None:
        return _with_sid(generated, matched.sid)
    statements = _statements(generated)
    same_length = len(statements) == len(_statements(documents.policies.get(matched.policy)))
    return statements[matched.index] if same_length and matched.index < len(statements) else None


def _difference(actual: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> str | None:
    """Return the first element in which two statements differ, conditions by operator and key; None when none does."""
    if actual is None or expected is None:
        return None
    for name in STATEMENT_ORDER:
        if _listed(actual.get(name)) == _listed(expected.get(name)):
            continue
        if name == "Condition":
            return _condition_difference(actual.get(name) or {}, expected.get(name) or {})
        return name
    return None


def _condition_difference(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    for operator in dict.fromkeys((*expected, *actual)):
        ours, theirs = actual.get(operator) or {}, expected.get(operator) or {}
        for key in dict.fromkeys((*theirs, *ours)):
            if _listed(ours.get(key)) != _listed(theirs.get(key)):
                return f"Condition/{operator}/{key}"
    return "Condition"


def _listed(value: Any) -> Any:
    """One value and a list of that one value mean the same."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
