"""What fixes whether AWS takes a document: one fact, one pair of documents, and how much the finding matters."""

import json

import pytest

from policygen.evaluation.public_access import NetworkOrigin
from policygen.lint import validate_text
from tests.lint.documents import admit, allow, deny, document, trust, when, wide, without

BUCKET, ACCESS_POINT, KEY = "AWS::S3::Bucket", "AWS::S3::AccessPoint", "AWS::KMS::Key"
ACCOUNT = "111122223333"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/x"
POINT = f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/p"
POINTS = "s3:DataAccessPointArn"


def found(value, policy_type, resource_type=None):
    """Return the codes with their weights."""
    report = validate_text(json.dumps(value), "x", policy_type, resource_type)
    return {(finding.issueCode, str(finding.findingType)) for finding in report.findings}


def key_policy(operator, name):
    """Return a key policy with one condition."""
    return document(admit("*", Action="kms:*", Resource="*", Condition={operator: {name: "b"}}))


NEVER_WILD = (
    *("aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:SourceAccount"),
    *("aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID"),
)


@pytest.mark.parametrize("name", NEVER_WILD)
def test_no_wildcard_in_accounts_organizations_and_networks(name):
    """E156: an Allow that matches one of these keys with a wildcard, and a Deny that exempts with one, are errors."""
    finding = ("WILDCARD_USAGE_TOO_PERMISSIVE", "ERROR")
    assert finding in found(document(when("StringLike", name, "x*")), "identity")
    assert finding in found(document(when("StringNotLike", name, "x?", Effect="Deny")), "identity")
    assert finding not in found(document(when("StringLike", name, "x*", Effect="Deny")), "identity")
    assert finding not in found(document(when("StringLike", name, "x")), "identity")
    assert finding not in found(document(when("StringLike", name, "${aws:PrincipalTag/x}")), "identity")


@pytest.mark.parametrize(
    ("region", "taken"),
    [
        ("us-east-1", True),
        ("us-east-3", True),
        ("us-east-9", False),
        ("us-east-0", False),
        ("xa-north-1", True),
        ("cn-north-1", True),
        ("useast1", False),
    ],
)
def test_regions(region, taken):
    """G53: a Region code that cannot be one, in a condition and in an ARN, is an error."""
    value = document(when("StringEquals", "aws:RequestedRegion", region))
    assert (("INVALID_REGION", "ERROR") in found(value, "identity")) is not taken
    arn = f"arn:aws:kms:{region}:{ACCOUNT}:key/x"
    value = document(allow(Action="kms:Decrypt", Resource=arn))
    assert (("INVALID_ARN_REGION", "ERROR") in found(value, "identity")) is not taken


@pytest.mark.parametrize(
    ("operator", "name"),
    [
        ("StringEquals", "iam:PassedToService"),
        ("StringLike", "iam:AWSServiceName"),
        ("ForAnyValue:StringEquals", "aws:CalledVia"),
        ("StringEquals", "aws:CalledViaFirst"),
        ("StringEquals", "aws:CalledViaLast"),
        ("StringEquals", "aws:PrincipalServiceName"),
        ("ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList"),
    ],
)
def test_values_that_are_services(operator, name):
    """G6, G7, G43: the value of a key about a service is a service principal."""
    finding = ("INVALID_SERVICE_PRINCIPAL_FORMAT", "ERROR")
    assert finding in found(document(when(operator, name, "athena")), "identity")
    assert finding not in found(document(when(operator, name, "athena.amazonaws.com")), "identity")


