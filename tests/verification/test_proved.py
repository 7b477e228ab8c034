"""What verification proves of each policy: nothing else is allowed, every guard holds, nothing required is denied."""

import json
import os
import subprocess
import sys
from random import Random

import pytest

import policygen as pg
from policygen.proofs import automaton
from tests.verification.judged import Judged
from tests.verification.mutants import hunt
from tests.verification.outsiders import SAMPLES, added, is_found
from tests.verification.overlaps import faults
from tests.verification.rewrites import complaints


@pytest.fixture(scope="module")
def guarded():
    """Return the sample with guards, and its documents."""
    return Judged(pg.load_spec(SAMPLES / "guarded-buckets" / "spec.yaml"))


@pytest.fixture(scope="module")
def replicated():
    """Return the sample of two multi-Region keys, and its documents."""
    return Judged(pg.load_spec(SAMPLES / "mrk-replication" / "spec.yaml"))


SOURCE = "111122223333/s3/source/bucket-policy.json"
ROLE = "111122223333/iam/s3-replication/permissions-policy.json"
BUCKET = "arn:aws:s3:::source-bucket-name"
ADDED = Judged(pg.load_spec(SAMPLES / "mrk-replication" / "spec.yaml"))


def changed(judged, path, change):
    """Return the report on the documents with one policy changed."""
    policy = json.loads(judged.texts[path])
    change(policy["Statement"])
    return judged.verify({path: json.dumps(policy)})


def failed(report, kind):
    """Return the failed checks of a kind."""
    return [each for each in report.failures if each.kind.value == kind]


@pytest.mark.parametrize(
    ("path", "name", "text"), [pytest.param(*each, id=f"{each[0]}: {each[1]}") for each in added(ADDED)]
)
def test_an_outsider_is_found(path, name, text):
    """A statement that lets in somebody whom the spec does not name is an excess, with a request that shows it."""
    assert is_found(ADDED, path, text)


def test_every_document_of_the_sample_is_proved(replicated):
    """What is generated allows nothing else, and no proof was too rich."""
    report = replicated.verify()
    assert report.ok
    assert not any(each.unknown for each in report.checks)
    assert ROLE in {each.document for each in report.checks if each.kind.value == "excess"}


def test_the_witness_is_the_worst_that_a_statement_gives(replicated):
    """A role that may read settings and delete objects is shown deleting."""
    more = {"Effect": "Allow", "Action": ["s3:GetBucketAcl", "s3:DeleteObject"], "Resource": [BUCKET, f"{BUCKET}/*"]}
    (check,) = failed(changed(replicated, ROLE, lambda those: those.append(more)), "excess")
    assert check.request.action == "s3:DeleteObject"
    assert check.element == "Action"


def test_settings_that_a_named_role_may_read_are_a_warning(replicated):
    """Reading metadata is no failure in the hands of whom the spec names."""
    more = {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": BUCKET}
    report = changed(replicated, ROLE, lambda those: those.append(more))
    assert report.ok
    (check,) = [each for each in report.warnings if each.kind.value == "excess"]
    assert check.request.action == "s3:GetBucketLocation"


def test_the_same_for_an_outsider_is_an_error(replicated):
    """Whoever stands outside the spec gets nothing at all."""
    stranger = {"Effect": "Allow", "Principal": {"AWS": "444455556660"}}
    more = stranger | {"Action": "s3:GetBucketLocation", "Resource": BUCKET}
    report = changed(replicated, SOURCE, lambda those: those.append(more))
    (check,) = failed(report, "excess")
    assert check.request.principal.account == "444455556660"


def test_a_deny_in_another_policy_of_the_role_counts(replicated):
    """All identity-based policies of a role are judged as one."""
    policy = json.loads(replicated.texts[ROLE])
    policy["Statement"].append({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"{BUCKET}/*"})
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}}
    other = ROLE.replace("permissions-policy", "no-deletes")
    assert not replicated.verify({ROLE: json.dumps(policy)}).ok
    report = replicated.verify({ROLE: json.dumps(policy), other: json.dumps(deny)})
    assert failed(report, "excess") == []


