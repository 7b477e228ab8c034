"""Suites and environments: merging, combinations, expectations, exact problems."""

import json
from pathlib import Path

import pytest

import policygen as pg
from policygen.api.environments import environment_of_spec
from policygen.scenario import load_environment, load_suite, run_suite
from policygen.scenario.files import find_suites
from policygen.suite import parse_environment, parse_suite
from policygen.suite.codes import CODES
from tests.command import policygen
from tests.source_lines import without_source_lines

ROOT = Path(__file__).parents[2]
USER = "arn:aws:iam::111122223333:user/bob"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
}
DENY = {"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def run(tmp_path, **suite):
    """Return the results of a suite."""
    path = tmp_path / "s.policytest.json"
    path.write_text(json.dumps({"version": 1, **suite}))
    return run_suite(load_suite(path))


def test(expect, **parts):
    """Return a test of a suite."""
    request = {"principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"} | parts.pop("request", {})
    return {"request": request, "expect": expect, **parts}


test.__test__ = False


def test_own_policies_replace_key_by_key(tmp_path):
    """A test's own policies replace the suite's key by key."""
    results = run(
        tmp_path,
        policies={"identity_based": [ALLOW], "permissions_boundary": DENY},
        tests=[test("explicitDeny"), test("allowed", policies={"permissions_boundary": ALLOW})],
    )
    assert [result.passed for result in results] == [True, True]


def test_defaults_are_merged_under_requests(tmp_path):
    """Defaults are merged under every request, the context key by key and without regard to case."""
    policy = {
        **ALLOW,
        "Statement": [{**ALLOW["Statement"][0], "Condition": {"StringEquals": {"x:a": "1", "x:b": "2"}}}],
    }
    results = run(
        tmp_path,
        policies={"identity_based": [policy]},
        defaults={"request": {"context": {"x:a": "1", "x:b": "9"}}},
        tests=[test("allowed", request={"context": {"X:B": "2"}}), test("denied")],
    )
    assert [result.passed for result in results] == [True, True]


def test_every_combination_must_meet_the_expectation(tmp_path):
    """Lists of principals, actions and resources are combined; the first that fails is shown."""
    several = {"action": ["s3:GetObject", "s3:PutObject"], "principal": [USER, "arn:aws:iam::111122223333:user/eve"]}
    result = run(tmp_path, policies={"identity_based": [ALLOW]}, tests=[test("allowed", request=several)])[0]
    assert not result.passed
    assert result.request.action == "s3:PutObject"


@pytest.mark.parametrize(
    ("expect", "passed"),
    [
        ("denied", True),
        ("explicitDeny", True),
        ("implicitDeny", False),
        ({"decision": "denied", "statements": ["No"]}, True),
        ({"statements": ["#0"]}, True),
        ({"statements": ["No", "Read"]}, False),
        ({"statements": []}, False),
        ({"decision": "explicitDeny", "missing_context": []}, True),
        ({"missing_context": ["aws:SecureTransport"]}, False),
    ],
)
def test_expectations(tmp_path, expect, passed):
    """Decision, statements and missing context are compared exactly."""
    result = run(tmp_path, policies={"identity_based": [ALLOW, DENY]}, tests=[test(expect)])[0]
    assert result.passed is passed


@pytest.mark.parametrize(
    ("statements", "passed"),
    [
        (["No"], True),
        (["#0"], False),
        (["No", "#1"], True),
        (["#0", "#1"], True),
        (["#1"], False),
        (["#0", "#2"], False),
    ],
)
def test_statements_of_one_name(tmp_path, statements, passed):
    """A Sid stands for the statements of every policy that bear it; each that decides is named, and no other."""
    other = {**DENY, "Statement": [ALLOW["Statement"][0], *DENY["Statement"]]}
    policies = {"service_control": [[DENY], [other]]}
    result = run(tmp_path, policies=policies, tests=[test({"statements": statements})])[0]
    assert result.passed is passed


def test_missing_context_is_expected(tmp_path):
    """A key that AWS always sends and that would change the decision is missing."""
    policy = {**ALLOW, "Statement": [{**ALLOW["Statement"][0], "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}
    expect = {"decision": "implicitDeny", "missing_context": ["aws:SecureTransport"]}
    assert run(tmp_path, policies={"identity_based": [policy]}, tests=[test(expect)])[0].passed


def test_session_left_out_is_no_session_policy(tmp_path):
    """`session` left out means none was passed; an empty list is a session policy that allows nothing."""
    role = {"principal": "arn:aws:sts::111122223333:assumed-role/r/s"}
    results = run(
        tmp_path,
        policies={"identity_based": [ALLOW]},
        tests=[test("allowed", request=role), test("denied", request=role, policies={"session": []})],
    )
    assert [result.passed for result in results] == [True, True]


def test_documents_by_path_and_name(tmp_path):
    """A document may be a path, or have a name that results use."""
    (tmp_path / "allow.json").write_text(json.dumps(ALLOW))
    policies = {"identity_based": ["allow.json", {"name": "mine", "document": DENY}]}
    result = run(tmp_path, policies=policies, tests=[test("denied")])[0]
    assert [each.policy for each in result.matched_statements] == ["mine"]


def test_an_error_is_the_tests_own(tmp_path):
    """A document that cannot be parsed, or a principal that is none, is an error of its test alone."""
    bad = {"Statement": [{"Effect": "allow"}]}
    results = run(
        tmp_path,
        policies={"identity_based": [ALLOW]},
        tests=[
            test("allowed"),
            test("allowed", policies={"identity_based": [bad]}),
            test("allowed", request={"principal": "bob"}),
        ],
    )
    assert [result.passed for result in results] == [True, False, False]
    assert [bool(result.error) for result in results] == [False, True, True]
    assert "PG-D006" in str(results[1].error[0])
    assert results[2].error[0].place.pointer == "/tests/2/request/principal"


def test_a_problem_of_a_request_stands_at_its_field(tmp_path):
    """Line and column are those of the action, of the defaults' principal, of the context: wherever it is written."""
    path = tmp_path / "a.policytest.yaml"
    path.write_text(
        "version: 1\n"
        "policies: {identity_based: []}\n"
        "defaults: {request: {principal: bob}}\n"
        "tests:\n"
        "  - request:\n"
        "      action: s3\n"
        "      resource: arn:aws:s3:::b/k\n"
        "      context: {aws:A: x, AWS:a: y}\n"
        "    expect: denied\n"
    )
    (result,) = run_suite(load_suite(path))
    found = {each.code: (each.place.line, each.place.column, each.place.pointer) for each in result.error}
    assert found["PG-R001"] == (3, 33, "/defaults/request/principal")
    assert found["PG-R003"] == (6, 15, "/tests/0/request/action")
    assert found["PG-R007"] == (8, 16, "/tests/0/request/context/AWS:a")


def test_yaml_scalars_are_text(tmp_path):
    """In YAML an account id keeps its zero, `true` is text, a version is no date."""
    path = tmp_path / "s.policytest.yaml"
    path.write_text(
        """
version: 1
tests:
  - policies:
      resource_based:
        Version: 2012-10-17
        Statement: {Effect: Allow, Principal: {AWS: 012345670123}, Action: "s3:*", Resource: "*",
                    Condition: {Bool: {aws:SecureTransport: true}, NumericEquals: {s3:TlsVersion: 1.2}}}
    request: {principal: "arn:aws:iam::012345670123:root", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
              resource_account: 999988887777, context: {aws:SecureTransport: true, s3:TlsVersion: 1.2}}
    expect: allowed
"""
    )
    assert run_suite(load_suite(path))[0].passed


SUITE_PROBLEMS = {
    "PG-T001": (
        "version: 1\ntest: []\ntests: []\n",
        "s:2:1 /test: PG-T001 unknown field `test`\n  hint: did you mean `tests`?",
    ),
    "PG-T002": (
        "version: 1\ntests: {}\n",
        "s:2:8 /tests: PG-T002 `tests` needs a list\n  hint: write `[{request: {…}, expect: allowed}]`",
    ),
    "PG-T003": (
        "version: 1\n",
        "s:1:1: PG-T003 `tests` is missing\n  hint: write `tests: [{request: {…}, expect: allowed}]`",
    ),
    "PG-T004": (
        "version: 2\ntests: []\n",
        "s:1:10 /version: PG-T004 `2` is not a valid `version`\n  hint: use `1`",
    ),
    "PG-T005": (
        (
            "version: 1\ndefaults: {request: {principal: anonymous, action: a:B}}\ntests:\n"
            "  - {id: a, expect: denied}\n  - {id: a, expect: denied}\n"
        ),
        "s:5:5 /tests/1: PG-T005 the id `a` is given twice\n  hint: it stands first in line 4",
    ),
    "PG-T006": (
        "version: 1\nspec: a\nenvironment: b\ntests: []\n",
        """s:3:14 /environment: PG-T006 a suite has a `spec` or an `environment`, not both
  hint: take one of them away: a spec makes an environment of its own""",
    ),
}


@pytest.mark.parametrize("code", SUITE_PROBLEMS)
def test_exact_problems(code):
    """One broken thing gives exactly this problem, word for word."""
    text, expected = SUITE_PROBLEMS[code]
    with pytest.raises(pg.SuiteError) as caught:
        parse_suite(text, "s")
    assert without_source_lines(caught.value) == f"{expected}\n"


def test_exact_problem_of_a_folder_without_suites(tmp_path):
    """A folder without suites is said to have none."""
    with pytest.raises(pg.SuiteError) as caught:
        pg.run_suite(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: PG-T007 there is no suite in this folder")


def test_every_code_has_a_test():
    """Every problem code of suites has an exact test."""
    others = {"PG-T007", "PG-T008", "PG-T009", "PG-T010"}  # in test_warnings.py, tests/scenario and tests/report
    assert {*SUITE_PROBLEMS, *others} == set(CODES)


def test_find_suites(tmp_path):
    """Folders are searched in sorted order, hidden ones aside; files are taken as they are given."""
    for name in ("b/x.policytest.yml", "a.policytest.yaml", ".hidden/y.policytest.yaml", "b/other.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    found = find_suites([tmp_path, tmp_path / "b/other.yaml"], [])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.policytest.yaml",
        "b/x.policytest.yml",
        "b/other.yaml",
    ]


ENVIRONMENT = {
    "version": 1,
    "organization": {"management_account": "999999999999", "service_control": [["scp.json"]]},
    "principals": {
        USER: {"identity_based": [ALLOW], "tags": {"team": "data"}},
        "arn:aws:iam::999999999999:user/boss": {"identity_based": [ALLOW]},
        "arn:aws:iam::111122223333:role/r": {
            "trust_policy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}]}
        },
    },
    "resources": {
        "arn:aws:s3:::b": {
            "account": "111122223333",
            "resource_based": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OtherTeams",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": "arn:aws:s3:::b/*",
                        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "data"}},
                    }
                ],
            },
        },
    },
}
SCP = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}]}


