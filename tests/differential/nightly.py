"""Compares interpreter and engine with the reference evaluator on many random cases.

``python -m tests.differential.nightly --cases 100000 --seed 1``: prints every disagreement as a suite's own words (the
facts decide who is wrong), then one line with the figures. Exit status 1 when there is a disagreement.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from random import Random
from time import perf_counter

from policygen.engine import limits
from tests.differential.compare import engine, interpreter, reference
from tests.property.strategies import Maker

MOST_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; 0 when both agree everywhere."""
    parser = argparse.ArgumentParser(description="Compare interpreter and engine with the reference evaluator.")
    parser.add_argument("--cases", type=int, default=100_000, help="how many random cases")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    limits.HOT = 2  # plans go through all their stages within a few requests
    random, found, wrong, start = Random(options.seed), Counter[str](), 0, perf_counter()
    for number in range(options.cases):
        case = Maker(random).case()
        expected, interpreted, compiled = reference(case), interpreter(case), engine(case)
        found[expected] += 1
        if not expected == interpreted == compiled:
            wrong += 1
            if wrong <= MOST_SHOWN:
                shown = {"policies": case.policies, "settings": case.settings, "request": case.request}
                told = f"interpreter {interpreted}, engine {compiled}, reference {expected}"
                write(f"case {number}: {told}\n{json.dumps(shown, indent=2)}")
    shares = ", ".join(f"{found[word]:,} {word}" for word in sorted(found))
    seconds = perf_counter() - start
    write(f"{options.cases:,} cases from seed {options.seed}, {wrong:,} disagreements ({shares}), {seconds:.0f} s")
    return 1 if wrong else 0


def write(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
