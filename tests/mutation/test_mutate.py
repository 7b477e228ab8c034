"""What becomes of mutants: tests notice them, or nothing could, or a request is shown that nobody asks."""

import json

import pytest

import policygen as pg
from policygen.mutation import judge
from policygen.proofs import Diff
from tests.command import policygen
from tests.mutation.samples import left_out

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}],
}
READ = {"id": "read", "request": {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}, "expect": "allowed"}
ELSEWHERE = {"id": "no", "request": {"action": "s3:GetObject", "resource": "arn:aws:s3:::c/k"}, "expect": "denied"}
OTHERS = {
    "id": "no-more",
    "request": {"action": ["s3:GetObjectAcl", "s3:PutObject"], "resource": "arn:aws:s3:::b/k"},
    "expect": "denied",
}


@pytest.fixture
def suite(tmp_path):
    """Return a function that writes a suite about the policy, and gives its path."""

    def written(*tests, policies=None, **more):
        user = {"request": {"principal": "arn:aws:iam::111122223333:user/bob"}}
        value = {"version": 1, "defaults": user, "policies": policies or {"identity_based": ["p.json"]}}
        (tmp_path / "p.json").write_text(json.dumps(POLICY))
        path = tmp_path / "s.policytest.json"
        path.write_text(json.dumps(value | more | {"tests": list(tests)}))
        return path

    return written


def test_every_change_is_noticed(suite):
    """Of a suite that asks all around a policy no mutant survives; the score is 100."""
    found = pg.mutate(suite(READ, ELSEWHERE, OTHERS))
    assert found.survived == ()
    assert found.score == 100
    assert found.killed + found.equivalent == found.mutants == 13


def test_a_survivor_has_a_request_that_tells_it_apart(suite):
    """Each survivor's request is allowed under one of both policies alone."""
    found = pg.mutate(suite(READ))
    assert {each.operator for each in found.survived} == {"any-action", "any-resource", "widen-action"}
    for each in found.survived:
        assert (each.policy, each.statement, each.reason) == (str(suite(READ).parent / "p.json"), "Read", None)
        lines = json.dumps(POLICY, indent=4).splitlines()
        kept = [line[1:] for line in each.diff.splitlines()[3:] if not line.startswith("-")]
        start = next(place for place, line in enumerate(lines) if line == kept[0])
        gone = [line for line in each.diff.splitlines()[3:] if not line.startswith("+")]
        changed = "\n".join(lines[:start] + kept + lines[start + len(gone) :])
        decisions = [pg.PolicySet(identity_based=text).authorize(each.request) for text in (POLICY, changed)]
        assert [decision.allowed for decision in decisions] == [False, True]


