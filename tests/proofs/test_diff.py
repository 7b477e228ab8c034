"""``pg.diff``: what is the same, what differs, and what cannot be told."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

import policygen as pg
from policygen.proofs import automaton, boxes

OWN, OTHER = "111122223333", "444455556666"
SAML = f"arn:aws:iam::{OWN}:saml-provider/corp"
ROLE = f"arn:aws:iam::{OWN}:role/app"
BUCKET = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]


def policy(*statements):
    """A document of this Version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="s3:GetObject", resource="arn:aws:s3:::data/*", **more):
    """An Allow."""
    found = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    return {name: value for name, value in found.items() if value is not None}


def deny(*given, **more):
    """A Deny."""
    return allow(*given, **more) | {"Effect": "Deny"}


def when(**operators):
    """A Condition; ``_`` in an operator's name stands for a colon."""
    return {name.replace("_", ":"): value for name, value in operators.items()}


SAME = {
    "order": (policy(allow(), deny("s3:Put*")), policy(deny("s3:Put*"), allow())),
    "split": (policy(allow(["s3:GetObject", "s3:PutObject"])), policy(allow(), allow("s3:PutObject"))),
    "list or one": (policy(allow(["s3:GetObject"])), policy(allow())),
    "case of actions": (policy(allow("S3:getobject")), policy(allow())),
    "covered": (policy(allow("s3:Get*")), policy(allow("s3:Get*"), allow())),
    "wildcards in another order": (
        policy(allow(resource="arn:aws:s3:::a?*")),
        policy(allow(resource="arn:aws:s3:::a*?")),
    ),
    "completed ARN": (policy(allow(resource="arn:aws:s3:*")), policy(allow(resource="arn:aws:s3:*:*:*"))),
    "two Nots": (
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, allow("s3:*", "*")),
        policy(allow("*", "*")),
    ),
    "NotResource": (
        policy(allow(resource=None, NotResource="arn:aws:s3:::data/*")),
        policy(allow(resource="*"), deny(resource="arn:aws:s3:::data/*")),
    ),
    "equal and like": (
        policy(allow(Condition=when(StringEquals={"aws:RequestedRegion": "us-east-1"}))),
        policy(allow(Condition=when(StringLike={"AWS:REQUESTEDREGION": ["us-east-1"]}))),
    ),
    "ignoring case": (
        policy(allow(Condition=when(StringEqualsIgnoreCase={"s3:x-amz-acl": "Private"}))),
        policy(allow(Condition=when(StringEqualsIgnoreCase={"s3:x-amz-acl": "PRIVATE"}))),
    ),
    "numbers": (
        policy(allow(Condition=when(NumericLessThan={"s3:max-keys": "10"}))),
        policy(allow(), deny(Condition=when(NumericGreaterThanEqualsIfExists={"s3:max-keys": "10.0"}))),
    ),
    "dates": (
        policy(allow(Condition=when(DateLessThan={"aws:CurrentTime": "2026-01-01T00:00:00Z"}))),
        policy(allow(), deny(Condition=when(DateGreaterThanEquals={"aws:CurrentTime": "1767225600"}))),
    ),
    "halves of a range": (
        policy(allow(Condition=when(IpAddress={"aws:SourceIp": "10.0.0.0/8"}))),
        policy(allow(Condition=when(IpAddress={"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/9"]}))),
    ),
    "Null and presence": (
        policy(allow(Condition=when(StringLike={"aws:PrincipalTag/team": "*"}))),
        policy(allow(Condition=when(Null={"aws:PrincipalTag/team": "false"}))),
    ),
    "always sent": (
        policy(allow(), deny(Condition=when(Bool={"aws:SecureTransport": "false"}))),
        policy(allow(), deny(Condition=when(BoolIfExists={"aws:SecureTransport": "false"}))),
    ),
    "set operators": (
        policy(
            allow("ec2:CreateTags", "*"),
            deny("*", "*", Condition=when(ForAnyValue_StringNotEquals={"aws:TagKeys": "a"})),
        ),
        policy(allow("ec2:CreateTags", "*", Condition=when(ForAllValues_StringEquals={"aws:TagKeys": "a"}))),
    ),
    "the same variable": (
        policy(allow(resource="arn:aws:s3:::home/${aws:username}/*"), allow("s3:ListBucket", "*")),
        policy(allow("s3:ListBucket", "*"), allow(resource="arn:aws:s3:::home/${aws:username}/*")),
    ),
    "a variable within what is allowed": (
        policy(allow(resource="arn:aws:s3:::home/*")),
        policy(allow(resource="arn:aws:s3:::home/*"), allow(resource="arn:aws:s3:::home/${aws:username}/*")),
    ),
    "account or root": (
        policy(allow(Principal={"AWS": OTHER})),
        policy(allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})),
    ),
    "everybody": (policy(allow(Principal="*")), policy(allow(Principal={"AWS": "*"}))),
    "a caller by ARN": (
        policy(allow(Principal="*", Condition=when(StringEquals={"aws:PrincipalAccount": OTHER}))),
        policy(allow(Principal="*", Condition=when(StringLike={"aws:PrincipalArn": f"arn:aws:*::{OTHER}:*"}))),
    ),
    "a key that no other action carries": (
        policy(allow("s3:*"), deny("s3:*", Condition=when(StringLike={"s3:prefix": "x*"}))),
        policy(allow("s3:*"), deny("s3:List*", Condition=when(StringLike={"s3:prefix": "x*"}))),
    ),
    "a user has a name": (
        policy(allow(Condition=when(StringEquals={"aws:PrincipalType": "User"}))),
        policy(allow(Condition=when(StringEquals={"aws:PrincipalType": "User"}, Null={"aws:username": "false"}))),
    ),
    "what needs no permission": (policy(), policy(allow("sts:GetCallerIdentity", "*"))),
    "administration of a key from outside": (
        policy(
            allow(
                "kms:PutKeyPolicy",
                "*",
                Principal={"AWS": OTHER},
                Condition=when(StringEquals={"aws:ResourceAccount": OWN}),
            )
        ),
        policy(deny("kms:Encrypt", "*", Principal={"AWS": f"arn:aws:iam::{OTHER}:user/nobody"})),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_access_is_proved(name):
    """Two policies that say the same in other words give the same access."""
    assert pg.diff(*SAME[name]).to_dict() == {"verdict": "same", "gained": [], "lost": []}


DIFFERENT = {
    "another resource": (policy(allow()), policy(allow(resource="arn:aws:s3:::data/a*")), (0, 1)),
    "one more action": (policy(allow()), policy(allow(["s3:GetObject", "s3:PutObject"])), (1, 0)),
    "a condition less": (
        policy(allow(Condition=when(Bool={"aws:MultiFactorAuthPresent": "true"}))),
        policy(allow()),
        (1, 0),
    ),
    "a Deny less": (policy(allow(), deny(resource="arn:aws:s3:::data/x")), policy(allow()), (1, 0)),
    "one key of a list": (
        policy(allow(Condition=when(StringLike={"aws:PrincipalTag/t": ["a*", "b"]}))),
        policy(allow(Condition=when(StringLike={"aws:PrincipalTag/t": ["a*"]}))),
        (0, 1),
    ),
    "NotPrincipal": (
        policy(allow(Principal="*"), deny(Principal="*")),
        policy(allow(Principal="*"), deny(NotPrincipal={"AWS": [ROLE, OWN, f"arn:aws:sts::{OWN}:assumed-role/app/s"]})),
        (1, 0),
    ),
    "direct or delegated": (
        policy(allow(Principal={"AWS": OWN})),
        policy(allow(Principal={"AWS": ROLE})),
        (1, 1),
    ),
    "a guard's variable": (
        policy(allow("*", "*"), deny("*", "*", Condition=when(ArnNotLike={"aws:PrincipalArn": ROLE}))),
        policy(
            allow("*", "*"),
            deny(
                "*",
                "*",
                Condition=when(ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/app"}),
            ),
        ),
        (1, 0),
    ),
    "a variable": (
        policy(allow(resource="arn:aws:s3:::home/*")),
        policy(allow(resource="arn:aws:s3:::home/${aws:username}/*")),
        (0, 1),
    ),
    "ForAllValues holds where the key is absent": (
        policy(allow("ec2:CreateTags", "*", Condition=when(ForAllValues_StringEquals={"aws:TagKeys": "a"}))),
        policy(allow("ec2:CreateTags", "*", Condition=when(ForAnyValue_StringEquals={"aws:TagKeys": "a"}))),
        (1, 1),
    ),
    "a service": (
        policy(allow(Principal={"Service": "s3.amazonaws.com"})),
        policy(allow(Principal={"Service": ["s3.amazonaws.com", "logs.amazonaws.com"]})),
        (1, 0),
    ),
    "a root user, by a trust policy": (
        policy({"Effect": "Allow", "Action": "sts:SetSourceIdentity", "Principal": {"AWS": OTHER}}),
        policy(
            {
                "Effect": "Allow",
                "Action": "sts:SetSourceIdentity",
                "Principal": {"AWS": OTHER},
                "Condition": when(StringNotEquals={"aws:PrincipalType": "Account"}),
            }
        ),
        (0, 1),
    ),
    "an identity provider": (
        policy({"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": {"Federated": SAML}}),
        policy({"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": {"Federated": [SAML, f"{SAML}2"]}}),
        (1, 0),
    ),
    "the owner's account": (
        policy(allow("s3:*", "*", Condition=when(StringEquals={"aws:ResourceAccount": "${aws:PrincipalAccount}"}))),
        policy(allow("s3:*", "*")),
        (1, 0),
    ),
    "an empty list of values": (
        policy(allow("s3:*", "*"), deny("s3:*", "*", Condition=when(StringEqualsIfExists={"aws:RequestedRegion": []}))),
        policy(allow("s3:*", "*"), deny("s3:*", "*")),
        (0, 1),
    ),
    "policies that only deny": (policy(deny("s3:*", "*")), policy(deny("s3:Put*", "*")), (1, 0)),
    "a request without resource": (policy(allow("s3:*", "*")), policy(allow("s3:*", "arn:*")), (0, 1)),
    "any other action": (policy(allow("s3:Get*", "*")), policy(allow(["s3:Get*", "s3:G*"], "*")), (1, 0)),
    "a role, by its trust policy": (
        policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}}),
        policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [ROLE, f"{ROLE}2"]}}),
        (1, 0),
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_found_and_shown(name):
    """Two policies that differ, differ in the statements that make the difference, each with its request."""
    old, new, (gained, lost) = DIFFERENT[name]
    found = pg.diff(old, new)
    assert (found.verdict, len(found.gained), len(found.lost), found.unknown) == ("differs", gained, lost, ())
    assert all(each.new == "allowed" != each.old for each in found.gained)
    assert all(each.old == "allowed" != each.new for each in found.lost)


