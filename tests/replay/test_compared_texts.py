"""Texts that are compared with others, or looked at, in records of which texts are left out: nothing changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import policygen as pg
from policygen.evaluation import PrincipalPolicies
from policygen.events import records_in
from policygen.replay.counting import counted
from policygen.replay.replayer import Replayer
from tests.events.samples import ACCOUNT, BUCKET, ROLE, of_object, record
from tests.marked import ROOT
from tests.replay.answers import answers
from tests.replay.forms import FORMS, LAKE, as_file, athena_texts, lake, plain
from tests.replay.hunt import one_by_one, said

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
INSTANCE = "i-0123456789abcdef0"
OF_TEAM = {"resourceTags": [{"arn": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{INSTANCE}", "tags": {"team": "x"}}]}
RECORDS: dict[str, dict[str, Any]] = {
    "the provider of a sign-in": record(
        "AssumeRoleWithSAML",
        "sts",
        userIdentity={"type": "SAMLUser", "principalId": "x:alice", "userName": "alice", "identityProvider": "x"},
        requestParameters={"roleArn": ROLE, "principalArn": PROVIDER, "roleSessionName": "alice"},
        resources=[{"ARN": ROLE, "accountId": ACCOUNT, "type": "AWS::IAM::Role"}],
    ),
    "tags beside a resource": record(
        "TerminateInstances",
        "ec2",
        requestParameters={"instancesSet": {"items": [{"instanceId": INSTANCE}]}},
        eventContext={"tagContext": OF_TEAM},
    ),
    "an access point's alias": record(
        "GetBucketLocation",
        requestParameters={"bucketName": "my-access-poi-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"},
    ),
    "an agent that is the address": of_object(userAgent="192.0.2.10", sourceIPAddress="192.0.2.10"),
    "half a surrogate": record("GetObject", requestParameters={"bucketName": BUCKET, "key": "\ud800x"}),
}


def targets() -> list[pg.PolicySet | pg.Environment]:
    """Policies that look at what is compared."""
    trust = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithSAML"}
    trusted = pg.parse_policy({"Version": "2012-10-17", "Statement": [trust]})
    tagged = {**ALLOW, "Condition": {"StringEquals": {"aws:ResourceTag/team": "x"}}}
    from_there = {**ALLOW, "Condition": {"StringLike": {"aws:UserAgent": "192.*"}}}
    denied = {**ALLOW, "Effect": "Deny"}
    return [
        *(pg.PolicySet(identity_based=[{"Statement": each}]) for each in (tagged, from_there, denied)),
        pg.Environment(principals={ROLE: PrincipalPolicies(trust_policy=trusted)}, resources={}),
    ]


@pytest.mark.parametrize("what", RECORDS)
def test_as_one_by_one(what: str) -> None:
    """In every form, under policies that look at it, a record gets the judge's verdict."""
    records = [RECORDS[what], of_object()]
    for target in targets():
        replayer = Replayer(target)
        expected = [one_by_one(target, each) for each in records]
        assert said(replayer.answers_on(records)) == expected
        if what != "half a surrogate":
            assert said(replayer.answered(as_file(records, replayer.fields))) == expected
        for name in FORMS if what != "half a surrogate" else ("athena, texts",):
            rows = FORMS[name][0](records)
            each_alone = [one_by_one(target, FORMS[name][1](plain(each))) for each in rows.to_pylist()]
            assert said(replayer.answered(rows)) == each_alone, name


def test_a_provider_is_named_as_it_is() -> None:
    """Two providers are two principals, and no token is printed."""
    other = json.loads(json.dumps(RECORDS["the provider of a sign-in"]).replace("0123456789abcdef", "abcdef0123456789"))
    found = Replayer(targets()[-1]).answers_on([RECORDS["the provider of a sign-in"], other])
    assert [each["principal"] for each in answers(found)] == [
        PROVIDER,
        PROVIDER.replace("0123456789abcdef", "abcdef0123456789"),
    ]


