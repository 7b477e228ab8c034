"""Answers of AWS made from our own decisions: they fit AWS's shapes, and read back both sides agree on every check.

A few here; ``python -m tests.denials.round_trip`` runs as many as are wanted.
"""

from random import Random

from policygen.denials import comparing
from tests.denials import round_trip
from tests.denials.answers import details


def test_own_answers_are_read_back(capsys):
    """Over random policies `denied` agrees with itself on every check, and what it writes fits AWS's output shape."""
    assert round_trip.main(["--cases", "30", "--seed", "1"]) == 0
    assert capsys.readouterr().out.startswith("30 calls from seed 1, 0 disagreements\n")


def test_a_disagreement_is_shown(monkeypatch, capsys):
    """A call on which both sides differ is printed with the answer, and the exit status is 1."""
    monkeypatch.setattr(comparing, "checks_of", _shifted(comparing.checks_of))
    assert round_trip.main(["--cases", "3", "--seed", "1"]) == 1
    out = capsys.readouterr().out
    assert "AWS says" in out
    assert '"evaluatedEffect"' in out


def _shifted(checks_of):
    """Every second answer is that of a request for another action."""
    asked = []

    def other(policies, request, **options):
        asked.append(request)
        return checks_of(policies, request if len(asked) % 3 else request.with_action("ec2:RunInstances"), **options)

    return other


def test_misfits_are_found():
    """The check against AWS's shape sees a missing member, an unknown one and a word that AWS does not have."""
    answer = details(*round_trip.case(Random(2)))
    assert round_trip.misfits(answer) == ""
    evaluation = answer["evaluations"][0]
    assert "policies" in round_trip.misfits({name: each for name, each in answer.items() if name != "policies"})
    assert "MAYBE is none of" in round_trip.misfits(
        answer | {"evaluations": [evaluation | {"evaluatedEffect": "MAYBE"}]}
    )
    assert "has no more" in round_trip.misfits(answer | {"more": 1})
