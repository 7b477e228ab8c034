"""Which part of which policy makes a difference on one request: read off the layers that the evaluator asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import NamedTuple

from policygen.document.model import Statement
from policygen.evaluation.authorize import judge
from policygen.evaluation.layers import Hit, Layer, consult
from policygen.evaluation.policies import Policies, Settings
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.services import sts
from policygen.proofs.gates import GIVING
from policygen.request.model import Request

Judged = tuple[Policies, Request]
"""A request as one side completes it, with the policies that decide it there."""


Pairs = list[tuple[Layer | None, Layer | None]]
"""The same policy types, and levels, of both sides; None where a side has it not."""


class Cause(NamedTuple):
    """The part that makes a difference.

    Attributes:
        policy: The policy's name; of a setting, what it is called.
        statement: The statement's Sid or ``#index``; empty where it is the policy as a whole, or a setting.
    """

    policy: str
    statement: str = ""


def cause_of(less: Judged, more: Judged) -> Cause:
    """Return what makes a request allowed on one side that is denied on the other.

    It is a Deny that only the side has that denies; else an Allow that only the other one has, where the first has none
    of its type; else a grant, or a policy that limits and is not there on the other side; else a setting.
    """
    less, more = _judged_action(less, more)
    denying, allowing = consult(*less), consult(*more)
    spared = {_bare(hit.statement.statement) for layer in allowing.all() for hit in layer.denies}
    for layer in denying.all():
        for hit in layer.denies:
            if _bare(hit.statement.statement) not in spared:
                return _of_hit(hit)
    pairs = list(_pairs(denying.all(), allowing.all()))
    for hit in _new_allows(pairs):
        return _of_hit(hit)
    for index, grant in allowing.grants:
        if grant not in {each for _, each in denying.grants}:
            return Cause(grant.name, f"#{index}")
    for old, new in pairs:
        if old and old.limits and not (new and new.limits):
            limiting = [policy.name for policy in old.policies]
            return Cause(", ".join(limiting) or f"{old.policy_type.value} policies of level {old.level}")
    for old, new in pairs:
        if new and new.allows and not (old and old.given):  # without a session policy a federated user has no rights
            return _of_hit(new.allows[0])
    settings = less[0].settings, more[0].settings
    if settings[0].block_public_access != settings[1].block_public_access:
        return Cause("block public access", "RestrictPublicBuckets")
    names = (each.name for each in fields(Settings) if each.name != "block_public_access")
    return Cause("settings", next((each for each in names if len({getattr(one, each) for one in settings}) > 1), ""))


def _judged_action(less: Judged, more: Judged) -> tuple[Judged, Judged]:
    """Return the requests for the action that is denied: a call of STS may need further ones."""
    policies, request = less
    for action in (request.action, *sts.further_actions(request)):
        asked = request.with_action(action)
        if judge(policies, asked).decision is not EvalDecision.ALLOWED:
            return (policies, asked), (more[0], more[1].with_action(action))
    return less, more


def _new_allows(pairs: Pairs) -> Iterator[Hit]:
    """Yield Allows that one side has not, first those of types of which it has none."""
    for silent in (True, False):
        for old, new in pairs:
            known = {(_bare(hit.statement.statement), hit.names) for hit in old.allows} if old else set()
            if new and bool(known) is not silent and (new.policy_type in GIVING or (old and old.limits)):
                yield from (hit for hit in new.allows if (_bare(hit.statement.statement), hit.names) not in known)


def _bare(statement: Statement) -> Statement:
    return replace(statement, index=0, sid=None)


def _of_hit(hit: Hit) -> Cause:
    return Cause(hit.statement.policy, hit.statement.statement.label)


def _pairs(old: tuple[Layer, ...], new: tuple[Layer, ...]) -> Iterator[tuple[Layer | None, Layer | None]]:
    """Yield the same policy types, and levels, of both sides."""
    before = {(each.policy_type, each.level): each for each in old}
    after = {(each.policy_type, each.level): each for each in new}
    yield from ((before.get(slot), after.get(slot)) for slot in dict.fromkeys((*before, *after)))
