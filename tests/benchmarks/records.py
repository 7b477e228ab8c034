"""Records of CloudTrail in numbers: roles with sessions, a few kinds of calls each, objects and ids that never end."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import policygen as pg
from policygen.evaluation import PrincipalPolicies, ResourcePolicies

ACCOUNT = "111122223333"
_ROLES = 200
_REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")
_HEX = "0123456789abcdef"


def drawn(rows: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield ``rows`` records."""
    random = Random(seed)
    sessions = [_identity(role, f"session-{number}") for role in range(_ROLES) for number in range(20)]
    weights = [1 / (1 + number // 20) for number in range(len(sessions))]
    for number, identity in enumerate(random.choices(sessions, weights, k=rows)):
        yield _record(random, identity, number)


def _identity(role: int, session: str) -> dict[str, Any]:
    name = f"app-{role}"
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{role:016d}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": f"ASIA{role:08d}{len(session):04d}EXAM",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROA{role:016d}",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "accountId": ACCOUNT,
                "userName": name,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2026-11-30T08:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def _hex(random: Random, length: int) -> str:
    return "".join(random.choices(_HEX, k=length))


def _record(random: Random, identity: dict[str, Any], number: int) -> dict[str, Any]:
    role = int(identity["arn"].split("/")[1].rpartition("-")[2])
    source, name, parameters, resources = _call(random, role)
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": f"2026-11-{1 + number % 30:02d}T{number % 24:02d}:{number % 60:02d}:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": _REGIONS[role % len(_REGIONS)],
        "sourceIPAddress": f"10.{random.randrange(25)}.0.{random.randrange(10)}",
        "userAgent": "[Boto3/1.41 md/Botocore#1.41 ua/2.1 os/linux#6.1 lang/python#3.13]",
        **({"errorCode": "AccessDenied", "errorMessage": "Access Denied"} if random.random() < 0.02 else {}),
        "requestParameters": parameters,
        "responseElements": None,
        "additionalEventData": {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": _hex(random, 76),
            "bytesTransferredOut": random.randrange(1_000_000),
        },
        "requestID": _hex(random, 16),
        "eventID": f"{_hex(random, 8)}-{_hex(random, 4)}-{_hex(random, 4)}-{_hex(random, 4)}-{number:012d}",
        "readOnly": True,
        "resources": resources,
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "bucket.s3.amazonaws.com",
        },
    }


def _call(random: Random, role: int) -> tuple[str, str, Any, Any]:
    kind = random.randrange(10)
    if kind < 5:
        bucket, key = f"data-{(role + random.randrange(3)) % 30}", f"year=2026/part-{_hex(random, 12)}.parquet"
        listed = [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ]
        parameters = {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com", "key": key}
        return "s3", random.choice(("GetObject", "PutObject", "HeadObject")), parameters, listed
    if kind < 7:
        key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-{role % 9:012d}"
        context = {"aws:s3:arn": f"arn:aws:s3:::data-{role % 30}/year=2026/part-{_hex(random, 12)}.parquet"}
        listed = [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": key}]
        return "kms", "Decrypt", {"encryptionContext": context, "keyId": key}, listed
    if kind == 7:
        assumed = f"arn:aws:iam::{ACCOUNT}:role/app-{(role + 1) % _ROLES}"
        return "sts", "AssumeRole", {"roleArn": assumed, "roleSessionName": f"job-{_hex(random, 12)}"}, None
    if kind == 8:
        stream = f"2026/11/30/[$LATEST]{_hex(random, 32)}"
        return (
            "logs",
            "CreateLogStream",
            {"logGroupName": f"/aws/lambda/f-{role % 90}", "logStreamName": stream},
            None,
        )
    instance = {"instancesSet": {"items": [{"instanceId": f"i-{_hex(random, 17)}"}]}}
    return "ec2", random.choice(("DescribeInstances", "StopInstances")), instance, None


def target() -> pg.Environment:
    """Return an environment whose policies look at resources, addresses, TLS and tags."""
    read = pg.parse_policy
    principals = {
        f"arn:aws:iam::{ACCOUNT}:role/app-{role}": PrincipalPolicies(identity_based=(read(_policy(role)),))
        for role in range(_ROLES)
    }
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    resources = {
        f"arn:aws:s3:::data-{number}": ResourcePolicies(
            account=ACCOUNT,
            resource_based=(read({"Statement": [tls | {"Resource": f"arn:aws:s3:::data-{number}/*"}]}),),
        )
        for number in range(30)
    }
    return pg.Environment(principals=principals, resources=resources)


def _policy(role: int) -> dict[str, Any]:
    mine = [f"arn:aws:s3:::data-{(role + each) % 30}/*" for each in range(12)]
    office = {"IpAddress": {"aws:SourceIp": "10.0.0.0/12"}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": mine, "Condition": office},
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "logs:*", "ec2:Describe*", "sts:AssumeRole"],
                "Resource": "*",
            },
            {
                "Effect": "Deny",
                "Action": "ec2:StopInstances",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/keep": "true"}},
            },
        ],
    }