@pytest.fixture
def environment(tmp_path):
    """Return the environment of a file."""
    (tmp_path / "scp.json").write_text(json.dumps(SCP))
    (tmp_path / "account.json").write_text(json.dumps(ENVIRONMENT))
    return load_environment(tmp_path / "account.json")


@pytest.mark.parametrize(
    ("principal", "action", "resource", "expected"),
    [
        (USER, "s3:GetObject", "arn:aws:s3:::b/k", "allowed"),
        (USER, "s3:PutObject", "arn:aws:s3:::b/k", "implicitDeny"),
        ("arn:aws:iam::111122223333:user/eve", "s3:GetObject", "arn:aws:s3:::b/k", "explicitDeny"),
        (USER, "sts:AssumeRole", "arn:aws:iam::111122223333:role/r", "allowed"),
        ("arn:aws:iam::111122223333:user/eve", "sts:AssumeRole", "arn:aws:iam::111122223333:role/r", "implicitDeny"),
        (USER, "ec2:RunInstances", "*", "implicitDeny"),
        ("arn:aws:iam::999999999999:user/boss", "s3:GetObject", "arn:aws:s3:::elsewhere/k", "allowed"),
    ],
)
def test_environment(environment, principal, action, resource, expected):
    """A request finds its policies by principal and resource; tags, SCPs and trust policies count."""
    decision = environment.authorize(pg.Request(principal=principal, action=action, resource=resource))
    assert decision.decision.value == expected


