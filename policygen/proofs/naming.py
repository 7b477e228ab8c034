"""Whom a statement names, where that hangs on the call, too: the type of a VPC endpoint does on the service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from policygen.evaluation.layers import naming_of
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.principals import PrincipalMatch
from policygen.proofs.boxes import Part
from policygen.proofs.fields import ACTION, WORLD
from policygen.proofs.kinds import World, request_of
from policygen.request.model import Request


def namings(
    policy_type: PolicyType,
    policies: Policies,
    statement: CompiledStatement,
    worlds: Sequence[World],
    actions: Sequence[str],
) -> Iterator[tuple[PrincipalMatch, Part]]:
    """Yield the ways in which a statement names callers, each with the callers and actions where it does.

    Args:
        policy_type: The type of the statement's policy.
        policies: The policies that decide together.
        statement: The statement.
        worlds: The callers.
        actions: The actions.
    """
    services: dict[str, int] = {}
    for number, action in enumerate(actions):
        service = action.partition(":")[0] if policy_type is PolicyType.VPC_ENDPOINT else "x"
        services[service] = services.get(service, 0) | 1 << number
    for service, mask in services.items():
        found: dict[PrincipalMatch, int] = {}
        for number, world in enumerate(worlds):
            match = naming_of(policy_type, policies, _asking(world, service))(statement)
            found[match] = found.get(match, 0) | 1 << number
        named = ((match, callers) for match, callers in found.items() if match is not PrincipalMatch.NONE)
        yield from ((match, {WORLD: callers, ACTION: mask}) for match, callers in named)


@lru_cache(maxsize=16_384)
def _asking(world: World, service: str) -> Request:
    return request_of(world, f"{service}:x", "*", {})
