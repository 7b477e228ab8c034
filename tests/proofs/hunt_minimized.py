"""Hunts for minimised policies that do not give the same access: ``python -m tests.proofs.hunt_minimized``.

Random policies, with things said twice or in other words, are minimised; then random requests are asked of both: alone,
beside a policy that allows everything, and under a boundary that allows nothing. The proof of ``diff``, which looks for
requests, is asked as well. Policies that are attached together are split under a quota of a few hundred characters.
Exit status 1 when anything is not the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from policygen.aws.quotas import Quota
from policygen.catalog import KnownCalls
from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.errors import DocumentError
from policygen.evaluation import PolicySet
from policygen.proofs import compare, minimize
from policygen.proofs.kinds import Kind, World, surrounded
from policygen.proofs.reference import NOTHING_KNOWN
from policygen.request.principal import PrincipalKind
from tests.proofs.hunt import KINDS, document_of, is_known, mutated, rewritten, sampled, statements_of, write
from tests.property.strategies import Maker

_MANY = (Kind.IDENTITY, Kind.SCP, Kind.RCP)


@dataclass
class Found:
    """What a hunt found."""

    smaller: int = 0
    split: int = 0
    refused: int = 0
    left: int = 0
    steps: int = 0
    sampled: int = 0
    wrong: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the hunt; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description="Hunt for minimised policies that differ.")
    parser.add_argument("--cases", type=int, default=1_000, help="how many policies")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    found = hunt(options.cases, options.seed)
    for each in found.wrong[:10]:
        write(each)
    write(
        f"{options.cases:,} policies from seed {options.seed}: {found.smaller:,} smaller in {found.steps:,} steps, "
        f"{found.split:,} split, {found.refused:,} refused, {found.left:,} with something left, "
        f"{found.sampled:,} requests asked, {len(found.wrong):,} wrong"
    )
    return 1 if found.wrong else 0


def hunt(cases: int, seed: int, samples: int = 40) -> Found:
    """Return what hunting over some random policies finds."""
    random, found = Random(seed), Found()
    for number in range(cases):
        kind = random.choice(list(KINDS))
        maker = Maker(random)
        old = _wordy(random, document_of(maker, kind))
        split = kind in _MANY and random.random() < 0.4
        quota = Quota(name="few", limit=random.choice((150, 220, 300)), unit="characters", doc_url="", most=9)
        reference = random.choice((NOTHING_KNOWN, KnownCalls()))
        try:
            made = minimize([parse_policy(old)], {kind}, quota if split else None, reference, split=split)
        except DocumentError as error:
            found.refused += 1
            if {each.code for each in error.problems} - {"PG-D010", "PG-D011"}:
                found.wrong.append(f"case {number}: {error}")
            continue
        found.smaller += sum(made.after.values()) < sum(made.before.values())
        found.steps += len(made.done)
        found.split += len(made.policies) > 1
        found.left += bool(made.left)
        new = {"Version": old["Version"], "Statement": _together(made.policies.values())}
        shown = f"case {number}, {kind.value}:\nold {json.dumps(old)}\nnew {json.dumps(new)}\ndone {made.done}\n"
        verdict = compare(parse_policy(old), parse_policy(new), {kind}, reference).verdict
        if verdict == "differs" or (verdict == "unknown" and made.done):
            found.wrong.append(f"{shown}{verdict}")
        if any(size > quota.limit for size in made.after.values()) and split:
            found.wrong.append(f"{shown}too large: {dict(made.after)}")
        for around in (surrounded, _beside_everything, *([_bounded] if kind.is_of_resource else [])):
            found.sampled += samples
            asked = sampled(maker, kind, old, new, samples, around)
            for side, request in [each for each in asked if is_known(reference, each[1], kind, closed=False)][:1]:
                found.wrong.append(f"{shown}{side}, {around.__name__}: {request!r}")
    return found


def _beside_everything(kind: Kind, document: Any, world: World) -> PolicySet:
    """The policies of a request, where another of the kind allows everything: what is denied shows."""
    statement = {"Effect": "Allow", "Action": "sts:*" if kind is Kind.TRUST else "*"}
    statement |= {} if kind is Kind.TRUST else {"Resource": "*"}
    statement |= {"Principal": "*"} if kind.is_of_resource or kind is Kind.RCP else {}
    return surrounded(kind, {**document, "Statement": [*statements_of(document), statement]}, world)


def _bounded(kind: Kind, document: Any, world: World) -> PolicySet:
    """The policies of a request of a caller whose boundary allows nothing: in which capacity it is named shows."""
    if world.caller.kind not in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
        return surrounded(kind, document, world)
    everything, nothing = (
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
        for action in ("*", "sqs:ListQueues")
    )
    own = [everything] if world.own else []
    return PolicySet(identity_based=own, resource_based=document, permissions_boundary=nothing)


def _together(policies: Any) -> list[Any]:
    return [each for policy in policies for each in statements_of(thaw(policy.written))]


def _wordy(random: Random, document: dict[str, Any]) -> dict[str, Any]:
    """A policy that says some things twice, in other words, or for less than it says elsewhere."""
    statements = list(statements_of(document))
    for _ in range(random.choice((1, 2, 3))):
        more = random.choice((rewritten, mutated))(random, document)
        statements += statements_of(more)
    random.shuffle(statements)
    return {"Version": "2012-10-17", "Statement": statements}


if __name__ == "__main__":
    sys.exit(main())
