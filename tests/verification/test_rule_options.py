"""Each rule's own options: the role gets what they call for, prefix by prefix, and verify asks for exactly that."""

import pytest

import policygen as pg
from policygen.errors import Severity
from policygen.spec.load import load_spec_text
from policygen.verification.checks import CheckKind

SPEC = """\
version: 1
accounts: {prod: "111122223333", backup: "444455556666"}
keys:
  data: {type: single-region, account: prod, region: us-east-1, id: 1234abcd-12ab-34cd-56ef-1234567890ab}
  copy: {type: single-region, account: backup, region: us-west-1, id: 0987dcba-09fe-87dc-65ba-ab0987654321}
  second: {type: single-region, account: backup, region: us-west-1, id: 1111dcba-09fe-87dc-65ba-ab0987654321}
buckets:
  source: {name: source-bucket, account: prod, region: us-east-1, encryption: {sse: "aws:kms", key: data}}
  replica: {name: replica-bucket, account: backup, region: us-west-1, object_ownership: bucket-owner-preferred,
            encryption: {sse: "aws:kms", key: copy}}
  other: {name: other-bucket, account: prod, region: us-east-1,
          encryption: {sse: "aws:kms", key: data, bucket_key: true}}
replication:
  nightly:
    source: source
    role: {name: s3-replication}
    source_objects: [sse-kms, unencrypted]
    rules:
"""
A, B = "{id: a, destination: replica, prefix: a/", "{id: b, destination: replica, prefix: b/"
ALL = "{id: b, destination: replica, priority: 1}"
SETS = {
    "delete markers": (A + "}", B + ", delete_markers: true}"),
    "tags": (A + ", replicate_tags: false}", B + "}"),
    "tags to one of two destinations": (A + ", replicate_tags: false}", "{id: b, destination: other, prefix: a/}"),
    "annotations": (A + ", replicate_annotations: true}", B + "}"),
    "owner": (A + ", owner_override: true}", B + ", owner_override: false}"),
    "replica key": (A + ", replica_key: second}", B + "}", "{id: c, destination: other}"),
    "whole bucket beside a prefix": (
        A + ", priority: 2, delete_markers: true}",
        "{id: b, destination: replica, priority: 1}",
    ),
    "prefix beside the whole bucket": (
        A + ", priority: 2, replica_key: second}",
        "{id: b, destination: replica, priority: 1}",
    ),
    "prefix in a prefix": (A + "}", "{id: b, destination: replica, prefix: a/b/, priority: 9, replica_key: second}"),
    "all disabled": (A + ", status: disabled}", B + ", status: disabled, delete_markers: true}"),
    "one disabled": (A + ", status: disabled, delete_markers: true}", "{id: b, destination: other, prefix: b/}"),
    "behind another": (A + ", priority: 1, replica_key: second}", "{id: b, destination: replica, priority: 2}"),
}


def spec_of(*rules):
    """Return a spec with these rules."""
    return load_spec_text(SPEC + "".join(f"      - {rule}\n" for rule in rules), "spec.yaml")


def rights(spec):
    """Return what the role's own policy allows: action to ends of resources and encryption contexts."""
    found = {}
    for statement in pg.generate(spec)["111122223333/iam/s3-replication/permissions-policy.json"].value["Statement"]:
        context = statement.get("Condition", {}).get("StringLike", {}).get("kms:EncryptionContext:aws:s3:arn", ())
        for action in statement["Action"]:
            places = found.setdefault(action, [])
            places += [each.rpartition(":")[2] for each in (context or statement["Resource"])]
    return found


@pytest.mark.parametrize("rules", SETS.values(), ids=SETS)
def test_the_documents_are_exactly_what_the_rules_ask_for(rules):
    """What is generated passes: every request that a rule calls for, none that it does not."""
    failed = [each for each in pg.verify(spec_of(*rules)).checks if not each.passed and each.severity is Severity.ERROR]
    assert [(each.id, each.detail) for each in failed] == []


@pytest.mark.parametrize("lock", ["true", "false"])
def test_a_disabled_rule_within_another_under_object_lock(lock):
    """What the other rule reads of locked objects is no right of the disabled one."""
    keys, buckets = SPEC.split("buckets:")
    text = f"{keys}buckets:" + buckets.replace("region: us", f"object_lock: {lock}, region: us")
    rules = ("{id: all, destination: replica, priority: 2}", A + ", priority: 1, status: disabled}")
    report = pg.verify(load_spec_text(text + "".join(f"      - {rule}\n" for rule in rules), "spec.yaml"))
    assert [check.id for check in report.failures] == []


def test_options_stand_with_their_own_prefixes():
    """Delete markers, tags and owner are for the prefixes of the rules that ask for them (R23, R24, R25)."""
    found = rights(spec_of(A + ", replicate_tags: false, owner_override: true}", B + ", delete_markers: true}"))
    assert found["s3:ReplicateObject"] == ["replica-bucket/a/*", "replica-bucket/b/*"]
    assert found["s3:ReplicateDelete"] == ["replica-bucket/b/*"]
    assert found["s3:ReplicateTags"] == ["replica-bucket/b/*"]
    assert found["s3:GetObjectVersionTagging"] == ["source-bucket/b/*"]
    assert found["s3:ObjectOwnerOverrideToBucketOwner"] == ["replica-bucket/a/*", "replica-bucket/b/*"]


