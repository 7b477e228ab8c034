"""The items of suites are items like others: ids, lines, selection, the last failures, other processes, JUnit."""

import json
from xml.etree import ElementTree

import pytest

from tests.plugin.inner import run_inside as run

BOB = "arn:aws:iam::111122223333:user/bob"
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
}
SUITE = """version: 1
policies: {identity_based: [policy.json]}
defaults: {request: {principal: "arn:aws:iam::111122223333:user/bob", resource: "arn:aws:s3:::b/k"}}
tests:
  - {id: read, name: reads a report, request: {action: "s3:GetObject"}, expect: allowed}
  - {name: twice, request: {action: "s3:GetObject"}, expect: allowed}
  - {name: twice, request: {action: "s3:PutObject"}, expect: allowed}
  - {id: typo, request: {action: "s3:PutObjct"}, expect: denied}
"""
TYPO = "UNKNOWN_ACTION `s3:PutObjct` is not an action of s3; did you mean `s3:PutObject`?"
IN_PYTHON = f"""
import policygen as pg
import pytest
from policygen.testing import assert_denied

ASKED = pg.Request(principal="{BOB}", action="s3:PutObjct", resource="arn:aws:s3:::b/k")
POLICY = {READ}

def test_odd():
    assert_denied(POLICY, ASKED)

@pytest.mark.filterwarnings("ignore::policygen.testing.PolicyTestWarning")
def test_known():
    assert_denied(POLICY, ASKED)
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """Return the folder of a suite of which one test fails and one is odd."""
    monkeypatch.setenv("CI", "true")  # the short summary cuts no line
    pytester.path.joinpath("policy.json").write_text(json.dumps(READ))
    pytester.path.joinpath("a.policytest.yaml").write_text(SUITE)
    return pytester


def test_names_of_items(project):
    """An item has the test's id, else its name; names that stand twice have the test's place with them."""
    result = run(project, "--collect-only", "-q")
    names = ("read", "twice #1", "twice #2", "typo")
    result.stdout.fnmatch_lines([f"a.policytest.yaml::{name}" for name in names])


@pytest.mark.parametrize(
    ("arguments", "counts"),
    [
        (["a.policytest.yaml::read"], {"passed": 1}),
        (["a.policytest.yaml::twice #2"], {"failed": 1}),
        (["-k", "read"], {"passed": 1, "deselected": 3}),
        (["-k", "report and not twice"], {"passed": 1, "deselected": 3}),
        (["--deselect", "a.policytest.yaml::twice #2"], {"passed": 3, "deselected": 1, "warnings": 1}),
    ],
)
def test_items_are_selected(project, arguments, counts):
    """Node ids and -k select items: -k looks into ids and names."""
    run(project, *arguments).assert_outcomes(**counts)


def test_the_last_failures_are_run_again(project):
    """--lf runs what failed, and nothing else of the suite."""
    run(project).assert_outcomes(passed=3, failed=1, warnings=1)
    result = run(project, "--lf", "-v")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["a.policytest.yaml::twice #2 FAILED*"])


def test_other_processes(project):
    """With xdist failures explain, and warnings are told, as without."""
    pytest.importorskip("xdist")
    result = project.runpytest_subprocess("-n", "1", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, failed=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "a.policytest.yaml:7: twice #2",
            f"  a.policytest.yaml:8: PolicyTestWarning: {TYPO}",
            "FAILED a.policytest.yaml::twice #2 - expected allowed, got implicitDeny, nearest `Read` of policy.json",
        ]
    )


def test_junit_says_where_tests_stand(project):
    """JUnit XML of the family that has them says file and line, and the first line of a failure what came."""
    run(project, "--junitxml", "junit.xml", "-o", "junit_family=xunit1")
    cases = ElementTree.parse(project.path / "junit.xml").findall(".//testcase")
    assert [(case.get("name"), case.get("file"), case.get("line")) for case in cases] == [
        ("read", "a.policytest.yaml", "4"),
        ("twice #1", "a.policytest.yaml", "5"),
        ("twice #2", "a.policytest.yaml", "6"),
        ("typo", "a.policytest.yaml", "7"),
    ]
    (failure,) = (case.find("failure") for case in cases if case.find("failure") is not None)
    assert failure.get("message") == "expected allowed, got implicitDeny, nearest `Read` of policy.json"
    assert "Action: names `s3:Get*`, the request has `s3:PutObject`" in failure.text


def test_a_failure_in_one_line(project):
    """With --tb=line a failure is where it stands, what was expected, and what came."""
    result = run(project, "--tb=line", "-k", "twice")
    came = "expected allowed, got implicitDeny, nearest `Read` of policy.json"
    result.stdout.fnmatch_lines([f"a.policytest.yaml:7: {came}"])
    result.stdout.no_fnmatch_line("*DENIED*")


def test_warnings_stand_in_pytests_summary(project):
    """What is odd about a request is a warning like others, at the line of the suite or of the assertion."""
    project.makepyfile(IN_PYTHON)
    result = run(project)
    result.assert_outcomes(passed=5, failed=1, warnings=2)
    result.stdout.fnmatch_lines(
        [
            "a.policytest.yaml::typo",
            f"  a.policytest.yaml:8: PolicyTestWarning: {TYPO}",
            "*.py::test_odd",
            f"*.py:9: PolicyTestWarning: {TYPO}",
        ]
    )


@pytest.mark.parametrize("how", [["--policygen-strict"], ["-o", "policygen_strict=true"]])
def test_warnings_are_failures_where_it_is_strict(project, how):
    """Strict by option or ini option, an odd request fails its test; a filter of one's own lets one through."""
    project.makepyfile(IN_PYTHON)
    result = run(project, *how)
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines(
        [
            "FAILED a.policytest.yaml::typo - a.policytest.yaml:8:5 /tests/3: PG-T008 UNKNOWN_ACTION: *",
            f"FAILED *.py::test_odd - *PolicyTestWarning: {TYPO}",
        ]
    )
    result.stdout.no_fnmatch_line("*warnings.warn(*")


