"""Hunts for wrong answers of ``access``: the statements stand in for all policies, and random requests are asked.

``python -m tests.proofs.hunt_access --cases 500 --seed 1``: in an environment in which the statements are the only
policy of the principal, and every resource lets its account in, the same requests are allowed. Prints every case of
which that is not so, then one line with the figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from time import perf_counter
from typing import Any

from policygen.catalog import KnownCalls
from policygen.evaluation import Environment, PrincipalPolicies
from policygen.evaluation.services import kms
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import NOTHING_KNOWN
from policygen.request import Request
from policygen.rights import access, caller_of
from tests.proofs import hunt
from tests.proofs.hunt_who import environment_of
from tests.property.strategies import TARGETS, Maker


@dataclass
class Found:
    """What a hunt found."""

    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    asked: int = 0
    allowed: int = 0
    statements: int = 0
    unknown: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the hunt; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description="Hunt for wrong answers of access in random environments.")
    parser.add_argument("--cases", type=int, default=500, help="how many environments")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    found = hunt_access(options.cases, options.seed)
    for each in found.wrong[:10]:
        hunt.write(each)
    times = sorted(found.milliseconds) or [0.0]
    hunt.write(
        f"{options.cases:,} environments from seed {options.seed}, {len(found.milliseconds):,} principals, "
        f"{found.statements:,} statements, {found.unknown:,} not known, {found.asked:,} requests asked, "
        f"{found.allowed:,} allowed, {len(found.wrong):,} wrong, "
        f"median {times[len(times) // 2]:.1f} ms, p95 {times[len(times) * 95 // 100]:.1f}, max {times[-1]:.1f}"
    )
    return 1 if found.wrong else 0


def hunt_access(cases: int, seed: int, samples: int = 60) -> Found:
    """Return what hunting over some random environments finds."""
    random, found = Random(seed), Found()
    for number in range(cases):
        maker = Maker(random)
        environment = environment_of(maker)
        reference = random.choice((NOTHING_KNOWN, KnownCalls()))
        for name in environment.principals:
            start = perf_counter()
            answer = access(environment, caller_of(environment, name), reference)
            found.milliseconds.append((perf_counter() - start) * 1000)
            found.statements += len(answer.statements)
            shown = f"case {number}: {name}, {type(reference).__name__}\n{environment!r}\n{answer.to_dict()}\n"
            for statement, witness in zip(answer.statements, answer.witnesses, strict=True):
                if environment.authorize(witness).allowed is not (statement["Effect"] == "Allow"):
                    found.wrong.append(f"{shown}not confirmed: {witness}")
            if answer.unknown:
                found.unknown += 1
                continue
            alone = alone_in(environment, name, answer.statements)
            for request in _sampled(maker, environment, name, samples):
                if not hunt.is_known(reference, request, Kind.WHOLE, closed=False):
                    continue
                sides = environment.authorize(request).allowed, alone.authorize(request).allowed
                found.asked += 1
                found.allowed += sides[0]
                if sides[0] is not sides[1]:
                    found.wrong.append(f"{shown}allowed {sides[0]}, by the statements {sides[1]}: {request!r}")
                    break
    return found


def alone_in(environment: Environment, name: str, statements: Sequence[Mapping[str, Any]]) -> Environment:
    """Return an environment in which statements are all that decides what a principal may do."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    account = name.split(":")[4]
    admits = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}
    trusts = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:*"}
    principals = {
        each: PrincipalPolicies(tags=held.tags, trust_policy={"Statement": trusts})
        for each, held in environment.principals.items()
    }
    principals[name] = replace(principals[name], identity_based=(document,))
    resources = {
        each: replace(held, resource_based=({"Statement": admits},), grants=(), block_public_access={})
        for each, held in environment.resources.items()
    }
    return replace(environment, principals=principals, resources=resources, service_control=(), resource_control=())


def _sampled(maker: Maker, environment: Environment, name: str, samples: int) -> list[Request]:
    """Requests of a principal, for what is held and for what is not."""
    found, asked = [], (maker.request["action"], maker.request["resource"])
    for _ in range(samples):
        service = maker.pick((asked[0].partition(":")[0], maker.pick(list(TARGETS))))
        actions, resources = TARGETS[service]
        action, resource = f"{service}:{maker.pick(actions)}", maker.pick(resources)
        if maker.chance(50):
            action, resource = asked
        drawn = {"principal": name, "action": action, "resource": resource, "context": maker.context()}
        request = hunt.possible(maker, drawn)
        if request is None or _foreign(environment, request):
            continue
        known = {each.name.lower() for each in environment.completed(request).known}
        if not any(each.name.lower() in known for each in request.stated) and not _passes(environment, request):
            found.append(request)
    return found


def _foreign(environment: Environment, request: Request) -> bool:
    """Whether the statements say nothing of a resource of another account, or no policy can say the same.

    Of one that is not held they do not; administration of a key that a grant gives across accounts no policy gives.
    """
    completed = environment.completed(request)
    if completed.resource_account == request.principal.account:
        return False
    of_key = request.service == "kms" and request.action.lower() not in kms.CROSS_ACCOUNT
    return environment.held(request) is None or of_key


def _passes(environment: Environment, request: Request) -> bool:
    endpoint = request.context.get("aws:sourcevpce")
    return endpoint is not None and any(each in environment.vpc_endpoints for each in endpoint.values)


if __name__ == "__main__":
    sys.exit(main())
