"""Signatures: records that are alike make the same requests, and are judged once."""

from __future__ import annotations

import random
from typing import Any

import pytest

from policygen.events import ONLY_CONDITIONS_LOOK, event_of, signature
from tests.events.samples import SESSION, USER, of_key, of_object, record
from tests.replay.records import draw_record

LATER = {"eventTime": "2026-11-30T10:00:00Z", "eventID": "another", "sourceIPAddress": "192.0.2.11"}


def test_times_and_addresses_do_not_count_where_nobody_looks() -> None:
    """Records that differ in time, address and user agent are alike to policies that look at none of them."""
    other = of_object(**LATER, userAgent="Boto3/1.41")
    assert signature(of_object(), frozenset()) == signature(other, frozenset())


@pytest.mark.parametrize("key", ["aws:sourceip", "aws:currenttime"])
def test_they_count_where_policies_look(key: str) -> None:
    """Where a policy looks at one of them, they are told apart."""
    assert signature(of_object(), frozenset({key})) != signature(of_object(**LATER), frozenset({key}))


def test_without_keys_everything_counts() -> None:
    """Who does not say at what policies look, gets all."""
    assert signature(of_object()) != signature(of_object(**LATER))


@pytest.mark.parametrize(
    "other",
    [
        of_object("PutObject"),
        of_object(key="data/b.csv"),
        of_object(userIdentity=SESSION),
        of_object(vpcEndpointId="vpce-1a2b3c4d"),
        of_object(awsRegion="us-west-2"),
        of_object(parameters={"versionId": "1"}),
        of_object(resources=None),
        of_object(eventType="AwsServiceEvent"),
    ],
)
def test_what_makes_other_requests_has_another_signature(other: dict[str, Any]) -> None:
    """What changes the requests changes the signature."""
    assert signature(of_object(), frozenset()) != signature(other, frozenset())


def test_equal_signatures_make_equal_requests() -> None:
    """Over many records: whatever has the same signature has the same requests, and leaves the same open."""
    rng = random.Random(1)
    names = ("GetObject", "PutObject", "HeadObject", "DeleteObject", "CopyObject")
    found: dict[Any, Any] = {}
    for _ in range(600):
        fields = rng.choice(
            [
                of_object(
                    rng.choice(names),
                    key=rng.choice("ab"),
                    userIdentity=rng.choice([USER, SESSION, {**USER, "invokedBy": "athena.amazonaws.com"}]),
                    eventTime=f"2026-11-30T09:15:{rng.randrange(60):02}Z",
                    sourceIPAddress=f"192.0.2.{rng.randrange(9)}",
                    parameters=rng.choice([{}, {"versionId": "1"}, {"x-amz-acl": "private"}]),
                ),
                of_key("Decrypt", {"encryptionContext": {"a": rng.choice("12")}}),
                record("GetCallerIdentity", "sts", userIdentity=rng.choice([USER, SESSION])),
            ]
        )
        event = event_of(fields, frozenset())
        made = (event.requests, event.unknown)
        assert found.setdefault(signature(fields, frozenset()), made) == made
    assert len(found) < 200


GARBAGE = (
    None,
    "",
    "x",
    0,
    -1,
    True,
    [],
    {},
    [None],
    {"a": None},
    "arn:aws:s3:::b",
    ["arn:a:b"],
    {"items": [1]},
    "\ud800",
)


def test_no_record_is_an_error() -> None:
    """Whatever stands in the place of a field, a record is read without an error."""
    rng = random.Random(2)
    samples = [
        of_object("CopyObject", userIdentity=SESSION, eventContext={"requestContext": {"aws:SourceIp": "192.0.2.1"}}),
        of_key("ReEncrypt", {"sourceKeyId": "1", "destinationKeyId": "2", "encryptionContext": {"a": "b"}}),
        record("RunInstances", "ec2", requestParameters={"instancesSet": {"items": [{"imageId": "ami-1"}]}}),
        record("AssumeRole", "sts", requestParameters={"roleArn": "r", "tags": [{"key": "a", "value": "b"}]}),
        record("DeleteObjects", requestParameters={"bucketName": "b", "delete": {"object": [{"key": "a"}]}}),
    ]
    for _ in range(1500):
        event_of(_spoiled(rng.choice(samples), rng))


def _spoiled(value: Any, rng: random.Random) -> Any:
    """Return a value with something else in the place of a part of it."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(list(value))
        return {**value, name: _spoiled(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        return [_spoiled(each, rng) for each in value]
    return rng.choice(GARBAGE)


def test_keys_that_nobody_looks_at_are_all_that_is_left_out() -> None:
    """Who says at what policies look gets the requests that all keys make, without the keys that nobody looks at."""
    rng = random.Random(3)
    left_out = 0
    for _ in range(400):
        fields = draw_record(rng)
        keys = frozenset(rng.sample(sorted(ONLY_CONDITIONS_LOOK), 3))
        unseen = ONLY_CONDITIONS_LOOK - keys
        whole, part = event_of(fields), event_of(fields, keys)
        for one, other in zip(whole.requests, part.requests, strict=True):
            assert other.request.stated == tuple(each for each in one.request.stated if each.name.lower() not in unseen)
            assert other.unknown == tuple(each for each in one.unknown if each.name.lower() not in unseen)
            left_out += len(one.request.stated) - len(other.request.stated)
    assert left_out > 400