@pytest.mark.parametrize(
    ("value", "policy_type", "resource_type", "finding", "is_there"),
    [
        (
            document(trust({"Service": "ec2.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity")),
            *("trust", None, ("MISMATCHED_ACTION_FOR_PRINCIPAL", "ERROR"), True),
        ),
        (
            document(trust({"Federated": SAML, "AWS": ACCOUNT}, ["sts:AssumeRole", "sts:AssumeRoleWithSAML"])),
            *("trust", None, ("MISMATCHED_ACTION_FOR_PRINCIPAL", "ERROR"), False),
        ),
        (
            document(trust("*", "sts:AssumeRoleWithSAML", Effect="Deny")),
            *("trust", None, ("MISMATCHED_ACTION_FOR_PRINCIPAL", "ERROR"), False),
        ),
        (
            document(trust({"AWS": ACCOUNT}, "sts:AssumeRoleWithSAML", Effect="Deny")),
            *("trust", None, ("MISMATCHED_ACTION_FOR_PRINCIPAL", "ERROR"), False),
        ),
        (
            key_policy("ForAllValues:StringEquals", "kms:EncryptionContext:a"),
            *("resource", KEY, ("OVERLY_PERMISSIVE_CONDITION", "ERROR"), True),
        ),
        (
            key_policy("ForAnyValue:StringEquals", "kms:EncryptionContext:a"),
            *("resource", KEY, ("OVERLY_PERMISSIVE_CONDITION", "ERROR"), True),
        ),
        (
            key_policy("ForAllValues:StringEquals", "aws:RequestTag/a"),
            *("resource", KEY, ("OVERLY_PERMISSIVE_CONDITION", "ERROR"), True),
        ),
        (
            key_policy("StringEquals", "aws:RequestTag/a"),
            *("resource", KEY, ("OVERLY_PERMISSIVE_CONDITION", "ERROR"), False),
        ),
        (
            document(when("ForAllValues:StringEquals", "aws:RequestTag/a", "b")),
            *("identity", None, ("OVERLY_PERMISSIVE_CONDITION", "WARNING"), False),
        ),
        (
            document(when("ForAnyValue:StringEquals", "kms:EncryptionContext:a", "b", Action="kms:Decrypt")),
            *("identity", None, ("OVERLY_PERMISSIVE_CONDITION", "WARNING"), True),
        ),
        (
            document(admit("*", Sid="Access-to-specific-bucket-only")),
            *("vpc-endpoint", None, ("UNSUPPORTED_SID", "ERROR"), False),
        ),
        (document(allow(Sid="no-dash")), *("scp", None, ("UNSUPPORTED_SID", "ERROR"), True)),
        (
            document(admit({"Service": "sns.amazonaws.com"}, Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}})),
            *("resource", None, ("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", "WARNING"), True),
        ),
        (
            document(admit({"Service": "sns.amazonaws.com"}, Condition={"IpAddress": {"aws:SourceIp": "192.0.2.1"}})),
            *("resource", None, ("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", "WARNING"), True),
        ),
        (
            document(
                admit({"Service": "sns.amazonaws.com"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a"}})
            ),
            *("resource", None, ("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", "ERROR"), True),
        ),
        (
            document(deny(Principal="*", Condition={"StringNotEquals": {"aws:PrincipalTag/a": "b"}})),
            *("rcp", None, ("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", "WARNING"), True),
        ),
        (
            document(deny(Principal="*", Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}})),
            *("rcp", None, ("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", "WARNING"), False),
        ),
        (
            document(when("StringEquals", "ec2:ResourceTag", "b", Action="ec2:StartInstances", Resource="*")),
            *("identity", None, ("MISSING_TAG_KEY_IN_CONDITION", "ERROR"), True),
        ),
        (
            document(when("StringEquals", "ec2:ResourceTag/a", "b", Action="ec2:StartInstances", Resource="*")),
            *("identity", None, ("MISSING_TAG_KEY_IN_CONDITION", "ERROR"), False),
        ),
        (
            document(when("StringEquals", "aws:VpceOrgID", "o-a", Action="sts:AssumeRole", Resource="*")),
            *("identity", None, ("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", "WARNING"), True),
        ),
        (
            document(when("StringEquals", "aws:VpceOrgID", "o-a", Action="sqs:SendMessage", Resource="*")),
            *("identity", None, ("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", "WARNING"), False),
        ),
        (
            document(admit("*", Resource=[f"arn:aws:s3:::{'b' * 60}{n}" for n in range(300)])),
            *("resource", ACCESS_POINT, ("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", "WARNING"), True),
        ),
        (
            document(allow(Resource=[f"arn:aws:s3:::{'b' * 60}{n}" for n in range(90)])),
            *("identity", None, ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "WARNING"), True),
        ),
        (
            document(allow(Action="sqs:DeleteMessageBatch", Resource="*")),
            *("identity", None, ("INVALID_ACTION", "ERROR"), True),
        ),
        (
            document(
                without(
                    when("Null", "cognito-identity-unauth:IdentityPoolArn", "false", Action="sts:*", Effect="Deny"),
                    "Resource",
                )
                | {"Resource": "*", "Principal": "*"}
            ),
            *("rcp", None, ("INVALID_SERVICE", "ERROR"), False),
        ),
    ],
)
def test_findings_and_their_weight(value, policy_type, resource_type, finding, is_there):
    """E94, E127, E142, E214, G35, G36, Q1, Q17, K14: the finding is there with this weight, or it is not."""
    assert (finding in found(value, policy_type, resource_type)) is is_there


