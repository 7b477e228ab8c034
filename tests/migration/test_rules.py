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
NOTES = yaml.load((HERE / "notes.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
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
LEGACY = {"bucket": "legacy", "key": "old"}
IN_TIME = {"replicate_to": "us-west-1", "recovery_point_objective": "15m"}


@pytest.mark.parametrize("case", NOTES, ids=[f"{number}-{case['fact']}" for number, case in enumerate(NOTES)])
def test_notes(case):
    """A plan says what else to know and to do."""
    assert f'<a id="{case["fact"].lower()}">' in FACTS
    assert case["note"] in verdict_on(case["steps"], LEGACY, IN_TIME).notes


def test_notes_that_are_not_called_for():
    """No warning with time control on or without an objective, nothing about a key that is none or fails."""
    with_control = LIVE.replace("}", ", replication_time_control: true}")
    assert "time control" not in str(verdict_on([with_control], LEGACY, IN_TIME).notes)
    assert "time control" not in str(verdict_on([LIVE], LEGACY).notes)
    assert "decrypts" not in str(verdict_on(["enable-replication: {from: plain, to: west}"]).notes)
    failing = verdict_on([LIVE.replace("both", "mrk")], LEGACY)
    assert not failing.satisfies
    assert "ReplicaKmsKeyID" not in str(failing.notes)


def test_sse_c_copies_take_the_customers_key():
    """Copying SSE-C objects takes the customer's key (R83)."""
    verdict = verdict_on(["copy-objects: {from: plain, to: west}"], {"bucket": "plain", "objects": ["sse-c"]})
    assert "Copying SSE-C objects takes the customer's key with each request (R83)." in verdict.notes
