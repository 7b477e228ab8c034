"""A policy beside what is asked of it: it allows nothing else, every guard holds, nothing that is required is denied.

What is asked is a policy, too: its Allows are all that may be given, its Denies are all that must be refused.

Fact: E1, E2, E36
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from policygen.document.model import Effect, PolicyDocument
from policygen.evaluation.policies import compiled
from policygen.evaluation.results.decision import Decision
from policygen.evaluation.results.traces import ElementTrace
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.statements import CompiledStatement
from policygen.proofs.access import Rule
from policygen.proofs.automaton import TooRichError
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.compare import why_ended, why_unknown
from policygen.proofs.fields import ACTION, NO, WORLD, YES, ManyValues, OneValue, context_of, mask_of
from policygen.proofs.kinds import Attachment, Kind, Surroundings, World
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.space import Space
from policygen.proofs.witness import confirmed
from policygen.request.condition_keys import find_condition_key
from policygen.request.model import Request
from policygen.request.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """A request that must be allowed, and stands for others.

    Attributes:
        request: The request.
        statement: Its place among the statements of what is asked: all that it covers is required, with the context of
            the request.
    """

    request: Request
    statement: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one statement does against what is asked.

    Attributes:
        statement: The statement: of the policy, or of what is asked (a guard).
        witness: A request that shows it; None where none was found.
        decision: The decision of the policy on it, beside policies that allow what they can.
        unknown: Why nobody can tell; None where there is a witness.
        serious: Whether the witness is one of the worse requests that were asked for first.
    """

    statement: CompiledStatement
    witness: Request | None = None
    decision: Decision | None = None
    unknown: str | None = None
    serious: bool = False


Serious = Callable[[World, str], bool]
"""Tells of a caller and an action, in lower case, whether it is worse than others that it is allowed."""


