"""Values and errors travel between processes: they can be pickled and copied."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import policygen as pg

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
SPEC = SAMPLES / "mrk-replication" / "spec.yaml"
SUITE = SAMPLES / "mrk-replication" / "suite.policytest.yaml"
BOB = "arn:aws:iam::111122223333:user/bob"
KEY = "arn:aws:s3:::bucket/key"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"}],
}
OPEN = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::bucket/*"},
    ],
}
SPEC_ONCE = pg.load_spec(SPEC)


def values():
    """Return one of each kind of value that travels between processes."""
    bundle = pg.generate(SPEC_ONCE)
    report = pg.verify(SPEC_ONCE)
    problem = pg.Problem(code="PG-S001", message="`x` is wrong", place=pg.Place(source="spec.yaml", line=3), hint="no")
    tests = pg.run_suite(SUITE).results
    guarded = pg.load_spec(SAMPLES / "guarded-buckets" / "spec.yaml")
    return {
        "spec": SPEC_ONCE,
        "spec with policies": guarded,
        "document": pg.parse_policy(ALLOW),
        "generated document": bundle["111122223333/s3/source/bucket-policy.json"],
        "bundle": bundle,
        "check": report.checks[0],
        "report": report,
        "suite": pg.run_suite(SUITE),
        "validation": pg.validate(OPEN),
        "finding": pg.validate(OPEN).findings[0],
        "plan": pg.plan(pg.load_spec(SAMPLES / "migrate-single-region-key" / "spec.yaml")),
        "problem": problem,
        "place": problem.place,
        "warning": pg.request_warnings(pg.Request(principal=BOB, action="s3:Nonsense", resource=KEY))[0],
        "suite that cannot be judged": pg.SuiteResult(
            results=(pg.TestResult(test=tests[0].test, passed=False, error=(problem,)),)
        ),
        "summary": pg.run_suite(SUITE).summary,
        "test": tests[0].test,
    }


VALUES = values()
COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy} | {
    f"pickle {protocol}": lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", VALUES)
def test_values_can_be_pickled_and_copied(name, how):
    """A copy says what the original says, and is as frozen."""
    value = VALUES[name]
    other = COPIES[how](value)
    assert type(other) is type(value)
    assert repr(other) == repr(value)
    if type(value).__eq__ is not object.__eq__:
        assert other == value
    if hasattr(value, "to_dict"):
        assert other.to_dict() == value.to_dict()
    if hasattr(value, "to_json"):
        assert other.to_json() == value.to_json()


def test_a_copied_document_is_as_frozen():
    """Nothing in the copy of a document can change."""
    document = pickle.loads(pickle.dumps(VALUES["document"]))
    with pytest.raises(TypeError):
        document.written["Version"] = "2008-10-17"
    with pytest.raises(TypeError):
        document.written["Statement"][0]["Effect"] = "Deny"


def test_a_spec_from_another_process_is_a_spec():
    """What one process loaded another can verify."""
    script = "import pickle, sys, policygen as pg; print(pg.verify(pickle.load(sys.stdin.buffer)).ok)"
    done = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps(SPEC_ONCE), capture_output=True, cwd=ROOT, check=False
    )
    assert done.stdout.strip() == b"True", done.stderr


@pytest.mark.parametrize("kind", [each for each in vars(pg.errors).values() if isinstance(each, type)])
def test_errors_can_be_pickled_and_copied(kind):
    """An error carries its problems to another process."""
    if not issubclass(kind, pg.PolicygenError):
        return
    error = kind(VALUES["problem"], VALUES["problem"])
    for make in COPIES.values():
        other = make(error)
        assert type(other) is kind
        assert other.problems == error.problems
        assert str(other) == str(error)
