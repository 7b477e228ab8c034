"""What every command looks like on a terminal of 80 columns and on a narrow one; and that a pipe knows of none."""

import os
import pty
import re
import sys
import termios
import threading
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from policygen.cli.main import group, run
from policygen.cli.plain import plain_text
from tests.command import ROOT, policygen

SPEC = "samples/mrk-replication/spec.yaml"
UPLOADS = "samples/deny-unencrypted-uploads/spec.yaml"
GOLDEN = Path(__file__).parent / "terminal"
ROLE = "arn:aws:iam::111122223333:role/s3-replication"
KEY = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
WIDE = '{"Statement": {"Sid": "All", "Effect": "Allow", "Action": "kms:*", "Resource": "*"}}'
NARROW = f'{{"Statement": {{"Sid": "One", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "{KEY}"}}}}'
ACCOUNT = ("--environment", "docs/why-denied/account.yaml")
APP = "arn:aws:iam::111122223333:role/app"
CALLED = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

REPLAYED = ("--environment", "docs/replay/account.yaml")

COMMANDS = {
    "evaluate": ("evaluate", "--spec", SPEC, "--principal", ROLE, "--action", "kms:Decrypt", "--resource", KEY),
    "verify": ("verify", UPLOADS, "--documents", "tests/golden/deny-unencrypted-uploads/aws", "--works"),
    "diagnose": ("diagnose", "tests/inference/fails"),
    "plan": ("plan", "samples/migrate-single-region-key/spec.yaml"),
    "validate": ("validate", "tests/inference/fails", "nowhere.json"),
    "test": ("test", "samples/deny-unencrypted-uploads/suite.policytest.yaml", "--coverage"),
    "diff": ("diff", "narrow.json", "wide.json"),
    "check": ("check", "no-new-access", "wide.json", "--than", "narrow.json"),
    "minimize": ("minimize", "wide.json", "narrow.json"),
    "denied": ("denied", "docs/why-denied/message.txt", *ACCOUNT),
    "who-can": ("who-can", "kms:Decrypt", CALLED, *ACCOUNT),
    "access": ("access", APP, *ACCOUNT),
    "explain": ("explain", "F4", "R52"),
    "generate": ("generate", SPEC, "--only", "*-nothing.json"),
    "environment": ("environment", "tests/inference/fails"),
    "replay": ("replay", "docs/replay/events.json", *REPLAYED, "--attach", "docs/replay/scp.json", "--to", "r-ab12"),
}
_HEADING = "proposal  "
_COPIED = re.compile(r'\s*(?:[-+"{}\[\]]|mend |\d+ \| |\| )')
"""How lines begin that people copy: of JSON, of a difference; the names of mends; excerpts of files."""
_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    """Work in a folder with two policies, beside what the tree holds."""
    for name in ("samples", "docs", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "wide.json").write_text(WIDE, encoding="utf-8")
    (tmp_path / "narrow.json").write_text(NARROW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def on_terminal(columns, arguments, monkeypatch):
    """Return what a command writes on a terminal of so many columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (50, columns))
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST  # line feeds as they are written
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    found = []
    reader = threading.Thread(target=_read, args=(master, found))
    reader.start()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLUMNS", raising=False)
    with os.fdopen(slave, "w", encoding="utf-8") as terminal, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        patched.setattr(sys, "stderr", terminal)
        run([*arguments, "--quiet"] if "--only" in arguments else list(arguments))
    reader.join()
    os.close(master)
    return b"".join(found).decode()


def _read(master, found):
    try:
        while data := os.read(master, 65536):
            found.append(data)
    except OSError:  # nobody has the other end open any more
        return


def lines(text):
    """Return the lines of a text without styles, and without bars of progress."""
    return [line for line in _CODE.sub("", text).split("\n") if "━" not in line]


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command(name, columns, monkeypatch):
    """Lines end where the terminal does, but what people copy and what cannot break; none ends with a blank."""
    for line in lines(on_terminal(columns, COMMANDS[name], monkeypatch)):
        assert line == line.rstrip()
        assert len(line) <= columns or _COPIED.match(line) or _cannot_break(line, columns)


def _cannot_break(line, columns):
    """Tell whether a line is one word behind a heading or an indent: on a line of its own it would not fit either."""
    return len(line.split()) <= 2 and any(len(word) > columns - len(_HEADING) for word in line.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_arns_are_whole(name, monkeypatch):
    """Every ARN that stands in a pipe stands on a narrow terminal, too."""
    done = policygen(*COMMANDS[name], cwd=".")
    shown = "\n".join(lines(on_terminal(40, COMMANDS[name], monkeypatch)))
    arns = set(re.findall(r"arn:[^\s`'\",]+", done.stdout + done.stderr))
    assert [arn for arn in arns if arn not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_has_no_width(name):
    """What is written where nobody looks is the same whatever ``COLUMNS`` says."""
    runs = [policygen(*COMMANDS[name], cwd=".", COLUMNS=columns) for columns in ("40", "200")]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stderr == runs[1].stderr


@pytest.mark.parametrize("name", ["evaluate", "diff", "denied", "replay"])
@pytest.mark.parametrize("columns", [80, 40])
def test_the_look(name, columns, monkeypatch, update_golden):
    """The text on a terminal is the golden one."""
    golden = GOLDEN / f"{name}-{columns}.txt"
    text = "\n".join(lines(on_terminal(columns, COMMANDS[name], monkeypatch)))
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ok", "True\n"),
        ("checks[0].id", "nightly/AssumeRole\n"),
        ("checks[:2].kind", "must-allow\tmust-allow\n"),
        ("checks[:2].{what: title, id: id}", "nightly/AssumeRole\tS3 assumes the role (s3-replication)\n"),
        ("nothing", "None\n"),
    ],
)
def test_plain_values(query, text):
    """``--format text`` with a query writes values as the AWS CLI's text output does; without it they are JSON."""
    done = policygen("verify", SPEC, "--format", "text", "--query", query, cwd=".")
    assert done.stdout.startswith(text)
    assert policygen("verify", SPEC, "--query", "checks[0].id", cwd=".").stdout == '"nightly/AssumeRole"\n'


def test_plain_values_of_values():
    """What holds others takes lines of its own with its name before them; objects of a list have the same columns."""
    value = {"b": 2, "a": None, "inner": {"x": [1, 2]}, "each": [{"p": 1}, {"p": 3, "q": 4}], "rows": [[1, 2], [3]]}
    assert plain_text(value) == "None\t2\nEACH\t1\t\nEACH\t3\t4\nX\t1\t2\nROWS\t1\t2\nROWS\t3\n"


def test_plain_values_do_not_act(tmp_path):
    """A text of somebody else is neither an escape nor a workflow command."""
    policy = tmp_path / "p.json"
    statement = '{"Sid": "::error::\\u001b[2J", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}'
    policy.write_text(f'{{"Statement": {statement}}}', encoding="utf-8")
    asked = ("--principal", APP, "--action", "s3:ListAllMyBuckets", "--identity-policy", policy, "--format", "text")
    done = policygen("evaluate", *asked, "--query", "matched_statements[0].sid")
    assert done.stdout == r"\u003a:error::\u001b[2J" + "\n"


@pytest.mark.parametrize(
    ("arguments", "incomplete", "found"),
    [
        ([], "ver", [("verify", "plain")]),
        (["verify", "--format"], "s", [("svg", "plain"), ("sarif", "plain")]),
        (["verify"], "sp", [("sp", "file")]),
        (["verify", "--mend"], "o", [("o", "dir")]),
        (["check"], "no-p", [("no-public-access", "plain")]),
        (["evaluate", "--identity-policy"], "p", [("p", "file")]),
    ],
)
def test_shells_complete(arguments, incomplete, found):
    """Names of commands, choices, and the files that a command takes."""
    items = ShellComplete(group, {}, "policygen", "_POLICYGEN_COMPLETE").get_completions(arguments, incomplete)
    assert [(each.value, each.type) for each in items] == found
