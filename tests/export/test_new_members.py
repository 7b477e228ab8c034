"""What S3 has newly in a replication configuration: where a tool does not know it, the call of the AWS CLI is told."""

import json
import re
import shlex

import pytest
from botocore.validate import ParamValidator

from policygen.aws.s3 import members_of_2026
from policygen.export.aws_cli import aws_cli
from policygen.export.cloudformation import cloudformation, deployment
from policygen.export.terraform import terraform
from policygen.generator import generate_bundle
from policygen.spec.load import load_spec_text
from tests.export.calls import operation, parameters, run, words_of, write_script
from tests.export.specs import spec_and_bundle
from tests.export.test_paste_page import page_of

PATH = "111122223333/s3/source/replication-configuration.json"
TEMPLATE = "111122223333/cloudformation/us-east-1.json"
SAMPLES = {"source-multi-region-key": "UseSourceMultiRegionKey", "excluded-prefix": "Not"}
every_sample = pytest.mark.parametrize(("name", "member"), SAMPLES.items(), ids=SAMPLES)

NEW = """\
version: 1
accounts: {prod: "111122223333"}
keys:
  data: {type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}
  west: {type: single-region, region: us-west-1}
buckets:
  source: {name: source-bucket-name, region: us-east-1, encryption: {sse: "aws:kms", key: data}}
  replica: {name: destination-bucket-name-1, region: us-west-1, encryption: {sse: "aws:kms", key: west}}
replication:
  night.ly:
    source: source
    role: {name: s3-replication}
    rules:
      - {id: named, destination: replica, prefix: a/, exclude: {prefixes: [a/tmp/]}}
      - {id: own, destination: replica, prefix: b/, replica_key: source-multi-region}
"""
"""Keys whose ids are not known: the configuration holds one in a placeholder."""


def put_call(text):
    """Return the words of the call in a sentence that puts a replication configuration."""
    return shlex.split(re.search(r"aws s3api put-bucket-replication .*", text)[0])


def is_taken(words, document):
    """Tell whether botocore's newest model takes a call, whose document is this one."""
    files = {each: document for each in words if each.startswith("file://")}
    model = operation("s3", words[2])
    region = words.index("--region")
    given = dict(parameters(model, words[3:region] + words[region + 2 :], files))
    return given["Bucket"] == "source-bucket-name" and not (
        ParamValidator().validate(given, model.input_shape).has_errors()
    )


def test_which_members_are_new():
    """They are found however deep; what S3 had before is none."""
    rule = {"Filter": {"And": {"Prefix": "a", "Not": {"Tag": {"Key": "Not", "Value": "b"}}}}}
    use = {"Destination": {"EncryptionConfiguration": {"UseSourceMultiRegionKey": {"Status": "Enabled"}}}}
    assert members_of_2026({"Rules": [rule]}) == ("Not",)
    assert members_of_2026({"Rules": [use, rule]}) == ("Not", "UseSourceMultiRegionKey")
    assert members_of_2026({"Role": "Not", "Rules": [{"ID": "Not", "Filter": {"Tag": {"Key": "Not"}}}]}) == ()


@every_sample
def test_cloudformation_leaves_it_out_and_says_the_call(name, member):
    """The bucket has no ReplicationConfiguration; role and policies are there; the call stands in the metadata."""
    spec, bundle = spec_and_bundle(name)
    template = cloudformation(spec, bundle)[TEMPLATE]
    assert "ReplicationConfiguration" not in template["Resources"]["SourceBucket"]["Properties"]
    assert "AWS::IAM::RolePolicy" in {each["Type"] for each in template["Resources"].values()}
    told = template["Metadata"]["policygen"]["ByHand"][-1]
    assert told.startswith(
        f"CloudFormation does not know {member} of a replication configuration: this template has none for "
        "source-bucket-name. After the last step: aws s3api put-bucket-replication"
    )
    words = put_call(told)
    assert words[-1] == f"file://cloudformation/{PATH}"
    files = deployment(spec, bundle)
    assert is_taken(words, files[words[-1].removeprefix("file://")])
    assert told in files["cloudformation/deploy.md"]


def test_cloudformation_says_which_ids_to_fill_in(tmp_path):
    """A configuration with the placeholder of a key says where its id is read; the script fills it in."""
    spec = load_spec_text(NEW, "new.yaml")
    bundle = generate_bundle(spec)
    told = cloudformation(spec, bundle)[TEMPLATE]["Metadata"]["policygen"]["ByHand"]
    assert "with output WestKeyId of the stack of 111122223333/cloudformation/us-west-1.json for KEY-ID-OF-west" in str(
        told
    )
    done = run(spec, write_script(spec, bundle, tmp_path, "cloudformation"), tmp_path / "records")
    assert done.returncode == 0, done.stderr
    calls = [words for words in words_of(tmp_path / "records") if "put-bucket-replication" in words]
    assert len(calls) == 1
    deployed = [number for number, words in enumerate(words_of(tmp_path / "records")) if words[5] == "deploy"]
    assert words_of(tmp_path / "records").index(calls[0]) > max(deployed)


@every_sample
def test_terraform_leaves_it_out_and_says_the_call(name, member):
    """No resource holds the configuration: it is an output, and a comment says the call."""
    spec, bundle = spec_and_bundle(name)
    files = terraform(spec, bundle)
    assert "aws_s3_bucket_replication_configuration" not in json.dumps(files["terraform/account-111122223333.tf.json"])
    told = files["terraform/account-111122223333.tf.json"]["//"][-1]
    assert told.startswith(f"The provider does not know {member} of a replication configuration: source-bucket-name ")
    assert "terraform output -raw replication_configuration_nightly > replication.json && " in told
    value = files["terraform/main.tf.json"]["output"]["replication_configuration_nightly"]["value"]
    assert value == bundle[PATH].to_json()
    assert is_taken(put_call(told), value)


def test_terraform_fills_in_ids():
    """The output refers to the keys that the module makes, and has a name that Terraform takes."""
    spec = load_spec_text(NEW, "new.yaml")
    outputs = terraform(spec, generate_bundle(spec))["terraform/main.tf.json"]["output"]
    assert "${aws_kms_key.west.arn}" in outputs["replication_configuration_night_ly"]["value"]


@every_sample
def test_the_aws_cli_has_to_be_new(name, member):
    """The script and the page of where to paste what say it."""
    spec, bundle = spec_and_bundle(name)
    script = aws_cli(spec, bundle)["aws-cli/deploy.sh"]
    assert f"# {member}: an AWS CLI of November 2026 or later knows it.\n" in script
    assert script.index(f"# {member}:") < script.index("s3api put-bucket-replication")
    row = next(line for line in page_of(bundle).splitlines() if PATH in line)
    assert row.endswith(f"`; an AWS CLI of November 2026 or later, which knows {member} |")


def test_other_configurations_are_as_before():
    """Without a new member nothing is said, and templates and modules hold the configuration."""
    spec, bundle = spec_and_bundle("mrk-replication")
    assert "2026" not in aws_cli(spec, bundle)["aws-cli/deploy.sh"]
    assert "2026" not in page_of(bundle)
    template = cloudformation(spec, bundle)[TEMPLATE]
    assert "ReplicationConfiguration" in template["Resources"]["SourceBucket"]["Properties"]
    assert f"cloudformation/{PATH}" not in deployment(spec, bundle)
