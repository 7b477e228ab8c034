"""``policygen denied``: what it prints, its exit status, the suite and AWS's form that it writes."""

import json
import pickle

import pytest

import policygen as pg
from tests.command import ROOT, policygen
from tests.denials.answers import write
from tests.denials.cases import BOUNDARY, CALL, DETAILS, READ, TEXTS, decrypt, with_effect
from tests.denials.round_trip import misfits

FILES = ROOT / "docs" / "why-denied"
ACCOUNT = ("--environment", FILES / "account.yaml")


def test_json():
    """The keys that programs rely on, for each call."""
    result = policygen("denied", CALL, "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    [_, call] = json.loads(result.stdout)["calls"]
    assert {"action", "resource", "aws", "ours", "agrees", "obstacles", "change"} <= call.keys()
    assert call["aws"]["effect"] == call["ours"]["effect"] == "IMPLICIT_DENY"
    assert call["aws"]["checks"][3] == {"check": "PRINCIPAL", "target": None, "effect": "IMPLICIT_DENY", "matched": []}
    assert call["agrees"] is True
    assert call["obstacles"] == [
        {"check": "PRINCIPAL", "target": None, "effect": "IMPLICIT_DENY", "policy": None, "statement": None,
         "words": "no identity-based policy allows kms:Decrypt"}
    ]  # fmt: skip
    change = call["change"]
    assert (change["document"], change["statement"], change["op"], change["gives"]) == (READ, "Key", "replace", "ALLOW")
    assert change["and"] == []


def test_the_answer_comes_first():
    """Quiet, it is all there is: one line a call, who was denied what on what, by what."""
    result = policygen("denied", FILES / "message.txt", *ACCOUNT, "--quiet")
    assert result.stdout == (
        "arn:aws:sts::111122223333:assumed-role/app/report is denied kms:Decrypt on "
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab: "
        "no identity-based policy allows kms:Decrypt\n"
    )


def test_a_difference(tmp_path):
    """Exit status 1; it is said in which check, and what to attach to a report."""
    write(tmp_path, decrypt(checks=with_effect("PERMISSIONS_BOUNDARY", "IMPLICIT_DENY")), TEXTS)
    result = policygen("denied", tmp_path)
    assert result.returncode == 1
    assert "DIFFERS: permissions boundary: AWS says IMPLICIT_DENY, the policies come to ALLOW\n" in result.stdout
    assert "please report it. Attach what `--format json` prints" in result.stdout
    assert "AWS and the policies agree" not in result.stdout


def test_not_known(tmp_path):
    """Exit status 1; the command that gets the policy is named."""
    write(tmp_path, decrypt(), {uri: each for uri, each in TEXTS.items() if uri != READ})
    result = policygen("denied", tmp_path)
    assert result.returncode == 1
    assert f"not known: principal: the text of `{READ}` is not here: aws iam-toolbox" in result.stdout


def test_files_that_cannot_be_used(tmp_path):
    """Exit status 3; every problem is said, and what can be judged is."""
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"a": 1}')
    result = policygen("denied", tmp_path / "broken.json", tmp_path / "other.json", tmp_path / "none", CALL, "-q")
    assert result.returncode == 3
    assert all(code in result.stderr for code in ("PG-F006", "PG-Y001", "PG-F001"))
    assert "is denied kms:Decrypt" in result.stdout
    assert policygen("denied", tmp_path / "other.json").stderr.startswith(
        f"{tmp_path}/other.json: PG-Y001 this tells of no denied call\n"
    )


def test_standard_input():
    """`-` reads a message."""
    text = (FILES / "message.txt").read_text()
    result = policygen("denied", "-", *ACCOUNT, "-q", stdin=text)
    assert (result.returncode, result.stdout.count("\n")) == (0, 1)


def test_empty_standard_input():
    """Nothing is no answer: the command before the `|` failed, and all is not well."""
    result = policygen("denied", "-", stdin="")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("-: PG-Y001 there is nothing in it\n")


