"""From a check that failed to the document, the statement and the element to change, and the statement that mends it.

The spec's own generated documents are the yardstick: the statement that failed is laid beside the generated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policygen.document import PolicyDocument
from policygen.document.model import Effect
from policygen.document.write import STATEMENT_ORDER
from policygen.evaluation import Decision, EvalDecision, MatchedStatement
from policygen.evaluation.results.traces import ElementTrace, describe
from policygen.request import PrincipalKind
from policygen.verification.counterparts import Written, counterpart, statements_of, with_sid
from policygen.verification.locate import LIMITS, Target, Yardstick, generated_of
from policygen.verification.mend import sparing, sparing_services, widened
from policygen.verification.probes import Probe, Step

Policies = Mapping[str, PolicyDocument]
"""The documents under verification, and the organization's policies, by name."""

_STAND_INS = (Step.GUARDED, Step.OWNER, Step.KEY_OWNER)
"""Steps whose caller stands for others, and exists in no account."""

_LITERAL = ("StringEquals", "StringEqualsIgnoreCase")


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


def diagnose(
    probe: Probe, decision: Decision, target: Target | None, policies: Policies, yardstick: Yardstick
) -> Diagnosis:
    """Return where a failed probe points; ``target`` is what :func:`locate` found for an implicit deny."""
    if probe.must_allow and decision.decision is EvalDecision.EXPLICIT_DENY:
        return _denied(probe, decision, policies, yardstick)
    if probe.must_allow:
        return _not_allowed(decision, target, policies)
    return _not_denied(probe, decision, policies, yardstick)


def _denied(probe: Probe, decision: Decision, policies: Policies, yardstick: Yardstick) -> Diagnosis:
    """A Deny hits what must work: what is generated in its place, or the same Deny that spares the role."""
    deny = decision.matched_statements[0]
    written = _written(deny, policies)
    named = with_sid(_generated(deny.policy, yardstick), deny.sid)
    return Diagnosis(
        document=deny.policy,
        statement=deny.label,
        element=_difference(written, named) or _denying_element(deny, decision, written),
        fix=named if named is not None or written is None else _sparing(probe, written),
        detail=f"denied by `{deny.label}` of {deny.policy}",
    )


def _sparing(probe: Probe, written: Written) -> Written | None:
    """Return a Deny of somebody's own that spares the caller; None for callers who stand for others."""
    caller = probe.request.principal
    if caller.kind is PrincipalKind.SERVICE:
        return sparing_services(written)
    arn = caller.role_arn or (caller.arn if caller.kind is PrincipalKind.USER else None)
    return None if arn is None or probe.step in _STAND_INS else sparing(written, arn)


def _denying_element(deny: MatchedStatement, decision: Decision, written: Written | None) -> str:
    """Return the element through which a Deny reaches the role: a condition, NotPrincipal, else the action."""
    conditions = [each for each in _trace_of(deny, decision) if each.element == "Condition"]
    if conditions:
        return _element(conditions[0])
    return "NotPrincipal" if written is not None and "NotPrincipal" in written else "Action"


def _trace_of(matched: MatchedStatement, decision: Decision) -> tuple[ElementTrace, ...]:
    for layer in decision.explain().layers:
        for statement in layer.statements:
            if statement.policy == matched.policy and statement.index == matched.index:
                return statement.elements
    return ()


def _element(trace: ElementTrace) -> str:
    return f"Condition/{trace.operator}/{trace.key}" if trace.key is not None else trace.element


def _not_allowed(decision: Decision, target: Target | None, policies: Policies) -> Diagnosis:
    """Nothing allows what must work: the statement to change, or the one that is missing."""
    because = decision.explain().because
    if target is None:
        return Diagnosis(detail=because)
    if target.policy_type in LIMITS:
        return _limited(target, decision.request.action, because)
    if target.trace is None:
        missing = f"{because}: {target.document} does not exist" if target.document not in policies else because
        label = target.wanted.get("Sid") or "#0" if target.wanted is not None else None
        return Diagnosis(document=target.document, statement=label, fix=target.wanted, detail=missing)
    failed = target.trace.failed
    return Diagnosis(
        document=target.document,
        statement=target.trace.label,
        element=_element(failed[0]) if failed else "Principal",
        fix=_under_its_name(target.wanted, target.written),
        detail=(_in_words(failed[0]) if failed else because) + _beside(target),
    )


def _beside(target: Target) -> str:
    """Return what else a statement does, which must not be lost when it is changed."""
    names = ", ".join(f"`{each}`" for each in target.others)
    return f"; it also does the work of {names}: keep that in a statement of its own" if names else ""


def _limited(target: Target, action: str, because: str) -> Diagnosis:
    """A boundary or SCP is silent: its Allow, with what is missing."""
    wanted = target.wanted or {"Effect": "Allow", "Action": [action], "Resource": "*"}
    return Diagnosis(
        document=target.document,
        statement=target.trace.label if target.trace is not None else None,
        element="Action" if target.trace is not None else None,
        fix=widened(target.written or {}, wanted),
        detail=because,
    )


def _in_words(element: ElementTrace) -> str:
    """Return one sentence about an element; that StringEquals takes ``*`` literally is said."""
    literal = element.operator in _LITERAL and any("*" in each for each in element.wanted)
    return describe(element) + (f" ({element.operator} takes `*` literally: use StringLike)" if literal else "")


def _under_its_name(wanted: Written | None, written: Written | None) -> Written | None:
    """Return the wanted statement under the Sid of the one that it replaces."""
    if wanted is None or written is None or "Sid" not in written:
        return wanted
    return {"Sid": written["Sid"]} | {name: value for name, value in wanted.items() if name != "Sid"}


