"""Replicas under the related key of the source object's own: configuration, rights, and what verify finds wrong.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_EncryptionConfiguration.html
"""

import json

import pytest
from botocore.validate import ParamValidator

import policygen as pg
from policygen.errors import Severity
from policygen.spec.load import load_spec_text
from tests.export.calls import operation

SPEC = """\
version: 1
accounts: {prod: "111122223333", backup: "444455556666"}
keys:
  data: {type: multi-region, account: prod, primary_region: us-east-1, replica_regions: [us-west-1],
         id: mrk-1234abcd12ab34cd56ef1234567890ab}
  more: {type: multi-region, account: prod, primary_region: us-west-1, replica_regions: [us-east-1],
         id: mrk-0987dcba09fe87dc65baab0987654321}
buckets:
  source: {name: source-bucket, account: prod, region: us-east-1, encryption: {sse: "aws:kms", key: data}}
  replica: {name: replica-bucket, account: prod, region: us-west-1, encryption: {sse: "aws:kms", key: more}}
  theirs: {name: their-bucket, account: backup, region: us-west-1}
replication:
  nightly:
    source: source
    role: {name: s3-replication}
    rules:
      - {id: west, destination: replica, replica_key: source-multi-region}
"""
ROLE = "111122223333/iam/s3-replication/permissions-policy.json"
PATH = "111122223333/s3/source/replication-configuration.json"
DATA, MORE = (f"key/mrk-{each}" for each in ("1234abcd12ab34cd56ef1234567890ab", "0987dcba09fe87dc65baab0987654321"))
WEST, EAST = "arn:aws:kms:us-west-1:111122223333:", "arn:aws:kms:us-east-1:111122223333:"
ENABLED, DISABLED = {"Status": "Enabled"}, {"Status": "Disabled"}
NAMED = "Destination/EncryptionConfiguration/ReplicaKmsKeyID"
OWN = "Destination/EncryptionConfiguration/UseSourceMultiRegionKey/Status"
BOTH_KEYS = ("role: {name: s3-replication}", "role: {name: s3-replication}\n    source_keys: [data, more]")
BY_NAME = ("replica_key: source-multi-region", "replica_key: data")


def spec_of(*changes):
    """Return the spec with texts changed."""
    text = SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_spec_text(text, "spec.yaml")


def documents_of(spec):
    """Return what a spec generates, as JSON values."""
    return {path: json.loads(each.to_json()) for path, each in pg.generate(spec).items() if path != "manifest.json"}


def rights(spec):
    """Return what the role may do with keys: action to key ARNs."""
    found = {}
    for statement in documents_of(spec)[ROLE]["Statement"]:
        for action in statement["Action"]:
            if action.startswith("kms:"):
                found.setdefault(action, []).extend(statement["Resource"])
    return found


def test_the_configuration_names_no_key():
    """It is what botocore's model takes, in place of ReplicaKmsKeyID; another option gives another document."""
    configuration = documents_of(spec_of())[PATH]
    destination = configuration["Rules"][0]["Destination"]
    assert destination["EncryptionConfiguration"] == {"UseSourceMultiRegionKey": ENABLED}
    asked = {"Bucket": "source-bucket", "ReplicationConfiguration": configuration}
    shape = operation("s3", "put-bucket-replication").input_shape
    assert ParamValidator().validate(asked, shape).generate_report() == ""
    named = documents_of(spec_of(BY_NAME))[PATH]["Rules"][0]["Destination"]
    assert named["EncryptionConfiguration"] == {"ReplicaKmsKeyID": WEST + DATA}


def test_the_role_decrypts_under_the_source_key_and_encrypts_under_the_related_one():
    """The destination's own default key takes no part: replicas are under the key of their object (M14, R40)."""
    found = rights(spec_of())
    assert found["kms:Decrypt"] == [EAST + DATA, WEST + DATA]
    assert found["kms:Encrypt"] == found["kms:GenerateDataKey"] == [WEST + DATA]


def test_every_source_key_has_its_related_one():
    """Objects under two keys have replicas under two: each is granted and asked for."""
    spec = spec_of(BOTH_KEYS)
    assert rights(spec)["kms:Encrypt"] == [WEST + DATA, WEST + MORE]
    report = pg.verify(spec)
    assert report.ok
    names = [each.id for each in report.checks if "/encrypt-replica" in each.id and each.kind.value == "must-allow"]
    assert names == ["nightly/west/encrypt-replica", "nightly/west/encrypt-replica-more"]
    written = [each.id for each in report.checks if "/ReplicateObject" in each.id and each.kind.value == "must-allow"]
    assert written == ["nightly/west/ReplicateObject-sse-kms", "nightly/west/ReplicateObject-sse-kms-more"]


@pytest.mark.parametrize("changes", [(), (BOTH_KEYS,), (("key: more", "key: data"),)])
def test_what_is_generated_is_what_is_asked(changes):
    """Nothing fails and nothing warns of the generated documents."""
    report = pg.verify(spec_of(*changes))
    assert [each.id for each in (*report.failures, *report.warnings)] == []


