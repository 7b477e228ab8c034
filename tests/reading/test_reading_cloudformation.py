# ruff: noqa: E501  # a resource a line
"""CloudFormation templates: every function that is worked out, and what becomes of what cannot be known."""

import json

import pytest

import policygen as pg
from policygen.reading.cloudformation import Functions, resources_of
from policygen.reading.opened import open_text
from tests.reading.given import ACCOUNT, BUCKET, ROLE, policy, trust

GIVEN = {"AWS::AccountId": ACCOUNT, "AWS::Region": "eu-west-1"}
TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "data-of-orders"},
        "Env": {"Type": "String"},
        "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Secret": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
    },
    "Mappings": {"Of": {"eu-west-1": {"short": "euw1"}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "IsNot": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Always": {"Fn::Or": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": ["a", "b"]}]},
        "Never": {"Fn::And": [{"Condition": "Always"}, {"Fn::Equals": ["a", "b"]}]},
    },
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "app", "Path": "/team/"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
    },
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "data-of-orders"),
        ({"Ref": "Bucket"}, "data-of-orders"),
        ({"Ref": "Topic"}, f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"),
        ({"Ref": "Names"}, ["a", "b"]),
        ({"Ref": "AWS::AccountId"}, ACCOUNT),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, BUCKET),
        ({"Fn::GetAtt": "Role.Arn"}, f"arn:aws:iam::{ACCOUNT}:role/team/app"),
        ({"Fn::Sub": "${Bucket.Arn}/${Name}/*"}, f"{BUCKET}/data-of-orders/*"),
        ({"Fn::Sub": ["${a}-${AWS::Region}", {"a": {"Ref": "Name"}}]}, "data-of-orders-eu-west-1"),
        ({"Fn::Sub": "home/${!aws:username}/*"}, "home/${aws:username}/*"),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]}, f"{BUCKET}/*"),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Fn::Split": [":", "x:y"]}]}, "x"),
        ({"Fn::FindInMap": ["Of", {"Ref": "AWS::Region"}, "short"]}, "euw1"),
        ({"Fn::If": ["Always", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Never", "yes", {"Fn::Sub": "${Name}"}]}, "data-of-orders"),
        ([{"Fn::If": ["Never", "a", {"Ref": "AWS::NoValue"}]}, "b"], ["b"]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
    ids=str,
)
def test_a_function_is_worked_out(value, expected):
    """As CloudFormation does."""
    assert Functions(TEMPLATE, GIVEN).resolved(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Env"},
        {"Ref": "Key"},
        {"Ref": "Secret"},
        {"Ref": "Nothing"},
        {"Ref": "AWS::StackName"},
        {"Fn::GetAtt": ["Key", "Arn"]},
        {"Fn::GetAtt": ["Bucket", "DomainName"]},
        {"Fn::Sub": "${Env}-x"},
        {"Fn::Join": ["", ["a", {"Ref": "Env"}]]},
        {"Fn::Select": [5, ["a"]]},
        {"Fn::Select": "a"},
        {"Fn::FindInMap": ["Of", "us-east-1", "short"]},
        {"Fn::ImportValue": "x"},
        {"Fn::If": ["IsProd", "a", "b"]},
        {"Fn::If": ["Unknown", "a", "b"]},
    ],
    ids=str,
)
def test_what_cannot_be_known_stays_a_function(value):
    """Values of parameters without a default, what a deployment makes, and functions that are written wrongly."""
    assert Functions(TEMPLATE, GIVEN).resolved(value) == value


def test_parameters_come_before_defaults():
    """And names of resources by their logical ids."""
    functions = Functions(TEMPLATE, GIVEN | {"Name": "other", "Env": "prod", "Key": "1234"})
    assert functions.resolved({"Ref": "Name"}) == "other"
    assert functions.resolved({"Fn::If": ["IsNot", 1, 2]}) == 2
    assert functions.resolved({"Fn::GetAtt": ["Key", "Arn"]}) == f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234"


def test_conditions_that_go_in_circles_end():
    """They cannot be known."""
    template = TEMPLATE | {"Conditions": {"A": {"Condition": "B"}, "B": {"Condition": "A"}}}
    value = {"Fn::If": ["A", 1, 2]}
    assert Functions(template, GIVEN).resolved(value) == value


def test_a_resource_whose_condition_does_not_hold_is_left_out():
    """One whose condition may hold is there."""
    resources = {
        name: {"Type": "AWS::S3::Bucket", "Condition": name} for name in ("IsProd", "IsNot", "Always", "Never")
    }
    template = TEMPLATE | {"Resources": resources}
    assert [each.name for each in resources_of(template, {"Env": "prod"})] == ["IsProd", "Always"]
    assert [each.name for each in resources_of(template, {})] == ["IsProd", "IsNot", "Always"]


def test_short_forms_in_yaml_mean_the_long_ones():
    """With scalars, lists, and one in the other."""
    text = "a: !Ref X\nb: !GetAtt A.Arn\nc: !Join ['', [a, !Sub '${X}']]\nd: !If [C, {a: 1}, !Ref AWS::NoValue]\n"
    assert open_text(text, "t.yaml").value == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": "A.Arn"},
        "c": {"Fn::Join": ["", ["a", {"Fn::Sub": "${X}"}]]},
        "d": {"Fn::If": ["C", {"a": 1}, {"Ref": "AWS::NoValue"}]},
    }


def _role(**properties):
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust(), **properties}}


