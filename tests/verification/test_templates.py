"""CloudFormation templates under verification: where they are deployed, and what deploying names, the spec tells."""

import json

import pytest

import policygen as pg
from tests.command import policygen

OWN = "111122223333"
SPEC = """
version: 1
accounts: {prod: "111122223333"}
buckets:
  from: {name: sent-from-x, account: prod, region: eu-west-1, tls_only: false}
  to: {name: sent-to-x, account: prod, region: us-west-2, tls_only: false}
replication:
  all:
    source: from
    source_objects: [sse-s3]
    role: {name: s3-replication}
    rules: [{id: all, destination: to}]
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
RIGHTS = {
    "sent-from-${Env}": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
    "sent-from-${Env}/*": [
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
    ],
    "sent-to-${Env}/*": ["s3:ReplicateObject", "s3:ReplicateTags"],
}
ENABLED = {"VersioningConfiguration": {"Status": "Enabled"}}


def source_template():
    """A template of the source bucket and of the role, which has no name."""
    rights = [
        {"Effect": "Allow", "Action": actions, "Resource": {"Fn::Sub": f"arn:aws:s3:::{name}"}}
        for name, actions in RIGHTS.items()
    ]
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": rights}}
    rule = {
        "Id": "all",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": {"Fn::Sub": "arn:aws:s3:::sent-to-${Env}"}},
    }
    sent = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Rules": [rule]}
    bucket = {"BucketName": {"Fn::Sub": "sent-from-${Env}"}, "ReplicationConfiguration": sent, **ENABLED}
    return {
        "Parameters": {"Env": {"Type": "String", "Default": "x"}},
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [policy]},
            },
            "From": {"Type": "AWS::S3::Bucket", "Properties": bucket},
        },
    }


def destination_template():
    """A template of the destination bucket."""
    properties = {"BucketName": "sent-to-x", **ENABLED}
    return {"Resources": {"To": {"Type": "AWS::S3::Bucket", "Properties": properties}}}


@pytest.fixture
def given(tmp_path):
    """A spec and a folder of two templates."""
    folder = tmp_path / "templates"
    folder.mkdir()
    for name, each in (("from", source_template()), ("to", destination_template())):
        (folder / f"{name}.json").write_text(json.dumps(each, indent=1))
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path / "spec.yaml", folder


def said(*values):
    """The line that tells of values."""
    return f"a template is read as the spec has it: {', '.join(values)}; `--parameter` says otherwise"


def test_a_template_is_verified_without_saying_where_it_is_deployed(given):
    """Account, Region and the one name that is left are the spec's: what must work works."""
    spec, folder = given
    assert pg.verify(pg.load_spec(spec), folder, works=True).works


def test_each_template_is_where_its_buckets_are(given):
    """Two templates of one account are in two Regions, and it is said."""
    spec, folder = given
    here = f"AWS::AccountId={OWN}"
    assert pg.verify(pg.load_spec(spec), folder, works=True).taken == (
        said(here, "AWS::Region=eu-west-1", "Role=s3-replication"),
        said(here, "AWS::Region=us-west-2"),
    )


def test_parameters_come_before_the_spec(given):
    """A role that gets another name is none of the spec's: its documents are missing."""
    spec, folder = given
    report = pg.verify(pg.load_spec(spec), folder, works=True, parameters={"Role": "another"})
    assert {check.code for check in report.failures} >= {"F23"}
    assert "Role=" not in " ".join(report.taken)


def test_verify_takes_parameters(given):
    """`--parameter` of the command gives a template's parameter its value."""
    spec, folder = given
    asked = ("verify", str(spec), "--documents", str(folder), "--works", "--quiet")
    assert policygen(*asked).returncode == 0
    assert policygen(*asked, "--parameter", "Env=y").returncode == 1


def test_an_account_of_which_nothing_tells_is_not_made_up(given):
    """Of two accounts that a template may be deployed to none is taken."""
    spec, folder = given
    (folder / "to.json").write_text(json.dumps({"Resources": {"To": {"Type": "AWS::S3::Bucket"}}}))
    two = SPEC.replace('"111122223333"}', '"111122223333", backup: "444455556666"}').replace(
        "sent-to-x, account: prod", "sent-to-x, account: backup"
    )
    spec.write_text(two)
    assert pg.verify(pg.load_spec(spec), folder, works=True).taken[1:] == (
        "the spec does not tell in which account a template is deployed: say it with `--parameter AWS::AccountId=…`",
    )
