"""What a record tells of the request's context, and why it leaves the rest open."""

from __future__ import annotations

from typing import Any

import pytest

from policygen.events import Cause, EventRequest, event_of
from tests.events.samples import ACCOUNT, BUCKET, KEY, ROLE, SESSION, USER, of_key, of_object, record

LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
OF_LINKED = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForECS/ecs"


def _asked(fields: dict[str, Any]) -> EventRequest:
    return event_of(fields).requests[0]


def _value(fields: dict[str, Any], key: str) -> tuple[str, ...] | Cause | None:
    """Return the values of a key, why they are open, or None where the call did not carry it."""
    asked = _asked(fields)
    found = asked.request.context.get(key.lower())
    return found.values if found is not None else asked.cause_of(key)


def _session(**changes: Any) -> dict[str, Any]:
    return {**SESSION, "sessionContext": {**SESSION["sessionContext"], **changes}}


THROUGH_ENDPOINT = {"vpcEndpointId": "vpce-1a2b3c4d", "vpcEndpointAccountId": ACCOUNT, "sourceIPAddress": "10.0.0.5"}
FORWARDED = {**USER, "invokedBy": "athena.amazonaws.com"}
BY_SERVICE = {"sourceIPAddress": "athena.amazonaws.com", "userAgent": "athena.amazonaws.com", "tlsDetails": ...}
LISTED: list[tuple[str, dict[str, Any], str, Any]] = [
    ("the address", {}, "aws:SourceIp", ("192.0.2.10",)),
    ("no endpoint", {}, "aws:SourceVpce", None),
    ("no address inside a VPC", {}, "aws:VpcSourceIp", None),
    ("the endpoint", THROUGH_ENDPOINT, "aws:SourceVpce", ("vpce-1a2b3c4d",)),
    ("the endpoint's account", THROUGH_ENDPOINT, "aws:VpceAccount", (ACCOUNT,)),
    ("the address inside its VPC", THROUGH_ENDPOINT, "aws:VpcSourceIp", ("10.0.0.5",)),
    ("no public address through an endpoint", THROUGH_ENDPOINT, "aws:SourceIp", None),
    ("the endpoint's VPC", THROUGH_ENDPOINT, "aws:SourceVpc", Cause.VPC),
    ("no VPC without an endpoint", {}, "aws:SourceVpc", None),
    ("the endpoint's organization", THROUGH_ENDPOINT, "aws:VpceOrgID", Cause.ORGANIZATION),
    ("the Region", {}, "aws:RequestedRegion", ("us-east-1",)),
    ("the time", {}, "aws:CurrentTime", ("2026-11-30T09:15:00Z",)),
    ("the time in seconds", {}, "aws:EpochTime", ("1796030100",)),
    ("no time", {"eventTime": ...}, "aws:EpochTime", Cause.NOT_RECORDED),
    ("the user agent", {}, "aws:UserAgent", ("aws-cli/2.31.0",)),
    ("S3's brackets", {"userAgent": "[aws-cli/2.31.0]"}, "aws:UserAgent", ("aws-cli/2.31.0",)),
    ("no user agent", {"userAgent": ...}, "aws:UserAgent", Cause.NOT_RECORDED),
    ("TLS", {}, "aws:SecureTransport", ("true",)),
    ("the version of TLS", {}, "s3:TlsVersion", ("1.3",)),
    ("no details of TLS", {"tlsDetails": ...}, "aws:SecureTransport", Cause.TLS),
    ("no version of TLS", {"tlsDetails": ...}, "s3:TlsVersion", Cause.TLS),
    (
        "TLS by the cipher that S3 records",
        {"tlsDetails": ..., "additionalEventData": {"CipherSuite": "ECDHE-RSA-AES128-GCM-SHA256"}},
        "aws:SecureTransport",
        ("true",),
    ),
    ("a header", {"additionalEventData": {"AuthenticationMethod": "AuthHeader"}}, "s3:authType", ("REST-HEADER",)),
    (
        "a presigned URL",
        {"additionalEventData": {"AuthenticationMethod": "QueryString"}},
        "s3:authType",
        ("REST-QUERY-STRING",),
    ),
    (
        "the signature",
        {"additionalEventData": {"SignatureVersion": "SigV4"}},
        "s3:signatureversion",
        ("AWS4-HMAC-SHA256",),
    ),
    ("no MFA with keys of long standing", {}, "aws:MultiFactorAuthPresent", None),
    ("no age of MFA without it", {}, "aws:MultiFactorAuthAge", None),
    ("MFA of a session", {"userIdentity": SESSION}, "aws:MultiFactorAuthPresent", ("false",)),
    (
        "the age of MFA",
        {"userIdentity": _session(attributes={"mfaAuthenticated": "true"})},
        "aws:MultiFactorAuthAge",
        Cause.MFA_AGE,
    ),
    ("when a session began", {"userIdentity": SESSION}, "aws:TokenIssueTime", ("2026-11-30T08:00:00Z",)),
    ("no session", {}, "aws:TokenIssueTime", None),
    ("the source identity", {"userIdentity": _session(sourceIdentity="bob")}, "aws:SourceIdentity", ("bob",)),
    ("no source identity", {"userIdentity": SESSION}, "aws:SourceIdentity", None),
    (
        "the provider",
        {"userIdentity": _session(webIdFederationData={"federatedProvider": "accounts.google.com"})},
        "aws:FederatedProvider",
        ("accounts.google.com",),
    ),
    ("a provider that is no web identity's", {"userIdentity": SESSION}, "aws:FederatedProvider", Cause.SESSION),
    ("no provider of a user", {}, "aws:FederatedProvider", None),
    ("how a role came to an instance", {"userIdentity": _session(ec2RoleDelivery="2.0")}, "ec2:RoleDelivery", ("2.0",)),
    (
        "the function that a role was handed to",
        {
            "userIdentity": {
                **SESSION,
                "inScopeOf": {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:aws:lambda:f"},
            }
        },
        "lambda:SourceFunctionArn",
        ("arn:aws:lambda:f",),
    ),
    ("a session of nobody knows what", {"userIdentity": SESSION}, "lambda:SourceFunctionArn", Cause.SESSION),
    ("nobody between", {}, "aws:ViaAWSService", ("false",)),
    ("a user's call that a service forwards", {"userIdentity": FORWARDED}, "aws:ViaAWSService", ("true",)),
    ("the last service", {"userIdentity": FORWARDED}, "aws:CalledViaLast", ("athena.amazonaws.com",)),
    ("the services before it", {"userIdentity": FORWARDED}, "aws:CalledVia", Cause.CALL_CHAIN),
    ("the first of them", {"userIdentity": FORWARDED}, "aws:CalledViaFirst", Cause.CALL_CHAIN),
    (
        "a service without its name",
        {"userIdentity": {**USER, "invokedBy": "AWS Internal"}},
        "aws:CalledViaLast",
        Cause.CALL_CHAIN,
    ),
    (
        "a role's call that a service makes",
        {"userIdentity": {**SESSION, "invokedBy": "athena.amazonaws.com"}},
        "aws:ViaAWSService",
        Cause.FORWARDING,
    ),
    (
        "a service-linked role's own call",
        {
            "userIdentity": {
                **_session(sessionIssuer={"arn": LINKED}),
                "arn": OF_LINKED,
                "invokedBy": "ecs.amazonaws.com",
            }
        },
        "aws:ViaAWSService",
        ("false",),
    ),
    (
        "the address of a service",
        {"userIdentity": {**SESSION, "invokedBy": "athena.amazonaws.com"}, **BY_SERVICE},
        "aws:SourceIp",
        Cause.ADDRESS,
    ),
    ("no address of a forwarded call", {"userIdentity": FORWARDED, **BY_SERVICE}, "aws:SourceIp", None),
    ("the user agent of a service", {"userIdentity": FORWARDED, **BY_SERVICE}, "aws:UserAgent", Cause.USER_AGENT),
    ("tags of a session", {"userIdentity": SESSION}, "aws:PrincipalTag/team", Cause.SESSION_TAGS),
    ("tags of a user", {}, "aws:PrincipalTag/team", Cause.PRINCIPAL_TAGS),
    ("tags of an object", {}, "s3:ExistingObjectTag/team", Cause.RESOURCE_TAGS),
    ("the organization", {}, "aws:PrincipalOrgID", Cause.ORGANIZATION),
    ("the resource's organization", {}, "aws:ResourceOrgID", Cause.ORGANIZATION),
    ("for what a user calls", {}, "aws:SourceArn", None),
    (
        "for what a service calls",
        {"userIdentity": {"type": "AWSService", "invokedBy": "logging.s3.amazonaws.com"}},
        "aws:SourceArn",
        Cause.SOURCE,
    ),
    ("the page that led here", {}, "aws:referer", Cause.NOT_RECORDED),
    ("a key of another service", {}, "kms:ViaService", None),
]


@pytest.mark.parametrize(("changes", "key", "wanted"), [each[1:] for each in LISTED], ids=[each[0] for each in LISTED])
def test_keys_of_every_service(changes: dict[str, Any], key: str, wanted: Any) -> None:
    """A record tells a key's value, that the call carried none, or nothing: then it is known why."""
    assert _value(of_object(**changes), key) == wanted


UPLOAD = {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": KEY,
    "x-amz-storage-class": "STANDARD",
    "x-amz-tagging": "team=data&stage=",
}


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("s3:x-amz-server-side-encryption", ("aws:kms",)),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", (KEY,)),
        ("s3:x-amz-storage-class", ("STANDARD",)),
        ("s3:x-amz-acl", None),
        ("s3:RequestObjectTag/team", ("data",)),
        ("s3:RequestObjectTag/other", None),
        ("s3:RequestObjectTagKeys", ("team", "stage")),
        ("s3:x-amz-content-sha256", Cause.NOT_RECORDED),
    ],
)
def test_headers_of_an_upload(key: str, wanted: Any) -> None:
    """The headers of a request to S3 are parameters; one that is not recorded was not sent (T10)."""
    assert _value(of_object("PutObject", parameters=UPLOAD), key) == wanted


