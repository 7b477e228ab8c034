"""Policies over their quota: minimised where no decision changes, refused with figures where that is not enough."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policygen as pg
from policygen.generator import generate_documents, over_quota
from policygen.spec.load import load_spec_text
from policygen.proofs.rewriting import merged, shortened, without_sids

ROLE = "111122223333/iam/s3-replication/permissions-policy.json"


def many(count, keys):
    """Return a spec with many destinations in one Region, under as many keys as asked for."""
    buckets = {
        f"b{number}": {
            "name": f"replica-bucket-{number}",
            "region": "us-west-1",
            "encryption": {"sse": "aws:kms", "key": f"k{number % keys}"},
        }
        for number in range(count)
    }
    source = {"name": "source-bucket", "region": "us-east-1", "encryption": {"sse": "aws:kms", "key": "here"}}
    west = {"type": "single-region", "region": "us-west-1"}
    spec = {
        "version": 1,
        "accounts": {"prod": "111122223333"},
        "keys": {
            "here": {"type": "single-region", "region": "us-east-1"},
            **{f"k{number}": west for number in range(keys)},
        },
        "buckets": {"source": source, **buckets},
        "replication": {
            "many": {
                "source": "source",
                "role": {"name": "s3-replication"},
                "rules": [{"id": name, "destination": name} for name in buckets],
            }
        },
    }
    return load_spec_text(json.dumps(spec), "spec.json")


def test_a_policy_over_its_quota_is_minimised():
    """A role with 40 destinations under one key fits once its statements are put together, and verifies green."""
    spec = many(40, 1)
    assert [each.path for each in over_quota(generate_documents(spec))] == [ROLE]
    policy = json.loads(pg.generate(spec)[ROLE].to_json())
    assert [statement["Sid"] for statement in policy["Statement"]] == [
        "ReadReplicationConfiguration",
        "ReadSourceObjects",
        "ReplicateToB0",
        "DecryptSourceObjects",
        "EncryptReplicasInB0",
    ]
    assert len(policy["Statement"][2]["Resource"]) == 40
    assert pg.verify(spec).ok


def test_a_policy_that_stays_too_large_is_refused_with_figures():
    """A role with 30 keys cannot be written in one policy: the size and the quota are said."""
    with pytest.raises(pg.GenerationError, match=r"PG-G006 permissions policy of 1\d,\d{3} characters .* 10,240"):
        pg.generate(many(30, 30))


ALLOW = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::a/*"]}
NEGATED = {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}
OTHER_NEGATED = {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-2"}}}
LIKE = {"Condition": {"StringLike": {"kms:ViaService": "a", "aws:userid": "x"}}}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"Sid": "A"}, {"Sid": "B"}, {"Sid": "A"}),
        ({}, {"Action": "s3:PutObject"}, {"Action": ["s3:GetObject", "s3:PutObject"]}),
        ({}, {"Resource": ["arn:aws:s3:::b/*"]}, {"Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}),
        ({}, {"Action": "s3:PutObject", "Resource": ["arn:aws:s3:::b/*"]}, None),
        ({}, {"Effect": "Deny"}, None),
        ({"Principal": {"AWS": "a"}}, {"Principal": {"AWS": ["b"]}}, {"Principal": {"AWS": ["a", "b"]}}),
        ({"Principal": {"AWS": "a"}}, {"Principal": {"Service": "b"}}, None),
        ({"Principal": "*"}, {"Principal": {"AWS": "b"}}, None),
        (NEGATED, OTHER_NEGATED, None),
        ({}, NEGATED, None),
        (
            LIKE,
            {"Condition": {"StringLike": {"kms:ViaService": "b", "aws:userid": "x"}}},
            {"Condition": {"StringLike": {"kms:ViaService": ["a", "b"], "aws:userid": "x"}}},
        ),
        (LIKE, {"Condition": {"StringLike": {"kms:ViaService": "b", "aws:userid": "y"}}}, None),
        (LIKE, {"Condition": {"StringLike": {"kms:ViaService": "a"}}}, None),
    ],
)
def test_statements_are_put_together_only_where_that_means_the_same(first, second, expected):
    """Two statements become one when they differ in one list of alternatives alone; negated operators have none."""
    found = merged([ALLOW | first, ALLOW | second])
    assert found == ([ALLOW | first | expected] if expected is not None else [ALLOW | first, ALLOW | second])


def test_last_steps():
    """Lists of one value become that value, then the ids go."""
    assert shortened([ALLOW]) == [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]
    assert without_sids([{"Sid": "A", "Effect": "Allow"}]) == [{"Effect": "Allow"}]


WORDS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
ARNS = st.sampled_from(["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::a/b/*"])
BLOCKS = st.sampled_from(
    [
        {},
        {"StringLike": {"aws:userid": "x*"}},
        {"StringLike": {"aws:userid": "y"}},
        {"StringNotLike": {"aws:userid": "x*"}},
        {"StringNotLike": {"aws:userid": "y"}},
    ]
)
STATEMENTS = st.builds(
    lambda effect, actions, resources, block: {
        "Effect": effect,
        "Action": actions,
        "Resource": resources,
        **({"Condition": block} if block else {}),
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.lists(WORDS, min_size=1, max_size=2, unique=True),
    st.lists(ARNS, min_size=1, max_size=2, unique=True),
    BLOCKS,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=8), WORDS, ARNS, st.sampled_from(["x1", "y", "z"]))
def test_minimising_never_changes_a_decision(statements, action, resource, user):
    """Whatever the statements, the minimised ones give the same decision on every request."""
    request = pg.Request(
        principal="arn:aws:iam::111122223333:user/bob",
        action=action,
        resource=resource.replace("*", "k"),
        resource_account="111122223333",
        context={"aws:userid": user},
    )
    before, after = (
        pg.PolicySet(identity_based=[{"Version": "2012-10-17", "Statement": each}]).authorize(request).decision
        for each in (statements, without_sids(shortened(merged(statements))))
    )
    assert before is after
