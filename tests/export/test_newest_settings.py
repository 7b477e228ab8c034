"""What AWS has for buckets since 2025, in every format: attribute-based access control, account regional names."""

import json

import pytest

from policygen.export.aws_cli import aws_cli
from policygen.export.cloudformation import cloudformation
from policygen.export.terraform import terraform
from policygen.generator import generate_bundle
from policygen.spec.load import load_spec_text

NAMES = {False: "acme-logs", True: "acme-logs-111122223333-us-west-2-an"}
SPEC = """\
version: 1
accounts: {{prod: "111122223333"}}
buckets: {{logs: {{name: {name}, region: us-west-2, abac: {abac}}}}}
"""


def made(*, regional=False, abac=False):
    """Return the bundle of a spec with one bucket, and what each format makes of it."""
    spec = load_spec_text(SPEC.format(name=NAMES[regional], abac=str(abac).lower()), "spec.yaml")
    bundle = generate_bundle(spec)
    formats = {"aws-cli": aws_cli, "cloudformation": cloudformation, "terraform": terraform}
    return bundle, {name: make(spec, bundle) for name, make in formats.items()}


def script(found):
    """Return the script for the AWS CLI."""
    return found["aws-cli"]["aws-cli/deploy.sh"]


def bucket(found):
    """Return the bucket's properties in the CloudFormation template."""
    (template,) = (each for path, each in found["cloudformation"].items() if path.endswith("us-west-2.json"))
    resources = template["Resources"] if isinstance(template, dict) else json.loads(template)["Resources"]
    (properties,) = (each["Properties"] for each in resources.values() if each["Type"] == "AWS::S3::Bucket")
    return properties


def module(found):
    """Return the resources of the Terraform module, and the provider's version."""
    files = found["terraform"]
    version = files["terraform/main.tf.json"]["terraform"]["required_providers"]["aws"]["version"]
    return files["terraform/account-111122223333.tf.json"]["resource"], version


@pytest.mark.parametrize("abac", [False, True])
def test_abac_reaches_every_format(abac):
    """On, it is a document, a call, a property and a resource; off, as a bucket has it, it is none of them."""
    bundle, found = made(abac=abac)
    document = bundle.get("111122223333/s3/logs/abac.json")
    assert (document.value if document else None) == ({"Status": "Enabled"} if abac else None)
    assert ("put-bucket-abac" in script(found)) is abac
    assert ("--abac-status file://111122223333/s3/logs/abac.json" in script(found)) is abac
    assert bucket(found).get("AbacStatus") == ("Enabled" if abac else None)
    resources, version = module(found)
    assert ("aws_s3_bucket_abac" in resources) is abac
    assert version == (">= 6.23.0" if abac else ">= 6.22.0")


@pytest.mark.parametrize("regional", [False, True])
def test_account_regional_names_are_created_in_their_namespace(regional):
    """Whoever creates such a bucket says so; where it is pasted by hand, the page does."""
    bundle, found = made(regional=regional)
    assert ("--bucket-namespace account-regional" in script(found)) is regional
    assert bucket(found).get("BucketNamespace") == ("account-regional" if regional else None)
    resources, version = module(found)
    (body,) = resources["aws_s3_bucket"].values()
    assert body.get("bucket_namespace") == ("account-regional" if regional else None)
    assert version == (">= 6.37.0" if regional else ">= 6.22.0")
    create = bundle["111122223333/s3/logs/encryption.json"].create
    assert ("in the account regional namespace" in create) is regional
    assert ("--bucket-namespace account-regional" in create) is regional


def test_the_newest_need_decides_about_the_provider():
    """Both together need the later release."""
    assert module(made(regional=True, abac=True)[1])[1] == ">= 6.37.0"