def _inline(document):
    return [{"PolicyName": "own", "PolicyDocument": document}]


def _load(tmp_path, resources, **parameters):
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": resources}, indent=2))
    return pg.load_environment(path, parameters={"AWS::AccountId": ACCOUNT, **parameters})


def _allowed(environment, action="s3:GetObject"):
    request = pg.Request(principal=ROLE, action=action, resource=f"{BUCKET}/k", resource_account=ACCOUNT)
    return environment.authorize(request).allowed


def test_roles_policies_and_groups_of_a_template_are_put_together(tmp_path):
    """Inline, attached by the role and by the policy, by name and by reference."""
    policies = {
        "Read": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "r", "PolicyDocument": policy()}},
        "Put": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": policy("s3:PutObject"), "Roles": [{"Ref": "Role"}]}},
    }  # fmt: skip
    role = _role(RoleName="app", ManagedPolicyArns=[{"Ref": "Read"}], Policies=_inline(policy("s3:DeleteObject")))
    environment = _load(tmp_path, {"Role": role, **policies})
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert _allowed(environment, action)
    assert not _allowed(environment, "s3:ListBucket")


def test_a_policy_that_hangs_on_an_unknown_says_so_at_its_line(tmp_path):
    """When a request needs it; with what has to be said."""
    unknown = policy("s3:GetObject", {"Fn::Sub": "${Bucket.Arn}/*"})
    resources = {"Role": _role(RoleName="app", Policies=_inline(unknown)), "Bucket": {"Type": "AWS::S3::Bucket"}}
    environment = _load(tmp_path, resources)
    with pytest.raises(pg.DocumentError) as caught:
        _allowed(environment)
    (problem,) = caught.value.problems
    assert problem.code == "PG-I006"
    assert problem.message == (
        "`Fn::Sub ${Bucket.Arn}/*` is not known before the template is deployed, and the policy hangs on it"
    )
    assert (tmp_path / "template.json").read_text().splitlines()[problem.place.line - 1].strip() == '"Resource": {'
    assert _allowed(_load(tmp_path, resources, Bucket="data-of-orders"))


def test_a_statement_that_hangs_on_a_condition_says_so(tmp_path):
    """Nobody knows whether it is there."""
    document = policy()
    document["Statement"].append({"Fn::If": ["C", document["Statement"][0], {"Ref": "AWS::NoValue"}]})
    with pytest.raises(pg.DocumentError) as caught:
        _allowed(_load(tmp_path, {"Role": _role(RoleName="app", Policies=_inline(document))}))
    assert [each.code for each in caught.value.problems] == ["PG-I006"]
