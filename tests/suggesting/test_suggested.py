"""From records to policies: what stands in them at each level, what is left out, replays, and what was not used."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import policygen as pg
from tests.events.samples import ACCOUNT, BUCKET, KEY, OTHER, ROLE, SESSION, USER, of_key, of_object, record
from tests.suggesting import hunt

ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"
OBJECTS = f"arn:aws:s3:::{BUCKET}"
LISTED = [{"type": "AWS::S3::Bucket", "ARN": OBJECTS, "accountId": ACCOUNT}]


@pytest.fixture
def suggest(tmp_path: Path):
    """Write records into a file, and return what is suggested for them."""

    def made(*records: dict[str, Any], **asked: Any) -> pg.Suggestions:
        path = tmp_path / "events.json"
        path.write_text(json.dumps({"Records": records}), encoding="utf-8")
        return pg.suggest(path, **asked)

    return made


def statements(found: pg.Suggestions) -> list[dict[str, Any]]:
    """Return the statements of the one policy that is suggested."""
    (text,) = found.texts.values()
    return json.loads(text)["Statement"]


def listing(prefix: str, **changes: Any) -> dict[str, Any]:
    """Return the record of a call that lists objects."""
    asked = {"bucketName": BUCKET, "prefix": prefix}
    return record("ListObjects", requestParameters=asked, resources=LISTED, **changes)


def left_out(found: pg.Suggestions) -> list[tuple[str, int, dict[str, int]]]:
    """Return what is left out."""
    return [(each.name, each.count, dict(each.operations)) for each in found.left_out]


def patterns(found: pg.Suggestions) -> list[tuple[str | None, str, int]]:
    """Return what stands for more than was used."""
    return [(each.key, each.pattern, each.count) for one in found.suggested for each in one.generalised]


# --- levels


def test_the_level_of_actions_names_no_resource(suggest) -> None:
    """At the level `action` the actions are allowed on every resource."""
    found = suggest(of_object(), of_key(), level="action")
    assert statements(found) == [{"Effect": "Allow", "Action": ["kms:Decrypt", "s3:GetObject"], "Resource": "*"}]


def test_the_level_of_resources_names_those_that_were_used(suggest) -> None:
    """At the level `resource` each action is allowed where it was used."""
    assert statements(suggest(of_object(), of_key())) == [
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{OBJECTS}/data/a.csv"},
    ]


def test_actions_on_the_same_resources_are_one_statement(suggest) -> None:
    """Statements that differ in their actions alone become one."""
    assert statements(suggest(of_object(), of_object("DeleteObject"))) == [
        {"Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject"], "Resource": f"{OBJECTS}/data/a.csv"}
    ]


def test_actions_on_other_resources_are_not_mixed(suggest) -> None:
    """An action that was used on one object is not allowed on another one."""
    found = suggest(of_object(key="a"), of_object("PutObject", key="b"))
    allowed = {each["Action"]: each["Resource"] for each in statements(found)}
    assert allowed == {"s3:GetObject": f"{OBJECTS}/a", "s3:PutObject": f"{OBJECTS}/b"}


def test_the_level_of_conditions_asks_for_what_all_calls_had(suggest) -> None:
    """At the level `condition` Region, TLS and prefix stand in the policy where all calls had them."""
    found = suggest(listing("in/"), listing("out/"), level="condition")
    assert statements(found) == [
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": OBJECTS,
            "Condition": {
                "StringEquals": {"aws:RequestedRegion": "us-east-1"},
                "Bool": {"aws:SecureTransport": "true"},
                "StringLike": {"s3:prefix": ["in/", "out/"]},
            },
        }
    ]


def test_a_key_that_one_call_lacks_is_no_condition(suggest) -> None:
    """What one call did not carry is asked of none."""
    calls = [of_object(vpcEndpointId="vpce-1a2b3c4d"), of_object(tlsDetails=...)]
    (statement,) = statements(suggest(*calls, level="condition"))
    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}


def test_calls_without_tls_are_no_condition(suggest) -> None:
    """That no call used TLS asks nobody to do without."""
    plain = {"requestContext": {"aws:SecureTransport": "false"}}
    (statement,) = statements(suggest(of_object(eventContext=plain), level="condition"))
    assert list(statement["Condition"]) == ["StringEquals"]


def test_the_endpoint_of_all_calls_is_a_condition(suggest) -> None:
    """Calls through one VPC endpoint need no other way."""
    (statement,) = statements(suggest(of_object(vpcEndpointId="vpce-1a2b3c4d"), level="condition"))
    assert statement["Condition"]["StringEquals"]["aws:SourceVpce"] == "vpce-1a2b3c4d"


def test_the_service_between_is_a_condition(suggest) -> None:
    """A key that S3 alone used for the caller is allowed by way of S3."""
    used = of_key(userIdentity={**SESSION, "invokedBy": "s3.amazonaws.com"}, sourceIPAddress="s3.amazonaws.com")
    (statement,) = statements(suggest(used, level="condition"))
    assert statement["Condition"]["StringEquals"]["kms:ViaService"] == "s3.us-east-1.amazonaws.com"


def test_too_many_values_are_no_condition(suggest) -> None:
    """More Regions than may stand one by one are no condition."""
    calls = [of_object(awsRegion=f"eu-west-{number}") for number in (1, 2, 3)]
    (statement,) = statements(suggest(*calls, level="condition", most=2))
    assert "StringEquals" not in statement["Condition"]


def test_many_prefixes_are_generalised(suggest) -> None:
    """Prefixes become patterns as objects do, and the report says so."""
    found = suggest(*(listing(f"logs/{number}/") for number in range(3)), level="condition", most=2)
    (statement,) = statements(found)
    assert statement["Condition"]["StringLike"] == {"s3:prefix": "logs/*"}
    assert patterns(found) == [("s3:prefix", "logs/*", 3)]


def test_objects_are_generalised_and_counted(suggest) -> None:
    """More objects than may stand one by one become the folder, and the report says of how many."""
    found = suggest(*(of_object(key=f"logs/{number}") for number in range(3)), most=2)
    assert [each["Resource"] for each in statements(found)] == [f"{OBJECTS}/logs/*"]
    assert patterns(found) == [(None, f"{OBJECTS}/logs/*", 3)]


# --- who, and what counts


def test_sessions_of_a_role_are_one_role(suggest) -> None:
    """Two sessions are one role, whose policy has the name of the role, and the ARN its path."""
    other = {**SESSION, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/App/another"}
    found = suggest(of_object(userIdentity=SESSION), of_object(userIdentity=other))
    (one,) = found.suggested
    assert (one.principal, one.calls, one.requests) == (ROLE, 2, 1)
    assert list(one.policies) == [f"{ACCOUNT}/role/App.json"]


def test_a_role_without_its_path_is_the_same_role(suggest) -> None:
    """A record that does not name the role leaves out its path: names are unique in an account (E245)."""
    bare = {key: value for key, value in SESSION.items() if key != "sessionContext"}
    found = suggest(of_object(userIdentity=bare), of_object(userIdentity=SESSION))
    assert [(each.principal, each.calls) for each in found.suggested] == [(ROLE, 2)]


def test_each_caller_gets_what_it_used(suggest) -> None:
    """What one used is in nobody else's policy."""
    found = suggest(of_object(), of_key(userIdentity=SESSION))
    assert {each.principal: each.actions for each in found.suggested} == {
        ROLE: ("kms:Decrypt",),
        ALICE: ("s3:GetObject",),
    }


