"""Which actions a call asks for, and on what: names of operations that are no actions, calls that ask for several."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from policygen.catalog import load_catalog
from policygen.events import Cause, event_of
from policygen.events.calls import operation_of, service_of
from tests.events.samples import ACCOUNT, BUCKET, KEY, OTHER, ROLE, SESSION, USER, of_key, of_object, record

OBJECT = f"arn:aws:s3:::{BUCKET}/data/a.csv"
TABLE: dict[str, list[dict[str, Any]]] = json.loads(
    files("policygen.events").joinpath("calls.json").read_text(encoding="utf-8")
)


def _asked(fields: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.request.action, each.request.resource) for each in event_of(fields).requests]


def _unknown(fields: dict[str, Any]) -> list[tuple[str, Cause]]:
    return [(each.name, each.cause) for each in event_of(fields).unknown]


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_every_row_of_the_table_names_awss_page(kind: str) -> None:
    """Each row of the data file has the page of AWS that it rests on."""
    assert [row for row in TABLE[kind] if not row["source"].startswith("https://docs.aws.amazon.com/")] == []


def test_every_action_of_the_table_exists() -> None:
    """What the data file asks for are actions of the catalogue."""
    actions = {ask["action"] for row in TABLE["operations"] for ask in row["asks"]}
    assert [each for each in sorted(actions) if load_catalog().action(each) is None] == []


def test_every_key_of_the_table_exists() -> None:
    """The condition keys of the data file are keys of the catalogue."""
    assert [row["key"] for row in TABLE["keys"] if load_catalog().condition_key(row["key"]) is None] == []


def test_every_service_of_the_table_exists() -> None:
    """The prefixes of the data file are services of the catalogue."""
    rows = (*TABLE["services"], *TABLE["operations"], *TABLE["parameters"], *TABLE["keys"])
    assert {row["service"] for row in rows} <= load_catalog().services


def test_every_operation_that_passes_a_role_exists() -> None:
    """The operations that pass roles are known."""
    names = [row["operation"].split(":") for row in TABLE["passes"]]
    assert [name for service, name in names if operation_of(service, name, None).cause is not None] == []


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("GetObject", "s3:GetObject"),
        ("HeadObject", "s3:GetObject"),
        ("PutObject", "s3:PutObject"),
        ("CompleteMultipartUpload", "s3:PutObject"),
        ("UploadPart", "s3:PutObject"),
        ("CreateMultipartUpload", "s3:PutObject"),
        ("AbortMultipartUpload", "s3:AbortMultipartUpload"),
        ("ListParts", "s3:ListMultipartUploadParts"),
        ("DeleteObject", "s3:DeleteObject"),
        ("GetObjectTagging", "s3:GetObjectTagging"),
    ],
)
def test_operations_on_objects(name: str, action: str) -> None:
    """An operation on an object asks for the action of S3 that allows it (E164)."""
    assert _asked(of_object(name)) == [(action, OBJECT)]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("GetObject", "s3:GetObjectVersion"),
        ("HeadObject", "s3:GetObjectVersion"),
        ("DeleteObject", "s3:DeleteObjectVersion"),
        ("GetObjectAcl", "s3:GetObjectVersionAcl"),
        ("GetObjectTagging", "s3:GetObjectVersionTagging"),
    ],
)
def test_a_version_id_asks_for_the_action_on_versions(name: str, action: str) -> None:
    """With a version id the call asks for the action on versions (T5)."""
    assert _asked(of_object(name, parameters={"versionId": "abc"})) == [(action, OBJECT)]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("ListObjects", "s3:ListBucket"),
        ("ListObjectVersions", "s3:ListBucketVersions"),
        ("HeadBucket", "s3:ListBucket"),
        ("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("GetBucketLifecycle", "s3:GetLifecycleConfiguration"),
        ("PutBucketPolicy", "s3:PutBucketPolicy"),
        ("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ],
)
def test_operations_on_buckets(name: str, action: str) -> None:
    """An operation on a bucket asks for the action of S3 that allows it (E164)."""
    assert _asked(record(name, requestParameters={"bucketName": BUCKET})) == [(action, f"arn:aws:s3:::{BUCKET}")]


def test_listing_buckets_names_no_resource() -> None:
    """ListBuckets asks for s3:ListAllMyBuckets, which takes no resource."""
    assert _asked(record("ListBuckets", requestParameters={"Host": "s3.amazonaws.com"})) == [
        ("s3:ListAllMyBuckets", "*")
    ]


def test_a_copy_reads_its_source_and_writes() -> None:
    """CopyObject asks for the source's object and for writing (T5)."""
    fields = of_object("CopyObject", parameters={"x-amz-copy-source": "/amzn-s3-demo-source/old%20name.csv"})
    assert _asked(fields) == [
        ("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-source/old name.csv"),
        ("s3:PutObject", OBJECT),
    ]


