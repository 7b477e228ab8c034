"""What a principal may do, as statements that stand in for all policies together."""

from __future__ import annotations

from typing import Any

import pytest

import policygen as pg
from policygen.catalog import KnownCalls
from policygen.proofs import boxes, compare_whole
from tests.proofs.hunt_access import alone_in, hunt_access
from tests.rights.test_who_can import (
    ANALYST,
    BOB,
    BUCKET,
    KEY,
    OWN,
    PARTNER,
    READ,
    ROOT_STATEMENT,
    allow,
    bucket,
    document,
    environment,
    key,
)

FREE = {"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": ["*"]}
"""What needs no permission of a role."""


def statements(held: pg.Environment, principal: str = ANALYST) -> list[dict[str, Any]]:
    """The statements of a role, without what needs no permission."""
    found = pg.access(held, principal)
    assert found.unknown == ()
    return [each for each in found.statements if each != FREE]


def test_what_one_policy_allows_stands_as_it_is_written() -> None:
    """Without limits the statements are those of the policy, letters and order of its lists kept."""
    policy = allow(
        ["s3:GetObject", "S3:List*"], [f"{BUCKET}/*", BUCKET], Condition={"Bool": {"aws:SecureTransport": True}}
    )
    expected = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "S3:List*"],
        "Resource": [f"{BUCKET}/*", BUCKET],
        "Condition": {"Bool": {"aws:SecureTransport": ["true"]}},
    }
    assert statements(environment({ANALYST: document(policy)}, bucket())) == [expected]


def test_a_boundary_leaves_what_both_allow() -> None:
    """Of two lists of actions what is in both is left."""
    limited = pg.PrincipalPolicies(
        identity_based=(document(allow(["s3:*", "ec2:*"])),), permissions_boundary=document(allow(["s3:Get*", "sqs:*"]))
    )
    found = statements(environment({ANALYST: limited}, bucket()))
    assert found == [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"]}]


def test_patterns_that_cross_are_written_as_one() -> None:
    """`s3:Get*` within `s3:*Tagging` is `s3:Get*Tagging`, and what ends where the other one begins."""
    limited = pg.PrincipalPolicies(
        identity_based=(document(allow("s3:Get*")),), permissions_boundary=document(allow("s3:*Tagging"))
    )
    (found,) = statements(environment({ANALYST: limited}, bucket()))
    assert found["Action"] == ["s3:get*tagging", "s3:getagging"]


def test_a_deny_stands_beside_what_it_cuts() -> None:
    """A Deny of an SCP is there where it cuts an Allow, and not where it cuts nothing."""
    deny = {"Effect": "Deny", "Action": ["s3:Delete*", "ec2:*"], "Resource": "*"}
    levels = ((document(allow("*"), deny),),)
    held = environment({ANALYST: document(allow("s3:*")), BOB: READ}, bucket(), service_control=levels)
    expected = [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]},
        {"Effect": "Deny", "Action": ["s3:Delete*", "ec2:*"], "Resource": ["*"]},
    ]
    assert statements(held) == expected
    assert not any(each["Effect"] == "Deny" for each in pg.access(held, BOB).statements)


def test_a_deny_of_everything_leaves_nothing() -> None:
    """What is denied altogether is in no statement."""
    policy = document(allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
    assert statements(environment({ANALYST: policy}, bucket())) == []


def test_the_policy_of_a_bucket_gives_and_takes_for_the_bucket_alone() -> None:
    """What a bucket's policy allows and denies a role is there, on that bucket."""
    named = allow("s3:PutObject", "*", Principal={"AWS": ANALYST})
    guard = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    guard["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    found = statements(environment({ANALYST: READ}, bucket(named, guard)))
    assert found == [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"{BUCKET}/*"]},
        {
            "Effect": "Deny",
            "Action": ["s3:*"],
            "Resource": [f"{BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
        },
    ]


def test_a_key_needs_its_policy() -> None:
    """What a role may do with keys is what the policies of keys let its account do; others are in no statement."""
    policy = document(allow("kms:Decrypt"))
    (found,) = statements(environment({ANALYST: policy}, key(ROOT_STATEMENT)))
    assert found == {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY]}
    assert statements(environment({ANALYST: policy}, key())) == []


