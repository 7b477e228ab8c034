"""Random requests of which some keys are hidden: what is said to stand must stand with the keys back in their places.

``python -m tests.evaluation.open_keys --cases 20000 --seed 1``: prints every case in which it does not, then one line
with the figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from random import Random
from typing import Any

from policygen import PolicySet, Request
from policygen.evaluation.carried import why_not_carried
from policygen.evaluation.undecided import Possibilities, possibilities
from policygen.request.condition_keys import find_condition_key
from policygen.request.context import ENCRYPTION_CONTEXT
from tests.property.strategies import Case, Maker

MOST_SHOWN = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; 0 when every answer stands."""
    parser = argparse.ArgumentParser(description="Hide keys of random requests, and look whether what is said stands.")
    parser.add_argument("--cases", type=int, default=20_000, help="how many random cases")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    random, wrong, certain, hanging = Random(options.seed), 0, 0, 0
    for _ in range(options.cases):
        case = Maker(random).case()
        names, found, decision = hidden(case, random)
        if found.allowed is None:
            hanging += 1
        elif found.allowed == (decision == "allowed"):
            certain += 1
        else:
            wrong += 1
            if wrong <= MOST_SHOWN:
                sys.stdout.write(f"{names} {found} {decision}\n{case.request}\n{case.policies}\n\n")
    sys.stdout.write(
        f"{options.cases} cases from seed {options.seed}: {certain} stand, {hanging} hang on open keys, {wrong} wrong\n"
    )
    return 1 if wrong else 0


def hidden(case: Case, random: Random) -> tuple[list[str], Possibilities, str]:
    """Return the keys that were hidden, what is said without them, and the decision with them."""
    policies = PolicySet(**case.policies, settings=case.settings)
    request: dict[str, Any] = case.request
    context = dict(request.get("context") or {})
    whole = Request(**request)
    names = [name for name in context if random.random() < 0.8 and why_not_carried(whole, name, None) is None]
    names = [name for name in names if not _follows(name)]
    shown = {name: value for name, value in context.items() if name not in names}
    lowered = {name.lower() for name in names}
    if any(name.startswith("aws:requesttag/") for name in lowered):  # AWS sends the names of tags with the tags
        names += [name for name in shown if name.lower() == "aws:tagkeys"]
        shown = {name: value for name, value in shown.items() if name.lower() != "aws:tagkeys"}
        lowered.add("aws:tagkeys")
    pairs = any(name.startswith(ENCRYPTION_CONTEXT) for name in lowered)

    def is_open(key: str) -> bool:
        return key in lowered or (pairs and key.startswith((ENCRYPTION_CONTEXT, "kms:encryptioncontextkeys")))

    found = possibilities(policies, Request(**{**request, "context": shown}), is_open)
    return names, found, policies.authorize(Request(**request)).decision.value


def _follows(name: str) -> bool:
    """Tell whether a key follows from the rest of the request: nobody can hide it."""
    known = find_condition_key(name)
    return known is not None and known.derived_from is not None


if __name__ == "__main__":
    raise SystemExit(main())