def test_a_copy_of_a_version_reads_the_version() -> None:
    """A version id in the source asks for s3:GetObjectVersion."""
    fields = of_object("CopyObject", parameters={"x-amz-copy-source": "amzn-s3-demo-source/a?versionId=v1"})
    assert _asked(fields)[0] == ("s3:GetObjectVersion", "arn:aws:s3:::amzn-s3-demo-source/a")


def test_deleting_many_objects_asks_for_each() -> None:
    """DeleteObjects asks once for every object that the record lists."""
    parameters = {"bucketName": BUCKET, "delete": {"object": [{"key": "a"}, {"key": "b"}]}}
    assert _asked(record("DeleteObjects", requestParameters=parameters)) == [
        ("s3:DeleteObject", f"arn:aws:s3:::{BUCKET}/a"),
        ("s3:DeleteObject", f"arn:aws:s3:::{BUCKET}/b"),
    ]


def test_deleting_many_objects_may_not_name_them() -> None:
    """Mostly the record of DeleteObjects has no keys: then the resource is not known."""
    fields = record("DeleteObjects", requestParameters={"bucketName": BUCKET, "delete": ""})
    assert (_asked(fields), _unknown(fields)) == ([], [("resource", Cause.NO_RESOURCE)])


def test_replication_writes_as_replicate_object() -> None:
    """What S3 writes as the replication role is recorded as PutObject and authorised as s3:ReplicateObject (R38)."""
    session = {
        **SESSION,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/App/s3-replication",
        "invokedBy": "s3.amazonaws.com",
    }
    assert _asked(of_object("PutObject", userIdentity=session)) == [("s3:ReplicateObject", OBJECT)]


def test_an_upload_with_an_acl_asks_for_the_acl() -> None:
    """An upload that states an ACL asks for s3:PutObjectAcl, too (E283)."""
    assert _asked(of_object("PutObject", parameters={"x-amz-acl": "private"})) == [
        ("s3:PutObject", OBJECT),
        ("s3:PutObjectAcl", OBJECT),
    ]


def test_reencrypting_asks_for_both_keys() -> None:
    """ReEncrypt asks for kms:ReEncryptFrom on one key and kms:ReEncryptTo on the other (T5)."""
    other = KEY.replace("1234abcd", "abcd1234")
    fields = of_key("ReEncrypt", {"sourceKeyId": KEY, "destinationKeyId": other.rpartition("/")[2]})
    assert _asked(fields) == [("kms:ReEncryptFrom", KEY), ("kms:ReEncryptTo", other)]


def test_assuming_a_role_asks_for_the_role() -> None:
    """The resource of AssumeRole is the role, in whatever account."""
    role = f"arn:aws:iam::{OTHER}:role/Their"
    assert _asked(record("AssumeRole", "sts", requestParameters={"roleArn": role, "roleSessionName": "x"})) == [
        ("sts:AssumeRole", role)
    ]


def test_calls_of_sts_without_a_resource() -> None:
    """GetCallerIdentity takes no resource."""
    assert _asked(record("GetCallerIdentity", "sts")) == [("sts:GetCallerIdentity", "*")]