def test_one_principal_is_picked(suggest) -> None:
    """Of others nothing is made, and nothing of theirs is left out."""
    records = [of_object(), of_key(userIdentity=SESSION), of_key(userIdentity=SESSION, errorCode="AccessDenied")]
    found = suggest(*records, principal=ALICE)
    assert [each.principal for each in found.suggested] == [ALICE]
    assert left_out(found) == []


def test_the_arn_of_a_session_picks_its_role(suggest) -> None:
    """Who gives the ARN of a session, which has no path, means the role."""
    found = suggest(of_object(userIdentity=SESSION), principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/App/any")
    assert [each.principal for each in found.suggested] == [ROLE]


def test_a_principal_of_whom_no_event_tells(suggest) -> None:
    """It is a problem with the nearest that is there; the others' policies are made."""
    found = suggest(of_object(), of_key(userIdentity=SESSION), principal=[f"{ALICE[:-1]}a", ROLE])
    (problem,) = found.problems
    assert (problem.code, problem.message) == ("PG-A002", f"no event tells of `{ALICE[:-1]}a`")
    assert problem.hint == f"did you mean `{ALICE}`?"
    assert [each.principal for each in found.suggested] == [ROLE]


def test_denied_and_failed_calls_are_left_out(suggest) -> None:
    """What AWS denied, or what failed otherwise, is in no policy, and counted."""
    found = suggest(of_object(errorCode="AccessDenied"), of_object("HeadObject", errorCode="NoSuchKey"), of_key())
    assert [each["Action"] for each in statements(found)] == ["kms:Decrypt"]
    assert left_out(found) == [("denied", 1, {"s3 GetObject": 1}), ("failed", 1, {"s3 HeadObject": 1})]


def test_what_a_record_does_not_tell_is_counted(suggest) -> None:
    """An operation without a known action, and a resource that is not named, are counted by their cause."""
    found = suggest(record("Frobnicate"), record("ListTagsForResource", "ssm", requestParameters={"a": "b"}), of_key())
    assert [each["Action"] for each in statements(found)] == ["kms:Decrypt"]
    assert left_out(found) == [("action", 1, {"s3 Frobnicate": 1}), ("resource", 1, {"ssm ListTagsForResource": 1})]


@pytest.mark.parametrize(
    "caller",
    [
        {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
        {"type": "AWSService", "invokedBy": "logging.s3.amazonaws.com"},
    ],
)
def test_callers_without_policies_are_counted(suggest, caller: dict[str, Any]) -> None:
    """A root user and a service have no identity-based policies."""
    found = suggest(of_object(userIdentity=caller))
    assert (found.ok, found.texts, left_out(found)) == (False, {}, [("caller", 1, {"s3 GetObject": 1})])


def test_what_needs_no_permission_gets_none(suggest) -> None:
    """sts:GetCallerIdentity is allowed whatever policies say, and stands in none (E2a)."""
    found = suggest(record("GetCallerIdentity", "sts"), of_object())
    assert [each["Action"] for each in statements(found)] == ["s3:GetObject"]
    assert found.suggested[0].free == ("sts:GetCallerIdentity",)


def test_all_permissions_of_one_call(suggest) -> None:
    """A copy is read in one place and written in another."""
    copied = of_object("CopyObject", key="to", parameters={"x-amz-copy-source": f"{OTHER}-bucket/from"})
    allowed = {each["Action"]: each["Resource"] for each in statements(suggest(copied))}
    assert allowed["s3:GetObject"] == f"arn:aws:s3:::{OTHER}-bucket/from"
    assert allowed["s3:PutObject"] == f"{OBJECTS}/to"


def of_profile(role: str) -> dict[str, Any]:
    """Return the record of a call on a role that is named without its path."""
    return record("GetRole", "iam", requestParameters={"roleName": role})


def test_a_role_whose_path_is_not_told(suggest) -> None:
    """It is the one without a path, or one of the name with any; no other name ends like it."""
    stem = f"arn:aws:iam::{ACCOUNT}:role"
    found = suggest(of_profile("App"))
    assert statements(found) == [
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": [f"{stem}/*/App", f"{stem}/App"]}
    ]
    assert found.ok


def test_a_role_that_the_environment_holds_has_its_path(suggest) -> None:
    """An environment knows the ARN of the one role of a name."""
    found = suggest(of_profile("App"), environment=account({ROLE: (), ALICE: ()}))
    assert [each["Resource"] for each in statements(found)] == [ROLE]


# --- small, and replayed


def test_everything_used_is_allowed_by_it_alone(suggest) -> None:
    """Objects whose names have wildcards and variables in them are allowed, and nothing else that would match."""
    found = suggest(*(of_object(key=key) for key in ("a*", "b?", "${aws:username}", "c${*}", "x/*/y")))
    assert found.suggested[0].not_allowed == ()
    policies = pg.PolicySet(identity_based=list(found.policies.values()))
    other = pg.Request(principal=ALICE, action="s3:GetObject", resource=f"{OBJECTS}/abc", resource_account=ACCOUNT)
    assert not policies.authorize(other).allowed


def test_what_no_policy_can_allow_is_said(suggest) -> None:
    """A call across partitions is recorded by mistake: the replay says that it is not allowed."""
    found = suggest(record("DeleteTrail", "cloudtrail", awsRegion="cn-north-1", requestParameters={"name": "trail"}))
    (request,) = found.suggested[0].not_allowed
    assert (request.request.action, request.verdict, found.ok) == ("cloudtrail:DeleteTrail", "denied", False)


def many(count: int) -> Iterable[dict[str, Any]]:
    """Return records of calls on so many buckets."""
    for number in range(count):
        arn = f"arn:aws:s3:::{'b' * 40}{number}"
        listed = [{"type": "AWS::S3::Bucket", "ARN": arn, "accountId": ACCOUNT}]
        yield record("HeadBucket", requestParameters={"bucketName": arn[13:]}, resources=listed)


def test_what_does_not_fit_its_quota_is_a_problem(suggest) -> None:
    """It is an error with its size; the others' policies are made."""
    found = suggest(*many(120), of_key(userIdentity=SESSION), quota="managed-policy")
    (problem,) = found.errors
    assert (problem.code, problem.place.source) == ("PG-D010", f"{ACCOUNT}/user/Alice.json")
    assert list(found.policies) == [f"{ACCOUNT}/role/App.json"]


def test_split_into_several(suggest) -> None:
    """With `split` several policies each fit, and together allow all that was used."""
    found = suggest(*many(120), quota="managed-policy", split=True)
    assert list(found.policies) == [f"{ACCOUNT}/user/Alice-1.json", f"{ACCOUNT}/user/Alice-2.json"]
    assert found.ok


# --- in an environment


def account(own: dict[str, Any], *denies: dict[str, Any]) -> pg.Environment:
    """Return an environment with statements of its users and roles, and an SCP that denies."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return pg.Environment(
        principals={
            name: pg.PrincipalPolicies(identity_based=({"name": "own", "document": {"Statement": list(some)}},))
            for name, some in own.items()
        },
        resources={OBJECTS: pg.ResourcePolicies(account=ACCOUNT)},
        service_control=(({"Version": "2012-10-17", "Statement": [everything, *denies]},),),
    )


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """Return an Allow."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def test_replayed_in_the_environment(suggest) -> None:
    """What an SCP denies by now is named with the statement, and the answer is no."""
    deny = {"Sid": "NoReads", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    found = suggest(of_object(), environment=account({ALICE: ()}, deny))
    (one,) = found.suggested[0].in_environment or ()
    assert (one.verdict, one.why.split(" of ")[0], found.ok) == ("denied", "explicitDeny by NoReads", False)


def test_the_environment_has_the_suggested_policies(suggest) -> None:
    """The present policies of the principal are not what is replayed against."""
    own = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    found = suggest(of_object(), environment=account({ALICE: (own,)}))
    assert (found.suggested[0].in_environment, found.ok) == ((), True)


def test_what_hangs_on_something_unknown_is_not_denied(suggest) -> None:
    """A key whose policy the environment does not hold leaves it open."""
    found = suggest(of_key(), environment=account({ALICE: ()}))
    (one,) = found.suggested[0].in_environment or ()
    assert (one.verdict, one.why.startswith(f"the policies of {KEY}"), found.ok) == ("depends", True, True)


def test_keys_at_which_policies_look_are_replayed(suggest) -> None:
    """An SCP that looks at the address sees the address."""
    deny = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }
    calls = of_object(sourceIPAddress="192.0.2.10"), of_object(sourceIPAddress="10.1.2.3")
    found = suggest(*calls, environment=account({ALICE: ()}, deny))
    assert [each.request.context["aws:sourceip"].values for each in found.suggested[0].in_environment or ()] == [
        ("10.1.2.3",)
    ]


def unused(found: pg.Suggestions) -> list[tuple[str, str | None, int, tuple[str, ...]]]:
    """Return what was not used: statement, pattern, actions granted, actions left."""
    return [(each.statement, each.pattern, each.granted, each.actions) for each in found.suggested[0].unused or ()]


def test_statements_that_no_call_used(suggest) -> None:
    """A statement whose actions or resources fit no call is named."""
    own = (allow("s3:GetObject"), allow("sqs:*", Sid="Queues"), allow("s3:GetObject", resource="arn:aws:s3:::other/*"))
    assert unused(suggest(of_object(), environment=account({ALICE: own}))) == [
        ("Queues", None, 0, ()),
        ("#2", None, 0, ()),
    ]


def test_what_denies_grants_nothing(suggest) -> None:
    """A Deny that no call met is no grant that was not used."""
    own = (allow("s3:GetObject"), {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"})
    assert unused(suggest(of_object(), environment=account({ALICE: own}))) == []


def test_actions_that_no_call_used(suggest) -> None:
    """Of a statement that was used the actions of the catalogue that were not are named."""
    own = (allow("s3:GetObject*Tagging", "s3:GetObject"),)
    assert unused(suggest(of_object("GetObjectTagging"), of_object(), environment=account({ALICE: own}))) == [
        ("#0", "s3:GetObject*Tagging", 2, ("s3:GetObjectVersionTagging",)),
    ]


def test_conditions_do_not_make_a_statement_unused(suggest) -> None:
    """Records do not tell every key: where actions and resources fit, nothing is called unused."""
    own = (allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}}),)
    assert unused(suggest(of_object(), environment=account({ALICE: own}))) == []


def test_users_and_roles_without_any_event(suggest) -> None:
    """Whom the environment holds and no record tells of is named; not where principals were picked."""
    held = account({ALICE: (), ROLE: ()})
    assert suggest(of_object(), environment=held).idle == (ROLE,)
    assert suggest(of_object(), environment=held, principal=ALICE).idle is None


# --- what is given


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ({"level": "actions"}, "PG-A002", "`actions` is no level"),
        ({"most": 0}, "PG-A001", "`most` is 0"),
        ({"quota": "scp"}, "PG-A002", "`scp` is not a quota of policies of users and roles"),
        ({"split": True}, "PG-A002", "a policy is split to fit a quota: give its name"),
        (
            {"principal": f"arn:aws:iam::{ACCOUNT}:root"},
            "PG-A002",
            f"no identity-based policy of yours can be attached to `arn:aws:iam::{ACCOUNT}:root`",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused(suggest, asked: dict[str, Any], code: str, message: str) -> None:
    """Each is an ArgumentError that says what is wrong."""
    with pytest.raises(pg.ArgumentError) as caught:
        suggest(of_object(), **asked)
    assert [(each.code, each.message) for each in caught.value.problems] == [(code, message)]


def test_no_file_is_refused() -> None:
    """Nothing to read is a mistake."""
    with pytest.raises(pg.ArgumentError, match="no file is given"):
        pg.suggest()


def test_what_cannot_be_read_is_a_problem_beside_the_rest(suggest, tmp_path: Path) -> None:
    """One file that is none does not stop the others; where none can be read it is an error."""
    suggest(of_object())
    found = pg.suggest(tmp_path / "events.json", tmp_path / "none.json")
    assert ([each.code for each in found.errors], found.events) == (["PG-F001"], 1)
    with pytest.raises(pg.SourceError):
        pg.suggest(tmp_path / "none.json")


def test_folders_are_searched(suggest, tmp_path: Path) -> None:
    """The files of events below a folder are read; one without any is named."""
    suggest(of_object())
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    assert pg.suggest(tmp_path).events == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(pg.SourceError, match="PG-E005 holds no file of events"):
        pg.suggest(tmp_path / "empty")


def test_the_callers_of_a_record_without_user_are_counted(suggest) -> None:
    """A record that names no caller is counted as such, also where principals are picked."""
    nobody = {key: value for key, value in USER.items() if key not in ("arn", "userName")}
    found = suggest(of_object(), of_object(userIdentity=nobody), principal=ALICE)
    assert left_out(found) == [("principal", 1, {"s3 GetObject": 1})]


# --- random ones


def test_random_suggestions_are_right() -> None:
    """Of random policies and calls: all that was used is allowed, nothing else, and the same under a quota."""
    assert [each for seed in range(1, 9) for each in hunt.wrong(seed)] == []
