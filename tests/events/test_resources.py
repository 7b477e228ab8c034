"""On what a call is made: listed resources, ARNs and names among the parameters, owners, and what stays open."""

from __future__ import annotations

from typing import Any

import pytest

from policygen.events import Cause, Event, event_of
from tests.events.samples import ACCOUNT, BUCKET, KEY, OTHER, ROLE, USER, of_key, of_object, record

HERE = f"us-east-1:{ACCOUNT}"


def _resources(event: Event) -> list[str]:
    return [each.request.resource for each in event.requests]


def _called(service: str, name: str, parameters: dict[str, Any] | None, **changes: Any) -> Event:
    return event_of(record(name, service, requestParameters=parameters, **changes))


@pytest.mark.parametrize(
    ("service", "name", "parameters", "resource"),
    [
        ("dynamodb", "DeleteTable", {"tableName": "t"}, f"arn:aws:dynamodb:{HERE}:table/t"),
        ("lambda", "DeleteFunction20150331", {"functionName": "f"}, f"arn:aws:lambda:{HERE}:function:f"),
        ("rds", "DeleteDBInstance", {"dBInstanceIdentifier": "d"}, f"arn:aws:rds:{HERE}:db:d"),
        ("cloudtrail", "StopLogging", {"name": "t"}, f"arn:aws:cloudtrail:{HERE}:trail/t"),
        (
            "sqs",
            "DeleteQueue",
            {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q"},
            f"arn:aws:sqs:{HERE}:q",
        ),
        ("ssm", "GetParameter", {"name": "/app/key"}, f"arn:aws:ssm:{HERE}:parameter/app/key"),
        ("ec2", "DeleteVpc", {"vpcId": "vpc-1"}, f"arn:aws:ec2:{HERE}:vpc/vpc-1"),
        ("ec2", "DeleteSnapshot", {"snapshotId": "snap-1"}, "arn:aws:ec2:us-east-1::snapshot/snap-1"),
        (
            "ec2",
            "DeleteNatGateway",
            {"DeleteNatGatewayRequest": {"NatGatewayId": "n"}},
            f"arn:aws:ec2:{HERE}:natgateway/n",
        ),
        ("kms", "DescribeKey", {"keyId": "1234"}, f"arn:aws:kms:{HERE}:key/1234"),
        ("sts", "GetFederationToken", {"name": "Bob"}, f"arn:aws:sts::{ACCOUNT}:federated-user/Bob"),
    ],
)
def test_names_among_the_parameters(service: str, name: str, parameters: dict[str, Any], resource: str) -> None:
    """A resource that a call names is the caller's own, in the Region that was called (T6)."""
    event = _called(service, name, parameters)
    assert (_resources(event), event.unknown) == ([resource], ())


def test_several_instances_are_several_requests() -> None:
    """A call on two instances asks for both."""
    items = [{"instanceId": "i-1"}, {"instanceId": "i-2"}]
    event = _called("ec2", "StopInstances", {"instancesSet": {"items": items}})
    assert _resources(event) == [f"arn:aws:ec2:{HERE}:instance/i-1", f"arn:aws:ec2:{HERE}:instance/i-2"]


def test_an_arn_among_the_parameters() -> None:
    """An ARN of a type that the action takes goes before a name, and keeps its account."""
    arn = f"arn:aws:lambda:us-east-1:{OTHER}:function:f"
    assert _resources(_called("lambda", "GetFunction20150331v2", {"functionName": arn})) == [arn]


def test_an_arn_of_another_type_is_no_resource() -> None:
    """The ARN of a policy that is attached to a role is not what is acted on."""
    event = _called(
        "iam", "AttachRolePolicy", {"roleName": "App", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    )
    assert _resources(event) == [f"arn:aws:iam::{ACCOUNT}:role/App"]


def test_listed_resources_go_before_parameters() -> None:
    """The key that the record lists is the one an alias stands for."""
    assert _resources(event_of(of_key("Encrypt", {"keyId": "alias/app"}))) == [KEY]


def test_an_alias_does_not_tell_its_key() -> None:
    """Without a list of resources the key behind an alias is not known."""
    event = _called("kms", "Encrypt", {"keyId": "alias/app"})
    assert (event.requests, [each.cause for each in event.unknown]) == ((), [Cause.NO_RESOURCE])


def test_buckets_of_a_configuration_are_no_resources() -> None:
    """The destination in a replication configuration is not the bucket that is configured."""
    rule = {"Destination": {"Bucket": "arn:aws:s3:::amzn-s3-demo-destination"}}
    parameters = {"bucketName": BUCKET, "ReplicationConfiguration": {"Rule": rule}}
    assert _resources(_called("s3", "PutBucketReplication", parameters)) == [f"arn:aws:s3:::{BUCKET}"]


def test_what_is_made_has_a_wildcard_in_the_place_of_its_id() -> None:
    """EC2 asks for what a call makes with a wildcard: nobody knows the id before (T7)."""
    event = _called("ec2", "CreateSubnet", {"vpcId": "vpc-1"})
    assert _resources(event) == [f"arn:aws:ec2:{HERE}:subnet/*", f"arn:aws:ec2:{HERE}:vpc/vpc-1"]


def test_tags_are_told_by_the_type_of_the_resource() -> None:
    """CreateTags names things of all types by their ids."""
    parameters = {
        "resourcesSet": {"items": [{"resourceId": "ami-1"}]},
        "tagSet": {"items": [{"key": "a", "value": "b"}]},
    }
    assert _resources(_called("ec2", "CreateTags", parameters)) == ["arn:aws:ec2:us-east-1::image/ami-1"]


def test_a_resource_that_every_call_names_may_be_missing() -> None:
    """RunInstances asks for a subnet, too, and the record of this one has none."""
    event = _called("ec2", "RunInstances", {"instancesSet": {"items": [{"imageId": "ami-1"}]}})
    assert "arn:aws:ec2:us-east-1::image/ami-1" in _resources(event)
    assert [each.cause for each in event.unknown] == [Cause.NO_RESOURCE]


def test_lists_name_no_resource() -> None:
    """A call that lists things may name none: it is made on everything."""
    assert _resources(_called("rds", "DescribeDBInstances", None)) == ["*"]


def test_a_write_that_names_nothing_known_is_open() -> None:
    """A call that changes something is never taken to be on everything."""
    event = _called("ssm", "PutComplianceItems", {"resourceId": "i-1", "complianceType": "Association"})
    assert [each.cause for each in event.unknown] == [Cause.NO_RESOURCE]


def test_a_failed_call_may_have_no_parameters() -> None:
    """Some services leave the parameters out where a call fails (T6)."""
    event = _called("sts", "AssumeRole", None, errorCode="AccessDenied", errorMessage="…")
    assert [each.cause for each in event.unknown] == [Cause.NO_PARAMETERS]


def test_a_hidden_parameter_is_no_name() -> None:
    """CloudTrail writes a text in the place of what it hides."""
    event = _called("ssm", "GetDocument", {"name": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    assert [each.cause for each in event.unknown] == [Cause.HIDDEN]


def test_the_owner_of_an_object_stands_beside_its_bucket() -> None:
    """S3's ARNs have no account: the record tells it beside the bucket (T6)."""
    listed = [{"type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{BUCKET}", "accountId": OTHER}]
    (found,) = event_of(of_object(resources=listed)).requests
    assert (found.request.resource_account, found.lacks("resource account")) == (OTHER, None)


def test_an_owner_that_is_not_told() -> None:
    """Without it, whose bucket it is stays open."""
    (found,) = event_of(of_object(resources=None)).requests
    assert found.lacks("resource account") is Cause.NO_OWNER


def test_a_bucket_that_is_made_is_the_callers() -> None:
    """Who makes a bucket owns it."""
    (found,) = _called("s3", "CreateBucket", {"bucketName": BUCKET}).requests
    assert found.lacks("resource account") is None


def test_an_alias_of_an_access_point_is_no_bucket() -> None:
    """The alias of an access point does not tell the bucket's name."""
    event = _called("s3", "ListObjects", {"bucketName": "ap-example-abcdefgh-s3alias"})
    assert event.requests == ()


def test_a_role_without_its_path() -> None:
    """Most operations name a role without its path: its ARN is open (T6)."""
    (found,) = _called("iam", "GetRole", {"roleName": "App"}).requests
    assert found.lacks("resource") is Cause.PATH


def test_a_role_that_is_made_has_its_path() -> None:
    """Only where a role is made its path is recorded."""
    (found,) = _called("iam", "CreateRole", {"roleName": "App", "path": "/service/"}).requests
    assert (found.request.resource, found.lacks("resource")) == (ROLE, None)


def test_the_end_of_a_secrets_arn() -> None:
    """A secret's ARN ends in six signs that its name has not."""
    (found,) = _called("secretsmanager", "GetSecretValue", {"secretId": "db"}).requests
    assert (found.request.resource, found.lacks("resource")) == (
        f"arn:aws:secretsmanager:{HERE}:secret:db-??????",
        Cause.SUFFIX,
    )


def test_other_partitions() -> None:
    """The partition is that of the Region."""
    event = _called("s3", "ListObjects", {"bucketName": BUCKET}, awsRegion="cn-north-1")
    assert _resources(event) == [f"arn:aws-cn:s3:::{BUCKET}"]


def test_a_resource_that_cannot_be_read() -> None:
    """What is no ARN makes no request, and no error."""
    event = event_of(record("AssumeRoot", "sts", requestParameters={"targetPrincipal": "arn:broken"}))
    assert (event.requests, [each.cause for each in event.unknown]) == ((), [Cause.NOT_READABLE])


def test_a_user_of_another_service_is_no_resource() -> None:
    """The caller stands for what an operation leaves out in IAM alone."""
    event = event_of(record("DeleteTable", "dynamodb", userIdentity=USER))
    assert event.requests == ()
