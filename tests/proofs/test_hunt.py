"""Random policies, both ways: no difference is missed, no witness is left unconfirmed, no rewrite differs."""

from tests.proofs.hunt import hunt
from tests.proofs.hunt_whole import hunt_sets


def test_random_policies_agree_with_the_evaluator():
    """A few of what ``python -m tests.proofs.hunt`` tries by the thousand."""
    found = hunt(cases=60, seed=20261129, samples=12)
    assert found.wrong == []
    assert found.verdicts["differs"] > 10
    assert found.verdicts["same"] > 10
    assert found.sampled > 10


def test_random_policy_sets_and_environments_agree_with_the_evaluator():
    """A few of what ``python -m tests.proofs.hunt --whole`` tries by the thousand."""
    found = hunt_sets(cases=25, seed=3, samples=30)
    assert found.wrong == []
    assert found.verdicts["differs"] > 5
    assert found.verdicts["same"] > 5
    assert found.sampled > 10
