"""``policygen replay``: the past against policies, from files to what is printed."""

import json
import subprocess
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from policygen.cli import bars, streams
from policygen.cli.main import run
from policygen.replay import libraries
from tests.marked import ROOT

command = import_module("policygen.cli.replay")
FOLDER = ROOT / "docs" / "replay"
EVENTS, ACCOUNT, SCP = (str(FOLDER / name) for name in ("events.json", "account.yaml", "scp.json"))
ATTACHED = (EVENTS, "--environment", ACCOUNT, "--attach", SCP, "--to", "ou-ab12-34cd56ef")


@pytest.fixture
def replay(capsys):
    """Run the command; returns its exit status, what it printed, and what it said beside."""

    def command(*arguments):
        status = run(["replay", *arguments])
        return (status, *capsys.readouterr())

    return command


def test_json_has_the_keys_that_are_stated(replay):
    """The result as JSON: what breaks, what opens, what is not known, the agreement."""
    status, out, err = replay(*ATTACHED, "--format", "json")
    found = json.loads(out)
    assert (status, err) == (1, "")
    counts = ["events", "files", "first", "last", "unchanged", "undecided"]
    assert list(found) == [*counts, "breaks", "opens", "unknown", "agreement"]
    times = ("2026-11-30T08:00:00Z", "2026-11-30T09:30:00Z")
    assert (found["files"], found["first"], found["last"]) == (1, *times)
    (unknown,) = found["unknown"]
    assert list(unknown) == ["cause", "count", "because", "names", "first", "last", "example"]
    assert unknown["first"] == unknown["last"] == "2026-11-30T09:20:00Z"
    assert unknown["example"] == "4e6f1a2b-0000-4000-8000-000000000005"
    (breaks,) = found["breaks"]
    assert list(breaks) == ["principal", "action", "count", "first", "last", "example", "reason", "statement"]
    assert (breaks["principal"], breaks["count"]) == ("arn:aws:iam::111122223333:role/app", 2)
    assert breaks["statement"] == f"{SCP} OnlyFromTheOffice"
    assert found["agreement"] == {"compared": 1, "same": 1, "disagreements": []}


def test_nothing_breaks(replay):
    """Under the policies as they are nothing breaks, and the exit status is 0."""
    status, out, _ = replay(EVENTS, "--environment", ACCOUNT, "--quiet")
    assert status == 0
    assert out.splitlines()[0] == "6 events: 0 break, 0 open, 5 unchanged, 1 not known"


def test_against_compares_two_sets(replay, tmp_path):
    """What one environment allowed and the other denies breaks, whatever AWS did."""
    nothing = tmp_path / "nothing.yaml"
    nothing.write_text(
        "version: 1\n"
        "principals: {'arn:aws:iam::111122223333:role/app': {}}\n"
        "resources: {'arn:aws:s3:::reports': {account: '111122223333'}}\n"
    )
    status, out, _ = replay(EVENTS, "--environment", str(nothing), "--against", ACCOUNT, "--format", "json")
    found = json.loads(out)
    assert status == 1
    assert {each["action"]: each["count"] for each in found["breaks"]} == {"s3:PutObject": 3, "s3:GetObject": 1}
    assert found["agreement"]["compared"] == 0


def test_what_opens_names_its_statement(replay, tmp_path):
    """Where the reason does not say which statement decides, the text says it beside."""
    nothing = tmp_path / "nothing.yaml"
    nothing.write_text(
        "version: 1\n"
        "principals: {'arn:aws:iam::111122223333:role/app': {}}\n"
        "resources: {'arn:aws:s3:::reports': {account: '111122223333'}}\n"
    )
    _, out, _ = replay(EVENTS, "--environment", ACCOUNT, "--against", str(nothing))
    opens = out[out.index("OPENS") :].splitlines()
    assert opens[:2] == ["OPENS was denied, would be allowed", "  arn:aws:iam::111122223333:role/app"]
    assert "      statement app.json Objects" in opens
    _, out, _ = replay(*ATTACHED)
    assert "explicit deny in a service control policy: `OnlyFromTheOffice` of" in out
    assert "      statement " not in out


def test_tables(replay, tmp_path):
    """CSV and Parquet have a row for each change and each cause."""
    _, out, _ = replay(*ATTACHED, "--format", "csv")
    lines = out.splitlines()
    assert lines[0] == "change,principal,action,count,first,last,example,reason,statement,message"
    assert [each.split(",")[0] for each in lines[1:]] == ["breaks", "unknown"]
    target = tmp_path / "changes.parquet"
    status, out, err = replay(*ATTACHED, "--format", "parquet", "-o", str(target))
    assert (status, out) == (1, "")
    assert err == f"{target}: 6 events: 2 break, 0 open, 3 unchanged, 1 not known\n"
    assert pq.read_table(target)["change"].to_pylist() == ["breaks", "unknown"]


def test_a_file_for_the_text(replay, tmp_path):
    """`-o` holds what would be printed."""
    _, printed, _ = replay(*ATTACHED)
    target = tmp_path / "report.txt"
    replay(*ATTACHED, "-o", str(target))
    assert target.read_text() == printed


