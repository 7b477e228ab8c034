"""What people have goes in as it is: the environment command, --environment, validate and verify."""

import json
import shutil

import pytest

import policygen as pg
from tests.command import ROOT, policygen
from tests.reading.given import ACCOUNT, BUCKET, ROLE, bucket_policy, policy, trust, written

SAMPLE = ROOT / "samples" / "mrk-replication" / "spec.yaml"
ASK = ["evaluate", "--principal", ROLE, "--action", "s3:GetObject", "--resource", f"{BUCKET}/k"]
ASK += ["--resource-account", ACCOUNT]


def _details(action="s3:GetObject"):
    inline = [{"PolicyName": "own", "PolicyDocument": policy(action)}]
    role = {"RoleName": "app", "Arn": ROLE, "AssumeRolePolicyDocument": trust(), "RolePolicyList": inline}
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}


def test_environment_prints_an_environment_file(tmp_path):
    """What it prints is read again, to the same answers."""
    folder = written(tmp_path, details=_details(), orders__policy={"Policy": json.dumps(bucket_policy())})
    made = tmp_path / "environment.json"
    result = policygen("environment", str(folder))
    assert (result.returncode, result.stderr) == (0, "")
    made.write_text(result.stdout)
    value = json.loads(result.stdout)
    assert value["version"] == 1
    assert value["principals"].keys() == {ROLE}
    assert value["resources"].keys() == {BUCKET}
    for source in (folder / "details.json", made):
        assert policygen(*ASK, "--environment", str(source)).returncode == 0


def test_a_spec_is_no_environment():
    """Of a spec that is named nothing is read, and that is said: it would look as if nobody might do anything."""
    result = policygen("who-can", "kms:Decrypt", "*", "--environment", str(SAMPLE))
    said, hint = result.stderr.splitlines()
    assert said == f"warning: {SAMPLE}: PG-I001 nothing is read of a spec, or of an environment file among other files"
    assert hint.endswith("of a spec the folder that `policygen generate SPEC -o DIR` writes")


def test_an_empty_file(tmp_path):
    """A file that is named and empty is a warning: the call that wrote it may have failed."""
    path = tmp_path / "details.json"
    path.write_text("\n")
    result = policygen("environment", str(path))
    said, hint = result.stderr.splitlines()
    assert (result.returncode, said) == (0, f"warning: {path}: PG-I001 there is nothing in it")
    assert hint == "  hint: save AWS's answer again, and look at what the call says"


def test_load_environment_refuses_what_it_does_not_read():
    """From Python a spec is an error: there is nowhere to say a warning."""
    with pytest.raises(pg.DocumentError, match="PG-I001 nothing is read of a spec"):
        pg.load_environment(SAMPLE)


def test_environment_writes_a_file_and_counts(tmp_path):
    """With -o; the count goes to standard error."""
    folder = written(tmp_path / "in", details=_details())
    made = tmp_path / "out" / "environment.json"
    result = policygen("environment", str(folder), "-o", str(made))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", f"{made}: 1 principals\n")
    assert policygen(*ASK, "--environment", str(made)).returncode == 0


def test_environment_names_what_it_cannot_read_and_prints_the_rest(tmp_path):
    """Exit 3; every problem, and what was read all the same."""
    folder = written(tmp_path, details=_details(), bad="{", other='{"Policies": [}')
    result = policygen("environment", str(folder))
    assert result.returncode == 3
    assert json.loads(result.stdout)["principals"].keys() == {ROLE}
    assert result.stderr.count("PG-F006") == 2


def test_evaluate_takes_several_files_and_folders(tmp_path):
    """Together they are one environment; a part that cannot be read is exit 3, with the verdict."""
    folder = written(tmp_path, a__details=_details("s3:PutObject"), b__policy=bucket_policy(principal={"AWS": ROLE}))
    both = ["--environment", str(folder / "a"), "--environment", str(folder / "b")]
    assert policygen(*ASK, *both[:2]).returncode == 1
    assert policygen(*ASK, *both).returncode == 0
    written(tmp_path, b__bad="{")
    result = policygen(*ASK, *both)
    assert (result.returncode, result.stdout.startswith("ALLOWED")) == (3, True)
    assert "PG-F006" in result.stderr