def test_a_witness_is_confirmed_by_whoever_asks():
    """A request that shows a difference is decided so by the evaluator, from the identity's policies alone."""
    old, new, _ = DIFFERENT["one more action"]
    (found,) = pg.diff(old, new).gained
    assert not pg.PolicySet(identity_based=[old]).authorize(found.witness).allowed
    assert pg.PolicySet(identity_based=[new]).authorize(found.witness).allowed
    assert found.to_dict()["witness"]["action"] == "s3:PutObject"


def test_a_difference_says_what_it_is_about():
    """Principals, actions, resources and conditions are those of the policies, cut to the difference."""
    conditions = {"StringEquals": {"aws:RequestedRegion": ["us-east-1", "us-west-2"]}}
    one, other = allow(Sid="Read", Condition=conditions), deepcopy(allow(Sid="Read", Condition=conditions))
    other["Condition"]["StringEquals"]["aws:RequestedRegion"].pop()
    (found,) = pg.diff(policy(one), policy(other)).lost
    assert (found.policy, found.statement) == ("old", "Read")
    assert (found.principals, found.actions) == (("*",), ("s3:GetObject",))
    assert found.resources == ("arn:aws:s3:::data/*",)
    assert found.conditions == {"aws:RequestedRegion": "`us-west-2`"}


