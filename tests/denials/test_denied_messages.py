"""Denied calls of which a message or an event of CloudTrail tells, beside an environment's policies (N14, N24).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import copy
import gzip
import json

import pytest

import policygen as pg
from policygen.denials import denied_calls
from tests.command import ROOT, policygen
from tests.denials.cases import KEY, ROLE, TEXTS, effects

FILES = ROOT / "docs" / "why-denied"
EVENT = json.loads((FILES / "event.json").read_text())["Records"][0]
ANA = "arn:aws:iam::111122223333:user/ana"
BUCKET = "arn:aws:s3:::reports"
SAID = f"User: {ANA} is not authorized to perform: s3:GetObject on resource: {BUCKET}/q3.csv"
NO_IDENTITY = f"{SAID} because no identity-based policy allows the s3:GetObject action"
IN_BUCKET_POLICY = f"{SAID} with an explicit deny in a resource-based policy"


def allow(**condition):
    """An identity-based policy that allows the call, on a condition or without one."""
    statement = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}


def deny(**condition):
    """A bucket policy that denies everybody."""
    statement = {"Sid": "Shut", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": f"{BUCKET}/*"}
    return {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}


def environment(identity=(), bucket=(), **more):
    """An environment with Ana and the bucket."""
    return pg.Environment(
        principals={ANA: pg.PrincipalPolicies(identity_based=identity, **more)},
        resources={BUCKET: pg.ResourcePolicies(account="111122223333", resource_based=bucket)},
    )


def one(folder, text, target=None):
    """The one call of which a text tells."""
    (folder / "message.txt").write_text(text)
    found = denied_calls([folder / "message.txt"], target)
    assert found.problems == ()
    [call] = found.calls
    return call


def test_a_message_that_agrees(tmp_path):
    """Nothing allows the call on either side; the change that was tried lets it through."""
    call = one(tmp_path, NO_IDENTITY, environment())
    assert (call.agrees, call.ours.effect.value, effects(call.aws)) == (
        True,
        "IMPLICIT_DENY",
        {"PRINCIPAL": "IMPLICIT_DENY"},
    )
    assert call.change.gives.value == "ALLOW"
    assert call.change.to_dict()["value"] == {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/q3.csv",
    }


def test_a_message_that_differs(tmp_path):
    """The policies allow what AWS says nothing allows: both are shown, and there is nothing to change."""
    call = one(tmp_path, NO_IDENTITY, environment((allow(),)))
    assert (call.agrees, call.ours.effect.value, call.change) == (False, "ALLOW", None)
    assert call.differences == (
        "principal: AWS says IMPLICIT_DENY, the policies come to ALLOW",
        "in all: AWS says IMPLICIT_DENY, the policies come to ALLOW",
    )


def test_a_deny_of_the_bucket_policy(tmp_path):
    """A message that names the resource's policy is compared with that policy's own check."""
    call = one(tmp_path, IN_BUCKET_POLICY, environment((allow(),), (deny(),)))
    assert (call.agrees, call.obstacles[0].statement) == (True, "Shut")
    assert effects(call.ours) == {"RESOURCE": "EXPLICIT_DENY", "PRINCIPAL": "ALLOW"}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (IN_BUCKET_POLICY, environment((allow(),), (deny(IpAddress={"aws:SourceIp": "203.0.113.0/24"}),))),
        (NO_IDENTITY, environment((allow(IpAddressIfExists={"aws:SourceIp": "203.0.113.0/24"}),))),
        (NO_IDENTITY, environment((), (deny(NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}),))),
    ],
)
def test_what_hangs_on_a_key_that_is_not_told(tmp_path, text, target):
    """A condition on a key that no message tells may explain the difference: the answer is not known, the key named."""
    call = one(tmp_path, text, target)
    assert (call.agrees, call.ours.effect, call.differences) == (False, None, ())
    assert call.depends_on == {"aws:SourceIp": "an error message does not tell what a request carries"}


def test_a_variable_that_is_not_told(tmp_path):
    """A resource with a variable of a key that no message tells may be the one: the key is named."""
    document = allow()
    document["Statement"] |= {"Effect": "Deny", "Resource": f"{BUCKET}/${{aws:PrincipalTag/team}}.csv"}
    text = NO_IDENTITY.replace("because no identity-based policy allows the s3:GetObject action", "")
    call = one(tmp_path, f"{text}with an explicit deny in an identity-based policy", environment((document,)))
    assert (call.ours.effect, list(call.depends_on)) == (None, ["aws:principaltag/team"])


def test_a_policy_type_that_the_environment_has_not(tmp_path):
    """AWS names a boundary, and the user has none; what an environment does not tell is not known."""
    said = f"{SAID} because no {{}} allows the s3:GetObject action"
    held = environment((allow(),))
    assert one(tmp_path, said.format("permissions boundary"), held).differences[0] == (
        "permissions boundary: AWS says IMPLICIT_DENY, and there is no such policy here"
    )
    for kind in ("service control policy", "session policy", "VPC endpoint policy"):
        call = one(tmp_path, said.format(kind), held)
        assert (call.agrees, call.ours.effect, call.differences) == (False, None, ())
        assert any(each.why_unknown for each in call.ours.checks)


def test_without_an_environment(tmp_path):
    """Nothing is known, and each check names the command that reads its policies."""
    call = one(tmp_path, NO_IDENTITY)
    assert {each.effect for each in call.ours.checks} == {None}
    whys = [each.why_unknown for each in call.ours.checks]
    assert "aws s3api get-bucket-policy --bucket reports > FILE" in whys[0]
    assert "aws iam get-account-authorization-details > FILE" in whys[1]


def test_a_message_without_a_reason(tmp_path):
    """AWS says denied and not how: whatever denies agrees, what allows does not."""
    assert one(tmp_path, SAID, environment()).agrees
    assert not one(tmp_path, SAID, environment((allow(),))).agrees


def test_a_saved_error_of_the_cli(tmp_path):
    """What the AWS CLI printed, and an error as boto3 has it, are messages."""
    said = f"An error occurred (AccessDenied) when calling the GetObject operation: {NO_IDENTITY}"
    assert one(tmp_path, f"\n{said}\n", environment()).agrees
    assert one(tmp_path, json.dumps({"Error": {"Code": "AccessDenied", "Message": NO_IDENTITY}}), environment()).agrees


@pytest.mark.parametrize(
    "text", ["Access Denied", "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"]
)
def test_a_message_that_says_nothing(tmp_path, text):
    """A message without caller and action is a problem that says what a longer one has."""
    (tmp_path / "m.txt").write_text(text)
    found = denied_calls([tmp_path / "m.txt"])
    assert (found.calls, [each.code for each in found.errors]) == ((), ["PG-Y001"])


def test_a_message_names_no_level(tmp_path):
    """Of several levels of SCPs the message means the one that denies."""
    full = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    shut = {"Version": "2012-10-17", "Statement": {"Sid": "S", "Effect": "Deny", "Action": "*", "Resource": "*"}}
    arn = "arn:aws:organizations::999999999999:policy/o-a1b2c3d4e5/service_control_policy/p-1"
    held = pg.Environment(
        principals={ANA: pg.PrincipalPolicies(identity_based=(allow(),))},
        resources={BUCKET: pg.ResourcePolicies(account="111122223333")},
        service_control=((full,), (full, {"name": arn, "document": shut}), (full,)),
    )
    call = one(tmp_path, f"{SAID} with an explicit deny in a service control policy: {arn}", held)
    assert (call.agrees, call.differences) == (True, ())
    other = one(tmp_path, f"{SAID} with an explicit deny in an identity-based policy", held)
    assert other.differences == ("principal: AWS says EXPLICIT_DENY, the policies come to ALLOW",)


@pytest.mark.parametrize("principal", ["arn:aws:iam::111122223333:root", "anonymous"])
def test_callers_without_policies_of_their_own(tmp_path, principal):
    """Nothing is missing of a caller who has no identity-based policies."""
    call = one(tmp_path, IN_BUCKET_POLICY.replace(ANA, principal), environment((), (deny(),)))
    assert (call.agrees, effects(call.ours)) == (True, {"RESOURCE": "EXPLICIT_DENY"})


def test_resources_without_policies(tmp_path):
    """Nothing is missing of a resource of a service whose resources have none."""
    instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-1"
    said = f"User: {ANA} is not authorized to perform: ec2:StopInstances on resource: {instance} because no "
    call = one(tmp_path, f"{said}identity-based policy allows the ec2:StopInstances action", environment())
    assert (call.agrees, effects(call.ours)) == (True, {"PRINCIPAL": "IMPLICIT_DENY"})


# Events


def heard(folder, event, target=None, name="event.json"):
    """What an event tells."""
    text = json.dumps({"Records": [event]}).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return denied_calls([folder / name], target)


def of_role(identity):
    """An environment with the role and the key."""
    return pg.Environment(
        principals={ROLE: pg.PrincipalPolicies(identity_based=(identity,))},
        resources={KEY: pg.ResourcePolicies(resource_based=(TEXTS["key-policy-4f2a"],))},
    )


@pytest.mark.parametrize("name", ["event.json", "event.json.gz"])
def test_an_event(tmp_path, name):
    """The record tells the session and the service that forwards the call: the condition on it is judged."""
    [call] = heard(tmp_path, EVENT, of_role(TEXTS["arn:aws:iam::111122223333:policy/ReadReports"]), name).calls
    assert (call.agrees, call.principal) == (True, "arn:aws:sts::111122223333:assumed-role/app/report")
    assert call.change is not None


def test_an_event_without_the_sentence(tmp_path):
    """A bare message tells that the call was denied; the request is the record's."""
    nothing = {"Version": "2012-10-17", "Statement": []}
    [call] = heard(tmp_path, EVENT | {"errorMessage": "Access Denied"}, of_role(nothing)).calls
    assert (call.aws.effect, call.action, call.agrees) == (None, "kms:Decrypt", True)


