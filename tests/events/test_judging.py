"""The verdict on an event: allowed, denied, or what it hangs on."""

from __future__ import annotations

from typing import Any

import pytest

import policygen as pg
from policygen.events import Cause, EventVerdict, Outcome, Verdict, event_of, judge
from policygen.scenario import environment_of
from tests.events.samples import ACCOUNT, BUCKET, OTHER, ROLE, SESSION, USER, of_key, of_object, record


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(effect: str = "Allow", action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def _set(*statements: dict[str, Any]) -> pg.PolicySet:
    return pg.PolicySet(identity_based=[_document(*statements)])


def _environment(text: dict[str, Any]) -> pg.Environment:
    return environment_of(text)


def _judged(target: Any, fields: dict[str, Any]) -> EventVerdict:
    return judge(target, event_of(fields))


def test_allowed() -> None:
    """An event is allowed when all its requests are, whatever is not known."""
    verdict = _judged(_set(_statement()), of_object())
    assert (verdict.verdict, str(verdict), verdict.depends_on) == (Verdict.ALLOWED, "allowed", ())


def test_denied() -> None:
    """An event is denied when one of its requests is."""
    copy = of_object("CopyObject", parameters={"x-amz-copy-source": "amzn-s3-demo-source/a"})
    verdict = _judged(_set(_statement(action="s3:PutObject")), copy)
    assert (str(verdict), [each.verdict for each in verdict.requests]) == (
        "denied",
        [Verdict.DENIED, Verdict.ALLOWED],
    )


def test_depends_on_a_key() -> None:
    """Where the value of a key changes the decision, and the record does not tell it, the verdict names the key."""
    allow = _statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}})
    verdict = _judged(_set(allow), of_object(userIdentity=SESSION))
    assert str(verdict) == "depends on aws:PrincipalTag/team"
    assert [each.cause for each in verdict.depends_on] == [Cause.SESSION_TAGS]


def test_a_key_that_the_record_tells() -> None:
    """What the record tells is no question."""
    allow = _statement(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    assert str(_judged(_set(allow), of_object())) == "allowed"


def test_a_key_that_the_call_did_not_carry() -> None:
    """Nor is what the record tells to be absent."""
    allow = _statement(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}})
    assert str(_judged(_set(allow), of_object())) == "denied"


def test_what_policies_do_not_look_at_changes_no_verdict() -> None:
    """Without the keys that no policy looks at the verdict is the same."""
    allow = _statement(Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}})
    looked_at = frozenset({"aws:sourcevpc"})
    verdicts = [str(judge(_set(allow), event_of(of_object(), keys))) for keys in (None, looked_at)]
    assert verdicts == ["allowed", "allowed"]


def test_depends_on_the_action() -> None:
    """An event without requests hangs on what is missing for them."""
    assert str(_judged(_set(_statement()), record("ConsoleLogin", "signin"))) == "depends on action"


def test_depends_on_a_missing_request() -> None:
    """An event of which one request is not known is not allowed yet."""
    parameters = {"instanceId": "i-1", "iamInstanceProfile": {"name": "web"}}
    verdict = _judged(_set(_statement()), record("AssociateIamInstanceProfile", "ec2", requestParameters=parameters))
    assert (str(verdict), [each.cause for each in verdict.depends_on]) == (
        "depends on resource",
        [Cause.ROLE_OF_PROFILE],
    )


def test_depends_on_a_path() -> None:
    """Policies that tell roles by their paths cannot be judged without the path."""
    get_role = record("GetRole", "iam", requestParameters={"roleName": "App"})
    by_path = _set(_statement(resource=f"arn:aws:iam::{ACCOUNT}:role/service/*"))
    assert [str(_judged(each, get_role)) for each in (by_path, _set(_statement()))] == [
        "depends on resource",
        "allowed",
    ]


def test_an_environment_knows_paths() -> None:
    """Names of roles are unique: an environment that holds the role knows its path."""
    by_path = _document(_statement(resource=f"arn:aws:iam::{ACCOUNT}:role/service/*"))
    environment = _environment({"principals": {USER["arn"]: {"identity_based": [by_path]}, ROLE: {}}})
    assert str(_judged(environment, record("GetRole", "iam", requestParameters={"roleName": "App"}))) == "allowed"


def test_the_end_of_a_secrets_name() -> None:
    """A policy with six question marks behind the name fits every secret of the name."""
    fields = record("GetSecretValue", "secretsmanager", requestParameters={"secretId": "db"})
    start = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db"
    verdicts = [str(_judged(_set(_statement(resource=f"{start}{end}")), fields)) for end in ("-??????", "-AbCdEf")]
    assert verdicts == ["allowed", "depends on resource"]


def test_depends_on_the_owner() -> None:
    """Across accounts the bucket's policy must allow, too: where the owner is not told, the answer hangs on it."""
    assert str(_judged(_set(_statement()), of_object(resources=None))) == "depends on resource account"


def test_an_environment_knows_owners() -> None:
    """Where an environment says whose bucket it is, nothing hangs on it."""
    environment = _environment(
        {
            "principals": {USER["arn"]: {"identity_based": [_document(_statement())]}},
            "resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}},
        }
    )
    assert str(_judged(environment, of_object(resources=None))) == "allowed"


