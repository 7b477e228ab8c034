"""What fixes whether AWS takes a document: one fact, one pair of documents, and how much the finding matters."""

import json
import re

import pytest

import policygen as pg
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
    assert [problem.code for problem in report.problems] == ["PG-D009"]
    assert not report.valid


def test_public_is_said_of_buckets_and_access_points_alone():
    """E107: the definition is S3's; a key policy for everybody is not public by it."""
    key = document(admit("*", Action="kms:*", Resource="*"))
    assert validate_text(json.dumps(key), "x", "resource", KEY).public is None
    assert validate_text(json.dumps(key), "x").public is None
    assert validate_text(json.dumps(document(admit("*", Resource="*"))), "x").public is True


def test_one_arn_given_twice_is_one_finding():
    """What is found of a text that stands in a list twice has two locations; different texts are two findings."""
    value = document(allow(Resource=["arn:aws:s3::b/*", "arn:aws:s3::b/*", "arn:aws:s3::c/*"]))
    report = validate_text(json.dumps(value), "x", "identity")
    assert [len(each.locations) for each in report.errors] == [2, 1]
    assert [each.locations[0].path[-1].index for each in report.errors] == [0, 2]


@pytest.mark.parametrize(
    ("statements", "weight"),
    [
        ([admit({"AWS": ACCOUNT}, Action="kms:*", Resource="*")], None),
        ([admit({"AWS": f"arn:aws:iam::{ACCOUNT}:role/a"}, Action="kms:Put*", Resource="*")], None),
        ([admit({"AWS": ACCOUNT}, Action="kms:*", Resource="*"), deny(Action="kms:PutKeyPolicy")], "ERROR"),
        (
            [admit({"AWS": ACCOUNT}, Action="kms:*", Resource="*"), deny(Action="kms:*", Principal={"AWS": ACCOUNT})],
            "ERROR",
        ),
        (
            [
                admit({"AWS": ACCOUNT}, Action="kms:*", Resource="*"),
                deny(Action="kms:*", Principal={"AWS": "444455556666"}),
            ],
            None,
        ),
        (
            [
                admit({"AWS": ACCOUNT}, Action="kms:*", Resource="*"),
                deny(Condition={"Bool": {"aws:SecureTransport": "false"}}),
            ],
            None,
        ),
        ([admit({"AWS": []}, Action="kms:*", Resource="*")], "ERROR"),
        ([admit({"Service": "s3.amazonaws.com"}, Action="kms:*", Resource="*")], "ERROR"),
        ([without(admit({"AWS": ACCOUNT}, Action="kms:*"), "Resource")], "ERROR"),
        ([deny(Action="kms:CreateGrant")], "ERROR"),
    ],
)
def test_a_key_policy_that_nobody_can_change(statements, weight):
    """K9: somebody whom the policy admits must be able to call PutKeyPolicy, or KMS refuses to save it."""
    code = "KEY_POLICY_CANNOT_BE_CHANGED"
    assert dict(found(document(*statements), "resource", KEY)).get(code) == weight


@pytest.mark.parametrize(
    ("admitted", "spared", "weight"),
    [
        ({"AWS": ACCOUNT}, {"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/a"]}, None),
        ({"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/a"}, "ERROR"),
        ({"AWS": ACCOUNT}, {"AWS": "444455556666"}, "ERROR"),
        ({"AWS": ACCOUNT}, {"AWS": "*"}, None),
        ("*", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, None),
        ("*", {"Service": "s3.amazonaws.com"}, "ERROR"),
    ],
)
def test_who_is_spared_by_not_principal_in_a_key_policy(admitted, spared, weight):
    """K9, E118: a Deny with NotPrincipal spares those whose account it lists, too; `*` is everybody."""
    denied = {**without(deny(Action="kms:*"), "Principal"), "NotPrincipal": spared}
    statements = (admit(admitted, Action="kms:*", Resource="*"), denied)
    assert dict(found(document(*statements), "resource", KEY)).get("KEY_POLICY_CANNOT_BE_CHANGED") == weight