HOLLOW = {
    "of the own account alone": {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
    "of a few actions": {"Action": ["s3:GetObject", "s3:PutObject"]},
    "of objects alone": {"Resource": f"{BUCKET}/*"},
    "but for a user": {
        "NotPrincipal": {"AWS": ["arn:aws:iam::444455556660:root", "arn:aws:iam::444455556660:user/eve"]},
        "Principal": None,
    },
    "of one Region": {
        "Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    },
}


@pytest.mark.parametrize("change", HOLLOW.values(), ids=HOLLOW)
def test_a_hollow_guard_is_found(replicated, change):
    """A Deny that leaves something of what a guard must refuse fails, with a request that gets by."""

    def hollow(statements):
        number = next(number for number, each in enumerate(statements) if each["Sid"] == "DenyInsecureTransport")
        found = statements[number] | change
        statements[number] = {name: value for name, value in found.items() if value is not None}

    (check,) = failed(changed(replicated, SOURCE, hollow), "guard")
    assert (check.document, check.statement) == (SOURCE, "DenyInsecureTransport")
    assert check.request.context["aws:securetransport"].values == ("false",)


def test_a_second_organization_in_a_guard_is_found(guarded):
    """One value too many in a guard's list lets another organization in."""
    path = "111122223333/s3/source/bucket-policy.json"

    def second(statements):
        for each in statements:
            if each["Sid"] == "DenyOutsideOrganization":
                different = each["Condition"]["StringNotEquals"]
                different["aws:PrincipalOrgID"] = [different["aws:PrincipalOrgID"], "o-zzzzzzzzzz"]

    (check,) = failed(changed(guarded, path, second), "guard")
    assert check.request.context["aws:principalorgid"].values == ("o-zzzzzzzzzz",)


def test_a_guard_in_two_statements_holds(replicated):
    """A guard that is split by its Resource is the same guard."""

    def split(statements):
        number = next(number for number, each in enumerate(statements) if each["Sid"] == "DenyInsecureTransport")
        one = statements[number]
        statements[number : number + 1] = [
            one | {"Sid": f"Part{part}", "Resource": resource} for part, resource in enumerate(one["Resource"])
        ]

    assert changed(replicated, SOURCE, split).ok


def test_a_deny_of_some_of_the_required_objects_is_found(replicated):
    """A Deny that spares the object which stands for the others is found all the same."""
    deny = {
        "Sid": "NoLogs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObjectVersionForReplication",
        "Resource": f"{BUCKET}/key-prefix1/logs/*",
    }
    (check,) = failed(changed(replicated, SOURCE, lambda those: those.append(deny)), "must-allow")
    assert check.statement == "NoLogs"
    assert check.request.resource.startswith(f"{BUCKET}/key-prefix1/logs/")


def test_a_deny_of_more_than_a_guard_asks_is_a_warning(replicated):
    """What nobody asked for may be taken away; it is said."""
    deny = {
        "Sid": "NoTorrents",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObjectTorrent",
        "Resource": f"{BUCKET}/*",
    }
    report = changed(replicated, SOURCE, lambda those: those.append(deny))
    assert report.ok
    assert [each.statement for each in report.warnings] == ["NoTorrents"]


def test_a_condition_that_changes_nothing_is_a_warning(replicated):
    """A condition that every request meets is not needed."""

    def conditioned(statements):
        statements[0]["Condition"] = {"StringLike": {"aws:PrincipalArn": "*"}}

    report = changed(replicated, ROLE, conditioned)
    assert report.ok
    assert [each.element for each in report.warnings] == ["Condition/StringLike/aws:PrincipalArn"]


def test_a_proof_that_is_too_rich_is_no_proof(replicated, monkeypatch):
    """What cannot be told fails, and names the field."""
    monkeypatch.setattr(automaton, "MOST_STATES", 5)
    report = replicated.verify()
    unknown = [each for each in report.failures if each.unknown]
    assert unknown
    assert {each.kind.value for each in unknown} == {"excess"}
    assert any("Resource has too many patterns that can hold together" in each.detail for each in unknown)


def test_a_witness_is_the_same_in_every_process(replicated, tmp_path):
    """What is shown does not hang on how Python hashes texts."""
    policy = json.loads(replicated.texts[SOURCE])
    policy["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": f"{BUCKET}/*"})
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(replicated.texts[SOURCE], encoding="utf-8")
    new.write_text(json.dumps(policy), encoding="utf-8")
    command = [sys.executable, "-m", "policygen", "diff", str(old), str(new), "--format", "json"]
    shown = {
        subprocess.run(  # our own command
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(shown) == 1
    assert json.loads(shown.pop())["verdict"] == "differs"


def test_other_words_for_the_same_are_no_fault():
    """A policy that is written otherwise and means the same fails nothing, and draws no warning."""
    tried, found = complaints(["guarded-buckets"], every=3)
    assert found == []
    assert tried > 20


def test_mutants_are_found_or_equivalent():
    """Of some small changes of a sample's policies none is passed in silence."""
    counts, silent = hunt(["deny-unencrypted-uploads", "migrate-single-region-key"], every=7)
    assert silent == []
    assert counts["found"] > 10


@pytest.mark.parametrize("seed", range(12))
def test_principals_in_many_places(seed):
    """A spec in which few principals stand in many places generates what verifies; some are refused."""
    found = list(faults(Random(seed)))
    assert found == [] or found[0].startswith("refused")
