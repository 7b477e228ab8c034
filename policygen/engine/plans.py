"""A plan: what is left to be asked about a request once caller, action and owner are known.

Which statements can apply at all, how they name the caller, and which policy types AWS consults follow from these
alone. What is left for a request is resource and conditions: they say which of the plan's statements apply. The rules
that combine the policy types are the interpreter's own; a plan asks them once for each combination of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from policygen.engine.conditions import Key, Memo, Test, context_of
from policygen.engine.resources import Entry, compile_index, is_beginning, is_exact
from policygen.evaluation.layers import Layer, Naming, implies_resource, naming_of
from policygen.evaluation.policies import Grant, Policies
from policygen.evaluation.services import kms
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.arns import compile_resource
from policygen.matching.conditions import CompiledCondition
from policygen.matching.principals import PrincipalMatch
from policygen.matching.wildcards import ANY, Matcher, Tokens
from policygen.request.context import Raw
from policygen.request.model import Request

Conditions = tuple[CompiledCondition, ...]

Own = Callable[[Request], bool]
"""A test of a request that an index cannot answer."""


class Candidate(NamedTuple):
    """A statement that can apply to the requests of a plan.

    Attributes:
        layer: The policy type that it is of.
        statement: The statement.
        names: How it names the caller.
        implies_resource: Whether it means the resource that its policy is attached to.
    """

    layer: Layer
    statement: CompiledStatement
    names: PrincipalMatch
    implies_resource: bool


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


def candidates(
    layers: Sequence[Layer], policies: Policies, request: Request, concerned: Iterable[tuple[int, CompiledStatement]]
) -> tuple[Candidate, ...]:
    """Return the statements that can apply to a request, of the policy types that are consulted.

    Args:
        layers: The policy types.
        policies: The policies that they are of.
        request: The request.
        concerned: The statements that its action concerns, each with the place of its policy type.
    """
    found = []
    ways: dict[int, tuple[Naming, bool]] = {}
    for place, statement in concerned:
        layer = layers[place]
        if not layer.consulted:
            continue
        if place not in ways:
            kind = layer.policy_type
            ways[place] = naming_of(kind, policies, request), implies_resource(kind, request)
        naming, implied = ways[place]
        names = naming(statement)
        if names is not PrincipalMatch.NONE:
            found.append(Candidate(layer, statement, names, implied and statement.names_no_resource))
    return tuple(found)


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
        patterns, own = None, None
        if resources is None:
            if not candidate.implies_resource:
                continue
        elif resources.negated or (resources.templates and (ANY,) not in resources.static):
            own = _own(resources)
        elif (ANY,) not in resources.static:
            patterns = resources.static
        result.append(Clause(number, patterns, own, tests(candidate.statement.conditions)))
    of_grants = (partial(kms.grant_allows, grant) for grant in grants)
    result.extend(Clause(number + offset, None, own, ()) for offset, own in enumerate(of_grants, start=1))
    return result


def grants_of(policies: Policies, action: str) -> tuple[Grant, ...]:
    """Return the grants that list the operation of an action in lower case."""
    operation = action.partition(":")[2]
    return tuple(grant for grant in policies.grants if operation in {each.lower() for each in grant.operations})


def _own(patterns: Patterns) -> Own:
    """Return the test of an element with variables, or of NotResource."""
    negated = patterns.negated
    find = compile_index([Entry(tokens, 1) for tokens in patterns.static], 0, compile_resource)
    if not patterns.templates:
        return lambda request: (not find(request._resource)) is negated
    names = tuple(sorted(frozenset().union(*(each.variable_keys() for each in patterns.templates))))
    keys = tuple(map(Key.of, names))

    def resolved(found: tuple[Raw, ...]) -> tuple[Matcher, ...]:
        context = context_of(names, found)
        every = (template.resolve(context) for template in patterns.templates)
        return tuple(_matcher(tokens) for tokens in every if tokens is not None)

    matchers = Memo(resolved)

    def matches(request: Request) -> bool:
        resource = request._resource
        if find(resource):
            return not negated
        return any(match(resource) for match in matchers[tuple([key.read(request) for key in keys])]) is not negated

    return matches


def _matcher(tokens: Tokens) -> Matcher:
    if is_exact(tokens):
        return tokens[0].__eq__
    if is_beginning(tokens):
        start = str(tokens[0])
        return lambda text: text.startswith(start)
    return compile_resource(tokens)