def test_by_its_looks_alone_a_key_policy_is_warned_of():
    """K9: what looks like a key policy may be a part of one, or an RCP."""
    assert ("KEY_POLICY_CANNOT_BE_CHANGED", "WARNING") in found(document(deny(Action="kms:CreateGrant")), None)


@pytest.mark.parametrize(
    ("action", "resource", "applies"),
    [
        ("s3:PutObject", "arn:aws:s3:::b", False),
        ("s3:PutObject", "arn:aws:s3:::b*", True),
        ("s3:ListBucket", "arn:aws:s3:::b/", False),
        ("s3:ListBucket", "arn:aws:s3:::${aws:username}", True),
        ("s3:Get*", "arn:aws:s3:::b", True),
        ("s3:*Object", "arn:aws:s3:::b", False),
        ("s3:ListBucket", f"arn:aws:s3::{ACCOUNT}:accesspoint/x.mrap", True),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", True),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::b", False),
        ("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*", False),
        ("iam:PassRole", "arn:aws:lambda:us-east-1:111122223333:function:f", False),
        ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f:*", True),
        ("sqs:SendMessage", "arn:aws:sns:us-east-1:111122223333:t", False),
        ("sqs:SendMessage", "arn:aws:sqs:*", True),
    ],
)
def test_actions_that_apply_to_a_resource(action, resource, applies):
    """S50: an error in a bucket policy, and elsewhere a warning."""
    code = "ACTION_DOES_NOT_APPLY_TO_RESOURCE"
    assert ((code, "WARNING") in found(document(allow(Action=action, Resource=resource)), "identity")) is not applies
    if action.startswith("s3:"):
        statement = admit({"AWS": ACCOUNT}, Action=action, Resource=resource)
        assert ((code, "ERROR") in found(document(statement), "resource", BUCKET)) is not applies


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("arn:aws:s3::b/*", "MISSING_ARN_FIELD"),
        ("arn:s3:::b/*", "MISSING_ARN_FIELD"),
        ("arn:aws:s3:b*", "MISSING_ARN_FIELD"),
        ("arn:aws:us-east-2:111122223333:repository/*", "MISSING_ARN_FIELD"),
        ("arn:aws::s3:*", "MISSING_ARN_FIELD"),
        ("arn:aws:s3:::arn:aws:s3:::b/*", "INVALID_ARN_RESOURCE"),
        ("arn:aws:s3::: b/*", "INVALID_ARN_RESOURCE"),
        ("arn:aws:s3:::", "INVALID_ARN_RESOURCE"),
        ("arn:aws:dynamodb:us-*", None),
        ("arn:aws:sqs:us-east-1:1111*", None),
        ("arn:aws:s3:::b/my key", None),
    ],
)
def test_shapes_of_arns(resource, code):
    """E133: a star stands for the rest of a short ARN where the field that it is in has begun like one."""
    report = validate_text(json.dumps(document(allow(Action="*", Resource=resource))), "x", "identity")
    assert [finding.issueCode for finding in report.errors] == ([code] if code else [])


@pytest.mark.parametrize(
    ("resource", "advice"),
    [
        ("arn:aws:s3:b/*", "write `arn:aws:s3:::b/*`"),
        ("arn:aws-cn:s3::b/*", "write `arn:aws-cn:s3:::b/*`"),
        ("arn:s3:::b/*", "write `arn:aws:s3:::b/*`"),
        ("arn:aws::s3:b", "write `arn:aws:s3:::b`"),
        ("arn:aws:s3:us-east-1:accesspoint/x", "its form is `arn:partition:service:region:account:resource`"),
        ("arn:aws:iam:role/x", "its form is `arn:partition:service:region:account:resource`"),
    ],
)
def test_how_a_short_arn_would_be_right(resource, advice):
    """A bucket's is written out, in its partition; of any other the form is shown, for fields are missing."""
    (finding, *_) = validate_text(json.dumps(document(allow(Action="*", Resource=resource))), "x", "identity").errors
    assert finding.findingDetails.endswith(f"six fields: {advice}")


