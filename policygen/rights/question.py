"""One action on some resources, asked of the policies of one or more callers: the space of its requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from policygen.evaluation.policies import Grant, Policies
from policygen.evaluation.statements import CompiledStatement
from policygen.proofs.actions import Actions, Elements
from policygen.proofs.boxes import Box, Budget, Layout
from policygen.proofs.compose import may_match, patterns_of, relevant, sees_default_encryption
from policygen.proofs.fields import RESOURCE, WORLD, Field, OneValue, mask_of
from policygen.proofs.gates import TOLD_APART, Shape
from policygen.proofs.kinds import World
from policygen.proofs.known import Known, Sight
from policygen.proofs.reference import Reference
from policygen.proofs.sides import LaidOut, Side, Statements, as_statements
from policygen.proofs.whole_space import WholeSpace
from policygen.rights.alternatives import Laid, alternatives, cares
from policygen.rights.expressions import expressions
from policygen.rights.told import DEFAULT_ENCRYPTION, NotToldError, saying_why

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
        told_apart = [each for each in TOLD_APART if may_match(each, (question.resource,))]
        more = [*patterns_of(question.held), *told_apart, question.resource]
        super().__init__(worlds, statements, more, question.within, known.always, reference)

    def _actions(self, _patterns: Elements, _resources: Collection[str], _keys: Iterable[str]) -> Actions:
        return Actions(Field("Action", (self._action,)), frozenset({self._action}), self._reference)


class Says(NamedTuple):
    """What of some policies speaks of a question.

    Attributes:
        policies: The policies.
        known: What is known of caller and resource, of keys that they ask for.
        statements: Their statements that may speak of it, by policy type and level.
        grants: Their grants, each with its Allows of the action.
    """

    policies: Policies
    known: Known
    statements: Statements
    grants: tuple[tuple[Grant, tuple[CompiledStatement, ...]], ...]

    @classmethod
    def of(cls, policies: Policies, known: Known, action: str, resource: str, reference: Reference) -> Says:
        """Return what policies say of an action on a resource."""
        within = () if resource == "*" else (resource,)
        statements = {
            slot: tuple(each for each in found if _speaks_of(each, action))
            for slot, found in relevant(policies, within, reference).items()
        }
        grants = (
            (each, tuple(one for one in as_statements(each) if _speaks_of(one, action))) for each in policies.grants
        )
        says = cls(policies, known, statements, tuple(grants))
        asked_for = frozenset[str]().union(*(each.variable_keys() for each in says.every))
        some = (tuple(each for each in values if each[0] in asked_for) for values in known)
        return says._replace(known=Known(*some))

    @property
    def every(self) -> list[CompiledStatement]:
        """All statements, those of grants first."""
        of_grants = [each for _, granting in self.grants for each in granting]
        return of_grants + [each for found in self.statements.values() for each in found]

    @property
    def identity(self) -> object:
        """What says the same is equal."""
        slots = ((slot, frozenset(map(_bare, found))) for slot, found in self.statements.items())
        return self.known, tuple(slots), self.policies.grants, Shape.of(self.policies)


def _bare(statement: CompiledStatement) -> object:
    """Return a statement without its name and place, and whether variables are read in it."""
    reads = any("${" in each for each in statement.resources.written) if statement.resources is not None else False
    variables = statement.variable_keys() if reads or statement.conditions else None
    return replace(statement.statement, index=0, sid=None), variables


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
    _usual: frozenset[str]
    _known: dict[Laid, list[tuple[dict[str, str], Box]]] = field(default_factory=dict)

    def ways(self, world: int) -> list[Way]:
        """Return the ways in which the caller of a world may make the request.

        Raises:
            NotToldError: The budget is spent.
        """
        with saying_why(lambda: self.space):
            return self._ways(world)

    def _ways(self, world: int) -> list[Way]:
        allowed = (each.box for each in self._side.allowed)
        denied = (each.box for each in self._side.denies)
        laid = Laid.of(self.space, world, allowed, denied, self._outside)
        if laid not in self._known:
            self._known[laid] = [
                (
                    expressions(
                        self.space, each, partial(cares, self.space, each, laid.outside, self.budget), self._usual
                    ),
                    each,
                )
                for each in alternatives(self.space, laid, self.budget)
            ]
        own, never = self.space.layout.box({WORLD: 1 << world}), [*laid.denied, *laid.outside]
        return [
            Way(conditions=words, boxes=tuple(self.space.layout.difference([box & own], never, self.budget)))
            for words, box in self._known[laid]
        ]


def asked(
    question: Question,
    says: Says,
    worlds: Sequence[World],
    reference: Reference,
    holder_of: Callable[[str], str | None],
) -> Answers:
    """Lay out what policies say about a question.

    Args:
        question: The question.
        says: What decides it for all of the callers.
        worlds: The callers.
        reference: What is known of actions.
        holder_of: Returns under which ARN a resource is held.

    Raises:
        NotToldError: A field has too many atoms, or something decides that is not modelled.
    """
    every = says.every
    keys = {condition.key for each in every for condition in each.conditions}
    if sees_default_encryption([says.policies], keys):
        raise NotToldError(DEFAULT_ENCRYPTION)
    # grants come first: their names of pairs are told apart by case, and a key is spelled as it first stands
    told_apart = [*every, *_past(question, keys), *says.known.named(keys)]
    with saying_why(lambda: None):
        space = _AskedSpace(question, worlds, told_apart, says.known, reference)
    with saying_why(lambda: space):
        return _laid_out(space, question, says, holder_of)


def _laid_out(space: WholeSpace, question: Question, says: Says, holder_of: Callable[[str], str | None]) -> Answers:
    budget = Budget()
    laid_out = LaidOut(space, says.policies, Sight(space, says.known, says.policies), budget)
    side = laid_out.side(says.statements, says.grants)
    usual = frozenset(key for key, _ in says.known.default)
    outside = [*space.outside, *_elsewhere(space, question, holder_of)]
    return Answers(space, budget, side, outside, usual)


def _speaks_of(statement: CompiledStatement, action: str) -> bool:
    actions = statement.actions
    return actions is not None and actions.lists(action.lower()) is not actions.negated


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
