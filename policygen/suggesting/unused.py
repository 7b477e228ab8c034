"""What policies grant and no call used: whole statements, and of the others the actions, as the catalogue has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from policygen.catalog import Catalog
from policygen.evaluation import Environment
from policygen.evaluation.policies import NamedPolicy
from policygen.evaluation.reading import PolicyReader
from policygen.evaluation.statements import CompiledStatement
from policygen.request import Request
from policygen.suggesting.result import Unused


def unused(environment: Environment, principal: str, requests: Iterable[Request], catalog: Catalog) -> list[Unused]:
    """Return what the identity-based policies of a user or role grant and no request used, in order.

    A statement whose Action and Resource fit counts as used, whatever its conditions: records do not tell every key.

    Args:
        environment: It holds the policies.
        principal: The ARN of a user or role that it holds.
        requests: What was used.
        catalog: The actions that there are.
    """
    read = PolicyReader()
    policies = read.several(environment.principals[principal].identity_based, "identity-based policy")
    asked = [environment.completed(each) for each in requests]
    return [each for policy in policies for each in _of_policy(policy, asked, catalog)]


def _of_policy(policy: NamedPolicy, asked: Collection[Request], catalog: Catalog) -> Iterator[Unused]:
    for statement in policy.statements:
        if statement.denies:
            continue
        label = statement.statement.label
        fitting = {each.action.lower() for each in asked if _fits(statement, each)}
        if not fitting:
            yield Unused(policy=policy.name, statement=label)
            continue
        for pattern in statement.statement.action or ():
            found = sorted(each.name for each in catalog.actions_like(pattern))
            left = tuple(each for each in found if each.lower() not in fitting)
            if left or pattern == "*":
                yield Unused(policy=policy.name, statement=label, pattern=pattern, granted=len(found), actions=left)


def _fits(statement: CompiledStatement, request: Request) -> bool:
    return statement.action_matches(request) and statement.resource_matches(request)
