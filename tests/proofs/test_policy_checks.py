"""The checks: AWS's custom policy checks, answered offline, and statements that make no difference."""

import json

import pytest

import policygen as pg
from policygen.proofs import automaton, boxes

OWN, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OWN}:role/app"
READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
EVERYBODY = READ | {"Principal": "*"}


def policy(*statements):
    """A document of this Version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def labels(found):
    """Which statements are reasons."""
    return [(each.statementIndex, each.statementId) for each in found.reasons]


def test_no_new_access_passes_where_less_is_allowed():
    """A narrower policy allows nothing new; the answer has AWS's keys."""
    narrow = READ | {"Resource": "arn:aws:s3:::data/public/*"}
    assert pg.check_no_new_access(policy(narrow), than=policy(READ)).to_dict() == {
        "result": "PASS",
        "message": "the new policy allows nothing that the existing one does not",
        "reasons": [],
        "witness": None,
    }


def test_no_new_access_fails_with_statement_and_witness():
    """A wider policy fails, by the statement that is wider, and with a request."""
    wide = READ | {"Action": ["s3:GetObject", "s3:PutObject"]}
    found = pg.check_no_new_access(policy(wide), than=policy(READ))
    assert (found.result, labels(found)) == ("FAIL", [(0, "Read")])
    assert found.reasons[0].description == "statement Read allows more"
    assert found.witness.action == "s3:PutObject"


def test_a_deny_that_is_gone_is_new_access():
    """What no longer denies is named as a statement of the existing policy."""
    found = pg.check_no_new_access(policy(READ), than=policy(READ, READ | {"Effect": "Deny", "Sid": "No"}))
    assert [each.description for each in found.reasons] == ["statement No of old no longer denies"]


def test_a_reason_is_told_by_policy_and_place():
    """Statements without Sid, or with one Sid, of policies without a name of their own are not mistaken for others."""
    deny = {**READ, "Effect": "Deny"}
    del deny["Sid"]
    found = pg.check_no_new_access(policy(READ), than=policy(deny, READ))
    assert (labels(found), found.reasons[0].description) == ([(None, None)], "statement #0 of old no longer denies")
    one, other = (pg.parse_policy(policy(*each)) for each in ([{**deny, "Effect": "Allow"}], [deny, READ]))
    assert labels(pg.check_no_new_access(one, than=other)) == [(None, None)]
    twice = policy(READ, READ | {"Action": "s3:PutObject"}, READ)
    assert labels(pg.check_no_new_access(twice, than=policy(READ))) == [(1, "Read")]


def test_a_role_of_an_account_that_is_named_is_no_new_access():
    """An account as a principal counts as everybody in it, as in AWS's check; the access differs all the same."""
    account = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": OWN}}
    role = account | {"Principal": {"AWS": ROLE}}
    assert pg.check_no_new_access(policy(role), than=policy(account)).passed
    assert pg.diff(policy(account), policy(role)).verdict == "differs"


@pytest.mark.parametrize(
    ("actions", "resources", "result"),
    [
        ("s3:GetObject", (), "FAIL"),
        (["s3:PutObject", "s3:Delete*"], (), "PASS"),
        ("s3:*", ["arn:aws:s3:::data/secret/*"], "FAIL"),
        ("s3:*", "arn:aws:s3:::other/*", "PASS"),
        ((), ["arn:aws:s3:::data/x"], "FAIL"),
    ],
)
def test_access_not_granted(actions, resources, result):
    """Fails where one of the actions is allowed on one of the resources, and only there."""
    found = pg.check_access_not_granted(policy(READ), actions, resources)
    assert (found.result, labels(found)) == (result, [(0, "Read")] if result == "FAIL" else [])
    assert (found.witness is None) == (result == "PASS")


@pytest.mark.parametrize(
    ("actions", "resources", "code"),
    [(3, (), "PG-A001"), ([3], (), "PG-A001"), ("GetObject", (), "PG-A002"), ("s3:*", "bucket/*", "PG-A002")],
)
def test_what_is_no_action_and_no_arn_is_refused(actions, resources, code):
    """A text that could match nothing would pass without a word, so it is refused with an example."""
    with pytest.raises(pg.ArgumentError) as caught:
        pg.check_access_not_granted(policy(READ), actions, resources)
    assert caught.value.problems[0].code == code
    assert "such as" in caught.value.problems[0].hint


