"""What `diagnose` says of CloudFormation templates and of Terraform's plans and states."""

import copy
import json

import pytest

from tests.command import policygen

ACCOUNT = "111122223333"
SOURCE_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
REPLICA_KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/0987dcba-09fe-87dc-65ba-ab0987654321"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
WRITE = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]


def statement(action, resource, **condition):
    """Return a statement that allows."""
    found = {"Effect": "Allow", "Action": action, "Resource": resource}
    return found | ({"Condition": {"StringLike": condition}} if condition else {})


def role_policy(source, destination, *more):
    """Return what a role needs, and more."""
    statements = [
        statement(["s3:GetReplicationConfiguration", "s3:ListBucket"], source),
        statement(READ, {"Fn::Sub": "${Source.Arn}/*"} if isinstance(source, dict) else f"{source}/*"),
        statement(WRITE, f"{destination}/*"),
    ]
    return {"Version": "2012-10-17", "Statement": [*statements, *more]}


# --- CloudFormation ---------------------------------------------------------------------------------------------------


@pytest.fixture
def template():
    """A template of which a deployment makes up the role's name."""
    rule = {"Id": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::sent-to"}}
    return {
        "Resources": {
            "Source": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": "sent-from",
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "ReplicationConfiguration": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Rules": [rule]},
                },
            },
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
            "Policy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "replicate",
                    "Roles": [{"Ref": "Role"}],
                    "PolicyDocument": role_policy({"Fn::GetAtt": ["Source", "Arn"]}, "arn:aws:s3:::sent-to"),
                },
            },
        }
    }


def answered(tmp_path, value, *options):
    """Return what is printed of a value in a file, with the exit status."""
    path = tmp_path / "given.json"
    path.write_text(json.dumps(value, indent=1))
    return policygen("diagnose", str(path), *options)


def test_a_template_is_diagnosed(tmp_path, template):
    """ReplicationConfiguration in AWS::S3::Bucket is what is meant, an AWS::IAM::Policy the role's."""
    found = answered(tmp_path, template, "--quiet")
    assert (found.returncode, found.stdout) == (0, "works\n")


def test_a_managed_policy_that_names_roles_is_theirs(tmp_path, template):
    """An AWS::IAM::ManagedPolicy is attached to the roles that it lists."""
    template["Resources"]["Policy"]["Type"] = "AWS::IAM::ManagedPolicy"
    assert answered(tmp_path, template, "--quiet").stdout == "works\n"


def test_settings_of_a_template_count(tmp_path, template):
    """VersioningConfiguration in AWS::S3::Bucket is the bucket's."""
    template["Resources"]["Source"]["Properties"]["VersioningConfiguration"] = {"Status": "Suspended"}
    found = answered(tmp_path, template, "--quiet")
    assert (found.returncode, found.stdout.partition(" (")[0]) == (1, "fails because F14")


