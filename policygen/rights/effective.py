"""What one caller may do in an environment: resources together where the same rules decide, in one space each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from policygen.aws.arns import parse_arn
from policygen.evaluation import Environment
from policygen.evaluation.policies import Grant, Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.principals import PrincipalMatch
from policygen.proofs.automaton import union
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.compose import patterns_of, sees_default_encryption
from policygen.proofs.fields import ACTION, RESOURCE, bits, mask_of
from policygen.proofs.gates import TOLD_APART, Shape, Slot, statements_of
from policygen.proofs.kinds import OWN, World
from policygen.proofs.known import Known, Sight
from policygen.proofs.reference import Reference, spelled
from policygen.proofs.resources import may_name
from policygen.proofs.sides import LaidOut, Side, as_statements
from policygen.proofs.whole_space import WholeSpace
from policygen.request.model import Request
from policygen.request.principal import Principal, parse_principal
from policygen.rights.told import DEFAULT_ENCRYPTION, NotToldError, saying_why

_NOBODY = parse_principal("anonymous")
_OF_RESOURCE: Slot = (PolicyType.RESOURCE_BASED, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Resources of which the same rules decide about one caller.

    Attributes:
        world: The caller, and the owner of the resources.
        policies: The policies of the caller with one of the resources, whose own are in ``held``.
        known: What is known of caller and resources, of keys that policies ask for.
        held: The policies of each resource that is held.
        open: Whether resources that are not held are among them.
    """

    world: World
    policies: Policies
    known: Known
    held: dict[str, Policies] = field(default_factory=dict)
    open: bool = False


def regions(environment: Environment, caller: Principal) -> list[Region]:
    """Return the regions of a caller, that of the resources that are not held first.

    Raises:
        DocumentError: A document cannot be judged.
    """
    found: dict[object, Region] = {}
    names = (None, *dict.fromkeys((*environment.resources, *environment.principals)))
    anybody = {name: environment.policies_for(_completed(environment, _NOBODY, name)) for name in names}
    own = environment.policies_for(_completed(environment, caller, None))
    every = [each for one in (own, *anybody.values()) for some in statements_of(one).values() for each in some]
    asked = frozenset[str]().union(*(each.variable_keys() for each in every))
    for name, of_resource in anybody.items():
        request = _completed(environment, caller, name)
        known = Known(*(tuple(each for each in values if each[0] in asked) for values in Known.of(request)))
        world = World(caller=environment.caller(caller), owner=request.resource_account or caller.account or OWN)
        limits = tuple(each.document.statements for level in of_resource.resource_control or () for each in level)
        same = (world, known, Shape.of(of_resource), limits)
        if name is not None and same in found and found[same].open and not _names(of_resource, world.caller):
            continue  # as if it were not held
        if same not in found:
            policies = environment.policies_for(request)
            found[same] = Region(world=world, policies=policies, known=known, open=name is None)
        if name is not None:
            found[same].held[name] = of_resource
    return list(found.values())


def _names(policies: Policies, caller: Principal) -> bool:
    """Tell whether policies of a resource have something to say of a caller."""
    statements = (each for policy in policies.resource_based for each in policy.statements)
    return bool(policies.grants) or any(each.names(caller) is not PrincipalMatch.NONE for each in statements)


def _completed(environment: Environment, caller: Principal, name: str | None) -> Request:
    return environment.completed(Request(principal=caller, action="x:x", resource=name or "*"))