def test_an_scp_is_compared_as_one():
    """An SCP concerns the root user, too, whom no identity-based policy limits."""
    deny_root = deny("*", "*", Condition=when(StringLike={"aws:PrincipalArn": "arn:aws:iam::*:root"}))
    old, new = policy(allow("*", "*")), policy(allow("*", "*"), deny_root)
    assert pg.diff(old, new, policy_type="scp").lost[0].witness.principal.arn.endswith(":root")
    assert pg.diff(old, new, policy_type="identity").verdict == "same"


def test_a_policy_of_a_resource_is_compared_as_one():
    """With its type said, one that looks like an RCP is none: it concerns service-linked roles, which no RCP limits."""
    role = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    old = policy(deny("s3:*", "*", Principal="*", Condition=when(ArnNotEquals={"aws:PrincipalArn": role})))
    new = policy(deny("s3:*", "*", Principal="*"))
    assert pg.diff(old, new).verdict == "same"
    assert pg.diff(old, new, policy_type="resource").verdict == "differs"


def test_a_key_policy_is_a_policy_of_a_resource():
    """Which resource it stands on its looks tell, also beside a policy that says nothing."""
    (found,) = pg.diff(policy(), policy(allow("*", "*", Principal="*")), policy_type="resource").gained
    assert found.witness.action.startswith("kms:")