def test_a_suite_names_a_folder_as_its_environment(tmp_path):
    """Whatever lies in it."""
    written(tmp_path, account__details=_details())
    request = {"principal": ROLE, "action": "s3:GetObject", "resource": f"{BUCKET}/k", "resource_account": ACCOUNT}
    suite = {"version": 1, "environment": "account", "tests": [{"request": request, "expect": "allowed"}]}
    (tmp_path / "a.policytest.json").write_text(json.dumps(suite))
    assert policygen("test", str(tmp_path / "a.policytest.json")).returncode == 0


TEMPLATE = """\
Parameters:
  Team: {Type: String}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Pol:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: s3:GetObjct
            Resource: !Sub "${Bucket.Arn}/*"
  Other:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::data/${Team}/*"}
"""


def _validated(path, *more):
    result = policygen("validate", str(path), "--format", "json", *more)
    return result.returncode, json.loads(result.stdout)["files"]


def test_validate_opens_a_template(tmp_path):
    """Each policy has its address; a finding its line in the file; an unknown parameter says so."""
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE)
    status, (bucket, managed) = _validated(path)
    assert status == 3
    assert bucket["address"] == "Resources.Pol.Properties.PolicyDocument"
    assert (bucket["policy_type"], bucket["public"]) == ("resource", False)
    assert [each["issueCode"] for each in bucket["findings"]] == ["INVALID_ACTION"]
    assert managed["address"] == "Resources.Other.Properties.PolicyDocument"
    assert [each["code"] for each in managed["problems"]] == ["PG-I006"]
    text = policygen("validate", str(path)).stdout
    line = TEMPLATE.splitlines().index("            Action: s3:GetObjct") + 1
    assert f"{path}#Resources.Pol.Properties.PolicyDocument:{line}:21 /Statement/0/Action: ERROR" in text
    status, (bucket, managed) = _validated(path, "--parameter", "Team=a")
    assert (status, managed["valid"], managed["policy_type"]) == (1, True, "identity")


def test_validate_opens_a_terraform_plan_and_a_dump(tmp_path):
    """Policies by the address of their resource, and by where they stand."""
    change = {"before": None, "after": {"bucket": "b", "policy": json.dumps(bucket_policy())}, "after_unknown": {}}
    plan = {
        "resource_changes": [{"address": "aws_s3_bucket_policy.p", "type": "aws_s3_bucket_policy", "change": change}]
    }
    folder = written(tmp_path, details=_details(), plan=plan, policy=policy())
    status, files = _validated(folder)
    assert status == 0
    assert [(each["file"].rpartition("/")[2], each.get("address")) for each in files] == [
        ("details.json", "RoleDetailList[0].AssumeRolePolicyDocument"),
        ("details.json", "RoleDetailList[0].RolePolicyList[0].PolicyDocument"),
        ("plan.json", "aws_s3_bucket_policy.p"),
        ("policy.json", None),
    ]
    assert [each["policy_type"] for each in files] == ["trust", "identity", "resource", "identity"]
    assert files[2]["public"] is True


