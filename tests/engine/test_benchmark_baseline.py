"""The baseline compares like with like: its inputs are what they are said to be, and its table says what changed."""

import json

import pytest

import policygen as pg
from policygen.cli import main as command_line
from tests.benchmarks import baseline, inputs
from tests.benchmarks.costs import FIRST, LAST, first_fields
from tests.benchmarks.fixed import ANSWER, fixed_workload
from tests.benchmarks.workloads import by_plan, w1


def test_the_fixed_workload_is_the_same():
    """The fixed workload comes to what it always came to."""
    assert fixed_workload() == ANSWER


def test_specs_are_what_they_are_said_to_be(tmp_path):
    """A spec of some buckets and rules each loads, and everything in it holds."""
    spec = pg.load_spec(inputs.write(tmp_path, "spec.json", inputs.spec(4, 2)))
    assert pg.verify(spec).ok
    made = pg.generate(spec).texts()
    configurations = [json.loads(text) for path, text in made.items() if "replication-configuration" in path]
    assert [len(each["Rules"]) for each in configurations] == [2] * 4


@pytest.mark.parametrize("size", [2000, inputs.WHOLE_SIZE])
def test_bucket_policies_are_valid(tmp_path, size):
    """A bucket policy is as large as it was asked for, and AWS would take it."""
    path = inputs.write(tmp_path, "policy.json", inputs.bucket_policy(size))
    assert size - 500 < path.stat().st_size <= size
    with pytest.raises(SystemExit) as leaving:
        command_line(["validate", str(path), "--resource-type", "AWS::S3::Bucket", "--quiet"])
    assert leaving.value.code == 0


def test_suites_pass(tmp_path):
    """Every test of a suite passes, whichever decision it expects."""
    path = inputs.write(tmp_path, "suite.policytest.json", inputs.suite(9))
    with pytest.raises(SystemExit) as leaving:
        command_line(["test", str(path), "--quiet"])
    assert leaving.value.code == 0


def test_first_requests_are_first_requests():
    """Each plan is asked four times before the clock starts, and up to its 260th request afterwards."""
    earlier, timed = first_fields(w1())
    before, after = by_plan(earlier), by_plan(timed)
    assert before.keys() == after.keys() == by_plan(w1().fields(20_000)).keys()
    assert {len(each) for each in before.values()} == {FIRST - 1}
    assert {len(each) for each in after.values()} == {LAST - FIRST + 1}


def test_the_table_says_what_changed():
    """Times are those of this machine; what is new has no baseline."""
    about = {"commit": "c", "date": "d", "python": "CPython", "processor": "p"}
    old = {"measured": about, "figures": {"a": {"ratio": 0.5, "scatter": 0.0}}}
    now = {
        "measured": about,
        "fixed workload seconds": 0.2,
        "figures": {"a": {"ratio": 0.25, "scatter": 0.1}, "b": {"ratio": 1e-6, "scatter": 0.0}},
    }
    first, second = list(baseline.table(old, now))[-2:]
    assert first.split() == ["a", "100", "ms", "50", "ms", "0.50", "10%"]
    assert second.split() == ["b", "-", "200", "ns", "-", "0%"]


def test_every_figure_has_a_baseline_that_was_measured_from_a_commit():
    """The stored figures name their commit, and are ratios."""
    stored = json.loads(baseline.FILE.read_text(encoding="utf-8"))
    assert len(stored["measured"]["commit"]) == 40
    assert all(each["ratio"] > 0 for each in stored["figures"].values())