def test_warnings_as_errors_of_pytests_own(project):
    """Where pytest makes every warning an error, an odd request fails its test with what is odd about it."""
    result = run(project, "-W", "error", "-k", "typo")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["a.policytest.yaml:8: typo", f"FAILED a.policytest.yaml::typo - {TYPO}"])


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ('@pytest.mark.policygen_environment("nothing.yaml")', "*nothing.yaml: PG-F001 cannot be read: no such file *"),
        ('@pytest.mark.policygen_environment("policy.json")', "PG-A002 *policy.json is a policy, not an environment"),
        ("", "name the environment: @pytest.mark.policygen_environment(…), or the ini option policygen_environment"),
    ],
)
def test_an_environment_that_cannot_be_read(project, marker, says):
    """The fixture says what is wrong, without a traceback."""
    project.makepyfile(f"import pytest\n\n{marker}\ndef test_it(policygen_environment):\n    pass\n")
    result = run(project, "-k", "test_it")
    result.assert_outcomes(errors=1, deselected=4)
    result.stdout.fnmatch_lines([says])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*During handling*")


def test_an_environment_is_read_once(project):
    """Tests of one session that name one environment get the same one."""
    account = {"version": 1, "principals": {BOB: {"identity_based": ["policy.json"]}}}
    project.path.joinpath("account.json").write_text(json.dumps(account))
    project.makepyfile(
        """
        SEEN = set()

        def test_first(policygen_environment):
            SEEN.add(id(policygen_environment))

        def test_second(policygen_environment):
            assert SEEN == {id(policygen_environment)}
        """
    )
    run(project, "-o", "policygen_environment=account.json", "-k", "first or second").assert_outcomes(
        passed=2, deselected=4
    )
