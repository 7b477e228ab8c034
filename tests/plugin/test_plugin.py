"""The pytest plugin: suites are items at their lines, failures explain, fixtures and markers work."""

import json

import pytest

import policygen as pg
from policygen.testing import assert_allowed, assert_denied
from tests.plugin.inner import run_inside as run

USER = "arn:aws:iam::111122223333:user/bob"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ReadOverTls",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        }
    ],
}
SUITE = """
version: 1
policies: {identity_based: [policy.json]}
defaults:
  request: {principal: "arn:aws:iam::111122223333:user/bob", action: "s3:GetObject", resource: "arn:aws:s3:::b/k"}
tests:
  - id: over-tls
    request: {context: {aws:SecureTransport: true}}
    expect: allowed
  - id: without-tls
    why: TLS is asked for
    request: {context: {aws:SecureTransport: false}}
    expect: %s
"""
ENVIRONMENT = {"version": 1, "principals": {USER: {"identity_based": [POLICY]}}}


def request(**context):
    """Return bob's request for an object."""
    return pg.Request(principal=USER, action="s3:GetObject", resource="arn:aws:s3:::b/k", context=context)


def test_suites_are_collected(pytester):
    """Each test of a suite is one item; all pass."""
    pytester.path.joinpath("policy.json").write_text(json.dumps(POLICY))
    pytester.path.joinpath("a.policytest.yaml").write_text(SUITE % "implicitDeny")
    result = run(pytester, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*a.policytest.yaml::over-tls PASSED*", "*a.policytest.yaml::without-tls PASSED*"])


def test_failures_explain(pytester, monkeypatch):
    """A failure shows place, decision, the nearest statement and the element that did not match."""
    pytester.path.joinpath("policy.json").write_text(json.dumps(POLICY))
    pytester.path.joinpath("a.policytest.yaml").write_text(SUITE % "allowed")
    monkeypatch.setenv("CI", "true")  # the short summary cuts no line
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "expected allowed, got implicitDeny, nearest `ReadOverTls` of policy.json",
            "a.policytest.yaml:10: without-tls",
            "DENIED (implicitDeny): no identity-based policy allows s3:GetObject",
            "*nearest: `ReadOverTls` of policy.json",
            "*Condition Bool aws:SecureTransport: wants `true`, the request has `false`",
            "why: TLS is asked for",
            "FAILED a.policytest.yaml::without-tls - expected allowed, got implicitDeny, nearest `ReadOverTls` of *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_every_combination_that_fails_is_named(pytester):
    """The first is explained, the others have a line each."""
    pytester.path.joinpath("policy.json").write_text(json.dumps(POLICY))
    several = SUITE.replace('"arn:aws:s3:::b/k"', "[arn:aws:s3:::b/k, arn:aws:s3:::b/l]")
    pytester.path.joinpath("a.policytest.yaml").write_text(several % "allowed")
    came = "implicitDeny, nearest `ReadOverTls` of policy.json"
    also = f"also {came}: arn:aws:iam::111122223333:user/bob s3:GetObject on arn:aws:s3:::b/l"
    run(pytester).stdout.fnmatch_lines([f"expected allowed, got {came} (2 of 2 combinations)", also])


def test_errors_show_the_tests_own_source(pytester):
    """What a test gives wrong to policygen is shown where the test gives it, without the source of policygen."""
    pytester.makepyfile(
        """
        import policygen as pg

        def given():
            return pg.PolicySet(identity_based=["id.json"])

        def test_a_file_name():
            given()
        """
    )
    result = run(pytester)
    result.stdout.fnmatch_lines(
        ["*return pg.PolicySet(identity_based=*", "E *`id.json` is the name of a file, not a policy"]
    )
    result.stdout.no_fnmatch_line("*policy_set.py*")


def test_a_broken_suite_is_a_collection_error(pytester):
    """A suite that cannot be read is a collection error with its problems, not a traceback."""
    pytester.path.joinpath("a.policytest.yaml").write_text("version: 1\ntets: []\n")
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*a.policytest.yaml:2:1 /tets: PG-T001 unknown field `tets`", "*did you mean `tests`?"]
    )


def test_a_missing_document_fails_its_tests(pytester):
    """A document that a test names and that is not there makes the test fail with the file's name."""
    pytester.path.joinpath("a.policytest.yaml").write_text(SUITE % "denied")
    result = run(pytester)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*policy.json: PG-F001 cannot be read: no such file or directory"])


def test_fixtures(pytester):
    """The environment comes from marker or ini option; policy_set makes policy sets."""
    pytester.path.joinpath("account.json").write_text(json.dumps(ENVIRONMENT))
    pytester.makeini("[pytest]\npolicygen_environment = account.json\naddopts = --strict-markers\n")
    pytester.makepyfile(
        """
        import policygen as pg
        import pytest

        REQUEST = pg.Request(
            principal="arn:aws:iam::111122223333:user/bob",
            action="s3:GetObject",
            resource="arn:aws:s3:::b/k",
            context={"aws:SecureTransport": "true"},
        )

        def test_ini(policygen_environment):
            assert policygen_environment.authorize(REQUEST).allowed

        @pytest.mark.policygen_environment("account.json")
        def test_marker(policygen_environment):
            assert policygen_environment.authorize(REQUEST).allowed

        def test_policy_set(policy_set):
            assert not policy_set().authorize(REQUEST).allowed
        """
    )
    run(pytester).assert_outcomes(passed=3)


def test_the_plugin_is_light(pytester):
    """A run without suites loads nothing of policygen but the plugin itself."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("policygen")}
            assert loaded <= {"policygen", "policygen.pytest_plugin"}
            assert "yaml" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_assert_allowed():
    """assert_allowed passes for an allow, and explains a denial."""
    policies = pg.PolicySet(identity_based=[POLICY])
    assert assert_allowed(policies, request(**{"aws:SecureTransport": "true"})).allowed
    with pytest.raises(
        AssertionError, match=r"expected allowed, got implicitDeny, nearest `ReadOverTls` of .*\nDENIED"
    ):
        assert_allowed(policies, request())


def test_assert_denied():
    """assert_denied passes for a denial, by the statement that is named, and explains an allow."""
    deny = {"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}]}
    policies = pg.PolicySet(identity_based=[POLICY, deny])
    tls = request(**{"aws:SecureTransport": "true"})
    for target in (policies, pg.compile(policies)):
        assert_denied(target, tls, by="No")
        assert_denied(target, tls, by="#0")
    with pytest.raises(
        AssertionError, match="expected a denial by `Other`, got explicitDeny by `No` of identity-based policy #1"
    ):
        assert_denied(policies, tls, by="Other")
    with pytest.raises(
        AssertionError, match="expected denied, got allowed by `ReadOverTls` of identity-based policy #0\nALLOWED"
    ):
        assert_denied(pg.PolicySet(identity_based=[POLICY]), tls)
    with pytest.raises(AssertionError, match="expected a denial by `No`"):
        assert_denied(pg.PolicySet(), tls, by="No")
