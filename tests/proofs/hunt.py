"""Hunts for wrong proofs: a difference that sampling finds and the proof does not, and a witness nobody confirms.

``python -m tests.proofs.hunt --cases 2000 --seed 1``: compares random pairs of policies, asks random requests of both,
and prints every pair of which proof and evaluator disagree, then one line with the figures. Exit status 1 when there is
one. The requests come from the pools of the property tests, never from the atoms of the proof.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Any
from unittest.mock import patch

from policygen.catalog import KnownCalls
from policygen.document import parse_policy
from policygen.errors import RequestError
from policygen.evaluation import EvalDecision, PolicySet
from policygen.proofs import automaton
from policygen.proofs.compare import Diff, compare
from policygen.proofs.kinds import Kind, World, surrounded
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.resources import may_name
from policygen.request import Request
from policygen.request.condition_keys import CONDITION_KEYS, DerivedFrom, few_actions, find_condition_key
from policygen.request.keys_together import KEYS_TOGETHER, said_of
from policygen.request.principal import PrincipalKind, parse_principal
from tests.property.strategies import DATES, OWN, Maker

KINDS = {
    Kind.IDENTITY: "identity",
    Kind.BOUNDARY: "boundary",
    Kind.SESSION: "session",
    Kind.SCP: "scp",
    Kind.RCP: "rcp",
    Kind.RESOURCE: "resource",
    Kind.KEY: "resource",
    Kind.TRUST: "resource",
    Kind.ENDPOINT: "endpoint",
}


@dataclass
class Found:
    """What a hunt found."""

    verdicts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    sampled: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the hunt; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description="Hunt for wrong proofs with random policies.")
    parser.add_argument("--cases", type=int, default=2_000, help="how many pairs of policies")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    parser.add_argument("--whole", action="store_true", help="whole policy sets instead of single policies")
    options = parser.parse_args(arguments)
    start = perf_counter()
    if options.whole:
        from tests.proofs.hunt_whole import hunt_sets as hunting
    else:
        hunting = hunt
    found = hunting(options.cases, options.seed)
    for each in found.wrong[:10]:
        write(each)
    times = sorted(found.milliseconds)
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(found.verdicts.items()))
    write(
        f"{options.cases:,} pairs from seed {options.seed} ({verdicts}), {found.sampled:,} differences sampled, "
        f"{len(found.wrong):,} wrong, median {times[len(times) // 2]:.1f} ms, p95 {times[len(times) * 95 // 100]:.1f}, "
        f"max {times[-1]:.1f}, {perf_counter() - start:.0f} s"
    )
    return 1 if found.wrong else 0


def hunt(cases: int, seed: int, samples: int = 60) -> Found:
    """Return what hunting over some random pairs finds."""
    random, found = Random(seed), Found()
    for number in range(cases):
        kind = random.choice(list(KINDS))
        maker = Maker(random)
        old = document_of(maker, kind)
        rewrites = random.random() < 0.25
        new = rewritten(random, old) if rewrites else mutated(random, old)
        new = new if rewrites or random.random() < 0.8 else document_of(maker, kind)
        reference, closed = random.choice(((NOTHING_KNOWN, False), (KnownCalls(), False), (KnownCalls(), True)))
        start = perf_counter()
        with patch.object(automaton, "FEW_STATES", random.choice((0, automaton.FEW_STATES))):  # 0: all are put aside
            diff = compare(parse_policy(old), parse_policy(new), {kind}, reference, closed=closed)
        found.milliseconds.append((perf_counter() - start) * 1000)
        found.verdicts[diff.verdict] += 1
        how = f"{kind.value}, {type(reference).__name__}{', closed' * closed}"
        shown = f"case {number}, {how}:\nold {json.dumps(old)}\nnew {json.dumps(new)}\n"
        if any("no request was found that the evaluator confirms" in each for each in diff.unknown):
            found.wrong.append(f"{shown}not confirmed: {diff.unknown}")
        if rewrites and diff.verdict != "same":
            found.wrong.append(f"{shown}written otherwise: {json.dumps(diff.to_dict())}")
        for side, request in sampled(maker, kind, old, new, samples):
            if not is_known(reference, request, kind, closed=closed):
                continue
            found.sampled += 1
            if not _knows(diff, side):
                found.wrong.append(f"{shown}missed, {side}: {request!r}")
                break
    return found


def is_known(reference: Reference, request: Request, kind: Kind, *, closed: bool) -> bool:
    """Whether AWS's reference, as far as it is looked at, has such a call."""
    action = request.action.lower()
    names, taken = {each.lower() for each in reference.names(request.service)}, reference.taken(action)
    if closed and names and action not in names:
        return False
    if taken is not None and kind not in (Kind.KEY, Kind.TRUST) and not may_name(taken, request.resource):
        return False
    return _go_together(request) and all(reference.carries(action, each.name.lower()) for each in request.stated)


