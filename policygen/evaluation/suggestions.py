"""What would change a decision. Whatever is said to give another decision was tried on the whole request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from policygen.document.model import Effect
from policygen.evaluation.carried import instead_of, why_not_carried
from policygen.evaluation.combine import policy_type_name
from policygen.evaluation.edits import edit_for, edited
from policygen.evaluation.results.proposals import Edit, Proposal
from policygen.evaluation.results.traces import (
    MOST_VALUES,
    NOT_APPLICABLE,
    ElementReason,
    ElementTrace,
    LayerTrace,
    describe,
    spared,
)
from policygen.evaluation.results.verdict import EvalDecision, PolicyType, Verdict
from policygen.evaluation.search import Search
from policygen.evaluation.situation import TAGS_ARE_HIDDEN, Situation, Traced, is_hidden_tag
from policygen.request.condition_keys import Way, find_condition_key
from policygen.request.principal import PrincipalKind

_MOST_NEAREST = 3
_MOST_DENIES = 20
_PRINCIPALS = ("Principal", "NotPrincipal", "GranteePrincipal")
_ACTIONS = ("Action", "NotAction", "Operations")
_RESOURCES = ("Resource", "NotResource", "KeyId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What would change a decision: tried changes of the request, and everything as sentences, those first."""

    proposals: tuple[Proposal, ...] = ()
    sentences: tuple[str, ...] = ()


def advise(situation: Situation) -> Advice:
    """Return what would change a deny; nothing for a request that is allowed."""
    verdict = situation.verdict
    if verdict.decision is EvalDecision.ALLOWED:
        return Advice()
    if verdict.remedy is not None:
        return Advice(sentences=(verdict.remedy,))
    explicit = verdict.decision is EvalDecision.EXPLICIT_DENY
    proposal = _around_denies(situation) if explicit else _towards_allows(situation)
    if proposal is None:
        proposal = _by_sparing(situation) if explicit else _by_editing(situation)
    if proposal is not None:
        return Advice(proposals=(proposal,), sentences=(str(proposal),))
    sentences = _against_denies(situation) if explicit else _for_an_allow(situation)
    return Advice(sentences=tuple(dict.fromkeys(sentences)))


def proposed_edits(situation: Situation) -> Proposal | None:
    """Return edits of the nearest Allow that let a request through that nothing allows; None where there are none."""
    implicit = situation.verdict.decision is EvalDecision.IMPLICIT_DENY and situation.verdict.remedy is None
    return _by_editing(situation) if implicit else None


def nearest_allow(situation: Situation) -> Traced | None:
    """Return the Allow that fails in the fewest elements; one whose Action and Principal match comes first."""
    return next(iter(_nearest(situation)), None)


def _nearest(situation: Situation) -> list[Traced]:
    if situation.verdict.decision is not EvalDecision.IMPLICIT_DENY:
        return []
    found = [each for each in situation.statements if _blocks(each.layer, situation.verdict)]
    return _by_distance(found)


def _by_distance(statements: Sequence[Traced]) -> list[Traced]:
    """Return the Allows that fail, nearest first."""
    allows = [each for each in statements if each.trace.effect is Effect.ALLOW and each.trace.failed]
    return sorted(
        allows, key=lambda each: (not each.matches(*_ACTIONS), not each.matches(*_PRINCIPALS), len(each.trace.failed))
    )


def _blocks(layer: LayerTrace, verdict: Verdict) -> bool:
    """Tell whether an Allow of this type would help; of SCPs only those of a level that allows nothing."""
    if layer.policy_type is PolicyType.GRANT:
        return PolicyType.RESOURCE_BASED in verdict.blocked_by
    silent = layer.level is None or layer.outcome == EvalDecision.IMPLICIT_DENY.value
    return silent and layer.policy_type in verdict.blocked_by


def _by_context(traced: Traced) -> bool:
    """Tell whether a change of the context may make an Allow apply."""
    if traced.compiled is None or not traced.matches(*_PRINCIPALS, *_ACTIONS):
        return False
    failed = (each for each in traced.trace.failed if each.element in _RESOURCES)
    return all(each.reason == ElementReason.VARIABLE_UNRESOLVED.value for each in failed)


def _silent_allows(situation: Situation) -> list[Traced]:
    """Return for each policy type (or level) that allows nothing the nearest Allow that the context may make apply."""
    allowing = {_place(each) for each in situation.statements if each.allows}
    found: dict[tuple[PolicyType, int | None], Traced] = {}
    for each in _by_distance(situation.statements):
        if _by_context(each) and each.layer.outcome != NOT_APPLICABLE and _place(each) not in allowing:
            found.setdefault(_place(each), each)
    return list(found.values())