@pytest.mark.parametrize(("key", "wanted"), [("s3:prefix", ("",)), ("s3:delimiter", ("/",)), ("s3:max-keys", None)])
def test_parameters_of_a_list(key: str, wanted: Any) -> None:
    """Prefix, delimiter and number are keys of their own; an empty prefix is one."""
    parameters = {"bucketName": BUCKET, "prefix": "", "delimiter": "/"}
    assert _value(record("ListObjects", requestParameters=parameters), key) == wanted


def test_the_encryption_context() -> None:
    """The pairs of the encryption context are keys of their own, names in their own case."""
    asked = _asked(of_key("Decrypt", {"encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{BUCKET}", "Team": "a"}}))
    assert asked.request.encryption_context() == {"aws:s3:arn": f"arn:aws:s3:::{BUCKET}", "Team": "a"}
    assert asked.cause_of("kms:EncryptionContext:other") is None


def test_each_key_of_a_reencryption_has_its_own_context() -> None:
    """ReEncrypt states one encryption context for each of the two keys."""
    parameters = {
        "sourceKeyId": KEY,
        "destinationKeyId": KEY,
        "sourceEncryptionContext": {"a": "1"},
        "destinationEncryptionContext": {"b": "2"},
    }
    asked = event_of(of_key("ReEncrypt", parameters)).requests
    assert [each.request.encryption_context() for each in asked] == [{"a": "1"}, {"b": "2"}]


