"""validate: every finding fires where it should, clean documents have none, nothing else is ever raised."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policygen.lint import POLICY_TYPES, validate_text

GOLDEN = sorted((Path(__file__).parents[1] / "golden").rglob("*.json"))
TRUST = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}


def policy(version="2012-10-17", **statement):
    """Return a policy of one statement; elements that are None are left out."""
    elements = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **statement}
    found = {"Version": version, "Statement": [{name: value for name, value in elements.items() if value is not None}]}
    return {name: value for name, value in found.items() if value is not None}


def resource(**statement):
    """Return a resource policy of one statement."""
    return policy(**{"Principal": {"AWS": "111122223333"}, **statement})


RULE = {
    "ID": "one",
    "Status": "Enabled",
    "Priority": 1,
    "Filter": {"Prefix": ""},
    "DeleteMarkerReplication": {"Status": "Disabled"},
    "Destination": {"Bucket": "arn:aws:s3:::b"},
}
KEY = {"EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-west-1:111122223333:key/x"}}
SELECTION = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}


def configuration(role="arn:aws:iam::111122223333:role/r", **changes):
    """Return a replication configuration of one rule; elements that are None are left out."""
    rule = {name: value for name, value in (RULE | changes).items() if value is not None}
    return {"Role": role, "Rules": [rule]}


def replica_key(text):
    """Return the part of a destination that names the replicas' key."""
    return {"EncryptionConfiguration": {"ReplicaKmsKeyID": text}}


DISABLED = {"SseKmsEncryptedObjects": {"Status": "Disabled"}}


def codes(document, policy_type):
    """Return the issue codes of a document."""
    return {finding.issueCode for finding in validate_text(json.dumps(document), "x.json", policy_type).findings}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (
            configuration(SourceSelectionCriteria=SELECTION, Destination=RULE["Destination"] | replica_key("1234abcd")),
            "INVALID_REPLICA_KEY",
        ),
        (
            configuration(SourceSelectionCriteria=DISABLED, Destination=RULE["Destination"] | KEY),
            "KMS_SELECTION_REQUIRED",
        ),
        ({"Role": "arn:aws:iam::111122223333:role/r", "Rules": [RULE, RULE | {"ID": "two"}]}, "DUPLICATE_PRIORITY"),
    ],
)
def test_what_s3_takes_and_then_fails(document, code):
    """R62, R64, R66: PutBucketReplication accepts these, so they are warnings and no errors."""
    report = validate_text(json.dumps(document), "x.json", "replication-configuration")
    assert [(finding.issueCode, str(finding.findingType)) for finding in report.findings] == [(code, "WARNING")]
    assert report.valid


@pytest.mark.parametrize(
    ("policy_type", "document"),
    [
        ("identity", policy()),
        ("identity", policy(Resource="arn:aws:s3:::${aws:username, 'x'}/*")),
        ("resource", resource()),
        ("trust", {"Version": "2012-10-17", "Statement": [TRUST]}),
        ("scp", policy(Effect="Deny", Resource="*")),
        ("rcp", policy(Effect="Deny", Principal="*", Resource="*")),
        ("rcp", policy(Principal="*", Action="*", Resource="*")),
        ("boundary", policy()),
        ("session", policy()),
        ("vpc-endpoint", policy(Principal="*")),
        ("replication-configuration", configuration()),
        ("replication-configuration", {"ReplicationConfiguration": configuration()}),
    ],
)
def test_clean_documents(policy_type, document):
    """A document with nothing wrong has no finding at all."""
    assert codes(document, policy_type) == set()


@pytest.mark.parametrize(
    "path", [path for path in GOLDEN if path.name != "manifest.json"], ids=lambda path: "/".join(path.parts[-5:])
)
def test_generated_documents_are_valid(path):
    """Every generated document is accepted, and none is public."""
    report = validate_text(path.read_text(encoding="utf-8"), path.name)
    assert [finding.issueCode for finding in report.errors] == []
    assert report.public in (None, False)


@pytest.mark.parametrize(
    "document",
    [
        {"Status": "Enabled"},
        {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
        {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True),
        {"AccountId": "111122223333", "Operation": {"S3ReplicateObject": {}}, "RoleArn": "arn:aws:iam::1:role/r"},
    ],
)
def test_settings_are_no_policies(document):
    """Settings of a bucket and batch jobs, which stand beside generated policies, are told apart and not judged."""
    report = validate_text(json.dumps(document), "settings.json")
    assert (report.policy_type, report.valid, report.findings) == ("settings", True, ())


def test_rules_of_a_replication_configuration_are_no_settings():
    """A replication configuration without its Role is still judged as one."""
    report = validate_text(json.dumps({"Rules": configuration()["Rules"]}), "replication.json")
    assert report.policy_type == "replication-configuration"
    assert not report.valid


def test_one_exact_finding():
    """A finding has Access Analyzer's shape: type, code, details, link, path and span."""
    text = '{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allows", "Action": "s3:*", "Resource": "*"}]}'
    report = validate_text(text, "p.json", "identity")
    assert report.to_dict() == {
        "file": "p.json",
        "policy_type": "identity",
        "valid": False,
        "findings": [
            {
                "findingType": "ERROR",
                "issueCode": "INVALID_EFFECT",
                "findingDetails": "`Allows` is not an Effect: `Allow` or `Deny`, case-sensitive",
                "learnMoreLink": "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
                "#access-analyzer-reference-policy-checks-error-invalid-effect",
                "locations": [
                    {
                        "path": [{"value": "Statement"}, {"index": 0}, {"value": "Effect"}],
                        "span": {
                            "start": {"line": 2, "column": 26, "offset": 52},
                            "end": {"line": 2, "column": 34, "offset": 60},
                        },
                    }
                ],
            }
        ],
    }


def test_wrappers_of_the_aws_cli():
    """What the AWS CLI prints around a document is taken off."""
    for wrapped in (
        {"Policy": json.dumps(resource())},
        {"PolicyDocument": policy()},
        {"PolicyVersion": {"Document": policy()}},
    ):
        assert validate_text(json.dumps(wrapped), "x").findings == ()


def test_syntax_errors():
    """Text that is no JSON has its place."""
    finding = validate_text('{"Version": }', "x").findings[0]
    assert (finding.issueCode, finding.place.line, finding.place.column) == ("JSON_SYNTAX_ERROR", 1, 13)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Version",
                    "Statement",
                    "Effect",
                    "Action",
                    "Resource",
                    "Principal",
                    "Condition",
                    "Sid",
                    "AWS",
                    "StringLike",
                    "Rules",
                    "Role",
                    "Policy",
                ]
            )
            | st.text(max_size=4),
            children,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(JSON, st.sampled_from([None, *POLICY_TYPES]))
@example({"²": None}, None)
@example({"Statement": {"²": None}}, "identity")
def test_any_json_is_judged(value, policy_type):
    """Any JSON is judged; nothing is raised."""
    report = validate_text(json.dumps(value), "x", policy_type)
    json.dumps(report.to_dict())