def _place(traced: Traced) -> tuple[PolicyType, int | None]:
    return traced.layer.policy_type, traced.layer.level


def _together(situation: Situation) -> Iterator[list[Traced]]:
    """Yield what may be enough together: all of them, and all but those of one side of the resource's account."""
    allows = _silent_allows(situation)
    seen: list[list[Traced]] = [[]]
    for without in (None, PolicyType.RESOURCE_BASED, PolicyType.IDENTITY_BASED):
        chosen = [each for each in allows if each.layer.policy_type is not without]
        if chosen not in seen:
            seen.append(chosen)
            yield chosen


def _towards_allows(situation: Situation) -> Proposal | None:
    """Return the change after which the nearest Allow that can be reached decides, or those of several policy types."""
    reachable = [each for each in _nearest(situation) if _by_context(each)]
    for each in reachable[:_MOST_NEAREST]:
        if (found := Search(situation=situation, wanted=(each,)).proposal()) is not None:
            return found
    several = (Search(situation=situation, wanted=each).proposal() for each in _together(situation) if len(each) > 1)
    return next((found for found in several if found is not None), None)


def _around_denies(situation: Situation) -> Proposal | None:
    """Return the change that gets the request out of every Deny at once, and if need be into the Allows it lacks."""
    denying = _denying(situation)
    found = Search(situation=situation, unwanted=denying).proposal()
    if found is None or found.gives is not EvalDecision.ALLOWED:
        both = (Search(situation=situation, wanted=each, unwanted=denying).proposal() for each in _together(situation))
        return next((each for each in both if each is not None and each.gives is EvalDecision.ALLOWED), found)
    return found


def _denying(situation: Situation) -> list[Traced]:
    return [each for each in situation.statements if each.denies][:_MOST_DENIES]


def _by_editing(situation: Situation) -> Proposal | None:
    """Return edits of the nearest Allow that let the request through, alone or with a change of the context."""
    traced = nearest_allow(situation)
    edits = _edits(traced, situation) if traced is not None else {}
    if traced is None or not edits:
        return None
    found = [edit for edit in edits.values() if edit is not None]
    if len(found) == len(edits):
        allowed = situation.under(edited(situation.policies, traced, found)).verdict.decision is EvalDecision.ALLOWED
        return Proposal(edits=tuple(found), gives=EvalDecision.ALLOWED) if allowed else None
    of_statement = [edit for each, edit in edits.items() if each.key is None]
    found = [edit for edit in of_statement if edit is not None]
    if not found or len(found) < len(of_statement):
        return None
    changed = situation.under(edited(situation.policies, traced, found))
    beside = _towards_allows(changed) if changed.verdict.decision is EvalDecision.IMPLICIT_DENY else None
    return None if beside is None else replace(beside, edits=tuple(found))


def _edits(traced: Traced, situation: Situation) -> dict[ElementTrace, Edit | None]:
    """Return an edit for each element of an Allow that fails; none at all where there is no use in editing it.

    A statement for other actions is left alone where it lacks more than the action.
    """
    failed = traced.trace.failed
    without_value = any(each.reason == ElementReason.VARIABLE_UNRESOLVED.value for each in failed)
    if traced.compiled is None or without_value or (len(failed) > 1 and not traced.matches(*_ACTIONS)):
        return {}
    return {each: edit_for(each, traced, situation) for each in failed}


def _for_an_allow(situation: Situation) -> Iterator[str]:
    """Yield what stands in the way of the nearest Allow, or where there should be one."""
    nearest = nearest_allow(situation)
    edits = _edits(nearest, situation) if nearest is not None else {}
    found = [edit for edit in edits.values() if edit is not None]
    if nearest is not None and found and len(found) == len(edits):
        because = situation.under(edited(situation.policies, nearest, found)).verdict.because
        yield f"in {_named(nearest)} {' and '.join(map(str, found))}; what then denies it: {because}"
    elif nearest is None or not nearest.matches(*_ACTIONS):
        yield _allow_there(situation)
    else:
        for element in nearest.trace.failed:
            yield from _in_the_way(element, nearest, situation)


def _named(traced: Traced) -> str:
    return f"`{traced.trace.label}` of {traced.trace.policy}"


def _allow_there(situation: Situation) -> str:
    """Name the policies that would have to allow the request."""
    request, verdict = situation.judged, situation.verdict
    blocking = verdict.blocked_by[0]
    found = [layer for layer in situation.layers if layer.policy_type is blocking and _blocks(layer, verdict)]
    policies = {each.policy: None for layer in found for each in layer.statements}
    level = f" of level {found[0].level}" if found and found[0].level is not None else ""
    kind = policy_type_name(blocking, request) + level
    where = f" (now: {', '.join(list(policies)[:MOST_VALUES])})" if policies else ""
    return f"allow {request.action} on {request.resource} in the {kind}{where}"