def test_validate_counts_policies_and_names_an_unreadable_file(tmp_path):
    """One unreadable file does not stop the others; a last line counts."""
    folder = written(tmp_path, details=_details())
    (folder / "bad.json").write_bytes(b"\xff")
    result = policygen("validate", str(folder))
    assert result.returncode == 3
    assert result.stdout.splitlines()[-1] == "3 policies: 2 valid, 1 cannot be judged"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The documents of a sample, in a folder."""
    folder = tmp_path_factory.mktemp("documents")
    assert policygen("generate", str(SAMPLE), "-o", str(folder)).returncode == 0
    return folder


def test_verify_takes_a_dump_of_the_role_in_its_folder(generated, tmp_path):
    """What `aws iam get-account-authorization-details` prints, in the place of the role's two policies."""
    folder = tmp_path / "documents"
    shutil.copytree(generated, folder)
    (trust_policy,) = folder.glob("*/iam/*/trust-policy.json")
    permissions = trust_policy.with_name("permissions-policy.json")
    name, account = trust_policy.parent.name, trust_policy.parents[2].name
    role = {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "AssumeRolePolicyDocument": json.loads(trust_policy.read_text()),
        "RolePolicyList": [{"PolicyName": "replicate", "PolicyDocument": json.loads(permissions.read_text())}],
    }
    trust_policy.unlink()
    permissions.unlink()
    assert policygen("verify", str(SAMPLE), "--documents", str(folder), "-q").returncode == 1
    (trust_policy.parent / "dump.json").write_text(json.dumps({"RoleDetailList": [role], "UserDetailList": []}))
    result = policygen("verify", str(SAMPLE), "--documents", str(folder))
    assert result.returncode == 0, result.stdout + result.stderr
    refused = policygen("verify", str(SAMPLE), "--documents", str(folder), "--mend", str(tmp_path / "mended"))
    assert refused.returncode == 2


def test_diff_takes_dumps_states_and_templates_as_environments(tmp_path):
    """What all their policies allow together is compared, with an environment file, too."""
    folder = written(tmp_path, old=_details(), new=_details("s3:Get*"))
    state = {"terraform_version": "1.9.0", "values": {"root_module": {"resources": []}}}
    role = {"arn": ROLE, "name": "app", "assume_role_policy": json.dumps(trust())}
    own = {"role": "app", "name": "own", "policy": json.dumps(policy())}
    for kind, values in (("aws_iam_role", role), ("aws_iam_role_policy", own)):
        state["values"]["root_module"]["resources"].append({"address": f"{kind}.x", "type": kind, "values": values})
    written(tmp_path, state=state)
    same = policygen("diff", str(folder / "old.json"), str(folder / "state.json"))
    assert (same.returncode, same.stdout.startswith("same")) == (0, True)
    wider = policygen("diff", str(folder / "state.json"), str(folder / "new.json"), "--format", "json")
    assert (wider.returncode, len(json.loads(wider.stdout)["gained"])) == (1, 1)


def _template(action):
    """A template in YAML with short forms, of which a deployment makes up every name."""
    return f"""
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: []}}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: reads
      Roles: [!Ref Role]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{{Effect: Allow, Action: {action}, Resource: !Sub "arn:aws:s3:::${{AWS::AccountId}}-data/*"}}]
"""


def test_templates_in_yaml_are_compared(tmp_path):
    """Short forms are read; what deploying makes up is called alike on both sides, and not left out."""
    for name, action in (("old", "s3:GetObject"), ("new", "s3:*")):
        (tmp_path / f"{name}.yaml").write_text(_template(action))
    done = policygen("diff", tmp_path / "old.yaml", tmp_path / "new.yaml", "--format", "json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"], found["lost"]) == (1, "differs", [])
    assert found["gained"][0]["principals"] == [f"arn:aws:iam::{ACCOUNT}:role/role"]


def test_parameters_of_templates_that_are_compared(tmp_path):
    """`--parameter` says what deploying makes up."""
    for name, action in (("old", "s3:GetObject"), ("new", "s3:*")):
        (tmp_path / f"{name}.yaml").write_text(_template(action))
    given = ("--parameter", "AWS::AccountId=444455556666", "--parameter", "Role=reader")
    done = policygen("diff", tmp_path / "old.yaml", tmp_path / "new.yaml", "--format", "json", *given)
    found = json.loads(done.stdout)["gained"][0]
    assert found["principals"] == ["arn:aws:iam::444455556666:role/reader"]
    assert found["resources"] == ["arn:aws:s3:::444455556666-data/*"]
