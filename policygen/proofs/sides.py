"""What one set of policies says of a space: what its Allows allow together, and what its Denies deny.

A request is allowed where no Deny that counts applies, and where all Allows of one of the ways through the gates do. So
what a set allows is a union of intersections of unions, less the Denies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from policygen.document.parse import parse_policy
from policygen.evaluation.policies import Grant, Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.services import kms
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.principals import PrincipalMatch
from policygen.proofs.access import Rule
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.fields import WORLD, mask_of
from policygen.proofs.gates import GRANTED, Gates, Need, Shape, Slot, gates_of
from policygen.proofs.kinds import request_of
from policygen.proofs.known import Sight
from policygen.proofs.whole_space import WholeSpace

Statements = Mapping[Slot, tuple[CompiledStatement, ...]]


class Term(NamedTuple):
    """A box that is allowed, with the statements that allow it, one of each policy that must."""

    box: Box
    statements: tuple[CompiledStatement, ...] = ()


class Side(NamedTuple):
    """What one set of policies says.

    Attributes:
        allowed: What its Allows allow together.
        denies: What each Deny denies.
    """

    allowed: list[Term]
    denies: list[Rule]


class LaidOut:
    """The statements of one set of policies, laid out in a space."""

    def __init__(
        self,
        space: WholeSpace,
        policies: Policies,
        sight: Sight,
        budget: Budget,
        within: Callable[[Slot, CompiledStatement], Box] | None = None,
    ) -> None:
        """Hold what they are laid out in.

        Args:
            space: The space.
            policies: The policies.
            sight: Tells what is known beside a request.
            budget: The steps that may be taken.
            within: Returns where a statement can apply at all: that of a resource's policy on the resource alone; None
                for everywhere.
        """
        self._space = space
        self._within = within
        self._policies = policies
        self._sight = sight
        self._budget = budget
        self._allows: dict[Need, list[Term]] = {}
        self._denies: dict[Slot, list[Rule]] = {}

    def side(self, statements: Statements, grants: Iterable[tuple[Grant, Iterable[CompiledStatement]]]) -> Side:
        """Return what the policies say.

        Args:
            statements: Their statements, by policy type and level.
            grants: Their grants, each with the statements of :func:`as_statements`.

        Raises:
            TooRichError: The budget is spent.
        """
        for slot, found in statements.items():
            for each in found:
                self._add(slot, each)
        for grant, granting in grants:
            for each in granting:
                self._add_grant(grant, each)
        ask = partial(gates_of, Shape.of(self._policies))
        managing = frozenset({self._policies.settings.management_account}) - {None}
        cells = [each for each in self._space.cells(managing, ask).items() if each[0].ways]
        allowed = [term for gates, boxes in cells for way in gates.ways for term in self._through(boxes, way)]
        return Side(allowed, [rule for slot in self._denies for rule in self._counting(slot, cells)])

    def _add(self, slot: Slot, statement: CompiledStatement) -> None:
        limit = self._within(slot, statement) if self._within is not None else self._space.layout.full
        for names, box in self._space.boxes_of(slot, self._policies, statement):
            for seen in self._sight.seen(box & limit):
                if statement.denies:
                    self._denies.setdefault(slot, []).append(Rule(statement, seen))
                else:
                    capacity = names if slot[0] is PolicyType.RESOURCE_BASED else PrincipalMatch.DIRECT
                    self._allows.setdefault(Need(slot, capacity), []).append(Term(seen, (statement,)))

    def _add_grant(self, grant: Grant, statement: CompiledStatement) -> None:
        """Add what a grant allows by one operation: the evaluator tells to whom."""
        (action,) = statement.statement.action or ("",)
        named = mask_of(kms.names_grantee(grant, request_of(each, action, "*", {})) for each in self._space.worlds)
        callers = self._space.layout.box({WORLD: named})
        for _, box in self._space.boxes_of(GRANTED.slot, self._policies, statement) if named else ():
            for seen in self._sight.seen(box & callers):
                self._allows.setdefault(GRANTED, []).append(Term(seen, (statement,)))

    def _counting(self, slot: Slot, cells: list[tuple[Gates, list[Box]]]) -> Iterator[Rule]:
        """Yield the Denies of a policy type, where they count."""
        if all(slot in gates.denying for gates, _ in cells):
            yield from self._denies[slot]
            return
        denied = [box for gates, boxes in cells if slot in gates.denying for box in boxes]
        for rule in self._denies[slot]:
            yield from (Rule(rule.statement, box) for box in self._space.layout.intersections(denied, rule.box))

    def _through(self, boxes: list[Box], way: Iterable[Need]) -> list[Term]:
        """Return what of some boxes one Allow of each kind allows; an Allow of all of a box stands for all others."""
        layout = self._space.layout
        found = [Term(box) for box in boxes]
        for allowing in sorted((self._allows.get(need, []) for need in way), key=len):
            following: dict[Box, Term] = {}
            for term in found:
                whole = next((each for each in allowing if not term.box & ~each.box), None)
                for each in allowing if whole is None else (whole,):
                    box = term.box & each.box
                    if layout.has_requests(box):
                        following.setdefault(box, Term(box, term.statements + each.statements))
            self._budget.spend(len(found) + len(following))
            found = list(following.values())
        return found


def as_statements(grant: Grant) -> tuple[CompiledStatement, ...]:
    """Return a grant as an Allow for each of its operations; retiring it is one."""
    found: list[CompiledStatement] = []
    for operation in dict.fromkeys((*grant.operations, "RetireGrant")):
        action = f"kms:{operation}"
        condition = kms.grant_condition(grant, action)
        statement = {"Effect": "Allow", "Action": action, "Resource": grant.key or "*", "Condition": condition}
        found += compile_statements(parse_policy({"Statement": statement}), grant.name)
    return tuple(found)
