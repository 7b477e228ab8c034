"""Wildcards for actions: only where a catalogue knows no other action that they match."""

import pytest

import policygen as pg
from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.proofs import Kind, KnownActions, minimize, wildcards
from tests.proofs.test_diff import allow, policy

NAMES = {
    "s3": ["s3:GetObject", "s3:GetObjectAcl", "s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl", "s3:ListBucket"],
    "kms": ["kms:Decrypt", "kms:DescribeKey"],
    "one": ["one:Thing"],
}
KNOWN = KnownActions(names=lambda service: NAMES.get(service, ()), date="2026-10-27")


def actions(*given, known=KNOWN):
    """The actions of a statement after minimising."""
    (found,) = minimize([parse_policy(policy(allow(list(given))))], {Kind.IDENTITY}, known=known).policies.values()
    value = thaw(found.written)["Statement"][0]["Action"]
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("s3:GetObject", "s3:GetObjectAcl"), ["s3:GetObject*"]),
        (("s3:GetObject", "s3:GetBucketAcl"), ["s3:GetObject", "s3:GetBucketAcl"]),
        (("s3:PutObject", "s3:ListBucket", "s3:PutObjectAcl"), ["s3:PutObject*", "s3:ListBucket"]),
        (("S3:PUTOBJECT", "s3:putobjectacl"), ["s3:PutObject*"]),
        (("kms:Decrypt", "kms:DescribeKey", "s3:GetObject"), ["kms:De*", "s3:GetObject"]),
        (tuple(NAMES["s3"]), ["s3:*"]),
        (("one:Thing", "other:Thing", "other:Thing2"), ["one:Thing", "other:Thing", "other:Thing2"]),
        (
            ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectNew"),
            ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectNew"],
        ),
    ],
)
def test_where_a_wildcard_matches_what_is_listed_alone(given, expected):
    """As few as can be, each as narrow as can be, at the place of the first action; nothing of what is unknown."""
    assert actions(*given) == expected


def test_nothing_becomes_a_wildcard_unasked():
    """Without a catalogue lists stay: a wildcard would be another access, by ``pg.diff`` too."""
    given = policy(allow(["kms:ReEncryptFrom", "kms:ReEncryptTo"]))
    plain, wild = (pg.minimize(given, wildcards=each) for each in (False, True))
    assert [thaw(each.policies["policy"].written) == given for each in (plain, wild)] == [True, False]
    assert [each.catalog is None for each in (plain, wild)] == [True, False]
    assert pg.diff(given, wild.policies["policy"]).verdict == "differs"


def test_what_was_done_is_said_with_the_date():
    """How many actions, and that it is another access once AWS adds some."""
    found = minimize([parse_policy(policy(allow(["s3:PutObject", "s3:PutObjectAcl"])))], {Kind.IDENTITY}, known=KNOWN)
    assert "; ".join(found.done) == (
        "policy: `s3:PutObject*` in Action of statement #0 for 2 actions, all that the catalogue of 2026-10-27 knows: "
        "those that AWS adds are matched as well"
    )
    assert found.catalog == "2026-10-27"


def test_a_wildcard_that_matches_more_is_refused(monkeypatch):
    """What the catalogue says of a pattern is compared with what was listed."""
    monkeypatch.setattr(wildcards, "_common_beginning", lambda *_: "s3:p")
    assert actions("s3:PutObject", "s3:PutObjectAcl") == ["s3:P*"]
    monkeypatch.setattr(wildcards, "_common_beginning", lambda *_: "s3:")
    assert actions("s3:PutObject", "s3:PutObjectAcl") == ["s3:PutObject", "s3:PutObjectAcl"]