def test_what_nothing_could_notice_is_counted_alone(suite):
    """A Deny of what nothing allows may be dropped: that is proved, and no survivor."""
    deny = {"Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}}
    path = suite(READ, ELSEWHERE, OTHERS, policies={"identity_based": ["p.json", {"name": "deny", "document": deny}]})
    found = pg.mutate(path)
    assert [each for each in found.survived if each.policy == "deny"] == []
    assert found.equivalent == 2


def test_tests_that_fail_are_left_out(suite):
    """A test that fails as it stands notices nothing, and is named."""
    path = suite(READ, ELSEWHERE | {"expect": "allowed"})
    found = pg.mutate(path)
    assert found.failing == (f"{path}:1 no",)
    assert "any-resource" in {each.operator for each in found.survived}
    said = policygen("mutate", path).stderr
    assert said == f"left out, for it fails as it stands: {path}:1 no\n"


def test_what_cannot_be_told_has_survived(suite, monkeypatch):
    """Where no proof is found a mutant counts as a survivor, without a request and with the reason."""
    unknown = Diff(unknown=("Action has too many patterns",))
    monkeypatch.setattr(judge, "compare", lambda *_, **__: unknown)
    monkeypatch.setattr(judge, "compare_whole", lambda *_, **__: unknown)
    (first, *_) = pg.mutate(suite(READ)).survived
    assert (first.request, first.reason) == (None, "it could not be told: Action has too many patterns")
    assert first.to_dict()["reason"] == first.reason


def test_of_too_many_some_are_tried(suite):
    """``max_mutants`` bounds the work; the mutants lie all over the policy, and how many are left out is said."""
    path = suite(READ)
    found = pg.mutate(path, max_mutants=5)
    assert (found.mutants, found.left_out) == (5, 8)
    assert (
        policygen("mutate", path, "--max-mutants", 5).stdout.splitlines()[-1].startswith("5 mutants (8 more left out):")
    )


def test_several_processes_judge_alike(suite, monkeypatch):
    """More processes find the same as one."""
    path = suite(READ)
    monkeypatch.setattr("policygen.mutation.run._FEW", 1)
    alone, together = (pg.mutate(path, processes=number).to_dict() for number in (1, 2))
    assert together == alone


def test_policies_beside_an_environment_are_assumed(tmp_path, suite):
    """What a test states beside an environment is not changed: the environment's policies are."""
    user = "arn:aws:iam::111122223333:user/bob"
    environment = {"version": 1, "principals": {user: {"identity_based": [POLICY]}}}
    (tmp_path / "e.json").write_text(json.dumps(environment))
    deny = {"resource_based": {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}}
    test = READ | {"id": "denied", "policies": deny, "expect": "explicitDeny"}
    path = tmp_path / "e.policytest.json"
    path.write_text(
        json.dumps(
            {"version": 1, "environment": "e.json", "defaults": {"request": {"principal": user}}}
            | {"tests": [READ, test]}
        )
    )
    assert {each.policy for each in pg.mutate(path).survived} == {each.policy for each in pg.coverage(path).policies}
    assert len(pg.coverage(path).policies) == 1


@pytest.mark.parametrize("name", ["excluded-prefix", "deny-unencrypted-uploads"])
def test_samples_leave_nothing_out(name):
    """Of a sample's policies everything is exercised, and of some mutants each is noticed or proved to be none."""
    found, covered, mutated = left_out(name, most=60)
    assert found == []
    assert covered.percent == 100
    assert mutated.killed > 30


# The command


def test_the_command_prints_survivors(suite):
    """A survivor is shown as a difference with a request in words; the figures come last; the status is 0."""
    run = policygen("mutate", suite(READ, OTHERS))
    assert run.returncode == 0
    assert run.stdout == (
        f"SURVIVED {suite(READ).parent / 'p.json'} Read any-resource\n"
        "  @@ -6,5 +6,5 @@\n"
        '               "Effect": "Allow",\n'
        '               "Action": "s3:GetObject",\n'
        '  -            "Resource": "arn:aws:s3:::b/*"\n'
        '  +            "Resource": "*"\n'
        "           }\n"
        "       ]\n"
        "  no test notices: arn:aws:iam::111122223333:user/somebody asks for s3:GetObject on "
        "arn:aws:s3:us-east-1:111122223333:accesspoint/x/object/x of account 111122223333\n"
        "\n"
        "13 mutants: 12 killed, 1 survived, 0 equivalent (proved); score 92.3 %\n"
    )


def test_json_has_the_keys_that_are_documented(suite):
    """``--format json``: figures, survivors and the score."""
    found = json.loads(policygen("mutate", suite(READ, OTHERS), "--format", "json").stdout)
    assert list(found) == ["mutants", "killed", "equivalent", "survived", "score"]
    (survivor,) = found["survived"]
    assert list(survivor) == ["policy", "statement", "operator", "diff", "request"]
    assert list(survivor["request"]) == ["principal", "action", "resource", "resource_account", "context"]
    assert found["score"] == 92.3


@pytest.mark.parametrize(("limit", "status"), [("92.3", 0), ("92.4", 1)])
def test_fail_under(suite, limit, status):
    """A score below the limit is exit status 1."""
    assert policygen("mutate", suite(READ, OTHERS), "--fail-under", limit, "-q").returncode == status


def test_resume_goes_on_with_what_was_judged(suite, tmp_path, monkeypatch):
    """A second run judges nothing again, and prints the same; other tests make it begin anew, and that is said."""
    path, kept = suite(READ), tmp_path / "kept.json"
    first = policygen("mutate", path, "--resume", kept)
    with monkeypatch.context() as patched:
        patched.setattr(judge.Judge, "verdict", None)
        assert policygen("mutate", path, "--resume", kept).stdout == first.stdout
    again = policygen("mutate", suite(READ, OTHERS), "--resume", kept)
    assert again.stderr == f"{kept}: the tests or policies have changed since: everything is judged anew\n"
    assert "1 survived" in again.stdout


def test_an_interrupted_run_keeps_what_it_judged(suite, tmp_path, monkeypatch):
    """After Ctrl-C the file holds the verdicts up to then, and the next run judges the others alone."""
    path, kept = suite(READ), tmp_path / "kept.json"
    whole, asked = judge.Judge.verdict, []

    def verdict(self, number, mutant):
        asked.append(mutant.text)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return whole(self, number, mutant)

    monkeypatch.setattr(judge.Judge, "verdict", verdict)
    interrupted = policygen("mutate", path, "--resume", kept)
    assert (interrupted.returncode, interrupted.stderr) == (130, "\ninterrupted\n")
    assert len(json.loads(kept.read_text())["judged"]) == 4
    assert policygen("mutate", path, "--resume", kept).returncode == 0
    assert len(asked) == 5 + 9  # the fifth once more


def test_a_file_that_says_something_else_is_not_overwritten(suite, tmp_path):
    """``--resume`` takes no file of others."""
    other = tmp_path / "notes.json"
    other.write_text("{}")
    run = policygen("mutate", suite(READ), "--resume", other)
    assert (run.returncode, other.read_text()) == (3, "{}")
    assert run.stderr == (
        f"{other}: PG-F012 is there already and says something else\n"
        "  hint: give a new file, or one that `mutate --resume` wrote\n"
    )


def test_a_suite_that_cannot_be_read(suite, tmp_path):
    """One suite that cannot be read is exit status 3; the others are judged all the same."""
    path = suite(READ)
    (tmp_path / "t.policytest.yaml").write_text("version: 2\n")
    run = policygen("mutate", tmp_path)
    assert run.returncode == 3
    assert "t.policytest.yaml:1" in run.stderr
    assert "13 mutants" in run.stdout
    assert policygen("mutate", path.with_name("none.policytest.json")).returncode == 3
