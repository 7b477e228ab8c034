"""Hunts for wrong answers of ``who-can``: random environments, and random requests that do not come from the proof.

``python -m tests.proofs.hunt_who --cases 500 --seed 1``: whoever the evaluator allows a request must be listed, with a
way whose conditions the request meets; every witness must be allowed. Prints every case that is wrong, then one line
with the figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Any

from policygen.catalog import KnownCalls
from policygen.errors import Place
from policygen.evaluation import EndpointPolicies, Environment, PrincipalPolicies, ResourcePolicies
from policygen.evaluation.reading import parse_grant
from policygen.matching.arns import compile_resource
from policygen.matching.wildcards import tokens_of
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import NOTHING_KNOWN
from policygen.request import Request
from policygen.request.principal import PrincipalKind, parse_principal
from policygen.rights import WhoCan, who_can
from tests.proofs import hunt, words
from tests.property.strategies import OWN, PRINCIPALS, TARGETS, Maker


@dataclass
class Found:
    """What a hunt found."""

    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    sampled: int = 0
    listed: int = 0
    unknown: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the hunt; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description="Hunt for wrong answers of who-can in random environments.")
    parser.add_argument("--cases", type=int, default=500, help="how many environments")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    found = hunt_who(options.cases, options.seed)
    for each in found.wrong[:10]:
        hunt.write(each)
    times = sorted(found.milliseconds)
    hunt.write(
        f"{options.cases:,} environments from seed {options.seed}, {found.listed:,} listed, {found.unknown:,} unknown, "
        f"{found.sampled:,} allowed requests sampled, {len(found.wrong):,} wrong, "
        f"median {times[len(times) // 2]:.1f} ms, p95 {times[len(times) * 95 // 100]:.1f}, max {times[-1]:.1f}"
    )
    return 1 if found.wrong else 0


def hunt_who(cases: int, seed: int, samples: int = 40) -> Found:
    """Return what hunting over some random environments finds."""
    random, found = Random(seed), Found()
    for number in range(cases):
        maker = Maker(random)
        environment = environment_of(maker)
        action, resource = maker.request["action"], _asked(maker)
        reference = random.choice((NOTHING_KNOWN, KnownCalls()))
        start = perf_counter()
        answer = who_can(environment, action, resource, reference)
        found.milliseconds.append((perf_counter() - start) * 1000)
        found.listed += len(answer.principals) + len(answer.others)
        found.unknown += len(answer.unknown)
        shown = f"case {number}: {action} on {resource}, {type(reference).__name__}\n{environment!r}\n"
        for each in answer.principals:
            if not environment.authorize(each.witness).allowed:
                found.wrong.append(f"{shown}not confirmed: {each}")
        for each in answer.unknown:
            if "no request was found that the evaluator confirms" in each.reason:
                found.wrong.append(f"{shown}not confirmed: {each}")
        for request in _sampled(maker, environment, resource, samples):
            if hunt.is_known(reference, request, Kind.WHOLE, closed=False):
                found.sampled += 1
                why = _missed(answer, environment, request)
                if why:
                    found.wrong.append(f"{shown}{why}: {request!r}\n{answer.to_dict()}")
                    break
    return found


def environment_of(maker: Maker) -> Environment:
    """An environment that holds a few callers and the maker's resource, mostly."""
    maker.request = maker.make_request()
    while "*" in maker.request["resource"]:
        maker.request = maker.make_request()
    resource, service = maker.request["resource"], maker.request["action"].partition(":")[0]
    names = dict.fromkeys(
        caller.arn if caller.kind is PrincipalKind.USER else caller.role_arn
        for caller in map(parse_principal, (maker.pick(PRINCIPALS) for _ in range(3)))
        if caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION)
    )
    bucket = service == "s3" and maker.chance(80)
    where = resource.partition("/")[0] if bucket else resource
    documents = (maker.document("resource"),) if maker.chance(75) else ()
    grants = [maker.grant() for _ in range(2)] if service == "kms" and maker.chance(40) else []
    held = ResourcePolicies(
        account=maker.request.get("resource_account", OWN) if "::" in resource else None,
        resource_based=documents,
        grants=tuple(parse_grant(each, Place(source="grant")) for each in grants),
        tags=(("team", "red"),) if maker.chance(20) else (),
    )
    levels: dict[str, Any] = {}
    if maker.chance(25):
        levels["service_control"] = (tuple(maker.level("scp")),)
    if maker.chance(20):
        levels["resource_control"] = (tuple(maker.level("rcp")),)
    endpoints = {"vpce-1": EndpointPolicies(policy=maker.document("endpoint"))} if maker.chance(20) else {}
    return Environment(
        principals={name: _principal(maker) for name in names},
        resources={where: held} if maker.chance(85) else {},
        vpc_endpoints=endpoints,
        **levels,
    )


