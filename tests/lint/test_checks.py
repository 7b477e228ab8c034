"""Each check fires on a document with one thing wrong, and is silent once it is mended."""

import json

import pytest

from policygen.lint import validate_text
from policygen.lint.registry import CHECKS
from tests.lint import test_lint as first

KEY = "arn:aws:kms:us-east-1:111122223333:key/x"
ROLE = "arn:aws:iam::111122223333:role/x"
GITHUB = "token.actions.githubusercontent.com"
OIDC = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"


def document(*statements):
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": [dict(each) for each in statements]}


def allow(**elements):
    """Return an Allow of an identity-based policy."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **elements}


def when(operator, key, value, **elements):
    """Return an Allow with one condition."""
    return allow(Condition={operator: {key: value}}, **elements)


def admit(principal, **elements):
    """Return an Allow of a resource-based policy."""
    return allow(Principal=principal, **elements)


def trust(principal, action="sts:AssumeRole", **elements):
    """Return an Allow of a role trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": action, **elements}


def deny(**elements):
    """Return a Deny of an RCP."""
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **elements}


def web(condition):
    """Return an Allow for GitHub's workflows."""
    return trust({"Federated": OIDC}, "sts:AssumeRoleWithWebIdentity", Condition=condition)


def wide(action, resource="*", **elements):
    """Return an Allow of an action of IAM."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def without(statement, *names):
    """Return a statement without some elements."""
    return {name: value for name, value in statement.items() if name not in names}


SUB = f"{GITHUB}:sub"
AUD = f"{GITHUB}:aud"
NAMED = {"StringEquals": {SUB: "repo:o/r:ref:refs/heads/main", AUD: "sts.amazonaws.com"}}
NOT_PASS = {"Effect": "Allow", "NotAction": "ec2:*"}
MINE = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com", "iam:AWSServiceName": "x.amazonaws.com"}}
ONE_ROLE = "arn:aws:iam::111122223333:role/app"

PAIRS = [
    ("UNSUPPORTED_CHARACTER", "identity", document(allow(Resource="arn:aws:s3:::b/\u65e5")), document(allow())),
    (
        "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
        "resource",
        document(admit({"Service": "s3.amazonaws.com"})),
        document(admit({"Service": "s3.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": "1" * 12}})),
    ),
    (
        "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        "resource",
        document(admit({"Service": "s3.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceOwner": "1" * 12}})),
        document(admit({"Service": "s3.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": "1" * 12}})),
    ),
    (
        "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
        "trust",
        document(trust({"Service": "rolesanywhere.amazonaws.com"}, "sts:AssumeRole")),
        document(
            trust(
                {"Service": "rolesanywhere.amazonaws.com"},
                ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
            )
        ),
    ),
    (
        "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
        "trust",
        document(without(web({}), "Condition")),
        document(web(NAMED)),
    ),
    ("MISSING_GITHUB_REPO_CONDITION_KEY", "trust", document(web({"StringEquals": {AUD: "x"}})), document(web(NAMED))),
    (
        "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
        "trust",
        document(web({"StringLike": {SUB: "repo:o/*"}})),
        document(web(NAMED)),
    ),
    (
        "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE",
        "trust",
        document(web({"ForAnyValue:StringEquals": {AUD: "x"}})),
        document(web(NAMED)),
    ),
    (
        "CONFIRM_AUDIENCE_CLAIM_TYPE",
        "trust",
        document(web({"ForAllValues:StringEquals": {AUD: "x"}})),
        document(web(NAMED)),
    ),
    (
        "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
        "trust",
        document(trust({"AWS": [ROLE, "arn:aws:sts::111122223333:assumed-role/x/session"]})),
        document(trust({"AWS": [ROLE, "arn:aws:sts::111122223333:assumed-role/y/session"]})),
    ),
    (
        "MISSING_ACTION_FOR_CONDITION_KEY",
        "trust",
        document(trust({"AWS": ROLE}, Condition={"StringEquals": {"sts:SourceIdentity": "ana"}})),
        document(
            trust(
                {"AWS": ROLE},
                ["sts:AssumeRole", "sts:SetSourceIdentity"],
                Condition={"StringEquals": {"sts:SourceIdentity": "ana"}},
            )
        ),
    ),
    (
        "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY",
        "rcp",
        document(deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
        document(
            deny(
                Condition={
                    "StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                }
            )
        ),
    ),
    (
        "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY",
        "rcp",
        document(deny(Condition={"StringNotEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}})),
        document(
            deny(
                Condition={
                    "StringNotEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"},
                    "Bool": {"aws:PrincipalIsAWSService": "true"},
                }
            )
        ),
    ),
    (
        "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",
        "rcp",
        document(deny(Condition={"StringNotEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}})),
        document(
            deny(
                Condition={
                    "StringNotEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"},
                    "Null": {"aws:SourceAccount": "false"},
                }
            )
        ),
    ),
    ("INVALID_ACTION", "identity", document(allow(Action="s3:GetObjct")), document(allow())),
    ("INVALID_SERVICE_IN_ACTION", "identity", document(allow(Action="iamm:GetRole")), document(allow())),
    ("INVALID_PARTITION", "identity", document(allow(Resource="arn:moon:s3:::b")), document(allow())),
    (
        "INVALID_ARN_REGION",
        "identity",
        document(wide("kms:Decrypt", KEY.replace("us-east-1", "useast1"))),
        document(wide("kms:Decrypt", KEY)),
    ),
    (
        "INVALID_ARN_RESOURCE",
        "identity",
        document(wide("kms:Decrypt", KEY.replace("key/", "keys/"))),
        document(wide("kms:Decrypt", KEY)),
    ),
    (
        "UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
        "resource",
        document(admit("*", Resource=["arn:aws:s3:::b", KEY])),
        document(admit("*", Resource=["arn:aws:s3:::b"])),
    ),
    (
        "PASS_ROLE_WITH_NOT_RESOURCE",
        "identity",
        document(without(wide("iam:PassRole", NotResource=ROLE), "Resource")),
        document(wide("iam:PassRole", ONE_ROLE)),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "identity",
        document(without(wide("iam:*", NotResource=ROLE), "Resource")),
        document(wide("iam:*", ONE_ROLE)),
    ),
    (
        "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "identity",
        document({**NOT_PASS, "NotResource": ROLE}),
        document({**NOT_PASS, "NotResource": ROLE, "NotAction": ["ec2:*", "iam:*"]}),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "identity",
        document(wide("iam:PassRole")),
        document(wide("iam:PassRole", Condition=MINE)),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "identity",
        document(wide("iam:Pass*")),
        document(wide("iam:Get*")),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        "identity",
        document({**NOT_PASS, "Resource": "*"}),
        document({**NOT_PASS, "Resource": "*", "NotAction": "iam:*"}),
    ),
    (
        "CREATE_SLR_WITH_NOT_RESOURCE",
        "identity",
        document(without(wide("iam:CreateServiceLinkedRole", NotResource=ROLE), "Resource")),
        document(wide("iam:CreateServiceLinkedRole", ONE_ROLE)),
    ),
    (
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "identity",
        document(without(wide("iam:Create*", NotResource=ROLE), "Resource")),
        document(wide("iam:Create*", ONE_ROLE)),
    ),
    (
        "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "identity",
        document({**NOT_PASS, "NotResource": ROLE}),
        document({**NOT_PASS, "NotResource": ROLE, "NotAction": "iam:*"}),
    ),
    (
        "CREATE_SLR_WITH_STAR_IN_RESOURCE",
        "identity",
        document(wide("iam:CreateServiceLinkedRole")),
        document(wide("iam:CreateServiceLinkedRole", Condition=MINE)),
    ),
    (
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "identity",
        document(wide("iam:*")),
        document(wide("iam:Get*")),
    ),
    (
        "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        "identity",
        document({**NOT_PASS, "Resource": "*"}),
        document({**NOT_PASS, "Resource": "*", "NotAction": "iam:*"}),
    ),
    (
        "REDUNDANT_ACTION",
        "identity",
        document(allow(Action=["s3:Get*", "s3:GetObject"])),
        document(allow(Action=["s3:Get*", "s3:*Object"])),
    ),
    (
        "REDUNDANT_RESOURCE",
        "identity",
        document(allow(Resource=["arn:aws:s3:::b/*", "arn:aws:s3:::b/k"])),
        document(allow(Resource=["arn:aws:s3:::b/*", "arn:aws:s3:::c/k"])),
    ),
    (
        "REDUNDANT_STATEMENT",
        "identity",
        document(allow(Sid="a"), allow(Action=["S3:getobject"], Sid="b")),
        document(allow(Sid="a"), allow(Action=["s3:PutObject"], Sid="b")),
    ),
    (
        "INVALID_CONDITION_DATA_TYPE",
        "identity",
        document(when("NumericEquals", "s3:max-keys", ["1", 2])),
        document(when("NumericEquals", "s3:max-keys", [1, 2.5], Action="s3:ListBucket")),
    ),
    (
        "REDUNDANT_CONDITION_VALUE_NUM",
        "identity",
        document(when("NumericLessThan", "aws:MultiFactorAuthAge", [2700, 3600])),
        document(when("NumericEquals", "aws:MultiFactorAuthAge", [2700, 3600])),
    ),
    (
        "EQUIVALENT_TO_NULL_FALSE",
        "identity",
        document(when("StringLike", "aws:PrincipalTag/a", "*")),
        document(when("StringLike", "aws:PrincipalTag/a", "x*")),
    ),
    (
        "EQUIVALENT_TO_NULL_TRUE",
        "identity",
        document(when("StringNotLike", "aws:PrincipalTag/a", "*")),
        document(when("StringNotLike", "aws:PrincipalTag/a", "x*")),
    ),
    (
        "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
        "identity",
        document(when("StringLikeIfExists", "aws:PrincipalTag/a", "*")),
        document(when("StringLikeIfExists", "aws:PrincipalTag/a", "x*")),
    ),
    (
        "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
        "identity",
        document(when("StringNotLike", "aws:userid", "*")),
        document(when("StringNotLike", "aws:userid", "AIDAX*")),
    ),
    (
        "INVALID_GLOBAL_CONDITION_KEY",
        "identity",
        document(when("StringEquals", "aws:SourceVpcc", "x")),
        document(when("StringEquals", "aws:SourceVpc", "vpc-12345678")),
    ),
    (
        "INVALID_SERVICE_CONDITION_KEY",
        "identity",
        document(when("StringEquals", "s3:bogus", "x")),
        document(when("StringEquals", "s3:authType", "x")),
    ),
    (
        "INVALID_SERVICE",
        "identity",
        document(when("StringEquals", "s33:prefix", "x")),
        document(when("StringEquals", "s3:prefix", "x", Action="s3:ListBucket")),
    ),
    (
        "MISSING_QUALIFIER",
        "identity",
        document(when("StringEquals", "aws:TagKeys", "x")),
        document(when("ForAnyValue:StringEquals", "aws:TagKeys", "x")),
    ),
    (
        "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        "identity",
        document(when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "x")),
        document(when("StringEquals", "aws:PrincipalOrgID", "x")),
    ),
    (
        "TYPE_MISMATCH",
        "identity",
        document(when("StringEquals", "aws:SecureTransport", "true")),
        document(when("Bool", "aws:SecureTransport", "true")),
    ),
    (
        "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
        "identity",
        document(when("StringLike", "aws:SourceArn", "arn:aws:s3:::b*")),
        document(when("StringLike", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::b*", Action="kms:Decrypt")),
    ),
    (
        "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
        "identity",
        document(when("StringEquals", "s3:x-amz-server-side-encryption", "aws:kms")),
        document(when("StringEquals", "s3:x-amz-server-side-encryption", "aws:kms", Action="s3:PutObject")),
    ),
    (
        "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        "resource",
        document(admit({"Service": "s3.amazonaws.com"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
        document(admit({"Service": "s3.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})),
    ),
    (
        "UNTRUSTWORTHY_CONDITION_KEY",
        "identity",
        document(when("StringEquals", "aws:Referer", "x")),
        document(when("StringEquals", "aws:SourceAccount", "x")),
    ),
    (
        "MISSING_PAIRED_CONDITION_KEYS",
        "identity",
        document(when("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8")),
        document(
            allow(
                Condition={
                    "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"},
                    "StringEquals": {"aws:SourceVpc": "vpc-12345678"},
                }
            )
        ),
    ),
    (
        "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT",
        "identity",
        document(when("ForAllValues:StringEquals", "dynamodb:Attributes", "a", Action="dynamodb:GetItem")),
        document(
            allow(
                Action="dynamodb:GetItem",
                Condition={
                    "ForAllValues:StringEquals": {"dynamodb:Attributes": "a"},
                    "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
                },
            )
        ),
    ),
    (
        "S3_PREFIX_IN_NEGATIVE_CONTEXT",
        "identity",
        document(when("StringNotLike", "s3:prefix", "private/*", Action="s3:ListBucket")),
        document(when("StringLike", "s3:prefix", "public/*", Action="s3:ListBucket")),
    ),
    (
        "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",
        "identity",
        document(when("StringEquals", "aws:VpceAccount", "111122223333", Action="sqs:SendMessage")),
        document(when("StringEquals", "aws:VpceAccount", "111122223333")),
    ),
    (
        "IRRELEVANT_CONDITION_KEY_IN_POLICY",
        "resource",
        document(admit("*", Condition={"StringEquals": {"s3:ResourceAccount": "111122223333"}})),
        document(admit("*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})),
    ),
    (
        "INVALID_DATE_VALUE",
        "identity",
        document(when("DateLessThan", "aws:CurrentTime", "1767225600")),
        document(when("DateLessThan", "aws:CurrentTime", "2026-01-01")),
    ),
    (
        "PRIVATE_NOT_IP_ADDRESS_SUBSET",
        "identity",
        document(when("NotIpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"])),
        document(when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")),
    ),
    (
        "INVALID_REGION",
        "identity",
        document(when("StringEquals", "aws:RequestedRegion", "useast1")),
        document(when("StringEquals", "aws:RequestedRegion", "us-east-1")),
    ),
    (
        "WILDCARD_USAGE_TOO_PERMISSIVE",
        "identity",
        document(when("StringLike", "aws:userid", "*:ana")),
        document(when("StringLike", "aws:userid", "AROAEXAMPLE:*")),
    ),
    (
        "VARIABLE_USAGE_TOO_PERMISSIVE",
        "identity",
        document(when("StringLike", "aws:userid", "${aws:PrincipalTag/id}:ana")),
        document(when("StringLike", "aws:userid", "AROAEXAMPLE:${aws:PrincipalTag/id}")),
    ),
    (
        "DEPRECATED_GLOBAL_CONDITION_KEY",
        "identity",
        document(when("StringEquals", "aws:PrincipalArn", "${aws:ARN}")),
        document(when("StringEquals", "aws:PrincipalArn", "${aws:SourceArn}")),
    ),
    (
        "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "identity",
        document(when("StringEquals", "aws:ResourceTag/a", "x", Effect="Deny", Action="iam:ListRoles", Resource="*")),
        document(when("StringEquals", "aws:ResourceTag/a", "x", Effect="Deny", Action="kms:Decrypt", Resource="*")),
    ),
    (
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "identity",
        document(when("StringEquals", "aws:ResourceTag/a", "x", Action="iam:ListRoles", Resource="*")),
        document(when("StringEquals", "aws:ResourceTag/a", "x", Action="kms:Decrypt", Resource="*")),
    ),
    (
        "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "identity",
        document(
            without(when("StringEquals", "aws:ResourceTag/a", "x", Effect="Deny", NotAction="s3:*"), "Action"),
        ),
        document(
            without(when("StringEquals", "aws:PrincipalTag/a", "x", Effect="Deny", NotAction="s3:*"), "Action"),
        ),
    ),
    (
        "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "identity",
        document(without(when("StringEquals", "aws:ResourceTag/a", "x", NotAction="s3:*"), "Action")),
        document(without(when("StringEquals", "aws:PrincipalTag/a", "x", NotAction="s3:*"), "Action")),
    ),
    (
        "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
        "trust",
        document(trust({"AWS": [f"arn:aws:iam::111122223333:role/r{n}" for n in range(80)]})),
        document(trust({"AWS": ROLE})),
    ),
    (
        "INVALID_CONFIGURATION_ELEMENT",
        "replication-configuration",
        {**first.configuration(), "Rule": []},
        first.configuration(),
    ),
]


def codes(value, policy_type):
    """Return the issue codes of a document."""
    return {
        finding.issueCode for finding in validate_text(json.dumps(value, ensure_ascii=False), "x", policy_type).findings
    }


@pytest.mark.parametrize(("code", "policy_type", "wrong", "mended"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_fires_and_is_silent_when_mended(code, policy_type, wrong, mended):
    """The finding is there, and gone once the one thing is mended."""
    assert code in codes(wrong, policy_type)
    assert code not in codes(mended, policy_type)


def test_every_check_has_a_case():
    """No check is without a document that it fires on."""
    tried = {pair[0] for pair in PAIRS} | {case[2] for case in first.CASES} | {case[1] for case in first.CONFIGURATIONS}
    assert sorted({check.code for check in CHECKS} - tried) == []


def test_every_check_says_what_it_finds():
    """Each check has a sentence, and a link to AWS."""
    for check in CHECKS:
        assert check.summary
        assert check.url.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("value", "finding_type"),
    [
        (document(allow(Action="s3:NoSuchAction")), "ERROR"),
        (document(allow(Action="codestar:CreateProject", Resource="*")), "WARNING"),
        (document(allow(Action="ec2:RunInstance", Resource="*")), "ERROR"),
        (document(allow(Action="ec2:Zebra", Resource="*")), "WARNING"),
        (document(allow(Action="zebra:Run", Resource="*")), "WARNING"),
    ],
    ids=["complete", "retired", "typo", "unknown-action", "unknown-service"],
)
def test_what_only_the_catalogue_says(value, finding_type):
    """An error where the catalogue is complete or a name was mistyped; a warning where AWS may know more."""
    findings = validate_text(json.dumps(value), "x", "identity").findings
    assert [str(finding.findingType) for finding in findings] == [finding_type]


def test_a_piece_of_a_value_is_located():
    """The place of a policy variable is the variable, not the whole value."""
    text = json.dumps(document(allow(Resource="arn:aws:s3:::b/${aws: username}")))
    (finding,) = validate_text(text, "x", "identity").findings
    location = finding.locations[0]
    assert location.to_dict()["path"][-1] == {"substring": {"start": 15, "length": 16}}
    start, end = location.span.start.offset, location.span.end.offset
    assert text[start:end] == "${aws: username}"


def test_the_name_of_a_member_is_located():
    """A finding about a name points to the name."""
    text = json.dumps(document(when("StringMatches", "aws:username", "x")))
    (finding,) = validate_text(text, "x", "identity").findings
    assert finding.locations[0].to_dict()["path"][-1] == {"key": "StringMatches"}
    span = finding.locations[0].span
    assert text[span.start.offset : span.end.offset] == '"StringMatches"'