def test_encryption_of_a_template_counts(tmp_path, template):
    """BucketEncryption in AWS::S3::Bucket is the bucket's, a truth value that is a text one."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": SOURCE_KEY}
    rules = [{"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": "true"}]
    template["Resources"]["Source"]["Properties"]["BucketEncryption"] = {"ServerSideEncryptionConfiguration": rules}
    told = json.loads(answered(tmp_path, template, "--format", "json").stdout)
    values = {each["field"]: each["value"] for each in told["inferred"]}
    assert values["buckets.sent-from.encryption.bucket_key"] == "true"


def test_stand_ins_of_a_template_are_said(tmp_path, template):
    """Account, Region and names that a deployment makes up are said to be assumed, and what gives them."""
    told = json.loads(answered(tmp_path, template, "--format", "json").stdout)
    path = tmp_path / "given.json"
    assert told["assumed"][:2] == [
        (
            f"{path}: deployed with AWS::AccountId=111122223333 and AWS::Region=us-east-1; say where with `--parameter "
            "AWS::AccountId=…` `--parameter AWS::Region=…`"
        ),
        f"{path}: stand-ins for the names that deploying makes up (Role); say one with `--parameter Role=NAME`",
    ]


def test_parameters_come_before_stand_ins(tmp_path, template):
    """What `--parameter` gives is not assumed."""
    given = ("AWS::AccountId=444455556666", "AWS::Region=eu-west-1", "Role=mover")
    found = answered(tmp_path, template, "--format", "json", *(f"--parameter={each}" for each in given))
    told = json.loads(found.stdout)
    values = {each["field"]: each["value"] for each in told["inferred"]}
    assert (values["replication.replication.role.name"], values["buckets.sent-from.account"]) == (
        "mover",
        "444455556666",
    )
    assert not any("stand-ins" in each or "deployed with" in each for each in told["assumed"])


def test_two_keys_of_a_template_are_two(tmp_path, template):
    """Keys whose ids a deployment makes up are told apart."""
    template["Resources"] |= {name: {"Type": "AWS::KMS::Key", "Properties": {}} for name in ("One", "Two")}
    policy = template["Resources"]["Policy"]["Properties"]["PolicyDocument"]
    policy["Statement"] += [
        statement("kms:Decrypt", {"Fn::GetAtt": ["One", "Arn"]}),
        statement("kms:Encrypt", {"Fn::GetAtt": ["One", "Arn"]}),
    ]
    properties = template["Resources"]["Source"]["Properties"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["One", "Arn"]}}
    rules = [{"ServerSideEncryptionByDefault": default}]
    properties["BucketEncryption"] = {"ServerSideEncryptionConfiguration": rules}
    rule = properties["ReplicationConfiguration"]["Rules"][0]
    rule["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    rule["Destination"]["EncryptionConfiguration"] = {"ReplicaKmsKeyID": {"Fn::GetAtt": ["Two", "Arn"]}}
    assert answered(tmp_path, template, "--quiet").stdout.startswith("fails because F6 ")


def test_the_rest_of_a_template_is_judged(tmp_path, template):
    """A policy that hangs on a function without a value is named, and the rest judged without it."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::ImportValue": "shared"}}
    properties = {"Bucket": {"Ref": "Source"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny]}}
    template["Resources"]["Guard"] = {"Type": "AWS::S3::BucketPolicy", "Properties": properties}
    found = answered(tmp_path, template, "--quiet")
    assert (found.returncode, found.stdout) == (3, "works; not all could be judged, see what is assumed\n")
    assert "PG-I006 `Fn::ImportValue shared` is not known before the template is deployed" in found.stderr


# --- Terraform --------------------------------------------------------------------------------------------------------


def resources():
    """Return the resources of a replication that works: type, name, values as `terraform show -json` has them."""
    encryption = (
        ("sent-from", SOURCE_KEY),
        ("sent-to", REPLICA_KEY),
    )
    destination = {
        "bucket": "arn:aws:s3:::sent-to",
        "account": "",
        "storage_class": "",
        "access_control_translation": [],
        "encryption_configuration": [{"replica_kms_key_id": REPLICA_KEY}],
        "metrics": [],
        "replication_time": [],
    }
    rule = {
        "id": "all",
        "priority": 1,
        "status": "Enabled",
        "prefix": "",
        "filter": [{"and": [{"prefix": "logs/", "tags": {"team": "blue"}}], "prefix": "", "tag": []}],
        "delete_marker_replication": [{"status": "Disabled"}],
        "source_selection_criteria": [
            {"replica_modifications": [], "sse_kms_encrypted_objects": [{"status": "Enabled"}]}
        ],
        "destination": [destination],
    }
    uses = [
        statement("kms:Decrypt", SOURCE_KEY, **{"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
        statement("kms:Encrypt", REPLICA_KEY, **{"kms:ViaService": "s3.us-west-2.amazonaws.com"}),
    ]
    policy, role = f"arn:aws:iam::{ACCOUNT}:policy/mover", f"arn:aws:iam::{ACCOUNT}:role/mover"
    yield from (
        ("aws_s3_bucket", name, {"arn": f"arn:aws:s3:::{name}", "bucket": name, "region": region})
        for name, region in (("sent-from", "us-east-1"), ("sent-to", "us-west-2"))
    )
    for name, key in encryption:
        by_default = [{"kms_master_key_id": key, "sse_algorithm": "aws:kms"}]
        yield (
            "aws_s3_bucket_server_side_encryption_configuration",
            name,
            {
                "bucket": name,
                "rule": [{"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": False}],
            },
        )
    yield "aws_iam_role", "mover", {"arn": role, "name": "mover", "path": "/", "assume_role_policy": json.dumps(TRUST)}
    text = json.dumps(role_policy("arn:aws:s3:::sent-from", "arn:aws:s3:::sent-to", *uses))
    yield "aws_iam_policy", "mover", {"arn": policy, "name": "mover", "path": "/", "policy": text}
    yield "aws_iam_role_policy_attachment", "mover", {"role": "mover", "policy_arn": policy}
    yield "aws_s3_bucket_replication_configuration", "it", {"bucket": "sent-from", "role": role, "rule": [rule]}


def state():
    """Return a state."""
    listed = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": values}
        for kind, name, values in resources()
    ]
    return {"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": {"resources": listed}}}


