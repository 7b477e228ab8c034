"""``policygen test`` as a test runner: choosing, listing, stopping, watching, and what it prints."""

import json
import os
import signal
import subprocess
import sys
import time
from unittest import mock

import pytest

from policygen.source import noted
from tests.command import policygen

SUITE = """version: 1
policies: {identity_based: [policy.json]}
defaults: {request: {principal: "arn:aws:iam::111122223333:user/bob", resource: "arn:aws:s3:::b/k"}}
tests:
  - {id: read, name: reads a report, request: {action: "s3:GetObject"}, expect: allowed}
  - {id: write, request: {action: [s3:PutObject, s3:GetObject, s3:DeleteObject]}, expect: denied}
  - {id: delete, request: {action: "s3:DeleteObject"}, expect: {decision: explicitDeny, statements: [NoDelete]}}
"""
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Sid": "NoDelete", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::other/*"},
    ],
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a suite: the first test passes, the others fail."""
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    (tmp_path / "a.policytest.yaml").write_text(SUITE)
    return tmp_path


def run(folder, *arguments):
    """Run `policygen test` in the folder."""
    return policygen("test", "a.policytest.yaml", *arguments, cwd=folder)


def test_a_line_for_each_test(folder):
    """With -v each test has a line, with its reasons where it fails, and the summary comes last."""
    done = run(folder, "-v")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "PASSED a.policytest.yaml:5 read",
        "FAILED a.policytest.yaml:6 write",
        "FAILED a.policytest.yaml:7 delete",
        "1 passed, 2 failed",
    ]
    assert "  expected denied, got allowed by `Read` of policy.json (1 of 3 combinations)" in lines


def test_the_statement_that_should_have_decided(folder):
    """A failure names the statement that was expected to decide, and the one element that did not match."""
    assert run(folder, "-k", "delete").stdout.splitlines()[:5] == [
        "FAILED a.policytest.yaml:7 delete",
        "  expected explicitDeny by NoDelete, got implicitDeny, nearest `Read` of policy.json",
        "    `NoDelete` of policy.json does not apply",
        "      Resource: names `arn:aws:s3:::other/*`, the request has `arn:aws:s3:::b/k`",
        "  DENIED (implicitDeny): no identity-based policy allows s3:DeleteObject",
    ]


def test_statements_that_decide_unnamed(folder):
    """Where the named statement decides and another one does so too, the failure says that all are to be named."""
    again = {"Sid": "Again", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    (folder / "policy.json").write_text(json.dumps(POLICY | {"Statement": [*POLICY["Statement"], again]}))
    suite = folder / "a.policytest.yaml"
    suite.write_text(SUITE.replace("expect: allowed", "expect: {decision: allowed, statements: [Read]}"))
    assert run(folder, "-k", "read").stdout.splitlines()[1:3] == [
        "  expected allowed by Read, got allowed by `Read` of policy.json, `Again` of policy.json",
        "    `Again` decided as well: name every statement, or none",
    ]


def test_a_statement_that_is_not_there(folder):
    """A statement that is expected to decide and that no policy has is said to be missing, with the nearest name."""
    suite = folder / "a.policytest.yaml"
    suite.write_text(SUITE.replace("[NoDelete]", "[NoDeletes]"))
    said = "  no statement here is called `NoDeletes`; did you mean `NoDelete`?"
    assert f"  {said}" in run(folder, "-k", "delete").stdout.splitlines()
    suite.write_text(SUITE.replace("[NoDelete]", "[X]"))
    said = "  no statement here is called `X`; there are `Read`, `NoDelete`"
    assert f"  {said}" in run(folder, "-k", "delete").stdout.splitlines()


def test_every_combination_that_fails_is_named(folder):
    """The first combination that fails is explained, each of the others has a line, and they are counted."""
    (folder / "a.policytest.yaml").write_text(
        SUITE.replace("s3:GetObject, s3:Del", "s3:GetObject, s3:GetObjectAcl, s3:Del")
    )
    lines = run(folder, "-k", "write").stdout.splitlines()
    assert "  expected denied, got allowed by `Read` of policy.json (2 of 4 combinations)" in lines
    asked = "arn:aws:iam::111122223333:user/bob s3:GetObjectAcl on arn:aws:s3:::b/k"
    assert f"  also allowed by `Read` of policy.json: {asked}" in lines


def test_tests_are_chosen(folder):
    """-k runs the tests that it takes; the others are counted, in the JSON as well."""
    done = run(folder, "-k", "report")
    assert (done.returncode, done.stdout) == (0, "1 passed, 0 failed, 2 deselected\n")
    found = json.loads(run(folder, "-k", "report", "--format", "json").stdout)
    assert found["summary"] == {"tests": 1, "passed": 1, "failed": 0, "errors": 0, "deselected": 2}


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("reed", "no test of 3 is selected by `reed`\n  hint: did you mean `read`, `reads`?"),
        ("reportt", "no test of 3 is selected by `reportt`\n  hint: did you mean `report`?"),
        ("xyz", "no test of 3 is selected by `xyz`\n  hint: there are `read`, `write`, `delete`"),
        ("a b", "column 3 of `a b`: `and`, `or` or the end is needed, not `b`\n  hint: write words"),
    ],
)
@pytest.mark.parametrize("option", ["-x", "--list"])
def test_nothing_is_chosen(folder, expression, says, option):
    """An expression that takes no test, or is none, is wrong usage, with what was probably meant."""
    done = run(folder, "-k", expression, option)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for -k: {says}" in done.stderr


def test_nothing_is_chosen_of_what_can_be_read(folder):
    """Where a suite cannot be read, the test may stand there: it is an input that cannot be used."""
    (folder / "b.policytest.yaml").write_text("version: 1\ntets: []\n")
    done = policygen("test", ".", "-k", "xyz", cwd=folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert "b.policytest.yaml:2:1 /tets: PG-T001 unknown field `tets`" in done.stderr
    assert "PG-A002 no test of 3 is selected by `xyz`" in done.stderr


def test_stopping_at_the_first_failure(folder):
    """--fail-fast runs nothing behind the first test that does not pass, and counts what is left."""
    done = run(folder, "--fail-fast", "-q")
    assert (done.returncode, done.stdout) == (1, "FAILED a.policytest.yaml:6 write\n1 passed, 1 failed, 1 not run\n")
    found = json.loads(run(folder, "-x", "--format", "json").stdout)
    assert found["summary"] == {"tests": 2, "passed": 1, "failed": 1, "errors": 0, "not_run": 1}


def test_listing(folder):
    """--list names the tests with their places, with -v what they expect, and runs none."""
    (folder / "policy.json").unlink()
    done = run(folder, "--list", "-v", "-k", "not write")
    assert (done.returncode, done.stderr) == (0, "2 of 3 tests\n")
    assert done.stdout.splitlines() == [
        "a.policytest.yaml:5 read  reads a report  expects allowed",
        "a.policytest.yaml:7 delete  expects explicitDeny by NoDelete",
    ]
    assert run(folder, "--list").stdout.splitlines()[1] == "a.policytest.yaml:6 write"
    found = json.loads(run(folder, "--list", "--format", "json").stdout)["tests"]
    assert found[0] == {
        "id": "read",
        "name": "reads a report",
        "file": "a.policytest.yaml",
        "line": 5,
        "expected": "allowed",
    }
    assert len(found) == 3


def test_listing_what_can_be_read(folder):
    """A suite that cannot be read is said, the others are listed, and the exit status is 3."""
    (folder / "b.policytest.yaml").write_text("version: 1\ntets: []\n")
    done = policygen("test", ".", "--list", cwd=folder)
    assert (done.returncode, len(done.stdout.splitlines())) == (3, 3)
    assert "PG-T001" in done.stderr
    assert policygen("test", "b.policytest.yaml", "--list", cwd=folder).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--list", "--watch"], "--list and --watch"),
        (["--list", "-x"], "--list and --fail-fast"),
        (["--list", "--strict"], "--list and --strict"),
        (["--list", "--format", "junit"], "--list and --format junit"),
        (["-v", "-q"], "--verbose and --quiet"),
        (["-v", "--format", "json"], "--verbose and --format json"),
        (["--watch", "--format", "github"], "--watch and --format github"),
        (["--watch", "-"], "--watch and standard input"),
    ],
)
def test_options_that_say_nothing_together(folder, arguments, says):
    """An option that would say nothing beside another is refused."""
    done = run(folder, *arguments)
    assert done.returncode == 2
    assert f"{says} do not go together: give one of them" in done.stderr


def test_watching(folder):
    """--watch runs again when a file changes or comes that a run has looked at; Ctrl-C ends with the last status."""
    suite, policy = folder / "a.policytest.yaml", folder / "policy.json"
    broken = "a.policytest.yaml:1:1"

    def changes():
        policy.write_text(json.dumps(POLICY).replace("arn:aws:s3:::other/*", "*"))
        yield
        suite.write_text("tests: []\n")
        yield
        suite.write_text(SUITE.replace("s3:GetObject, ", ""))
        yield
        raise KeyboardInterrupt

    with mock.patch.object(noted.time, "sleep", side_effect=changes()):
        done = policygen("test", ".", "--watch", "-q", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "FAILED a.policytest.yaml:6 write",
        "FAILED a.policytest.yaml:7 delete",
        "1 passed, 2 failed",
        "FAILED a.policytest.yaml:6 write",
        "2 passed, 1 failed",
        "3 passed, 0 failed",
    ]
    assert [line for line in done.stderr.splitlines() if line.startswith(("watching", "changed", broken))] == [
        "watching 3 files and folders; Ctrl-C leaves",
        "changed: policy.json",
        "watching 3 files and folders; Ctrl-C leaves",
        "changed: a.policytest.yaml",
        f"{broken}: PG-T003 `version` is missing",
        "watching 2 files and folders; Ctrl-C leaves",
        "changed: a.policytest.yaml",
        "watching 3 files and folders; Ctrl-C leaves",
    ]


def test_watching_folders(folder):
    """A folder that is not there yet, and a suite that comes into a folder below, are changes."""

    def changes():
        (folder / "later" / "below").mkdir(parents=True)
        (folder / "later" / "a.policytest.yaml").write_text(SUITE.replace("policy.json", "../policy.json"))
        yield
        (folder / "later" / "below" / "b.policytest.json").write_text('{"version": 1, "tests": []}')
        yield
        raise KeyboardInterrupt

    with mock.patch.object(noted.time, "sleep", side_effect=changes()):
        done = policygen("test", "later", "--watch", "-q", cwd=folder)
    assert [line for line in done.stderr.splitlines() if line.startswith(("later", "changed"))] == [
        "later: PG-F001 cannot be read: no such file or folder",
        "changed: later",
        f"changed: {os.path.join('later', 'below')}",
    ]


def test_watching_where_nothing_is_chosen(folder):
    """An expression that takes no test yet does not end the watching: the test may be written."""
    with mock.patch.object(noted.time, "sleep", side_effect=KeyboardInterrupt):
        done = policygen("test", ".", "--watch", "-k", "xyz", cwd=folder)
    assert done.returncode == 2
    assert "PG-A002 no test of 3 is selected by `xyz`" in done.stderr


def test_watching_ends_with_an_interruption(folder):
    """The process that watches leaves at SIGINT without a traceback."""
    command = [sys.executable, "-m", "policygen", "test", ".", "--watch", "-q"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "watching 3 files and folders; Ctrl-C leaves\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "\n")
    assert out.endswith("1 passed, 2 failed\n")


def test_what_is_noted(tmp_path):
    """A file that is not there is noted too; what editors leave in a folder is no change."""
    with noted.noting() as known:
        noted.note(tmp_path)
        noted.note(tmp_path / "later.json")
    (tmp_path / ".later.json.swp").write_text("")
    (tmp_path / "later.json~").write_text("")
    with mock.patch.object(noted.time, "sleep", side_effect=lambda _: (tmp_path / "later.json").write_text("{}")):
        assert noted.wait_for_change(known) == [str(tmp_path), str(tmp_path / "later.json")]
    noted.note(tmp_path / "other")
    assert len(known) == 2


def test_a_file_of_the_same_length(tmp_path):
    """A change that leaves a file as long as it was is a change."""
    path = tmp_path / "a.json"
    path.write_text("1")
    with noted.noting() as known:
        noted.note(path)
    path.write_text("2")
    os.utime(path, ns=(time.time_ns(), time.time_ns()))
    with mock.patch.object(noted.time, "sleep", side_effect=AssertionError):  # a change is seen before it waits
        assert noted.wait_for_change(known) == [str(path)]
