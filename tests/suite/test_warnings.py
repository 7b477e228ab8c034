"""Warnings about the requests of suites: a denied test may be right by mistake."""

import json

import pytest

import policygen as pg
from policygen.report.github import github
from policygen.report.junit import junit
from policygen.report.outcomes import of_suites
from policygen.report.tests import warning_lines

ANALYST = "arn:aws:iam::111122223333:role/Analyst"
BUCKET = "arn:aws:s3:::acme-report"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
ACCOUNT = {
    "version": 1,
    "principals": {ANALYST: {"identity_based": [READ]}},
    "resources": {BUCKET: {"account": "111122223333"}},
}
RIGHT = {"principal": ANALYST, "action": "s3:GetObject", "resource": f"{BUCKET}/a.csv"}


def suite(folder, *tests, **more):
    """Write a suite beside its environment, and return its path."""
    (folder / "account.yaml").write_text(json.dumps(ACCOUNT))
    path = folder / "a.policytest.json"
    path.write_text(json.dumps({"version": 1, "tests": list(tests), **more}, indent=1))
    return path


@pytest.mark.parametrize(
    ("changes", "expected", "codes", "words"),
    [
        ({}, "allowed", [], ""),
        ({"action": "s3:GetObjekt"}, "denied", ["UNKNOWN_ACTION"], "`s3:GetObject`"),
        ({"principal": f"{ANALYST}s"}, "denied", ["NOT_IN_ENVIRONMENT", "NO_POLICY"], "role/Analysts"),
        ({"resource": f"{BUCKET}s/a"}, "allowed", ["NOT_IN_ENVIRONMENT"], "acme-reports"),
        ({"resource": f"{BUCKET}s/a", "resource_account": "444455556666"}, "denied", [], ""),
        ({"principal": "arn:aws:sts::111122223333:assumed-role/Analyst/s"}, "allowed", [], ""),
        ({"resource": f"{BUCKET}/*"}, "allowed", ["WILDCARD_IN_REQUEST"], "letters"),
        ({"context": {"SecureTransport": "true"}}, "allowed", ["UNKNOWN_CONTEXT_KEY"], "SecureTransport"),
        ({"context": {"aws:username": "x"}}, "allowed", ["CONTEXT_KEY_NOT_CARRIED"], "role session"),
        (
            {"context": {"aws:SourceIp": "192.0.2.1", "aws:SourceVpce": "vpce-1"}},
            "allowed",
            ["CONTEXT_KEY_NOT_CARRIED"],
            "sent through a VPC endpoint never carries `aws:SourceIp`",
        ),
    ],
)
def test_what_is_odd(tmp_path, changes, expected, codes, words):
    """What is odd about a request is a warning of the test, whatever it expects, and an error where warnings are."""
    path = suite(tmp_path, {"request": {**RIGHT, **changes}, "expect": expected}, environment="account.yaml")
    (result,) = pg.run_suite(path).results
    assert result.passed
    assert [each.code.value for each in result.warnings] == codes
    assert words in " ".join(map(str, result.warnings))
    assert [each["code"] for each in result.to_dict()["warnings"]] == codes
    (strict,) = pg.run_suite(path, strict=True).results
    assert strict.passed is not bool(codes)
    assert [each.code for each in strict.error] == ["PG-T008"] * len(codes)


def test_no_policy_at_all(tmp_path):
    """A test without any policy is denied whatever it asks, and says so."""
    (result,) = pg.run_suite(suite(tmp_path, {"request": RIGHT, "expect": "denied"})).results
    assert [each.code.value for each in result.warnings] == ["NO_POLICY"]


def test_policies_of_a_test_beside_its_environment(tmp_path):
    """A policy that a test states counts: nothing is missing where the environment has none for the caller."""
    bare = {"version": 1, "principals": {ANALYST: {}}, "resources": ACCOUNT["resources"]}
    stated = {"request": RIGHT, "expect": "allowed", "policies": {"identity_based": [READ]}}
    path = suite(tmp_path, stated, {"request": RIGHT, "expect": "denied"}, environment="bare.yaml")
    (tmp_path / "bare.yaml").write_text(json.dumps(bare))
    own, none = pg.run_suite(path).results
    assert own.passed
    assert own.warnings == ()
    assert [each.code.value for each in none.warnings] == ["NO_POLICY"]


def test_where_warnings_are_shown(tmp_path):
    """Text, JUnit and annotations name the test, the code and what was probably meant."""
    wrong = {"id": "typo", "request": {**RIGHT, "action": "s3:GetObjekt"}, "expect": "denied"}
    path = suite(tmp_path, wrong, environment="account.yaml")
    outcome = pg.run_suite(path)
    (line,) = warning_lines(outcome)
    assert line.startswith(f"{path}:")
    assert line.endswith(
        " typo: warning: UNKNOWN_ACTION `s3:GetObjekt` is not an action of s3; did you mean `s3:GetObject`?"
    )
    found = of_suites(outcome)
    assert "<system-err>warning: " in junit(found)
    assert "/tests/0: UNKNOWN_ACTION `s3:GetObjekt` is not an action of s3" in junit(found)
    assert "title=UNKNOWN_ACTION%3A typo::`s3:GetObjekt` is not an action of s3%0Ahint: did you mean" in github(found)