def _go_together(request: Request) -> bool:
    """Whether a request has of the keys that go together both or neither, and both say the same."""
    for one, other in KEYS_TOGETHER:
        whole, part = (request.context.get(each) for each in (one, other))
        if (whole is None) is not (part is None):
            return False
        said = {said_of(one, each) for each in part.values} if part is not None else set()
        if whole is not None and not said <= {None, *whole.values}:
            return False
    return True


def _knows(diff: Diff, side: str) -> bool:
    return bool(diff.unknown or (diff.gained if side == "gained" else diff.lost))


def document_of(maker: Maker, kind: Kind) -> dict[str, Any]:
    """A policy of a kind, about the request that the maker has."""
    maker.request = maker.make_request()
    wanted = {Kind.KEY: ("kms:",), Kind.TRUST: ("sts:",), Kind.RESOURCE: ("s3:", "sqs:", "dynamodb:", "ecr:")}.get(
        kind, ("",)
    )
    while not maker.request["action"].startswith(wanted) or (kind.is_of_resource and maker.request["resource"] == "*"):
        maker.request = maker.make_request()
    found = maker.document(KINDS[kind])
    found = found.get("document", found)
    if kind is Kind.TRUST:
        for each in statements_of(found):
            each.pop("Resource", None), each.pop("NotResource", None)
    return found


