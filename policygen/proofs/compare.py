"""What one policy allows and another one does not, over all requests, with a request that shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from policygen.document.model import Effect, PolicyDocument
from policygen.evaluation.policies import NamedPolicy, compiled
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.services import sts
from policygen.evaluation.statements import CompiledStatement
from policygen.proofs.access import Access
from policygen.proofs.automaton import TooRichError
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.describe import describe
from policygen.proofs.kinds import Attachment, Kind, Surroundings, World, kind_of, with_everything
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.space import Space
from policygen.proofs.witness import confirmed, requests_in
from policygen.request.model import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Access that one policy gives and the other does not.

    Attributes:
        witness: A request that shows it.
        old: The decision on it under the old policy: ``allowed``, ``explicitDeny`` or ``implicitDeny``.
        new: The decision under the new one.
        policy: The policy with the statement that makes the difference.
        statement: That statement's Sid or ``#index``.
        principals: Who is concerned.
        actions: Which actions, as the policies write them.
        resources: Which resources.
        conditions: What a request must carry, in words, by condition key.
    """

    witness: Request
    old: str
    new: str
    policy: str
    statement: str
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON-ready values."""
        return {
            "witness": self.witness.to_dict(),
            "old": self.old,
            "new": self.new,
            "policy": self.policy,
            "statement": self.statement,
            "principals": list(self.principals),
            "actions": list(self.actions),
            "resources": list(self.resources),
            "conditions": dict(self.conditions),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """How the access that two policies give differs.

    Attributes:
        gained: What the new policy allows and the old one does not, a statement each.
        lost: What the old one allows and the new one does not.
        unknown: Why something could not be told; empty when everything could.
    """

    gained: tuple[Difference, ...] = ()
    lost: tuple[Difference, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """``same``, ``differs`` or ``unknown``: one witness makes a difference whatever else is unknown."""
        if self.gained or self.lost:
            return "differs"
        return "unknown" if self.unknown else "same"

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values; why something is unknown only where it is."""
        found: dict[str, Any] = {
            "verdict": self.verdict,
            "gained": [each.to_dict() for each in self.gained],
            "lost": [each.to_dict() for each in self.lost],
        }
        return found | ({"unknown": list(self.unknown)} if self.unknown else {})


@dataclass(frozen=True, slots=True)
class Excess:
    """Boxes that one policy allows and another does not.

    Attributes:
        statement: The statement that makes the difference.
        of_denied: Whether it is a Deny of the policy that allows less.
        boxes: The boxes.
    """

    statement: CompiledStatement
    of_denied: bool
    boxes: tuple[Box, ...]


def excesses(space: Space, more: Access, less: Access, budget: Budget, *, delegating: bool = False) -> Iterator[Excess]:
    """Yield what ``more`` allows and ``less`` does not.

    Args:
        space: The space of both.
        more: One policy.
        less: The other one.
        budget: The steps that may be taken.
        delegating: Whether an Allow for an account counts as one for everybody in it.

    Raises:
        TooRichError: The budget is spent.
    """
    never = dict.fromkeys([*space.outside, *(each.box for each in more.denies)])
    known = dict.fromkeys([*never, *less.allowed(), *(less.named if delegating else ())])
    for rule in more.allows:
        boxes = space.layout.difference([rule.box], known, budget)
        if boxes:
            yield Excess(rule.statement, False, tuple(boxes))
    for deny in less.denies:
        if deny.box in never:
            continue
        common = space.layout.intersections(more.allowed(), deny.box)
        boxes = space.layout.difference(common, never, budget)
        if boxes:
            yield Excess(deny.statement, True, tuple(boxes))


def compiled_both(old: PolicyDocument, new: PolicyDocument, kind: Kind) -> tuple[NamedPolicy, NamedPolicy]:
    """Return two documents as policies; where both only deny, each beside an Allow of everything.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009).
    """
    if not any(each.effect is Effect.ALLOW for each in (*old.statements, *new.statements)):
        old, new = with_everything(old, kind), with_everything(new, kind)
    return compiled(old, old.source), compiled(new, new.source)


def why_unknown(space: Space, statement: CompiledStatement, box: Box) -> str:
    """Return why a box that the proof found for a statement could not be shown by a request."""
    return why_not_shown(space, f"statement {statement.statement.label}", box)


def why_not_shown(space: Space, where: str, box: Box) -> str:
    """Return why a box that the proof found could not be shown by a request; ``where`` says what it is about."""
    masks = space.layout.masks(box)
    names = [flag.name for number, flag in space.flags.items() if masks[number] != space.fields[number].full]
    if any(sts.further_actions(request) for _, request in requests_in(space, box)):
        return f"{where}: a call with session tags or a source identity asks for further actions, too"
    if not names:
        return f"{where}: no request was found that the evaluator confirms"
    return f"{where}: it hangs on {' and '.join(dict.fromkeys(names))}, of which no request was found that shows it"


