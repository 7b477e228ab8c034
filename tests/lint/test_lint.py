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


def condition(operator, key, value):
    """Return a policy with one condition."""
    return policy(Condition={operator: {key: value}})


def resource(**statement):
    """Return a resource policy of one statement."""
    return policy(**{"Principal": {"AWS": "111122223333"}, **statement})


CASES = [
    ("identity", policy(Efect="x"), "INVALID_POLICY_ELEMENT"),
    ("identity", {"Version": "2012-10-17", "Statements": []}, "MISSING_STATEMENT"),
    ("identity", policy(version=20121017), "DATA_TYPE_MISMATCH"),
    ("identity", policy(version="2012-10-18"), "INVALID_VERSION"),
    ("identity", policy(version=None), "MISSING_VERSION"),
    ("identity", policy(Effect=None), "MISSING_EFFECT"),
    ("identity", policy(Effect="allow"), "INVALID_EFFECT"),
    ("identity", policy(Action=None), "MISSING_ACTION"),
    ("identity", policy(Resource=None), "MISSING_RESOURCE"),
    ("identity", policy(NotAction="s3:*"), "UNSUPPORTED_ELEMENT_COMBINATION"),
    ("identity", policy(NotResource="*"), "UNSUPPORTED_ELEMENT_COMBINATION"),
    ("identity", policy(Principal="*"), "UNSUPPORTED_PRINCIPAL"),
    ("identity", policy(Sid="my-sid"), "UNSUPPORTED_SID"),
    ("identity", policy(Sid=""), "EMPTY_SID_VALUE"),
    ("identity", {"Version": "2012-10-17", "Statement": [policy(Sid="a")["Statement"][0]] * 2}, "UNIQUE_SIDS_REQUIRED"),
    (
        "resource",
        {"Version": "2012-10-17", "Statement": [resource(Sid="a")["Statement"][0]] * 2},
        "UNIQUE_SIDS_RECOMMENDED",
    ),
    ("identity", policy(Action=[]), "EMPTY_ARRAY_ACTION"),
    ("identity", policy(Resource=[]), "EMPTY_ARRAY_RESOURCE"),
    ("identity", policy(Action=["s3:Get*", 5]), "DATA_TYPE_MISMATCH"),
    ("identity", policy(Action="getobject"), "INVALID_ACTION"),
    ("identity", policy(Action="s3:Get${aws:username}"), "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
    ("identity", policy(Resource="my-bucket/*"), "INVALID_ARN_PREFIX"),
    ("identity", policy(Resource="arn:aws:s3:b"), "MISSING_ARN_FIELD"),
    ("identity", policy(Resource="arn:aws:kms:us-east-1:1234:key/x"), "INVALID_ARN_ACCOUNT"),
    ("identity", policy(Resource="arn:aws:S3:::b"), "INVALID_ARN_SERVICE_CASE"),
    ("identity", policy(Resource="arn:aws:s3:us-east-1::b"), "ARN_REGION_NOT_ALLOWED"),
    ("identity", policy(Resource="arn:aws:s3::111122223333:b"), "ARN_ACCOUNT_NOT_ALLOWED"),
    ("identity", policy(Resource="arn:aws:kms::111122223333:key/x"), "MISSING_ARN_REGION"),
    ("identity", policy(Resource="arn:aws:kms:us-east-1::key/x"), "MISSING_ARN_ACCOUNT"),
    ("identity", policy(Resource="arn:aws:*code*::111122223333:*"), "WILDCARD_IN_SERVICE_NAME"),
    ("resource", policy(), "MISSING_PRINCIPAL"),
    ("resource", resource(Principal="111122223333"), "INVALID_PRINCIPAL_FORMAT"),
    ("resource", resource(Principal={"Aws": "111122223333"}), "INVALID_PRINCIPAL_KEY"),
    ("resource", resource(Principal={"AWS": "arn:aws:iam::111122223333:role/*"}), "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
    ("resource", resource(Principal={"Service": "*"}), "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
    ("resource", resource(Principal={"Service": "S3"}), "INVALID_SERVICE_PRINCIPAL_FORMAT"),
    ("resource", resource(Principal={"Federated": "accounts.google.com"}), "FEDERATED_PRINCIPAL_NOT_SUPPORTED"),
    ("resource", resource(Principal={"AWS": "AROAEXAMPLEID"}), "INVALID_ROLE_REFERENCE"),
    ("resource", resource(Principal={"AWS": "AIDAEXAMPLEID"}), "INVALID_USER_REFERENCE"),
    ("resource", resource(Principal={}), "EMPTY_OBJECT_PRINCIPAL"),
    ("resource", resource(Principal={"AWS": []}), "EMPTY_ARRAY_PRINCIPAL"),
    ("resource", policy(NotPrincipal={"AWS": "111122223333"}), "ALLOW_WITH_NOT_PRINCIPAL"),
    ("resource", resource(Action="kms:Decrypt"), "UNSUPPORTED_ACTION_IN_POLICY"),
    (
        "trust",
        {"Version": "2012-10-17", "Statement": [{**TRUST, "Resource": "*"}]},
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
    ),
    (
        "trust",
        {"Version": "2012-10-17", "Statement": [{**TRUST, "Principal": "*"}]},
        "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
    ),
    (
        "trust",
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}],
        },
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
    ),
    (
        "trust",
        {
            "Version": "2012-10-17",
            "Statement": [{**TRUST, "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/x"}}],
        },
        "MISMATCHED_ACTION_FOR_PRINCIPAL",
    ),
    (
        "trust",
        {"Version": "2012-10-17", "Statement": [{**TRUST, "Principal": {"Federated": "x"}}]},
        "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
    ),
    ("scp", policy(Principal="*"), "SCP_SYNTAX_ERROR_PRINCIPAL"),
    ("rcp", policy(Principal="*"), "RCP_SYNTAX_ERROR_ALLOW"),
    ("rcp", policy(Effect="Deny", Principal={"AWS": "111122223333"}), "RCP_SYNTAX_ERROR_PRINCIPAL"),
    ("rcp", policy(Effect="Deny", Principal="*", Action=None, NotAction="s3:*"), "RCP_SYNTAX_ERROR_NOTACTION"),
    ("rcp", policy(Effect="Deny", Principal="*", Action="*"), "RCP_SYNTAX_ERROR_ACTION"),
    ("identity", policy(Condition={}), "EMPTY_OBJECT_CONDITION"),
    ("identity", condition("StringMatches", "aws:username", "x"), "INVALID_CONDITION_OPERATOR"),
    ("identity", condition("NullIfExists", "aws:username", "true"), "NULL_WITH_IF_EXISTS"),
    ("identity", condition("ForAllValues:Null", "aws:username", "true"), "NULL_WITH_QUALIFIER"),
    ("identity", condition("StringEquals", "SourceIp", "x"), "INVALID_CONDITION_KEY_FORMAT"),
    ("identity", condition("StringEquals", "aws:ARN", "x"), "UNSUPPORTED_GLOBAL_CONDITION_KEY"),
    ("identity", condition("StringEquals", "aws:ResourceTag/", "x"), "MISSING_TAG_KEY_IN_CONDITION"),
    (
        "identity",
        policy(Condition={"StringEquals": {"aws:username": "a", "aws:UserName": "b"}}),
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
    ),
    ("identity", condition("Bool", "aws:SecureTransport", ["true", "false"]), "INVALID_CONDITION_MULTIPLE_BOOLEAN"),
    ("identity", condition("Bool", "aws:SecureTransport", "yes"), "TYPE_MISMATCH_BOOLEAN"),
    ("identity", condition("NumericEquals", "s3:max-keys", "many"), "TYPE_MISMATCH_NUMBER"),
    ("identity", condition("DateLessThan", "aws:CurrentTime", "soon"), "TYPE_MISMATCH_DATE"),
    ("identity", condition("BinaryEquals", "x:key", "%"), "TYPE_MISMATCH_STRING"),
    ("identity", condition("IpAddress", "aws:SourceIp", "10.0.0/99"), "TYPE_MISMATCH_IP_RANGE"),
    ("identity", condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"), "PRIVATE_IP_ADDRESS"),
    ("identity", condition("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), "PRIVATE_NOT_IP_ADDRESS"),
    ("identity", condition("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"]), "PRIVATE_IP_ADDRESS_SUBSET"),
    ("identity", condition("IpAddress", "aws:SourceIp", "203.0.113.7/24"), "IMPROVE_IP_RANGE"),
    ("identity", condition("NumericEquals", "s3:max-keys", "${aws:PrincipalTag/x}"), "INVALID_VARIABLE_FOR_OPERATOR"),
    ("identity", condition("StringEquals", "aws:username", "${aws:userid"), "MISSING_BRACE_IN_VARIABLE"),
    ("identity", condition("StringEquals", "aws:username", "${aws:userid, none}"), "MISSING_QUOTE_IN_VARIABLE"),
    ("identity", condition("StringEquals", "aws:username", "${aws: userid}"), "UNSUPPORTED_SPACE_IN_VARIABLE"),
    ("identity", condition("StringEquals", "aws:username", "${}"), "EMPTY_VARIABLE"),
    (
        "identity",
        policy(version="2008-10-17", Resource="arn:aws:s3:::${aws:username}"),
        "VARIABLE_UNSUPPORTED_IN_VERSION",
    ),
    ("identity", condition("StringEquals", "aws:username", "a*"), "WILDCARD_WITHOUT_LIKE_OPERATOR"),
    ("identity", condition("StringEquals", "aws:SourceVpc", "vpc1"), "INVALID_VPC_FORMAT"),
    ("identity", condition("StringEquals", "aws:SourceVpce", "vpce1"), "INVALID_VPCE_FORMAT"),
    ("identity", condition("StringEquals", "kms:ViaService", "s3"), "INVALID_SERVICE_PRINCIPAL_FORMAT"),
    (
        "identity",
        condition("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "alias/x"),
        "INVALID_KMS_KEY_VALUE",
    ),
    ("identity", condition("ForAllValues:StringEquals", "kms:EncryptionContext:a", "b"), "OVERLY_PERMISSIVE_CONDITION"),
    ("identity", condition("StringEquals", "aws:username", []), "EMPTY_ARRAY_CONDITION"),
    ("identity", condition("ForAllValues:StringEquals", "aws:TagKeys", []), "EMPTY_ARRAY_CONDITION_FORALLVALUES"),
    ("identity", condition("ForAnyValue:StringEquals", "aws:TagKeys", []), "EMPTY_ARRAY_CONDITION_FORANYVALUE"),
    ("identity", condition("StringEqualsIfExists", "aws:username", []), "EMPTY_ARRAY_CONDITION_IFEXISTS"),
    ("identity", policy(Condition={"StringEquals": {"aws:username": {"a": 1}}}), "DATA_TYPE_MISMATCH"),
    ("identity", policy(Resource=["arn:aws:s3:::b/" + "x" * 11000]), "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    ("scp", policy(Resource=["arn:aws:s3:::b/" + "x" * 11000]), "POLICY_SIZE_EXCEEDS_SCP_QUOTA"),
    (
        "rcp",
        policy(Effect="Deny", Principal="*", Resource=["arn:aws:s3:::b/" + "x" * 6000]),
        "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
    ),
    ("resource", resource(Resource=["arn:aws:s3:::b/" + "x" * 21000]), "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"),
]

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


def destination(**changes):
    """Return a configuration whose destination has more."""
    return configuration(Destination=RULE["Destination"] | changes)


def replica_key(text):
    """Return the part of a destination that names the replicas' key."""
    return {"EncryptionConfiguration": {"ReplicaKmsKeyID": text}}


TIME = {"Status": "Enabled", "Time": {"Minutes": 15}}
METRICS = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
DISABLED = {"SseKmsEncryptedObjects": {"Status": "Disabled"}}
CONFIGURATIONS = [
    (configuration(role="r"), "INVALID_ROLE"),
    ({"Role": "arn:aws:iam::111122223333:role/r", "Rules": []}, "INVALID_RULES"),
    ({"Role": "arn:aws:iam::111122223333:role/r", "Rules": ["x"]}, "INVALID_RULE"),
    (configuration(Staus="x"), "INVALID_RULE_ELEMENT"),
    (configuration(Status="enabled"), "INVALID_STATUS"),
    (configuration(DeleteMarkerReplication={"Status": "On"}), "INVALID_STATUS"),
    (configuration(SourceSelectionCriteria={"ReplicaModifications": {}}), "INVALID_STATUS"),
    (configuration(SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "on"}}), "INVALID_STATUS"),
    (destination(Metrics={"EventThreshold": {"Minutes": 15}}), "INVALID_STATUS"),
    (configuration(Priority="1"), "INVALID_PRIORITY"),
    (configuration(Priority=1.5), "INVALID_PRIORITY"),
    (configuration(ID="x" * 256), "INVALID_RULE_ID"),
    (configuration(ID="r\u00e9plique"), "INVALID_RULE_ID"),
    (configuration(Filter="logs/"), "INVALID_FILTER"),
    (configuration(ID="x" * (2 * 1024 * 1024)), "CONFIGURATION_TOO_LARGE"),
    (configuration(ExistingObjectReplication={"Status": "Enabled"}), "EXISTING_OBJECT_REPLICATION"),
    (configuration(Priority=None), "PRIORITY_REQUIRED"),
    (configuration(DeleteMarkerReplication=None), "DELETE_MARKER_REPLICATION_REQUIRED"),
    (configuration(Prefix="x"), "PREFIX_WITH_FILTER"),
    (configuration(Filter={"Prefix": "a", "Tag": {"Key": "a", "Value": "b"}}), "INVALID_FILTER"),
    (configuration(Filter={"Prefix": "x" * 1025}), "PREFIX_TOO_LONG"),
    (
        configuration(Filter={"Tag": {"Key": "a", "Value": "b"}}, DeleteMarkerReplication={"Status": "Enabled"}),
        "DELETE_MARKERS_WITH_TAG_FILTER",
    ),
    (
        configuration(Filter=None, SourceSelectionCriteria={"ReplicaModifications": {"Status": "Enabled"}}),
        "REPLICA_MODIFICATIONS_WITHOUT_FILTER",
    ),
    (configuration(SourceSelectionCriteria={}), "EMPTY_SOURCE_SELECTION"),
    (configuration(SourceSelectionCriteria=SELECTION), "REPLICA_KEY_REQUIRED"),
    (destination(**KEY), "KMS_SELECTION_REQUIRED"),
    (configuration(Destination=None), "DESTINATION_REQUIRED"),
    (configuration(Destination={"Bucket": "b"}), "INVALID_DESTINATION_BUCKET"),
    (destination(StorageClass="FSX_OPENZFS"), "INVALID_STORAGE_CLASS"),
    (destination(EncryptionConfiguration={}), "KMS_SELECTION_REQUIRED"),
    (destination(AccessControlTranslation={"Owner": "Destination"}), "ACCOUNT_REQUIRED"),
    (destination(AccessControlTranslation={"Owner": "Source"}, Account="111122223333"), "INVALID_OWNER"),
    (destination(AccessControlTranslation={}, Account="111122223333"), "INVALID_OWNER"),
    (destination(Account=""), "INVALID_ACCOUNT"),
    (destination(Account="1234"), "INVALID_ACCOUNT"),
    (destination(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}), "METRICS_REQUIRED"),
    (
        destination(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}, Metrics={"Status": "Disabled"}),
        "METRICS_STATUS",
    ),
    (destination(Metrics={"Status": "Enabled", "EventThreshold": {"Minutes": 5}}), "INVALID_MINUTES"),
    (destination(Metrics={"Status": "Enabled", "EventThreshold": {}}), "INVALID_MINUTES"),
    (destination(ReplicationTime={"Status": "Enabled"}, Metrics=METRICS), "INVALID_MINUTES"),
    (destination(ReplicationTime=TIME, Metrics={"Status": "Enabled"}), "INVALID_MINUTES"),
    (
        configuration(
            SourceSelectionCriteria=SELECTION,
            Destination=RULE["Destination"] | replica_key(""),
        ),
        "INVALID_REPLICA_KEY",
    ),
    (
        configuration(
            SourceSelectionCriteria=SELECTION,
            Destination=RULE["Destination"] | replica_key("arn:aws:kms:us-west-1:111122223333:alias/x"),
        ),
        "REPLICA_KEY_IS_ALIAS",
    ),
    ({"Role": "arn:aws:iam::111122223333:role/r", "Rules": [RULE, RULE]}, "DUPLICATE_RULE_ID"),
    ({"Role": "arn:aws:iam::111122223333:role/r", "Rules": [RULE, RULE | {"ID": "two"}]}, "DUPLICATE_PRIORITY"),
]


