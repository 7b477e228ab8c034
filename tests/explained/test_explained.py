"""What is said of codes: whole, from where each is defined, offline, and findable."""

import json
import re

import pytest

from policygen.explained import CodeKind, all_codes, explain, nearest
from policygen.explained.examples import load_examples
from policygen.explained.explaining import problem_codes
from policygen.explained.facts import load_facts
from policygen.explained.model import Example
from policygen.lint.checks import load_checks
from policygen.verification import CAUSES
from tests.command import policygen

WITHOUT_EXAMPLE = {
    *("PG-A001", "PG-F014", "PG-F015", "PG-G008", "PG-I007", "PG-N001", "PG-N003", "PG-N004", "PG-Q003"),
    *("PG-R006", "PG-R008", "PG-E001", "PG-E002", "PG-E003", "PG-E004"),
    *("PG-E005", "PG-E006", "PG-E007", "PG-E008", "PG-E009", "PG-E010"),
    *("PG-Y002", "PG-Y003", "PG-Y004", "PG-Y005", "PG-Y006"),
}
"""Codes of what no file and no command of a test can bring about: each says what to do instead."""


def test_every_code_is_explained():
    """Each code of a problem, cause, issue, warning or fact says what it means; there are no two of one name."""
    found = [explain(code) for code in all_codes()]
    assert len(found) > 900
    assert [each.code for each in found if not each.what] == []
    assert len(all_codes()) == sum(map(len, (problem_codes(), load_checks(), load_facts()))) + 10


def test_every_problem_cause_and_warning_has_an_entry_and_no_other():
    """problems.toml has an entry for each, with a bad example and a good one, or what to do instead."""
    kinds = (CodeKind.PROBLEM, CodeKind.CAUSE, CodeKind.WARNING)
    entries = load_examples()
    assert set(entries) == {code for code, kind in all_codes().items() if kind in kinds}
    assert {code for code, entry in entries.items() if not entry.bad} == WITHOUT_EXAMPLE
    assert [code for code, entry in entries.items() if not (entry.good or entry.instead)] == []


def test_an_entry_has_known_keys_alone():
    """A key of problems.toml that nobody reads would be a word that nobody sees."""
    import tomllib

    from policygen.source.packaged import text_beside

    known = {"sample", "in", "as", "run", "at", "with", "bad", "good", "encoding", "why", "instead", "see", "facts"}
    values = tomllib.loads(text_beside("policygen.explained", "problems.toml"))
    assert {key for entry in values.values() for key in entry} <= known


def test_every_issue_has_examples_and_its_page():
    """A check of `validate` shows its first bad and good document, the command, and Access Analyzer's page."""
    for check in load_checks():
        found = explain(check.code)
        assert found.bad is not None, check.code
        assert found.good is not None, check.code
        assert found.pages[0] == check.url
        assert found.what == f"{check.finding_type.value}: {check.summary}."


def test_a_cause_says_why_and_what_it_stops():
    """The words stand once; its facts, S3's failure codes and what it stops are said as well."""
    found = explain("F14")
    assert found.what == "Versioning is not enabled."
    assert found.why.splitlines()[-2:] == [
        "S3's failure codes: DstBucketUnversioned",
        "It shows as a failed check; replication stops.",
    ]
    assert found.facts == CAUSES["F14"].facts
    assert explain("F4").what.startswith("kms:ViaService does not name")


def test_a_fact_has_an_example_of_its_own_or_of_what_rests_on_it():
    """E197 is shown by a condition that holds and one that does not, R52 by the cause that rests on it."""
    own = explain("E197")
    assert own.bad == Example(
        text="given:\n  StringEquals: {'aws:username': bob}\n  context: {'aws:username': Bob}\nholds: false",
        where="StringEquals is case-sensitive",
    )
    assert explain("R52").bad == explain("F4").bad
    assert "These rest on it: F4." in explain("R52").why


def test_facts_are_read_as_the_page_says_them():
    """Sentences without labels and links; the rows of tables are sentences, too."""
    facts = load_facts()
    assert facts["G5"].text == "`aws:PrincipalTag/key`; String; the caller has the tag"
    assert facts["G5"].pages == (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
    )
    assert not [fact.id for fact in facts.values() if re.search(r"\[[a-z0-9-]+\]|\]\(", fact.text)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pg-s012", "PG-S012"),
        ("PG-S12", "PG-S012"),
        ("invalid-action", "INVALID_ACTION"),
        ("INVALID_ACTIN", "INVALID_ACTION"),
        ("f4", "F4"),
        ("nonsense at all", None),
    ],
)
def test_the_nearest_code(written, meant):
    """Other letters, a hyphen for an underscore, a missing digit; nothing for what is like none."""
    assert nearest(written) == meant


def test_explaining_in_text():
    """What, why, bad, good, the command, the page: all of it in lines of text."""
    done = policygen("explain", "PG-S012")
    assert done.returncode == 0
    assert done.stdout == (
        "PG-S012 is a problem that policygen reports\n"
        "A key policy that nobody could change any more.\n"
        "  K9: A key policy under which the caller could no longer change it is refused,"
        " unless the caller bypasses this check.\n"
        "\n"
        "bad (spec.yaml of the sample mrk-replication):\n"
        "    enable_iam_policies: false\n"
        "\n"
        "good (spec.yaml of the sample mrk-replication):\n"
        "    administrators: [role/KeyAdmin]\n"
        "\n"
        "shown by: policygen generate spec.yaml\n"
        "\n"
        "see: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html\n"
    )
    assert policygen("explain", "PG-S012", "-q").stdout == "PG-S012: A key policy that nobody could change any more.\n"


def test_explaining_as_json():
    """One code is an object, several are a list; the keys are always there."""
    one = json.loads(policygen("explain", "f4", "--format", "json").stdout)
    assert list(one) == ["code", "kind", "what", "why", "bad", "good", "facts", "doc_url", "pages"]
    assert (one["code"], one["kind"], one["facts"]) == ("F4", "cause", ["R52"])
    assert list(one["bad"]) == ["text", "where", "run"]
    assert one["doc_url"] == one["pages"][0]
    several = json.loads(policygen("explain", "F4", "R52", "--format", "json").stdout)
    assert [each["code"] for each in several] == ["F4", "R52"]
    assert policygen("explain", "F4", "--query", "what").stdout.startswith('"kms:ViaService')


def test_the_list_of_codes():
    """Every code stands in the list, and the last line counts them."""
    lines = policygen("explain", "--list").stdout.splitlines()
    assert lines[-1] == f"{len(all_codes())} codes"
    assert "  F14  Versioning is not enabled." in lines
    assert "a cause of failing replication:" in lines


def test_a_code_that_does_not_exist():
    """Wrong usage, with the nearest code; so is no code at all."""
    done = policygen("explain", "F44")
    assert done.returncode == 2
    assert "there is no code `F44`; did you mean `F4`?" in done.stderr
    assert "`policygen explain --list` names them all" in policygen("explain", "what is this").stderr
    assert "give codes, such as F4, or --list" in policygen("explain").stderr
    assert policygen("explain", "F4", "--list").returncode == 2
