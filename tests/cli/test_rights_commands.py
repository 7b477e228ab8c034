"""``policygen who-can`` and ``policygen access`` as users run them."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from policygen.report.rights import who_as_csv
from policygen.request import Request
from policygen.rights import Right, WhoCan
from tests.command import policygen

ACCOUNT = "docs/examples/account.yaml"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ANALYST = "arn:aws:iam::111122223333:role/Analyst"


def test_who_can_as_json_is_asked_with_a_query() -> None:
    """`--query` picks from the JSON; whoever may, the exit status is 0."""
    done = policygen("who-can", "kms:Decrypt", KEY, "--environment", ACCOUNT, "--query", "principals[].arn")
    assert json.loads(done.stdout) == [ANALYST, "arn:aws:iam::111122223333:user/bob"]
    assert (done.returncode, done.stderr) == (0, "")


def test_nobody_is_an_answer() -> None:
    """Where nobody may, that is said, and the exit status is 0."""
    done = policygen("who-can", "s3:DeleteObject", "arn:aws:s3:::reports/a", "--environment", ACCOUNT, "--quiet")
    assert (done.returncode, done.stdout) == (0, "arn:aws:iam::111122223333:root\n")


def test_who_can_as_csv() -> None:
    """A line each: kind, who, conditions, witness."""
    done = policygen("who-can", "kms:Decrypt", KEY, "--environment", ACCOUNT, "--format", "csv")
    heading, first, *_ = csv.reader(StringIO(done.stdout))
    assert heading == ["kind", "who", "conditions", "witness"]
    region = "aws:RequestedRegion is `us-east-1` or `us-west-1`"
    assert first[:3] == ["principal", ANALYST, f"{region} AND kms:ViaService is `s3.us-east-1.amazonaws.com`"]
    assert json.loads(first[3])["action"] == "kms:Decrypt"


def test_access_as_csv() -> None:
    """A line for each statement: effect, actions, resources, condition as in a policy, witness."""
    builder = "arn:aws:iam::111122223333:role/Builder"
    done = policygen("access", builder, "--environment", ACCOUNT, "--format", "csv")
    heading, *rows = csv.reader(StringIO(done.stdout))
    assert heading == ["effect", "action", "resource", "condition", "witness"]
    assert rows[0][:4] == ["Allow", "s3:* ec2:*", "*", ""]
    outside = {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "us-west-1"]}}
    assert rows[-1][:3] == ["Deny", "NotAction: iam:* sts:*", "*"]
    assert json.loads(rows[-1][3]) == outside
    assert json.loads(rows[-1][4])["context"]["aws:RequestedRegion"] not in ("us-east-1", "us-west-1")


def test_no_cell_of_a_csv_is_a_formula() -> None:
    """A condition key that begins as a formula does has an apostrophe before it."""
    witness = Request(principal="anonymous", action="s3:GetObject", resource="arn:aws:s3:::b/k")
    right = Right(who="anonymous", conditions=({"=HYPERLINK": "is `x`"},), witness=witness)
    found = WhoCan(action="", resource="", principals=(), others=(right,), root_users=(), unknown=())
    assert [each[2] for each in csv.reader(StringIO(who_as_csv(found)))] == ["conditions", "'=HYPERLINK is `x`"]


def test_a_pattern_of_actions_and_no_arn_are_refused_at_once() -> None:
    """Both problems are said, each with what to give instead."""
    done = policygen("who-can", "kms:Decr*", "reports", "--environment", ACCOUNT)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "PG-A002 `kms:Decr*` is a pattern: who may do something is asked of one action\n"
        "  hint: give one of them, such as kms:Decrypt\n"
        "PG-A002 `reports` is no ARN\n"
        "  hint: give an ARN, such as arn:aws:s3:::bucket/key, a pattern such as arn:aws:s3:::bucket/*, or *\n"
    )


def test_a_mistyped_action_and_a_resource_that_nobody_holds_are_warnings() -> None:
    """They stand on standard error with their codes; the answer is there all the same."""
    done = policygen("who-can", "s3:GetObjct", "arn:aws:s3:::reports/a", "--environment", ACCOUNT)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: UNKNOWN_ACTION ")
    other = KEY.replace("1234abcd", "ffffffff")
    done = policygen("who-can", "kms:Decrypt", other, "--environment", ACCOUNT)
    assert done.stderr.startswith("warning: NOT_IN_ENVIRONMENT ")


def test_an_environment_must_be_given() -> None:
    """Without one the usage is wrong."""
    done = policygen("who-can", "kms:Decrypt", KEY)
    assert (done.returncode, "Missing option '--environment'" in done.stderr) == (2, True)


def test_access_as_text_and_json_say_the_same() -> None:
    """Quiet, the text is the statements, one after the other; the JSON has a witness for each."""
    text = policygen("access", ANALYST, "--environment", ACCOUNT, "--quiet").stdout
    found = json.loads(policygen("access", ANALYST, "--environment", ACCOUNT, "--format", "json").stdout)
    assert "".join(f"{json.dumps(each, indent=4)}\n" for each in found["statements"]) == text
    assert list(found) == ["principal", "statements", "witnesses"]
    assert len(found["witnesses"]) == len(found["statements"])


def test_access_of_nobody_names_the_nearest() -> None:
    """A mistyped principal is an input that cannot be used."""
    done = policygen("access", ANALYST.replace("lyst", "list"), "--environment", ACCOUNT)
    assert done.returncode == 3
    assert done.stderr == (
        "PG-A002 the environment does not hold `arn:aws:iam::111122223333:role/Analist`\n"
        f"  hint: did you mean `{ANALYST}`?\n"
    )


@pytest.mark.parametrize("command", [("who-can", "kms:Decrypt", KEY), ("access", ANALYST)])
def test_a_file_that_is_not_there_is_a_problem(command: tuple[str, ...]) -> None:
    """The file is named, and nothing is answered as if it were empty."""
    done = policygen(*command, "--environment", "nowhere.yaml")
    assert done.returncode == 3
    assert "nowhere.yaml" in done.stderr


def _account(tmp_path, inline=(), attached=()):
    """Write an account with a user who may read everything, and a role; return the file's name."""
    reads = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    user = {"UserName": "ana", "Arn": "arn:aws:iam::111122223333:user/ana", "UserPolicyList": []}
    user["UserPolicyList"] = [{"PolicyName": "reads", "PolicyDocument": reads}]
    role = {"RoleName": "app", "Arn": "arn:aws:iam::111122223333:role/app", "RolePolicyList": list(inline)}
    role |= {"AttachedManagedPolicies": [{"PolicyName": each, "PolicyArn": each} for each in attached]}
    details = {"UserDetailList": [user], "RoleDetailList": [role], "GroupDetailList": [], "Policies": []}
    (tmp_path / "details.json").write_text(json.dumps(details))
    return tmp_path / "details.json"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"attached": ["arn:aws:iam::aws:policy/Some"]},
            "the text of the managed policy `arn:aws:iam::aws:policy/Some` was not read",
        ),
        (
            {"inline": [{"PolicyName": "p", "PolicyDocument": '{"Version": "2012-10-17", "Statement": ['}]},
            "not JSON: expected a value, found the end of the text",
        ),
    ],
)
def test_whose_policies_were_not_read_is_not_known(tmp_path, given, reason) -> None:
    """Who may is told of all others; a role whose policy was not read, or cannot be, is no role that may not."""
    file = _account(tmp_path, **given)
    done = policygen("who-can", "s3:GetObject", "arn:aws:s3:::data/x", "--environment", file, "--format", "json")
    found = json.loads(done.stdout)
    assert [each["arn"] for each in found["principals"]] == ["arn:aws:iam::111122223333:user/ana"]
    assert found["unknown"] == [{"who": "arn:aws:iam::111122223333:role/app", "reason": reason}]
    assert (done.returncode, done.stderr.count(reason)) == (3, 1)