def plan(**unknown):
    """Return a plan in which arguments of types of resources are known only once it is applied."""
    changes = []
    for kind, name, values in resources():
        after = copy.deepcopy(values)
        later = {each: True for each in unknown.get(kind, ()) if after.pop(each)}
        change = {"actions": ["update"], "before": values, "after": after, "after_unknown": later}
        changes.append({"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "change": change})
    return {"format_version": "1.2", "terraform_version": "1.9.5", "resource_changes": changes}


def test_a_state_is_diagnosed(tmp_path):
    """`aws_s3_bucket_replication_configuration` is what is meant."""
    found = answered(tmp_path, state(), "--quiet")
    assert (found.returncode, found.stdout) == (0, "works\n")


def test_a_filter_of_terraform_is_read(tmp_path):
    """Prefix and tags of a rule's filter are those that replicate; an empty `prefix` beside it is none."""
    told = json.loads(answered(tmp_path, state(), "--format", "json").stdout)
    values = {each["field"]: each["value"] for each in told["inferred"]}
    rule = "replication.replication.rules[0]"
    assert (values[f"{rule}.prefix"], values[f"{rule}.tags"]) == ("logs/", {"team": "blue"})


def test_a_value_that_was_put_together_has_the_place_of_its_resource(tmp_path):
    """What is inferred from a resource names a place that is in the file."""
    told = json.loads(answered(tmp_path, state(), "--format", "json").stdout)
    sources = {each["field"]: each["from"] for each in told["inferred"]}
    path = tmp_path / "given.json"
    assert sources["replication.replication.rules[0].id"] == f"{path}:/values/root_module/resources/7/values"


def test_a_plan_whose_policy_is_not_known_yet_is_judged_without_it(tmp_path):
    """A policy that is known only once the plan is applied is named, and nobody is told to fetch it alone."""
    found = answered(tmp_path, plan(aws_iam_policy=["policy"]), "--quiet")
    assert found.returncode == 3
    assert "PG-I006 a part of `aws_iam_policy.mover` is known only once the plan is applied" in found.stderr
    assert found.stdout.splitlines()[0].endswith("; not all could be judged, see what is assumed")


def test_a_plan_whose_role_is_not_known_yet_is_named(tmp_path):
    """A configuration whose role the plan makes is no mistake: that it cannot be judged before is said."""
    found = answered(tmp_path, plan(aws_s3_bucket_replication_configuration=["role"]), "--quiet")
    assert (found.returncode, found.stdout) == (3, "works; not all could be judged, see what is assumed\n")


def test_a_plan_whose_destination_is_not_known_yet_is_named(tmp_path):
    """Without a destination nothing can be inferred: it is said that the plan makes it."""
    found = answered(tmp_path, plan(aws_s3_bucket_replication_configuration=["rule"]))
    assert found.returncode == 3
    said = "PG-C002 the replication configuration of `sent-from` names no role, or no destination that is known before"
    assert f"{said} the plan is applied" in found.stderr


def test_a_policy_that_is_attached_twice_is_named_once(tmp_path):
    """A managed policy that role and attachment name is one that was not read."""
    value = state()
    listed = value["values"]["root_module"]["resources"]
    role = next(each for each in listed if each["type"] == "aws_iam_role")
    role["values"]["managed_policy_arns"] = [f"arn:aws:iam::{ACCOUNT}:policy/mover"]
    listed[:] = [each for each in listed if each["type"] != "aws_iam_policy"]
    line = answered(tmp_path, value, "--quiet").stdout.splitlines()[0]
    assert line.count("the managed policy arn:aws:iam::111122223333:policy/mover") == 1