def test_an_action_without_resource_is_allowed_where_it_can_be():
    """S50: the policy of a bucket cannot hold it in any statement, an identity-based policy can."""
    code, bucket = "ACTION_DOES_NOT_APPLY_TO_RESOURCE", {"Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::b"}
    for statement, kind, where in (
        (admit({"AWS": ACCOUNT}, **bucket), "resource", "an identity-based policy"),
        (allow(**bucket), "identity", "a statement of its own"),
    ):
        report = validate_text(json.dumps(document(statement)), "x", kind)
        (finding,) = (each for each in report.findings if each.issueCode == code)
        assert finding.findingDetails.endswith(f'it takes no resource: write `"Resource": "*"`, in {where}')


def test_a_short_arn_in_a_resource_based_policy():
    """E133: AWS says of identity-based policies only that a short ARN is completed."""
    finding = ("MISSING_ARN_FIELD", "WARNING")
    assert finding in found(document(admit({"AWS": ACCOUNT}, Resource="arn:aws:s3:*")), "resource", BUCKET)
    assert finding not in found(document(allow(Resource="arn:aws:s3:*")), "identity")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("AWS::KMS::Keyy", "did you mean `AWS::KMS::Key`?"),
        ("aws::s3::bucket", "did you mean `AWS::S3::Bucket`?"),
        ("AWS::S3:Bucket", "did you mean `AWS::S3::Bucket`?"),
        ("AWS::SQS::Queues", "did you mean `AWS::SQS::Queue`?"),
    ],
)
def test_a_resource_type_that_does_not_exist(name, meant):
    """A mistyped resource type is refused with the one that was meant: without it the type's checks would be off."""
    with pytest.raises(pg.ArgumentError) as error:
        validate_text("{}", "x", "resource", name)
    (problem,) = error.value.problems
    assert (problem.code, problem.hint) == ("PG-A002", meant)


CLAIMS = "ForAllValues:StringEquals"


@pytest.mark.parametrize(
    ("key", "warned"),
    [
        ("token.actions.githubusercontent.com:sub", True),
        ("accounts.google.com:email", True),
        ("oidc.eks.us-east-1.amazonaws.com/id/ABC:sub", True),
        ("sts:ExternalId", True),
        ("SAML:sub", True),
        ("SAML:eduPersonAffiliation", False),
        ("cognito-identity.amazonaws.com:amr", False),
    ],
)
def test_claims_under_for_all_values(key, warned):
    """E242, E243: a claim has one value, whoever's, and ForAllValues holds where it is absent; some have several."""
    statement = trust({"Federated": "accounts.google.com"}, Condition={CLAIMS: {key: "x"}})
    finding = ("FORALLVALUES_WITH_SINGLE_VALUED_KEY", "SECURITY_WARNING")
    assert (finding in found(document(statement), "trust")) is warned


@pytest.mark.parametrize(
    ("action", "key", "weight"),
    [
        ("s3:GetObject", "ec2:Owner", "WARNING"),
        ("s3:*", "ec2:Owner", "WARNING"),
        ("ec2:*", "ec2:Owner", None),
        ("*", "ec2:Owner", None),
        ("s3:GetObject", "s3:prefix", "ERROR"),
        (["sts:AssumeRole", "sts:TagSession"], "sts:ExternalId", "WARNING"),
    ],
)
def test_keys_that_an_action_never_carries(action, key, weight):
    """S1: keys of other services, too; what is asked for beside AssumeRole is not sure."""
    statement = when("StringEquals", key, "x", Action=action, Resource="*")
    assert dict(found(document(statement), "identity")).get("UNSUPPORTED_ACTION_FOR_CONDITION_KEY") == weight