def test_an_environment_without_the_callers_policies() -> None:
    """What an environment does not hold could decide otherwise."""
    environment = _environment({"resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}}})
    verdict = _judged(environment, of_object())
    assert str(verdict) == f"depends on the policies of {USER['arn']}"
    assert [each.cause for each in verdict.depends_on] == [Cause.NO_POLICIES]


def test_an_environment_without_the_resources_policy() -> None:
    """A bucket's policy could allow and deny."""
    environment = _environment({"principals": {USER["arn"]: {"identity_based": [_document(_statement())]}}})
    assert str(_judged(environment, of_object())) == f"depends on the policies of arn:aws:s3:::{BUCKET}/data/a.csv"


def test_resources_without_policies_of_their_own() -> None:
    """An instance has no policy that an environment could hold."""
    environment = _environment({"principals": {USER["arn"]: {"identity_based": [_document(_statement())]}}})
    stopped = record("StopInstances", "ec2", requestParameters={"instancesSet": {"items": [{"instanceId": "i-1"}]}})
    assert str(_judged(environment, stopped)) == "allowed"


def test_a_deny_stands_without_the_other_policies() -> None:
    """An explicit Deny is one whatever the policies say that are not there."""
    environment = _environment({"principals": {USER["arn"]: {"identity_based": [_document(_statement("Deny"))]}}})
    assert str(_judged(environment, of_object())) == "denied"


@pytest.mark.parametrize(
    ("tags", "wanted"), [({"team": "data"}, "allowed"), ({"team": "other"}, "denied"), ({}, "denied")]
)
def test_tags_of_a_user_that_an_environment_holds(tags: dict[str, str], wanted: str) -> None:
    """An environment that holds a user knows all its tags."""
    allow = _document(_statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}}))
    environment = _environment(
        {
            "principals": {USER["arn"]: {"identity_based": [allow], "tags": tags}},
            "resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}},
        }
    )
    assert str(_judged(environment, of_object())) == wanted


def test_tags_of_a_session_are_open_even_where_its_role_is_held() -> None:
    """A session may have tags that its role has not."""
    allow = _document(_statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}}))
    environment = _environment(
        {
            "principals": {ROLE: {"identity_based": [allow]}},
            "resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}},
        }
    )
    assert str(_judged(environment, of_object(userIdentity=SESSION))) == "depends on aws:PrincipalTag/team"


def test_tags_of_a_role_that_an_environment_states() -> None:
    """A tag that an environment states of a role counts for the role's sessions, too."""
    allow = _document(_statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}}))
    environment = _environment(
        {
            "principals": {ROLE: {"identity_based": [allow], "tags": {"team": "data"}}},
            "resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}},
        }
    )
    assert str(_judged(environment, of_object(userIdentity=SESSION))) == "allowed"


def test_tags_of_an_object_are_open_even_where_its_bucket_is_held() -> None:
    """An environment holds buckets, and not the tags of their objects."""
    allow = _document(_statement(Condition={"StringEquals": {"s3:ExistingObjectTag/team": "data"}}))
    environment = _environment(
        {
            "principals": {USER["arn"]: {"identity_based": [allow]}},
            "resources": {f"arn:aws:s3:::{BUCKET}": {"account": ACCOUNT}},
        }
    )
    assert str(_judged(environment, of_object())) == "depends on s3:ExistingObjectTag/team"


def test_tags_of_a_key_that_an_environment_holds() -> None:
    """What an environment does not say of a key's tags is not there."""
    allow = _document(_statement(Condition={"StringEquals": {"aws:ResourceTag/team": "data"}}))
    key = of_key()["resources"][0]["ARN"]
    environment = _environment(
        {
            "principals": {USER["arn"]: {"identity_based": [allow]}},
            "resources": {key: {"resource_based": [_document()]}},
        }
    )
    assert str(_judged(environment, of_key())) == "denied"


def test_an_engine_is_asked_for_its_policies() -> None:
    """Compiled policies give the same verdict."""
    assert str(_judged(pg.compile(_set(_statement())), of_object())) == "allowed"


def test_the_trust_policy_of_a_role_in_another_account() -> None:
    """A role that an environment does not hold has a trust policy that nobody knows."""
    environment = _environment({"principals": {USER["arn"]: {"identity_based": [_document(_statement())]}}})
    role = f"arn:aws:iam::{OTHER}:role/Their"
    fields = record("AssumeRole", "sts", requestParameters={"roleArn": role, "roleSessionName": "x"})
    assert str(_judged(environment, fields)) == f"depends on the policies of {role}"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, Outcome.ALLOWED),
        ("AccessDenied", Outcome.DENIED),
        ("AccessDeniedException", Outcome.DENIED),
        ("Client.UnauthorizedOperation", Outcome.DENIED),
        ("VpceAccessDenied", Outcome.DENIED),
        ("NoSuchKey", Outcome.NOT_TOLD),
        ("ThrottlingException", Outcome.NOT_TOLD),
    ],
)
def test_what_aws_did(code: str | None, outcome: Outcome) -> None:
    """Only an error of permissions is a denial; after another error nobody knows whether they were looked at (T11)."""
    assert event_of(of_object(errorCode=code)).outcome is outcome


def test_what_else_an_event_says() -> None:
    """An event has the record's id, time, names and message."""
    event = event_of(of_object(errorCode="AccessDenied", errorMessage="Access Denied"))
    assert (event.id, event.time, event.source, event.name) == (
        "b1a6a8f0-EXAMPLE",
        "2026-11-30T09:15:00Z",
        "s3.amazonaws.com",
        "GetObject",
    )
    assert (event.region, event.account, event.error_code, event.error_message) == (
        "us-east-1",
        ACCOUNT,
        "AccessDenied",
        "Access Denied",
    )