def test_what_the_model_cannot_carry_is_unknown():
    """A condition that no request could be found for makes the answer unknown, never the same; the reason names it."""
    value = "${aws:PrincipalTag/b}x${aws:PrincipalTag/b}y"
    key = when(StringEqualsIgnoreCase={"aws:PrincipalTag/a": value})
    found = pg.diff(policy(allow()), policy(allow(), deny(Condition=key)))
    assert (found.verdict, len(found.unknown)) == ("unknown", 1)
    assert found.unknown[0].startswith(f"statement #1: it hangs on aws:PrincipalTag/a: {value}, of which no request")
    text = {"aws:PrincipalTag/a": ["10", "1*"]}
    mixed = when(StringLike=text, NumericLessThan={"aws:PrincipalTag/a": "12"})
    found = pg.diff(policy(allow(Condition=mixed)), policy(allow(Condition=when(StringLike=text))))
    assert (found.verdict, len(found.unknown)) == ("unknown", 1)
    assert "aws:PrincipalTag/a: 10, 1* and aws:PrincipalTag/a: 12" in found.unknown[0]


def test_a_call_that_asks_for_further_actions_is_unknown():
    """What an AssumeRole with session tags needs beside its own permission is not modelled; the reason says so."""
    tagged = allow("sts:AssumeRole", "*", Condition=when(StringEquals={"aws:RequestTag/a": "x"}))
    found = pg.diff(policy(), policy(tagged))
    why = "statement #0: a call with session tags or a source identity asks for further actions, too"
    assert (found.verdict, found.unknown) == ("unknown", (why,))


def test_too_many_patterns_are_unknown(monkeypatch):
    """A field whose patterns hold together in too many ways leaves the answer open, and is named."""
    monkeypatch.setattr(automaton, "MOST_STATES", 50)
    each_alone = [allow(resource=f"arn:aws:s3:::*{letter}{letter}*") for letter in "abcdefgh"]
    found = pg.diff(policy(*each_alone), policy(*each_alone[1:]))
    assert (found.verdict, found.unknown) == ("unknown", ("Resource has too many patterns that can hold together",))


