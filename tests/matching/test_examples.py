"""Values that a condition tells apart are possible ones of its type, on both sides of what it asks for."""

import pytest

from policygen.document.model import ConditionEntry
from policygen.matching.conditions import compile_condition
from policygen.matching.conditions.examples import another_value, between, examples, value_of_type
from policygen.request.context import ContextValue

CONTEXT = {"aws:username": ContextValue("aws:username", ("ana",))}


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("NumericLessThan", "s3:max-keys", "10", ["10", "9", "11"]),
        ("NumericEquals", "s3:max-keys", "1E3", ["1000", "999", "1001"]),
        ("NumericEquals", "s3:max-keys", "ten", []),
        (
            "DateLessThan",
            "aws:CurrentTime",
            "2026-03-01",
            ["2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-02T00:00:00Z"],
        ),
        (
            "DateEquals",
            "aws:CurrentTime",
            "1767225600.50",
            ["2026-01-01T00:00:00.5Z", "2025-12-31T00:00:00.5Z", "2026-01-02T00:00:00.5Z"],
        ),
        ("DateEquals", "aws:CurrentTime", "9999-12-31", ["9999-12-31T00:00:00Z", "9999-12-30T00:00:00Z"]),
        ("DateEquals", "aws:CurrentTime", "tomorrow", []),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", ["203.0.113.1", "203.0.114.1"]),
        ("IpAddress", "aws:SourceIp", "203.0.113.7", ["203.0.113.7", "203.0.113.8"]),
        ("IpAddress", "aws:SourceIp", "255.255.255.0/24", ["255.255.255.1", "255.255.254.255"]),
        ("IpAddress", "aws:SourceIp", "::/0", ["::1"]),
        ("IpAddress", "aws:SourceIp", "here", []),
        ("Bool", "aws:SecureTransport", "true", ["true", "false"]),
        ("Null", "aws:SourceIp", "true", ["198.51.100.77"]),
        ("StringLike", "s3:prefix", "a/*/b?", ["a/x/bx"]),
        ("StringLike", "s3:prefix", "${aws:username}/*", ["ana/x"]),
        ("StringLike", "s3:prefix", "${aws:PrincipalTag/none}/*", ["/x"]),
        ("StringEquals", "s3:prefix", "a*", ["a*"]),
        ("StringLike", "aws:SourceArn", "arn:aws:sns:*:*:t?*", ["arn:aws:sns:us-east-1:123456789012:txx"]),
        ("ArnLike", "aws:SourceArn", "arn:*:s3:::b*", ["arn:aws:s3:::bx"]),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::${aws:PrincipalTag/none}", ["arn:aws:s3:::"]),
        ("BinaryEquals", "custom:Blob", "AQID", ["AQID"]),
    ],
)
def test_examples(operator, key, value, expected):
    """Numbers, dates, addresses and texts around a value; a pattern's example is a text that it matches."""
    condition = compile_condition(ConditionEntry(operator=operator, key=key, values=(value,)), variables=True)
    assert list(examples(condition, CONTEXT)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("aws:SecureTransport", "true"),
        ("aws:MultiFactorAuthAge", "1"),
        ("aws:SourceArn", "arn:aws:s3:::another-example"),
        ("aws:CurrentTime", "2001-02-03T04:05:06Z"),
        ("aws:Nothing", "another-value"),
    ],
)
def test_a_value_of_a_keys_type(key, expected):
    """It is one that the key may have."""
    assert value_of_type(key) == expected


def test_another_value():
    """It is of the type of the key, or of the values that are known; real where not any text is a value."""
    assert another_value("custom:x", ["10.0.0.1"]) == "198.51.100.77"
    assert another_value("custom:x", ["2026-01-01"]) == "2001-02-03T04:05:06Z"
    assert another_value("custom:x", ["a"]) == another_value("custom:x", []) == "another-value"
    assert another_value("aws:SourceArn", ["a"]) == "arn:aws:s3:::another-example"
    assert another_value("aws:PrincipalOrgID", ["o-a1b2c3d4e5"]) == "o-f6g7h8i9j0"
    assert another_value("s3:x-amz-server-side-encryption", ["aws:kms", "AES256"]) == "aws:kms:dsse"


def test_values_between():
    """Between every two neighbours lies one, a whole number where there is room for it."""
    assert list(between(["10", "20", "x", "11", "10"])) == ["10.5", "15"]
    assert list(between(["2026-01-01", "2026-01-01T01:00:00Z"])) == ["2026-01-01T00:30:00Z"]
    assert list(between(["a", "7"])) == []