@pytest.mark.parametrize(
    ("operator", "effect", "outcome"),
    [
        ("StringEquals", "Allow", "they are not allowed"),
        ("StringEquals", "Deny", "they are never denied"),
        ("StringNotEquals", "Deny", "they are always denied"),
        ("StringNotEquals", "Allow", "the condition limits nothing"),
        ("ForAnyValue:StringEquals", "Allow", "they are not allowed"),
        ("ForAnyValue:StringNotEquals", "Deny", None),
        ("ForAllValues:StringEquals", "Allow", None),
        ("StringEqualsIfExists", "Allow", None),
        ("StringNotEqualsIfExists", "Deny", None),
        ("Null", "Deny", None),
    ],
)
def test_actions_that_never_carry_a_key(operator, effect, outcome):
    """S1: an action that does not carry the key is an error in every statement that is not made for that."""
    value = "aws:kms" if operator != "Null" else "true"
    statement = when(operator, "s3:x-amz-server-side-encryption", value, Effect=effect)
    report = validate_text(json.dumps(document(statement)), "x", "identity")
    said = [each.findingDetails for each in report.errors if each.issueCode == "UNSUPPORTED_ACTION_FOR_CONDITION_KEY"]
    assert [each.rpartition(": ")[2] for each in said] == ([outcome] if outcome else [])


PUBLIC = document(admit("*", Resource=f"{POINT}/object/*"))


@pytest.mark.parametrize(
    ("value", "resource_type", "origin", "public"),
    [
        (PUBLIC, None, None, True),
        (PUBLIC, ACCESS_POINT, NetworkOrigin.VPC, False),
        (PUBLIC, ACCESS_POINT, NetworkOrigin.INTERNET, True),
        (PUBLIC, None, NetworkOrigin.VPC, False),
        (PUBLIC, BUCKET, NetworkOrigin.VPC, True),
        ({"Policy": PUBLIC, "NetworkOrigin": "VPC"}, None, None, False),
        ({"Policy": json.dumps(PUBLIC), "NetworkOrigin": "VPC"}, None, None, False),
        ({"Policy": PUBLIC, "VpcConfiguration": {"VpcId": "vpc-12345678"}}, None, None, False),
        ({"Policy": PUBLIC, "NetworkOrigin": "Internet"}, None, None, True),
        ({"Policy": PUBLIC, "NetworkOrigin": ["VPC"]}, None, None, True),
        (document(admit("*", Condition={"StringLike": {POINTS: POINT + "*"}})), BUCKET, None, False),
        (document(admit("*", Condition={"StringLike": {POINTS: POINT + "*"}})), ACCESS_POINT, None, True),
        (
            document(admit("*", Resource=POINT, Condition={"StringLike": {POINTS: POINT + "*"}})),
            *(None, None, True),
        ),
    ],
)
def test_public_access_points(value, resource_type, origin, public):
    """E108, S42: an access point of a VPC is never public; elsewhere a wildcard among access points is."""
    report = validate_text(json.dumps(value), "x", "resource", resource_type, origin)
    assert report.public is public


@pytest.mark.parametrize("policy_type", ["resource", None])
def test_a_trust_policy_as_validate_policy_takes_it(policy_type):
    """E78: a resource policy of the type AWS::IAM::AssumeRolePolicyDocument is a role trust policy."""
    value = json.dumps(document(trust({"AWS": ACCOUNT}, Resource="*")))
    report = validate_text(value, "x", policy_type, "AWS::IAM::AssumeRolePolicyDocument")
    assert [finding.issueCode for finding in report.findings] == ["ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE"]
    assert report.public is None


def test_a_resource_type_asks_for_a_resource_based_policy():
    """E129: without its Principal the policy of a bucket is no identity-based policy, but a broken one."""
    report = validate_text(json.dumps(document(allow())), "x", None, BUCKET)
    assert [finding.issueCode for finding in report.errors] == ["MISSING_PRINCIPAL"]


def test_an_access_point_is_told_by_its_arns():
    """E149: an access point's policy names access points alone, and only actions of S3."""
    statement = wide("kms:Decrypt", POINT, Principal={"AWS": ACCOUNT})
    assert ("UNSUPPORTED_ACTION_IN_POLICY", "ERROR") in found(document(statement), "resource")


def test_a_function_of_a_template_is_neither_public_nor_an_exception():
    """E108: whether a policy is public is not known while a value of it is a template's function."""
    value = document(admit("*", Resource={"Fn::GetAtt": ["Bucket", "Arn"]}))
    report = validate_text(json.dumps(value), "x", "resource")
    assert [finding.issueCode for finding in report.findings] == ["DATA_TYPE_MISMATCH"]
    assert report.public is None
