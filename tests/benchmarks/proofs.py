"""How the time of a proof grows, beside cvc5: ``python -m tests.benchmarks.proofs [--seconds N] [--only TEXT]``.

Each pair of policies is compared both ways: one has one value less than the other, which has its statements in another
order. The solver is asked the same (by an encoding of its own, tests/proofs/solver.py) and stopped after N seconds.
Processor time of one process, the least of three where it is short.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import product
from multiprocessing import get_context
from time import process_time
from typing import Any

from policygen.catalog import KnownCalls
from policygen.document import parse_policy
from policygen.proofs import Kind, compare

Policy = dict[str, Any]
Pair = tuple[Policy, Policy]

_PAIRS_OF_LETTERS = ["".join(each) for each in product("abcdefghijklmnopqrstuvwxyz", repeat=2)]
_SHORT = 1.0
_ACCOUNTS = ["111122223333", *(f"{number:012}" for number in range(400000000000, 400000000019))]


def _policy(statements: Sequence[dict[str, Any]]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def _less_one(statements: list[dict[str, Any]]) -> Pair:
    half = len(statements) // 2
    return _policy(statements), _policy([*statements[:half], *statements[half + 1 :]][::-1])


def _statements(n: int) -> Pair:
    actions = (["s3:GetObject", "s3:PutObject"], "s3:GetObject", ["s3:GetObject", "s3:DeleteObject"])
    found = [_allow(actions[each % 3], f"arn:aws:s3:::bucket-{each}/{each % 7}/*") for each in range(n - n // 10)]
    return _less_one(
        [*found, *(_allow("s3:*", f"arn:aws:s3:::bucket-{each}/0/*", Effect="Deny") for each in range(n // 10))]
    )


def _patterns(n: int) -> Pair:
    listed = [f"arn:aws:s3:::bucket-{each}/*" for each in range(n)]
    return _policy([_allow("s3:GetObject", listed)]), _policy([_allow("s3:GetObject", listed[:0:-1])])


def _stars(n: int) -> Pair:
    return _less_one([_allow("s3:GetObject", f"arn:aws:s3:::*{each}*") for each in _PAIRS_OF_LETTERS[: 7 * n : 7]])


def _keys(n: int) -> Pair:
    keys = [f"aws:RequestTag/tag-{each}" for each in range(n)]
    return _less_one(
        [_allow("s3:PutObject", "arn:aws:s3:::data/*", Condition={"StringEquals": {each: "a"}}) for each in keys]
    )


def _conditions(n: int) -> Pair:
    block = {f"aws:RequestTag/tag-{each}": "a*" for each in range(n)}
    whole, less = _policy([]), _policy([])
    whole["Statement"] = [_allow("s3:PutObject", "arn:aws:s3:::data/*", Condition={"StringLike": block})]
    less["Statement"] = [
        _allow("s3:PutObject", "arn:aws:s3:::data/*", Condition={"StringLike": dict(list(block.items())[1:])})
    ]
    return whole, less


def _bucket_policy(n: int) -> Pair:
    def of(number: int) -> dict[str, Any]:
        account = _ACCOUNTS[number % len(_ACCOUNTS)]
        who = {"Principal": {"AWS": f"arn:aws:iam::{account}:role/team-{number}"}}
        return _allow(
            ["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::data/team-{number}/*", Sid=f"Team{number}", **who
        )

    return _less_one([of(number) for number in range(n)])


SHAPES: dict[str, tuple[Kind, Callable[[int], Pair], tuple[int, ...], bool]] = {
    "statements": (Kind.IDENTITY, _statements, (20, 50, 200, 500, 2_000), True),
    "patterns of one element": (Kind.IDENTITY, _patterns, (10, 50, 100, 500, 2_000), True),
    "patterns with a star at both ends": (Kind.IDENTITY, _stars, (4, 8, 12, 20, 40, 80), True),
    "statements with a key of their own": (Kind.IDENTITY, _keys, (5, 10, 20, 50, 100), True),
    "keys of one statement": (Kind.IDENTITY, _conditions, (5, 10, 20, 50), True),
    "statements of a bucket policy": (Kind.RESOURCE, _bucket_policy, (20, 60, 110, 220), False),
}
"""For each shape the kind of its policies, how they are made, of what sizes, and whether the solver can be asked."""


def ours(kind: Kind, pair: Pair) -> tuple[float, str]:
    """Return the seconds and the verdict of a proof, both ways, from text to witness."""
    texts = [json.dumps(each) for each in pair]
    start = process_time()
    diff = compare(*map(parse_policy, texts), {kind}, KnownCalls())
    return process_time() - start, diff.verdict


def the_solvers(pair: Pair, seconds: float) -> tuple[float, str]:
    """Return the seconds and the verdict of the solver, both ways."""
    from tests.proofs.solver import allows_more

    start = process_time()
    answers = [allows_more(*each, milliseconds=round(seconds * 1000)) for each in (pair, pair[::-1])]
    verdict = "differs" if True in answers else "unknown" if None in answers else "same"
    return process_time() - start, verdict


def measured(measure: Callable[..., tuple[float, str]], *given: Any) -> tuple[float, str]:
    """Return what a fresh process measures: the least of three where it is short."""
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        found = [pool.apply(measure, given)]
        found += [pool.apply(measure, given) for _ in range(2) if found[0][0] < _SHORT]
    return min(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each shape and size."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.proofs", description="Measure proofs.")
    parser.add_argument("--seconds", type=float, default=10, help="when the solver is stopped, each way")
    parser.add_argument("--only", default="", help="shapes with this in their name")
    options = parser.parse_args(arguments)
    KnownCalls().taken("s3:getobject")  # the catalogue is read once
    for name, (kind, make, sizes, in_fragment) in SHAPES.items():
        stopped = False
        for n in sizes if options.only in name else ():
            pair = make(n)
            size = len(json.dumps(pair[0], separators=(",", ":")))
            seconds, verdict = measured(ours, kind, pair)
            line = f"{name:36} {n:5} {size:8,} bytes  {seconds * 1000:9,.1f} ms {verdict:8}"
            if in_fragment and not stopped:
                theirs, said = measured(the_solvers, pair, options.seconds)
                stopped = theirs > options.seconds
                line += f" cvc5 {theirs * 1000:9,.0f} ms {said}"
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
