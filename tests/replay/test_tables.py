"""Tables of Athena and of Security Lake: what their rows say is what the records say that they were made of."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import policygen as pg
from policygen.replay.replayer import Replayer
from tests.events.samples import ACCOUNT, BUCKET, KEY, SESSION, of_key, of_object, record
from tests.replay.answers import answers
from tests.replay.drawn import DENIED
from tests.replay.forms import FORMS, athena_texts, lake, plain
from tests.replay.hunt import one_by_one, said

TLS = {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": "s3.amazonaws.com"}
RECORDS = (
    of_object(key="a.csv", tlsDetails=TLS),
    of_object("PutObject", key="secret/b.csv", userIdentity=SESSION, sourceIPAddress="203.0.113.9", tlsDetails=None),
    of_object(
        key="c d.csv", errorCode="AccessDenied", errorMessage='a "quoted" word', eventTime="2025-01-01T00:00:00Z"
    ),
    of_key(parameters={"encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{BUCKET}/a.csv"}}),
    record("StopInstances", "ec2", requestParameters={"instancesSet": {"items": [{"instanceId": "i-0abc1234def"}]}}),
    record("ListUsers", "iam", requestParameters=None, userAgent="[S3Console/0.4]", vpcEndpointId="vpce-1a2b3c4d"),
    of_object("GetObject", userIdentity={"type": "AWSService", "invokedBy": "athena.amazonaws.com"}),
)
CONDITIONS: dict[str, dict[str, Any]] = {
    "TLS": {"Bool": {"aws:SecureTransport": "true"}},
    "address": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    "time": {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
    "seconds": {"NumericGreaterThan": {"aws:EpochTime": "1767225600"}},
    "start of the session": {"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}},
    "endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    "agent": {"StringLike": {"aws:UserAgent": "S3Console*"}},
    "encryption context": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "*/a.csv"}},
    "user": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
}


def target(condition: dict[str, Any]) -> pg.PolicySet:
    """A policy that allows everything under a condition, whoever calls."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    resource_based = [{"Statement": {**statement, "Principal": "*"}}]
    return pg.PolicySet(identity_based=[{"Statement": statement}], resource_based=resource_based)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", CONDITIONS)
def test_rows_say_what_records_say(form: str, what: str) -> None:
    """What a policy looks at is found in whatever column it stands; two batches, so that what is known counts too."""
    table, record_of_row = FORMS[form]
    rows, policies = table(RECORDS), target(CONDITIONS[what])
    replayer = Replayer(policies)
    found = said(replayer.answered(rows.slice(0, 3))) + said(replayer.answered(rows.slice(2)))[1:]
    assert found == [one_by_one(policies, record_of_row(plain(each))) for each in rows.to_pylist()]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_tells_of_tls_and_time(form: str) -> None:
    """A row of which something is told is not unknown for want of it."""
    rows = FORMS[form][0](RECORDS[:1])
    for what in ("TLS", "address", "time", "user"):
        assert said(Replayer(target(CONDITIONS[what])).answered(rows))[0]["verdict"] == "allowed", what


@pytest.mark.parametrize("form", FORMS)
def test_what_is_told_beside(form: str) -> None:
    """The event's id and time, and AWS's message, come from the columns of the form."""
    said_by_aws = f"{DENIED} with an explicit deny in a service control policy"
    calls = [of_object(errorCode="AccessDenied", errorMessage=said_by_aws, eventID="e-1")]
    (found,) = answers(Replayer(target(CONDITIONS["endpoint"])).answered(FORMS[form][0](calls)))
    assert (found["id"], found["first"], found["last"]) == ("e-1", "2026-11-30T09:15:00Z", "2026-11-30T09:15:00Z")
    assert (found["aws"], found["verdict"], found["agrees"]) == ("denied", "denied", False)


def test_times_of_security_lake_in_milliseconds() -> None:
    """Older tables have the time as a number alone; it is the same moment (OCSF's `time`)."""
    rows = lake([of_object()]).drop_columns(["time_dt"])
    rows = rows.set_column(rows.column_names.index("time"), "time", pa.array([1_796_030_100_000]))
    (found,) = answers(Replayer(target(CONDITIONS["time"])).answered(rows))
    assert (found["first"], found["verdict"]) == ("2026-11-30T09:15:00Z", "allowed")


@pytest.mark.parametrize("written", ["2026-11-30 09:15:00.000 UTC", "2026-11-30 09:15:00", "2026-11-30T09:15:00Z"])
def test_times_as_sql_writes_them(written: str) -> None:
    """A moment is the same however a table writes it, and is told as CloudTrail does."""
    rows = athena_texts([of_object(eventTime=written)])
    (found,) = answers(Replayer(target(CONDITIONS["seconds"])).answered(rows))
    assert (found["first"], found["last"], found["verdict"]) == (*["2026-11-30T09:15:00Z"] * 2, "allowed")


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()])
def test_texts_of_any_type(kind: pa.DataType) -> None:
    """Texts may be stored in any way."""
    rows = athena_texts(RECORDS)
    cast = pa.table({name: rows[name].cast(kind) for name in rows.column_names})
    replayer = Replayer(target(CONDITIONS["TLS"]))
    assert said(replayer.answered(cast)) == said(replayer.answered(rows))


def test_names_in_any_case() -> None:
    """CloudTrail's own names are as good as the lower case of tables."""
    rows = athena_texts(RECORDS)
    upper = rows.rename_columns([name.upper() for name in rows.column_names])
    replayer = Replayer(target(CONDITIONS["address"]))
    assert said(replayer.answered(upper)) == said(replayer.answered(rows))


def test_a_key_that_is_like_a_name() -> None:
    """An object whose key is a word of the record itself is decided as any other."""
    keys = ("bucketName", "key", "s3", "Host", "Object", "ARN", KEY.rpartition("/")[2], "data", "1")
    calls = [of_object(key=each) for each in keys]
    policies = pg.PolicySet(
        identity_based=[{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/Obj*"}}]
    )
    found = answers(Replayer(policies).answers_on(calls))
    assert [each["verdict"] for each in found] == ["allowed" if each == "Object" else "denied" for each in keys]
