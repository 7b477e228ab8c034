"""What `validate` says of AWS's newest names and rules (N7, N9, N10, N11, N13, N16, N17, N25 of docs/facts.md)."""

import json

import pytest

from policygen.lint import validate_text

KEY = "AWS::KMS::Key"


def findings(statement, policy_type="identity", resource_type=None):
    """Return code, weight and text of what is found in a policy of one statement."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "S", "Resource": "*"} | statement]})
    report = validate_text(text, "policy.json", policy_type, resource_type)
    return [(each.issueCode, str(each.findingType), each.findingDetails) for each in report.findings]


@pytest.mark.parametrize("action", ["sts:GetScopedCredentials", "iam:AcquireRole", "iam:FrobnicateDelegationRequest"])
def test_a_name_that_may_be_new_is_a_warning_with_the_catalogue_s_date(action):
    """AWS may know it by now: no ERROR (N13)."""
    ((code, weight, details),) = findings({"Effect": "Allow", "Action": action})
    assert (code, weight) == ("INVALID_ACTION", "WARNING")
    assert "the catalogue is of 20" in details


@pytest.mark.parametrize(
    ("action", "hint"),
    [("sts:GetCalerIdentity", "did you mean `sts:GetCallerIdentity`?"), ("sts:get_scoped_credentials", "sts")],
)
def test_a_slip_is_an_error(action, hint):
    """Near a known name, or no name that AWS would give (N13)."""
    ((code, weight, details),) = findings({"Effect": "Allow", "Action": action})
    assert (code, weight) == ("INVALID_ACTION", "ERROR")
    assert hint in details


@pytest.mark.parametrize(
    ("action", "key", "value"),
    [
        ("sts:GetWebIdentityToken", "aws:RequestedRegion", "us-east-1"),
        ("sts:TagGetWebIdentityToken", "aws:TagKeys", None),
        ("sts:GetDelegatedAccessToken", "aws:RequestedRegion", "us-east-1"),
        ("s3:CreateBucket", "s3:x-amz-bucket-namespace", "account-regional"),
        ("s3:ReplicateObject", "s3:object-lock-event-hold", "ON"),
        ("s3:PutObjectRetention", "s3:object-lock-event-hold-duration-days", "7"),
        ("kms:CreateGrant", "kms:GranteeServicePrincipal", "dynamodb.amazonaws.com"),
        ("kms:CreateGrant", "kms:RetiringServicePrincipal", "dynamodb.amazonaws.com"),
        ("kms:CreateGrant", "kms:GrantConstraintSourceArn", "arn:aws:s3:::b"),
        ("kms:Encapsulate", "kms:EncapsulationAlgorithm", "ML_KEM"),
        ("kms:GetKeyPolicy", "kms:PolicyName", "AWS_RAM"),
    ],
)
def test_newer_actions_and_keys_are_known(action, key, value):
    """The catalogue has them, each key beside its action; where a key is no such action's, it says so."""
    condition = {"StringEquals": {key: value}} if value else {"ForAnyValue:StringEquals": {key: "team"}}
    if "duration" in key:
        condition = {"NumericLessThan": {key: value}}
    if "Arn" in key:
        condition = {"ArnLike": {key: value}}
    assert findings({"Effect": "Allow", "Action": action, "Condition": condition}) == []
    wrong = {"StringEquals": {f"{key}-x": "1"}}
    assert findings({"Effect": "Allow", "Action": action, "Condition": wrong}) != []


def test_key_policies_test_no_aliases_and_tags_of_the_key():
    """KMS refuses them; an IAM policy may (N16)."""
    for key in ("kms:ResourceAliases", "kms:ResourceTag/team", "aws:ResourceTag/team"):
        operator = "ForAnyValue:StringEquals" if key.endswith("Aliases") else "StringEquals"
        statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Condition": {operator: {key: "alias/data"}}}
        admitted = statement | {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
        refused = {(code, weight) for code, weight, _ in findings(admitted, "resource", KEY)}
        assert ("UNSUPPORTED_CONDITION_KEY_IN_KEY_POLICY", "ERROR") in refused
        codes = {code for code, _, _ in findings(statement)}
        assert "UNSUPPORTED_CONDITION_KEY_IN_KEY_POLICY" not in codes


@pytest.mark.parametrize("action", ["s3:Get*Object", "s3:*Object*", "s3:?etObject"])
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_scps_take_wildcards_anywhere(action, effect):
    """The whole policy language since 2025-09 (N17)."""
    condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    assert findings({"Effect": effect, "Action": action, "Condition": condition}, "scp") == []


@pytest.mark.parametrize("action", ["aws-mcp:InvokeMcp", "aws-mcp:CallReadOnlyTool"])
def test_actions_of_mcp_servers_have_no_effect(action):
    """A warning that names what to test in their place (N25)."""
    ((code, weight, details),) = findings({"Effect": "Deny", "Action": action})
    assert (code, weight) == ("ACTION_WITHOUT_EFFECT", "WARNING")
    assert details.endswith("test aws:ViaAWSMCPService in a condition")