OTHERS: dict[str, dict[str, Any]] = {
    "structures as text": {**of_object(), "userIdentity": json.dumps(of_object()["userIdentity"])},
    "an answer of lookup-events": {**of_object(), "CloudTrailEvent": json.dumps(of_object("PutObject"))},
    "an event of EventBridge": {**of_object(), "detail-type": "AWS API Call", "detail": of_object("PutObject")},
    "a list of records": {**of_object(), "Records": [of_object("PutObject"), of_object("PutObject")]},
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("as_lines", [False, True])
def test_other_forms_in_files(tmp_path: Path, what: str, as_lines: bool) -> None:
    """What looks like a record of CloudTrail and is one of another form is read as every command reads it."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(OTHERS[what]) + "\n" if as_lines else json.dumps({"Records": [OTHERS[what]]}))
    target = pg.PolicySet(identity_based=[{"Statement": {**ALLOW, "Action": "s3:Get*"}}])
    expected = [one_by_one(target, each.fields)["verdict"] for each in records_in(path, pytest.fail)]
    found = counted([path], target)
    assert found.events == len(expected)
    assert sum(each.count for each in found.breaks) == expected.count("denied")
    assert found.undecided == 0


def test_details_of_tls_however_they_are_spelled() -> None:
    """Names in lower case in Athena's texts, and a structure as one text in Security Lake."""
    target = pg.PolicySet(
        identity_based=[{"Statement": {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}]
    )
    rows = athena_texts([of_object(tlsDetails={"tlsversion": "TLSv1.3"})])
    (row,) = lake([of_object(tlsDetails=None)]).to_pylist()
    in_lake = pa.Table.from_pylist([{**row, "unmapped": [("tlsDetails", '{"tlsVersion":"TLSv1.3"}')]}], schema=LAKE)
    for table in (rows, in_lake):
        assert [each["verdict"] for each in said(Replayer(target).answered(table))] == ["allowed"]


def test_an_agent_that_has_no_place_in_security_lake() -> None:
    """An agent among what is unmapped counts: where it is the address, it is no agent."""
    target = targets()[1]
    (row,) = lake([of_object(sourceIPAddress="192.0.2.10")]).to_pylist()
    row |= {"http_request": None, "unmapped": [("userAgent", "192.0.2.10")]}
    table = pa.Table.from_pylist([row], schema=LAKE)
    assert [each["verdict"] for each in said(Replayer(target).answered(table))] == ["depends"]


def test_what_duckdb_does_not_take() -> None:
    """A map with a key twice, and a time beyond all times: the rows are read one by one, and all count."""
    rows = lake([of_object(), of_object("PutObject")]).to_pylist()
    rows[0]["unmapped"] = [("a", "1"), ("a", "2")]
    rows[1] |= {"time_dt": None, "time": 2**63 - 1}
    target = pg.PolicySet(identity_based=[{"Statement": {**ALLOW, "Action": "s3:Get*"}}])
    for some in (rows, rows[1:]):
        table = pa.Table.from_pylist(some, schema=LAKE)
        expected = [one_by_one(target, FORMS["security lake"][1](plain(each))) for each in some]
        assert said(Replayer(target).answered(table)) == expected


def test_texts_that_are_stored_as_bytes() -> None:
    """Files of Parquet may not call their texts texts."""
    rows = athena_texts([of_object(), of_object("PutObject")])
    as_bytes = pa.table({name: rows[name].cast(pa.binary()) for name in rows.column_names})
    replayer = Replayer(targets()[2])
    assert said(replayer.answered(as_bytes)) == said(replayer.answered(rows))


ZONES = """
import sys, policygen as pg
after = {"DateGreaterThan": {"aws:CurrentTime": "2026-11-30T09:00:00Z"}}
statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": after}
target = pg.PolicySet(identity_based=[{"Statement": statement}])
for path in sys.argv[1:]:
    found = pg.replay_events(path, target=target)
    print(found.unchanged, found.first)
"""


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_whatever_zone_the_machine_has(tmp_path: Path, zone: str) -> None:
    """Moments of tables are those that they are, and are told in UTC."""
    pq.write_table(lake([of_object()]), tmp_path / "lake.parquet")
    rows = athena_texts([{**of_object(), "errorCode": None, "vpcEndpointId": None}])
    moments = pa.array([datetime(2026, 11, 30, 9, 15, tzinfo=UTC)], pa.timestamp("ms", "Europe/Paris"))
    rows = rows.set_column(rows.column_names.index("eventtime"), "eventtime", moments)
    pq.write_table(rows, tmp_path / "athena.parquet")
    done = subprocess.run(
        [sys.executable, "-c", ZONES, str(tmp_path / "lake.parquet"), str(tmp_path / "athena.parquet")],
        env={**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["1 2026-11-30T09:15:00Z"] * 2