def test_each_policy_is_checked_for_itself():
    """What one of several policies allows is not taken back by another one; its name is said."""
    deny = READ | {"Effect": "Deny"}
    found = pg.check_access_not_granted([policy(deny), policy(READ)], "s3:GetObject")
    assert [each.description for each in found.reasons] == ["policy 2: statement Read allows some of them"]
    assert pg.check_access_not_granted(iter([policy(deny), policy(READ)]), "s3:GetObject") == found


@pytest.mark.parametrize(
    ("statements", "result"),
    [
        ([EVERYBODY], "FAIL"),
        ([READ | {"Principal": {"AWS": ROLE}}], "PASS"),
        ([EVERYBODY | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}], "PASS"),
        ([EVERYBODY | {"Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}], "FAIL"),
        ([EVERYBODY, EVERYBODY | {"Effect": "Deny", "Sid": "No"}], "PASS"),
        ([{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": "*"}], "FAIL"),
        ([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}], "FAIL"),
    ],
)
def test_no_public_access(statements, result):
    """Fails where anybody of an unknown account, or nobody in particular, is let in, and nothing denies it."""
    assert pg.check_no_public_access(policy(*statements)).result == result


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_public_access_is_asked_of_policies_of_resources(effect):
    """A policy that names no principal is none of a resource: PASS would say more than is known (PG-D005)."""
    with pytest.raises(pg.DocumentError) as caught:
        pg.check_no_public_access([policy(EVERYBODY), policy(READ | {"Effect": effect})])
    assert str(caught.value) == (
        "policy 2 /Statement: PG-D005 no statement has a Principal: this is not the policy of a resource\n"
        "  hint: give the policy of a bucket, a key or another resource"
    )
    assert pg.check_no_public_access({"Version": "2012-10-17", "Statement": []}).result == "PASS"


@pytest.mark.parametrize(
    ("statements", "reasons"),
    [
        (
            [READ, READ | {"Action": "s3:Get*", "Sid": "All"}],
            ["statement Read never matters: others cover it"],
        ),
        ([READ, READ | {"Sid": "Again"}], ["statement Again never matters: others cover it"]),
        (
            [READ, READ | {"Effect": "Deny", "Sid": "No"}],
            ["statement Read never matters: all that it allows is denied"],
        ),
        (
            [READ | {"Condition": {"StringEquals": {"s3:prefix": "x"}}}],
            ["statement Read never matters: no request can meet it"],
        ),
        (
            [READ | {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1", "aws:multifactorauthage": "x"}}}],
            ["statement Read never matters: no request can meet it"],
        ),
        ([READ, READ | {"Action": "s3:PutObject"}], []),
    ],
)
def test_never_matches(statements, reasons):
    """A statement that no request can meet, or that others cover, is found; of two that are alike, the later one."""
    found = pg.check_never_matches(policy(*statements))
    assert [each.description for each in found.reasons] == reasons
    assert found.result == ("FAIL" if reasons else "PASS")


def test_a_check_that_ends_early_says_why(monkeypatch):
    """A field that is too rich, and a proof that takes too many steps, are named, with the policy they are of."""
    rich = policy(*({**READ, "Sid": letter, "Resource": f"arn:aws:s3:::*{letter}{letter}*"} for letter in "abcdefgh"))
    with monkeypatch.context() as patched:
        patched.setattr(automaton, "MOST_STATES", 50)
        found = pg.check_access_not_granted(rich, "s3:*")
        assert [each.description for each in found.reasons] == ["Resource has too many patterns that can hold together"]
        assert pg.check_no_new_access(rich, than=rich).reasons == found.reasons
    monkeypatch.setattr(boxes, "MOST_STEPS", 1)
    found = pg.check_never_matches([policy(READ), rich])
    assert (found.result, [each.description for each in found.reasons]) == (
        "UNKNOWN",
        ["policy 2: the proof takes too many steps: Resource has 8 patterns that may hold together"],
    )


def test_results_are_json():
    """What a check and a comparison find can be written as JSON."""
    assert json.dumps(pg.check_no_public_access(policy(EVERYBODY)).to_dict())
    assert json.dumps(pg.diff(policy(READ), policy()).to_dict())
