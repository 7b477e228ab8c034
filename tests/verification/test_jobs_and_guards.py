"""Batch jobs and guards: what their documents say, and that each thing wrong with them is found."""

import json
from dataclasses import replace

import pytest

import policygen as pg
from policygen.document.parse import parse_policy
from policygen.spec.load import load_spec_text

SPEC = """
version: 1
accounts: {prod: "111122223333", backup: "444455556666"}
organization: {id: o-a1b2c3d4e5}
keys:
  here: {type: single-region, account: prod, region: us-east-1}
  there: {type: single-region, account: backup, region: us-west-1}
buckets:
  source: {name: source-bucket, account: prod, region: us-east-1, encryption: {sse: "aws:kms", key: here},
    guards: {organization: true, vpc_endpoints: [vpce-0a1b2c3d], except: [role/Admin]}}
  replica: {name: replica-bucket, account: backup, region: us-west-1, encryption: {sse: "aws:kms", key: there}}
  reports: {name: reports-bucket, account: backup, region: us-west-1, encryption: {sse: "aws:kms", key: there}}
replication:
  nightly:
    source: source
    role: {name: s3-replication}
    existing_objects: batch-replication
    batch: {role: {name: job}, manifest_bucket: source, report_bucket: reports, report_prefix: done/}
    rules: [{id: west, destination: replica}]
"""
JOB = "111122223333/iam/job/permissions-policy.json"
SOURCE = "111122223333/s3/source/bucket-policy.json"
REPORTS = "444455556666/s3/reports/bucket-policy.json"
KEY = "444455556666/kms/there/us-west-1/key-policy.json"


@pytest.fixture(scope="module")
def spec():
    """Return the spec."""
    return load_spec_text(SPEC, "spec.yaml")


@pytest.fixture(scope="module")
def texts(spec):
    """Return the spec's documents by path."""
    return pg.generate(spec).texts()


def statement(texts, path, sid):
    """Return one statement of a document."""
    return next(each for each in json.loads(texts[path])["Statement"] if each.get("Sid") == sid)


def changed(texts, path, sid, **elements):
    """Return the documents with elements of one statement changed."""
    document = json.loads(texts[path])
    for each in document["Statement"]:
        if each.get("Sid") == sid:
            each.update(elements)
    return {**texts, path: json.dumps(document)}


def test_a_job_with_its_report_in_another_account_verifies(spec):
    """The bucket and the key of the other account admit the job's role, and every condition is needed (E36, R93)."""
    assert pg.verify(spec).failures == ()


def test_what_the_documents_say(texts):
    """The report's bucket admits the job below the prefix; the guard spares both roles of S3 and the administrator."""
    admitted = statement(texts, REPORTS, "AllowNightlyWriteReport")
    assert admitted["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/job"}
    assert admitted["Resource"] == ["arn:aws:s3:::reports-bucket/done/*"]
    guard = statement(texts, SOURCE, "DenyOutsideVpcEndpoints")
    roles = [f"arn:aws:iam::111122223333:role/{name}" for name in ("s3-replication", "job", "Admin")]
    assert guard["Condition"] == {
        "StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"},
        "ArnNotEquals": {"aws:PrincipalArn": roles},
    }
    job = json.loads(texts["111122223333/s3control/nightly/batch-job.json"])
    assert job["Report"]["Prefix"] == "done"
    assert job["ManifestGenerator"]["S3JobManifestGenerator"]["Filter"]["ObjectReplicationStatuses"] == [
        "NONE",
        "FAILED",
    ]


