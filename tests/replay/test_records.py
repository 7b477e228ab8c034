"""Records replayed in columns get what the judge of events says of each, one by one."""

import gzip
import json

import pyarrow as pa
import pytest

import policygen as pg
from policygen.evaluation import PrincipalPolicies
from policygen.events import FIELDS, FIELDS_OF_KEYS, ONLY_CONDITIONS_LOOK, PARTS, signature
from policygen.replay import shapes
from policygen.replay.own import own_of
from policygen.replay.replayer import Replayer
from policygen.replay.result import result_of
from policygen.replay.tally import Tally
from policygen.report.replay import as_text, rows
from tests.events.samples import ACCOUNT, BUCKET, ROLE, SESSION, USER, of_key, of_object, record
from tests.replay.answers import answers
from tests.replay.hunt import difference, in_columns, one_by_one

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"


def policy(*statements):
    """A policy."""
    return pg.parse_policy({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action="*", resource="*", **more):
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def target(*statements):
    """A policy set of one identity-based policy."""
    return pg.PolicySet(identity_based=[policy(*statements)])


@pytest.mark.parametrize("seed", range(4))
def test_replayed_as_judged_one_by_one(seed):
    """Random records under random policies, in two batches: outcome, verdict, causes and counts are the judge's."""
    assert difference(seed) is None


def test_small_memory_changes_nothing(monkeypatch):
    """What is forgotten in between is worked out anew."""
    monkeypatch.setattr(shapes, "MOST_SHAPES", 3)
    monkeypatch.setattr(shapes, "MOST_CALLERS", 2)
    assert difference(2) is None


@pytest.mark.parametrize(("shape", "most"), [("{}/x", 500), ("{}:x", 40)])
def test_few_rows_at_a_time_where_shapes_are_new(monkeypatch, shape, most):
    """Rows are answered in the order they come, few at a time only while many have shapes of their own."""
    monkeypatch.setattr(shapes, "_FEW_SHAPES", 40)
    replayer = Replayer(target(allow("s3:GetObject", f"{BUCKET_ARN}/7*")))
    portions = [
        own_of([of_object(key=shape.format(n)) for n in range(start, start + 500)], replayer.fields)
        for start in (0, 500)
    ]
    found = list(replayer.all_answered(portions))
    said = [each.kinds[number].verdict for each in found for number in each.numbers.to_pylist()]
    assert said == ["allowed" if str(n).startswith("7") else "denied" for n in range(1000)]
    assert max(len(each.numbers) for each in found) == most


def test_what_changes_each_hour_makes_no_new_caller():
    """The access key, and where no policy looks at it the session's start, tell nobody apart."""
    records = [of_object(userIdentity=SESSION | {"accessKeyId": f"ASIA{n}"}) for n in range(20)]
    replayer = Replayer(target(allow("s3:GetObject")))
    replayer.answers_on(records)
    assert len(replayer._shapes.callers) == len(replayer._shapes.shapes) == 1


class Watched(dict):
    """An object that notes which of its names are asked for."""

    def __init__(self, values, seen):
        super().__init__(values)
        self.seen = seen

    def get(self, name, otherwise=None):
        """The value, noted."""
        self.seen.add(name)
        return super().get(name, otherwise)


@pytest.mark.parametrize("key", [None, *sorted(ONLY_CONDITIONS_LOOK)])
def test_every_field_that_is_looked_at_is_listed(key):
    """What makes a record's requests is looked up in the listed fields alone, and in the listed parts of one."""
    keys = frozenset() if key is None else frozenset({key})
    listed = {*FIELDS, *(name for name, of in FIELDS_OF_KEYS.items() if not keys.isdisjoint(of))}
    for fields in (of_object(), of_key(), record("AssumeRole", "sts"), of_object(userIdentity=SESSION)):
        seen, parts = set(), set()
        inner = Watched({"SignatureVersion": "SigV4"}, parts)
        signature(Watched({**fields, "additionalEventData": inner, "tlsDetails": None}, seen), keys)
        assert seen <= listed
        assert parts <= set(PARTS["additionalEventData"])


VARYING = {
    "the key of an object": [of_object(key=f"part-{number}.csv") for number in range(40)],
    "the name of a session": [
        of_object(
            userIdentity={
                **SESSION,
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/App/run-{number}",
                "principalId": f"AROAIDPPEZS35WEXAMPLE:run-{number}",
            }
        )
        for number in range(40)
    ],
    "an id": [
        record(
            "StopInstances",
            "ec2",
            requestParameters={"instanceId": f"i-0abc{number:013x}"},
        )
        for number in range(40)
    ],
    "the version of an object": [
        of_object(key=f"part-{number}.csv", parameters={"versionId": f"3HL4kqtJ.cXroDTDmJ_rm{number}"})
        for number in range(40)
    ],
    "an encryption context": [
        of_key(parameters={"encryptionContext": {"aws:s3:arn": f"{BUCKET_ARN}/part-{number}"}}) for number in range(40)
    ],
}


@pytest.mark.parametrize("what", VARYING)
def test_what_varies_makes_no_new_shape(what):
    """However many keys of objects, sessions or ids there are, the record is read once."""
    replayer = Replayer(target(allow()))
    replayer.answers_on(VARYING[what])
    assert len(replayer._shapes.shapes) == 1


DECIDES = {
    "the version of an object": allow(Condition={"StringEquals": {"s3:VersionId": "3HL4kqtJ.cXroDTDmJ_rm7"}}),
    "the key of an object": allow(resource=f"{BUCKET_ARN}/part-7.csv"),
    "the name of a session": allow(Condition={"StringLike": {"aws:userid": "*:run-7"}}),
    "an id": allow(resource=f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0abc{7:013x}"),
    "an encryption context": allow(
        Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"{BUCKET_ARN}/part-7"}}
    ),
}