def _principal(maker: Maker) -> PrincipalPolicies:
    return PrincipalPolicies(
        identity_based=tuple(maker.document("identity") for _ in range(maker.pick((0, 1, 1, 2)))),
        permissions_boundary=maker.document("boundary") if maker.chance(20) else None,
        tags=(("team", maker.pick(("red", "blue"))),) if maker.chance(30) else (),
    )


def _asked(maker: Maker) -> str:
    resource: str = maker.request["resource"]
    wide = resource[: maker.random.randrange(resource.rindex(":") + 1, len(resource) + 1)] + "*"
    return maker.pick((resource, resource, wide, "*"))


def _sampled(maker: Maker, environment: Environment, resource: str, samples: int) -> list[Request]:
    """Requests that the evaluator allows, of callers that are held and others."""
    matches, action = compile_resource(tokens_of(resource)), maker.request["action"]
    _, resources = TARGETS[action.partition(":")[0]]
    fitting = [each for each in (maker.request["resource"], *resources) if matches(each)]
    found = []
    for _ in range(samples):
        drawn = dict(maker.request, context=maker.context(), principal=maker.pick(PRINCIPALS))
        drawn["resource"] = maker.pick(fitting)
        request = hunt.possible(maker, drawn)
        if request is not None and environment.authorize(request).allowed:
            found.append(request)
    return found


def _missed(answer: WhoCan, environment: Environment, request: Request) -> str:
    """Why an answer is wrong about a request that is allowed; an empty text where it is not."""
    completed = environment.completed(request)
    if any(each.name.lower() in {known.name.lower() for known in completed.known} for each in request.stated):
        return ""  # nobody can state otherwise what is known
    identity = environment.identity(completed.principal)
    names = {identity} if identity is not None else _names(completed)
    listed = [each for each in (*answer.principals, *answer.others, *answer.root_users) if each.who in names]
    if identity is None and (_is_covered(environment, completed) or environment.held(completed) is None):
        return ""
    unknown = any(each.who in names for each in answer.unknown)
    if not listed and not unknown:
        return f"{sorted(names)} is not listed"
    if unknown or any(not each.conditions for each in listed):
        return ""
    if any(words.holds(way, completed) for each in listed for way in each.conditions):
        return ""
    return "no way has conditions that hold"


def _names(request: Request) -> set[str]:
    caller = request.principal
    any_ = {PrincipalKind.SERVICE: "any service", PrincipalKind.IDENTITY_PROVIDER: "any identity provider"}
    found = {caller.arn, caller.role_arn, caller.unique_id, caller.account, any_.get(caller.kind, "any other account")}
    return {each for each in found if each}


def _is_covered(environment: Environment, request: Request) -> bool:
    """Whether a caller is one of an account of which the environment holds all."""
    accounts = {each.split(":")[4] for each in environment.principals}
    return request.principal.kind is not PrincipalKind.ROOT and request.principal.account in accounts


if __name__ == "__main__":
    sys.exit(main())
