# ruff: noqa: E501  # an answer a line
"""Every answer of AWS that is read, of a shape that botocore's models know, and what becomes of it."""

import json
from urllib.parse import quote

import pytest
import yaml
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape

import policygen as pg
from policygen.reading import read_paths
from tests.reading.given import (
    ACCOUNT,
    BUCKET,
    GROUP,
    KEY,
    KEY_ID,
    MANAGED,
    ROLE,
    USER,
    bucket_policy,
    policy,
    trust,
    written,
)

_BOUNDARY = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": MANAGED}
_ROLE = {"RoleName": "app", "Arn": ROLE, "AssumeRolePolicyDocument": trust(), "PermissionsBoundary": _BOUNDARY}
_BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
_SUMMARY = {
    "Id": "p-12345678",
    "Arn": "arn:aws:organizations::1:policy/o-1/p",
    "Name": "deny",
    "Type": "SERVICE_CONTROL_POLICY",
}
_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}]}

ANSWERS = [
    ("s3", "GetBucketPolicy", {"Policy": json.dumps(bucket_policy())}, "resource-policy"),
    ("s3", "GetBucketEncryption", {"ServerSideEncryptionConfiguration": _ENCRYPTION}, "encryption"),
    ("s3", "GetBucketVersioning", {"Status": "Enabled"}, "versioning"),
    ("s3", "GetBucketVersioning", {"Status": "Suspended", "MFADelete": "Disabled"}, "versioning"),
    ("s3", "GetBucketReplication", {"ReplicationConfiguration": {"Role": ROLE, "Rules": [{"Status": "Enabled"}]}}, "replication"),
    ("s3", "GetBucketOwnershipControls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}, "ownership"),
    ("s3", "GetPublicAccessBlock", {"PublicAccessBlockConfiguration": _BLOCK}, "public-access-block"),
    ("s3", "GetBucketLocation", {"LocationConstraint": "eu-west-1"}, "location"),
    ("s3", "GetBucketTagging", {"TagSet": [{"Key": "team", "Value": "data"}]}, "tags"),
    ("s3", "GetBucketAbac", {"AbacStatus": {"Status": "Enabled"}}, "abac"),
    ("s3", "ListBuckets", {"Buckets": [{"Name": "data-of-orders"}], "Owner": {"ID": "1"}}, "bucket"),
    ("s3control", "GetPublicAccessBlock", {"PublicAccessBlockConfiguration": _BLOCK}, "public-access-block"),
    ("s3control", "GetAccessPointPolicy", {"Policy": json.dumps(bucket_policy())}, "resource-policy"),
    ("kms", "GetKeyPolicy", {"Policy": json.dumps(policy("kms:*", Principal="*")), "PolicyName": "default"}, "resource-policy"),
    ("kms", "DescribeKey", {"KeyMetadata": {"KeyId": KEY_ID, "Arn": KEY, "AWSAccountId": ACCOUNT}}, "key"),
    ("kms", "ListGrants", {"Grants": [{"KeyId": KEY, "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}]}, "grant"),
    ("kms", "ListAliases", {"Aliases": [{"AliasName": "alias/a", "AliasArn": "arn", "TargetKeyId": KEY_ID}]}, "alias"),
    ("kms", "ListResourceTags", {"Tags": [{"TagKey": "team", "TagValue": "data"}], "Truncated": False}, "tags"),
    ("iam", "GetRole", {"Role": _ROLE}, "role"),
    ("iam", "ListRoles", {"Roles": [_ROLE], "IsTruncated": False}, "role"),
    ("iam", "GetUser", {"User": {"UserName": "ann", "Arn": USER}}, "user"),
    ("iam", "ListUsers", {"Users": [{"UserName": "ann", "Arn": USER}], "IsTruncated": False}, "user"),
    ("iam", "GetGroup", {"Group": {"GroupName": "readers", "Arn": GROUP}, "Users": [{"UserName": "ann", "Arn": USER}]}, "group"),
    ("iam", "ListGroups", {"Groups": [{"GroupName": "readers", "Arn": GROUP}]}, "group"),
    ("iam", "GetRolePolicy", {"RoleName": "app", "PolicyName": "p", "PolicyDocument": policy()}, "inline-policy"),
    ("iam", "GetUserPolicy", {"UserName": "ann", "PolicyName": "p", "PolicyDocument": policy()}, "inline-policy"),
    ("iam", "GetGroupPolicy", {"GroupName": "readers", "PolicyName": "p", "PolicyDocument": policy()}, "inline-policy"),
    ("iam", "ListAttachedRolePolicies", {"AttachedPolicies": [{"PolicyName": "read", "PolicyArn": MANAGED}]}, "attached"),
    ("iam", "ListAttachedUserPolicies", {"AttachedPolicies": []}, "attached"),
    ("iam", "ListRolePolicies", {"PolicyNames": ["p"]}, "names"),
    ("iam", "GetPolicy", {"Policy": {"PolicyName": "read", "Arn": MANAGED, "DefaultVersionId": "v2"}}, "managed-policy"),
    ("iam", "GetPolicyVersion", {"PolicyVersion": {"Document": policy(), "VersionId": "v2", "IsDefaultVersion": True}}, "policy-version"),
    ("iam", "ListPolicies", {"Policies": [{"PolicyName": "read", "Arn": MANAGED, "DefaultVersionId": "v2"}]}, "managed-policy"),
    ("sts", "GetCallerIdentity", {"UserId": "AIDA", "Account": ACCOUNT, "Arn": USER}, "caller"),
    ("organizations", "DescribeOrganization", {"Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": ACCOUNT}}, "organization"),
    ("organizations", "ListRoots", {"Roots": [{"Id": "r-ab12", "Name": "Root"}]}, "root"),
    ("organizations", "ListOrganizationalUnitsForParent", {"OrganizationalUnits": [{"Id": "ou-ab12-11111111"}]}, "unit"),
    ("organizations", "ListAccounts", {"Accounts": [{"Id": ACCOUNT, "Name": "prod"}]}, "account"),
    ("organizations", "ListAccountsForParent", {"Accounts": [{"Id": ACCOUNT, "Name": "prod"}]}, "account"),
    ("organizations", "ListParents", {"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}, "parent"),
    ("organizations", "ListPoliciesForTarget", {"Policies": [_SUMMARY]}, "target-policy"),
    ("organizations", "ListTargetsForPolicy", {"Targets": [{"TargetId": ACCOUNT, "Type": "ACCOUNT"}]}, "policy-target"),
    ("organizations", "DescribePolicy", {"Policy": {"PolicySummary": _SUMMARY, "Content": json.dumps(policy())}}, "organization-policy"),
    ("ec2", "DescribeVpcEndpoints", {"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "PolicyDocument": json.dumps(policy())}]}, "vpc-endpoint"),
    ("sns", "GetTopicAttributes", {"Attributes": {"Policy": json.dumps(policy()), "TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t"}}, "resource-policy"),
    ("sqs", "GetQueueAttributes", {"Attributes": {"Policy": json.dumps(policy()), "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}}, "resource-policy"),
    ("secretsmanager", "GetResourcePolicy", {"ARN": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s-abcdef", "Name": "s", "ResourcePolicy": json.dumps(policy())}, "resource-policy"),
    ("ecr", "GetRepositoryPolicy", {"registryId": ACCOUNT, "repositoryName": "r", "policyText": json.dumps(policy())}, "resource-policy"),
    ("lambda", "GetPolicy", {"Policy": json.dumps(policy("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", Principal="*")), "RevisionId": "1"}, "resource-policy"),
]  # fmt: skip
"""Service, operation, an answer of it, and what it is read as."""

_MODELS: dict[str, ServiceModel] = {}


def _output(service: str, operation: str) -> StructureShape:
    if service not in _MODELS:
        _MODELS[service] = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return _MODELS[service].operation_model(operation).output_shape


def _check_members(value, shape):
    """Every name of an answer is one that AWS's model has there."""
    if shape.type_name == "structure" and isinstance(value, dict) and "Statement" not in value:
        for name, each in value.items():
            assert name in shape.members, f"{name} is no member of {shape.name}"
            _check_members(each, shape.members[name])
    if shape.type_name == "list":
        for each in value:
            _check_members(each, shape.member)


@pytest.mark.parametrize(
    ("service", "operation", "answer", "kind"), ANSWERS, ids=[f"{each[0]} {each[1]}" for each in ANSWERS]
)
def test_an_answer_is_recognised_by_its_shape(service, operation, answer, kind, tmp_path):
    """Whatever the file is called, as JSON, as boto3 gives it, and as YAML."""
    _check_members(answer, _output(service, operation))
    metadata = {"RequestId": "1", "HTTPStatusCode": 200}
    forms = {
        "a.json": json.dumps(answer),
        "b.json": json.dumps(answer | {"ResponseMetadata": metadata}),
        "c.yaml": yaml.safe_dump(answer),
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text)
        found = read_paths([tmp_path / name]).records
        assert {each.kind for each in found} == {kind}, name
        assert {each.source for each in found} == {str(tmp_path / name)}


def _details():
    attached = [{"PolicyName": "read", "PolicyArn": MANAGED}]

    def inline():
        return [{"PolicyName": "own", "PolicyDocument": policy("s3:PutObject")}]

    version = {"Document": policy("s3:GetObject"), "VersionId": "v2", "IsDefaultVersion": True}
    old = {"Document": policy("s3:*"), "VersionId": "v1", "IsDefaultVersion": False}
    return {
        "UserDetailList": [
            {"UserName": "ann", "Arn": USER, "UserPolicyList": inline(), "GroupList": ["readers"], "AttachedManagedPolicies": []}
        ],
        "GroupDetailList": [
            {"GroupName": "readers", "Arn": GROUP, "GroupPolicyList": [], "AttachedManagedPolicies": attached}
        ],
        "RoleDetailList": [
            {
                "RoleName": "app",
                "Arn": ROLE,
                "AssumeRolePolicyDocument": trust(),
                "RolePolicyList": inline(),
                "AttachedManagedPolicies": attached,
                "Tags": [{"Key": "team", "Value": "data"}],
            }
        ],
        "Policies": [
            {"PolicyName": "read", "Arn": MANAGED, "DefaultVersionId": "v2", "PolicyVersionList": [old, version]}
        ],
    }  # fmt: skip


def _allowed(environment, principal, action, resource=f"{BUCKET}/k", **context):
    request = pg.Request(
        principal=principal, action=action, resource=resource, resource_account=ACCOUNT, context=context
    )
    return environment.authorize(request).allowed


def test_account_authorization_details_are_a_whole_environment(tmp_path):
    """Inline, managed and group policies, the default version alone, tags, trust."""
    _check_members(_details(), _output("iam", "GetAccountAuthorizationDetails"))
    environment = pg.load_environment(written(tmp_path, details=_details()) / "details.json")
    for principal in (ROLE, USER):
        assert _allowed(environment, principal, "s3:GetObject")
        assert _allowed(environment, principal, "s3:PutObject")
        assert not _allowed(environment, principal, "s3:DeleteObject")
    assert environment.principals[ROLE].tags == (("team", "data"),)
    assert environment.principals[ROLE].trust_policy is not None


def test_answers_about_one_role_are_put_together(tmp_path):
    """The boundary's ARN finds its text, and lists that do not name the role are its own by their folder."""
    role = dict(_ROLE)
    folder = written(
        tmp_path,
        app__role={"Role": role},
        app__inline={"RoleName": "app", "PolicyName": "p", "PolicyDocument": policy("s3:PutObject")},
        app__attached={"AttachedPolicies": [{"PolicyName": "all", "PolicyArn": "arn:aws:iam::aws:policy/all"}]},
        policies__all={"Policy": {"PolicyName": "all", "Arn": "arn:aws:iam::aws:policy/all", "DefaultVersionId": "v1"}},
        policies__all__v1={"PolicyVersion": {"Document": policy("s3:*"), "VersionId": "v1", "IsDefaultVersion": True}},
        policies__read={"Policy": {"PolicyName": "read", "Arn": MANAGED, "DefaultVersionId": "v1"}},
        policies__read__v1={
            "PolicyVersion": {"Document": policy("s3:PutObject"), "VersionId": "v1", "IsDefaultVersion": True}
        },
    )
    environment = pg.load_environment(folder)
    assert _allowed(environment, ROLE, "s3:PutObject")
    assert not _allowed(environment, ROLE, "s3:GetObject")  # the boundary


@pytest.mark.parametrize(
    "document",
    [
        bucket_policy(),
        json.dumps(bucket_policy()),
        quote(json.dumps(bucket_policy())),
        json.dumps(json.dumps(bucket_policy())),
    ],
    ids=["object", "text", "URL-encoded", "a text in a text"],
)
def test_a_policy_is_read_in_every_form(document, tmp_path):
    """As an object, as a text, URL-encoded, and as a text in a text."""
    environment = pg.load_environment(written(tmp_path, answer={"Policy": document}))
    assert _allowed(environment, "anonymous", "s3:GetObject")


@pytest.mark.parametrize("text", [quote(json.dumps(bucket_policy())), json.dumps(json.dumps(bucket_policy()))])
def test_a_file_that_is_an_encoded_policy_is_read(text, tmp_path):
    """Whole files, too, may be URL-encoded, or a JSON text."""
    environment = pg.load_environment(written(tmp_path, answer=text) / "answer.json")
    assert _allowed(environment, "anonymous", "s3:GetObject")


def test_settings_belong_to_the_bucket_whose_policy_lies_beside_them(tmp_path):
    """None of these answers names its bucket; the policy does."""
    folder = written(
        tmp_path,
        orders__policy={"Policy": json.dumps(bucket_policy())},
        orders__location={"LocationConstraint": "eu-west-1"},
        orders__block={"PublicAccessBlockConfiguration": _BLOCK},
        orders__tags={"TagSet": [{"Key": "team", "Value": "data"}]},
        orders__abac={"AbacStatus": {"Status": "Enabled"}},
        other={"Role": _ROLE | {"PermissionsBoundary": None}},
    )
    bucket = pg.load_environment(folder).resources[BUCKET]
    assert (bucket.account, bucket.region, bucket.abac) == (ACCOUNT, "eu-west-1", True)
    assert bucket.tags == (("team", "data"),)
    assert bucket.block_public_access == _BLOCK


def test_a_key_has_its_policy_grants_aliases_and_tags(tmp_path):
    """By its id, its ARN and its folder."""
    folder = written(
        tmp_path,
        key__describe={
            "KeyMetadata": {
                "KeyId": KEY_ID,
                "Arn": KEY,
                "MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY"},
            }
        },
        key__policy={"Policy": json.dumps(policy("kms:*", Principal={"AWS": ROLE}))},
        key__tags={"Tags": [{"TagKey": "team", "TagValue": "data"}], "Truncated": False},
        grants={"Grants": [{"KeyId": KEY, "GranteePrincipal": USER, "Operations": ["Decrypt"]}]},
        aliases={"Aliases": [{"AliasName": "alias/a", "TargetKeyId": KEY_ID}, {"AliasName": "alias/aws/s3"}]},
    )
    environment = pg.load_environment(folder)
    key = environment.resources[KEY]
    assert (key.aliases, key.tags, key.multi_region) == (("alias/a",), (("team", "data"),), "primary")
    assert _allowed(environment, ROLE, "kms:Encrypt", KEY)
    assert _allowed(environment, USER, "kms:Decrypt", KEY)
    assert not _allowed(environment, USER, "kms:Encrypt", KEY)


def test_the_tree_of_an_organization_is_put_together(tmp_path):
    """Units and accounts by the folder of their parent, policies by the folder of what they are attached to."""
    deny = policy("s3:DeleteObject", effect="Deny")
    full = _SUMMARY | {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess"}
    folder = written(
        tmp_path,
        organization={"Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "999999999999"}},
        roots={"Roots": [{"Id": "r-ab12"}]},
        units__r_ab12="{}",
        policy={"Policy": {"PolicySummary": _SUMMARY, "Content": json.dumps(deny)}},
        details=_details() | {"Policies": [], "GroupDetailList": [], "UserDetailList": []},
    )
    answers = {
        "r-ab12/units": {"OrganizationalUnits": [{"Id": "ou-ab12-11111111", "Name": "work"}]},
        "ou-ab12-11111111/accounts": {"Accounts": [{"Id": ACCOUNT, "Name": "prod"}]},
        "r-ab12/policies": {"Policies": [full]},
        "ou-ab12-11111111/policies": {"Policies": [full, _SUMMARY]},
        f"{ACCOUNT}/policies": {"Policies": [full]},
        f"{ACCOUNT}/s3-policies": {"Policies": [_SUMMARY | {"Id": "p-s3s3s3s3", "Type": "S3_POLICY"}]},
        "s3": {
            "Policy": {
                "PolicySummary": _SUMMARY | {"Id": "p-s3s3s3s3", "Type": "S3_POLICY"},
                "Content": json.dumps({"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}),
            }
        },
    }
    for name, answer in answers.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(answer))
    (folder / "managed.json").write_text(json.dumps({"Policies": [_details()["Policies"][0]]}))
    environment = pg.load_environment(folder)
    account = environment.accounts[ACCOUNT]
    assert (environment.organization_id, account.path) == ("o-a1b2c3d4e5", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/")
    assert [len(level) for level in account.service_control] == [1, 2, 1]
    assert (environment.management_account, account.s3_policy) == ("999999999999", "all")
    assert _allowed(environment, ROLE, "s3:PutObject")


@pytest.mark.parametrize("code", ["NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "NoSuchTagSet"])
def test_an_error_that_means_there_is_none_is_no_problem(code, tmp_path):
    """The AWS CLI says so on standard error; people save that, too."""
    said = f"\nAn error occurred ({code}) when calling the GetBucket operation: there is none\n"
    folder = written(tmp_path, a__policy={"Policy": json.dumps(bucket_policy())})
    (folder / "a" / "answer.txt").write_text(said)
    assert read_paths([folder]).problems == ()


def test_another_error_is_named(tmp_path):
    """It is not known what AWS would have answered, which is said, and nothing more."""
    path = tmp_path / "policy.json"
    path.write_text("An error occurred (AccessDenied) when calling the GetBucketPolicy operation: Access Denied")
    (problem,) = read_paths([path]).problems
    assert (problem.code, problem.message, problem.severity.value) == (
        "PG-I004",
        "AWS answered AccessDenied: Access Denied",
        "warning",
    )


def test_what_belongs_to_nothing_is_named_with_its_line(tmp_path):
    """A setting whose bucket nothing tells."""
    path = tmp_path / "versioning.json"
    path.write_text('{"Status": "Enabled"}')
    (problem,) = read_paths([path]).problems
    assert (problem.code, problem.place.line, problem.message) == (
        "PG-I003",
        1,
        "this is a bucket's versioning, and nothing tells of what",
    )


def test_a_file_of_no_known_shape_is_named(tmp_path):
    """When it was asked for; in a folder it is passed over."""
    folder = written(tmp_path, package={"name": "x"}, policy=bucket_policy())
    (problem,) = read_paths([folder / "package.json"]).problems
    assert (problem.code, problem.message) == ("PG-I001", "this is of no shape that is known")
    assert read_paths([folder]).problems == ()


def test_one_file_that_cannot_be_read_does_not_stop_the_others(tmp_path):
    """Every problem at once, each with its place, and the rest is there."""
    folder = written(tmp_path, bad='{"Policy": }', worse="[", policy={"Policy": json.dumps(bucket_policy())})
    reading = read_paths([folder])
    assert [(each.code, each.place.line, each.place.column) for each in reading.problems] == [
        ("PG-F006", 1, 12),
        ("PG-F006", 1, 2),
    ]
    assert [each.of for each in reading.records] == [BUCKET]


def test_a_policy_that_is_none_is_named_at_its_line(tmp_path):
    """The role is there without it."""
    details = _details()
    details["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Effect"] = "allow"
    text = json.dumps(details, indent=1)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(pg.DocumentError) as caught:
        pg.load_environment(tmp_path / "a.json")
    (problem,) = caught.value.problems
    assert problem.code == "PG-D006"
    assert text.splitlines()[problem.place.line - 1].strip() == '"Effect": "allow",'


def test_a_managed_policy_whose_text_was_not_read_is_said_when_it_matters(tmp_path):
    """Never a guess: the request cannot be judged."""
    details = _details() | {"Policies": []}
    environment = pg.load_environment(written(tmp_path, details=details))
    with pytest.raises(pg.DocumentError) as caught:
        _allowed(environment, ROLE, "s3:GetObject")
    assert caught.value.problems[0].code == "PG-I008"
    assert caught.value.problems[0].message == f"the text of the managed policy `{MANAGED}` was not read"


def test_shapes_of_a_users_file_come_first(tmp_path):
    """A file of a shape of one's own is read as its row says."""
    shapes = tmp_path / "shapes.yaml"
    shapes.write_text(
        "shapes: [{shape: ours, when: TheBucket, kind: resource-policy, fields: {bucket: TheBucket, document: Text}}]"
    )
    folder = written(tmp_path / "x", a={"TheBucket": "data-of-orders", "Text": bucket_policy()})
    assert _allowed(pg.load_environment(folder, shapes=shapes), "anonymous", "s3:GetObject")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{when: a, kind: nonsense, fields: {}}", "`nonsense` is not a kind"),
        ("{when: 'a ==', kind: role, fields: {}}", "`a ==` is no JMESPath expression"),
        ("{when: a, kind: role}", "a shape has a mapping `fields`"),
        ("{kind: role, fields: {}}", "a shape has one of `when`, `terraform`, `cloudformation`"),
        ("{when: a, kind: role, fields: {}, more: 1}", "unknown field `more`"),
        ("role", "a shape is a mapping"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row, message, tmp_path):
    """With its line."""
    shapes = tmp_path / "shapes.yaml"
    shapes.write_text(f"shapes:\n  - {row}\n")
    with pytest.raises(pg.SourceError) as caught:
        read_paths([tmp_path], shapes=shapes)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == ("PG-I005", 2)
    assert problem.message.startswith(message)


def test_two_policies_of_one_bucket_are_named(tmp_path):
    """One and the same in two files is no problem; of two the first is taken, and it is said."""
    folder = written(tmp_path, a={"Policy": json.dumps(bucket_policy())}, b=bucket_policy())
    assert len(pg.load_environment(folder).resources[BUCKET].resource_based) == 1
    written(tmp_path, b=bucket_policy("s3:*"))
    with pytest.raises(pg.DocumentError) as caught:
        pg.load_environment(folder)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.source, problem.place.line) == ("PG-I007", str(folder / "b.json"), 1)
    assert (
        problem.message
        == f"this is another policy of `{BUCKET}` than that in `{folder / 'a.json'}#Policy`, which is taken"
    )


@pytest.mark.parametrize(
    ("value", "pointer", "message"),
    [
        ({"RoleDetailList": [{"RoleName": "x"}]}, "/RoleDetailList/0", "an IAM role needs `Arn`, a text"),
        ({"RoleDetailList": ["x"]}, "/RoleDetailList/0", "an IAM role is an object"),
        ({"Resources": {"A": {"Type": "AWS::S3::Bucket"}, "B": {}}}, "/Resources/B", "a resource of a template has a `Type`, a text"),
        ({"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": []}}}, "/Resources/A", "the `Properties` of a resource are an object"),
        ({"resource_changes": [{"change": None}]}, "/resource_changes/0", "a change of a plan has a `change`, an object"),
    ],
)  # fmt: skip
def test_a_part_that_cannot_be_read_is_named(value, pointer, message, tmp_path):
    """And the rest is read."""
    folder = written(tmp_path, a=value, b=bucket_policy())
    reading = read_paths([folder])
    (problem,) = reading.problems
    assert (problem.code, problem.place.pointer, problem.message) == ("PG-I002", pointer, message)
    assert problem.place.line == 1
    assert BUCKET in {each.of for each in reading.records}


def test_block_public_access_of_an_account_lies_in_its_folder(tmp_path):
    """Its answer is the same as a bucket's; elsewhere nobody knows, and it is not used."""
    for folder, known in ((ACCOUNT, True), (f"{ACCOUNT}/s3control", True), ("x", False)):
        path = tmp_path / folder.replace("/", "-") / folder / "block.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"PublicAccessBlockConfiguration": _BLOCK}))
        environment = pg.load_environment(path)
        assert (ACCOUNT in environment.accounts) is known, folder
        if known:
            assert environment.accounts[ACCOUNT].block_public_access == _BLOCK


def test_an_scp_whose_text_was_not_read_is_said_when_it_matters(tmp_path):
    """It may deny anything: never a guess."""
    folder = written(tmp_path, details=_details(), roots={"Roots": [{"Id": "r-ab12"}]})
    for name, answer in {
        "r-ab12/accounts": {"Accounts": [{"Id": ACCOUNT}]},
        "r-ab12/policies": {"Policies": [_SUMMARY]},
    }.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(answer))
    with pytest.raises(pg.DocumentError) as caught:
        _allowed(pg.load_environment(folder), ROLE, "s3:GetObject")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.source) == ("PG-I008", str(folder / "r-ab12" / "policies.json"))


def test_an_endpoint_is_found_by_its_id(tmp_path):
    """With its policy and type."""
    endpoint = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "OwnerId": ACCOUNT}
    endpoint["PolicyDocument"] = json.dumps(policy("s3:PutObject", Principal="*"))
    folder = written(tmp_path, details=_details(), endpoints={"VpcEndpoints": [endpoint]})
    environment = pg.load_environment(folder)
    assert environment.vpc_endpoints["vpce-1"].type == "interface"
    assert _allowed(environment, ROLE, "s3:GetObject")
    assert not _allowed(environment, ROLE, "s3:GetObject", **{"aws:SourceVpce": "vpce-1"})


def test_a_list_of_answers_is_read(tmp_path):
    """As a query of the AWS CLI leaves it."""
    answers = [{"Role": _ROLE | {"PermissionsBoundary": None}}, {"Policy": json.dumps(bucket_policy())}]
    environment = pg.load_environment(written(tmp_path, answers=answers))
    assert (set(environment.principals), set(environment.resources)) == ({ROLE}, {BUCKET})
