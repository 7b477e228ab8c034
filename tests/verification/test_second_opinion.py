"""policyuniverse's opinion on resource-based policies: asked where it can matter, and only there."""

import subprocess
import sys
from pathlib import Path

import pytest

import policygen as pg

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "mrk-replication" / "spec.yaml"
BUCKET_POLICY = "111122223333/s3/source/bucket-policy.json"


def loads_policyuniverse(*arguments):
    """Tell whether a run of policygen loads policyuniverse."""
    script = (
        "import sys\nfrom policygen.cli.main import run\n"
        "status = run(sys.argv[1:])\nprint(status, 'policyuniverse' in sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    status, loaded = done.stderr.split()
    assert status in "01", done.stderr
    return loaded == "True"


def test_named_principals_need_no_opinion(tmp_path):
    """Verifying documents that name their principals, and validating known actions, leave policyuniverse unloaded."""
    assert not loads_policyuniverse("verify", SAMPLE, "--quiet")
    policy = tmp_path / "policy.json"
    text = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ACTION", "Resource": "*"}]}'
    policy.write_text(text.replace("ACTION", "s3:GetObject"))
    assert not loads_policyuniverse("validate", policy, "--quiet")
    policy.write_text(text.replace("ACTION", "codestar:CreateProject"))
    assert loads_policyuniverse("validate", policy, "--quiet")


@pytest.mark.parametrize(
    "principal", [{"Principal": "*"}, {"Principal": {"AWS": ["arn:aws:iam::*:root"]}}, {"NotPrincipal": {"AWS": "1"}}]
)
def test_a_wildcard_asks_for_an_opinion(principal):
    """An Allow for everybody that S3 calls non-public, and policyuniverse accessible, is a warning of its own."""
    spec = pg.load_spec(SAMPLE)
    documents = {path: each.to_json() for path, each in pg.generate(spec).items() if path != "manifest.json"}
    statement = {"Sid": "Everybody", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | principal
    statement["Condition"] = {"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}
    document = pg.parse_policy({"Version": "2012-10-17", "Statement": [statement]})
    report = pg.verify(spec, documents | {BUCKET_POLICY: document.to_json()})
    (check,) = [each for each in report.checks if each.id == f"{BUCKET_POLICY}/internet-accessible"]
    assert check.severity is pg.Severity.WARNING
    assert not check.passed
    assert not pg.is_public(document)