def why_ended(error: TooRichError, space: Space | None) -> str:
    """Return why a proof ended early: no space for a field's patterns, or too many steps in one with so many cases."""
    if space is None or str(error):
        return f"{error} has too many patterns that can hold together"
    if space.aside:
        number, aside = max(space.aside.items(), key=lambda each: len(each[1].questions))
        cases = f"{space.fields[number].name} has {len(aside.questions)} patterns that may hold together"
    else:
        richest = max(space.fields, key=lambda each: len(each.values))
        cases = f"{richest.name} has {len(richest.values)} cases"
    return f"the proof takes too many steps: {cases}"


def kind_of_both(old: PolicyDocument, new: PolicyDocument, kinds: Collection[Kind]) -> Kind:
    """Return what two documents look like: one that names principals says more than one that does not, or is empty."""
    found = [kind_of(each, kinds) for each in (old, new) if each.statements] or [kind_of(old, kinds)]
    return max(found, key=lambda each: each is not Kind.IDENTITY)


def compare(
    old: PolicyDocument,
    new: PolicyDocument,
    kinds: Collection[Kind] = (),
    reference: Reference = NOTHING_KNOWN,
    attached: Attachment | None = None,
    *,
    closed: bool = False,
) -> Diff:
    """Return how the access that two documents give differs, over all requests.

    Args:
        old: A policy.
        new: Another policy of the same type.
        kinds: What they may be, as :func:`kind_of` takes it.
        reference: What is known of actions: what no call can name or carry is left out, and witnesses are real.
        attached: What they are attached to, where that is known; who may do what without them counts then as well.
        closed: Whether a wildcard stands for no more than the actions that the reference knows, of its services.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009).
    """
    wanted = kind_of_both(old, new, kinds)
    if attached is None:
        policies = compiled_both(old, new, wanted)
    else:
        policies = compiled(old, old.source), compiled(new, new.source)
    comparison = Comparison(policies, wanted, reference, attached, closed=closed)
    gained, of_gained = comparison.found(more=1)
    lost, of_lost = comparison.found(more=0)
    unknown = tuple(dict.fromkeys((*of_gained, *of_lost)))
    return Diff(gained=tuple(gained.values()), lost=tuple(lost.values()), unknown=unknown)


def merged(found: Iterable[Diff]) -> Diff:
    """Return several results as one."""
    several = tuple(found)
    return Diff(
        gained=tuple(one for each in several for one in each.gained),
        lost=tuple(one for each in several for one in each.lost),
        unknown=tuple(one for each in several for one in each.unknown),
    )


Making = tuple[bool, int]
"""The statement that makes a difference: whether it is a Deny of the policy that allows less, and its index there."""


class Comparison:
    """Two policies in one space."""

    def __init__(
        self,
        policies: tuple[NamedPolicy, NamedPolicy],
        kind: Kind,
        reference: Reference = NOTHING_KNOWN,
        attached: Attachment | None = None,
        *,
        closed: bool = False,
    ) -> None:
        """Make the space; a field that is too rich leaves everything unknown."""
        self._policies = policies
        self._surroundings = [Surroundings(kind, each.document) for each in policies]
        self._kind = kind
        self.space: Space | None = None
        self._unknown: tuple[str, ...] = ()
        try:
            statements = [each.statements for each in policies]
            self.space = Space(kind, statements, attached=attached, reference=reference, closed=closed)
        except TooRichError as error:
            self._unknown = (why_ended(error, None),)

    def found(self, more: int, *, delegating: bool = False) -> tuple[dict[Making, Difference], tuple[str, ...]]:
        """Return what the policy of a number allows beyond the other one, and why something is not known."""
        space = self.space
        if space is None:
            return {}, self._unknown
        found: dict[Making, Difference] = {}
        open_: dict[Making, str] = {}
        budget = Budget()
        try:
            for each in excesses(space, space.access[more], space.access[1 - more], budget, delegating=delegating):
                key = (each.of_denied, each.statement.statement.index)
                if key not in found:
                    shown = self._shown(space, each, more)
                    if shown is not None:
                        found[key] = shown
                    else:
                        open_[key] = why_unknown(space, each.statement, each.boxes[0])
        except TooRichError as error:
            open_[(False, -1)] = why_ended(error, space)
        return found, tuple(dict.fromkeys(why for key, why in open_.items() if key not in found))

    def _shown(self, space: Space, excess: Excess, more: int) -> Difference | None:
        """Return a difference that the evaluator confirms; None when no request was found that it does."""

        def shows(world: World, request: Request) -> bool:
            decisions = [each.decision(world, request).decision is EvalDecision.ALLOWED for each in self._surroundings]
            return decisions[more] and not decisions[1 - more]

        found = confirmed(space, excess.boxes, shows)
        if found is None:
            return None
        box, world, request = found
        decisions = [each.decision(world, request).decision for each in self._surroundings]
        return Difference(
            witness=request,
            old=decisions[0].value,
            new=decisions[1].value,
            policy=self._policies[1 - more if excess.of_denied else more].name,
            statement=excess.statement.statement.label,
            **describe(space, box),
        )