def test_a_denied_call_without_parameters_leaves_the_encryption_context_open() -> None:
    """Where KMS leaves the parameters out, nobody knows the encryption context."""
    fields = of_key(errorCode="AccessDenied", requestParameters=None)
    assert _value(fields, "kms:EncryptionContext:a") is Cause.NO_PARAMETERS
    assert _value(fields, "kms:EncryptionContextKeys") is Cause.NO_PARAMETERS


@pytest.mark.parametrize(
    ("identity", "wanted"),
    [
        ({**USER, "invokedBy": "s3.amazonaws.com"}, ("s3.us-east-1.amazonaws.com",)),
        ({**SESSION, "invokedBy": "s3.amazonaws.com"}, ("s3.us-east-1.amazonaws.com",)),
        ({**SESSION, "invokedBy": "AWS Internal"}, Cause.CALL_CHAIN),
        (USER, None),
    ],
)
def test_the_service_that_calls_kms(identity: dict[str, Any], wanted: Any) -> None:
    """kms:ViaService names the service that calls KMS for somebody, and the Region (K13)."""
    assert _value(of_key(userIdentity=identity), "kms:ViaService") == wanted


@pytest.mark.parametrize(
    ("parameters", "wanted"), [({"keyId": "alias/app"}, ("alias/app",)), ({"keyId": KEY}, None), ({}, None)]
)
def test_the_alias_that_was_asked_for(parameters: dict[str, Any], wanted: Any) -> None:
    """kms:RequestAlias is the alias with which the key was named."""
    assert _value(of_key("Encrypt", parameters), "kms:RequestAlias") == wanted


@pytest.mark.parametrize("key", ["kms:KeySpec", "kms:MultiRegion", "kms:ResourceAliases"])
def test_what_a_key_is(key: str) -> None:
    """What kind of key it is stands in no record."""
    assert _value(of_key(), key) is Cause.RESOURCE_PROPERTIES