@pytest.mark.parametrize("what", VARYING)
def test_what_varies_decides_all_the_same(what):
    """A policy that names one of them decides on that one alone."""
    statement = {**DECIDES[what], "Action": ["s3:*", "ec2:*", "kms:*"]}
    resource_based = [policy({**statement, "Principal": "*"})] if what == "an encryption context" else []
    policies = pg.PolicySet(identity_based=[policy(statement)], resource_based=resource_based)
    found = in_columns(Replayer(policies), VARYING[what])
    assert [each["verdict"] for each in found] == [one_by_one(policies, each)["verdict"] for each in VARYING[what]]
    if what != "the name of a session":  # what an unique id of a session is, a record tells only to its colon
        assert [number for number, each in enumerate(found) if each["verdict"] == "allowed"] == [7]


def counted(replayer, records):
    """What a replay of records finds."""
    tally = Tally()
    tally.add(replayer.answers_on(records))
    return result_of(tally)


def test_what_breaks_and_what_opens():
    """What was allowed and is denied breaks, what was denied and is allowed opens, by principal and action."""
    later = {"eventTime": "2026-11-30T10:00:00Z", "eventID": "later"}
    denied = {"errorCode": "AccessDenied", "errorMessage": "Access Denied", "eventID": "denied"}
    calls = [of_object(**later), of_object(), of_object("PutObject", **denied)]
    found = counted(Replayer(target(allow("s3:PutObject"), {**allow("s3:Get*"), "Effect": "Deny", "Sid": "No"})), calls)
    (breaks,), (opens,) = found.breaks, found.opens
    assert (breaks.principal, breaks.action, breaks.count) == (USER["arn"], "s3:GetObject", 2)
    assert (breaks.first, breaks.last, breaks.example) == (
        "2026-11-30T09:15:00Z",
        "2026-11-30T10:00:00Z",
        "b1a6a8f0-EXAMPLE",
    )
    assert (breaks.reason, breaks.statement) == (
        "explicit deny in an identity-based policy: `No` of policy",
        "policy No",
    )
    assert (opens.action, opens.count, opens.statement) == ("s3:PutObject", 1, "policy #0")
    assert (found.agreement.compared, found.agreement.same) == (1, 0)


