"""Verification: matrix of options, failure causes, files as the AWS CLI prints them."""

import json
from itertools import product
from pathlib import Path

import pytest

import policygen as pg
from policygen.spec.load import load_spec_text
from policygen.verification import mended_texts

SAMPLES = Path(__file__).parents[2] / "samples"

SPEC = """
version: 1
accounts: {{prod: "111122223333", backup: "444455556666"}}
keys:
  here: {{type: single-region, account: prod, region: us-east-1, enable_iam_policies: {iam},
         administrators: [role/Admin], users: [role/App]}}
  there: {{type: single-region, account: {other}, region: us-west-1, enable_iam_policies: {iam},
          administrators: [role/Admin]}}
buckets:
  source:
    {{name: source-bucket, account: prod, region: us-east-1, object_lock: {lock},
     encryption: {{sse: "{sse}", key: here, bucket_key: {source_key}, enforce: {enforce}}},
     readers: [role/Reader, {{principal: role/Other, prefix: some/}}], writers: [role/Writer]}}
  replica:
    {{name: replica-bucket, account: {other}, region: us-west-1, object_lock: {lock}, minimum_tls_version: "1.2",
     object_ownership: {ownership},
     encryption: {{sse: "{sse}", key: there, bucket_key: {replica_key}}}}}
replication:
  nightly:
    source: source
    role: {{name: s3-replication, trust: {{source_account: {trust}, source_arn: {trust}}}}}
    profile: {profile}
    source_objects: {objects}
    rules:
      - {{id: one, destination: replica, prefix: "{prefix}", delete_markers: {flag}, replicate_tags: {flag}}}
"""
DEFAULTS = {
    "iam": "true",
    "other": "prod",
    "lock": "false",
    "sse": "aws:kms",
    "source_key": "false",
    "replica_key": "false",
    "enforce": "none",
    "ownership": "bucket-owner-enforced",
    "trust": "false",
    "profile": "robust",
    "objects": "[sse-kms]",
    "prefix": "",
    "flag": "true",
}


def load(**options):
    """Return the spec with some options."""
    return load_spec_text(SPEC.format(**(DEFAULTS | options)), "spec.yaml")


def texts_of(spec):
    """Return a spec's documents as JSON texts."""
    return {path: each.to_json() for path, each in pg.generate(spec).items() if path != "manifest.json"}


MATRIX = [
    *(
        {"other": a, "profile": b, "iam": c}
        for a, b, c in product(("prod", "backup"), ("minimal", "robust"), ("true", "false"))
    ),
    *(
        {"source_key": a, "replica_key": b, "profile": c, "other": d}
        for a, b, c, d in product(
            ("true", "false", "mixed"), ("true", "false", "mixed"), ("minimal", "robust"), ("prod", "backup")
        )
    ),
    *(
        {"objects": f"[{a}]", "profile": b}
        for a, b in product(
            ("sse-kms", "sse-s3", "unencrypted", "sse-kms, unencrypted", "dsse-kms", "sse-kms, dsse-kms"),
            ("minimal", "robust"),
        )
    ),
    *(
        {"enforce": a, "flag": b}
        for a, b in product(("none", "header-required", "key-required", "header-optional"), ("true", "false"))
    ),
    *({"prefix": a, "source_key": b, "replica_key": b} for a, b in product(("", "logs/", "logs"), ("true", "false"))),
    {"lock": "true"},
    {"other": "backup", "ownership": "object-writer"},
    {"other": "backup", "ownership": "bucket-owner-preferred", "flag": "false"},
    {"sse": "aws:kms:dsse", "objects": "[dsse-kms]"},
    {"trust": "true"},
]


@pytest.mark.parametrize("options", MATRIX, ids=[" ".join(f"{k}={v}" for k, v in each.items()) for each in MATRIX])
def test_what_is_generated_verifies(options):
    """Every combination of options generates documents that verify green, every condition needed."""
    spec = load(**options)
    report = pg.verify(spec)
    assert [(check.id, check.detail) for check in report.failures] == []
    kinds = {check.kind.value for check in report.checks}
    assert kinds >= {"must-allow", "must-deny", "configuration", "excess"}


