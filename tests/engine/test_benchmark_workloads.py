"""The benchmarks measure what they say: every contender decides every workload alike, and the lines are told apart."""

import json

import pytest

import policygen as pg
from tests.benchmarks import __main__ as command
from tests.benchmarks import report
from tests.benchmarks.naive import Walk
from tests.benchmarks.workloads import WORKLOADS


@pytest.mark.parametrize("make", WORKLOADS, ids=lambda make: make.__name__)
def test_the_plain_walk_decides_alike(make):
    """The plain walk and the engine decide every request alike, and each workload has allows and denies."""
    workload = make()
    engine, walk = pg.compile(workload.target()), Walk(workload, remember=True)
    found = set()
    for fields in workload.fields(150):
        word = engine.authorize(pg.Request(**fields)).decision.value
        assert walk.decide(fields) == word
        found.add(word)
    assert {"allowed", "implicitDeny"} <= found


@pytest.mark.parametrize("make", WORKLOADS, ids=lambda make: make.__name__)
def test_workloads_are_the_same_every_time(make):
    """Two runs measure the same policies and the same requests."""
    first, second = make(), make()
    assert first.roles == second.roles
    assert list(first.fields(20)) == list(second.fields(20))


def test_the_command_measures(tmp_path, capsys):
    """The command prints a table with the wanted lines, and writes the same figures as JSON with the machine."""
    target = tmp_path / "figures.json"
    assert command.main(["--quick", "--only", "w1", "--rounds", "1", "--json", str(target)]) == 0
    printed = capsys.readouterr().out
    assert "w1: beside the floor" in printed
    figures = json.loads(target.read_text(encoding="utf-8"))
    assert figures["machine"]["python"].startswith("CPython")
    assert {line["what"] for line in figures["lines"]} >= {
        "w1: beside the floor",
        "1,000 ARNs beside one",
        "hostile glob",
    }


@pytest.mark.parametrize(
    ("value", "more_is_better", "verdict"),
    [(9, True, "MISSED"), (25, True, "holds"), (31, True, "aim"), (9, False, "aim")],
)
def test_lines_are_told_apart(value, more_is_better, verdict):
    """A line is missed, holds, or reaches its aim, whichever way it is to go."""
    wanted, aim = (20, 30) if more_is_better else (30, 20)
    assert report.Line("x", value, wanted, aim, "x", more_is_better).verdict() == verdict