BROKEN = [
    (JOB, "InitiateReplication", {"Action": ["s3:InitiateReplicatio"]}),
    (JOB, "InitiateReplication", {"Resource": ["arn:aws:s3:::source-bucket"]}),
    (JOB, "InitiateReplication", {"Action": ["s3:InitiateReplication", "s3:GetObjectVersionForReplication"]}),
    (JOB, "MakeManifest", {"Action": ["s3:GetReplicationConfiguration"]}),
    (JOB, "MakeManifest", {"Action": ["s3:Get*", "s3:Put*"]}),
    (JOB, "WriteAndReadManifest", {"Action": ["s3:PutObject", "s3:GetObject"]}),
    (JOB, "WriteReport", {"Resource": ["arn:aws:s3:::reports-bucket/*"]}),
    (JOB, "UseKeyOfReports", {"Action": ["kms:Decrypt"]}),
    (JOB, "UseKeyOfReports", {"Action": ["kms:*"]}),
    (REPORTS, "AllowNightlyWriteReport", {"Principal": {"AWS": "arn:aws:iam::111122223333:role/jobs"}}),
    (KEY, "AllowNightlyJobUseKeyOfReports", {"Principal": {"AWS": "arn:aws:iam::111122223333:role/jobs"}}),
    (SOURCE, "DenyOutsideVpcEndpoints", {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}}),
    (SOURCE, "DenyOutsideVpcEndpoints", {"Action": "s3:GetObject"}),
    (SOURCE, "DenyOutsideVpcEndpoints", {"Resource": "arn:aws:s3:::source-bucket/*"}),
    (SOURCE, "DenyOutsideOrganization", {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-b1b2c3d4e5"}}}),
    (SOURCE, "DenyOutsideOrganization", {"Effect": "Allow"}),
]


@pytest.mark.parametrize(("path", "sid", "elements"), BROKEN)
def test_each_thing_wrong_is_found(spec, texts, path, sid, elements):
    """A statement too narrow or too wide fails, and the report names document and statement."""
    report = pg.verify(spec, changed(texts, path, sid, **elements))
    assert (path, sid) in {(check.document, check.statement) for check in report.failures}


def test_a_guard_that_hits_replication_is_a_deny_that_hits_the_role(spec, texts):
    """A guard without its exception for the replication role is cause F18 (S32)."""
    condition = {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}
    report = pg.verify(spec, changed(texts, SOURCE, "DenyOutsideVpcEndpoints", Condition=condition))
    assert "F18" in {check.cause for check in report.failures}


def test_the_token_of_a_job_follows_its_content(spec):
    """The same job has the same token, so it is created once; another job has another."""
    path = "111122223333/s3control/nightly/batch-job.json"
    tokens = {
        json.loads(pg.generate(load_spec_text(text, "spec.yaml"))[path].to_json())["ClientRequestToken"]
        for text in (SPEC, SPEC, SPEC.replace("done/", "other/"))
    }
    assert len(tokens) == 2


def test_a_job_under_verification(spec, texts):
    """A job that covers other objects than the spec says is found; its token may be any."""
    path = "111122223333/s3control/nightly/batch-job.json"
    job = json.loads(texts[path])
    assert pg.verify(spec, {**texts, path: json.dumps({**job, "ClientRequestToken": "mine"})}).ok
    job["ManifestGenerator"]["S3JobManifestGenerator"]["Filter"]["ObjectReplicationStatuses"] = ["COMPLETED"]
    (failed,) = pg.verify(spec, {**texts, path: json.dumps(job)}).failures
    assert failed.element == "ManifestGenerator/S3JobManifestGenerator/Filter/ObjectReplicationStatuses"


def guarded_by(regions, key="aws:RequestedRegion", severity="error", text=SPEC):
    """Return the checks of a spec that fail under an SCP that denies everything but some values of a key."""
    spec = load_spec_text(text, "spec.yaml")
    guard = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {key: regions}}}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    scp = parse_policy({"Version": "2012-10-17", "Statement": [everything, guard]}, "scp.json")
    spec = replace(spec, organization=replace(spec.organization, service_control=((scp,),)))
    return [each for each in pg.verify(spec).checks if not each.passed and each.severity.value == severity]


def test_a_region_guard_of_the_organization():
    """G53: every request says which Region it calls, so a guard stops what calls another one, and nothing else."""
    assert not guarded_by(["us-east-1", "us-west-1"])
    failed = guarded_by(["us-east-1"])
    assert {each.cause for each in failed if each.title.startswith("S3 writes the replica")} == {"F18"}
    assert all("replica" in each.title or "reports" in each.title or "there" in each.title for each in failed)


def test_a_region_guard_beside_object_lock():
    """What locked objects may need at the destination is asked in its Region."""
    text = SPEC.replace("region: us-east-1, encryption", "region: us-east-1, object_lock: true, encryption")
    text = text.replace("name: replica-bucket,", "name: replica-bucket, object_lock: true,")
    text = "".join(line for line in text.splitlines(keepends=True) if "batch" not in line)
    assert "F21" in {each.cause for each in guarded_by(["us-east-1"], severity="warning", text=text)}
    assert "F21" not in {each.cause for each in guarded_by(["us-east-1", "us-west-1"], severity="warning", text=text)}


def test_a_guard_by_the_resources_organization():
    """G40: the organization of the resource's account is known wherever the account belongs to the spec's."""
    assert not guarded_by(["o-a1b2c3d4e5"], "aws:ResourceOrgID")
    assert guarded_by(["o-f6g7h8i9j0"], "aws:ResourceOrgID")
