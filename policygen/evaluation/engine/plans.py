"""A plan: what is left to be asked about a request once caller, action and owner are known.

Which statements can apply at all, how they name the caller, and which policy types AWS consults follow from these
alone. What is left for a request is resource and conditions: they say which of the plan's statements apply. The rules
that combine the policy types are the interpreter's own; a plan asks them once for each combination of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from policygen.evaluation.decision import PolicyType
from policygen.evaluation.engine.conditions import Memo, Test, context_of
from policygen.evaluation.engine.resources import Entry, compile_index, is_beginning, is_exact
from policygen.evaluation.layers import consult, endpoint_naming, names_through_boundary
from policygen.evaluation.policies import Grant, NamedPolicy, PolicySet
from policygen.evaluation.services import kms, sts
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.arns import compile_resource
from policygen.matching.conditions import CompiledCondition
from policygen.matching.principals import PrincipalMatch
from policygen.matching.wildcards import ANY, Matcher, Tokens
from policygen.request.model import Request

Conditions = tuple[CompiledCondition, ...]

Own = Callable[[Request], bool]
"""A test of a request that an index cannot answer."""


class Candidate(NamedTuple):
    """A statement that can apply to the requests of a plan; a trust policy's needs no Resource."""

    policy: NamedPolicy
    statement: CompiledStatement
    is_trust_policy: bool


class Clause(NamedTuple):
    """What a candidate asks of a request.

    Attributes:
        number: The candidate's number.
        patterns: The patterns of its Resource element; None where ``own`` asks, or nothing is asked.
        own: A test of the request in place of patterns.
        tests: Its conditions, the cheapest first.
    """

    number: int
    patterns: tuple[Tokens, ...] | None
    own: Own | None
    tests: tuple[Test, ...]


def consulted(policies: PolicySet, request: Request) -> Iterator[tuple[PolicyType, tuple[NamedPolicy, ...]]]:
    """Yield the policies of every type that AWS consults for a request, level by level."""
    layers = consult(policies.mapped(_emptied), request)
    boundary, endpoint = policies.permissions_boundary, policies.vpc_endpoint
    groups = (
        *(policies.resource_control or ()),
        *(policies.service_control or ()),
        () if endpoint is None else (endpoint,),
        policies.resource_based,
        policies.identity_based,
        () if boundary is None else (boundary,),
        policies.session or (),
    )
    for layer, group in zip(layers.all(), groups, strict=True):
        if layer.consulted:
            yield layer.policy_type, group


def _emptied(policy: NamedPolicy) -> NamedPolicy:
    return NamedPolicy(name=policy.name, document=policy.document, statements=()) if policy.statements else policy


def candidates(policies: PolicySet, request: Request) -> tuple[Candidate, ...]:
    """Return the statements that name the caller, where their type has a Principal, and whose type is consulted."""
    trust = sts.is_trust_request(request)
    found = []
    for policy_type, group in consulted(policies, request):
        for policy in group:
            for statement in policy.statements:
                if names(policy_type, statement, policies, request) is not PrincipalMatch.NONE:
                    found.append(Candidate(policy, statement, trust and policy_type is PolicyType.RESOURCE_BASED))
    return tuple(found)


def names(
    policy_type: PolicyType, statement: CompiledStatement, policies: PolicySet, request: Request
) -> PrincipalMatch:
    """Return how a statement names the caller; DIRECT where its type has no Principal element."""
    if policy_type is PolicyType.VPC_ENDPOINT:
        return endpoint_naming(policies, request)(statement)
    if policy_type is PolicyType.RESOURCE_CONTROL:
        return statement.names(request)
    if policy_type is PolicyType.RESOURCE_BASED:
        through_boundary = names_through_boundary(statement, policies, request)
        return PrincipalMatch.DIRECT if through_boundary else statement.names(request)
    return PrincipalMatch.DIRECT


def clauses(
    found: Iterable[Candidate], grants: Iterable[Grant], tests: Callable[[Conditions], tuple[Test, ...]]
) -> list[Clause]:
    """Return what candidates ask of a request, and grants (their numbers follow); what never applies is left out.

    Args:
        found: The candidates.
        grants: The grants that come into question.
        tests: Returns the conditions of a statement as tests.
    """
    result = []
    number = -1
    for number, candidate in enumerate(found):
        resources = candidate.statement.resources
        if resources is None:
            if candidate.is_trust_policy:
                result.append(Clause(number, None, None, tests(candidate.statement.conditions)))
        elif not resources.negated and (ANY,) in resources.static:
            result.append(Clause(number, None, None, tests(candidate.statement.conditions)))
        elif resources.negated or resources.templates:
            result.append(Clause(number, None, _own(resources), tests(candidate.statement.conditions)))
        else:
            result.append(Clause(number, resources.static, None, tests(candidate.statement.conditions)))
    result.extend(
        Clause(number + offset, None, _own_of_grant(grant), ()) for offset, grant in enumerate(grants, start=1)
    )
    return result


def grants_of(policies: PolicySet, action: str) -> tuple[Grant, ...]:
    """Return the grants that list the operation of an action in lower case."""
    operation = action.partition(":")[2]
    return tuple(grant for grant in policies.grants if operation in {each.lower() for each in grant.operations})


def _own_of_grant(grant: Grant) -> Own:
    return lambda request: kms.grant_allows(grant, request)


def _own(patterns: Patterns) -> Own:
    """Return the test of an element with variables, or of NotResource."""
    negated = patterns.negated
    find = compile_index([Entry(tokens, 1) for tokens in patterns.static], 0, compile_resource)
    if not patterns.templates:
        return lambda request: (not find(request.resource)) is negated
    keys = tuple(sorted(frozenset().union(*(each.variable_keys() for each in patterns.templates))))

    def resolved(found: tuple[object, ...]) -> tuple[Matcher, ...]:
        context = context_of(keys, found)  # type: ignore[arg-type]  # what a context returned for the keys
        every = (template.resolve(context) for template in patterns.templates)
        return tuple(_matcher(tokens) for tokens in every if tokens is not None)

    matchers = Memo(resolved)

    def matches(request: Request) -> bool:
        resource, context = request.resource, request.context
        if find(resource):
            return not negated
        return any(match(resource) for match in matchers[tuple(map(context.get, keys))]) is not negated

    return matches


def _matcher(tokens: Tokens) -> Matcher:
    if is_exact(tokens):
        return tokens[0].__eq__
    if is_beginning(tokens):
        start = str(tokens[0])
        return lambda text: text.startswith(start)
    return compile_resource(tokens)


def naming_of(policies: PolicySet, request: Request) -> tuple[PrincipalMatch, ...]:
    """Return how every statement of a type with a Principal element names the caller: what a plan knows of a caller."""
    endpoint = policies.vpc_endpoint
    groups = (
        *((PolicyType.RESOURCE_CONTROL, level) for level in policies.resource_control or ()),
        (PolicyType.VPC_ENDPOINT, () if endpoint is None else (endpoint,)),
        (PolicyType.RESOURCE_BASED, policies.resource_based),
    )
    return tuple(
        [
            names(policy_type, statement, policies, request)
            for policy_type, group in groups
            for policy in group
            for statement in policy.statements
        ]
    )