def test_calls_that_were_not_denied(tmp_path):
    """They are passed over; a file of nothing else is said to be."""
    event = {name: each for name, each in copy.deepcopy(EVENT).items() if not name.startswith("error")}
    found = heard(tmp_path, event)
    assert (found.calls, [each.message for each in found.problems]) == ((), ["of 1 event none is of a denied call"])


@pytest.mark.parametrize("name", ["e.jsonl", "e.json"])
def test_json_lines_of_events(tmp_path, name):
    """One event a line, whatever the file is called."""
    (tmp_path / name).write_text(f"{json.dumps(EVENT)}\n" * 2)
    assert len(denied_calls([tmp_path / name]).calls) == 2


def test_json_lines_on_standard_input():
    """One event a line, as other tools write them into a pipe."""
    done = policygen("denied", "-", "--format", "json", stdin=f"{json.dumps(EVENT)}\n" * 2)
    assert len(json.loads(done.stdout)["calls"]) == 2


def test_what_an_event_leaves_open(tmp_path):
    """A condition on the tags of the session, which no record tells, may explain the difference: it is named."""
    tagged = TEXTS["arn:aws:iam::111122223333:policy/ReadReports"]
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    condition = {"StringEqualsIfExists": {"aws:PrincipalTag/team": "red"}}
    target = of_role(tagged | {"Statement": [statement | {"Condition": condition}]})
    [call] = heard(tmp_path, EVENT, target).calls
    assert (call.agrees, call.ours.effect) == (False, None)
    assert call.depends_on == {"aws:PrincipalTag/team": "the tags of a session are not recorded"}
