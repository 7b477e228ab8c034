"""What would change a decision. A change of the request is tried before it is suggested."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from policygen.document.model import Effect
from policygen.evaluation.combine import policy_type_name
from policygen.evaluation.results.traces import MOST_VALUES, NOT_APPLICABLE, ElementTrace, LayerTrace, StatementTrace
from policygen.evaluation.results.verdict import EvalDecision, PolicyType, Verdict
from policygen.matching.conditions import ConditionReason, parse_operator
from policygen.matching.conditions.operators import ConditionOperator, ValueType
from policygen.request.model import Request

Judge = Callable[[Request], Verdict]
"""Gives the verdict on another request under the same policies."""

Change = Mapping[str, str | None]
"""Context keys with the value that they are to have; None for a key that is to be left out."""

_MOST_CANDIDATES = 8
_MOST_STATEMENTS = 20
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_EXAMPLE = "x"
"""Stands for a wildcard while a change is tried."""


def suggest(
    request: Request,
    verdict: Verdict,
    nearest: StatementTrace | None,
    traces: tuple[LayerTrace, ...],
    judge: Judge,
) -> Iterator[str]:
    """Yield what would change a deny, as sentences; nothing for a request that is allowed."""
    if verdict.decision is EvalDecision.EXPLICIT_DENY:
        yield from _against_deny(request, traces, judge)
    elif verdict.decision is EvalDecision.IMPLICIT_DENY:
        if verdict.remedy is not None:
            yield verdict.remedy
        elif nearest is not None and _action_matches(nearest):
            yield from _towards(nearest, request, judge)
        else:
            yield _allow_there(request, verdict, traces)


def _allow_there(request: Request, verdict: Verdict, traces: tuple[LayerTrace, ...]) -> str:
    """Name the policies that would have to allow the request."""
    blocking = verdict.blocked_by[0]
    found = [trace for trace in traces if trace.policy_type is blocking and _blocks(trace, verdict)]
    policies = {each.policy: None for trace in found for each in trace.statements}
    level = f" of level {found[0].level}" if found and found[0].level is not None else ""
    kind = policy_type_name(blocking, request) + level
    where = f" (now: {', '.join(list(policies)[:MOST_VALUES])})" if policies else ""
    return f"allow {request.action} on {request.resource} in the {kind}{where}"


def nearest_allow(traces: Iterable[LayerTrace], verdict: Verdict) -> StatementTrace | None:
    """Return the Allow that fails in the fewest elements; one whose Action and Principal match comes first."""
    if verdict.decision is not EvalDecision.IMPLICIT_DENY:
        return None
    blocking = [trace for trace in traces if _blocks(trace, verdict)]
    candidates = [
        (not _action_matches(statement), not _principal_matches(statement), len(statement.failed), number, statement)
        for number, statement in enumerate(each for trace in blocking for each in trace.statements)
        if statement.effect is Effect.ALLOW and statement.failed
    ]
    if not candidates:
        return None
    *_, nearest = min(candidates, key=lambda each: each[:4])
    return nearest


def _blocks(trace: LayerTrace, verdict: Verdict) -> bool:
    """Tell whether an Allow of this type would help; of SCPs only those of a level that allows nothing."""
    if trace.policy_type is PolicyType.GRANT:
        return PolicyType.RESOURCE_BASED in verdict.blocked_by
    silent = trace.level is None or trace.outcome == EvalDecision.IMPLICIT_DENY.value
    return silent and trace.policy_type in verdict.blocked_by


def _action_matches(statement: StatementTrace) -> bool:
    return all(each.matched for each in statement.elements if each.element in ("Action", "NotAction", "Operations"))


def _principal_matches(statement: StatementTrace) -> bool:
    names = ("Principal", "NotPrincipal", "GranteePrincipal")
    return all(each.matched for each in statement.elements if each.element in names)


def _towards(nearest: StatementTrace, request: Request, judge: Judge) -> Iterator[str]:
    """Yield what would let the nearest Allow apply: changes of the context in one sentence when they are enough."""
    changes = [next(_wishes(each), None) for each in nearest.failed]
    wished = [change for change in changes if change is not None]
    if wished and len(wished) == len(nearest.failed):
        if judge(request.with_context(_merged(wished, as_example=True))).decision is EvalDecision.ALLOWED:
            yield f"{_in_words(_merged(wished))}: the request is then allowed"
            return
    yield from (_single(element) for element in nearest.failed)


def _single(element: ElementTrace) -> str:
    if element.element == "Constraints":
        return f"meet the constraint of the grant: {', '.join(element.wanted)}"
    if element.key is None:
        return f"let {element.element} cover `{element.found[0] if element.found else ''}`"
    found = _condition(element)
    if found is not None and found[1].base.value_type is ValueType.NULL:
        return f"give the request a value for `{element.key}`"
    if element.reason == ConditionReason.KEY_ABSENT.value and element.wanted:
        return f"add `{element.key}={element.wanted[0]}` to the request"
    if element.reason == ConditionReason.VARIABLE_UNRESOLVED.value:
        return f"give the request the value that `{', '.join(element.wanted)}` refers to"
    return f"change `{element.key}` in the request, or the values of {element.operator} in the policy"


def _condition(element: ElementTrace) -> tuple[str, ConditionOperator] | None:
    """Return key and operator of a condition; None for another element."""
    operator = parse_operator(element.operator or "")
    return None if operator is None or element.key is None else (element.key, operator)


def _wishes(element: ElementTrace) -> Iterator[Change]:
    """Yield changes after which a condition that fails may hold; nothing for another element."""
    found = _condition(element)
    if found is None:
        return
    key, operator = found
    wants_absence = operator.base.value_type is ValueType.NULL and "true" in {v.lower() for v in element.wanted}
    if wants_absence or operator.base.negated:
        yield {key: None}
    elif operator.base.value_type is not ValueType.NULL:
        yield from ({key: value} for value in element.wanted if not _VARIABLE.search(value))


def _against_deny(request: Request, traces: tuple[LayerTrace, ...], judge: Judge) -> Iterator[str]:
    """Yield one change that gets round every Deny at once, or else what each of them looks at."""
    denying = [
        statement
        for trace in traces
        for statement in trace.statements
        if statement.effect is Effect.DENY and statement.applies and trace.outcome != NOT_APPLICABLE
    ][:_MOST_STATEMENTS]
    changes = [_way_round(statement, request, judge) for statement in denying]
    merged = _merged(change for change in changes if change is not None)
    verdict = judge(request.with_context(merged))
    if verdict.decision is not EvalDecision.EXPLICIT_DENY:
        outcome = "allowed" if verdict.decision is EvalDecision.ALLOWED else "no longer denied explicitly"
        yield f"{_in_words(merged)}: the request is then {outcome}"
        return
    yield from (_out_of(statement) for statement in denying)


def _out_of(statement: StatementTrace) -> str:
    """Say how a request gets out of a Deny.

    Fact: E27, E118
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    keys = ", ".join(f"`{each.key}`" for each in statement.elements if each.key is not None)
    where = f"`{statement.label}` of {statement.policy}"
    if any(each.element == "NotPrincipal" for each in statement.elements):
        return (
            f"write {where} with Principal `*` and ArnNotEquals aws:PrincipalArn: NotPrincipal spares only who is "
            "listed together with role and account, and nobody who has a permissions boundary"
        )
    if keys:
        return f"send a request that {where} does not cover: it looks at {keys}"
    return f"take the request out of {where}: it has no condition"


