"""Replication roles that published tools make, judged on a spec they are made for; docs/peers.md says it in words."""

import json
from pathlib import Path

import pytest
import yaml

import policygen as pg

HERE = Path(__file__).parent
ROLES = yaml.load((HERE / "roles.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
PATH = "111122223333/iam/s3-replication/permissions-policy.json"
ARNS = {
    "source": "arn:aws:s3:::source-bucket",
    "source/*": "arn:aws:s3:::source-bucket/*",
    "replica/*": "arn:aws:s3:::replica-bucket/*",
    "source key": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "replica key": "arn:aws:kms:us-west-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321",
}
WITHOUT_CONDITIONS = {"no-via-service", "no-context", "other-context", "other-region", "other-service", "stranger"}


def statement(entry):
    """Return one statement of a role."""
    found = {
        "Effect": "Allow",
        "Action": entry["actions"],
        "Resource": [ARNS[name] for name in entry["resources"]],
    }
    if "via" in entry:
        via = f"s3.{entry['via']}.amazonaws.com"
        context = {"kms:ViaService": via, "kms:EncryptionContext:aws:s3:arn": ARNS[entry["context"]]}
        found["Condition"] = {"StringLike": context}
    return found


def judged(name, spec=None):
    """Return the report on the spec's documents with the tool's policy in place of ours."""
    spec = spec or pg.load_spec(HERE / "spec.yaml")
    texts = {path: document.to_json() for path, document in pg.generate(spec).items() if path != "manifest.json"}
    policy = {"Version": "2012-10-17", "Statement": [statement(each) for each in ROLES[name]["statements"]]}
    return pg.verify(spec, texts | {PATH: json.dumps(policy)})


def missing(report):
    """Return the actions that the tool's role lacks."""
    return {c.request.action for c in report.failures if c.kind.value == "must-allow" and c.request is not None}


def too_much(report):
    """Return the actions that the tool's role has without need, wherever."""
    failed = (c for c in report.failures if c.kind.value == "must-deny" and c.request is not None)
    return {c.request.action for c in failed if "/unasked/" in c.id}


def unlimited(report):
    """Return the actions that the tool's role has on requests that differ in one thing from what is needed."""
    failed = (c for c in report.failures if c.kind.value == "must-deny" and c.request is not None)
    return {c.request.action for c in failed if "/unasked/" not in c.id}


def test_our_own_role_holds():
    """The spec's own documents pass every check."""
    assert pg.verify(pg.load_spec(HERE / "spec.yaml")).ok


@pytest.mark.parametrize("name", ROLES)
def test_every_entry_names_its_source(name):
    """Each role says where and when it was read."""
    assert ROLES[name]["source"].startswith("https://github.com/")
    assert str(ROLES[name]["read"]) == "2026-11-24"


def test_aws_cdk():
    """The CDK's role works; its KMS actions are not limited, and there are more of them than needed."""
    report = judged("aws-cdk")
    assert missing(report) == set()
    assert {"kms:Decrypt", "kms:Encrypt"} <= unlimited(report)
    assert {"kms:GenerateDataKey", "s3:ObjectOwnerOverrideToBucketOwner"} <= too_much(report)


def test_cloudposse():
    """Cloudposse's role cannot replicate objects under KMS, and may read every object."""
    report = judged("cloudposse")
    assert {"kms:Decrypt", "kms:Encrypt"} <= missing(report)
    assert "s3:GetObject" in too_much(report)


def test_terraform_aws_modules():
    """The example's role lacks the action that S3 needs for objects under KMS, and every KMS action."""
    report = judged("terraform-aws-modules")
    assert {"s3:GetObjectVersionForReplication", "kms:Decrypt", "kms:Encrypt"} <= missing(report)
    assert "s3:GetObjectVersion" in too_much(report)


def test_landing_zone_accelerator():
    """The accelerator's role works; it may write to the source and read every version, and KMS is not limited."""
    report = judged("landing-zone-accelerator")
    assert missing(report) == set()
    assert {"kms:Decrypt", "kms:Encrypt"} <= unlimited(report)
    assert {"s3:GetObjectVersion", "s3:ReplicateObject"} <= too_much(report)


def test_account_factory_for_terraform():
    """The factory's role has the conditions that are needed, and one Encrypt on the source key that is not."""
    report = judged("account-factory-for-terraform")
    assert missing(report) == set()
    assert too_much(report) == {"kms:Encrypt", "s3:ReplicateDelete"}


def test_account_factory_for_terraform_with_bucket_keys(tmp_path):
    """With S3 Bucket Keys the context is the bucket, which the factory's role does not name."""
    text = (HERE / "spec.yaml").read_text(encoding="utf-8")
    path = tmp_path / "spec.yaml"
    path.write_text(
        text.replace("key: source}", "key: source, bucket_key: true}").replace(
            "key: replica}", "key: replica, bucket_key: true}", 1
        )
    )
    report = judged("account-factory-for-terraform", pg.load_spec(path))
    assert {"kms:Decrypt", "kms:Encrypt"} <= missing(report)
