"""The engine decides as a naive evaluator does that was written from the facts alone.

A few hundred cases here; ``python -m tests.differential.nightly`` runs as many as are wanted.
"""

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.differential import nightly
from tests.differential.compare import engine, interpreter, reference
from tests.property.strategies import Case, Maker, cases


@given(cases())
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_engine_equals_reference(case):
    """All evaluators give the same decision word."""
    assert engine(case) == interpreter(case) == reference(case)


def test_cases_reach_every_decision():
    """The random cases are worth something: each of the three decisions comes up in at least a tenth of them."""
    random = Random(7)
    found = Counter(reference(Maker(random).case()) for _ in range(600))
    assert set(found) == {"allowed", "explicitDeny", "implicitDeny"}
    assert min(found.values()) >= 60


def test_cases_use_every_policy_type():
    """The random cases state every policy type and every setting they know."""
    random = Random(8)
    drawn = [Maker(random).case() for _ in range(300)]
    assert {name for case in drawn for name in case.policies} == {
        "identity_based",
        "resource_based",
        "permissions_boundary",
        "session",
        "service_control",
        "resource_control",
        "vpc_endpoint",
        "grants",
    }
    assert {name for case in drawn for name in case.settings} == {"management_account", "vpc_endpoint_type"}


def test_nightly_counts(capsys):
    """The nightly run prints how many cases agreed, from which seed, and exits with 0."""
    assert nightly.main(["--cases", "50", "--seed", "3"]) == 0
    assert capsys.readouterr().out.startswith("50 cases from seed 3, 0 disagreements (")


def test_nightly_shows_a_disagreement(monkeypatch, capsys):
    """A disagreement is printed as a suite's own words, and the exit status is 1."""
    monkeypatch.setattr(nightly, "reference", lambda _case: "explicitDeny")
    monkeypatch.setattr(nightly, "engine", lambda _case: "allowed")
    assert nightly.main(["--cases", "2", "--seed", "3"]) == 1
    out = capsys.readouterr().out
    assert ", engine allowed, reference explicitDeny" in out
    assert '"policies"' in out
    assert "2 cases from seed 3, 2 disagreements (" in out


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({}, "implicitDeny"),
        ({"identity_based": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}]}, "allowed"),
    ],
)
def test_both_tell_allow_from_deny(policies, expected):
    """Neither side is a constant."""
    case = Case(
        policies=policies,
        request={
            "principal": "arn:aws:iam::111122223333:user/ana",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k",
        },
    )
    assert engine(case) == reference(case) == expected
