"""Who may do something: everybody, under which conditions, with a request that the evaluator allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import policygen as pg
from policygen.proofs import boxes
from tests.proofs.hunt_who import hunt_who

OWN, PARTNER = "111122223333", "444455556666"
ANALYST, BOB = f"arn:aws:iam::{OWN}:role/team/Analyst", f"arn:aws:iam::{OWN}:user/bob"
BUCKET, KEY = "arn:aws:s3:::reports", f"arn:aws:kms:us-east-1:{OWN}:key/1"


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def environment(
    principals: dict[str, Any], resources: dict[str, pg.ResourcePolicies] | None = None, **more: Any
) -> pg.Environment:
    """An environment of principals with one identity-based policy each, or as they are given."""
    held = {
        name: each if isinstance(each, pg.PrincipalPolicies) else pg.PrincipalPolicies(identity_based=(each,))
        for name, each in principals.items()
    }
    return pg.Environment(principals=held, resources=resources or {}, **more)


def bucket(*statements: dict[str, Any], **more: Any) -> dict[str, pg.ResourcePolicies]:
    """A bucket with a policy."""
    policies = (document(*statements),) if statements else ()
    return {BUCKET: pg.ResourcePolicies(account=OWN, resource_based=policies, **more)}


def key(*statements: dict[str, Any], **more: Any) -> dict[str, pg.ResourcePolicies]:
    """A key with a policy."""
    return {KEY: pg.ResourcePolicies(resource_based=(document(*statements),), **more)}


OBJECT = "s3:GetObject", f"{BUCKET}/a"
READ = document(allow("s3:GetObject", f"{BUCKET}/*"))
ROOT_STATEMENT = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{OWN}:root"})


def listed(rights: tuple[Any, ...]) -> dict[str, list[dict[str, str]]]:
    """Who may, with the conditions."""
    return {each.who: list(each.conditions) for each in rights}


def test_a_role_and_a_user_that_may_are_listed_once_each() -> None:
    """Principals stand in the order of their ARNs, without conditions where nothing must be carried."""
    found = pg.who_can(environment({BOB: READ, ANALYST: READ}, bucket()), "s3:getobject", f"{BUCKET}/a")
    assert list(listed(found.principals).items()) == [(ANALYST, []), (BOB, [])]


def test_a_witness_is_allowed_by_the_evaluator() -> None:
    """The witness of a role is a session of it, with the action as AWS spells it."""
    held = environment({ANALYST: READ}, bucket())
    (right,) = pg.who_can(held, "S3:GETOBJECT", f"{BUCKET}/a").principals
    assert held.authorize(right.witness).allowed
    assert (right.witness.principal.role_arn, right.witness.action) == (ANALYST, "s3:GetObject")


@pytest.mark.parametrize(
    ("operator", "expected"), [("StringNotLike", {}), ("StringNotEquals", {}), ("StringLike", {BOB: []})]
)
def test_a_key_is_like_its_own_variable(operator: str, expected: dict[str, Any]) -> None:
    """A name of a user is never unlike `${aws:username}`: that nobody may so is known, not open."""
    condition = {operator: {"aws:username": "${aws:username}"}}
    found = pg.who_can(environment({BOB: document(allow("s3:GetObject", Condition=condition))}, bucket()), *OBJECT)
    assert (listed(found.principals).keys(), found.unknown) == (expected.keys(), ())


def test_a_principal_that_may_not_is_not_listed() -> None:
    """A Deny on the resource leaves nobody."""
    denies = bucket({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    found = pg.who_can(environment({ANALYST: READ}, denies), "s3:GetObject", f"{BUCKET}/a")
    assert (found.principals, found.others, found.unknown) == ((), (), ())


def test_an_allow_says_its_condition() -> None:
    """What an Allow asks for is what the request must carry."""
    where = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    held = environment({ANALYST: document(allow("kms:Decrypt", KEY, Condition=where))}, key(ROOT_STATEMENT))
    found = pg.who_can(held, "kms:Decrypt", KEY)
    assert listed(found.principals) == {ANALYST: [{"kms:ViaService": "is `s3.us-east-1.amazonaws.com`"}]}


def test_a_guard_says_what_it_spares() -> None:
    """A Deny of what does not come through an endpoint is the condition that it does."""
    guard = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    guard["Condition"] = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    found = pg.who_can(environment({ANALYST: READ}, bucket(guard)), "s3:GetObject", f"{BUCKET}/a")
    assert listed(found.principals) == {ANALYST: [{"aws:SourceVpce": "is `vpce-1`"}]}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"StringLike": {"aws:UserAgent": ["a*", "b"]}}, {"aws:UserAgent": "is like `a*` or `b`"}),
        ({"StringNotLike": {"aws:Referer": "a*"}}, {"aws:Referer": "is not like `a*` or is absent"}),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, {"aws:MultiFactorAuthAge": "is less than `3600`"}),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": "is `true`"}),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "is an address in `10.0.0.0/8`"}),
        ({"Null": {"aws:Referer": "false"}}, {"aws:Referer": "has any value"}),
        ({"Null": {"aws:Referer": "true"}}, {"aws:Referer": "is absent"}),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": "has `a` or has `b`"}),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": "has nothing but `a`, `b`"}),
        ({"StringLike": {"aws:Referer": "a*"}, "StringNotEquals": {"aws:Referer": "ab"}}, None),
    ],
)
def test_conditions_are_said_with_the_values_that_policies_write(
    condition: dict[str, Any], said: dict[str, str] | None
) -> None:
    """Each operator has its words; what is listed and what is excepted stand beside each other."""
    held = environment({BOB: document(allow("s3:GetObject", f"{BUCKET}/*", Condition=condition))}, bucket())
    expected = {"aws:Referer": "is like `a*` and is not `ab`"} if said is None else said
    assert listed(pg.who_can(held, "s3:GetObject", f"{BUCKET}/a").principals) == {BOB: [expected]}


def test_several_ways_are_listed_each() -> None:
    """Two Allows with conditions on other keys are two ways; one that asks for more than another one is none."""
    one = allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})
    other = allow("s3:GetObject", "*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    both = allow("s3:Get*", "*", Condition={**one["Condition"], **other["Condition"]})
    held = environment({BOB: document(one, other, both)}, bucket())
    ways = [{"aws:SecureTransport": "is `true`"}, {"aws:SourceVpce": "is `vpce-1`"}]
    assert listed(pg.who_can(held, "s3:GetObject", f"{BUCKET}/a").principals) == {BOB: ways}


def test_a_pattern_asks_for_any_resource_that_it_matches() -> None:
    """Who may read some of what lies below a prefix is listed, with the part that it may read."""
    held = environment({BOB: document(allow("s3:GetObject", f"{BUCKET}/public/*"))}, bucket())
    found = pg.who_can(held, "s3:GetObject", f"{BUCKET}/*")
    assert listed(found.principals) == {BOB: [{"resource": f"is like `{BUCKET}/public/*`"}]}


def test_of_several_buckets_it_is_said_which() -> None:
    """A pattern that matches more than one resource that is held says whose policies let somebody in."""
    one, other = "arn:aws:s3:::a-1", "arn:aws:s3:::a-2"
    named = allow("s3:GetObject", f"{one}/*", Principal={"AWS": BOB})
    buckets = {
        one: pg.ResourcePolicies(account=OWN, resource_based=(document(named),)),
        other: pg.ResourcePolicies(account=OWN),
    }
    found = pg.who_can(environment({BOB: document()}, buckets), "s3:GetObject", "arn:aws:s3:::a-*/*")
    assert listed(found.principals) == {BOB: [{"resource": f"is in `{one}`"}]}


def test_a_boundary_and_an_scp_limit_what_is_listed() -> None:
    """Whom a boundary or an SCP stops is not listed."""
    limited = pg.PrincipalPolicies(identity_based=(READ,), permissions_boundary=document(allow("ec2:*")))
    held = environment({ANALYST: limited, BOB: READ}, bucket())
    assert set(listed(pg.who_can(held, "s3:GetObject", f"{BUCKET}/a").principals)) == {BOB}
    stopped = replace(held, service_control=((document(allow("ec2:*")),),))
    assert pg.who_can(stopped, "s3:GetObject", f"{BUCKET}/a").principals == ()


def test_a_grant_lets_its_grantee_in() -> None:
    """A grant on a key is a way, with its constraints."""
    constraint = (("app", "web"),)
    grant = pg.Grant(grantee=BOB, operations=("Decrypt",), encryption_context_subset=constraint)
    held = environment({BOB: document()}, key(ROOT_STATEMENT, grants=(grant,)))
    found = pg.who_can(held, "kms:Decrypt", KEY)
    assert listed(found.principals) == {BOB: [{"kms:EncryptionContext:app": "is `web`"}]}


def test_a_session_that_a_policy_names_is_a_way_of_its_role() -> None:
    """The role is listed once, with the session's name as what the request must have."""
    session = f"arn:aws:sts::{OWN}:assumed-role/Analyst/ana"
    named = allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": session})
    held = environment({ANALYST: document()}, bucket(named))
    found = pg.who_can(held, "s3:GetObject", f"{BUCKET}/a")
    assert listed(found.principals) == {ANALYST: [{"session": "is named `ana`"}]}
    assert held.authorize(found.principals[0].witness).allowed


