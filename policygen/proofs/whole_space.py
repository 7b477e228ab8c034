"""All requests that the policies of a request, of every type, tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

from policygen.aws.arns import is_account_id, parse_arn
from policygen.evaluation.layers import RESOURCE_IMPLIED, has_principal, implies_resource
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.actions import compile_action
from policygen.matching.conditions.evaluate import CompiledCondition
from policygen.matching.principals import PrincipalMatch
from policygen.matching.variables import Template
from policygen.matching.wildcards import Tokens, tokens_of
from policygen.proofs.access import Access, Variant
from policygen.proofs.boxes import Box, Part
from policygen.proofs.callers import follows_from_world
from policygen.proofs.fields import ACTION, RESOURCE, WORLD, mask_of
from policygen.proofs.gates import Gates, Slot, call_like, caller_like, like, resource_like
from policygen.proofs.kinds import Attachment, Kind, World, request_of
from policygen.proofs.naming import namings
from policygen.proofs.reference import NOTHING_KNOWN, Reference, services_taken
from policygen.proofs.resources import resource_matcher
from policygen.proofs.space import Space
from policygen.request.context import ContextValue
from policygen.request.model import Request


class WholeSpace(Space):
    """A space in which a statement stands for itself: what it does is told by the type of its policy."""

    def __init__(
        self,
        worlds: Sequence[World],
        statements: Iterable[CompiledStatement],
        more: Iterable[str],
        within: tuple[str, ...] = (),
        known: Iterable[tuple[str, tuple[str, ...]]] = (),
        reference: Reference = NOTHING_KNOWN,
    ) -> None:
        """Make the space of all statements.

        Args:
            worlds: Who asks, on whose resources.
            statements: Those of all policies.
            more: Resources, and actions, that are told apart, too.
            within: Patterns of the only resources that are asked for; none for any.
            known: Condition keys whose values are the same in every request, in lower case.
            reference: What is known of actions.

        Raises:
            TooRichError: A field has too many atoms; the error names it.
        """
        self._given = tuple(worlds)
        self._fixed = {key: ContextValue(key, values) for key, values in known}
        self._of_statement: dict[int, list[Part]] = {}
        attached = Attachment(owner=self._given[0].owner, resources=within) if within else None
        listed = tuple(statements)
        apart = (*more, *within)
        apart += tuple(_of_implied(listed, apart))
        super().__init__(Kind.WHOLE, [listed], apart, attached, reference)
        for each in apart:  # a witness is not to be one of the others
            tokens = tokens_of(each)
            if each == "*" or each.startswith("arn:"):
                self._matching(RESOURCE, tokens, tokens, resource_matcher(tokens))
            else:
                self._matching(ACTION, each.lower(), tokens_of(each.lower()), compile_action(each))
        self.outside += map(self.layout.box, self._of_other_services())

    def _of_other_services(self) -> Iterator[Part]:
        """Yield calls that AWS may add to a service, on resources such as none of its calls takes."""
        arns = [parse_arn(resource) for resource in self.fields[RESOURCE].values]
        for action, mask in self._alike(ACTION, lambda each: (each in self.actions.real, each.partition(":")[0])):
            if action in self.actions.real:
                continue
            services = services_taken(self.actions.reference, action.partition(":")[0])
            others = mask_of(arn is not None and arn.service not in services for arn in arns) if services else 0
            yield from [{ACTION: mask, RESOURCE: others}] if others else []

    def _worlds(self) -> tuple[World, ...]:
        return self._given

    def _variants(self, template: Template, key: str | None, condition: CompiledCondition | None) -> list[Variant]:
        """Return a value of a policy as patterns; variables whose values are known stand for these."""
        keys = template.variable_keys()
        if not keys & self._fixed.keys() or not all(follows_from_world(each) or each in self._fixed for each in keys):
            return super()._variants(template, key, condition)
        found: dict[Tokens, int] = {}
        for number in range(len(self.worlds)):
            tokens = template.resolve({**self._context(number), **self._fixed})
            if tokens is not None:
                found[tokens] = found.get(tokens, 0) | 1 << number
        return [Variant(mask, tokens, None) for tokens, mask in found.items()]

    def _naming(self, _statement: CompiledStatement) -> list[Part]:
        return [{WORLD: self.fields[WORLD].full}]

    def _letting(self, _match: PrincipalMatch) -> int:
        return 0

    def _access(self, policy: Sequence[tuple[CompiledStatement, list[Part]]], _free: tuple[Box, ...]) -> Access:
        self._of_statement = {id(statement): parts for statement, parts in policy}
        return Access((), (), (), ())

    def _resources(self, statement: CompiledStatement) -> list[Part]:
        if statement.resources is not None or not statement.names_no_resource:
            return super()._resources(statement)
        return [
            {ACTION: actions, RESOURCE: resources}
            for (action, actions), (resource, resources) in product(
                self._alike(ACTION, call_like), self._alike(RESOURCE, resource_like)
            )
            if implies_resource(PolicyType.RESOURCE_BASED, request_of(self.worlds[0], action, resource, {}))
        ]

    def _alike(self, number: int, like: Callable[..., object]) -> list[tuple[Any, int]]:
        """Return one value of a field of each kind, with the atoms of all of the kind."""
        found: dict[object, tuple[Any, int]] = {}
        for atom, value in enumerate(self.fields[number].values):
            first, mask = found.get(key := like(value), (value, 0))
            found[key] = first, mask | 1 << atom
        return list(found.values())

    def boxes_of(
        self, slot: Slot, policies: Policies, statement: CompiledStatement
    ) -> Iterator[tuple[PrincipalMatch, Box]]:
        """Yield the boxes of a statement of a policy type, each with how it names the callers in it."""
        policy_type, _ = slot
        if statement.names_no_resource and policy_type is not PolicyType.RESOURCE_BASED:
            return
        boxes = [self.layout.box(part) for part in self._of_statement[id(statement)]]
        for match, part in self._names(policy_type, policies, statement) if boxes else ():
            yield from ((match, box) for box in self.layout.intersections(boxes, self.layout.box(part)))

    def _names(
        self, policy_type: PolicyType, policies: Policies, statement: CompiledStatement
    ) -> Iterator[tuple[PrincipalMatch, Part]]:
        if not has_principal(policy_type):
            return iter([(PrincipalMatch.DIRECT, {})])
        return namings(policy_type, policies, statement, self.worlds, self.fields[ACTION].values)

    def cells(
        self, managing: frozenset[str | None], ask: Callable[[object, Callable[[], Request]], Gates]
    ) -> dict[Gates, list[Box]]:
        """Return where which gates are open: the evaluator is asked once for each kind of caller, call and resource.

        Args:
            managing: The management accounts.
            ask: Returns the gates of a request, and of all that have something in common with it.
        """
        found: dict[Gates, list[Part]] = {}
        kinds = (
            self._alike(WORLD, partial(caller_like, managing=managing)),
            self._alike(ACTION, call_like),
            self._alike(RESOURCE, resource_like),
        )
        for (world, worlds), (action, actions), (resource, resources) in product(*kinds):
            alike = like(caller_like(world, managing), call_like(action), resource_like(resource))
            gates = ask(alike, partial(request_of, world, action, _owned(resource, world.owner), {}))
            found.setdefault(gates, []).append({WORLD: worlds, ACTION: actions, RESOURCE: resources})
        return {gates: [self.layout.box(part) for part in _joined(parts)] for gates, parts in found.items()}


def _of_implied(statements: Iterable[CompiledStatement], apart: Iterable[str]) -> Iterator[str]:
    """Yield the actions of services whose policies imply the resource, where a statement names none.

    Such a statement is about these alone, whatever wildcard it lists.

    Fact: N21
    """
    if any(each.names_no_resource for each in statements):
        arns = (parse_arn(each) for each in apart if each.startswith("arn:"))
        yield from (f"{each}:*" for each in sorted({arn.service for arn in arns if arn} & RESOURCE_IMPLIED))


def _owned(resource: str, owner: str) -> str:
    """Return a resource as the same one of another owner, where its ARN names one."""
    arn = parse_arn(resource)
    if arn is None or not is_account_id(arn.account):
        return resource
    return ":".join((*resource.split(":", 4)[:4], owner, arn.resource))


def _joined(parts: list[Part]) -> list[Part]:
    """Return fewer parts that are the same together: those that differ in one field alone become one."""
    for number in (ACTION, RESOURCE, WORLD):
        found: dict[object, dict[int, int]] = {}
        for part in parts:
            rest = tuple((other, mask) for other, mask in part.items() if other != number)
            joined = found.setdefault(rest, dict(part))
            joined[number] |= part[number]
        parts = list(found.values())
    return parts
