"""Wildcards for actions: only where a catalogue knows no other action that they match."""

import pytest

import policygen as pg
from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.proofs import Kind, minimize, wildcards
from policygen.proofs.reference import NothingKnown
from tests.proofs.test_diff import allow, policy

NAMES = {
    "s3": ["s3:GetObject", "s3:GetObjectAcl", "s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl", "s3:ListBucket"],
    "kms": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"],
    "sqs": ["sqs:SendMessage", "sqs:ReceiveMessage"],
    "one": ["one:Thing"],
}


class Names(NothingKnown):
    """A catalogue of a few actions."""

    def names(self, service):
        """The actions of a service."""
        return NAMES.get(service, ())


def wild(*given):
    """A statement's policy after minimising."""
    return minimize(
        [parse_policy(policy(allow(list(given), "*")))], {Kind.IDENTITY}, None, Names(), catalog="2026-10-27"
    )


def actions(*given):
    """The actions of a statement after minimising."""
    (found,) = wild(*given).policies.values()
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
        (tuple(NAMES["sqs"]), ["sqs:*"]),
        (("one:Thing", "other:Thing", "other:Thing2"), ["one:Thing", "other:Thing", "other:Thing2"]),
        (("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectNew"), ["s3:PutObject*"]),
    ],
)
def test_where_a_wildcard_matches_what_is_listed_alone(given, expected):
    """As few as can be, each as narrow as can be, at the place of the first action; nothing of an unknown service."""
    assert actions(*given) == expected


def test_nothing_becomes_a_wildcard_unasked():
    """Without a catalogue lists stay: a wildcard would be another access, by ``pg.diff`` too."""
    given = policy(allow(["kms:ReEncryptFrom", "kms:ReEncryptTo"], "*"))
    plain, short = (pg.minimize(given, wildcards=each) for each in (False, True))
    assert [thaw(each.policies["policy"].written) == given for each in (plain, short)] == [True, False]
    assert [each.catalog is None for each in (plain, short)] == [True, False]
    assert pg.diff(given, short.policies["policy"]).verdict == "differs"


def test_what_was_done_is_said_with_the_date():
    """How many actions, and by which catalogue."""
    found = wild("s3:PutObject", "s3:PutObjectAcl")
    assert found.done == ("policy: `s3:PutObject*` in Action of statement #0 for 2 actions, all that are known today",)
    assert found.catalog == "2026-10-27"


def test_a_wildcard_that_matches_more_is_refused(monkeypatch):
    """What the catalogue says of a pattern is compared with what was listed."""
    monkeypatch.setattr(wildcards, "_common_beginning", lambda *_: "kms:d")
    assert actions("kms:Decrypt", "kms:DescribeKey") == ["kms:D*"]
    monkeypatch.setattr(wildcards, "_common_beginning", lambda *_: "kms:")
    found = wild("kms:Decrypt", "kms:DescribeKey")
    assert found.done == ()
    assert found.left == ("policy: `kms:*` in Action of statement #0: what is allowed would change",)
