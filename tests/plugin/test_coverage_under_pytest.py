"""Coverage of policies under pytest: of the tests that ran, in this process or in several."""

import json

import pytest

SUITE = {
    "version": 1,
    "policies": {
        "identity_based": [
            {"name": "p", "document": {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}}
        ]
    },
    "defaults": {"request": {"principal": "arn:aws:iam::111122223333:user/bob", "resource": "arn:aws:s3:::b/k"}},
    "tests": [
        {"id": "read", "request": {"action": "s3:GetObject"}, "expect": "allowed"},
        {"id": "write", "request": {"action": "s3:PutObject"}, "expect": "denied"},
    ],
}


def lines(pytester, *options):
    """Return what pytest prints of a run with coverage."""
    (pytester.path / "s.policytest.json").write_text(json.dumps(SUITE))
    return pytester.runpytest("--policygen-cov", "-p", "no:cacheprovider", *options).outlines


def test_the_table_stands_at_the_end(pytester):
    """``--policygen-cov`` prints the table of ``policygen test --coverage``."""
    found = lines(pytester)
    assert any("coverage of policies" in each for each in found)
    assert "coverage: 1 of 1 statements, 2 of 2 elements (100 %)" in found


def test_only_tests_that_ran_count(pytester):
    """A test that is deselected covers nothing."""
    found = lines(pytester, "-k", "read")
    assert "  #0.Action s3:GetObject: no test in which it alone fails" in found


def test_processes_of_xdist_count_together(pytester):
    """What ran in another process counts as well."""
    pytest.importorskip("xdist")
    assert "coverage: 1 of 1 statements, 2 of 2 elements (100 %)" in lines(pytester, "-n", "1")


def test_without_the_option_there_is_none(pytester):
    """Nothing is said of coverage unless it is asked for."""
    (pytester.path / "s.policytest.json").write_text(json.dumps(SUITE))
    assert not any("coverage" in each for each in pytester.runpytest("-p", "no:cacheprovider").outlines)