def test_keys_of_assume_role() -> None:
    """External id, session name, source identity and tags of a session are parameters of AssumeRole."""
    parameters = {
        "roleArn": ROLE,
        "roleSessionName": "x",
        "externalId": "e",
        "tags": [{"key": "team", "value": "data"}],
    }
    context = _asked(record("AssumeRole", "sts", requestParameters=parameters)).request.context
    found = {
        name: context[name].values for name in context if name.startswith(("sts:", "aws:requesttag", "aws:tagkeys"))
    }
    assert found == {
        "sts:externalid": ("e",),
        "sts:rolesessionname": ("x",),
        "aws:requesttag/team": ("data",),
        "aws:tagkeys": ("team",),
    }


@pytest.mark.parametrize(
    ("service", "name", "parameters"),
    [
        ("lambda", "CreateFunction20150331", {"functionName": "f", "tags": {"team": "data"}}),
        ("iam", "CreateRole", {"roleName": "r", "path": "/", "tags": [{"key": "team", "value": "data"}]}),
        ("kms", "TagResource", {"keyId": KEY, "tags": [{"tagKey": "team", "tagValue": "data"}]}),
        (
            "s3",
            "PutBucketTagging",
            {"bucketName": "b", "Tagging": {"TagSet": {"Tag": {"Key": "team", "Value": "data"}}}},
        ),
        (
            "ec2",
            "CreateVpc",
            {"tagSpecificationSet": {"items": [{"resourceType": "vpc", "tags": [{"key": "team", "value": "data"}]}]}},
        ),
    ],
)
def test_tags_in_every_services_own_form(service: str, name: str, parameters: dict[str, Any]) -> None:
    """The tags of a call are keys of the request, whatever form the service gives them."""
    fields = record(name, service, requestParameters=parameters)
    assert (_value(fields, "aws:RequestTag/team"), _value(fields, "aws:TagKeys")) == (("data",), ("team",))


def test_tags_belong_to_resources_of_their_type() -> None:
    """EC2 states for which type each tag is: the other resources of the call are not tagged."""
    tags = {"items": [{"resourceType": "subnet", "tags": [{"key": "team", "value": "data"}]}]}
    fields = record("CreateSubnet", "ec2", requestParameters={"vpcId": "vpc-1", "tagSpecificationSet": tags})
    tagged = {
        each.request.resource.rpartition(":")[2]: "aws:requesttag/team" in each.request.context
        for each in event_of(fields).requests
    }
    assert tagged == {"subnet/*": True, "vpc/vpc-1": False}


def test_tags_that_are_taken_away() -> None:
    """The names of tags that a call takes away are aws:TagKeys, too."""
    fields = record("UntagResource", "kms", requestParameters={"keyId": KEY, "tagKeys": ["team"]})
    assert _value(fields, "aws:TagKeys") == ("team",)


def test_hidden_tags_are_open() -> None:
    """CloudTrail hides tags in some records: then nobody knows them."""
    fields = of_key("TagResource", {"keyId": KEY, "tags": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    assert _value(fields, "aws:RequestTag/team") is Cause.HIDDEN


def test_a_hidden_parameter_is_open() -> None:
    """A key whose parameter is hidden is not taken to be absent."""
    fields = record("AssumeRole", "sts", requestParameters={"roleArn": ROLE, "externalId": "***"})
    assert _value(fields, "sts:ExternalId") is Cause.HIDDEN


ENRICHED = {
    "requestContext": {
        "aws:SourceIp": "198.51.100.7",
        "aws:PrincipalOrgID": "o-a1b2c3d4e5",
        "aws:CalledVia": ["a", "b"],
    },
    "tagContext": {
        "resourceTags": [{"arn": f"arn:aws:s3:::{BUCKET}", "tags": {"team": "data"}}],
        "principalTags": {"stage": "prod"},
    },
}


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("aws:SourceIp", ("198.51.100.7",)),
        ("aws:PrincipalOrgID", ("o-a1b2c3d4e5",)),
        ("aws:CalledVia", ("a", "b")),
        ("aws:PrincipalTag/stage", ("prod",)),
        ("aws:ResourceTag/team", ("data",)),
    ],
)
def test_awss_own_values_go_before(key: str, wanted: Any) -> None:
    """What a record is enriched with is what AWS saw: it goes before what is read elsewhere (N24)."""
    fields = record("GetBucketPolicy", requestParameters={"bucketName": BUCKET}, eventContext=ENRICHED)
    assert _value(fields, key) == wanted


def test_passing_a_role_carries_no_tags_of_the_call() -> None:
    """The tags of what is made are no keys of iam:PassRole."""
    parameters = {"functionName": "f", "role": ROLE, "tags": {"team": "data"}}
    passing = event_of(record("CreateFunction20150331", "lambda", requestParameters=parameters)).requests[-1].request
    assert "aws:requesttag/team" not in passing.context
    assert passing.context["aws:sourceip"].values == ("192.0.2.10",)