def _way_round(statement: StatementTrace, request: Request, judge: Judge) -> Change | None:
    """Return a change of one context key after which a Deny does not apply; None when none is found."""
    candidates = (change for each in statement.elements for change in _other_values(each, request))
    for change in islice(candidates, _MOST_CANDIDATES):
        verdict = judge(request.with_context(change))
        denying = {(each.policy, each.index) for each in verdict.matched if each.effect is Effect.DENY}
        if (statement.policy, statement.index) not in denying:
            return change
    return None


def _other_values(element: ElementTrace, request: Request) -> Iterator[Change]:
    """Yield other values for the key of a condition that holds; nothing for another element."""
    found = _condition(element)
    if found is None:
        return
    key, operator = found
    if operator.base.value_type is ValueType.BOOL:
        yield from ({key: value} for value in ("true", "false") if (value,) != element.found)
    elif operator.base.value_type is not ValueType.NULL:
        for value in element.wanted:
            if not _VARIABLE.search(value) and "*" not in value and "?" not in value:
                yield {key: value.partition("/")[0] if operator.base.value_type is ValueType.IP_ADDRESS else value}
    if key.lower() in request.context:
        yield {key: None}


def _merged(changes: Iterable[Change], *, as_example: bool = False) -> dict[str, str | None]:
    """Return all changes in one, the last of each key; names match in any case (E184)."""
    found: dict[str, str | None] = {}
    names: dict[str, str] = {}
    for change in changes:
        for name, value in change.items():
            key = names.setdefault(name.lower(), name)
            found[key] = re.sub(r"[*?]", _EXAMPLE, value) if as_example and value is not None else value
    return found


def _in_words(change: Change) -> str:
    given = ", ".join(f"`{key}={value}`" for key, value in change.items() if value is not None)
    left_out = ", ".join(f"`{key}`" for key, value in change.items() if value is None)
    parts = [f"add {given} to the request" if given else "", f"leave {left_out} out of the request" if left_out else ""]
    return " and ".join(part for part in parts if part)