def codes(document, policy_type):
    """Return the issue codes of a document."""
    return {finding.issueCode for finding in validate_text(json.dumps(document), "x.json", policy_type).findings}


@pytest.mark.parametrize(
    ("policy_type", "document", "code"), CASES, ids=[f"{case[2]}-{n}" for n, case in enumerate(CASES)]
)
def test_findings(policy_type, document, code):
    """A document with one thing wrong has the finding for it."""
    assert code in codes(document, policy_type)


@pytest.mark.parametrize(
    ("document", "code"), CONFIGURATIONS, ids=[f"{case[1]}-{n}" for n, case in enumerate(CONFIGURATIONS)]
)
def test_findings_of_replication_configurations(document, code):
    """A replication configuration with one thing wrong has the finding for it."""
    assert code in codes(document, "replication-configuration")


@pytest.mark.parametrize(
    "document",
    [
        configuration(),
        configuration(DeleteMarkerReplication={}),
        configuration(Filter={}),
        configuration(Filter=None, Priority=None, DeleteMarkerReplication=None, Prefix=""),
        configuration(SourceSelectionCriteria={"ReplicaModifications": {"Status": "Enabled"}}),
        destination(ReplicationTime=TIME, Metrics=METRICS),
        destination(Metrics={"Status": "Enabled"}),
        destination(Account="111122223333", AccessControlTranslation={"Owner": "Destination"}),
    ],
)
def test_replication_configurations_that_s3_takes(document):
    """R60, R61, R65, R67, R68: nothing is found in what AWS's pages show."""
    assert codes(document, "replication-configuration") == set()


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
                "findingDetails": "`Allows` is no Effect: `Allow` or `Deny`, case-sensitive",
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
