"""Proofs beside a solver's: on random policies of a fragment both say the same."""

from __future__ import annotations

from random import Random

import pytest

from policygen.document import parse_policy
from policygen.proofs import Kind, automaton, compare
from tests.proofs.solver import allows_more

ACTIONS = ("s3:GetObject", "s3:Get*", "s3:PutObject", "s3:*Object", "s3:?etObject*", "s3:*")
RESOURCES = (
    "*",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::*/logs/*",
    "arn:aws:s3:::data/a",
    "arn:aws:s3:::d?ta/*a",
    "arn:aws:s3:::*",
)
VALUES = ("team", "team-*", "*-a", "t?am", "te*m", "other")
OPERATORS = (
    "StringEquals",
    "StringLike",
    "StringNotLike",
    "StringNotEquals",
    "StringLikeIfExists",
    "StringEqualsIfExists",
)


def statement(random, effect=None):
    """A random statement of the fragment."""
    found = {"Effect": effect or random.choice(("Allow", "Allow", "Deny"))}
    for name, pool in (("Action", ACTIONS), ("Resource", RESOURCES)):
        found[name if random.random() < 0.85 else f"Not{name}"] = random.sample(pool, random.randint(1, 2))
    if "NotAction" in found and found["Effect"] == "Allow":
        found["Action"] = found.pop("NotAction")
    for key in ("aws:referer", "aws:ViaCustomerDomain"):
        if random.random() < 0.4:
            operator = random.choice(OPERATORS)
            block = found.setdefault("Condition", {})
            block.setdefault(operator, {})[key] = random.sample(VALUES, random.randint(1, 2))
            if random.random() < 0.3:
                block.setdefault("Null", {})[key] = random.choice(("true", "false"))
    return found


def policy(*statements):
    """A policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def pair(random):
    """Two policies of which one is the other with one statement more, one less, or the values of one exchanged."""
    old = [statement(random, "Allow"), *(statement(random) for _ in range(random.randint(1, 3)))]
    number, other = random.randrange(len(old)), statement(random)
    changed = old[number] | {
        name: other[name] for name in ("Action", "Resource") if name in old[number] and name in other
    }
    new = random.choice(([*old, other], old[:1] + old[2:], [*old[:number], changed, *old[number + 1 :]]))
    return policy(*old), policy(*new)


@pytest.mark.parametrize("seed", range(30))
def test_a_solver_says_the_same(seed, monkeypatch):
    """Whether one policy allows more than another: proved here and by cvc5, patterns aside or not."""
    old, new = pair(Random(seed))
    more, less = allows_more(new, old), allows_more(old, new)
    for few in (automaton.FEW_STATES, 0):
        monkeypatch.setattr(automaton, "FEW_STATES", few)
        diff = compare(parse_policy(old), parse_policy(new), {Kind.IDENTITY})
        assert (bool(diff.gained), bool(diff.lost), diff.unknown) == (more, less, ())


def test_the_pairs_are_of_every_kind():
    """Some are the same, of some one allows more, of some each does."""
    diffs = [compare(*map(parse_policy, pair(Random(seed))), {Kind.IDENTITY}) for seed in range(30)]
    assert len({(bool(each.gained), bool(each.lost)) for each in diffs}) == 4
