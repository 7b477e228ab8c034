"""`policygen plan` as people call it."""

import json
from pathlib import Path

import pytest

from policygen.cli.main import run

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "migrate-single-region-key" / "spec.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")


def plan(*arguments):
    """Run the command; return its exit status."""
    return run(["plan", *map(str, arguments)])


def test_json(capsys):
    """`--format json` prints the plan."""
    assert plan(SAMPLE, "--format", "json") == 0
    value = json.loads(capsys.readouterr().out)
    assert {name: verdict["satisfies"] for name, verdict in value["proposals"].items()} == {
        "A": True,
        "B": False,
        "C": False,
        "D": False,
    }
    assert len(value["recommended"]) == 3


def test_query(capsys):
    """`--query` picks from the JSON."""
    assert plan(SAMPLE, "--query", "proposals.B.broken[].[code, step]") == 0
    assert json.loads(capsys.readouterr().out) == [["KEY_CANNOT_CONVERT", "1 convert-key"]]
    assert plan(SAMPLE, "--query", "proposals[") == 2


def test_text_and_quiet(capsys):
    """Text shows the table, the reasons and the ways; `--quiet` what is broken and the answer."""
    assert plan(SAMPLE) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[-1] == "ok: A of 4 proposals, 3 ways found"
    assert "way 1: In place" in text
    assert plan(SAMPLE, "--quiet") == 0
    quiet = capsys.readouterr().out
    assert "way 1" not in quiet
    assert quiet.splitlines()[0] == "B step 1 convert-key: KEY_CANNOT_CONVERT"


def test_exit_status_1(tmp_path, capsys):
    """Where no proposal satisfies the answer is no."""
    head, _, rest = TEXT.partition("    A:\n")
    path = tmp_path / "spec.yaml"
    path.write_text(head + "    B:\n" + rest.partition("    B:\n")[2], encoding="utf-8")
    assert plan(path) == 1
    assert "not ok: none of 3 proposals satisfies, 3 ways found" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("convert-key:", "convrt-key:"), "did you mean `convert-key`?"),
        (lambda text: text.partition("migration:")[0], "PG-P001 the spec has no `migration`"),
        (lambda text: text + "{", "PG-F"),
    ],
)
def test_exit_status_3(tmp_path, capsys, change, message):
    """What cannot be planned is refused on standard error, with nothing on standard output."""
    path = tmp_path / "spec.yaml"
    path.write_text(change(TEXT), encoding="utf-8")
    assert plan(path) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_standard_input(capsys, monkeypatch):
    """`-` reads the spec from standard input."""
    from io import BytesIO, TextIOWrapper

    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(TEXT.encode())))
    assert plan("-", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["proposals"]["A"]["satisfies"] is True
