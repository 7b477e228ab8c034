"""One rule, one test: the steps of tests/migration/rules.yaml break exactly what stands there."""

import json
from pathlib import Path

import pytest
import yaml

from policygen.migration import RULES, plan_spec
from policygen.spec.load import load_spec_text

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text(encoding="utf-8")
CASES = yaml.load((HERE / "rules.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
FACTS = (HERE.parents[1] / "docs" / "facts.md").read_text(encoding="utf-8")


def verdict_on(steps, current=None, require=None):
    """Return the verdict on some steps, beginning with the keys and buckets of base.yaml."""
    migration = [
        "migration:",
        f"  current: {json.dumps(current or {'bucket': 'plain'})}",
        f"  require: {json.dumps(require or {'replicate_to': 'us-west-1'})}",
        "  proposals:",
        "    P:" if steps else "    P: []",
        *(f"      - {step}" for step in steps),
    ]
    spec = load_spec_text(BASE + "\n".join(migration) + "\n", "spec.yaml")
    return plan_spec(spec).proposals[0]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_rule(case):
    """These steps break exactly these rules, for exactly these reasons."""
    verdict = verdict_on(case["steps"], case.get("current"), case.get("require"))
    broken = [each for each in verdict.broken if case.get("whole") or each.code != "NOT_REPLICATED"]
    assert [[each.code, each.step, each.reason] for each in broken] == case["broken"]


def test_every_rule_is_broken_somewhere():
    """Each rule has an entry that breaks it, and no entry breaks a rule that is not listed."""
    assert {code for case in CASES for code, _, _ in case["broken"]} == set(RULES)


def test_every_rule_has_an_entry_that_keeps_it():
    """There are entries that break nothing, so the tests do not pass because everything is broken."""
    assert sum(not case["broken"] for case in CASES) > 15


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_have_facts_and_pages(rule):
    """Each rule names facts of docs/facts.md, and a page of AWS's documentation."""
    assert rule.facts
    assert [fact for fact in rule.facts if f'<a id="{fact.lower()}">' not in FACTS] == []
    assert rule.doc_url.startswith("https://docs.aws.amazon.com/")


def test_entries_name_a_fact_and_its_page():
    """Each entry names a fact, and a page that the facts know."""
    for case in CASES:
        assert f'<a id="{case["fact"].lower()}">' in FACTS, case["id"]
        assert f": {case['source']}\n" in FACTS, case["id"]
    assert len({case["id"] for case in CASES}) == len(CASES)


def test_broken_rules_show_their_page():
    """What is broken carries the rule's page."""
    (broken, _) = verdict_on(["convert-key: old"]).broken
    assert broken.to_dict() == {
        "code": "KEY_CANNOT_CONVERT",
        "step": "1 convert-key",
        "reason": "`old` is a single-Region key and stays one: that is decided when a key is created."
        " Create a new multi-Region key, and re-encrypt.",
        "doc_url": "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html",
    }


LIVE = "enable-replication: {from: legacy, to: west, replica_key: both}"
SAME = {"replicate_to": "us-west-1", "recovery_point_objective": "15m"}


@pytest.mark.parametrize(
    ("steps", "require", "note"),
    [
        # M14: a multi-Region key spares no decryption
        (
            [LIVE],
            SAME,
            (
                "S3 decrypts and encrypts again, under a multi-Region key too: the role needs kms:Decrypt on the key in"
                " us-east-1 and kms:Encrypt on the key in us-west-1 (M14, R40)."
            ),
        ),
        # M2, R66: the replica's ARN, not the primary's
        (
            [LIVE],
            SAME,
            (
                "ReplicaKmsKeyID is the key's ARN in us-west-1:"
                " arn:aws:kms:us-west-1:111122223333:key/KEY-ID-OF-both (R66)."
            ),
        ),
        # M4, M5: a key policy of its own
        (
            [LIVE],
            SAME,
            "The replica key in us-west-1 has a key policy of its own, which is not copied: write it (M4, M5).",
        ),
        # R1
        ([LIVE], SAME, "Versioning stays enabled on `legacy` and on `west` (R1)."),
        (
            ["create-bucket: {name: copy, region: us-west-1}", "enable-replication: {from: plain, to: copy}"],
            SAME,
            "Create `copy` with versioning enabled: the proposal does not say so, replication needs it (R1).",
        ),
        # R81, R23: deletes
        (
            [LIVE],
            SAME,
            (
                "Deletes of versions and lifecycle actions never replicate; delete markers neither, unless the rule says"
                " so (R81, R23)."
            ),
        ),
        (
            [LIVE.replace("}", ", delete_markers: true}")],
            SAME,
            "Deletes of versions and lifecycle actions never replicate; delete markers do (R81, R23).",
        ),
        # R68: nothing promises 15 minutes
        (
            [LIVE],
            SAME,
            "Replication time control is off: most objects replicate within 15 minutes, but nothing promises it (R68).",
        ),
        # R80: not required, but said
        ([LIVE], SAME, "What is in `legacy` already stays behind: it is not required (R80)."),
        # R81: archived objects
        (
            [LIVE, "batch-replication: legacy"],
            SAME,
            "Objects in S3 Glacier Flexible Retrieval or Deep Archive replicate only after a restore (R81).",
        ),
        # F27
        (
            [LIVE, "update-object-encryption: {bucket: legacy, key: both}"],
            SAME,
            (
                "UpdateObjectEncryption makes no replication event: replicas keep their key until they are updated too"
                " (F27)."
            ),
        ),
        # S14
        (
            ["set-default-encryption: {bucket: legacy, key: both}", LIVE],
            SAME,
            "The new default of `legacy` is for new objects; those that are there stay as they are (S14).",
        ),
        # K27
        (
            ["set-default-encryption: {bucket: legacy, key: both}", LIVE],
            SAME,
            "Keep `old` enabled as long as any object or earlier version is under it (K27).",
        ),
        # R80: what is written during the copy; applications move
        (
            [
                "create-bucket: {name: fresh, region: us-east-1, key: both}",
                "enable-replication: {from: fresh, to: west-kms}",
                "copy-objects: {from: legacy, to: fresh}",
            ],
            SAME,
            "Applications write to `fresh` from now on, no longer to `legacy`.",
        ),
        (
            ["copy-objects: {from: legacy, to: west}"],
            SAME,
            (
                "What is written to `legacy` during the copy is not in it: let applications write to `west` first, or copy"
                " again what came since (R80)."
            ),
        ),
        # S12, R66: aliases
        (
            ["set-default-encryption: {bucket: legacy, key: alias/old}"],
            SAME,
            "`alias/old` is looked up in the account of whoever uploads: name the key by its ARN (S12).",
        ),
        (
            ["enable-replication: {from: plain, to: under-both, replica_key: alias/old}"],
            SAME,
            "S3 looks `alias/old` up in the requester's account: name the replica key by its ARN (R66).",
        ),
        # M1, M5
        (["convert-key: mrk"], SAME, "`mrk` is a multi-Region key already: there is nothing to convert (M1)."),
        (
            ["convert-key: old"],
            SAME,
            "A multi-Region key is in other Regions only where it is replicated: `old` is not yet (M5).",
        ),
        # K4, K24
        (
            ["share-key: {key: old, account: backup}"],
            SAME,
            (
                "Account 444455556666 uses `old` in us-east-1 only: its key policy and that account's IAM policies let it"
                " (K4, K24)."
            ),
        ),
        # S12, K4
        (
            ["create-bucket: {name: copy, region: us-west-1, account: backup, key: both}"],
            SAME,
            (
                "`both` of account 111122223333 is named by its full ARN in `copy`, and its key policy lets account"
                " 444455556666 use it (S12, K4)."
            ),
        ),
        (
            ["scheduled-copy: {from: legacy, to: west, every: 15m}"],
            SAME,
            "A copy every 15m is code of your own to run, watch and mend; each run's time adds to it.",
        ),
    ],
)
def test_notes(steps, require, note):
    """A plan says what else to know and to do."""
    assert note in verdict_on(steps, {"bucket": "legacy", "key": "old"}, require).notes


def test_notes_that_are_not_called_for():
    """No warning with time control on or without an objective, nothing about a key that is none or fails."""
    with_control = LIVE.replace("}", ", replication_time_control: true}")
    current = {"bucket": "legacy", "key": "old"}
    assert "time control" not in str(verdict_on([with_control], current, SAME).notes)
    assert "time control" not in str(verdict_on([LIVE], current).notes)
    assert "decrypts" not in str(verdict_on(["enable-replication: {from: plain, to: west}"]).notes)
    failing = verdict_on([LIVE.replace("both", "mrk")], current)
    assert not failing.satisfies
    assert "ReplicaKmsKeyID" not in str(failing.notes)


def test_sse_c_copies_take_the_customers_key():
    """Copying SSE-C objects takes the customer's key (R83)."""
    verdict = verdict_on(["copy-objects: {from: plain, to: west}"], {"bucket": "plain", "objects": ["sse-c"]})
    assert "Copying SSE-C objects takes the customer's key with each request (R83)." in verdict.notes
