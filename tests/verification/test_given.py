"""A principal in several places of a spec: what one place gives, no other place's checks call wrong."""

import json

import pytest

import policygen as pg
from policygen.spec.load import load_spec_text

SPEC = """\
version: 1
accounts: {{prod: "111122223333", backup: "444455556666"}}
keys:
  data: {{type: multi-region, account: prod, primary_region: us-east-1, replica_regions: [us-west-1],
    administrators: [{administrators}], users: [{users}], enable_iam_policies: {enabled}}}
  other: {{type: single-region, account: backup, region: us-west-1}}
buckets:
  source: {{name: source-b, account: prod, region: us-east-1, readers: [{readers}], writers: [{writers}],
    encryption: {{sse: "aws:kms", key: data}}}}
  replica: {{name: replica-b, account: prod, region: us-west-1, encryption: {{sse: "aws:kms", key: data}}}}
  far: {{name: far-b, account: backup, region: us-west-1, readers: [{far}], object_ownership: object-writer,
    encryption: {{sse: "aws:kms", key: other}}}}
replication:
  n:
    source: source
    role: {{name: rep}}
    existing_objects: batch-replication
    batch: {{role: {{name: job}}, manifest_bucket: source, report_prefix: reports/}}
    rules: [{{id: w, destination: replica, prefix: p/}}, {{id: f, destination: far, prefix: f/, priority: 2}}]
"""
NOBODY = {"administrators": "role/KeyAdmin", "users": "", "enabled": "true", "readers": "", "writers": "", "far": ""}
PLACES = {
    "reader and user": {"readers": "role/A", "users": "role/A"},
    "writer and user": {"writers": "role/A", "users": "role/A"},
    "writer and administrator": {"writers": "role/A", "administrators": "role/A", "enabled": "false"},
    "user and administrator": {"users": "role/A", "administrators": "role/A", "enabled": "false"},
    "reader and writer": {"readers": "role/A", "writers": "role/A"},
    "the account as user, its role as reader": {"users": "root", "readers": "role/A"},
    "another account as user, its role as reader": {
        "users": '"444455556666"',
        "readers": '"arn:aws:iam::444455556666:role/B"',
    },
    "nested prefixes": {"readers": "{principal: role/A, prefix: a/}, {principal: role/A, prefix: a/b/}"},
    "all and a prefix": {"readers": "role/A, {principal: role/A, prefix: a/}"},
    "a prefix to read, a nested one to write": {
        "readers": "{principal: role/A, prefix: a/}",
        "writers": "{principal: role/A, prefix: a/b/}",
    },
    "the root user everywhere": {"users": "root", "administrators": "root", "readers": "root", "writers": "root"},
    "root as user, without IAM policies": {"users": "root", "enabled": "false"},
    "the source account at the destination": {"far": '"111122223333"'},
}
ROLES = {
    "the replication role reads its source": ({"readers": "role/rep"}, "source/readers/role-of-s3/rep", "more than"),
    "the job's role uses the key": ({"users": "role/job"}, "data@us-east-1/users/role-of-s3/job", "more than"),
    "in another account": ({"far": '"arn:aws:iam::111122223333:role/rep"'}, "far/readers/role-of-s3/rep", "nothing"),
}


def spec_of(**places):
    """Return the spec with principals in some places."""
    return load_spec_text(SPEC.format(**(NOBODY | places)), "spec.yaml")


@pytest.mark.parametrize("places", PLACES)
def test_a_principal_in_several_places(places):
    """What the spec generates holds, whoever stands where."""
    report = pg.verify(spec_of(**PLACES[places]))
    assert [check.id for check in report.failures] == []


def test_the_account_of_the_replication_role_as_user_of_the_replica_key():
    """What another account may do as a whole leaves the conditions of its role needed."""
    text = SPEC.format(**NOBODY).replace("other: {type", 'other: {users: ["111122223333"], type')
    report = pg.verify(load_spec_text(text, "spec.yaml"))
    assert [check.id for check in report.failures] == []


@pytest.mark.parametrize("case", ROLES)
def test_a_role_of_s3_as_a_grantee(case):
    """A role that S3 assumes and that is a reader or user as well is a warning in words, and no failure."""
    places, name, what = ROLES[case]
    report = pg.verify(spec_of(**places))
    (warning,) = [check for check in report.warnings if check.id == name]
    assert report.ok
    assert what in warning.detail


def test_what_no_place_gives_is_still_refused():
    """A reader of one prefix and writer of another who may read everything is found."""
    spec = spec_of(readers="{principal: role/A, prefix: a/}", writers="{principal: role/A, prefix: a/b/}")
    documents = {path: json.loads(each.to_json()) for path, each in pg.generate(spec).items() if "manifest" not in path}
    policy = documents["111122223333/s3/source/bucket-policy.json"]
    (read,) = [each for each in policy["Statement"] if each["Sid"] == "AllowReadBelowA"]
    read["Resource"] = "arn:aws:s3:::source-b/*"
    failed = {check.id for check in pg.verify(spec, documents).failures}
    assert "source/reader-1/GetObject/other-prefix" in failed
