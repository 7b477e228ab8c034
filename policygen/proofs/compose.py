"""Two sets of policies in one space: what one allows beyond the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from policygen.aws.arns import COLONS, parse_arn
from policygen.evaluation.policies import Policies
from policygen.evaluation.services import s3
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.overlap import overlap
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.fields import RESOURCE, WORLD, mask_of
from policygen.proofs.gates import GIVING, TOLD_APART, statements_of
from policygen.proofs.kinds import own_policies_count
from policygen.proofs.known import Sight
from policygen.proofs.parties import Group, Holders
from policygen.proofs.reference import Reference, services_taken
from policygen.proofs.sides import LaidOut, Side, Statements, as_statements
from policygen.proofs.whole_space import WholeSpace

_VARIABLE = re.compile(r"\$\{[^}]*\}")


def gives_nothing(group: Group, reference: Reference) -> bool:
    """Tell whether no policy that gives rights allows a group's callers anything, on either side."""
    within = patterns_of(group.resources)
    if not within or not all(own_policies_count(each.caller) for each in group.worlds):
        return False
    if any(policies.grants for policies in group.sides):
        return False
    sides = [relevant(policies, within, reference) for policies in group.sides]
    given = [each for side in sides for (kind, _), found in side.items() if kind in GIVING for each in found]
    return all(each.denies for each in given)


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
        held: Collection[str],
        holders: Callable[[str], Holders],
        reference: Reference,
        budget: Budget,
    ) -> None:
        """Make the space, and lay both sides out in it.

        Args:
            group: The group.
            held: Every resource that is held anywhere.
            holders: Tells who holds a resource.
            reference: What is known of actions.
            budget: The steps that may be taken.

        Raises:
            TooRichError: A field has too many atoms, or the budget is spent.
        """
        within = patterns_of(group.resources)
        own = [relevant(policies, within, reference) for policies in group.sides]
        grants = [[(each, as_statements(each)) for each in policies.grants] for policies in group.sides]
        every = [each for side in own for found in side.values() for each in found]
        asked = {condition.key for each in every for condition in each.conditions}
        beside = [each for side in grants for _, granting in side for each in granting]
        beside += [each for known in group.known for each in known.named(asked)]
        apart = () if within else (*patterns_of(held), *TOLD_APART)
        fixed = set(group.known[0].always).intersection(group.known[1].always)
        # grants come first: their names of pairs are told apart by case, and a key is spelled as it first stands
        self.space = WholeSpace(list(group.worlds), [*beside, *every], apart, within, fixed, reference)
        self.outside = [*self.space.outside, *_elsewhere(self.space, group, holders)]
        self.unknown = sees_default_encryption(group.sides, asked)
        self.sides: list[Side] = []
        for policies, known, statements, granting in zip(group.sides, group.known, own, grants, strict=True):
            laid_out = LaidOut(self.space, policies, Sight(self.space, known, policies), budget)
            self.sides.append(laid_out.side(statements, granting))

    def excesses(self, more: int, budget: Budget) -> Iterator[list[Box]]:
        """Yield what one side allows beyond the other, statement by statement of those that only one of them has.

        Raises:
            TooRichError: The budget is spent.
        """
        rich, poor, layout = self.sides[more], self.sides[1 - more], self.space.layout
        never = dict.fromkeys([*self.outside, *(each.box for each in rich.denies)])
        allowed = dict.fromkeys([*never, *(each.box for each in poor.allowed)])
        shared = {_written(each) for term in poor.allowed for each in term.statements}
        found: dict[object, list[Box]] = {}
        for term in rich.allowed:
            new = tuple(_written(each) for each in term.statements if _written(each) not in shared)
            found.setdefault(new, []).extend(layout.difference([term.box], allowed, budget))
        for deny in poor.denies:
            if deny.box not in never:
                common = layout.intersections(dict.fromkeys(each.box for each in rich.allowed), deny.box)
                found.setdefault(_written(deny.statement), []).extend(layout.difference(common, never, budget))
        for boxes in filter(None, found.values()):  # the plainest callers first
            yield sorted(boxes, key=lambda box: (callers := layout.masks(box)[WORLD]) & -callers)


def _written(statement: CompiledStatement) -> object:
    return statement.policy, statement.statement


def _elsewhere(space: WholeSpace, group: Group, holders: Callable[[str], Holders]) -> Iterator[Box]:
    """Yield the resources that a caller is asked about in another group."""
    where = [holders(resource) for resource in space.fields[RESOURCE].values]
    found: dict[frozenset[Holders], int] = {}
    for number, world in enumerate(space.worlds):
        asked = frozenset(group.worlds[world])
        found[asked] = found.get(asked, 0) | 1 << number
    for asked, worlds in found.items():
        others = mask_of(each not in asked for each in where)
        yield from [space.layout.box({WORLD: worlds, RESOURCE: others})] if others else []


def sees_default_encryption(sides: Iterable[Policies], asked: Collection[str]) -> bool:
    """Tell whether conditions on some keys, in lower case, see the bucket's default encryption."""
    settings = [each.settings for each in sides]
    visible = any(each.default_encryption_visible and each.default_encryption for each in settings)
    return visible and any(key in asked for key in s3.KEYS_OF_ENCRYPTION)


def patterns_of(held: Iterable[str]) -> tuple[str, ...]:
    """Return patterns of what is held under ARNs: a resource, and what lies in a bucket."""
    arns = [(name, parse_arn(name)) for name in held]
    buckets = {name for name, arn in arns if arn and arn.service == "s3" and not arn.region and "/" not in arn.resource}
    return tuple(text for name, _ in arns for text in (name, *([f"{name}/*"] if name in buckets else [])))


def relevant(policies: Policies, within: Collection[str], reference: Reference) -> Statements:
    """Return the statements that may speak of some resources; all where there are no patterns of any."""
    services = {arn.service for each in within if (arn := parse_arn(each)) is not None}
    return {
        slot: tuple(
            each
            for each in found
            if not within or (_may_speak_of(each, within) and _may_be_asked_of(each, services, reference))
        )
        for slot, found in statements_of(policies).items()
    }


def _may_speak_of(statement: CompiledStatement, resources: Collection[str]) -> bool:
    if statement.resources is None or statement.resources.negated:
        return True
    return any(may_match(each, resources) for each in statement.resources.written)


def may_match(pattern: str, resources: Collection[str]) -> bool:
    """Tell whether a pattern of resources, with whatever its variables stand for, may match one that others match."""
    wide = _VARIABLE.sub("*", pattern)
    return wide.count(":") < COLONS or any(overlap(wide, each) for each in resources)


def _may_be_asked_of(statement: CompiledStatement, services: Collection[str], reference: Reference) -> bool:
    """Tell whether some call that a statement lists may name a resource of some services."""
    if statement.actions is None or statement.actions.negated:
        return True
    prefixes = {each.lower().partition(":")[0] for each in statement.actions.written}
    known = [services_taken(reference, each) if each.isalnum() else frozenset[str]() for each in prefixes]
    return not all(each and each.isdisjoint(services) for each in known)