def test_aws_form(tmp_path):
    """It fits the output shape of AWS's own operation, as botocore has it, and is read back."""
    result = policygen("denied", CALL, "--format", "aws")
    answer = json.loads(result.stdout)
    assert misfits(answer) == ""
    assert [each["evaluatedEffect"] for each in answer["evaluations"]] == ["ALLOW", "IMPLICIT_DENY"]
    assert answer["policies"] == DETAILS["policies"]
    write(tmp_path, answer, TEXTS)
    assert policygen("denied", tmp_path).returncode == 0


def test_aws_form_of_an_environment():
    """Of a message it is made of the environment's policies, and fits AWS's shape too."""
    result = policygen("denied", FILES / "message.txt", FILES / "event.json", *ACCOUNT, "--format", "aws")
    answers = json.loads(result.stdout)
    assert [misfits(each) for each in answers] == ["", ""]
    assert [each["uri"] for each in answers[0]["policies"]] == [READ, BOUNDARY, "key-policy.json"]


@pytest.mark.parametrize("given", [(CALL,), (FILES / "message.txt", *ACCOUNT), (FILES / "event.json", *ACCOUNT)])
def test_the_suite_passes(tmp_path, given):
    """The regression test holds as long as the policies say what AWS said; its policies stand in it."""
    suite = tmp_path / "denied.policytest.yaml"
    assert policygen("denied", *given, "--suite", suite, "-q").returncode == 0
    assert pg.run_suite(suite).passed
    suite.write_text(suite.read_text().replace("us-east-1.amazonaws", "eu-west-1.amazonaws"))
    changed = pg.run_suite(suite)
    assert changed.passed == (given[0] == FILES / "message.txt")  # a message tells no kms:ViaService


def test_a_suite_in_json(tmp_path):
    """A file whose name ends in .json is written as JSON."""
    suite = tmp_path / "denied.policytest.json"
    result = policygen("denied", CALL, "--suite", suite)
    assert (result.returncode, result.stderr) == (0, f"{suite}: 2 tests\n")
    assert [each["id"] for each in json.loads(suite.read_text())["tests"]] == [
        "s3-getobject-q3-csv",
        "kms-decrypt-1234abcd-12ab-34cd-56ef-1234567890ab",
    ]
    assert pg.run_suite(suite).passed


def test_the_suite_expects_what_aws_said(tmp_path):
    """Where both differ the test fails: AWS's answer is what is expected."""
    write(tmp_path / "call", decrypt(evaluatedEffect="ALLOW"), TEXTS)
    suite = tmp_path / "denied.policytest.yaml"
    assert policygen("denied", tmp_path / "call", "--suite", suite).returncode == 1
    [result] = pg.run_suite(suite).results
    assert (str(result.expected), result.passed) == ("allowed", False)


def test_no_suite_of_what_is_not_known(tmp_path):
    """A call of which a policy is missing has no test, which is said; no empty suite is written."""
    suite = tmp_path / "denied.policytest.yaml"
    result = policygen("denied", FILES / "message.txt", "--suite", suite)
    assert "warning: " in result.stderr
    assert "PG-Y005 no test is written of `kms:Decrypt`" in result.stderr
    assert not suite.exists()


def test_from_python():
    """The same as records; an environment may be given as it is."""
    found = pg.denied(CALL)
    assert isinstance(found, pg.Denied)
    assert found.agrees
    assert pickle.loads(pickle.dumps(found)).to_aws() == found.to_aws()
    assert found.to_dict() == json.loads(policygen("denied", CALL, "--format", "json").stdout)
    assert pg.denied(FILES / "message.txt", environment=pg.load_environment(FILES / "account.yaml")).agrees
    with pytest.raises(pg.SourceError, match="PG-F001"):
        pg.denied(FILES / "nothing")
    with pytest.raises(pg.ArgumentError, match="no file is given"):
        pg.denied()