def test_many_patterns_of_one_element_are_few_cases():
    """Of the patterns that one element lists it matters only whether one matches: a long list is no rich field."""
    stars = [f"arn:aws:s3:::*{letter}{letter}*" for letter in "abcdefghijklmnopqrst"]
    (found,) = pg.diff(policy(allow(resource=stars)), policy(allow(resource=stars[1:]))).lost
    assert found.resources == ("arn:aws:s3:::*aa*",)


def test_a_spent_budget_is_unknown(monkeypatch):
    """A proof that takes too many steps says so, and never that two policies are the same."""
    monkeypatch.setattr(boxes.Budget, "spend", lambda *_: (_ for _ in ()).throw(automaton.TooRichError))
    found = pg.diff(policy(allow()), policy(allow("s3:*")))
    assert found.verdict == "unknown"
    assert found.unknown[0].startswith("the proof takes too many steps: Action has ")


def test_folders_are_compared_by_path(tmp_path):
    """Documents of the same path are compared; one that is in one folder alone is compared with no policy."""
    for folder, documents in {
        "old": {"a/x.json": policy(allow())},
        "new": {"a/x.json": policy(allow()), "y.json": policy(allow())},
    }.items():
        for name, document in documents.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document), encoding="utf-8")
    found = pg.diff(tmp_path / "old", tmp_path / "new")
    assert [(each.policy, each.statement) for each in found.gained] == [("y.json", "#0")]
    with pytest.raises(pg.ArgumentError, match=r"old is a folder, .*y\.json is a policy"):
        pg.diff(tmp_path / "old", tmp_path / "new" / "y.json")


def test_other_policy_types_are_refused():
    """A type that is not compared is refused, and the ones that are, are named."""
    with pytest.raises(pg.ArgumentError) as caught:
        pg.diff(policy(), policy(), policy_type="replication-configuration")
    assert str(caught.value.problems[0].hint).startswith("use one of identity, ")


def test_the_policy_of_a_vpc_endpoint():
    """It limits what goes through it: an account names its root user alone where the endpoint is a gateway's."""
    open_, tight = (policy(allow("s3:*", BUCKET, Principal={"AWS": each})) for each in ("*", OWN))
    found = pg.diff(open_, tight, policy_type="vpc-endpoint")
    assert (found.verdict, found.gained) == ("differs", ())
    assert f"arn:aws:iam::{OWN}:root" not in found.lost[0].principals
    assert f"arn:aws:iam::{OWN}:user/somebody" in found.lost[0].principals
    for service, verdict in {"s3": "same", "sqs": "differs"}.items():
        users = when(StringEquals={"aws:PrincipalType": "User"})
        given = policy(allow(f"{service}:*", "*", Principal={"AWS": OWN}, Condition=users))
        assert pg.diff(policy(allow("ec2:*", "*")), given, policy_type="vpc-endpoint").verdict == verdict


def test_checks_of_the_policy_of_a_vpc_endpoint():
    """The checks take it, too."""
    narrow, wide = (policy(allow(each, "*", Principal="*")) for each in ("s3:Get*", "s3:*"))
    for new, than, result in ((narrow, wide, "PASS"), (wide, narrow, "FAIL")):
        assert pg.check_no_new_access(new, than, policy_type="vpc-endpoint").result == result
    assert pg.check_access_not_granted(narrow, "s3:PutObject", policy_type="vpc-endpoint").result == "PASS"
    idle = policy(allow("s3:*", "*", Principal="*"), allow("s3:Get*", "*", Principal={"AWS": OWN}))
    assert pg.check_never_matches(idle, policy_type="vpc-endpoint").result == "FAIL"


def test_a_policy_that_names_neither_service_nor_resource_may_be_a_repositorys():
    """Without a Resource it is one of a service whose policies imply it: an Allow of everything is no Deny of it."""
    allowing = policy(allow("*", None, Principal={"AWS": ROLE}))
    denying = policy(deny("*", None, Principal={"AWS": ROLE}))
    assert pg.diff(denying, allowing, policy_type="resource").verdict == "differs"