def test_sessions_in_an_environment(environment, tmp_path):
    """A session's ARN has no path: the environment knows its role; the role's tags stand beside the session's."""
    role = "arn:aws:iam::111122223333:role/app/worker"
    held = {role: {"identity_based": [ALLOW], "tags": {"team": "data", "stage": "test"}}}
    written = {**ENVIRONMENT, "principals": {**ENVIRONMENT["principals"], **held}}
    (tmp_path / "account.json").write_text(json.dumps(written))
    loaded = load_environment(tmp_path / "account.json")
    session = "arn:aws:sts::111122223333:assumed-role/worker/s"

    def ask(principal):
        return loaded.authorize(pg.Request(principal=principal, action="s3:GetObject", resource="arn:aws:s3:::b/k"))

    assert ask(session).request.principal.role_arn == role
    assert ask(session).allowed
    assert ask({"arn": session, "tags": {"stage": "live"}}).allowed
    assert ask({"arn": session, "tags": {"stage": "live"}}).request.principal.tags == (
        ("stage", "live"),
        ("team", "data"),
    )
    assert not ask({"arn": session, "tags": {"Team": "other"}}).allowed
    assert not ask("arn:aws:sts::111122223333:assumed-role/other/s").allowed
    assert not ask("arn:aws:iam::111122223333:role/worker").allowed


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, "allowed"),
        ({"policies": {"service_control": [[]]}}, "implicitDeny"),
        (
            {"policies": {"vpc_endpoint": {**ALLOW, "Statement": {**ALLOW["Statement"][0], "Principal": "*"}}}},
            "allowed",
        ),
        ({"policies": {"vpc_endpoint": ALLOW}}, "implicitDeny"),
        ({"policies": {"identity_based": []}}, "implicitDeny"),
        ({"policies": {"service_control": [[]]}, "settings": {"management_account": "111122223333"}}, "allowed"),
    ],
)
def test_policies_and_settings_over_an_environment(environment, tmp_path, parts, expected):
    """What a test states takes the place of what the environment has, type by type."""
    written = {"version": 1, "environment": "account.json", "tests": [test(expected, **parts)]}
    path = tmp_path / "over.policytest.json"
    path.write_text(json.dumps(written))
    assert [result.passed for result in run_suite(load_suite(path))] == [True]