def test_a_bucket_of_another_account_needs_its_policy() -> None:
    """What a role may do elsewhere is what both policies allow."""
    admits = document(allow("s3:GetObject", "*", Principal={"AWS": OWN}))
    there = {BUCKET: pg.ResourcePolicies(account=PARTNER, resource_based=(admits,))}
    found = statements(environment({ANALYST: document(allow("s3:*", f"{BUCKET}/*"))}, there))
    assert found == [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{BUCKET}/*"]}]


def test_a_grant_gives_its_operations() -> None:
    """A grant is a statement with its constraints."""
    grant = pg.Grant(grantee=BOB, operations=("Decrypt",), encryption_context_subset=(("app", "web"),))
    found = pg.access(environment({BOB: document()}, key(grants=(grant,))), BOB).statements[0]
    condition = {"StringEquals": {"kms:EncryptionContext:app": ["web"]}}
    assert found == {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY], "Condition": condition}


def test_a_policy_that_names_no_resource_gives_its_own() -> None:
    """A repository's policy needs no Resource: what it allows with every action is those of its service."""
    repository = f"arn:aws:ecr:us-east-1:{OWN}:repository/app"
    named = allow(["*", "ecr:Put*"], Principal={"AWS": ANALYST})
    del named["Resource"]
    there = {repository: pg.ResourcePolicies(resource_based=(document(named),))}
    (found,) = statements(environment({ANALYST: document()}, there))
    assert found == {"Effect": "Allow", "Action": ["ecr:*"], "Resource": [repository]}


def test_a_session_has_what_a_policy_gives_it_alone() -> None:
    """A role is any session of it; what names one session is in that session's statements."""
    session = f"arn:aws:sts::{OWN}:assumed-role/Analyst/ana"
    held = environment({ANALYST: document()}, bucket(allow("s3:GetObject", "*", Principal={"AWS": session})))
    assert statements(held) == []
    assert (pg.access(held, ANALYST).principal, pg.access(held, session).principal) == (ANALYST, session)
    assert statements(held, session) == [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{BUCKET}/*"]}]


def test_two_conditions_on_one_key_must_both_hold() -> None:
    """Values of which both policies have some are left; what one block cannot hold is named."""

    def held(*values: str) -> pg.Environment:
        one = {"StringEquals": {"aws:RequestedRegion": ["us-east-1", "us-west-1"]}}
        other = {"StringEquals": {"aws:RequestedRegion": list(values)}}
        limited = pg.PrincipalPolicies(
            identity_based=(document(allow("s3:*", Condition=one)),),
            permissions_boundary=document(allow("s3:*", Condition=other)),
        )
        return environment({ANALYST: limited}, bucket())

    (found,) = statements(held("us-west-1", "eu-west-1"))
    assert found["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["us-west-1"]}}
    assert pg.access(held("us-*"), ANALYST).statements == (FREE,)


def test_the_statements_are_the_same_access_proved() -> None:
    """Statements alone, beside policies of resources that let the account in, give the same: over all requests."""
    limited = pg.PrincipalPolicies(
        identity_based=(document(allow(["s3:*", "kms:*", "sqs:SendMessage"])),),
        permissions_boundary=document(allow(["s3:*", "kms:Decrypt", "sqs:*"]), allow("iam:*")),
    )
    guard = {"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", "Resource": f"{BUCKET}/*"}
    guard["Condition"] = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    held = environment({ANALYST: limited}, bucket(guard) | key(ROOT_STATEMENT))
    found = pg.access(held, ANALYST)
    assert found.unknown == ()
    diff = compare_whole(held, alone_in(held, ANALYST, found.statements), KnownCalls())
    of_role = [each for each in (*diff.gained, *diff.lost) if ANALYST in each.principals]
    assert [each for each in of_role if "the policy of the resource" not in each.conditions] == []


def test_a_mistyped_principal_is_refused_with_the_nearest() -> None:
    """The environment does not hold it; the hint is the nearest that it holds."""
    with pytest.raises(pg.ArgumentError) as caught:
        pg.access(environment({ANALYST: READ}), ANALYST.replace("Analyst", "Analist"))
    (problem,) = caught.value.problems
    assert problem.code == "PG-A002"
    assert problem.message == f"the environment does not hold `{ANALYST.replace('Analyst', 'Analist')}`"
    assert problem.hint == f"did you mean `{ANALYST}`?"


def test_what_cannot_be_told_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that takes too many steps says so, and writes no statement instead."""
    monkeypatch.setattr(boxes, "MOST_STEPS", 0)
    found = pg.access(environment({ANALYST: READ}, bucket()), ANALYST)
    assert found.statements == ()
    assert found.unknown[0].startswith("the proof takes too many steps: ")
    assert list(found.to_dict()) == ["principal", "statements", "witnesses", "unknown"]


def test_the_evaluator_agrees_about_random_environments() -> None:
    """Statements that stand in for all policies allow the same random requests; witnesses are what they say."""
    found = hunt_access(cases=6, seed=20261130, samples=40)
    assert found.wrong == []
    assert found.allowed > 10