def test_trust_conditions_warn():
    """Conditions of the trust policy that S3 may not meet are a warning, and the report stays ok (R12)."""
    report = pg.verify(load(trust="true"))
    assert report.ok
    (warning,) = report.warnings
    assert (warning.cause, warning.document, warning.statement, warning.element) == ("F23", TRUST, "#0", "Condition")
    assert report.mends == ()  # the spec asks for it


@pytest.mark.parametrize(("asked", "bucket_key", "cause"), [("bucket", "false", "F3"), ("object", "true", "F2")])
def test_an_encryption_context_that_does_not_fit_the_buckets(asked, bucket_key, cause):
    """The spec's own documents fail then; the statements as they should be are shown all the same, and mend it."""
    text = SPEC.format(**(DEFAULTS | {"source_key": bucket_key, "replica_key": bucket_key}))
    spec = load_spec_text(f"{text}    encryption_context: {asked}\n", "spec.yaml")
    report = pg.verify(spec)
    assert {(each.cause, each.document, each.element) for each in report.failures} == {
        (cause, ROLE, "Condition/StringLike/kms:EncryptionContext:aws:s3:arn")
    }
    assert {each.statement for each in report.mends} == {"DecryptSourceObjects", "EncryptReplicasInReplica"}
    assert pg.verify(spec, mended_texts(texts_of(spec), report.mends)).ok


ROLE = "111122223333/iam/s3-replication/permissions-policy.json"
TRUST = "111122223333/iam/s3-replication/trust-policy.json"
CONFIGURATION = "111122223333/s3/source/replication-configuration.json"
REPLICA_POLICY = "444455556666/s3/replica/bucket-policy.json"
REPLICA_KEY = "444455556666/kms/there/us-west-1/key-policy.json"
SOURCE_KEY = "111122223333/kms/here/us-east-1/key-policy.json"


def broken(spec, path, change):
    """Return the report on a spec's documents with one of them changed; None takes it away."""
    texts = texts_of(spec)
    document = json.loads(texts.pop(path))
    result = change(document)
    if result is not None:
        texts[path] = json.dumps(result)
    return pg.verify(spec, texts)


def edit(sid, **elements):
    """Return a change that sets elements of one statement."""

    def change(document):
        for statement in document["Statement"]:
            if statement.get("Sid") == sid:
                statement.update(elements)
        return document

    return change


def without(sid):
    """Return a change that takes one statement away."""
    return lambda document: {
        **document,
        "Statement": [each for each in document["Statement"] if each.get("Sid") != sid],
    }


def context(via, arns):
    """Return a condition of a KMS statement."""
    return {"StringLike": {"kms:ViaService": via, "kms:EncryptionContext:aws:s3:arn": arns}}


def rule(**elements):
    """Return a change of the first rule of a replication configuration; None takes an element away."""

    def change(document):
        for name, value in elements.items():
            document["Rules"][0].pop(name, None)
            if value is not None:
                document["Rules"][0][name] = value
        return document

    return change


