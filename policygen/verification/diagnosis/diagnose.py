"""From a check that failed to the document, the statement and the element to change, and the statement that mends it.

The statement that failed is laid beside the reference statement that it stands for; where no generated statement says
how it should be, somebody's own is changed in one element.

Fact: R16, S32, F18
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from dataclasses import replace

from policygen.document.model import Effect
from policygen.errors import Severity
from policygen.evaluation import Decision, EvalDecision, MatchedStatement
from policygen.evaluation.results.traces import ElementTrace, describe
from policygen.verification.causes import in_words
from policygen.verification.checks import Diagnosis, with_role
from policygen.verification.diagnosis.classify import cause_of, misspelt_key
from policygen.verification.diagnosis.locate import LIMITS, Policies, StatementToChange, locate
from policygen.verification.diagnosis.sparing import spared
from policygen.verification.environment import Reference
from policygen.verification.requests import DerivedRequest, Purpose
from policygen.verification.requests.context import CONTEXT, SSE_KEY
from policygen.verification.similarity import most_similar
from policygen.verification.statements import (
    Written,
    condition_element,
    conditions_of,
    differing_elements,
    is_alias_or_id,
    listed,
    statement_at,
    statements_of,
    with_sid,
)

_EVENT_HOLD = "s3:object-lock-event-hold"
_STAND_INS = (Purpose.GUARDED, Purpose.OWNER, Purpose.KEY_OWNER)
"""Purposes whose caller stands for others, and exists in no account."""


def diagnose(asked: DerivedRequest, decision: Decision, policies: Policies, reference: Reference) -> Diagnosis:
    """Return why a request has not the outcome that it must have.

    Args:
        asked: The request.
        decision: The decision on it.
        policies: What it was judged by.
        reference: What it is explained against.
    """
    found = _found(asked, decision, policies, reference)
    return replace(found, detail=with_role(found.detail, asked.request)) if found.detail is not None else found


def _found(asked: DerivedRequest, decision: Decision, policies: Policies, reference: Reference) -> Diagnosis:
    if not asked.must_allow:
        return _not_denied(asked, decision, policies, reference)
    target = None
    if decision.decision is EvalDecision.EXPLICIT_DENY:
        found = _denied(asked, decision, policies, reference)
    else:
        target = locate(asked.request, decision.explain(), policies, reference)
        found = _not_allowed(decision, target, policies)
    cause, code = cause_of(asked, decision, target, policies)
    detail = f"{in_words(cause, found.detail) or ''}{_doubt(asked, decision)}"
    return replace(found, cause=cause, s3_failure_code=code, detail=detail)


def _doubt(asked: DerivedRequest, decision: Decision) -> str:
    """Return why what is not allowed may not be needed either."""
    if asked.severity is Severity.ERROR or decision.decision is EvalDecision.EXPLICIT_DENY:
        return ""
    if asked.purpose is Purpose.WRITE_TAGS:
        return "; AWS says that s3:ReplicateObject covers an object's tags (R34)"
    return "; AWS's pages disagree on whether S3 needs it (R44)" if asked.request.service == "kms" else ""


def _denied(asked: DerivedRequest, decision: Decision, policies: Policies, reference: Reference) -> Diagnosis:
    """A Deny hits what must work: what is generated in its place, or the same Deny that spares the role."""
    deny = decision.matched_statements[0]
    written = statement_at(policies.get(deny.policy), deny.index)
    named = with_sid(reference.statements(deny.policy), deny.sid)
    return Diagnosis(
        document=deny.policy,
        statement=deny.label,
        element=_difference(written, named) or _denying_element(deny, decision, written),
        fix=named if named is not None or written is None else _spared(asked, written),
        detail=f"denied by `{deny.label}` of {deny.policy}{_bare_id(written) or _on_event_holds(written)}",
    )


def _bare_id(written: Written | None) -> str:
    """Return that a Deny compares the key of an upload with what S3 never sends for it: anything but an ARN."""
    compared = (values for _, key, values in conditions_of(written) if key.lower() == SSE_KEY.lower())
    bare = next((each for values in compared for each in listed(values) if is_alias_or_id(each)), "")
    return f": S3 sends the ARN of the key, which `{bare}` is not" if bare else ""


def _on_event_holds(written: Written | None) -> str:
    """Return that a Deny asks for an event hold, which the object of a request like this has none of.

    Fact: N7, F18
    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    """
    held = any(key.lower().startswith(_EVENT_HOLD) for _, key, _ in conditions_of(written))
    return ": objects that are under no event hold do not replicate (N7)" if held else ""


def _spared(asked: DerivedRequest, written: Written) -> Written | None:
    """Return a Deny of somebody's own that lets a request through; None for callers who stand for others."""
    return None if asked.purpose in _STAND_INS else spared(written, asked.request)