class Effective:
    """What decides in one region, laid out.

    Attributes:
        space: The space.
        budget: The steps that are left.
        side: What the policies say together.
        outside: What nobody can ask, and resources that are not of the region.
        elsewhere: The resources that are held and not of the region, as atoms.
    """

    def __init__(
        self, environment: Environment, region: Region, told_apart: Collection[str], reference: Reference
    ) -> None:
        """Lay out a region; ``told_apart`` are the resources that are held and told apart in any.

        Raises:
            NotToldError: A field has too many atoms, or something decides that is not modelled.
        """
        self._environment, self._reference = environment, reference
        self.budget = Budget()
        self._holder: dict[int, str] = {}
        self._taken: dict[int, int] = {}
        statements = statements_of(region.policies)
        limits = (PolicyType.RESOURCE_BASED, PolicyType.RESOURCE_CONTROL)
        own = (found for (kind, _), found in statements.items() if kind not in limits)
        self._of_caller = {id(each) for found in own for each in found}
        of_resources = self._of_resources(region)
        statements = {**statements, _OF_RESOURCE: tuple(of_resources)}
        grants = [(each, as_statements(each)) for each in _grants(region)]
        every = [each for _, granting in grants for each in granting]
        every += [each for found in statements.values() for each in found]
        keys = {condition.key for each in every for condition in each.conditions}
        if any(sees_default_encryption([each], keys) for each in region.held.values()):
            raise NotToldError(DEFAULT_ENCRYPTION)
        self._told_apart = frozenset(told_apart)
        more = (*patterns_of(told_apart), *_told_apart(region.world), *self._services(every))
        told = [*every, *region.known.named(keys)]
        with saying_why(lambda: None):
            self.space = WholeSpace([region.world], told, more, (), region.known.always, reference)
        self._holders = [self.holder(each) for each in self.space.fields[RESOURCE].values]
        with saying_why(lambda: self.space):
            sight = Sight(self.space, region.known, region.policies)
            laid_out = LaidOut(self.space, region.policies, sight, self.budget, self._where)
            self.side: Side = laid_out.side(statements, grants)
        self.elsewhere = mask_of(
            (each is None and not region.open) or (each is not None and each not in region.held)
            for each in self._holders
        )
        layout = self.space.layout
        self.outside = [*self.space.outside, *([layout.box({RESOURCE: self.elsewhere})] if self.elsewhere else [])]

    def _of_resources(self, region: Region) -> Iterator[CompiledStatement]:
        for name, policies in region.held.items():
            for policy in policies.resource_based:
                for each in policy.statements:
                    self._holder[id(each)] = name
                    yield each

    def _services(self, statements: Iterable[CompiledStatement]) -> Iterator[str]:
        """Yield the services whose actions are told apart from others.

        In these the resource must have a policy, or its policy need not name the resource.
        """
        wide = [each for each in statements if each.actions and (each.actions.negated or "*" in each.actions.written)]
        yield from ("kms:*", "sts:*") if wide else ()
        implied = (self._holder.get(id(each), "") for each in statements if each.names_no_resource)
        services = {arn.service for each in implied if (arn := parse_arn(each)) is not None}
        yield from (f"{each}:*" for each in sorted(services - {"iam"}))  # a role's are those of STS

    def _where(self, slot: Slot, statement: CompiledStatement) -> Box:
        """Return where a statement can apply: that of a resource's policy on the resource alone."""
        if slot != _OF_RESOURCE:
            return self.space.layout.full
        return self.space.layout.box({RESOURCE: self.of(self._holder[id(statement)])})

    def is_anywhere(self, statements: Iterable[CompiledStatement]) -> bool:
        """Tell whether statements that deny are the caller's own, and deny on every resource alike."""
        return all(id(each) in self._of_caller and each.denies for each in statements)

    def within(self, statements: Iterable[CompiledStatement]) -> int:
        """Return the resources on which statements can apply together, as atoms: those of a resource's policy on it."""
        found = self.space.fields[RESOURCE].full
        for each in statements:
            found &= self.of(self._holder[id(each)]) if id(each) in self._holder else found
        return found

    def taken_elsewhere(self, action: int) -> int:
        """Return the resources of other regions that calls of an action may name, both as atoms."""
        if action not in self._taken:
            taken = self._reference.taken(self.space.fields[ACTION].values[action])
            resources = self.space.fields[RESOURCE].values
            self._taken[action] = union(
                1 << each for each in bits(self.elsewhere) if taken is None or may_name(taken, resources[each])
            )
        return self._taken[action]

    def spelled(self, action: str) -> str:
        """Return an action as AWS spells it; a pattern, or what is not known, as it stands."""
        return spelled(action, self._reference)

    def of(self, name: str) -> int:
        """Return the resources under the ARN of one that is held, as atoms."""
        return mask_of(each == name for each in self._holders)

    def holder(self, resource: str) -> str | None:
        """Return under which ARN a resource is held; None where it makes no difference."""
        if not resource.startswith("arn:"):
            return None
        request = Request(principal=_NOBODY, action="x:x", resource=resource)
        held = self._environment.held(request)
        return held if held in self._told_apart else None


def _told_apart(world: World) -> Iterator[str]:
    """Yield the resources that are judged by rules of their own, in the caller's partition."""
    for each in TOLD_APART:
        yield each.replace("arn:*:iam:*:", "arn:*:iam::").replace("arn:*:", f"arn:{world.caller.partition or 'aws'}:")


def _grants(region: Region) -> Iterator[Grant]:
    """Yield the grants of every key, each with its key."""
    for name, policies in region.held.items():
        yield from (replace(each, key=name) for each in policies.grants if each.key in (None, name))