def _in_the_way(element: ElementTrace, traced: Traced, situation: Situation) -> Iterator[str]:
    """Yield what one has to know of an element that fails and that nothing tried makes match."""
    if element.element == "Constraints":
        yield f"meet the constraint of the grant: {', '.join(element.wanted)}"
    elif traced.compiled is None:
        yield f"let {element.element} cover `{element.found[0]}`"
    elif element.reason == ElementReason.VARIABLE_UNRESOLVED.value and element.remarks:
        yield f"{_named(traced)}: {'; '.join(element.remarks)}"
    elif element.key is not None:
        yield from _of_condition(element, traced, situation)
    elif element.element == "Resource" and situation.judged.resource == "*":
        yield (
            f"state the resource of {situation.judged.action}; if it takes none, allow it in a statement of its own, "
            f"for {_named(traced)} names some resources only"
        )
    else:
        yield f"{_named(traced)} does not apply: {describe(element)}"


def _of_condition(element: ElementTrace, traced: Traced, situation: Situation) -> Iterator[str]:
    key = element.key or ""
    if not element.found and is_hidden_tag(key, situation.policies):
        yield f"{TAGS_ARE_HIDDEN}: turn it on, or let {_named(traced)} ask for another key"
        return
    never = None if element.found else _never_carried(key, traced, situation)
    yield never or f"{_named(traced)} does not apply: {describe(element)}"


def _never_carried(key: str, traced: Traced, situation: Situation) -> str | None:
    """Say that a key never arrives, and which one the statement could ask for; None for a key that may."""
    request = situation.asked
    way = situation.way(request)
    why = why_not_carried(request, key, way)
    if why is None:
        return None
    others = " or ".join(f"`{each}`" for each in instead_of(request, key, way))
    if not others:
        return f"{why}, and {_named(traced)} asks for it"
    known = find_condition_key(key)
    of_network = known is not None and known.ways != frozenset(Way)
    by_service = request.principal.kind is PrincipalKind.SERVICE and of_network
    if traced.trace.effect is Effect.DENY and (way is Way.FORWARDED or by_service):
        flag = "aws:PrincipalIsAWSService" if by_service else "aws:ViaAWSService"
        return f"{why}: let {_named(traced)} ask for Bool `{flag}` `false` beside it"
    place = "beside it" if traced.trace.effect is Effect.DENY else "in its place"
    return f"{why}: let {_named(traced)} ask for {others} {place}"


def _against_denies(situation: Situation) -> Iterator[str]:
    """Yield how a request gets out of each Deny."""
    for traced in _denying(situation):
        yield from _out_of(traced, situation)


def _by_sparing(situation: Situation) -> Proposal | None:
    """Return edits after which no Deny hits the request any more; None where one has no condition to be edited."""
    policies, edits = situation.policies, []
    for traced in _denying(situation)[:_MOST_NEAREST]:
        conditions = (edit_for(each, traced, situation) for each in traced.trace.elements if each.key)
        edit = next((each for each in conditions if each is not None), None)
        if edit is None:
            return None
        edits.append(edit)
        policies = edited(policies, traced, (edit,))
    if situation.under(policies).verdict.decision is not EvalDecision.ALLOWED:
        return None
    return Proposal(edits=tuple(edits), gives=EvalDecision.ALLOWED)


def _out_of(traced: Traced, situation: Situation) -> Iterator[str]:
    """Yield how a request gets out of a Deny.

    Fact: E27, E118
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    elements = traced.trace.elements
    if any(each.element == "NotPrincipal" for each in elements):
        yield (
            f"write {_named(traced)} with Principal `*` and ArnNotEquals aws:PrincipalArn: NotPrincipal spares only "
            "who is listed together with role and account, and nobody who has a permissions boundary"
        )
        return
    conditions = [each for each in elements if each.key is not None]
    never = [_never_carried(each.key or "", traced, situation) for each in conditions if not each.found]
    yield from islice((each for each in never if each is not None), 1)
    if any(never):
        return
    unresolved = [each for each in elements if each.element == "NotResource" and each.remarks]
    if unresolved:
        yield f"{_named(traced)}: {'; '.join(unresolved[0].remarks)}"
        return
    if not conditions:
        yield f"take the request out of {_named(traced)}: it has no condition"
        return
    looked_at = ", ".join(
        f"`{each.key}` (it {words})" if (words := spared(each)) else f"`{each.key}`" for each in conditions
    )
    yield f"send a request that {_named(traced)} does not cover: it looks at {looked_at}"
