"""What whole sets of policies allow, as boxes: for each way in which a right can come, what all its policies allow.

A request is allowed where no Deny that counts applies, and where all Allows of one of the ways through the gates do. So
what a set allows is a union of intersections of unions, less the Denies; two sets are compared in one space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from policygen.aws.arns import parse_arn
from policygen.document.parse import parse_policy
from policygen.evaluation.policies import Grant, Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.services import kms, s3
from policygen.evaluation.situation import is_hidden_tag
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.arns import COLONS
from policygen.matching.overlap import overlap
from policygen.matching.principals import PrincipalMatch
from policygen.proofs.access import Rule
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.fields import NO, RESOURCE, WORLD, YES, ManyValues, OneValue, mask_of
from policygen.proofs.gates import GRANTED, TOLD_APART, Gates, Need, Shape, Slot, gates_of, statements_of
from policygen.proofs.kinds import request_of
from policygen.proofs.parties import Group, Holders, Known
from policygen.proofs.reference import Reference
from policygen.proofs.whole_space import WholeSpace
from policygen.request.model import Request

_VARIABLE = re.compile(r"\$\{[^}]*\}")

class Term(NamedTuple):
    """A box that is allowed, with the statements that allow it, one of each policy that must."""

    box: Box
    statements: tuple[CompiledStatement, ...] = ()


class Side(NamedTuple):
    """What one set of policies says of a space.

    Attributes:
        allowed: What its Allows allow together.
        denies: What each Deny denies.
    """

    allowed: list[Term]
    denies: list[Rule]


class Composition:
    """Both sides of a group in one space.

    Attributes:
        space: The space.
        outside: Boxes of requests that nobody can make, or that are not the group's.
        sides: What each side says.
        unknown: Whether something decides that is not modelled: the bucket's default encryption, seen by conditions.
    """

    def __init__(
        self,
        group: Group,
        resources: dict[Holders, str],
        holders: Callable[[str], Holders],
        reference: Reference,
        budget: Budget,
    ) -> None:
        """Make the space, and lay both sides out in it.

        Args:
            group: The group.
            resources: Every resource that is held anywhere.
            holders: Tells who holds a resource.
            reference: What is known of actions.
            budget: The steps that may be taken.

        Raises:
            TooRichError: A field has too many atoms, or the budget is spent.
        """
        self._group, self._budget = group, budget
        targets = _targets(group.resources.values())
        own = [_relevant(policies, targets) for policies in group.sides]
        self._grants = [list(map(_of_grant, policies.grants)) for policies in group.sides]
        granting = [each for side in self._grants for found in side for each in found.values()]
        every = [each for side in own for found in side.values() for each in found]
        apart = [] if targets else [*_targets(resources.values()), *TOLD_APART]
        self.space = WholeSpace(list(group.worlds), [*every, *granting, *_naming_known(group, every)], apart, targets, reference)
        self.outside = [*self.space.outside, *self._elsewhere(holders)]
        managing = frozenset(each.settings.management_account for each in group.sides) - {None}
        self._managing: frozenset[str | None] = frozenset(managing)
        self.unknown = self._default_encryption(every)
        self._known = [list(self._known_of(number)) for number in (0, 1)]
        self.sides = [self._side(number, statements) for number, statements in enumerate(own)]

    def _default_encryption(self, statements: Iterable[CompiledStatement]) -> bool:
        """Tell whether an upload's conditions hang on the bucket's default encryption, which is not modelled."""
        settings = [each.settings for each in self._group.sides]
        seen = any(each.default_encryption_visible and each.default_encryption for each in settings)
        keys = {condition.key for each in statements for condition in each.conditions} if seen else set()
        return not keys.isdisjoint(s3.KEYS_OF_ENCRYPTION)

    def _elsewhere(self, holders: Callable[[str], Holders]) -> Iterator[Box]:
        """Yield the resources that a caller is asked about in another group."""
        where = [holders(resource) for resource in self.space.fields[RESOURCE].values]
        found: dict[frozenset[Holders], int] = {}
        for number, world in enumerate(self.space.worlds):
            asked = frozenset(self._group.worlds[world])
            found[asked] = found.get(asked, 0) | 1 << number
        for asked, worlds in found.items():
            others = mask_of(each not in asked for each in where)
            if others:
                yield self.space.layout.box({WORLD: worlds, RESOURCE: others})

    def _side(self, number: int, statements: dict[Slot, tuple[CompiledStatement, ...]]) -> Side:
        policies, layout = self._group.sides[number], self.space.layout
        allows: dict[Need, list[Term]] = {}
        denies: dict[Slot, list[Rule]] = {}
        for slot, found in statements.items():
            for statement in found:
                for names, box in self.space.boxes_of(slot, policies, statement):
                    for seen in self._seen(number, box):
                        if statement.denies:
                            denies.setdefault(slot, []).append(Rule(statement, seen))
                        else:
                            capacity = names if slot[0] is PolicyType.RESOURCE_BASED else PrincipalMatch.DIRECT
                            allows.setdefault(Need(slot, capacity), []).append(Term(seen, (statement,)))
        for grant, given in zip(policies.grants, self._grants[number], strict=True):
            allows.setdefault(GRANTED, []).extend(
                term._replace(box=seen) for term in self._of_grants(grant, given) for seen in self._seen(number, term.box)
            )
        shape = Shape.of(policies)
        allowed: list[Term] = []
        cells = [(gate, boxes) for gate, boxes in self.space.cells(self._managing, partial(gates_of, shape)).items() if gate.ways]
        for gate, boxes in cells:
            for way in gate.ways:
                allowed += self._through(boxes, [allows.get(need, []) for need in way])
        return Side(allowed, [rule for slot, rules in denies.items() for rule in self._counting(slot, rules, cells)])

    def _counting(self, slot: Slot, rules: list[Rule], cells: list[tuple[Gates, list[Box]]]) -> Iterator[Rule]:
        """Yield the Denies of a policy type, where they count."""
        if all(slot in gate.denying for gate, _ in cells):
            yield from rules
            return
        denied = [box for gate, boxes in cells if slot in gate.denying for box in boxes]
        for rule in rules:
            yield from (Rule(rule.statement, box) for box in self.space.layout.intersections(denied, rule.box))

    def _through(self, boxes: list[Box], needs: list[list[Term]]) -> list[Term]:
        """Return what of some boxes one Allow of each kind allows; an Allow of all of a box stands for all others."""
        layout = self.space.layout
        found = [Term(box) for box in boxes]
        for allowing in sorted(needs, key=len):
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

    def excesses(self, more: int, budget: Budget) -> Iterator[tuple[object, list[Box]]]:
        """Yield what one side allows beyond the other, by the statements that only one of them has.

        Raises:
            TooRichError: The budget is spent.
        """
        rich, poor, layout = self.sides[more], self.sides[1 - more], self.space.layout
        never = dict.fromkeys([*self.outside, *(each.box for each in rich.denies)])
        known = dict.fromkeys([*never, *(each.box for each in poor.allowed)])
        old = {_said(each) for term in poor.allowed for each in term.statements}
        found: dict[object, list[Box]] = {}
        for term in rich.allowed:
            key = tuple(_said(each) for each in term.statements if _said(each) not in old)
            found.setdefault(key, []).extend(layout.difference([term.box], known, budget))
        for deny in poor.denies:
            if deny.box not in never:
                common = layout.intersections(dict.fromkeys(each.box for each in rich.allowed), deny.box)
                found.setdefault(_said(deny.statement), []).extend(layout.difference(common, never, budget))
        for key, boxes in found.items():
            if boxes:  # the plainest callers first
                yield key, sorted(boxes, key=lambda box: (worlds := layout.masks(box)[WORLD]) & -worlds)

    def _of_grants(self, grant: Grant, given: dict[str, CompiledStatement]) -> Iterator[Term]:
        """Yield what a grant allows, operation by operation."""
        for action, statement in given.items():
            worlds = mask_of(
                kms.names_grantee(grant, request_of(world, action, "*", {})) for world in self.space.worlds
            )
            named = self.space.layout.box({WORLD: worlds})
            for _, box in self.space.boxes_of(GRANTED.slot, Policies(), statement) if worlds else ():
                yield from (Term(each, (statement,)) for each in self.space.layout.intersections([box], named))

    def _seen(self, number: int, box: Box) -> Iterator[Box]:
        """Yield a box as a side sees it: what is known there needs not be asked for; nothing where it does not fit."""
        known = self._known[number]
        if not known:
            yield box
            return
        masks = list(self.space.layout.masks(box))
        for field, always, atoms in known:
            full = self.space.fields[field].full
            fits = bool(masks[field] & atoms)
            masks[field] = full * fits if always else masks[field] & ~1 | fits
            if not masks[field]:
                return
        yield self.space.layout.box(dict(enumerate(masks)))

    def contradicts(self, request: Request) -> bool:
        """Tell whether a request states a key that is known, and cannot be stated otherwise."""
        fixed = {key for side in self._group.known for key, _ in side.always}
        return any(each.name.lower() in fixed for each in request.stated)

    def _known_of(self, number: int) -> Iterator[tuple[int, bool, int]]:
        """Yield the fields of which one side knows the atom, and whether it can be stated otherwise."""
        known, policies = self._group.known[number], self._group.sides[number]
        always = {key: () for key in self.space.keys if is_hidden_tag(key, policies)} | dict(known.always)
        for values_of, fixed in ((always, True), (dict(known.else_), False)):
            for key, values in values_of.items():
                field = self.space.keys.get(key)
                if isinstance(field, OneValue):
                    yield field.number, fixed, 1 << field.field.index[values[0] if values else None]
                elif isinstance(field, ManyValues):
                    for at, value in enumerate(field.values):
                        yield field.first + at, fixed, YES if value in values else NO


def _said(statement: CompiledStatement) -> object:
    return statement.policy, statement.statement


def _targets(names: Iterable[str]) -> tuple[str, ...]:
    """Return patterns of what is held under ARNs: a resource, and what lies in a bucket."""
    arns = [(name, parse_arn(name)) for name in names]
    return tuple(
        text
        for name, arn in arns
        for text in (name, *([f"{name}/*"] if arn and arn.service == "s3" and "/" not in arn.resource else []))
    )


def _relevant(policies: Policies, targets: tuple[str, ...]) -> dict[Slot, tuple[CompiledStatement, ...]]:
    """Return the statements that may speak of some resources; all where there are no targets."""
    return {
        slot: tuple(each for each in found if not targets or _may_speak_of(each, targets))
        for slot, found in statements_of(policies).items()
    }


def _may_speak_of(statement: CompiledStatement, targets: tuple[str, ...]) -> bool:
    if statement.resources is None or statement.resources.negated:
        return True
    for written in statement.resources.written:
        pattern = _VARIABLE.sub("*", written)
        if pattern.count(":") < COLONS or any(overlap(pattern, target) for target in targets):
            return True
    return False


def _of_grant(grant: Grant) -> dict[str, CompiledStatement]:
    """Return a grant as an Allow for each operation, by action; who is named, the evaluator tells."""
    found = {}
    for operation in dict.fromkeys((*grant.operations, "RetireGrant")):
        action = f"kms:{operation}"
        condition = kms.grant_condition(grant, action)
        statement = {"Effect": "Allow", "Action": action, "Resource": grant.key or "*", "Condition": condition}
        (found[action],) = compile_statements(parse_policy({"Statement": statement}), grant.name)
    return found


def _naming_known(group: Group, statements: Iterable[CompiledStatement]) -> Iterator[CompiledStatement]:
    """Yield statements of no policy that name what is known, so that it is told apart."""
    asked = {condition.key for each in statements for condition in each.conditions}
    for known in group.known:
        for key, values in (*known.always, *known.else_):
            if key in asked and values:
                statement = {
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {key: list(values)}},
                }
                yield from compile_statements(parse_policy({"Statement": statement}), "what is known")
