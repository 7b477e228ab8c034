"""Policies over their quota: minimised where the same access is proved, else refused with figures."""

import json

import pytest

import policygen as pg
from policygen.generator import generate_documents, over_quota
from policygen.spec.load import load_spec_text
from policygen.verification import minimize

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


def test_a_step_that_is_not_proved_is_not_taken(monkeypatch):
    """Where a step would widen the policy, the policy stays as it is, and is refused for its size."""

    def widened(statements):
        return [{**statements[0], "Action": "*", "Resource": "*"}]

    monkeypatch.setattr(minimize, "_STEPS", (widened,))
    documents = generate_documents(many(40, 1))
    assert [each.value for each in minimize.fit(documents)] == [each.value for each in documents]
    with pytest.raises(pg.GenerationError, match="PG-G006"):
        pg.generate(many(40, 1))
