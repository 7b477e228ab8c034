"""Forms of records: rows of tables, and Security Lake's OCSF, as CloudTrail's own JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policygen.events import event_of, records_of
from tests.events.samples import ACCOUNT, BUCKET, ROLE, SESSION, of_object

ROW = (
    "{type=AssumedRole, principalid=AROAIDPPEZS35WEXAMPLE:worker, "
    f"arn=arn:aws:sts::{ACCOUNT}:assumed-role/App/worker, accountid={ACCOUNT}, invokedby=null, username=null, "
    "sessioncontext={attributes={mfaauthenticated=false, creationdate=2026-11-30 08:00:00.000}, "
    f"sessionissuer={{type=Role, arn={ROLE}, username=App}}, sourceidentity=null}}}}"
)


def _of(value: Any) -> dict[str, Any]:
    (found,) = records_of(value)
    return dict(found)


def test_the_text_of_a_structure_is_the_structure() -> None:
    """A column that holds a structure as Athena's text is read (T12)."""
    found = _of({"eventname": "GetObject", "eventsource": "s3.amazonaws.com", "useridentity": ROW})
    context = found["userIdentity"]["sessionContext"]
    assert context["attributes"] == {"mfaAuthenticated": "false", "creationDate": "2026-11-30T08:00:00Z"}
    assert context["sessionIssuer"]["arn"] == ROLE


def test_what_is_null_is_not_there() -> None:
    """A column without a value is left out."""
    found = _of({"eventname": "GetObject", "eventsource": "s3.amazonaws.com", "errorcode": "", "useridentity": ROW})
    assert "errorCode" not in found
    assert "invokedBy" not in found["userIdentity"]


def test_parameters_of_a_data_store_are_a_structure_too() -> None:
    """An event data store writes the parameters as Athena's text; JSON inside stays JSON."""
    row = {
        "eventName": "PutObject",
        "eventSource": "s3.amazonaws.com",
        "userIdentity": ROW,
        "requestParameters": f'{{bucketName={BUCKET}, key=a, b.csv, tagging={{"a":"b, c"}}}}',
    }
    assert _of(row)["requestParameters"] == {"bucketName": BUCKET, "key": "a, b.csv", "tagging": {"a": "b, c"}}


def test_the_time_of_a_data_store() -> None:
    """A time with a space is CloudTrail's with a T."""
    row = {"eventname": "A", "eventsource": "s3.amazonaws.com", "eventtime": "2026-11-30 09:15:00.000"}
    assert _of(row)["eventTime"] == "2026-11-30T09:15:00Z"


def test_a_row_of_json_keeps_its_structures() -> None:
    """A row exported as JSON has its structures, with names in lower case."""
    row = {
        "eventname": "A",
        "eventsource": "s3.amazonaws.com",
        "resources": [{"arn": "arn:aws:s3:::b", "accountid": "1"}],
    }
    assert _of(row)["resources"][0]["ARN"] == "arn:aws:s3:::b"


OCSF: dict[str, Any] = {
    "actor": {
        "user": {
            "type": "AssumedRole",
            "uid": SESSION["arn"],
            "uid_alt": SESSION["principalId"],
            "account": {"uid": ACCOUNT},
            "credential_uid": "ASIAIOSFODNN7EXAMPLE",
        },
        "session": {"issuer": ROLE, "created_time_dt": "2026-11-30T03:00:00.000-05:00", "is_mfa": False},
        "invoked_by": None,
        "idp": {"name": "accounts.google.com"},
    },
    "api": {
        "operation": "GetObject",
        "service": {"name": "s3.amazonaws.com"},
        "request": {"uid": "r", "data": json.dumps({"bucketName": BUCKET, "key": "a"})},
        "response": {"error": "AccessDenied", "message": "Access Denied", "data": None},
    },
    "cloud": {"region": "us-east-1", "account": {"uid": ACCOUNT}, "provider": "AWS"},
    "http_request": {"user_agent": "Boto3/1.41"},
    "metadata": {"uid": "e", "event_code": "AwsApiCall", "product": {"name": "CloudTrail", "version": "1.11"}},
    "resources": [
        {"uid": f"arn:aws:s3:::{BUCKET}/a", "type": "AWS::S3::Object"},
        {"uid": f"arn:aws:s3:::{BUCKET}", "type": "AWS::S3::Bucket", "owner": {"account": {"uid": ACCOUNT}}},
    ],
    "src_endpoint": {"ip": "10.0.0.5", "uid": "vpce-1a2b3c4d"},
    "time": 1796030100000,
    "unmapped": {"tlsDetails.tlsVersion": "TLSv1.3", "userIdentity.sessionContext.sessionIssuer.userName": "App"},
}
"""A record of Security Lake, after OCSF 1.5's example of API activity."""