def statements_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy as a list."""
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def mutated(random: Random, document: dict[str, Any]) -> dict[str, Any]:
    """A policy with one or two things changed, or written otherwise."""
    changed = deepcopy(document)
    statements = changed["Statement"] = deepcopy(statements_of(changed))
    for _ in range(random.choice((1, 1, 2))):
        statement = random.choice(statements)
        change = random.choice(
            ("condition", "effect", "action", "resource", "double", "drop", "order", "operator", "split")
        )
        conditions = statement.get("Condition")
        if change == "condition" and conditions:
            conditions.pop(random.choice(list(conditions)))
        elif change == "effect":
            statement["Effect"] = "Allow" if statement["Effect"] == "Deny" else "Deny"
        elif change in ("action", "resource") and change.title() in statement:
            value = statement[change.title()]
            values = value if isinstance(value, list) else [value]
            statement[change.title()] = random.choice(([*values, "*"], [*reversed(values)], values[:1], values * 2))
        elif change == "double":
            statements.append(deepcopy(statement))
        elif change == "drop" and len(statements) > 1:
            statements.remove(statement)
        elif change == "order":
            random.shuffle(statements)
        elif change == "operator" and conditions:
            name = random.choice(list(conditions))
            conditions[f"{name}IfExists" if not name.endswith(("IfExists", "Null")) else name] = conditions.pop(name)
        elif change == "split" and isinstance(statement.get("Action"), list) and statement["Action"]:
            first, *rest = statement["Action"]
            statement["Action"] = first
            statements.append(deepcopy(statement) | {"Action": rest})
    return changed


def rewritten(random: Random, document: dict[str, Any]) -> dict[str, Any]:
    """The same policy in other words: order, lists, one statement as several, case of actions, things said twice."""
    changed = deepcopy(document)
    statements = []
    for statement in deepcopy(statements_of(changed)):
        for name in ("Action", "Resource", "NotAction", "NotResource"):
            if name in statement and isinstance(statement[name], str) and random.random() < 0.5:
                statement[name] = [statement[name]] * random.choice((1, 2))
            if isinstance(statement.get(name), list):
                random.shuffle(statement[name])
        action = statement.get("Action")
        if isinstance(action, list) and action and random.random() < 0.6:
            parts = [statement | {"Action": each.swapcase()} for each in action]
            statements += parts
        else:
            statements.append(statement)
        if statement.get("Resource") == "*":
            statement["Resource"] = ["*", "arn:aws:s3:::x*"]
    random.shuffle(statements)
    if random.random() < 0.3 and statements:
        statements.append(deepcopy(random.choice(statements)))
    changed["Statement"] = statements
    return changed


def sampled(
    maker: Maker,
    kind: Kind,
    old: dict[str, Any],
    new: dict[str, Any],
    samples: int,
    around: Callable[[Kind, Any, World], PolicySet] = surrounded,
) -> list[tuple[str, Request]]:
    """Return requests that two policies, each among what stands around it, answer differently, and which way."""
    found = []
    for _ in range(samples):
        drawn = maker.make_request() if maker.chance(40) else dict(maker.request, context=maker.context())
        if kind is Kind.RESOURCE and drawn["action"].partition(":")[0] not in f"{old} {new}".lower():
            continue  # a policy stands on a resource of a service that it names
        asked = _possible(maker, kind, drawn)
        if asked is None:
            continue
        world, request = asked
        decisions = [around(kind, each, world).authorize(request).decision for each in (old, new)]
        allowed = [each is EvalDecision.ALLOWED for each in decisions]
        if allowed[0] != allowed[1]:
            found.append(("gained" if allowed[1] else "lost", request))
    return found


def _possible(maker: Maker, kind: Kind, drawn: dict[str, Any]) -> tuple[World, Request] | None:
    """Make a drawn request one that a policy of a kind decides."""
    caller = parse_principal(drawn["principal"])
    if caller.kind not in kind.callers or (kind.is_of_resource and drawn["resource"] == "*"):
        return None
    service = drawn["action"].partition(":")[0]
    if {Kind.KEY: "kms", Kind.TRUST: "sts"}.get(kind, service) != service or (
        kind is Kind.RESOURCE and service in ("kms", "sts", "iam")
    ):
        return None
    if kind is Kind.TRUST and ":role/" not in drawn["resource"]:
        return None
    request = possible(maker, drawn)
    if request is None:
        return None
    return World(caller=caller, owner=request.resource_account or OWN, own=maker.chance(60)), request


def possible(maker: Maker, drawn: dict[str, Any]) -> Request | None:
    """Make a drawn request one that somebody can make: what AWS always sends is there, what it never sends is not."""
    caller = parse_principal(drawn["principal"])
    action, service = drawn["action"].lower(), drawn["action"].partition(":")[0]
    context: dict[str, Any] = {}
    for name, value in drawn["context"].items():
        row, few = find_condition_key(name), few_actions(name)
        derived = row is not None and row.derived_from in (DerivedFrom.CALLER, DerivedFrom.RESOURCE_OWNER)
        if (row and not row.can_be_carried(caller.kind, service=service)) or (few is not None and action not in few):
            continue
        if (derived and name.lower() not in ("aws:userid", "aws:username") and not row.is_family) or (
            value in ("", [""]) and row and row.multivalued
        ):
            continue
        context[name] = value
    lowered = {name.lower() for name in context}
    for row in CONDITION_KEYS:
        if (
            row.in_every_request
            and row.name.lower() not in lowered
            and row.can_be_carried(caller.kind, service=service)
            and row.derived_from is None
        ):
            context[row.name] = {"Bool": maker.pick(("true", "false")), "Date": maker.pick(DATES), "Numeric": "5"}.get(
                row.types[0].value, "us-east-1"
            )
    if any(each.lower().startswith("kms:encryptioncontext:") for each in context):
        context.pop(next((each for each in context if each.lower() == "kms:encryptioncontextkeys"), ""), None)
    if (
        caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION)
        and "aws:userid" not in lowered
        and caller.unique_id is None
    ):
        context["aws:userid"] = "AIDAOTHER"
    owner = drawn.get("resource_account") or (caller.account or OWN)
    try:
        return Request(
            principal=drawn["principal"],
            action=drawn["action"],
            resource=drawn["resource"],
            resource_account=owner,
            context=context,
        )
    except RequestError:
        return None


def write(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
