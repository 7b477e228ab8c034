"""``policygen suggest``: the policy on standard output, the report on standard error, files written whole."""

import json
import re
from pathlib import Path

import pytest

from tests.command import ROOT, policygen

EVENTS = "docs/suggest/events.json"
ACCOUNT = "docs/examples/account.yaml"
ANALYST = "arn:aws:iam::111122223333:role/Analyst"
BUILDER = "arn:aws:iam::111122223333:role/Builder"
_REPORT = re.compile(r"^<!-- report -->\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = ROOT / "docs" / "suggest.md"


@pytest.mark.parametrize(
    ("number", "arguments"), [(0, ("--principal", ANALYST)), (1, ("--principal", BUILDER, "--environment", ACCOUNT))]
)
def test_the_report_of_the_page_is_what_is_printed(number, arguments, update_golden):
    """The report goes to standard error, as docs/suggest.md shows it; --quiet leaves it out."""
    done = policygen("suggest", EVENTS, *arguments)
    text = PAGE.read_text(encoding="utf-8")
    shown = list(_REPORT.finditer(text))[number]
    if update_golden and shown[1] != done.stderr:
        PAGE.write_text(text[: shown.start(1)] + done.stderr + text[shown.end(1) :], encoding="utf-8")
        return
    assert (done.returncode, done.stderr) == (0, shown[1])
    quiet = policygen("suggest", EVENTS, *arguments, "--quiet")
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")


def test_several_policies_are_one_object():
    """Without --principal the policies of all are one JSON object, name to policy."""
    done = policygen("suggest", EVENTS, "-q")
    assert list(json.loads(done.stdout)) == ["111122223333/role/Analyst.json", "111122223333/role/Builder.json"]


def test_json_is_the_policy_alone():
    """`--format json` prints the same as text, and a query is asked of it."""
    arguments = ("suggest", EVENTS, "--principal", BUILDER, "-q")
    assert policygen(*arguments, "--format", "json").stdout == policygen(*arguments).stdout
    assert policygen(*arguments, "--query", "Statement[1].Action").stdout == '"ec2:StopInstances"\n'


def test_standard_input():
    """`-` is standard input."""
    done = policygen("suggest", "-", "-q", "--principal", BUILDER, stdin=Path(ROOT, EVENTS).read_text(encoding="utf-8"))
    assert json.loads(done.stdout)["Statement"][0]["Action"] == "ec2:DescribeInstances"


def test_files_and_report_are_written(tmp_path):
    """-o writes a file for each, --report all that was found, and what is in the way is left alone."""
    arguments = ("suggest", EVENTS, "-q", "-o", tmp_path / "out", "--report", tmp_path / "report.json")
    done = policygen(*arguments)
    written = tmp_path / "out" / "111122223333" / "role" / "Analyst.json"
    assert done.stdout.splitlines()[0] == str(written)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (
        json.loads(written.read_text(encoding="utf-8"))
        == report["suggested"][0]["policies"]["111122223333/role/Analyst.json"]
    )
    assert report["left_out"][0] == {
        "name": "denied",
        "cause": "AWS denied the call",
        "count": 1,
        "operations": {"s3 GetObject": 1},
    }
    written.write_text("{}", encoding="utf-8")
    again = policygen(*arguments)
    assert (again.returncode, again.stderr.split(":")[1].split()[0]) == (3, "PG-F012")


def test_a_report_that_cannot_be_written(tmp_path):
    """The folder of --report is a file: exit 3, and no policy is written or printed."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = policygen("suggest", EVENTS, "--report", tmp_path / "file" / "report.json")
    assert (done.returncode, done.stdout, "PG-F" in done.stderr) == (3, "", True)


def test_nothing_used_is_no(tmp_path):
    """Where nothing was used there is no policy: an empty object, and exit 1."""
    (tmp_path / "events.json").write_text('{"Records": []}', encoding="utf-8")
    done = policygen("suggest", "events.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (1, "{}\n", "0 events read")


def test_what_cannot_be_read(tmp_path):
    """Exit 3; what can be read is used all the same."""
    done = policygen("suggest", EVENTS, "none.json", "-q", "--principal", BUILDER)
    assert (done.returncode, done.stderr) == (3, "none.json: PG-F001 cannot be read: no such file or directory\n")
    assert json.loads(done.stdout)["Statement"]


def test_a_principal_that_did_not_call():
    """Exit 3, with the nearest that did."""
    done = policygen("suggest", EVENTS, "-q", "--principal", f"{BUILDER}s")
    assert (done.returncode, done.stdout) == (3, "{}\n")
    assert done.stderr == f"PG-A002 no event tells of `{BUILDER}s`\n  hint: did you mean `{BUILDER}`?\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--split",), "a policy is split to fit a quota: give its name"),
        (("--quota", "role-inline", "--split"), "splitting does not help"),
        (("--level", "actions"), "'actions' is not one of 'action', 'resource', 'condition'"),
        (("--most", "0"), "0 is not in the range x>=1"),
        (("-", "-"), "`-` is standard input, which can be read once"),
    ],
)
def test_wrong_usage(arguments, words):
    """What cannot be asked for is exit 2, with the reason."""
    done = policygen("suggest", EVENTS, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in " ".join(done.stderr.split())


def test_a_denied_replay_is_no(tmp_path):
    """A request that was used and that the environment denies by now: exit 1, with the statement."""
    account = Path(ROOT, ACCOUNT).read_text(encoding="utf-8").replace("vpce-1a2b3c4d", "vpce-99999999")
    (tmp_path / "account.yaml").write_text(account, encoding="utf-8")
    done = policygen("suggest", EVENTS, "--principal", ANALYST, "--environment", tmp_path / "account.yaml")
    assert done.returncode == 1
    assert "  replayed in the environment: 17 denied" in done.stderr.splitlines()
    assert "explicitDeny by OnlyThroughTheEndpoint of " in done.stderr