def test_a_record_of_security_lake() -> None:
    """OCSF's fields are CloudTrail's under other names (T12)."""
    assert _of(OCSF) == {
        "userIdentity": {
            "type": "AssumedRole",
            "arn": SESSION["arn"],
            "principalId": SESSION["principalId"],
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"arn": ROLE, "userName": "App"},
                "attributes": {"creationDate": "2026-11-30T08:00:00Z", "mfaAuthenticated": "false"},
                "webIdFederationData": {"federatedProvider": "accounts.google.com"},
            },
        },
        "eventName": "GetObject",
        "eventSource": "s3.amazonaws.com",
        "requestID": "r",
        "requestParameters": {"bucketName": BUCKET, "key": "a"},
        "errorCode": "AccessDenied",
        "errorMessage": "Access Denied",
        "awsRegion": "us-east-1",
        "recipientAccountId": ACCOUNT,
        "userAgent": "Boto3/1.41",
        "eventID": "e",
        "eventType": "AwsApiCall",
        "eventVersion": "1.11",
        "vpcEndpointId": "vpce-1a2b3c4d",
        "sourceIPAddress": "10.0.0.5",
        "eventTime": "2026-11-30T09:15:00Z",
        "tlsDetails": {"tlsVersion": "TLSv1.3"},
        "resources": [
            {"ARN": f"arn:aws:s3:::{BUCKET}/a", "type": "AWS::S3::Object"},
            {"ARN": f"arn:aws:s3:::{BUCKET}", "accountId": ACCOUNT, "type": "AWS::S3::Bucket"},
        ],
    }


def test_both_forms_make_the_same_request() -> None:
    """A record of Security Lake makes the request that CloudTrail's own makes."""
    own = of_object(
        key="a",
        userIdentity={
            **SESSION,
            "sessionContext": {
                **SESSION["sessionContext"],
                "webIdFederationData": {"federatedProvider": "accounts.google.com"},
            },
        },
        vpcEndpointId="vpce-1a2b3c4d",
        sourceIPAddress="10.0.0.5",
        userAgent="Boto3/1.41",
    )
    assert event_of(_of(OCSF)).requests == event_of(own).requests


@pytest.mark.parametrize(
    "unmapped",
    [[["vpcEndpointAccountId", ACCOUNT]], [("vpcEndpointAccountId", ACCOUNT)], {"vpcEndpointAccountId": ACCOUNT}],
)
def test_what_ocsf_has_no_field_for(unmapped: Any) -> None:
    """What has no field stands in `unmapped`, in Parquet as pairs."""
    assert _of({**OCSF, "unmapped": unmapped})["vpcEndpointAccountId"] == ACCOUNT


def test_a_service_calls_by_its_domain() -> None:
    """The name of a service stands in another field than an address."""
    found = _of({**OCSF, "src_endpoint": {"domain": "athena.amazonaws.com", "uid": ""}})
    assert (found["sourceIPAddress"], "vpcEndpointId" in found) == ("athena.amazonaws.com", False)


def test_a_sign_in_has_its_provider() -> None:
    """Of a web identity the provider is the identity's own."""
    actor = {"user": {"type": "WebIdentityUser"}, "idp": {"name": "accounts.google.com"}}
    assert _of({**OCSF, "actor": actor})["userIdentity"]["identityProvider"] == "accounts.google.com"


def test_a_time_that_is_none_stays() -> None:
    """A time that cannot be read is left as it is."""
    assert _of({**OCSF, "time_dt": "yesterday"})["eventTime"] == "yesterday"


@pytest.mark.parametrize(
    "value", [None, 1, "text", [], {}, {"a": 1}, {"CloudTrailEvent": "{"}, [[[[[[of_object()]]]]]]]
)
def test_other_values_hold_no_records(value: Any) -> None:
    """Whatever else is given, nothing is found and nothing fails."""
    assert records_of(value) == ()