@pytest.mark.parametrize(("key", "other"), [(DATA, "encrypt-replica"), (MORE, "encrypt-replica-more")])
def test_a_missing_related_key_is_found(key, other):
    """Without the right on the related key in the destination's Region nothing under that key replicates (F6)."""
    spec = spec_of(BOTH_KEYS)
    documents = documents_of(spec)
    statements = documents[ROLE]["Statement"]
    statements[:] = [each for each in statements if each["Resource"] != [WEST + key]]
    report = pg.verify(spec, documents)
    assert not report.works
    (check,) = [each for each in report.failures if each.id == f"nightly/west/{other}"]
    assert (check.cause, check.request.resource) == ("F6", WEST + key)


def with_encryption(spec, written):
    """Return the report on a spec's documents with another EncryptionConfiguration."""
    documents = documents_of(spec)
    documents[PATH]["Rules"][0]["Destination"]["EncryptionConfiguration"] = written
    return pg.verify(spec, documents)


def about_keys(report):
    """Return what did not pass of the rule's two elements: pointer, cause, severity."""
    head = "nightly/west/configuration/"
    found = [each for each in report.checks if each.id in (head + NAMED, head + OWN) and not each.passed]
    return [(each.element, each.cause, each.severity.value) for each in found]


@pytest.mark.parametrize(
    ("written", "found", "works"),
    [
        ({"UseSourceMultiRegionKey": True}, [], True),
        ({"UseSourceMultiRegionKey": DISABLED}, [(OWN, "F1", "error")], False),
        ({}, [(OWN, "F1", "error")], False),
        ({"ReplicaKmsKeyID": WEST + DATA}, [(NAMED, None, "error"), (OWN, None, "error")], True),
        ({"ReplicaKmsKeyID": WEST + MORE}, [(NAMED, "F12", "error"), (OWN, None, "error")], False),
        ({"ReplicaKmsKeyID": EAST + DATA}, [(NAMED, "F12", "error"), (OWN, None, "error")], False),
        ({"ReplicaKmsKeyID": WEST + "alias/data"}, [(NAMED, "F13", "error"), (OWN, None, "error")], False),
        ({"ReplicaKmsKeyID": WEST + MORE, "UseSourceMultiRegionKey": ENABLED}, [(NAMED, None, "warning")], True),
    ],
)
def test_other_keys_than_the_objects_own(written, found, works):
    """What stands in the place of UseSourceMultiRegionKey: nothing, the same key by its name, another key, both."""
    report = with_encryption(spec_of(), written)
    assert about_keys(report) == found
    assert report.works is works
    assert report.ok is (works and all(severity == "warning" for *_, severity in found))


@pytest.mark.parametrize(
    ("changes", "written", "found", "works"),
    [
        ((), {"UseSourceMultiRegionKey": ENABLED}, [(NAMED, None, "error"), (OWN, None, "error")], True),
        ((("replica_key: data", "replica_key: more"),), {"UseSourceMultiRegionKey": ENABLED},
         [(NAMED, "F12", "error"), (OWN, None, "error")], False),
        ((), {"ReplicaKmsKeyID": WEST + DATA, "UseSourceMultiRegionKey": ENABLED}, [(OWN, None, "warning")], True),
        ((), {"ReplicaKmsKeyID": WEST + DATA, "UseSourceMultiRegionKey": DISABLED}, [], True),
        ((), {"UseSourceMultiRegionKey": DISABLED}, [(NAMED, "F1", "error")], False),
    ],
)  # fmt: skip
def test_the_objects_own_key_where_one_is_named(changes, written, found, works):
    """UseSourceMultiRegionKey works where the related key is the one that is named, and is not exact."""
    report = with_encryption(spec_of(BY_NAME, *changes), written)
    assert about_keys(report) == found
    assert report.works is works


def test_an_object_without_a_related_key_has_no_replica():
    """Named, one key is that of every replica; by their own, objects under a single-Region key have none (F12)."""
    old = "  old: {type: single-region, account: prod, region: us-east-1, id: 1234abcd-12ab-34cd-56ef-1234567890ab}\n"
    keys = ("role: {name: s3-replication}", "role: {name: s3-replication}\n    source_keys: [data, old]")
    spec = spec_of(BY_NAME, ("keys:\n", f"keys:\n{old}"), keys)
    report = with_encryption(spec, {"UseSourceMultiRegionKey": ENABLED})
    assert about_keys(report) == [(NAMED, "F12", "error"), (OWN, None, "error")]


def test_one_name_for_two_keys_is_not_the_same():
    """Named, one of two related keys is not the key of every object."""
    report = with_encryption(spec_of(BOTH_KEYS), {"ReplicaKmsKeyID": WEST + DATA})
    assert (NAMED, "F12", "error") in about_keys(report)


