"""Records of CloudTrail in their usual length and variety: many sessions of few roles, many objects, few kinds."""

from __future__ import annotations

import random
import uuid
from bisect import bisect
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLES = 200
BUCKETS = 20
OBJECTS = 50_000


def role_arn(number: int) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/app-{number}"


def bucket_name(number: int) -> str:
    """The name of a bucket."""
    return f"amzn-s3-demo-bucket-{number}"


def policy_of(number: int) -> dict[str, Any]:
    """The identity-based policy of a role: half of the buckets, and nothing below `secret/`."""
    names = [bucket_name((number + step) % BUCKETS) for step in range(BUCKETS // 2)]
    arns = [f"arn:aws:s3:::{name}{end}" for name in names for end in ("", "/*")]
    statements = [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:PutObject"], "Resource": arns},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "ec2:Describe*", "sts:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*/secret/*"},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _key_policy() -> dict[str, Any]:
    account = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def environment() -> dict[str, Any]:
    """The roles and buckets as an environment file states them."""
    return {
        "version": 1,
        "principals": {role_arn(number): {"identity_based": [policy_of(number)]} for number in range(ROLES)},
        "resources": {
            KEY: {"resource_based": [_key_policy()]},
            **{f"arn:aws:s3:::{bucket_name(number)}": {"account": ACCOUNT} for number in range(BUCKETS)},
        },
    }


def records(number: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield records; roles and objects are met as Zipf's law has it."""
    rng = random.Random(seed)
    role, thing = _zipf(rng, ROLES), _zipf(rng, OBJECTS)
    calls: list[Callable[[], dict[str, Any]]] = [
        lambda: _object(rng, "GetObject", thing()),
        lambda: _object(rng, "PutObject", thing()),
        lambda: _decrypt(rng, thing()),
        lambda: _describe(rng),
        lambda: _list(rng),
    ]
    for each in rng.choices(calls, weights=(45, 15, 20, 15, 5), k=number):
        yield _common(rng, role()) | each()


def _zipf(rng: random.Random, number: int) -> Callable[[], int]:
    sums = list(accumulate(1 / (rank + 1) for rank in range(number)))
    return lambda: bisect(sums, rng.random() * sums[-1])


def _common(rng: random.Random, role: int) -> dict[str, Any]:
    session = f"i-{rng.randrange(50):017x}"
    second = rng.randrange(86_400)
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROA{role:016}:{session}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app-{role}/{session}",
            "accountId": ACCOUNT,
            "accessKeyId": f"ASIA{rng.randrange(10**16):016}",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": f"AROA{role:016}",
                    "arn": role_arn(role),
                    "accountId": ACCOUNT,
                    "userName": f"app-{role}",
                },
                "attributes": {
                    "creationDate": f"2026-11-{rng.randrange(1, 30):02}T08:00:00Z",
                    "mfaAuthenticated": "false",
                },
                "ec2RoleDelivery": "2.0",
            },
        },
        "eventTime": f"2026-11-30T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z",
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"10.{rng.randrange(4)}.{rng.randrange(256)}.{rng.randrange(256)}",
        "userAgent": "[aws-sdk-java/2.31.5 Linux/6.1 OpenJDK_64-Bit_Server_VM/17.0.15 io/sync http/Apache]",
        "responseElements": None,
        "requestID": f"{rng.getrandbits(64):016X}",
        "eventID": str(uuid.UUID(int=rng.getrandbits(128))),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "s3.us-east-1.amazonaws.com",
        },
    }


def _object(rng: random.Random, name: str, number: int) -> dict[str, Any]:
    bucket = bucket_name(number % BUCKETS)
    key = f"{'secret' if number % 97 == 0 else 'data'}/{number:08}/part-{number % 7:05}.snappy.parquet"
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "requestParameters": {"bucketName": bucket, "Host": "s3.us-east-1.amazonaws.com", "key": key},
        "additionalEventData": {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": f"{rng.getrandbits(400):x}",
            "bytesTransferredOut": rng.randrange(10**7),
        },
        "resources": [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ],
    }


def _decrypt(rng: random.Random, number: int) -> dict[str, Any]:
    context = {"aws:s3:arn": f"arn:aws:s3:::{bucket_name(number % BUCKETS)}"}
    return {
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "requestParameters": {"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        "additionalEventData": {"keyMaterialId": f"{rng.getrandbits(256):x}"},
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": KEY}],
    }


def _describe(rng: random.Random) -> dict[str, Any]:
    found = {"eventSource": "ec2.amazonaws.com", "eventName": rng.choice(["DescribeInstances", "DescribeTags"])}
    asked = {"maxResults": rng.choice([100, 1000]), "filterSet": {}}
    return {**found, "requestParameters": asked, "managementEvent": True, "eventCategory": "Management"}


def _list(rng: random.Random) -> dict[str, Any]:
    bucket = bucket_name(rng.randrange(BUCKETS))
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": "ListObjects",
        "requestParameters": {"bucketName": bucket, "prefix": "data/", "Host": "s3.us-east-1.amazonaws.com"},
        "resources": [{"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}],
    }
