"""One action on some resources, asked of the policies of one or more callers: the space of its requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from policygen.evaluation.policies import Policies
from policygen.evaluation.statements import CompiledStatement
from policygen.proofs.actions import Actions, Elements
from policygen.proofs.automaton import TooRichError
from policygen.proofs.boxes import Box, Budget, Layout
from policygen.proofs.compose import patterns_of, relevant, sees_default_encryption
from policygen.proofs.fields import RESOURCE, WORLD, Field, OneValue, mask_of
from policygen.proofs.kinds import World
from policygen.proofs.known import Known, Sight
from policygen.proofs.reference import Reference
from policygen.proofs.sides import LaidOut, Side, Statements, as_statements
from policygen.proofs.whole_space import WholeSpace
from policygen.rights.alternatives import Laid, alternatives, cares
from policygen.rights.expressions import expressions

DEFAULT_ENCRYPTION = "conditions on the encryption of uploads: the default encryption is visible to them"

_ENDPOINT = "aws:sourcevpce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the policies of some callers.

    Attributes:
        action: The action.
        resource: An ARN or a pattern of ARNs.
        holder: The ARN under which the resources stand; None for those that are not held.
        held: Every resource that is held and meets the pattern.
        endpoint: The VPC endpoint through which requests come; None for any way past those that are held.
        endpoints: The VPC endpoints that are held.
    """

    action: str
    resource: str
    holder: str | None
    held: tuple[str, ...]
    endpoint: str | None = None
    endpoints: tuple[str, ...] = ()

    @property
    def within(self) -> tuple[str, ...]:
        """Patterns of the only resources that are asked for: ARNs with a ``*`` at their end at most; none for any."""
        if self.resource.startswith("arn:") and not {"*", "?"} & set(self.resource[:-1]):
            return (self.resource,)
        return patterns_of([self.holder]) if self.holder is not None else ()


class _AskedSpace(WholeSpace):
    """The space of the requests for one action."""

    def __init__(
        self,
        question: Question,
        worlds: Sequence[World],
        statements: Iterable[CompiledStatement],
        known: Known,
        reference: Reference,
    ) -> None:
        """Make it; for what is given see :class:`policygen.proofs.whole_space.WholeSpace`.

        Raises:
            TooRichError: A field has too many atoms; the error names it.
        """
        self._action = question.action.lower()
        more = [*patterns_of(question.held), question.resource]
        super().__init__(worlds, statements, more, question.within, known.always, reference)

    def _actions(self, _patterns: Elements, _resources: Collection[str], _keys: Iterable[str]) -> Actions:
        return Actions(Field("Action", (self._action,)), frozenset({self._action}), self._reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which a request may be made.

    Attributes:
        conditions: What it must carry, in words, by condition key.
        boxes: Boxes of such requests, none of which is denied, and none of which nobody can ask.
    """

    conditions: dict[str, str]
    boxes: tuple[Box, ...]


@dataclass(slots=True)
class Answers:
    """What the policies of some callers answer, in one space.

    Attributes:
        space: The space.
        budget: The steps that are left.
    """

    space: WholeSpace
    budget: Budget
    _side: Side
    _outside: list[Box]
    _known: dict[Laid, list[tuple[dict[str, str], Box]]] = field(default_factory=dict)

    def ways(self, world: int) -> list[Way]:
        """Return the ways in which the caller of a world may make the request.

        Raises:
            TooRichError: The budget is spent.
        """
        allowed = (each.box for each in self._side.allowed)
        denied = (each.box for each in self._side.denies)
        laid = Laid.of(self.space, world, allowed, denied, self._outside)
        if laid not in self._known:
            self._known[laid] = [
                (expressions(self.space, each, partial(cares, self.space, each, laid.outside, self.budget)), each)
                for each in alternatives(self.space, laid, self.budget)
            ]
        own, never = self.space.layout.box({WORLD: 1 << world}), [*laid.denied, *laid.outside]
        return [
            Way(conditions=words, boxes=tuple(self.space.layout.difference([box & own], never, self.budget)))
            for words, box in self._known[laid]
        ]


def asked(
    question: Question,
    policies: Policies,
    known: Known,
    worlds: Sequence[World],
    reference: Reference,
    holder_of: Callable[[str], str | None],
) -> Answers:
    """Lay out what policies say about a question.

    Args:
        question: The question.
        policies: The policies that decide it for all of the callers.
        known: What is known of them and of the resource.
        worlds: The callers.
        reference: What is known of actions.
        holder_of: Returns under which ARN a resource is held.

    Raises:
        TooRichError: A field has too many atoms, or something decides that is not modelled; the error says what.
    """
    budget = Budget()
    statements = speaking(policies, question.action, question.resource, reference)
    grants = [(each, _of_action(as_statements(each), question.action)) for each in policies.grants]
    every = [each for found in statements.values() for each in found]
    keys = {condition.key for each in every for condition in each.conditions}
    if sees_default_encryption([policies], keys):
        raise TooRichError(DEFAULT_ENCRYPTION)
    beside = [each for _, granting in grants for each in granting]
    beside += known.named({*keys, *(condition.key for each in beside for condition in each.conditions)})
    space = _AskedSpace(question, worlds, [*beside, *_past(question, keys), *every], known, reference)
    side = LaidOut(space, policies, Sight(space, known, policies), budget).side(statements, grants)
    return Answers(space, budget, side, [*space.outside, *_elsewhere(space, question, holder_of)])


def speaking(policies: Policies, action: str, resource: str, reference: Reference) -> Statements:
    """Return the statements of policies that may speak of an action on a resource, by policy type and level."""
    within = () if resource == "*" else (resource,)
    return {
        slot: tuple(each for each in found if _speaks_of(each, action))
        for slot, found in relevant(policies, within, reference).items()
    }


def _speaks_of(statement: CompiledStatement, action: str) -> bool:
    actions = statement.actions
    return actions is not None and actions.lists(action.lower()) is not actions.negated


def _of_action(statements: Iterable[CompiledStatement], action: str) -> list[CompiledStatement]:
    return [each for each in statements if _speaks_of(each, action)]


def _past(question: Question, keys: Collection[str]) -> Iterator[CompiledStatement]:
    """Yield statements of no policy that name the VPC endpoints, where it is told apart whether one is passed."""
    if question.endpoint is None and question.endpoints and _ENDPOINT in keys:
        yield from Known(always=((_ENDPOINT, question.endpoints),)).named(keys)


def _elsewhere(space: WholeSpace, question: Question, holder_of: Callable[[str], str | None]) -> Iterator[Box]:
    """Yield the requests that are not asked about: other resources, those held elsewhere, another VPC endpoint."""
    layout, resources = space.layout, space.fields[RESOURCE].values
    for number, mask in space.on_resources(question.resource).items() if question.resource != "*" else ():
        yield from _outside(layout, number, space.fields[number].full & ~mask)
    yield from _outside(layout, RESOURCE, mask_of(holder_of(each) != question.holder for each in resources))
    passed = space.keys.get(_ENDPOINT)
    if isinstance(passed, OneValue) and question.endpoint is None:
        yield from _outside(layout, passed.number, mask_of(each in question.endpoints for each in passed.field.values))


def _outside(layout: Layout, number: int, mask: int) -> Iterator[Box]:
    yield from [layout.box({number: mask})] if mask else []
