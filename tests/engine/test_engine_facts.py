"""Every sentence of AWS's pages that decides a request, decided by compiled plans in each of their stages."""

import pytest

import policygen as pg
from policygen.engine import limits
from policygen.evaluation import PrincipalPolicies, ResourcePolicies
from tests.facts.test_facts import REQUESTS

ROUNDS = 5
"""Enough for a plan to be compiled, and written as source."""


@pytest.fixture(autouse=True)
def _hot_at_once(monkeypatch):
    """Plans go through all their stages within a few requests."""
    monkeypatch.setattr(limits, "HOT", 2)


def same(engine, target, request):
    """Hold the engine to the interpreter in everything that can be asked, in each stage."""
    expected = target.authorize(request)
    for _ in range(ROUNDS):
        answer = engine.authorize(request)
        assert answer.decision is expected.decision
        assert answer.matched_statements == expected.matched_statements
    assert answer.missing_context == expected.missing_context
    assert answer.explain().to_dict() == expected.explain().to_dict()
    return expected


@pytest.mark.parametrize("entry", REQUESTS, ids=[entry["id"] for entry in REQUESTS])
def test_every_documented_request(entry):
    """A documented request is decided by the engine as by the interpreter."""
    policies = pg.PolicySet(**entry["policies"], settings=entry.get("settings"))
    same(pg.compile(policies), policies, pg.Request(**entry["request"]))


def test_documented_requests_one_after_the_other():
    """Requests of the same policies share an engine, and none of them disturbs another."""
    groups = {}
    for entry in REQUESTS:
        groups.setdefault(repr((entry["policies"], entry.get("settings"))), []).append(entry)
    for entries in groups.values():
        policies = pg.PolicySet(**entries[0]["policies"], settings=entries[0].get("settings"))
        engine = pg.compile(policies)
        for entry in entries:
            same(engine, policies, pg.Request(**entry["request"]))


ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/Worker"
BUCKET = "arn:aws:s3:::a-bucket"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def statement(effect, action, resource="*", **more):
    """Return a policy of one statement."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}],
    }


@pytest.fixture
def environment():
    """Return an environment whose role has a path and tags, and whose key has aliases and tags."""
    only_worker = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
    tagged = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    identity = [
        statement("Allow", "s3:GetObject", f"{BUCKET}/*", Condition=only_worker),
        statement("Allow", "kms:Decrypt", Condition=tagged),
        statement("Allow", "iam:GetRole", Condition={"StringEquals": {"iam:ResourceTag/team": "data"}}),
    ]
    return pg.Environment(
        principals={
            ROLE: PrincipalPolicies(identity_based=tuple(identity), tags=(("team", "data"),)),
            f"arn:aws:iam::{ACCOUNT}:user/ann": PrincipalPolicies(identity_based=(statement("Allow", "s3:*"),)),
        },
        resources={
            BUCKET: ResourcePolicies(account=ACCOUNT),
            KEY: ResourcePolicies(
                account=ACCOUNT,
                resource_based=(statement("Allow", "kms:*", Principal=root),),
                tags=(("team", "data"),),
                aliases=("alias/a",),
            ),
        },
    )


def sessions(*names):
    """Return sessions of the role; an ARN of a session does not tell the role's path."""
    return [f"arn:aws:sts::{ACCOUNT}:assumed-role/Worker/{name}" for name in names]


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:GetObject", f"{BUCKET}/k", True),
        ("s3:GetObject", "arn:aws:s3:::other/k", False),
        ("s3:PutObject", f"{BUCKET}/k", False),
        ("kms:Decrypt", KEY, True),
        ("kms:Encrypt", KEY, False),
        ("iam:GetRole", ROLE, True),
    ],
)
def test_sessions_of_a_role_with_a_path(environment, action, resource, allowed):
    """A session finds its role whatever the path, with the role's tags beside its own (E245, G5)."""
    engine = pg.compile(environment)
    for session in sessions("one", "two"):
        for tags in ({}, {"project": "x"}):
            request = pg.Request(principal={"arn": session, "tags": tags}, action=action, resource=resource)
            assert same(engine, environment, request).allowed is allowed


def test_tags_of_a_session_win(environment):
    """A session whose own tag differs from the role's is judged by its own (G5)."""
    engine = pg.compile(environment)
    for team, allowed in (("data", True), ("web", False), ("data", True)):
        caller = {"arn": sessions("one")[0], "tags": {"team": team}}
        request = pg.Request(principal=caller, action="kms:Decrypt", resource=KEY)
        assert same(engine, environment, request).allowed is allowed


def test_another_role_of_a_similar_name(environment):
    """A session of another role is none of this role's, whatever was asked before."""
    engine = pg.compile(environment)
    other = f"arn:aws:sts::{ACCOUNT}:assumed-role/Workers/one"
    for session, allowed in ((sessions("one")[0], True), (other, False), (sessions("one")[0], True)):
        request = pg.Request(principal=session, action="s3:GetObject", resource=f"{BUCKET}/k")
        assert same(engine, environment, request).allowed is allowed
