"""What leaves the program: other encodings, closed and full streams, texts of others, queries."""

import json
import sys
from io import BytesIO, TextIOWrapper
from xml.etree import ElementTree

import pytest

from policygen.cli.main import run
from policygen.cli.streams import say
from tests.cli.test_commands import SAMPLE, USER
from tests.command import policygen

EVIL = "a\x1b]52;c;eA==\x07\u202e\ud800"
SHOWN = r"a\u001b]52;c;eA==\u0007\u202e\ud800"


@pytest.fixture
def policy(tmp_path):
    """A policy whose Sid would act on a terminal."""
    path = tmp_path / "p.json"
    statement = {"Sid": EVIL, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return path


def evaluate(policy, *more):
    """Run evaluate with a policy that allows it."""
    asked = ("--principal", USER, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k")
    return policygen("evaluate", *asked, "--resource-account", "111122223333", "--identity-policy", policy, *more)


def test_a_policy_does_not_write_to_the_terminal(policy):
    """Text shows what would act, and JSON says it in escapes."""
    done = evaluate(policy)
    assert (done.returncode, SHOWN in done.stdout) == (0, True)
    done = evaluate(policy, "--format", "json")
    assert SHOWN in done.stdout
    assert json.loads(done.stdout)["matched_statements"][0]["sid"] == EVIL


def test_problems_do_not_write_to_the_terminal(tmp_path):
    """Neither file names nor values of an input act in messages."""
    done = policygen("verify", f"{tmp_path}/{EVIL}")
    assert done.stderr == f"{tmp_path}/{SHOWN}: PG-F001 cannot be read: no file can have this name\n"


@pytest.fixture
def suite(tmp_path):
    """A suite whose test has an id of evil."""

    def write(id_):
        request = {"principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
        test = {"id": id_, "request": request, "expect": "allowed"}
        path = tmp_path / "w.policytest.json"
        path.write_text(json.dumps({"version": 1, "policies": {"identity_based": []}, "tests": [test]}))
        return path

    return write


def test_the_id_of_a_test_is_no_workflow_command(suite):
    """A title is one line, in the result and in warnings; a line that begins like a command is none."""
    done = policygen("test", suite("x\n::error file=a::injected"))
    assert "w.policytest.json:1 x …\n" in done.stdout
    assert "injected" not in done.stdout + done.stderr
    assert r"w.policytest.json:1 ::x" in policygen("test", suite("::x")).stdout


@pytest.mark.parametrize("id_", ["\x01", "\ufffe", "\ud800", "]]>", "a\nb", EVIL])
def test_junit_is_xml_whatever_stands_in_it(suite, id_):
    """No character that XML cannot hold reaches it, in names, attributes or texts."""
    done = policygen("test", suite(id_), "--format", "junit")
    assert ElementTree.fromstring(done.stdout).find(".//failure") is not None


def streamed(encoding, *arguments):
    """Run policygen with a standard output of an encoding, and return the exit status and the bytes."""
    out, before = TextIOWrapper(BytesIO(), encoding=encoding, write_through=True), sys.stdout
    try:
        sys.stdout = out
        return run([str(each) for each in arguments]), out.buffer.getvalue()
    finally:
        sys.stdout = before


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_encodings_that_cannot_carry_everything(encoding):
    """Markup says of itself that it is UTF-8, so it is ASCII with references; JSON and text have JSON's escapes."""
    status, page = streamed(encoding, "verify", SAMPLE, "--format", "html")
    assert (status, page.isascii(), b"&#8594;" in page) == (0, True, True)
    status, picture = streamed(encoding, "verify", SAMPLE, "--format", "svg")
    assert ElementTree.fromstring(picture.decode()).tag.endswith("svg")
    status, text = streamed(encoding, "verify", SAMPLE)
    assert (status, text.decode(encoding).splitlines()[-2][:4]) == (0, "ok: ")


def test_a_closed_standard_output(monkeypatch, capsys):
    """The result cannot be written: a problem on standard error, exit status 3."""
    monkeypatch.setattr(sys, "stdout", None)
    assert run(["verify", str(SAMPLE), "--quiet"]) == 3
    assert capsys.readouterr().err == "standard output: PG-F004 cannot be written: it is closed\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["verify", "--help"]])
def test_help_on_a_full_disk(arguments, monkeypatch, capsys):
    """Help that cannot be printed is no defect."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(arguments) == 3
    assert capsys.readouterr().err == "standard output: PG-F004 cannot be written: no space left on device\n"


def test_standard_error_that_nobody_can_read(monkeypatch):
    """Where messages cannot be written, the exit status says it all."""
    monkeypatch.setattr(sys, "stderr", None)
    say("lost")

    class Full(TextIOWrapper):
        def write(self, text):
            raise OSError(28, "No space left on device", text)

    monkeypatch.setattr(sys, "stderr", Full(BytesIO()))
    assert run(["verify", "nowhere.yaml"]) == 3


FAILING = ("results[::0]", "sort(@)", "&tests", "to_number('NaN')", "to_number('1e999')", "@[" * 5000, "!" * 5000)


@pytest.mark.parametrize("query", FAILING)
def test_a_query_that_fails(query, suite):
    """Whatever Python error the library lets through, it is wrong usage; what JSON cannot hold is no result."""
    done = policygen("test", suite("x"), "--query", query)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for --query: " in done.stderr


def test_a_query_is_asked_of_the_json_whatever_the_format(suite):
    """With JUnit and SVG, too: the query wins."""
    assert policygen("test", suite("x"), "--format", "junit", "--query", "summary.failed").stdout == "1\n"
    assert policygen("verify", SAMPLE, "--format", "svg", "--query", "ok").stdout == "true\n"