def _denying_element(deny: MatchedStatement, decision: Decision, written: Written | None) -> str:
    """Return the element through which a Deny reaches the role: a condition, NotPrincipal, else the action."""
    for layer in decision.explain().layers:
        for statement in layer.statements:
            conditions = [each for each in statement.elements if each.element == "Condition"]
            if conditions and (statement.policy, statement.index) == (deny.policy, deny.index):
                return _element(conditions[0])
    return "NotPrincipal" if written is not None and "NotPrincipal" in written else "Action"


def _element(trace: ElementTrace) -> str:
    return condition_element(trace.operator, trace.key) if trace.key is not None else trace.element


def _not_allowed(decision: Decision, target: StatementToChange | None, policies: Policies) -> Diagnosis:
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
        fix=target.wanted,
        detail=(_described(failed[0]) if failed else because) + _misspelt(target),
    )


def _described(failed: ElementTrace) -> str:
    """Return one sentence about an element; what S3's session would have to state is no advice to anybody."""
    return describe(replace(failed, remarks=()) if failed.element == "Principal" else failed)


def _misspelt(target: StatementToChange) -> str:
    """Return that a statement asks for a key that S3 never sends."""
    misspelt = misspelt_key(target)
    return f"; S3 never sends `{misspelt}`: `{CONTEXT}` is meant (R53)" if misspelt else ""


def _limited(target: StatementToChange, action: str, because: str) -> Diagnosis:
    """A boundary or SCP is silent: what it should let through as well."""
    wanted = target.wanted or {"Effect": "Allow", "Action": [action], "Resource": "*"}
    return Diagnosis(
        document=target.document,
        statement=target.trace.label if target.trace is not None else None,
        element="Action" if target.trace is not None else None,
        fix={name: value for name, value in wanted.items() if name != "Principal"},
        detail=because,
    )


def _not_denied(asked: DerivedRequest, decision: Decision, policies: Policies, reference: Reference) -> Diagnosis:
    """Something allows what must not work: a Deny that is missing or changed, or an Allow that is too wide."""
    for deny in reference.matched(asked.request, Effect.DENY):
        found = statements_of(policies.get(deny.policy))
        if all(differing_elements(each, reference.statement(deny)) for each in found):
            return _lost_deny(deny, policies, reference)
    allows = [(each, *_pair(each, policies, reference)) for each in decision.matched_statements]
    known = [each for each in allows if each[0].policy in policies]
    if not known:
        return Diagnosis(detail="allowed without any statement of the documents")
    changed = (each for each in known if each[2] is None or differing_elements(each[1], each[2]))
    widest, written, wanted = next(changed, known[0])
    rest = "" if wanted is not None else ", which the spec does not call for: take the statement away"
    return Diagnosis(
        document=widest.policy,
        statement=widest.label,
        element=_too_wide(asked.wrong or "", written, wanted),
        fix=wanted,
        detail=f"allowed by `{widest.label}`{rest}",
    )


def _pair(matched: MatchedStatement, policies: Policies, reference: Reference) -> tuple[Written | None, Written | None]:
    """Return a statement as it is, and the reference statement that it stands for."""
    written = statement_at(policies.get(matched.policy), matched.index)
    return written, most_similar(written, reference.statements(matched.policy)) if written is not None else None


def _lost_deny(deny: MatchedStatement, policies: Policies, reference: Reference) -> Diagnosis:
    wanted, generated = reference.statement(deny), reference.statements(deny.policy)
    ours = enumerate(statements_of(policies.get(deny.policy)))
    found = next(((number, each) for number, each in ours if most_similar(each, generated) == wanted), None)
    if found is None:
        detail = f"the statement `{deny.label}` is missing"
        return Diagnosis(document=deny.policy, statement=deny.label, fix=wanted, detail=detail)
    label = str(found[1].get("Sid") or f"#{found[0]}")
    return Diagnosis(
        document=deny.policy,
        statement=label,
        element=_difference(found[1], wanted),
        fix=wanted,
        detail=f"`{label}` does not deny it",
    )


def _too_wide(wrong: str, written: Written | None, wanted: Written | None) -> str | None:
    """Return the element that should have refused the request, where it differs; else the first that differs."""
    found = differing_elements(written, wanted)
    refusing = next((each for each in found if each == wrong or each.lower().endswith(_key_of(wrong))), None)
    return refusing or next(iter(found), None) or _element_to_narrow(wrong, written)


def _key_of(wrong: str) -> str:
    """Return the end of an element with a condition key: ``/kms:viaservice``; what no element ends with else."""
    kind, _, key = wrong.partition("/")
    return f"/{key.lower()}" if kind == "Condition" else "//"


def _element_to_narrow(wrong: str, written: Written | None) -> str | None:
    key = wrong.removeprefix("Condition/")
    found = (operator for operator, name, _ in conditions_of(written) if wrong != key and name.lower() == key.lower())
    operator = next(found, None)
    return (condition_element(operator, key) if operator is not None else wrong) or None


def _difference(actual: Written | None, expected: Written | None) -> str | None:
    """Return the first element in which two statements differ; None when none does."""
    return next(iter(differing_elements(actual, expected)), None)
