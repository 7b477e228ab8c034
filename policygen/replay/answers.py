"""What a replay says of one request, and of an event that asks for several: small, and equal for many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policygen.engine.planner import Plan
from policygen.evaluation.policies import PolicySource
from policygen.events import (
    POLICIES_OF,
    Cause,
    Event,
    EventRequest,
    RequestVerdict,
    Unknown,
    Verdict,
    judge,
    judge_request,
)

Facts = tuple[tuple[str, str], ...]
"""What a verdict depends on: names of facts and of condition keys, each with the name of its cause."""

_POLICIES = "policies of the caller or the resource"


class Answer(NamedTuple):
    """What policies say.

    Attributes:
        verdict: ``allowed``, ``denied`` or ``depends``.
        depends_on: What it depends on.
        action: The action that decided; empty for an event without requests.
        reason: Why, in one sentence.
        statement: The statement that decided, behind its policy's name; empty where none did.
        kind: Of a denial, how and by which type of policy, as AWS's messages tell it: ``explicitDeny service-control``.
    """

    verdict: str
    depends_on: Facts = ()
    action: str = ""
    reason: str = ""
    statement: str = ""
    kind: str = ""


NOT_A_REQUEST = Answer(Verdict.DEPENDS.value, (("resource", Cause.NOT_READABLE.name),))
"""The answer for a row that is no request."""


def answer_on(source: PolicySource, plan: Plan, asked: EventRequest) -> Answer:
    """Return the answer on one request, whose plan is given."""
    return _answer(judge_request(source, asked, plan.once))


def answer_on_event(source: PolicySource, event: Event) -> Answer:
    """Return the answer on an event that is judged as it is."""
    found = judge(source, event).requests
    return together([_answer(each) for each in found], facts_of(event.unknown))


def facts_of(unknown: Iterable[Unknown]) -> Facts:
    """Return facts as texts; of policies that the environment does not hold, not whose they are."""
    found = ((_POLICIES if each.name.startswith(POLICIES_OF) else each.name, each.cause.name) for each in unknown)
    return tuple(dict.fromkeys(found))


def together(answers: Sequence[Answer], missing: Facts) -> Answer:
    """Return the answer on an event: denied when one of its requests is, allowed when all are.

    Args:
        answers: The answers on its requests.
        missing: Facts for want of which there is no request, or one too few.
    """
    denied = next((each for each in answers if each.verdict == Verdict.DENIED.value), None)
    if denied is not None:
        return denied
    facts = tuple(dict.fromkeys((*missing, *(fact for each in answers for fact in each.depends_on))))
    if not answers and not facts:
        facts = (("action", Cause.UNKNOWN_OPERATION.name),)
    first = answers[0] if answers else Answer(Verdict.DEPENDS.value)
    if not facts:
        return first
    open_one = next((each for each in answers if each.depends_on), first)
    return open_one._replace(verdict=Verdict.DEPENDS.value, depends_on=facts)


def _answer(found: RequestVerdict) -> Answer:
    matched = found.decision.matched_statements
    return Answer(
        verdict=found.verdict.value,
        depends_on=facts_of(found.depends_on),
        action=found.asked.request.action,
        reason=found.because,
        statement=f"{matched[0].policy} {matched[0].label}" if matched else "",
        kind=_kind(found) if found.verdict is Verdict.DENIED else "",
    )


def _kind(found: RequestVerdict) -> str:
    types = [each.policy_type for each in found.decision.matched_statements] or found.blocked_by
    return f"{found.decision.decision.value} {types[0].value if types else ''}".rstrip()
