"""Records such as AWS documents them, in few fields."""

from __future__ import annotations

from typing import Any

ACCOUNT = "111122223333"
OTHER = "444455556666"
BUCKET = "amzn-s3-demo-bucket"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/App"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

USER: dict[str, Any] = {
    "type": "IAMUser",
    "principalId": "AIDACKCEVSQ6C2EXAMPLE",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/Alice",
    "accountId": ACCOUNT,
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "userName": "Alice",
}
SESSION: dict[str, Any] = {
    "type": "AssumedRole",
    "principalId": "AROAIDPPEZS35WEXAMPLE:worker",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/App/worker",
    "accountId": ACCOUNT,
    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "sessionContext": {
        "sessionIssuer": {
            "type": "Role",
            "principalId": "AROAIDPPEZS35WEXAMPLE",
            "arn": ROLE,
            "accountId": ACCOUNT,
            "userName": "App",
        },
        "attributes": {"creationDate": "2026-11-30T08:00:00Z", "mfaAuthenticated": "false"},
    },
}


def record(name: str = "GetObject", service: str = "s3", **changes: Any) -> dict[str, Any]:
    """Return the record of a call by an IAM user; of an object in S3 where nothing else is said."""
    found: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": USER,
        "eventTime": "2026-11-30T09:15:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": None,
        "responseElements": None,
        "eventID": "b1a6a8f0-EXAMPLE",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    return {key: value for key, value in {**found, **changes}.items() if value is not ...}


def of_object(name: str = "GetObject", key: str = "data/a.csv", **changes: Any) -> dict[str, Any]:
    """Return the record of a call on an object, with the resources that CloudTrail lists for it."""
    more = changes.pop("parameters", {})
    found = {
        "requestParameters": {"bucketName": BUCKET, "key": key, "Host": "s3.amazonaws.com", **more},
        "resources": [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{BUCKET}/{key}"},
            {"type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{BUCKET}", "accountId": ACCOUNT},
        ],
    }
    return record(name, **{**found, **changes})


def of_key(name: str = "Decrypt", parameters: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return the record of a call on a KMS key."""
    listed = [{"type": "AWS::KMS::Key", "ARN": KEY, "accountId": ACCOUNT}]
    return record(name, "kms", **{"requestParameters": parameters or {}, "resources": listed, **changes})