def test_tags_of_a_role_that_is_asked_about(environment, tmp_path):
    """A role's tags are in the context of requests on the role, under both names."""
    condition = {"StringEquals": {"aws:ResourceTag/team": "data", "iam:ResourceTag/Team": "data"}}
    allow = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*", "Condition": condition}
    role = {"arn:aws:iam::111122223333:role/r": {"tags": {"team": "data"}}, "arn:aws:iam::111122223333:role/s": {}}
    written = {"version": 1, "principals": {USER: {"identity_based": [{**ALLOW, "Statement": [allow]}]}, **role}}
    (tmp_path / "account.json").write_text(json.dumps(written))
    loaded = load_environment(tmp_path / "account.json")
    asked = [pg.Request(principal=USER, action="iam:GetRole", resource=each) for each in role]
    assert [loaded.authorize(each).allowed for each in asked] == [True, False]


def test_environment_problems():
    """Every problem of an environment file is located."""
    text = "version: 1\nprincpals: {}\nresources:\n  a: {multi_region: both}\n"
    with pytest.raises(pg.SuiteError) as caught:
        parse_environment(text, "e.yaml")
    assert [str(problem.place) for problem in caught.value.problems] == [
        "e.yaml:2:1 /princpals",
        "e.yaml:4:21 /resources/a/multi_region",
    ]


def test_samples_pass():
    """The suites of the samples pass."""
    for path in find_suites([ROOT / "samples"], []):
        results = run_suite(load_suite(path), environment_of_spec)
        assert results
        assert [result.test.id for result in results if not result.passed] == []


def test_one_suite_of_many_that_cannot_be_read(tmp_path):
    """The others are judged and printed all the same, and the exit status says that it was not all."""
    (tmp_path / "a.policytest.json").write_text("[")
    request = {"principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
    suite = {"version": 1, "policies": {"identity_based": [ALLOW]}, "tests": [{"request": request, "expect": "denied"}]}
    (tmp_path / "b.policytest.json").write_text(json.dumps(suite))
    done = policygen("test", tmp_path, tmp_path / "none")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "0 passed, 1 failed")
    assert f"{tmp_path / 'a.policytest.json'}:1:2: PG-F006" in done.stderr
    assert f"{tmp_path / 'none'}: PG-F001 cannot be read: no such file or folder" in done.stderr


@pytest.mark.parametrize("name", ["principal", "action"])
def test_a_request_for_nothing(tmp_path, name):
    """A list without an action or principal asks nothing, and no test holds of nothing."""
    request = {"principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"} | {name: []}
    path = tmp_path / "a.policytest.json"
    path.write_text(json.dumps({"version": 1, "policies": {}, "tests": [{"request": request, "expect": "denied"}]}))
    with pytest.raises(pg.SuiteError) as caught:
        pg.run_suite(path)
    assert f"PG-T003 the request has no `{name}`" in str(caught.value)
