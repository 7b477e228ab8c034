"""What one policy set or environment allows and another one does not, over all requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policygen.evaluation.authorize import judge
from policygen.evaluation.policies import Policies, PolicySource
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.services import sts
from policygen.matching.overlap import covers
from policygen.proofs.automaton import TooRichError
from policygen.proofs.callers import any_session
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.cause import Cause, Judged, cause_of
from policygen.proofs.compare import Diff, Difference, why_ended
from policygen.proofs.compose import Composition
from policygen.proofs.describe import OWN_POLICIES, describe, first_names
from policygen.proofs.fields import WORLD, bits
from policygen.proofs.kinds import World
from policygen.proofs.parties import Group, Parties, assuming
from policygen.proofs.whole_space import WholeSpace
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.witness import MOST_BOXES, confirmed, requests_in
from policygen.request.context import ENCRYPTION_CONTEXT
from policygen.request.model import Request

RESOURCE_POLICY = "the policy of the resource"
"""Stands among the conditions: that a resource which is not held lets the caller's account in."""

_DEFAULT_ENCRYPTION = "conditions on the encryption of uploads: the default encryption is visible to them"
_ALL = 1_000_000
_CONTEXT_KEYS = f"{ENCRYPTION_CONTEXT[:-1]}keys"


def compare_whole(old: PolicySource, new: PolicySource, reference: Reference = NOTHING_KNOWN) -> Diff:
    """Return how the access that two policy sets, or two environments, give differs, over all requests.

    Args:
        old: One side.
        new: The other one.
        reference: What is known of actions: what no call can name or carry is left out, and witnesses are real.

    Raises:
        DocumentError: A document cannot be judged (PG-D001 to PG-D009).
    """
    return WholeComparison((old, new), reference).diff()