def test_a_version_behind_the_name_of_an_operation_does_not_count() -> None:
    """AWS Lambda writes the version of its API behind the name of the operation (T4)."""
    fields = record("GetFunction20150331v2", "lambda", requestParameters={"functionName": "f"})
    assert _asked(fields) == [("lambda:GetFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f")]


def test_a_role_that_a_call_passes() -> None:
    """A call that hands a role to a service asks for iam:PassRole on it (T8)."""
    fields = record("CreateFunction20150331", "lambda", requestParameters={"functionName": "f", "role": ROLE})
    passing = event_of(fields).requests[-1].request
    assert (passing.action, passing.resource) == ("iam:PassRole", ROLE)
    assert passing.context["iam:passedtoservice"].values == ("lambda.amazonaws.com",)


def test_a_call_that_passes_no_role() -> None:
    """Where the parameter is not stated, no role is passed."""
    fields = record("UpdateFunctionConfiguration20150331v2", "lambda", requestParameters={"functionName": "f"})
    assert [action for action, _ in _asked(fields)] == ["lambda:UpdateFunctionConfiguration"]


def test_the_role_of_an_instance_profile_is_not_known() -> None:
    """RunInstances names the instance profile, and passes its role (T8)."""
    fields = record(
        "AssociateIamInstanceProfile",
        "ec2",
        requestParameters={"instanceId": "i-0123456789abcdef0", "iamInstanceProfile": {"name": "web"}},
    )
    assert _unknown(fields) == [("resource", Cause.ROLE_OF_PROFILE)]


def test_a_replication_configuration_passes_its_role() -> None:
    """PutBucketReplication asks for iam:PassRole on the configuration's role (E75)."""
    parameters = {"bucketName": BUCKET, "ReplicationConfiguration": {"Role": ROLE, "Rule": {"ID": "a"}}}
    assert _asked(record("PutBucketReplication", requestParameters=parameters)) == [
        ("s3:PutReplicationConfiguration", f"arn:aws:s3:::{BUCKET}"),
        ("iam:PassRole", ROLE),
    ]


def test_the_source_of_an_event_is_not_always_the_prefix() -> None:
    """CloudWatch is recorded as monitoring, and its actions begin with cloudwatch (T4)."""
    assert service_of("monitoring.amazonaws.com") == "cloudwatch"


def test_a_service_that_nobody_knows() -> None:
    """A service that the catalogue has not is named as the cause."""
    assert _unknown(record("Do", "no-such-service")) == [("action", Cause.UNKNOWN_SERVICE)]


def test_an_operation_that_nobody_knows() -> None:
    """An operation without an action of its name is no guess at one."""
    assert _unknown(record("GetStorageLensDashboardDataInternal")) == [("action", Cause.UNKNOWN_OPERATION)]


@pytest.mark.parametrize("kind", ["AwsServiceEvent", "AwsConsoleSignIn", "AwsConsoleAction", "AwsCloudTrailInsight"])
def test_records_of_no_call(kind: str) -> None:
    """What a service does by itself, and signing in to the console, is no call that policies decide (T1)."""
    assert _unknown(record("Something", eventType=kind)) == [("action", Cause.NOT_A_CALL)]


def test_an_aggregated_record_counts_calls() -> None:
    """An aggregated record says how many calls there were, not who asked what of what (T9)."""
    fields = {
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "eventSource": "s3.amazonaws.com",
        "awsRegion": "us-west-2",
        "timeWindow": {"windowStart": "2026-11-30T19:20:00Z", "windowEnd": "2026-11-30T19:25:00Z"},
        "summary": {
            "primaryDimension": {"dimension": "eventName", "statistics": [{"name": "PutObject", "value": 1000}]}
        },
    }
    event = event_of(fields)
    assert (event.count, event.time) == (1000, "2026-11-30T19:20:00Z")
    assert [each.cause for each in event.unknown] == [Cause.AGGREGATED]


def test_a_user_who_is_not_named_is_the_caller() -> None:
    """IAM takes the calling user where an operation on users names none."""
    assert _asked(record("ListMFADevices", "iam")) == [("iam:ListMFADevices", USER["arn"])]
