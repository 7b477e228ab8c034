"""Hunts for wrong proofs about whole sets of policies: random policy sets with a part taken out, put in or changed.

``python -m tests.proofs.hunt --whole``: both ways, as for single policies. The requests come from the pools of the
property tests.
"""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from time import perf_counter
from typing import Any

from policygen.catalog import KnownCalls
from policygen.errors import Place
from policygen.evaluation import (
    Environment,
    EvalDecision,
    PolicySet,
    PolicySource,
    PrincipalPolicies,
    ResourcePolicies,
    authorize,
)
from policygen.evaluation.reading import parse_grant
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import NOTHING_KNOWN
from policygen.proofs.whole import compare_whole
from policygen.request import Request
from policygen.request.principal import PrincipalKind, parse_principal
from tests.proofs import hunt
from tests.property.strategies import OWN, Maker

TYPES = {
    "identity_based": "identity",
    "resource_based": "resource",
    "permissions_boundary": "boundary",
    "session": "session",
    "service_control": "scp",
    "resource_control": "rcp",
    "vpc_endpoint": "endpoint",
}


def hunt_sets(cases: int, seed: int, samples: int = 60) -> hunt.Found:
    """Return what hunting over some random pairs of policy sets, and of environments, finds."""
    random, found = Random(seed), hunt.Found()
    for number in range(cases):
        maker = Maker(random)
        case = maker.case()
        old, rewrites = case.policies, random.random() < 0.25
        new = _rewritten(random, old) if rewrites else _changed(maker, old)
        settings = {name: value for name, value in case.settings.items() if name != "default_encryption_visible"}
        reference = random.choice((NOTHING_KNOWN, KnownCalls()))
        inside = random.random() < 0.4
        sides = _environments(maker, old, new, settings) if inside else _sets(old, new, settings)
        start = perf_counter()
        diff = compare_whole(*sides, reference)
        found.milliseconds.append((perf_counter() - start) * 1000)
        found.verdicts[diff.verdict] += 1
        shown = f"case {number}, {'environment' * inside} {type(reference).__name__}, {json.dumps(settings)}:\n"
        shown += f"old {json.dumps(old)}\nnew {json.dumps(new)}\n"
        if any("no request was found that the evaluator confirms" in each for each in diff.unknown):
            found.wrong.append(f"{shown}not confirmed: {diff.unknown}")
        if rewrites and diff.verdict != "same":
            found.wrong.append(f"{shown}written otherwise: {json.dumps(diff.to_dict())}")
        for side, request in _sampled(maker, sides, samples):
            if not hunt.is_known(reference, request, Kind.WHOLE, closed=False):
                continue
            found.sampled += 1
            if not (diff.unknown or (diff.gained if side == "gained" else diff.lost)):
                found.wrong.append(f"{shown}missed, {side}: {request!r}")
                break
    return found


def _sets(old: dict[str, Any], new: dict[str, Any], settings: dict[str, Any]) -> list[PolicySource]:
    return [PolicySet(**each, settings=settings) for each in (old, new)]


def _environments(
    maker: Maker, old: dict[str, Any], new: dict[str, Any], settings: dict[str, Any]
) -> list[PolicySource]:
    """Two environments that hold the maker's caller and resource, mostly, with the policies of two sets."""
    caller, resource = parse_principal(maker.request["principal"]), maker.request["resource"]
    name = caller.arn if caller.kind is PrincipalKind.USER else caller.role_arn or caller.user_arn
    held, holding = maker.chance(80) and resource != "*", maker.chance(80)
    bucket = resource.startswith("arn:aws:s3:::") and maker.chance(80)
    where = resource.partition("/")[0] if bucket else resource
    tags = (("team", maker.pick(("red", "blue"))),) if maker.chance(20) else ()

    def environment(policies: dict[str, Any]) -> Environment:
        principal = PrincipalPolicies(
            identity_based=tuple(policies.get("identity_based", ())),
            permissions_boundary=policies.get("permissions_boundary"),
            tags=tags,
        )
        documents = policies.get("resource_based")
        found = ResourcePolicies(
            account=maker.request.get("resource_account", OWN) if bucket or "::" in resource else None,
            resource_based=() if documents is None else (documents,),
            block_public_access=settings.get("block_public_access", {}),
            grants=tuple(parse_grant(each, Place(source="grant")) for each in policies.get("grants", ())),
            tags=tags,
        )
        levels = {name: tuple(map(tuple, policies.get(name) or ())) for name in ("service_control", "resource_control")}
        return Environment(
            principals={name: principal} if name and holding else {},
            resources={where: found} if held else {},
            management_account=settings.get("management_account"),
            **levels,
        )

    return [environment(each) for each in (old, new)]


def _changed(maker: Maker, policies: dict[str, Any]) -> dict[str, Any]:
    """A set with a part or two taken out, put in, or changed."""
    random, changed = maker.random, deepcopy(policies)
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice([*TYPES, *changed])
        if name == "grants":
            changed[name] = random.choice(([], [*changed[name], maker.grant()]))
        elif name not in changed or random.random() < 0.2:
            changed[name] = _made(maker, name)
        elif random.random() < 0.3:
            del changed[name]
        else:
            changed[name] = _with_one_changed(random, changed[name])
    return changed


def _made(maker: Maker, name: str) -> Any:
    if name in ("service_control", "resource_control"):
        return [maker.level(TYPES[name]), [maker.document(TYPES[name])]]
    document = maker.document(TYPES[name])
    return [document] if name in ("identity_based", "session") else document


def _with_one_changed(random: Random, part: Any) -> Any:
    if isinstance(part, list):
        number = random.randrange(len(part)) if part else 0
        return [_with_one_changed(random, each) if at == number else each for at, each in enumerate(part)]
    inner = part.get("document", part)
    return hunt.mutated(random, inner)


def _rewritten(random: Random, part: Any) -> Any:
    """The same in other words."""
    if isinstance(part, list):
        return [_rewritten(random, each) for each in part]
    inner = part.get("document", part)
    if "Statement" in inner:
        return hunt.rewritten(random, inner)
    if "GranteePrincipal" in part:
        return part
    return {name: _rewritten(random, each) for name, each in part.items()}


def _sampled(maker: Maker, sides: list[PolicySource], samples: int) -> list[tuple[str, Request]]:
    found = []
    for _ in range(samples):
        drawn = maker.make_request() if maker.chance(40) else dict(maker.request, context=maker.context())
        request = hunt.possible(maker, drawn)
        if request is None:
            continue
        allowed = [authorize(each, request).decision is EvalDecision.ALLOWED for each in sides]
        if allowed[0] != allowed[1]:
            found.append(("gained" if allowed[1] else "lost", request))
    return found