class WholeComparison:
    """Two policy sets or environments, compared group by group."""

    def __init__(self, sources: tuple[PolicySource, PolicySource], reference: Reference) -> None:
        """Hold both."""
        self._sources = sources
        self._reference = reference
        self._found: tuple[dict[Cause, Difference], dict[Cause, Difference]] = ({}, {})
        self._unknown: dict[str, None] = {}

    def diff(self) -> Diff:
        """Return the differences, one for each part of a policy that makes one."""
        try:
            parties = Parties(self._sources)
        except TooRichError:
            return Diff(unknown=("Principal has too many patterns that can hold together",))
        for group in parties.groups():
            old, new = map(parties.said, group.sides)
            if old != new or group.known[0] != group.known[1]:
                self._compare(group, parties)
        lost, gained = (tuple(map(_shortened, each.values())) for each in self._found)
        return Diff(gained=gained, lost=lost, unknown=(*self._unknown, *parties.unknown))

    def _compare(self, group: Group, parties: Parties) -> None:
        composition, budget = None, Budget()
        try:
            composition = Composition(group, parties.resources, parties.holders, self._reference, budget)
            if composition.unknown:
                self._unknown[_DEFAULT_ENCRYPTION] = None
            for more in (1, 0):
                self._add(group, composition, more, budget)
        except TooRichError as error:
            self._unknown[why_ended(error, composition and composition.space)] = None

    def _add(self, group: Group, composition: Composition, more: int, budget: Budget) -> None:
        """Add what one side of a group allows beyond the other, as far as the evaluator confirms it."""
        for _, boxes in composition.excesses(more, budget):
            shown: list[Request] = []

            def shows(_world: World, request: Request, shown: list[Request] = shown) -> bool:
                asked = self._asked_for(composition, request)
                judged = [self._judged(group, side, asked) for side in (0, 1)] if asked else []
                allowed = [judge(*each).decision is EvalDecision.ALLOWED for each in judged]
                if not allowed or not allowed[more] or allowed[1 - more]:
                    return False
                shown.append(asked)
                return True

            found = confirmed(composition.space, boxes, shows)
            if found is None:
                self._unknown[_why_unknown(composition, boxes[0])] = None
            else:
                self._keep(group, composition.space, more, [found[0], *boxes], shown[-1])

    def _judged(self, group: Group, side: int, request: Request) -> Judged:
        """Return a request as one side completes it, and the policies that decide it."""
        source = self._sources[side]
        completed = source.completed(request)
        return assuming(source.policies_for(completed), completed.principal, group.assumed), completed

    def _keep(self, group: Group, space: WholeSpace, more: int, boxes: list[Box], request: Request) -> None:
        """Keep a difference (its request lies in the first of the boxes); what its cause gives others is added."""
        judged = [self._judged(group, side, request) for side in (0, 1)]
        decisions = [judge(*each).decision.value for each in judged]
        cause = cause_of(judged[1 - more], judged[more])
        words = [describe(space, box, most=_ALL) | {"principals": self._principals(space, box)} for box in boxes[:MOST_BOXES]]
        assumed = self._assumptions(group, more, request)
        found = Difference(
            witness=request,
            old=decisions[0],
            new=decisions[1],
            policy=cause.policy,
            statement=cause.statement,
            conditions=assumed | words[0]["conditions"],
            **{name: _together(each[name] for each in words) for name in ("principals", "actions", "resources")},
        )
        kept = self._found[more].get(cause)
        self._found[more][cause] = found if kept is None else _joined(kept, found)

    def _principals(self, space: WholeSpace, box: Box) -> tuple[str, ...]:
        """Return who is concerned: a role for its sessions, where no session is named."""
        worlds = space.layout.masks(box)[WORLD]
        if worlds == space.fields[WORLD].full and isinstance(self._sources[0], Policies):
            return ("*",)
        callers = (space.worlds[number].caller for number in bits(worlds))
        return tuple(dict.fromkeys(each.role_arn if any_session(each) else each.arn for each in callers))

    def _assumptions(self, group: Group, more: int, request: Request) -> dict[str, str]:
        """Return what is taken of caller and resource, where it matters."""
        found = {OWN_POLICIES: "allow it"} if group.assumed.own else {}
        if group.assumed.admitted:
            alone = replace(group, assumed=group.assumed._replace(admitted=False))
            if judge(*self._judged(alone, more, request)).decision is not EvalDecision.ALLOWED:
                found[RESOURCE_POLICY] = "lets the caller's account in"
        return found

    def _asked_for(self, composition: Composition, request: Request) -> Request | None:
        """Return a request with the pairs whose names its encryption context states; None where it states what is known."""
        if composition.contradicts(request):
            return None
        names = request.context.get(_CONTEXT_KEYS)
        stated = {each.name.lower() for each in request.stated}
        if names is None or _CONTEXT_KEYS not in stated:
            return request
        pairs = {f"kms:EncryptionContext:{each}": "x" for each in names.values}
        more = {name: value for name, value in pairs.items() if name.lower() not in stated}
        return request.with_context({"kms:EncryptionContextKeys": None} | more)


def _why_unknown(composition: Composition, box: Box) -> str:
    """Return why a box that the proof found could not be shown by a request."""
    space = composition.space
    masks = space.layout.masks(box)
    names = [flag.name for number, flag in space.flags.items() if masks[number] != space.fields[number].full]
    where = f"{', '.join(describe(space, box)['actions'])} on {', '.join(describe(space, box)['resources'])}"
    if any(sts.further_actions(request) for _, request in requests_in(space, box)):
        return f"{where}: a call with session tags or a source identity asks for further actions, too"
    if not names:
        return f"{where}: no request was found that the evaluator confirms"
    return f"{where}: it hangs on {' and '.join(dict.fromkeys(names))}, of which no request was found that shows it"


def _joined(kept: Difference, more: Difference) -> Difference:
    """Return a difference with what another one of the same cause concerns; conditions that both have."""
    return replace(
        kept,
        principals=_together((kept.principals, more.principals)),
        actions=_together((kept.actions, more.actions)),
        resources=_together((kept.resources, more.resources)),
        conditions={name: words for name, words in kept.conditions.items() if more.conditions.get(name) == words},
    )


def _together(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return names and patterns once, without those that another one covers."""
    found = list(dict.fromkeys(each for one in lists for each in one))
    return tuple(each for each in found if not any(covers(other, each) for other in found if other != each))


def _shortened(found: Difference) -> Difference:
    names = {name: first_names(getattr(found, name)) for name in ("principals", "actions", "resources")}
    return replace(found, **names)