class Inclusion:
    """A policy and what is asked of it, in one space."""

    def __init__(
        self,
        kind: Kind,
        document: PolicyDocument,
        asked: PolicyDocument,
        attached: Attachment,
        reference: Reference = NOTHING_KNOWN,
    ) -> None:
        """Make the space of both.

        Args:
            kind: What they are.
            document: The policy; of a role, all its identity-based policies as one.
            asked: What is asked of it.
            attached: What they are attached to.
            reference: What is known of actions: a wildcard stands for these alone.

        Raises:
            TooRichError: A field has too many patterns that can hold together; the error names it.
            DocumentError: A document cannot be judged (PG-D007, PG-D009).
        """
        self._kind = kind
        self._document, self._asked = compiled(document, document.source), compiled(asked, asked.source)
        allows = tuple(each for each in asked.statements if each.effect is Effect.ALLOW)
        self._mine, self._wanted, self._given = (
            Surroundings(kind, each) for each in (document, asked, replace(asked, statements=allows))
        )
        self._budget = Budget()
        self._known: dict[tuple[str, tuple[str, ...]], dict[int, int]] = {}
        self._worlds: dict[Principal, int] = {}
        both = [self._document.statements, self._asked.statements]
        self.space = Space(kind, both, attached=attached, reference=reference, closed=True)

    @property
    def statements(self) -> tuple[CompiledStatement, ...]:
        """The policy's statements."""
        return self._document.statements

    def excess(self, serious: Serious) -> Iterator[Found]:
        """Yield each Allow that gives more than is asked, with the worst request that it gives.

        Raises:
            TooRichError: The budget is spent.
        """
        space, difference = self.space, self.space.layout.difference
        mine, wanted = space.access
        known = [*space.outside, *(each.box for each in mine.denies), *wanted.allowed()]
        worse = self._worse(serious)
        for statement, rules in _by_statement(mine.allows):
            boxes = difference(rules, known, self._budget)
            if not boxes:
                continue
            graver = [each for part in worse for each in space.layout.intersections(boxes, part)]
            found = self._shown(statement, graver, self._exceeds, serious=True) if graver else None
            if found is None or found.witness is None:
                found = self._shown(statement, boxes, self._exceeds, serious=bool(graver))
            yield found

    def _worse(self, serious: Serious) -> list[Box]:
        space = self.space
        found: list[Box] = []
        actions = space.fields[ACTION].values
        by_mask: dict[int, int] = {}
        for number, world in enumerate(space.worlds):
            mask = mask_of(serious(world, each) for each in actions)
            by_mask[mask] = by_mask.get(mask, 0) | 1 << number
        for mask, worlds in by_mask.items():
            found += [space.layout.box({WORLD: worlds, ACTION: mask})] if mask else []
        return found

    def _exceeds(self, world: World, request: Request) -> bool:
        allowed = self._mine.decision(world, request).decision is EvalDecision.ALLOWED
        return allowed and self._given.decision(world, request).decision is not EvalDecision.ALLOWED

    def nearest(self, request: Request) -> ElementTrace | None:
        """Return the element of the Allow that comes nearest to a request, among those that are asked for, which fails.

        None where nothing is asked for.
        """
        with_principal = self._kind.is_of_resource
        failing = [
            [each for each in statement.trace(request, names=names, implies_resource=True) if not each.matched]
            for statement in self._asked.statements
            if not statement.denies
            for names in [statement.names(request.principal) if with_principal else None]
        ]
        nearest = min((each for each in failing if each), key=len, default=None)
        return nearest[0] if nearest else None

    def hollow(self) -> Iterator[Found]:
        """Yield each Deny of what is asked that the policy does not deny as a whole.

        Raises:
            TooRichError: The budget is spent.
        """
        mine, wanted = self.space.access
        known = [*self.space.outside, *(each.box for each in mine.denies)]
        for statement, rules in _by_statement(wanted.denies):
            boxes = self.space.layout.difference(rules, known, self._budget)
            if boxes:
                yield self._shown(statement, boxes, self._gets_by)

    def _gets_by(self, world: World, request: Request) -> bool:
        denied = EvalDecision.EXPLICIT_DENY
        mine, wanted = (each.decision(world, request).decision for each in (self._mine, self._wanted))
        return wanted is denied and mine is not denied

    def denied(self, required: Sequence[Box]) -> Iterator[Found]:
        """Yield each Deny of the policy that hits what must be allowed, as :meth:`required` gives it.

        Raises:
            TooRichError: The budget is spent.
        """
        for statement, rules in _by_statement(self.space.access[0].denies):
            hit = self._hit(required, rules)
            if hit:
                yield self._shown(statement, hit, self._is_denied)

    def beyond(self) -> Iterator[Found]:
        """Yield each Deny of the policy that takes away what no guard asks to refuse, from somebody who had it.

        Raises:
            TooRichError: The budget is spent.
        """
        mine = self.space.access[0]
        for statement, rules in _by_statement(mine.denies):
            taken = self._hit(mine.allowed(), rules)
            if taken:
                yield self._shown(statement, taken, self._is_denied)

    def _is_denied(self, world: World, request: Request) -> bool:
        denied = EvalDecision.EXPLICIT_DENY
        mine, wanted = (each.decision(world, request).decision for each in (self._mine, self._wanted))
        return mine is denied and wanted is not denied

    def _hit(self, required: Iterable[Box], rules: Iterable[Box]) -> list[Box]:
        """Return what rules cover of what is required, and no guard denies."""
        required = list(required)
        common = [each for rule in rules for each in self.space.layout.intersections(required, rule)]
        known = [*self.space.outside, *(each.box for each in self.space.access[1].denies)]
        return self.space.layout.difference(common, known, self._budget)

    def required(self, required: Iterable[Required]) -> list[Box]:
        """Return where the requests are that must be allowed, each with the others that it stands for."""
        space, found = self.space, dict[Box, None]()
        asked = {each.statement.index: (each, space.boxes(each)) for each in self._asked.statements}
        for each in required:
            statement, boxes = asked[each.statement]
            limited = {condition.key for condition in statement.conditions}
            stated = space.layout.box(self._as_stated(each.request, limited))
            found |= dict.fromkeys(space.layout.intersections(boxes, stated))
        return list(found)

    def _as_stated(self, request: Request, limited: Collection[str]) -> dict[int, int]:
        """Return requests like this one: by its caller, with its context keys and no others.

        Args:
            request: The request.
            limited: The keys of which its statement says which values they may have.
        """
        space = self.space
        part = {WORLD: self._callers(request)}
        action = space.fields[ACTION].index.get(request.action.lower())
        if action is not None:
            part[ACTION] = 1 << action
        for key, field in space.keys.items():
            value = request.context.get(key)
            if value is not None and key not in limited:
                part |= self._alike(key, field, value.values)
            elif value is None and not _is_always_there(key):
                part |= field.absent()
        return part

    def _alike(self, key: str, field: OneValue | ManyValues, values: tuple[str, ...]) -> dict[int, int]:
        """Return where a key has values that no condition tells from these."""
        if (key, values) not in self._known:
            stated = {self._answers(key, each) for each in values}
            if isinstance(field, OneValue):
                atoms = field.field.values
                mask = mask_of(each is not None and self._answers(key, each) in stated for each in atoms)
                aside = self.space.aside.get(field.number)
                self._known[key, values] = {field.number: mask} | (aside.answers_of(values[0]) if aside else {})
            else:
                self._known[key, values] = {
                    field.first + number: YES if self._answers(key, each) in stated else NO
                    for number, each in enumerate(field.values)
                }
        return self._known[key, values]

    def _answers(self, key: str, value: str) -> tuple[bool, ...]:
        """Return what each condition on a key says of a value, those aside that have questions of their own."""
        statements = (*self._document.statements, *self._asked.statements)
        conditions = (condition for each in statements for condition in each.conditions if condition.key == key)
        return tuple(each.holds(context_of(key, value)) for each in conditions if not self.space.puts_aside(each))

    def _callers(self, request: Request) -> int:
        """Return the worlds whose caller asks; for one that no policy names, those that stand for it."""
        if request.principal not in self._worlds:
            self._worlds[request.principal] = self._worlds_of(request.principal)
        return self._worlds[request.principal]

    def _worlds_of(self, caller: Principal) -> int:
        worlds = self.space.worlds
        same = mask_of(
            each.caller.arn == caller.arn
            or (caller.principal_arn is not None and each.caller.principal_arn == caller.principal_arn)
            for each in worlds
        )
        if same:
            return same
        return mask_of(each.caller.kind is caller.kind and each.caller.account == caller.account for each in worlds)

    def idle(self, required: Sequence[Box]) -> Iterator[tuple[CompiledStatement, int]]:
        """Yield each condition, by its number, without which nothing would change that anybody asked for.

        An Allow would give no more than is asked, a Deny would hit nothing that is required or that somebody had.

        Raises:
            TooRichError: The budget is spent.
        """
        space = self.space
        mine, wanted = space.access
        known = [*space.outside, *(each.box for each in mine.denies), *wanted.allowed()]
        for statement in self.statements:
            for number in range(len(statement.conditions)):
                without = space.boxes(_without(statement, number))
                if statement.denies:
                    changed = self._hit([*required, *mine.allowed()], without)
                else:
                    letting = space.letting(statement)
                    changed = space.layout.difference([each & letting for each in without], known, self._budget)
                if not changed:
                    yield statement, number

    def _shown(
        self,
        statement: CompiledStatement,
        boxes: Sequence[Box],
        shows: Callable[[World, Request], bool],
        *,
        serious: bool = False,
    ) -> Found:
        found = confirmed(self.space, boxes, shows)
        if found is None:
            return Found(statement=statement, unknown=why_unknown(self.space, statement, boxes[0]), serious=True)
        _, world, request = found
        return Found(
            statement=statement,
            witness=request,
            decision=self._mine.decision(world, request),
            serious=serious,
        )


def _by_statement(rules: Iterable[Rule]) -> Iterable[tuple[CompiledStatement, list[Box]]]:
    """Return the boxes of each statement."""
    found: dict[int, tuple[CompiledStatement, list[Box]]] = {}
    for each in rules:
        found.setdefault(id(each.statement), (each.statement, []))[1].append(each.box)
    return found.values()


def _is_always_there(key: str) -> bool:
    row = find_condition_key(key)
    return row is not None and row.in_every_request


def why_too_rich(error: TooRichError, inclusion: Inclusion | None) -> str:
    """Return why a proof ended early."""
    return why_ended(error, inclusion.space if inclusion is not None else None)


def _without(statement: CompiledStatement, number: int) -> CompiledStatement:
    """Return a statement without one of its conditions."""
    return replace(statement, conditions=statement.conditions[:number] + statement.conditions[number + 1 :])