def test_another_file_that_cannot_be_read(replay):
    """A file that is not there is named, and the rest counts."""
    status, out, err = replay("missing.json", *ATTACHED, "--quiet")
    assert status == 3
    assert out.startswith("6 events: 2 break")
    assert err.startswith("missing.json: PG-F001 ")


def test_an_unknown_unit(replay):
    """A unit that the organization does not have is named, with those that it has."""
    status, out, err = replay(EVENTS, "--environment", ACCOUNT, "--attach", SCP, "--to", "ou-ab12-typo")
    assert (status, out) == (3, "")
    assert err.splitlines() == [
        "PG-A002 the organization has no `ou-ab12-typo`",
        "  hint: what is known of it: `root`, `r-ab12`, `ou-ab12-34cd56ef`, `111122223333`",
    ]


@pytest.mark.parametrize("to", ["root", "r-ab12", "111122223333"])
def test_wherever_it_is_attached(replay, to):
    """The root and an account are parts of an organization as well."""
    status, out, _ = replay(EVENTS, "--environment", ACCOUNT, "--attach", SCP, "--to", to, "--quiet")
    assert (status, out.splitlines()[0]) == (1, "6 events: 2 break, 0 open, 3 unchanged, 1 not known")


WRONG = {
    "give the policies: --environment PATH, or --spec SPEC": [EVENTS],
    "give both: --attach FILE and --to ID, such as ou-ab12-34cd56ef": [
        EVENTS,
        "--environment",
        ACCOUNT,
        "--to",
        "root",
    ],
    "--format parquet needs a file: -o FILE": [EVENTS, "--environment", ACCOUNT, "--format", "parquet"],
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_usage(replay, message):
    """Options that do not go together are wrong usage."""
    status, out, err = replay(*WRONG[message])
    assert (status, out) == (2, "")
    assert message in err


def test_without_the_libraries(replay, monkeypatch):
    """Without the extra it is said what to install."""
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    status, out, err = replay(EVENTS, "--environment", ACCOUNT)
    assert (status, out) == (3, "")
    assert err.splitlines() == [
        "PG-E009 `policygen replay` needs duckdb and pyarrow, which are not installed",
        "  hint: pip install 'policygen[replay]'",
    ]


def test_resume_counts_every_file_once(replay, tmp_path):
    """A second run with the same file says the same."""
    kept = str(tmp_path / "kept.json")
    first = replay(*ATTACHED, "--resume", kept)
    assert replay(*ATTACHED, "--resume", kept) == first


def test_names_do_not_act(replay, tmp_path):
    """Escapes of a terminal in a name are shown, in a file as well, and a name with line breaks is one line."""
    policy, target = tmp_path / "\x1b[31m\u202ered\nBREAKS everything", tmp_path / "report.txt"
    policy.write_bytes(Path(SCP).read_bytes())
    asked = (EVENTS, "--environment", ACCOUNT, "--attach", str(policy), "--to", "root")
    _, printed, _ = replay(*asked)
    replay(*asked, "-o", str(target))
    for text in (printed, target.read_text()):
        assert "/\\u001b[31m\\u202ered …\n" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\nBREAKS everything" not in text


def test_the_rate_is_that_of_this_run(monkeypatch):
    """The bar stands from the beginning; what was counted before the first report, in an earlier run, is no speed."""
    seen, clock = [], iter([100.0, 101.0, 102.0, 110.0])
    monkeypatch.setattr(bars.time, "monotonic", lambda: next(clock))
    bar = nullcontext(lambda *told: seen.append(told))
    output = SimpleNamespace(progress=lambda *_, **__: bar)
    with bars.events_bar(output, "replaying") as show:
        assert seen == [(0, 1)]
        for told in ((50, 100, 9_000_000), (55, 100, 9_000_900), (60, 100, 9_001_000), (90, 100, 9_005_000)):
            show(*told)
    assert seen[1:] == [
        (50, 100, "replaying: 9,000,000 events"),
        (55, 100, "replaying: 9,000,900 events"),
        (60, 100, "replaying: 9,001,000 events, 500/s"),
        (90, 100, "replaying: 9,005,000 events, 500/s"),
    ]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "next: with `--resume FILE` a run that was stopped goes on where it was"),
        (("--resume", "k.json"), "next: the same command goes on: k.json keeps what is counted"),
    ],
)
def test_a_run_that_is_stopped_says_how_it_goes_on(more, says, tmp_path):
    """Ctrl-C while records are read leaves one line and how to resume, and the status of shells."""
    code = (
        "import os, sys, policygen.__main__, policygen.replay.counting\n"
        "policygen.replay.counting.count = lambda *_, **__: os.kill(os.getpid(), 2)\n"
        "policygen.__main__.main()\n"
    )
    asked = [sys.executable, "-c", code, "replay", EVENTS, "--environment", ACCOUNT, *more]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines() == ["interrupted", says]


def test_nothing_goes_on_afterwards(replay):
    """When all is read, being stopped says no more than that."""
    replay(*ATTACHED)
    assert streams.interruption == ["interrupted"]


def test_the_processes_that_read_leave_the_answer_to_the_first():
    """A process that works for another is not stopped by Ctrl-C, and says nothing."""
    code = "import multiprocessing.spawn, policygen.__main__, os\nos.kill(os.getpid(), 2)\nprint('goes on')\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "goes on\n", "")