def test_others_are_whom_the_policy_of_the_resource_lets_in() -> None:
    """Another account, one of its roles, a service and everybody are listed under their own names."""
    secret = {"StringEquals": {"aws:Referer": "secret"}}
    held = environment(
        {ANALYST: document()},
        bucket(
            allow("s3:GetObject", "*", Principal={"AWS": PARTNER}),
            allow("s3:GetObject", "*", Principal={"AWS": "arn:aws:iam::777788889999:role/Reader"}),
            allow("s3:GetObject", "*", Principal={"Service": "cloudfront.amazonaws.com"}),
            allow("s3:GetObject", "*", Principal="*", Condition=secret),
        ),
    )
    said = listed(pg.who_can(held, "s3:GetObject", f"{BUCKET}/a").others)
    referer = [{"aws:Referer": "is `secret`"}]
    assert said[PARTNER] == said["cloudfront.amazonaws.com"] == []
    assert said["arn:aws:iam::777788889999:role/Reader"] == [{"policies of the caller's own": "allow it"}]
    assert said["anonymous"] == said["any other account"] == said["any service"] == referer


def test_a_principal_of_an_account_that_is_covered_is_no_other() -> None:
    """Of an account whose principals are held, only those that are named stand among the others."""
    ghost = f"arn:aws:iam::{OWN}:role/Ghost"
    named = allow("s3:GetObject", "*", Principal={"AWS": [f"arn:aws:iam::{OWN}:root", ghost]})
    found = pg.who_can(environment({ANALYST: document()}, bucket(named)), "s3:GetObject", f"{BUCKET}/a")
    assert set(listed(found.others)) == {ghost}