BOTH = {"source_key": "true", "replica_key": "true"}
CAUSES = [
    ("F1", {}, CONFIGURATION, rule(SourceSelectionCriteria=None)),
    (
        "F2",
        BOTH,
        ROLE,
        edit("DecryptSourceObjects", Condition=context("s3.us-east-1.amazonaws.com", "arn:aws:s3:::source-bucket/*")),
    ),
    (
        "F3",
        {},
        ROLE,
        edit("DecryptSourceObjects", Condition=context("s3.us-east-1.amazonaws.com", "arn:aws:s3:::source-bucket")),
    ),
    (
        "F4",
        {},
        ROLE,
        edit(
            "EncryptReplicasInReplica", Condition=context("s3.us-east-1.amazonaws.com", "arn:aws:s3:::replica-bucket/*")
        ),
    ),
    ("F5", {}, ROLE, without("DecryptSourceObjects")),
    ("F6", {}, ROLE, without("EncryptReplicasInReplica")),
    ("F7", {"other": "backup"}, REPLICA_KEY, without("AllowNightlyEncryptReplicasInReplica")),
    ("F8", {}, SOURCE_KEY, without("EnableIAMUserPermissions")),
    ("F9", BOTH, ROLE, edit("EncryptReplicasInReplica", Action=["kms:Encrypt", "kms:GenerateDataKey"])),
    (
        "F10",
        {"objects": "[sse-kms, unencrypted]"},
        ROLE,
        edit("EncryptReplicasInReplica", Action=["kms:Encrypt", "kms:Decrypt"]),
    ),
    (
        "F12",
        {},
        CONFIGURATION,
        rule(
            Destination={
                "Bucket": "arn:aws:s3:::replica-bucket",
                "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-east-1:111122223333:key/KEY-ID-OF-here"},
            }
        ),
    ),
    (
        "F13",
        {},
        CONFIGURATION,
        rule(
            Destination={
                "Bucket": "arn:aws:s3:::replica-bucket",
                "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-west-1:111122223333:alias/there"},
            }
        ),
    ),
    (
        "F15",
        {"other": "backup", "ownership": "object-writer"},
        ROLE,
        edit("ReplicateToReplica", Action=["s3:ReplicateObject", "s3:ReplicateTags", "s3:ReplicateDelete"]),
    ),
    (
        "F16",
        {},
        ROLE,
        edit(
            "ReadSourceObjects", Action=["s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
        ),
    ),
    ("F17", {"other": "backup"}, REPLICA_POLICY, lambda _document: None),
    (
        "F18",
        {"other": "backup"},
        REPLICA_POLICY,
        lambda document: {
            **document,
            "Statement": [
                *document["Statement"],
                {
                    "Sid": "OnlyEndpoint",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": "arn:aws:s3:::replica-bucket/*",
                    "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-12345678"}},
                },
            ],
        },
    ),
    ("F19", {}, ROLE, edit("ReadReplicationConfiguration", Resource="arn:aws:s3:::source-bucket/*")),
    (
        "F21",
        {"lock": "true"},
        ROLE,
        edit(
            "ReadSourceObjects",
            Action=["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
        ),
    ),
    (
        "F23",
        {},
        TRUST,
        lambda document: {
            **document,
            "Statement": [{**document["Statement"][0], "Principal": {"Service": "ec2.amazonaws.com"}}],
        },
    ),
    ("F24", {}, CONFIGURATION, rule(Priority=None)),
]


@pytest.mark.parametrize(("cause", "options", "path", "change"), CAUSES, ids=[each[0] for each in CAUSES])
def test_failure_causes(cause, options, path, change):
    """A set-up broken in one known way is found with its cause; the unbroken twin is clean."""
    spec = load(**options)
    assert pg.verify(spec, texts_of(spec)).ok
    report = broken(spec, path, change)
    assert not report.ok
    found = [check for check in report.failures if check.cause == cause]
    assert found, [(check.id, check.cause) for check in report.failures]
    assert all(check.document for check in found)


STATES = [
    ("F11", None, {"other": "backup"}, ("there: {type: single-region", "there: {type: aws-managed")),
    ("F12", "DstKmsKeyInvalidState", {}, ("region: us-west-1, enable", "state: disabled, region: us-west-1, enable")),
    (
        "F12",
        "SrcKmsKeyInvalidState",
        {},
        ("region: us-east-1, enable", "state: pending-deletion, region: us-east-1, enable"),
    ),
    (
        "F14",
        None,
        {},
        ("object_lock: false,\n     encryption", "object_lock: false, versioning: suspended,\n     encryption"),
    ),
    ("F14", "DstBucketUnversioned", {}, ("minimum_tls", "versioning: suspended, minimum_tls")),
    ("F21", "DstBucketObjectLockConfigMissing", {"lock": "true"}, ("object_lock: true, minimum", "minimum")),
    ("F25", None, {"objects": "[sse-c]"}, ("unused", "unused")),
]


@pytest.mark.parametrize(("cause", "code", "options", "change"), STATES, ids=[f"{a}-{b}" for a, b, _, _ in STATES])
def test_failure_causes_of_buckets_and_keys(cause, code, options, change):
    """What hinders replication whatever the policies say is found with its cause, and nothing is generated (R100)."""
    text = SPEC.format(**(DEFAULTS | options)).replace(*change)
    spec = load_spec_text(text, "spec.yaml")
    report = pg.verify(spec)
    found = [check for check in report.failures if check.cause == cause]
    assert [check.s3_failure_code for check in found] == [code]
    if cause != "F12":  # a key that is disabled today may be enabled tomorrow: its policies are generated
        with pytest.raises(pg.SpecError):
            pg.generate(spec)


def test_versioning_as_the_aws_cli_prints_it():
    """A bucket whose versioning is suspended is found from its settings, as `get-bucket-versioning` prints them."""
    spec = load()
    path = "111122223333/s3/replica/versioning.json"
    report = pg.verify(spec, {**texts_of(spec), path: '{"Status": "Suspended"}'})
    assert [(check.cause, check.document, check.element) for check in report.failures] == [("F14", path, "Status")]
    printed = {
        "ServerSideEncryptionConfiguration": json.loads(texts_of(spec)["111122223333/s3/source/encryption.json"])
    }
    unchanged = {**texts_of(spec), "111122223333/s3/source/encryption.json": json.dumps(printed)}
    assert pg.verify(spec, unchanged).ok


def test_the_aws_managed_key_of_another_account():
    """`alias/aws/s3` as the replica key is named as such, and a key of another Region is not found by S3 (R57, R66)."""
    spec = load(other="backup")
    encryption = {"ReplicaKmsKeyID": "arn:aws:kms:us-west-1:444455556666:alias/aws/s3"}
    destination = {"Bucket": "arn:aws:s3:::replica-bucket", "Account": "444455556666"}
    report = broken(spec, CONFIGURATION, rule(Destination={**destination, "EncryptionConfiguration": encryption}))
    assert "F11" in {check.cause for check in report.failures}
    encryption = {"ReplicaKmsKeyID": "arn:aws:kms:us-east-1:444455556666:key/KEY-ID-OF-there"}
    report = broken(spec, CONFIGURATION, rule(Destination={**destination, "EncryptionConfiguration": encryption}))
    assert ("F12", "DstKmsKeyNotFound") in {(check.cause, check.s3_failure_code) for check in report.failures}


def test_a_deny_on_what_object_lock_may_need_is_a_warning():
    """AWS's pages disagree on Object Lock at the destination: a Deny there is told of, nothing is granted (R33)."""
    spec = load(lock="true")
    assert pg.verify(spec).warnings == ()
    deny = {"Sid": "NoLocks", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectRetention", "Resource": "*"}
    policy = "111122223333/s3/replica/bucket-policy.json"
    report = broken(spec, policy, lambda document: {**document, "Statement": [*document["Statement"], deny]})
    (warning,) = [each for each in report.warnings if each.cause == "F21"]
    assert (warning.s3_failure_code, warning.statement) == ("DstPutRetentionNotPermitted", "NoLocks")
    assert report.ok


def test_s3_failure_codes():
    """S3's own failure code stands beside the cause where S3 names it (R100)."""
    report = broken(load(), TRUST, lambda document: {**document, "Statement": []})
    codes = {check.s3_failure_code for check in report.failures if check.cause == "F23"}
    assert codes == {"AssumeRoleNotPermitted"}
    report = broken(load(), ROLE, without("DecryptSourceObjects"))
    assert {check.s3_failure_code for check in report.failures if check.cause == "F5"} == {None}


def test_documents_of_the_aws_cli():
    """What the AWS CLI prints around a policy is taken off."""
    spec = load(other="backup")
    texts = texts_of(spec)
    texts[REPLICA_POLICY] = json.dumps({"Policy": texts[REPLICA_POLICY]})
    texts[REPLICA_KEY] = json.dumps({"Policy": texts[REPLICA_KEY], "PolicyName": "default"})
    texts[ROLE] = json.dumps({"RoleName": "s3-replication", "PolicyDocument": json.loads(texts[ROLE])})
    texts[TRUST] = json.dumps({"Role": {"AssumeRolePolicyDocument": json.loads(texts[TRUST])}})
    texts[CONFIGURATION] = json.dumps({"ReplicationConfiguration": json.loads(texts[CONFIGURATION])})
    assert [check.id for check in pg.verify(spec, texts).failures] == []


def test_further_identity_policies_count():
    """Any other JSON file of a role's folder is one more identity policy; the boundary is none."""
    spec = load()
    texts = texts_of(spec)
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    nothing = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Less", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    folder = "111122223333/iam/s3-replication"
    wide = pg.verify(spec, {**texts, f"{folder}/AdministratorAccess.json": json.dumps(everything)})
    assert any(check.document == f"{folder}/AdministratorAccess.json" for check in wide.failures)
    bounded = pg.verify(spec, {**texts, f"{folder}/permissions-boundary.json": json.dumps(nothing)})
    assert {check.cause for check in bounded.failures if check.kind.value == "must-allow"} == {"F18"}


def test_broken_documents_are_all_reported():
    """Every file that holds no policy is reported, with its place."""
    spec = load()
    with pytest.raises(pg.DocumentError) as caught:
        pg.verify(spec, {ROLE: "{", TRUST: '{"Statement": [{"Effect": "allow"}]}'})
    assert [str(problem.place) for problem in caught.value.problems] == [
        f"{ROLE}:1:2",
        f"{TRUST}:1:27 /Statement/0/Effect",
    ]


def test_report_as_json():
    """The report's JSON has the keys that other programs rely on."""
    report = broken(load(), ROLE, without("DecryptSourceObjects"))
    value = report.to_dict()
    assert set(value) == {"ok", "works", "exact", "documents_from", "version", "checks", "mends", "documents"}
    assert (value["ok"], value["works"], value["exact"]) == (False, False, True)
    assert (value["documents_from"], value["version"]) == ("memory", pg.__version__)
    failed = next(check for check in value["checks"] if check.get("cause") == "F5")
    assert failed["document"] == ROLE
    (mend,) = (value["mends"][number] for number in failed["mends"])
    assert set(mend) == {"document", "statement", "op", "value"}
    assert (mend["document"], mend["statement"], mend["op"]) == (ROLE, None, "add")
    assert mend["value"]["Sid"] == "DecryptSourceObjects"
    assert failed["decision"] == "implicitDeny"
    assert failed["request"]["action"] == "kms:Decrypt"
    json.dumps(value)


def test_expectations_are_checked():
    """An entry of `expect` that is not met fails the report."""
    text = (
        (SAMPLES / "mrk-replication" / "spec.yaml")
        .read_text(encoding="utf-8")
        .replace("expect: denied", "expect: allowed")
    )
    report = pg.verify(load_spec_text(text, "spec.yaml"))
    assert [check.title for check in report.failures] == ["a stranger cannot decrypt"]


def test_expectations_with_policies_of_their_own():
    """An entry of `expect` may add policies to the spec's; documents that cannot be read fail it."""
    text = (SAMPLES / "mrk-replication" / "spec.yaml").read_text(encoding="utf-8")
    allow = "{Version: 2012-10-17, Statement: {Effect: Allow, Action: kms:*, Resource: '*'}}"
    asked = "request: {principal: role/other, action: kms:Decrypt, resource: keys.data@us-east-1}"
    text += f"  - {{name: an administrator, policies: {{identity_based: [{allow}]}}, {asked}, expect: allowed}}\n"
    text += f"  - {{name: a session, policies: {{identity_based: [{allow}], session: []}}, {asked}, expect: denied}}\n"
    text += f"  - {{name: no policy, policies: {{identity_based: [nowhere.json]}}, {asked}, expect: denied}}\n"
    report = pg.verify(load_spec_text(text, "spec.yaml"))
    assert [check.title for check in report.failures] == ["no policy"]
    assert report.failures[0].detail.startswith("cannot be read: no such file")
