"""What the commands are measured with: specs, bucket policies and suites of any size, the same in every run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.benchmarks.workloads import ACCOUNT, REGIONS, VERSION

KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
WHOLE_SIZE = 20_000
"""About the largest bucket policy that S3 takes, in bytes."""


def spec(buckets: int, rules: int, name: str = "bucket-name") -> dict[str, Any]:
    """Return a spec of some buckets, each of which replicates to the next ones by a rule each, under one key."""
    key = {
        "type": "multi-region",
        "primary_region": REGIONS[0],
        "replica_regions": list(REGIONS[1:]),
        "id": KEY_ID,
        "administrators": ["role/KeyAdmin"],
    }
    encryption = {"sse": "aws:kms", "key": "data", "bucket_key": True}

    def rule(source: int, number: int) -> dict[str, Any]:
        to = f"b{(source + number) % buckets}"
        return {"id": f"to-{to}", "destination": to, "prefix": f"team-{number}/", "priority": number}

    return {
        "version": 1,
        "accounts": {"prod": ACCOUNT},
        "keys": {"data": key},
        "buckets": {
            f"b{n}": {"name": f"{name}-{n}", "region": REGIONS[n % len(REGIONS)], "encryption": encryption}
            for n in range(buckets)
        },
        "replication": {
            f"from-b{n}": {
                "source": f"b{n}",
                "role": {"name": f"replication-{n}"},
                "rules": [rule(n, number) for number in range(1, rules + 1)],
            }
            for n in range(buckets)
        },
    }


def bucket_policy(size: int, name: str = "bucket-name") -> dict[str, Any]:
    """Return a bucket policy of at most ``size`` bytes: readers by prefix, and Denies with conditions."""
    bucket = f"arn:aws:s3:::{name}"
    statements: list[dict[str, Any]] = []
    found = {"Version": VERSION, "Statement": statements}
    while True:
        number = len(statements)
        role = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/team-{number}"}
        folder = f"{bucket}/team-{number}/*"
        allow = {"Effect": "Allow", "Principal": role, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": folder}
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": folder}
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        other = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
        inside = {
            "StringLike": {"aws:PrincipalOrgID": ["o-1234567890"]},
            "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        }
        forms = ({**allow, "Condition": inside}, {**deny, "Condition": other}, {**deny, "Condition": plain}, allow)
        statements.append({"Sid": f"Statement{number}", **forms[number % len(forms)]})
        if len(text_of(found)) > size:
            statements.pop()
            return found


def suite(tests: int, name: str = "bucket-name") -> dict[str, Any]:
    """Return a suite of some tests of one role, its bucket and its policies."""
    role, bucket = f"arn:aws:iam::{ACCOUNT}:role/reader", f"arn:aws:s3:::{name}"
    reads = {
        "Effect": "Allow",
        "Action": ["s3:Get*", "s3:ListBucket"],
        "Resource": [bucket, f"{bucket}/team-*"],
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    def test(number: int) -> dict[str, Any]:
        expected = ("allowed", "implicitDeny", "explicitDeny")[number % 3]
        context = {
            "aws:SourceIp": f"198.51.100.{number % 250}" if expected == "implicitDeny" else "203.0.113.9",
            "aws:SecureTransport": str(expected != "explicitDeny").lower(),
        }
        request = {
            "principal": role,
            "action": "s3:GetObject",
            "resource": f"{bucket}/team-{number}/x",
            "context": context,
        }
        return {"id": f"t{number}", "request": request, "expect": expected}

    return {
        "version": 1,
        "policies": {
            "identity_based": [{"Version": VERSION, "Statement": [reads]}],
            "resource_based": {"Version": VERSION, "Statement": [tls]},
        },
        "tests": [test(number) for number in range(tests)],
    }


def text_of(value: dict[str, Any]) -> str:
    """Return a value as JSON, laid out by the line for people."""
    return json.dumps(value, indent=1)


def write(folder: Path, name: str, value: dict[str, Any]) -> Path:
    """Write a value into a file of a folder, and return its path."""
    path = folder / name
    path.write_text(text_of(value), encoding="utf-8")
    return path