def test_a_session_counts_as_its_role():
    """Sessions of one role are one principal."""
    calls = VARYING["the name of a session"]
    (breaks,) = counted(Replayer(target(allow("s3:PutObject"))), calls).breaks
    assert (breaks.principal, breaks.count) == (ROLE, 40)


def test_what_records_do_not_tell_is_counted_by_cause():
    """A verdict on a tag that no record tells is not known, and neither is what AWS decided of other errors."""
    calls = [of_object(), of_object(errorCode="NoSuchKey")]
    found = counted(Replayer(target(allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}))), calls)
    assert (found.undecided, found.breaks, found.opens) == (2, (), ())
    assert [(each.cause, each.count, each.names) for each in found.unknown] == [
        ("PRINCIPAL_TAGS", 2, ("aws:PrincipalTag/team",)),
        ("OTHER_ERROR", 1, ()),
    ]


SAID = f"User: {USER['arn']} is not authorized to perform: s3:GetObject on resource: {BUCKET_ARN}/data/a.csv "
AGREE = {
    "because no identity-based policy allows the s3:GetObject action": True,
    "with an explicit deny in an identity-based policy": False,
    "": True,
}


@pytest.mark.parametrize("how", AGREE)
def test_aws_denial_and_ours(how):
    """A denial agrees with AWS's where it is made in the way, and by the type of policy, that AWS's message states."""
    call = of_object(errorCode="AccessDenied", errorMessage=SAID + how if how else "Access Denied")
    found = counted(Replayer(target(allow("s3:PutObject"))), [call]).agreement
    assert (found.compared, found.same, len(found.disagreements)) == (1, AGREE[how], not AGREE[how])


def test_denials_are_those_of_what_was_in_force():
    """What is attached was not there when AWS denied: whether it agrees is asked of the policies without it."""
    call = of_object(errorCode="AccessDenied", errorMessage=SAID + next(iter(AGREE)))
    attached = target({"Effect": "Deny", "Action": "*", "Resource": "*"})
    found = [counted(Replayer(attached, in_force=each), [call]).agreement for each in (None, target(allow("s3:Put*")))]
    assert [(each.compared, each.same) for each in found] == [(1, 0), (1, 1)]


def test_what_aws_said_stands_beside():
    """Of calls that AWS denied, the first one's message is told, without the part that AWS alone can read."""
    encoded = "Encoded authorization failure message: {} and more"
    first = of_object(errorCode="AccessDenied", errorMessage=encoded.format("a1b2"), eventID="e-1")
    later = of_object(errorCode="AccessDenied", errorMessage="other", eventID="e-2", eventTime="2026-12-01T00:00:00Z")
    found = counted(Replayer(target(allow("s3:*"))), [later, first])
    for each in (*found.opens, *found.agreement.disagreements):
        assert (each.example, each.message) == ("e-1", "Encoded authorization failure message and more")
    assert found.to_dict()["agreement"]["disagreements"][0]["message"] == found.opens[0].message
    assert "AWS said: Encoded authorization failure message and more" in as_text(found)
    assert [each["message"] for each in rows(found)] == [found.opens[0].message] * 2
    (breaks,) = counted(Replayer(target(allow("s3:PutObject"))), [of_object(errorMessage="none")]).breaks
    assert breaks.message is None


def test_against_other_policies():
    """With other policies to compare with, their verdict stands in the place of what AWS did."""
    denied = of_object(errorCode="AccessDenied")
    found = counted(Replayer(target(allow("s3:PutObject")), target(allow("s3:*"))), [denied, of_object("PutObject")])
    assert [(each.action, each.count) for each in found.breaks] == [("s3:GetObject", 1)]
    assert found.agreement.compared == 0