def test_root_users_stand_apart() -> None:
    """The root user of the account may what no policy denies, and is neither a principal nor an other."""
    found = pg.who_can(environment({ANALYST: document()}, key(ROOT_STATEMENT)), "kms:Decrypt", KEY)
    assert (found.principals, found.others) == ((), ())
    assert listed(found.root_users) == {f"arn:aws:iam::{OWN}:root": []}


def test_who_may_assume_a_role() -> None:
    """A role's trust policy is the policy of the resource: a service, and a user whose own policy allows it."""
    trust = allow("sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com", "AWS": OWN})
    del trust["Resource"]
    role = pg.PrincipalPolicies(trust_policy=document(trust))
    held = environment({ANALYST: role, BOB: document(allow("sts:AssumeRole", ANALYST))})
    found = pg.who_can(held, "sts:AssumeRole", ANALYST)
    assert (set(listed(found.principals)), set(listed(found.others))) == ({BOB}, {"ec2.amazonaws.com"})


def test_tags_of_a_role_need_not_be_stated() -> None:
    """A condition on a tag that the role has is met as it is; a session may have another value."""
    team = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    policy = document(allow("s3:GetObject", "*", Condition=team))
    held = environment({ANALYST: pg.PrincipalPolicies(identity_based=(policy,), tags=(("team", "red"),))}, bucket())
    (right,) = pg.who_can(held, "s3:GetObject", f"{BUCKET}/a").principals
    assert right.conditions == ({"aws:PrincipalTag/team": "is `red` or left as the role has it"},)
    assert right.witness.to_dict()["context"] == {}


def test_an_endpoint_with_a_policy_is_a_way_of_its_own() -> None:
    """Where the endpoint's policy stops the request, the way is not to pass it."""
    passing = pg.EndpointPolicies(policy=document(allow("s3:PutObject", Principal="*")))
    held = environment({ANALYST: READ}, bucket(), vpc_endpoints={"vpce-1": passing})
    (right,) = pg.who_can(held, "s3:GetObject", f"{BUCKET}/a").principals
    assert "aws:sourcevpce" not in right.witness.context
    through = allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})
    only = environment({ANALYST: document(through)}, bucket(), vpc_endpoints={"vpce-1": passing})
    assert pg.who_can(only, "s3:GetObject", f"{BUCKET}/a").principals == ()
    assert listed(pg.who_can(held, "s3:PutObject", f"{BUCKET}/a").principals) == {}


def test_whoever_cannot_be_told_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that takes too many steps leaves nobody out silently."""
    monkeypatch.setattr(boxes, "MOST_STEPS", 0)
    found = pg.who_can(environment({ANALYST: READ}, bucket()), "s3:GetObject", f"{BUCKET}/a")
    reasons = {each.who: each.reason for each in found.unknown}
    assert reasons[ANALYST].startswith("the proof takes too many steps: ")
    assert found.to_dict()["unknown"][0].keys() == {"who", "reason"}


def test_the_answer_as_json() -> None:
    """The JSON has principals, others and root users, each with conditions and a witness, and no unknown of nobody."""
    found = pg.who_can(environment({ANALYST: READ}, bucket()), "s3:GetObject", f"{BUCKET}/a").to_dict()
    assert list(found) == ["principals", "others", "root_users"]
    assert found["principals"] == [
        {
            "arn": ANALYST,
            "conditions": [],
            "witness": {
                "principal": f"arn:aws:sts::{OWN}:assumed-role/Analyst/session",
                "action": "s3:GetObject",
                "resource": f"{BUCKET}/a",
                "resource_account": OWN,
                "context": {},
            },
        }
    ]


def test_the_evaluator_agrees_about_random_environments() -> None:
    """Whomever the evaluator allows a request is listed, with conditions that it meets; witnesses are allowed."""
    found = hunt_who(cases=20, seed=20261130, samples=20)
    assert found.wrong == []
    assert found.sampled > 20
