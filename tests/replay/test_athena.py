"""The SQL for Athena: what it finds says the same as all rows of the table, whatever policies look at."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
import sqlglot

import policygen as pg
from policygen.evaluation.attached import EndpointPolicies
from policygen.events import event_of
from policygen.events.columns import record_of_row
from policygen.events.looked_at import keys_looked_at, tells_sessions_apart
from policygen.replay.athena import reduction
from tests.events.samples import KEY, SESSION, of_object
from tests.replay.athena import asked
from tests.replay.athena_table import table_of
from tests.replay.drawn import drawn

TOLD = (
    "aws:currenttime aws:epochtime aws:sourceip aws:vpcsourceip aws:useragent aws:tokenissuetime aws:securetransport "
    "s3:tlsversion s3:authtype s3:signatureversion"
).split()


def told(rows: Iterable[dict[str, Any]], keys: frozenset[str]) -> Counter[Any]:
    """What rows say, counted: requests, what is open, AWS's answer, and its message where it denied."""
    found: Counter[Any] = Counter()
    for row in rows:
        count = row.pop("count", 1)
        event = event_of(record_of_row(row), keys)
        message = re.sub(" message: [^ ]+", " message", event.error_message or "")
        denied = message if event.outcome.value == "denied" else ""
        found[event.requests, event.unknown, event.outcome, event.name, event.account, denied] += count
    return found


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """Return records of which many are alike."""
    rng = random.Random(7)
    return [drawn(rng) for _ in range(200)]


@pytest.mark.parametrize("wanted", [(), TOLD[::2], TOLD[1::2], TOLD], ids=["none", "some", "others", "all"])
def test_fewer_rows_say_the_same(records: list[dict[str, Any]], wanted: Iterable[str]) -> None:
    """Requests, answers and counts of the rows found are those of all rows of the table."""
    keys = frozenset(wanted)
    table = table_of(records)
    found = asked(reduction(keys, sessions=True, table="cloudtrail_logs"), table)
    assert told(found.to_pylist(), keys) == told(table.to_pylist(), keys)
    assert len(found) < len(table)


def test_first_last_and_example(records: list[dict[str, Any]]) -> None:
    """Each row has the times of the first and the last of its events, and the first one's id."""
    same = [of_object(eventTime=f"2026-11-30T09:15:{second:02}Z", eventID=f"id-{second}") for second in (5, 2, 9)]
    (row,) = asked(reduction(frozenset(), sessions=True, table="cloudtrail_logs"), table_of(same)).to_pylist()
    found = [row[name] for name in ("count", "first_time", "last_time", "example")]
    assert found == [3, "2026-11-30T09:15:02Z", "2026-11-30T09:15:09Z", "id-2"]


def test_rows_are_chosen_by_a_condition() -> None:
    """A condition on the table's columns, such as a partition's, is asked before."""
    rows = table_of([of_object(), of_object(eventTime="2026-12-01T00:00:00Z")])
    sql = reduction(frozenset(), sessions=True, table="cloudtrail_logs", where="\"timestamp\" >= '2026/12/01'")
    assert [each["first_time"] for each in asked(sql, rows).to_pylist()] == ["2026-12-01T00:00:00Z"]


def test_columns_nobody_needs_are_not_scanned() -> None:
    """Where no policy looks at times, addresses, user agents and TLS, the query does not name their columns."""
    parsed = sqlglot.parse_one(reduction(frozenset(), sessions=True, table="t"), read="athena")
    names = {each.parts[0].name for each in parsed.find_all(sqlglot.exp.Column)}
    assert names.isdisjoint({"sourceipaddress", "useragent", "tlsdetails", "additionaleventdata", "responseelements"})


def test_keys_are_found_wherever_policies_stand() -> None:
    """Every place of an environment where a policy may stand is looked into; so is every type of a policy set."""

    def asking(key: str, **more: Any) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {key: "x"}}}
        return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}

    role = pg.PrincipalPolicies(
        identity_based=(asking("aws:SourceIp"),),
        permissions_boundary=asking("aws:UserAgent"),
        trust_policy=asking("aws:CurrentTime", Principal="*"),
    )
    policy = asking("aws:TokenIssueTime", Principal="*")
    environment = pg.Environment(
        principals={"arn:aws:iam::111122223333:role/app": role},
        resources={"arn:aws:s3:::b": pg.ResourcePolicies(resource_based=(policy,))},
        service_control=(
            (
                asking("aws:RequestedRegion"),
                asking("s3:authType"),
            ),
        ),
        resource_control=((asking("aws:SourceVpc", Principal="*"),),),
        vpc_endpoints={"vpce-1a2b3c4d": EndpointPolicies(policy=asking("s3:TlsVersion", Principal="*"))},
    )
    found = {"aws:sourceip", "aws:useragent", "aws:currenttime", "s3:tlsversion", "s3:authtype", "aws:tokenissuetime"}
    assert keys_looked_at([environment]) == found
    policies = pg.PolicySet(identity_based=[asking("aws:EpochTime")], resource_based=[])
    assert keys_looked_at([environment, policies]) - found == {"aws:epochtime"}


def test_sessions_are_put_together_where_no_policy_tells_them_apart() -> None:
    """Sessions of one role are one row, whose requests are those of any of them; replication's are another."""
    names = ("worker", "other", "s3-replication")
    rows = [
        of_object(
            "PutObject",
            userIdentity={**SESSION, "arn": f"{SESSION['arn'].rpartition('/')[0]}/{name}", "principalId": f"A:{name}"},
        )
        for name in names
    ]
    found = asked(reduction(frozenset(), sessions=False, table="cloudtrail_logs"), table_of(rows)).to_pylist()
    assert sorted(each["count"] for each in found) == [1, 2]
    events = [event_of(record_of_row(each), frozenset()) for each in found]
    assert {each.requests[0].request.action for each in events} == {"s3:PutObject", "s3:ReplicateObject"}
    found_callers = {each.requests[0].request.principal for each in events}
    assert {each.principal_arn for each in found_callers} == {SESSION["sessionContext"]["sessionIssuer"]["arn"]}
    assert {each.unique_id for each in found_callers} == {"A"}


def test_policies_that_tell_sessions_apart() -> None:
    """A session as Principal, NotPrincipal or grantee, or `aws:userid`: no other policy tells sessions apart."""
    session, role = SESSION["arn"], "arn:aws:iam::111122223333:role/App"

    def statement(**elements: Any) -> pg.PolicySet:
        found = {"Effect": "Deny", "Action": "kms:*", "Resource": "*", **elements}
        return pg.PolicySet(resource_based=[{"Version": "2012-10-17", "Statement": [found]}])

    grant = {"GranteePrincipal": session, "Operations": ["Decrypt"]}
    like = {"StringLike": {"aws:userid": "AROA*:worker"}}
    telling = [
        statement(Principal={"AWS": session}),
        statement(NotPrincipal={"AWS": [role, session]}),
        statement(Principal="*", Condition=like),
        pg.PolicySet(grants=[grant]),
        pg.Environment(principals={}, resources={KEY: pg.ResourcePolicies(grants=pg.PolicySet(grants=[grant]).grants)}),
    ]
    assert [tells_sessions_apart([each]) for each in telling] == [True] * 5
    other = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/App"}}
    silent = [statement(Principal={"AWS": role}), statement(Principal="*", Condition=other)]
    assert not tells_sessions_apart(silent)