def as_table(records):
    """Records as the columns of Athena's table."""
    names = dict.fromkeys(name for each in records for name in each)
    rows = [{name.lower(): each.get(name) for name in names} for each in records]
    texts = [
        {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in row.items()}
        for row in rows
    ]
    return pa.RecordBatch.from_pylist(texts)


def test_columns_of_a_table_say_the_same():
    """Rows of Athena's table get the answers of the records, by the schema that is stated."""
    calls = [of_object(), of_object("PutObject", userIdentity=SESSION), of_key(errorCode="AccessDenied")]
    replayer = Replayer(target(allow("s3:*")))
    assert answers(replayer.answered(as_table(calls))) == answers(replayer.answers_on(calls))


def test_rows_that_stand_for_several_calls():
    """`count`, `first_time`, `last_time` and `example` say for how many calls a row stands."""
    more = {"count": [5], "first_time": ["2026-01-01T00:00:00Z"], "last_time": [None], "example": ["first"]}
    batch = as_table([of_object()])
    for name, values in more.items():
        batch = batch.append_column(name, pa.array(values))
    tally = Tally()
    tally.add(Replayer(target(allow("s3:PutObject"))).answered(batch))
    (breaks,) = result_of(tally).breaks
    assert (breaks.count, breaks.first, breaks.last, breaks.example) == (
        5,
        "2026-01-01T00:00:00Z",
        "2026-11-30T09:15:00Z",
        "first",
    )


def test_tallies_merge_in_any_order():
    """Counts of parts, merged either way, are the counts of the whole."""
    replayer = Replayer(target(allow("s3:Get*")))
    parts = [[of_object(), of_object("PutObject")], [of_object("PutObject", eventID="a"), of_key()]]
    whole, there, back = Tally(), Tally(), Tally()
    whole.add(replayer.answers_on([*parts[0], *parts[1]]))
    halves = []
    for part in parts:
        tally = Tally()
        tally.add(replayer.answers_on(part))
        halves.append(tally.rows())
    for tally, order in ((there, halves), (back, halves[::-1])):
        for half in order:
            tally.merge(half)
    assert list(whole) == list(there) == list(back)
    assert whole.events == there.events == 4


def test_requests_in_columns():
    """Rows that are requests already are decided as they are."""
    batch = pa.record_batch(
        {
            "principal": [USER["arn"], USER["arn"]],
            "action": ["s3:GetObject", "s3:PutObject"],
            "resource": [f"{BUCKET_ARN}/k"] * 2,
            "aws": ["allowed", "allowed"],
            "first_time": ["2026-11-30T09:15:00Z"] * 2,
            "count": [3, 4],
        }
    )
    tally = Tally()
    tally.add(Replayer(target(allow("s3:Get*"))).answered(batch))
    found = result_of(tally)
    assert [(each.action, each.count) for each in found.breaks] == [("s3:PutObject", 4)]
    assert (found.events, found.unchanged) == (7, 3)


def test_keys_of_an_environment_are_looked_at():
    """A key that only an identity-based policy of an environment names makes a difference."""
    read = policy(allow(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    held = pg.Environment(principals={USER["arn"]: PrincipalPolicies(identity_based=(read,))}, resources={})
    calls = [record("ListUsers", "iam"), record("ListUsers", "iam", sourceIPAddress="203.0.113.9")]
    assert [each["verdict"] for each in in_columns(Replayer(held), calls)] == ["allowed", "denied"]


def test_gzip_of_the_samples_is_replayed(tmp_path):
    """`pg.replay_events` takes paths, and returns a frozen record."""
    path = tmp_path / "events.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": [of_object(), of_key()]}).encode()))
    found = pg.replay_events(path, target=target(allow("s3:*")))
    assert (found.events, [each.action for each in found.breaks]) == (2, ["kms:Decrypt"])
    with pytest.raises(AttributeError):
        found.events = 3
