"""The table of calls: reading calls alone, which exist, and whose answers hold what is followed."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore import xform_name
from botocore.session import get_session

from policygen.fetch import aws
from policygen.fetch.calls import KINDS, OF_A_BUCKET, OF_AN_ACCOUNT, Call, all_calls, dashed
from policygen.fetch.script import script
from policygen.fetch.subjects import Subject, as_file_name, child, named_in, of_account, of_bucket
from tests.command import policygen

CALLS = tuple(all_calls())
PAGE = Path(__file__).parents[2] / "docs" / "fetch.md"
_SESSION = get_session()
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
IN_POLICIES = {"Statement", "Resource"}
"""What is followed within a policy, which is a text in the shapes."""


def model(call):
    """Return the operation in the service's own model."""
    return _SESSION.get_service_model(call.service).operation_model(call.operation)


def test_every_call_only_reads():
    """Each operation that is ever made gets, lists or describes."""
    assert len(CALLS) > 35
    assert [call for call in CALLS if not re.match("(Get|List|Describe)[A-Z]", call.operation)] == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.service}:{call.operation}")
def test_every_call_is_in_the_services_model(call):
    """The operation exists, takes the parameters, and gets all that it requires; the AWS CLI's word for it is right."""
    shape = model(call).input_shape
    known = set(shape.members) if shape else set()
    required = set(shape.required_members) if shape else set()
    assert required <= set(call.parameters) <= known
    assert call.command[1] == xform_name(call.operation, "-")
    assert {dashed(name) for name in call.parameters} == {xform_name(name, "-") for name in call.parameters}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.service}:{call.operation}")
def test_what_is_followed_is_in_the_answers_shape(call):
    """Each name in an expression is a member of the answer's shape, at some depth."""
    names = {
        name for each in call.follows for name in re.findall(r"\b[A-Z]\w+", re.sub("'[^']*'", "", each.expression))
    }
    assert names - IN_POLICIES <= members(model(call).output_shape)


def members(shape, depth=8):
    """Return the names of the members of a shape and of all below it."""
    if depth == 0:
        return set()
    if shape.type_name == "structure":
        return set(shape.members).union(*(members(each, depth - 1) for each in shape.members.values()))
    return members(shape.member, depth - 1) if shape.type_name == "list" else set()


@pytest.mark.parametrize(
    "statement", [{"Resource": [KEY, "*"]}, [{"Resource": KEY}, {"NotResource": "*"}], [{"Resource": [KEY]}]]
)
def test_keys_that_only_a_policy_names_are_followed(statement):
    """A role may decrypt under more keys than the buckets' own: each that is named by its ARN is looked at."""
    (call,) = KINDS["role_policy"].calls
    (follow,) = call.follows
    assert named_in({"PolicyDocument": {"Statement": statement}}, follow) == [[KEY]]


def test_every_kind_is_looked_at_by_some_command():
    """No kind stands in the table in vain, and none is asked for that is not there."""
    assert OF_A_BUCKET.union(*OF_AN_ACCOUNT.values()) == set(KINDS)


def test_the_script_calls_nothing_else():
    """Every call of the AWS CLI in the scripts is one of the table."""
    known = {call.command for call in CALLS}
    services = "|".join({service for service, _ in known})
    for task in (of_bucket("b", "", (), None), of_account((), (), ())):
        found = set(re.findall(rf"\b({services}) ((?:get|list|describe|[a-z]+)-[a-z-]+)", script(task)))
        assert found
        assert found <= known


def test_names_from_answers_leave_no_folder():
    """A name with slashes or leading dots stays one file's name."""
    assert as_file_name("../../x") == "%2E.%2F..%2Fx"
    assert as_file_name("..") == "%2E."


def test_a_name_is_quoted_for_the_shell():
    """What the user gives stands in the script as one word."""
    text = policygen("fetch", "account", "--profile", "a'; rm -rf x #", "--script", "-o", "a b").stdout
    assert """PROFILES=('a'"'"'; rm -rf x #')""" in text
    assert "OUT=${1:-'a b'}" in text


def test_a_folder_is_needed():
    """Without -o and --script there is nowhere to keep the answers."""
    done = policygen("fetch", "account")
    assert done.returncode == 2
    assert "give the folder for the answers: -o DIR" in done.stderr


def test_without_boto3_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    """The install line, and the script that needs none."""
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    done = policygen("fetch", "account", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert done.stderr == (
        "PG-N001 `policygen fetch` needs boto3, which is not installed\n"
        "  hint: pip install 'policygen[aws]', or use `--script`\n"
    )
    assert policygen("fetch", "account", "--script").returncode == 0


def test_an_operation_that_an_old_boto3_does_not_know_brings_no_answer():
    """It is noted like a refused call, not a defect."""
    client = SimpleNamespace(meta=SimpleNamespace(service_model=SimpleNamespace(operation_names=["GetBucketPolicy"])))
    answer = aws._answer(lambda: client, Call(service="s3", operation="GetBucketAbac"), {})
    assert (answer.value, answer.code) == (None, "NoAnswer")


ACCOUNT = Subject(kind="account", caller="111122223333", known={"account": "111122223333", "region": "us-east-1"})


@pytest.mark.parametrize(
    ("kind", "value", "callers", "found"),
    [
        ("role", "arn:aws:iam::444455556666:role/a/b", ("111122223333",), ("role", None, "b")),
        ("role", "arn:aws:iam::444455556666:role/a/b", ("444455556666",), ("role", "444455556666", "b")),
        ("key", "arn:aws:kms:eu-west-1:444455556666:key/k", (), ("key", "111122223333", "k")),
        ("key", "alias/a/b", (), ("alias", "111122223333", "alias/a/b")),
    ],
)
def test_who_asks_about_what_an_answer_names(kind, value, callers, found):
    """The profile of its account; where there is none, the one that came upon it, of a role nobody."""
    subject = child(ACCOUNT, kind, [value], callers)
    assert (subject.kind, subject.caller, subject.known[f"{kind}_name"]) == found


def test_an_arn_tells_account_and_region():
    """A key of another account and Region is kept and asked for there."""
    subject = child(ACCOUNT, "key", ["arn:aws:kms:eu-west-1:444455556666:key/k"], ())
    assert subject.file(subject.calls[0]) == "444455556666/kms/k/eu-west-1/describe-key.json"
    assert subject.known["region"] == "eu-west-1"


def test_the_page_lists_every_permission():
    """The policy on docs/fetch.md allows the calls that are made, and nothing else."""
    listed = set(re.findall(r'"([a-z0-9]+:[A-Z]\w+)"', PAGE.read_text(encoding="utf-8")))
    assert listed == {permission(call) for call in CALLS}


def permission(call):
    """Return the action that allows a call; S3 names some of them otherwise."""
    named = {
        ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
        ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
        ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
        ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
        ("s3", "GetObjectLockConfiguration"): "s3:GetBucketObjectLockConfiguration",
        ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    }
    return named.get((call.service, call.operation), f"{call.service}:{call.operation}")