def test_a_mend_of_the_configuration():
    """The rule that names no key is mended by the spec's, and then all is well."""
    report = with_encryption(spec_of(), {})
    assert [check.mends != () for check in report.failures if check.element == OWN] == [True]
    (mend,) = report.mends
    assert json.loads(json.dumps(mend.to_dict()))["value"]["Rules"][0]["Destination"]["EncryptionConfiguration"] == {
        "UseSourceMultiRegionKey": ENABLED
    }


SINGLE = (
    SPEC[SPEC.index("data: {type") : SPEC.index("}\n  more:") + 1],
    "data: {type: single-region, account: prod, region: us-east-1, id: 1234abcd-12ab-34cd-56ef-1234567890ab}",
)
ELSEWHERE = (
    "primary_region: us-east-1, replica_regions: [us-west-1]",
    "primary_region: us-east-1, replica_regions: []",
)
NEEDS = "`source-multi-region` needs a multi-Region key"
MANAGED = (SINGLE[0], "data: {type: aws-managed, account: prod, region: us-east-1}")


@pytest.mark.parametrize(
    ("change", "code", "message", "detail"),
    [
        (
            SINGLE,
            "PG-S037",
            f"{NEEDS}: `data` is a single-region key",
            "it is a single-region key: create a multi-Region key, and encrypt the objects anew",
        ),
        (
            ELSEWHERE,
            "PG-S009",
            "the key `data` does not exist in `us-west-1`, the Region of `replica`",
            "it exists in us-east-1 alone: replicate the primary key to us-west-1",
        ),
        (
            MANAGED,
            "PG-S037",
            f"{NEEDS}: objects of `source` are under `aws/s3`, a single-Region key",
            "it is an aws-managed key: create a multi-Region key, and encrypt the objects anew",
        ),
    ],
    ids=["single-region", "elsewhere", "aws-managed"],
)
def test_a_source_key_without_a_related_one(change, code, message, detail):
    """Nothing is generated; documents that are there are judged, and the cause is the key (F12)."""
    spec = spec_of(change)
    with pytest.raises(pg.SpecError) as error:
        pg.generate(spec)
    assert [(each.code, each.message) for each in error.value.problems] == [(code, message)]
    report = pg.verify(spec, documents_of(spec_of()))
    (check,) = [each for each in report.failures if each.id == "nightly/west/related-key-data"]
    assert (check.cause, report.works) == ("F12", False)
    assert f": {detail};" in check.detail


def test_keys_that_the_spec_does_not_name():
    """Objects under KMS in a bucket whose default is SSE-S3: the spec has to name their keys."""
    spec = spec_of(
        ('encryption: {sse: "aws:kms", key: data}', "tls_only: true"),
        ("role: {name: s3-replication}", "role: {name: s3-replication}\n    source_objects: [sse-kms]"),
    )
    assert [each.message for each in spec.blockers] == [
        f"{NEEDS}: objects of `source` are under keys that the spec does not name"
    ]
    assert spec.blockers[0].hint == "name them in `source_keys`"
    report = pg.verify(spec, documents_of(spec_of()))
    (check,) = [each for each in report.failures if each.id == "nightly/west/related-key"]
    assert (check.cause, check.severity) == ("F12", Severity.ERROR)


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (
            ("destination: replica", "destination: theirs"),
            "`source-multi-region` is for one account, `theirs` is in 444455556666",
            "name a customer managed key of that account: AWS does not say that this works across accounts",
        ),
        (
            ('encryption: {sse: "aws:kms", key: data}', "tls_only: true"),
            "`source-multi-region` needs objects under a KMS key: the source has none",
            "write `source_objects: [sse-kms]` as well, or take `replica_key` away",
        ),
        (
            ("keys:\n", "keys:\n  source-multi-region: {type: single-region, account: prod, region: us-east-1}\n"),
            "`source-multi-region` is the name of a key as well",
            "give that key another name: here the word stands for the source objects' own key",
        ),
    ],
    ids=["other account", "no KMS", "a key of that name"],
)
def test_a_spec_that_cannot_be_meant(change, message, hint):
    """Refused at the rule (Unspecified: another account)."""
    with pytest.raises(pg.SpecError) as error:
        spec_of(change)
    assert [(each.code, each.message, each.hint) for each in error.value.problems] == [("PG-S037", message, hint)]
    assert error.value.problems[0].place.pointer == "/replication/nightly/rules/0/replica_key"


def test_a_disabled_related_key():
    """The key's state counts at both ends (F12)."""
    spec = spec_of(
        ("id: mrk-1234abcd12ab34cd56ef1234567890ab", "state: disabled, id: mrk-1234abcd12ab34cd56ef1234567890ab")
    )
    failed = [(each.id, each.cause, each.s3_failure_code) for each in pg.verify(spec, documents_of(spec)).failures]
    assert ("nightly/west/replica-key-enabled", "F12", "DstKmsKeyInvalidState") in failed


def test_one_region():
    """Within one Region the related key is the source key itself."""
    spec = spec_of(("account: prod, region: us-west-1, encryption", "account: prod, region: us-east-1, encryption"))
    assert rights(spec)["kms:Encrypt"] == [EAST + DATA]
    assert pg.verify(spec).ok
