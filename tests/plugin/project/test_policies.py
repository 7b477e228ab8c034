"""Tests of policies, as a project that uses policygen has them."""

from pathlib import Path

import pytest

import policygen as pg
from policygen.testing import assert_allowed, assert_denied, requests

HERE = Path(__file__).parent
ANALYST = "arn:aws:iam::111122223333:role/Analyst"
REPORT = "arn:aws:s3:::amzn-s3-demo-bucket/reports/2026.csv"
TLS = {"aws:SecureTransport": "true"}


@pytest.mark.parametrize(
    "reading",
    requests(principals=ANALYST, actions=["s3:GetObject", "s3:GetObjectVersion"], resources=REPORT, context=TLS),
)
def test_analysts_read_over_tls_only(policygen_environment: pg.Environment, reading: pg.Request) -> None:
    """The environment has the policies of role and bucket, and each request finds its own."""
    assert_allowed(policygen_environment, reading)
    plain = reading.with_context({"aws:SecureTransport": "false"})
    assert_denied(policygen_environment, plain, by="DenyInsecureTransport")


@pytest.mark.policygen_environment("spec.yaml")
def test_uploads_name_their_encryption(policygen_environment: pg.Environment) -> None:
    """A marker names another environment: a file, a folder, or a spec, which generates it."""
    upload = pg.Request(
        principal=ANALYST, action="s3:PutObject", resource="arn:aws:s3:::amzn-s3-demo-uploads/a.csv", context=TLS
    )
    assert_denied(policygen_environment, upload)


def test_one_policy_alone() -> None:
    """A policy is enough, by its path, as plain values, as text, or as it was generated; a spec is, too."""
    reading = pg.Request(principal=ANALYST, action="s3:GetObject", resource=REPORT, context=TLS)
    assert_allowed(HERE / "policies" / "analyst.json", reading)
    spec = pg.load_spec(HERE / "spec.yaml")
    uploads = "arn:aws:s3:::amzn-s3-demo-uploads/a.csv"
    upload = pg.Request(principal="anonymous", action="s3:PutObject", resource=uploads, context=TLS)
    assert_denied(spec, upload)
    bucket_policy = pg.generate(spec)["111122223333/s3/uploads/bucket-policy.json"]
    assert_denied(bucket_policy, upload, by="DenyUnEncryptedObjectUploads")


def test_a_boundary_takes_away(policy_set: type[pg.PolicySet]) -> None:
    """The fixture makes a policy set of the policies of each type, for what no environment has."""
    boundary = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}}
    policies = policy_set(identity_based=[HERE / "policies" / "analyst.json"], permissions_boundary=boundary)
    assert_denied(policies, pg.Request(principal=ANALYST, action="s3:GetObject", resource=REPORT, context=TLS))
