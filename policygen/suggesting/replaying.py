"""What was used, asked again: of the suggested policies alone, and of an environment that has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from policygen.document.given import Document
from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.document.write import statement_list, thaw
from policygen.engine import Engine
from policygen.evaluation import Decision, Environment, PrincipalPolicies
from policygen.events import Event, Verdict, judge
from policygen.proofs import Kind
from policygen.proofs.kinds import World, surrounded
from policygen.request import Principal
from policygen.suggesting.result import NotAllowed
from policygen.suggesting.used import Use
from policygen.suggesting.writing import resources_meant

_SOME_PATH = "some/path"
"""Stands for any path where a record leaves it out."""

_NOTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}


def actions_that_need_permission(uses: Iterable[Use]) -> frozenset[str]:
    """Return the actions that a caller's own policies can deny; the evaluation is asked of each request."""
    engine: Engine | None = None
    found: set[str] = set()
    for use in uses:
        if use.ask.action in found:
            continue
        request = use.asked().request
        engine = engine or _beside_everything(_NOTHING, request.principal)
        if not engine.authorize(request).allowed:
            found.add(request.action)
    return frozenset(found)


def _beside_everything(document: Document, caller: Principal) -> Engine:
    """Return the policies of a caller that has a document, where all others allow everything."""
    return Engine(surrounded(Kind.IDENTITY, document, World(caller=caller, owner=caller.account or "")))


def not_allowed_alone(
    policies: Collection[PolicyDocument], uses: Iterable[Use], held: Environment | None
) -> Iterator[NotAllowed]:
    """Yield the requests that policies do not allow where all others allow everything.

    Args:
        policies: The policies of one user or role.
        uses: What it used.
        held: Where users and roles are looked up whose paths records leave out.
    """
    statements = [statement for each in policies for statement in statement_list(thaw(each.written))]
    document = parse_policy({"Version": "2012-10-17", "Statement": statements}, "suggested")
    engine: Engine | None = None
    for use in uses:
        request = use.asked().request
        engine = engine or _beside_everything(document, request.principal)
        resources = resources_meant(use.ask, held)
        for resource in (each.replace("*", _SOME_PATH) if len(resources) > 1 else each for each in resources):
            asked = request if resource == request.resource else request.with_resource(resource, None)
            decision = engine.authorize(asked)
            if not decision.allowed:
                verdict = Verdict.DENIED.value
                yield NotAllowed(request=asked, calls=use.calls, verdict=verdict, why=_denied(decision))


def with_policies(environment: Environment, principal: str, policies: Mapping[str, PolicyDocument]) -> Environment:
    """Return an environment in which a user or role has these identity-based policies, and no others."""
    before = environment.principals.get(principal, PrincipalPolicies())
    after = replace(before, identity_based=tuple(policies.values()))
    return replace(environment, principals={**environment.principals, principal: after})


def not_allowed_in(environment: Environment, uses: Iterable[Use]) -> Iterator[NotAllowed]:
    """Yield the requests that an environment does not allow for certain, each with why."""
    for use in uses:
        asked = use.asked()
        found = judge(environment, Event(requests=(asked,)))
        if found.verdict is Verdict.ALLOWED:
            continue
        on = ", ".join(f"{each.name} ({each.cause.value})" for each in found.depends_on)
        why = on or _denied(found.requests[0].decision)
        yield NotAllowed(request=asked.request, calls=use.calls, verdict=found.verdict.value, why=why)


def _denied(decision: Decision) -> str:
    """Return how a request is denied; the statements are those that deny it."""
    by = [f"{each.label} of {each.policy}" for each in decision.matched_statements]
    return f"{decision.decision.value} by {', '.join(by)}" if by else decision.decision.value
