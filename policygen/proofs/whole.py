"""What one policy set or environment allows and another one does not, over all requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from policygen.document.parse import parse_policy
from policygen.evaluation import Environment
from policygen.evaluation.policies import Policies, PolicySource
from policygen.matching.overlap import covers
from policygen.proofs.automaton import TooRichError
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.callers import any_session
from policygen.proofs.cause import Cause
from policygen.proofs.compare import Diff, Difference, why_ended, why_not_shown
from policygen.proofs.compose import Composition, gives_nothing
from policygen.proofs.describe import describe, first_names
from policygen.proofs.fields import WORLD, bits
from policygen.proofs.kinds import World
from policygen.proofs.parties import Group, Parties, Sources
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.trial import Trial, with_pairs
from policygen.proofs.whole_space import WholeSpace
from policygen.proofs.witness import MOST_BOXES, confirmed
from policygen.request.model import Request

Progress = Callable[[int, int], None]

_DEFAULT_ENCRYPTION = "conditions on the encryption of uploads: the default encryption is visible to them"
_ENDPOINTS = "requests through VPC endpoints: their policies are not the same on both sides"
_ALL = 1_000_000


def compare_whole(
    old: PolicySource, new: PolicySource, reference: Reference = NOTHING_KNOWN, progress: Progress | None = None
) -> Diff:
    """Return how the access that two policy sets, or two environments, give differs, over all requests.

    Args:
        old: One side.
        new: The other one.
        reference: What is known of actions: what no call can name or carry is left out, and witnesses are real.
        progress: Called with (done, all) as the work goes on.

    Raises:
        DocumentError: A document cannot be judged (PG-D001 to PG-D009).
    """
    return _Comparison((old, new), reference).diff(progress or (lambda _done, _all: None))


class _Comparison:
    """Two policy sets or environments, compared group by group."""

    def __init__(self, sources: Sources, reference: Reference) -> None:
        self._sources = sources
        self._reference = reference
        self._found: tuple[dict[Cause, Difference], dict[Cause, Difference]] = ({}, {})
        self._unknown: dict[str, None] = {}

    def diff(self, progress: Progress) -> Diff:
        """Return the differences, one for each part of a policy that makes one."""
        try:
            parties = Parties(self._sources)
        except TooRichError:
            return Diff(unknown=("Principal has too many patterns that can hold together",))
        groups = list(parties.groups())
        for done, group in enumerate(groups):
            progress(done, len(groups))
            if not gives_nothing(group, self._reference):
                self._compare(group, parties)
        lost, gained = (tuple(map(_shortened, each.values())) for each in self._found)
        endpoints = () if _endpoints(self._sources[0]) == _endpoints(self._sources[1]) else (_ENDPOINTS,)
        return Diff(gained=gained, lost=lost, unknown=(*self._unknown, *parties.unknown, *endpoints))

    def _compare(self, group: Group, parties: Parties) -> None:
        composition, budget = None, Budget()
        try:
            composition = Composition(group, parties.resources.values(), parties.holders, self._reference, budget)
            if composition.unknown:
                self._unknown[_DEFAULT_ENCRYPTION] = None
            for more in (1, 0):
                for boxes in composition.excesses(more, budget):
                    self._add(Trial(self._sources, group), composition.space, more, boxes)
        except TooRichError as error:
            self._unknown[why_ended(error, composition.space if composition else None)] = None

    def _add(self, trial: Trial, space: WholeSpace, more: int, boxes: list[Box]) -> None:
        """Add a difference that the evaluator confirms; what its cause gives others is added to it."""
        found = confirmed(space, boxes, lambda _, request: trial.shows(more, with_pairs(request)))
        if found is None:
            words = describe(space, boxes[0])
            where = f"{', '.join(words['actions'])} on {', '.join(words['resources'])}"
            self._unknown[why_not_shown(space, where, boxes[0])] = None
            return
        box, _, request = found
        shown = self._shown(trial, space, more, [box, *boxes[:MOST_BOXES]], with_pairs(request))
        cause = Cause(shown.policy, shown.statement)
        kept = self._found[more].get(cause)
        self._found[more][cause] = shown if kept is None else _joined(kept, shown)

    def _shown(self, trial: Trial, space: WholeSpace, more: int, boxes: list[Box], request: Request) -> Difference:
        """Return a difference; its request lies in the first of the boxes."""
        policy, statement = trial.cause(more, request)
        old, new = trial.decisions(request)
        words = [describe(space, box, most=_ALL) for box in boxes]
        return Difference(
            witness=request,
            old=old,
            new=new,
            policy=policy,
            statement=statement,
            principals=_together(self._principals(space, box) for box in boxes),
            actions=_together(each["actions"] for each in words),
            resources=_together(each["resources"] for each in words),
            conditions=trial.rests_on(more, request) | words[0]["conditions"],
        )

    def _principals(self, space: WholeSpace, box: Box) -> tuple[str, ...]:
        """Return who is concerned: a role for its sessions, where no session is named."""
        worlds = space.layout.masks(box)[WORLD]
        if worlds == space.fields[WORLD].full and isinstance(self._sources[0], Policies):
            return ("*",)
        return tuple(dict.fromkeys(_name(space.worlds[number]) for number in bits(worlds)))


def _endpoints(source: PolicySource) -> dict[str, object]:
    """Return the policies and types of an environment's VPC endpoints: where both sides have them, nothing differs."""
    held = source.vpc_endpoints.items() if isinstance(source, Environment) else ()
    policies = {name: parse_policy(each.policy).written if each.policy is not None else None for name, each in held}
    return {name: (each.type, policies[name]) for name, each in held}


def _name(world: World) -> str:
    caller = world.caller
    return caller.role_arn or caller.arn if any_session(caller) else caller.arn


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
    return replace(
        found,
        principals=first_names(found.principals),
        actions=first_names(found.actions),
        resources=first_names(found.resources),
    )