ANNOTATIONS = ("s3:GetObjectVersionAnnotationForReplication", "s3:ReplicateObjectAnnotation")


def test_annotations_take_rights_where_a_rule_replicates_them():
    """Both are for the rule's prefix alone, in the role's policy and in another account's bucket policy (N6).

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    """
    off, on = spec_of(A + "}", B + "}"), spec_of(A + ", replicate_annotations: true}", B + "}")
    assert not set(ANNOTATIONS) & set(rights(off))
    assert [rights(on)[action] for action in ANNOTATIONS] == [["source-bucket/a/*"], ["replica-bucket/a/*"]]
    given = pg.generate(on)["444455556666/s3/replica/bucket-policy.json"].value["Statement"]
    assert [each["Resource"] for each in given if ANNOTATIONS[1] in each["Action"]] == [
        ["arn:aws:s3:::replica-bucket/a/*"]
    ]


def test_annotations_that_nobody_asked_for_are_an_excess():
    """Off, the rights must not be there; on, they must."""
    off, on = spec_of(A + "}"), spec_of(A + ", replicate_annotations: true}")
    documents = [{path: each.to_json() for path, each in pg.generate(spec).items()} for spec in (off, on)]
    unasked = [each.id for each in pg.verify(off, documents[1]).failures]
    assert "nightly/a/unasked/source/GetObjectVersionAnnotationForReplication" in unasked
    assert "nightly/a/unasked/destination/ReplicateObjectAnnotation" in unasked
    proved = [each for each in pg.verify(off, documents[1]).failures if each.id.endswith("/asked")]
    assert {each.kind for each in proved} == {CheckKind.EXCESS}
    assert {each.request.action for each in proved} == set(ANNOTATIONS)
    missing = pg.verify(on, documents[0])
    assert not missing.works
    assert [each.request.action for each in missing.failures if each.id.startswith("nightly/a/")] == list(ANNOTATIONS)


def test_a_replica_key_is_for_the_objects_of_its_rules():
    """The key that one rule names is used for its objects alone; plaintext arrives under the bucket's (R40, R41)."""
    bundle = pg.generate(spec_of(A + ", replica_key: second}", B + "}"))
    uses = {}
    for statement in bundle["444455556666/kms/copy/us-west-1/key-policy.json"].value["Statement"][1:]:
        contexts = statement["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
        uses |= {action: [each.rpartition(":")[2] for each in contexts] for action in statement["Action"]}
    assert uses["kms:Encrypt"] == uses["kms:Decrypt"] == ["replica-bucket/b/*"]
    assert uses["kms:GenerateDataKey"] == ["replica-bucket/b/*", "replica-bucket/a/*"]


def test_what_must_be_denied_follows():
    """Documents with the sum of the rights for every prefix fail: at the rule that does not ask for them."""
    narrow = spec_of(A + "}", B + ", delete_markers: true}")
    wide = pg.generate(spec_of(A + ", delete_markers: true}", B + ", delete_markers: true}"))
    report = pg.verify(narrow, {path: each.to_json() for path, each in wide.items() if path != "manifest.json"})
    assert "nightly/a/unasked/destination/ReplicateDelete" in [each.id for each in report.checks if not each.passed]


def test_rules_that_never_apply():
    """A rule behind another one, or disabled, gets nothing; that it never applies is a warning (R62)."""
    spec = spec_of(*SETS["behind another"])
    assert "second" not in str(rights(spec))
    assert rights(spec)["s3:ReplicateObject"] == ["replica-bucket/*"]
    (check,) = [each for each in pg.verify(spec).checks if each.id == "nightly/a/applies"]
    assert (check.passed, check.severity) == (False, Severity.WARNING)
    assert check.title == "rule a of nightly applies to some object"
    assert check.detail == (
        "whatever it covers follows b, which has a higher priority and the same destination; it gets no rights"
    )
    assert set(rights(spec_of(*SETS["all disabled"]))) == {"s3:GetReplicationConfiguration", "s3:ListBucket"}


@pytest.mark.parametrize(
    ("first", "second", "applied"),
    [
        ("priority: 2", "priority: 1, prefix: b/", ["a"]),
        ("priority: 1", "priority: 2, prefix: b/", ["a", "b"]),
        ("priority: 2, tags: {x: y}", "priority: 1", ["a", "b"]),
        ("priority: 2, tags: {x: y}", "priority: 1, tags: {x: y, z: w}", ["a"]),
        ("priority: 2, prefix: a/", "priority: 1, prefix: a/b/", ["a"]),
        ("priority: 2, prefix: a/", "priority: 1, prefix: a", ["a", "b"]),
        ("priority: 2, status: disabled", "priority: 1, prefix: b/", ["b"]),
    ],
)
def test_which_rules_apply(first, second, applied):
    """A rule is behind another one of the same destination that has a higher priority and covers all of its objects."""
    rules = [f"{{id: {name}, destination: replica, {more}}}" for name, more in (("a", first), ("b", second))]
    assert [rule.id for rule in spec_of(*rules).replication[0].applied_rules] == applied