def _not_denied(probe: Probe, decision: Decision, policies: Policies, yardstick: Yardstick) -> Diagnosis:
    """Something allows what must not work: a Deny that is missing or changed, or an Allow that is too wide."""
    deny = next(
        (each for each in _generated_denies(probe, yardstick) if not _has_equal(each, policies, yardstick)), None
    )
    if deny is not None:
        return _lost_deny(deny, policies, yardstick)
    widest = _widest(decision, policies, yardstick)
    if widest is None:
        return Diagnosis(detail="allowed without any statement of the documents")
    written = _written(widest, policies)
    wanted = counterpart(written, _generated(widest.policy, yardstick)) if written is not None else None
    return Diagnosis(
        document=widest.policy,
        statement=widest.label,
        element=_too_wide(probe, written, wanted),
        fix=_under_its_name(wanted, written),
        detail=f"allowed by `{widest.label}`"
        + ("" if wanted is not None else ", which the spec does not call for: take the statement away"),
    )


def _generated_denies(probe: Probe, yardstick: Yardstick) -> list[MatchedStatement]:
    decision = yardstick.environment.authorize(probe.request)
    known = yardstick.documents.policies
    return [each for each in decision.matched_statements if each.effect is Effect.DENY and each.policy in known]


def _has_equal(matched: MatchedStatement, policies: Policies, yardstick: Yardstick) -> bool:
    wanted = generated_of(matched, yardstick)
    return any(_difference(each, wanted) is None for each in statements_of(policies.get(matched.policy)))


def _lost_deny(deny: MatchedStatement, policies: Policies, yardstick: Yardstick) -> Diagnosis:
    wanted, generated = generated_of(deny, yardstick), _generated(deny.policy, yardstick)
    ours = enumerate(statements_of(policies.get(deny.policy)))
    found = next(((number, each) for number, each in ours if counterpart(each, generated) == wanted), None)
    if found is None:
        detail = f"the statement `{deny.label}` is missing"
        return Diagnosis(document=deny.policy, statement=deny.label, fix=wanted, detail=detail)
    label = str(found[1].get("Sid") or f"#{found[0]}")
    return Diagnosis(
        document=deny.policy,
        statement=label,
        element=_difference(found[1], wanted),
        fix=_under_its_name(wanted, found[1]),
        detail=f"`{label}` does not deny it",
    )


def _widest(decision: Decision, policies: Policies, yardstick: Yardstick) -> MatchedStatement | None:
    """Return the Allow to narrow: one that differs from what is generated comes first."""
    known = [each for each in decision.matched_statements if each.policy in policies]
    changed = [each for each in known if _differs(each, policies, yardstick)]
    return next(iter(changed or known), None)


def _differs(matched: MatchedStatement, policies: Policies, yardstick: Yardstick) -> bool:
    written = _written(matched, policies)
    wanted = counterpart(written, _generated(matched.policy, yardstick)) if written is not None else None
    return wanted is None or _difference(written, wanted) is not None


def _too_wide(probe: Probe, written: Written | None, wanted: Written | None) -> str | None:
    """Return the element that should have refused the request, where it differs; else the first that differs."""
    wrong = probe.wrong or ""
    differences = _differences(written, wanted)
    asked = next((each for each in differences if each == wrong or each.lower().endswith(_key_of(wrong))), None)
    return asked or next(iter(differences), None) or _element_to_narrow(wrong, written)


def _key_of(wrong: str) -> str:
    """Return the end of an element with a condition key: ``/kms:viaservice``; what no element ends with else."""
    kind, _, key = wrong.partition("/")
    return f"/{key.lower()}" if kind == "Condition" else "//"


def _element_to_narrow(wrong: str, written: Written | None) -> str | None:
    if not wrong.startswith("Condition/") or written is None:
        return wrong or None
    key = wrong.partition("/")[2]
    for operator, entries in (written.get("Condition") or {}).items():
        if isinstance(entries, Mapping) and key.lower() in {name.lower() for name in entries}:
            return f"Condition/{operator}/{key}"
    return wrong


def _written(matched: MatchedStatement, policies: Policies) -> Written | None:
    statements = statements_of(policies.get(matched.policy))
    return statements[matched.index] if matched.index < len(statements) else None


def _generated(path: str, yardstick: Yardstick) -> list[Written]:
    return statements_of(yardstick.documents.policies.get(path))


def _difference(actual: Written | None, expected: Written | None) -> str | None:
    """Return the first element in which two statements differ, conditions by operator and key; None when none does."""
    return next(iter(_differences(actual, expected)), None)


def _differences(actual: Written | None, expected: Written | None) -> list[str]:
    """Return every element in which two statements differ; what they are called does not count."""
    if actual is None or expected is None:
        return []
    found: list[str] = []
    for name in STATEMENT_ORDER[1:]:
        if _plain(actual.get(name)) == _plain(expected.get(name)):
            continue
        if name == "Condition":
            found.extend(_condition_differences(actual.get(name) or {}, expected.get(name) or {}))
        else:
            found.append(name)
    return found


def _condition_differences(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    found = []
    for operator in dict.fromkeys((*expected, *actual)):
        ours, theirs = actual.get(operator) or {}, expected.get(operator) or {}
        for key in dict.fromkeys((*theirs, *ours)):
            if _plain(ours.get(key)) != _plain(theirs.get(key)):
                found.append(f"Condition/{operator}/{key}")
    return found or ["Condition"]


def _plain(value: Any) -> Any:
    """One value and a list of that one value mean the same, and so do two orders of a list."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 else sorted(map(str, value))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value