@pytest.mark.parametrize(
    ("action", "weight", "ends"),
    [
        ("s3:GetObjekt", "ERROR", "did you mean `s3:GetObject`?"),
        ("kms:Decyrpt", "ERROR", "did you mean `kms:Decrypt`?"),
        ("ec2:RunInstance", "ERROR", "did you mean `ec2:RunInstances`?"),
        ("sqs:DeleteMessageBatch", "ERROR", "did you mean `sqs:DeleteMessage`?"),
        ("s3:HeadObject", "WARNING", "what allows this operation is `s3:GetObject`"),
        ("s3:ListBuckets", "ERROR", "what allows this operation is `s3:ListAllMyBuckets`"),
        ("kms:PutKeyPolicyV2", "WARNING", "AWS may know it by now"),
        ("iam:PutDelegationRequest", "WARNING", "AWS may know it by now"),
    ],
)
def test_a_slip_is_told_from_what_may_be_new(action, weight, ends):
    """One wrong letter and an operation of S3's API are no actions; another verb or version may be a new one."""
    report = validate_text(json.dumps(document(allow(Action=action, Resource="*"))), "x", "identity")
    (finding,) = (each for each in report.findings if each.issueCode == "INVALID_ACTION")
    assert str(finding.findingType) == weight
    assert finding.findingDetails.endswith(ends)


def test_an_operation_in_a_bucket_policy():
    """S3 refuses a bucket policy with what is no action; IAM saves it."""
    statement = admit("*", Action="s3:ListObjectsV2", Resource="arn:aws:s3:::b")
    assert ("INVALID_ACTION", "ERROR") in found(document(statement), "resource", BUCKET)
    assert ("INVALID_ACTION", "WARNING") in found(document(allow(Action="s3:ListObjectsV2", Resource="*")), "identity")


def test_a_character_that_iam_does_not_take_is_pointed_at():
    """E132: line and column are the character's, whatever comes before it."""
    report = validate_text('{"Version": "2012-10-17",\n "Statement": [], "Id": "a\u0142"}', "x", "identity")
    (finding,) = (each for each in report.findings if each.issueCode == "UNSUPPORTED_CHARACTER")
    assert (finding.place.line, finding.place.column) == (2, 27)


def test_a_name_that_may_be_newer_than_the_catalogue():
    """An unknown action that is no typo is a warning, and tells how old the catalogue is."""
    report = validate_text(json.dumps(document(allow(Action="sts:GetZebra", Resource="*"))), "x", "identity")
    (finding,) = report.findings
    assert re.search(r"; the catalogue is of 20\d\d-\d\d-\d\d, AWS may know it by now\Z", finding.findingDetails)


@pytest.mark.parametrize(
    ("action", "resource_type", "implied"),
    [
        ("ecr:BatchGetImage", "AWS::ECR::Repository", True),
        ("ecr:BatchGetImage", None, True),
        ("elasticfilesystem:ClientMount", "AWS::EFS::FileSystem", True),
        ("s3:GetObject", BUCKET, False),
    ],
)
def test_policies_that_imply_their_resource(action, resource_type, implied):
    """E281: the policy of a repository or file system needs no Resource, that of a bucket does."""
    statement = without(admit({"AWS": ACCOUNT}, Action=action), "Resource")
    assert (("MISSING_RESOURCE", "ERROR") not in found(document(statement), "resource", resource_type)) is implied


def test_every_action_in_a_policy_that_implies_its_resource():
    """E281: `*` in the policy of a file system is about the file system, as the actions beside it say."""
    mount = without(admit("*", Action="elasticfilesystem:ClientMount"), "Resource")
    insecure = {**without(admit("*", Action="*"), "Resource"), "Effect": "Deny"}
    assert ("MISSING_RESOURCE", "ERROR") not in found(document(mount, insecure), "resource")


def test_methods_in_the_policy_of_an_api():
    """The policy of an API may name its methods without the beginning of an ARN."""
    statement = admit("*", Action="execute-api:Invoke", Resource="execute-api:/*")
    assert found(document(statement), "resource", "AWS::ApiGateway::RestApi") == set()
