"""What a deployment creates and what must exist before it: every format says the same, and loses no statement."""

import json
import re
import shlex
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from policygen.api.specs import EXPORTS, export_to
from policygen.export import inventory
from policygen.generator import generate_bundle
from policygen.generator.template_files import TemplateSource, TemplateText
from tests.export.cases import TEXTS, spec_of
from tests.export.specs import OWN, spec_and_bundle

MUST_EXIST = (
    "arn:aws:iam::111122223333:role/service-role/Reader",
    "arn:aws:iam::444455556666:role/Reader",
    "arn:aws:iam::444455556666:user/ops/carol",
    "arn:aws:sts::111122223333:assumed-role/Support/alice",
    "arn:aws:sts::444455556666:assumed-role/Reports/nightly",
)
TEMPLATES = Path(__file__).parents[2] / "templates"


@cache
def spec_called(name):
    """Return a sample, or a spec of the tests of exports."""
    return spec_of(name) if name in TEXTS else spec_and_bundle(name)[0]


def from_cloudformation(texts):
    """Return what templates create and ask for."""
    found = {"buckets": set(), "roles": set(), "keys": [], "must exist": set()}
    for path, text in texts.items():
        account, _, file = path.partition("/cloudformation/")
        if not file:  # the script, the page, and what they put
            continue
        template = json.loads(text)
        found["must exist"] |= set(template.get("Metadata", {}).get("policygen", {}).get("MustExist", ()))
        for each in template.get("Resources", {}).values():
            kind, properties = each["Type"], each["Properties"]
            if kind == "AWS::S3::Bucket":
                found["buckets"].add((account, properties["BucketName"]))
            if kind == "AWS::IAM::Role":
                found["roles"].add((account, properties["Path"], properties["RoleName"]))
            if kind in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey") and "IsMade" not in each.get("Condition", ""):
                found["keys"].append((account, file.removesuffix(".json")))
    return found | {"keys": sorted(found["keys"])}


def from_terraform(texts):
    """Return what a module creates and asks for."""
    files = {path: json.loads(text) for path, text in texts.items()}
    main = files["terraform/main.tf.json"]
    regions = {f"aws.{each['alias']}": each["region"] for each in main["provider"].get("aws", ())}
    asked = [line.partition("otherwise: ")[2] for line in main["//"] if line.startswith("Must exist")]
    found = {
        "buckets": set(),
        "roles": set(),
        "keys": [],
        "must exist": {arn for line in asked for arn in line.split(", ")},
    }
    for path, file in files.items():
        account = path.removeprefix("terraform/account-").removesuffix(".tf.json")
        for kind, resources in file.get("resource", {}).items():
            for each in resources.values():
                if kind == "aws_s3_bucket":
                    found["buckets"].add((account, each["bucket"]))
                if kind == "aws_iam_role":
                    found["roles"].add((account, each["path"], each["name"]))
                if kind in ("aws_kms_key", "aws_kms_replica_key"):
                    found["keys"].append((account, regions[each["provider"]]))
    return found | {"keys": sorted(found["keys"])}


def from_script(texts):
    """Return what a script for the AWS CLI creates and asks for."""
    script = texts["aws-cli/deploy.sh"].replace("\\\n", " ")
    accounts = dict(re.findall(r"^# (PROFILE_\w+): profile for account (\d+)$", script, re.MULTILINE))
    found = {
        "buckets": set(),
        "roles": set(),
        "keys": [],
        "must exist": set(re.findall(r"^# - (\S+)$", script, re.MULTILINE)),
    }
    for line in script.splitlines():
        if match := re.search(r'aws --profile "\$(\w+)" --region (\S+) \w+ (create-|replicate-)(\w+) ', line):
            profile, region, _, thing = match.groups()
            words = shlex.split(line[match.start() :])
            account, options = accounts[profile], dict(pairwise(words))
            if thing == "bucket":
                found["buckets"].add((account, options["--bucket"]))
            if thing == "role":
                found["roles"].add((account, options["--path"], options["--role-name"]))
            if thing == "key":
                found["keys"].append((account, options.get("--replica-region", region)))
    return found | {"keys": sorted(found["keys"])}


READERS = {"cloudformation": from_cloudformation, "terraform": from_terraform, "aws-cli": from_script}


@pytest.mark.parametrize("form", EXPORTS)
@pytest.mark.parametrize("name", [*TEXTS, *OWN])
def test_every_format_says_what_the_inventory_says(name, form):
    """Each format creates the same buckets, roles and keys, and asks for the same principals and boundaries."""
    spec = spec_called(name)
    bundle = generate_bundle(spec)
    texts = {path: text for path, text in export_to(spec, form, bundle).items() if not path.startswith("manifest.")}
    roles = [each.role for each in inventory.new_roles(spec).values()]
    assert READERS[form](texts) == {
        "buckets": {(bucket.account, bucket.name) for bucket in spec.buckets},
        "roles": {(role.account, role.path, role.name) for role in roles},
        "keys": sorted((key.account, region) for key in inventory.new_keys(spec) for region in key.regions),
        "must exist": set(inventory.must_exist(spec, bundle)),
    }


def test_what_must_exist():
    """A session needs its role unless it is created here, whatever its path."""
    spec = spec_called("sessions")
    assert inventory.must_exist(spec, generate_bundle(spec)) == MUST_EXIST


def test_what_templates_ask_for():
    """NotPrincipal asks for its principals too; an account and a federated user are not asked for."""
    spec, template = spec_called("sessions"), "bucket-policy.json.j2"
    others = ["arn:aws:sts::111122223333:federated-user/bob", "arn:aws:iam::111122223333:root", "444455556666", "*"]
    asked = generate_bundle(spec, with_statement(template, EVERYBODY | {"Principal": {"AWS": others}}))
    assert inventory.must_exist(spec, asked) == MUST_EXIST
    spared = {name: value for name, value in EVERYBODY.items() if name != "Principal"}
    spared |= {"NotPrincipal": {"AWS": "arn:aws:iam::999988887777:role/Last"}}
    asked = generate_bundle(spec, with_statement(template, spared))
    assert inventory.must_exist(spec, asked) == (
        *MUST_EXIST[:3],
        "arn:aws:iam::999988887777:role/Last",
        *MUST_EXIST[3:],
    )


def test_policies_wait_for_the_roles_of_sessions():
    """A policy that names a session of a created role, or the role itself, comes after the role, in Terraform too."""
    spec = spec_called("sessions")
    files = {path: json.loads(text) for path, text in export_to(spec, "terraform").items()}
    key = files["terraform/account-111122223333.tf.json"]["resource"]["aws_kms_key_policy"]["data_us_east_1"]
    bucket = files["terraform/account-444455556666.tf.json"]["resource"]["aws_s3_bucket_policy"]["replica"]
    assert key["depends_on"] == ["aws_iam_role.nightly"]
    assert "aws_iam_role.nightly" in bucket["depends_on"]
    template = export_to(spec, "cloudformation")["111122223333/cloudformation/us-east-1.json"]
    assert '"arn:${AWS::Partition}:sts::111122223333:assumed-role/${S3ReplicationRole}/probe"' in template


# --- templates of one's own


def with_statement(name, statement):
    """Return the package's template of a policy with one more statement in it."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    text = text.replace("{% endfor %}\n", "{% endfor %}\n{{ comma() }}" + json.dumps(statement) + "\n")
    return TemplateSource(overrides={name: TemplateText(text=text, source=name)})


MINE = {"Sid": "Mine", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
EVERYBODY = MINE | {"Principal": "*"}
TRUSTED = {"Sid": "Mine", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "444455556666"}}
POLICIES = {
    "bucket-policy.json.j2": EVERYBODY,
    "key-policy.json.j2": EVERYBODY | {"Action": "kms:DeleteAlias"},
    "trust-policy.json.j2": TRUSTED,
    "permissions-policy.json.j2": MINE,
    "batch-permissions-policy.json.j2": MINE,
}


@pytest.mark.parametrize("form", ["documents", *EXPORTS])
@pytest.mark.parametrize("template", POLICIES)
def test_a_statement_of_a_template_is_never_lost(template, form):
    """A statement that a template adds stands in every document of its kind, in every format."""
    spec = spec_called("new-keys" if template != "batch-permissions-policy.json.j2" else "batch")
    bundle = generate_bundle(spec, with_statement(template, POLICIES[template]))
    usual = generate_bundle(spec)
    changed = [path for path in usual if path != "manifest.json" and usual[path].to_json() != bundle[path].to_json()]
    assert changed
    assert all('"Sid": "Mine"' in bundle[path].to_json() for path in changed)
    texts = bundle.texts() if form == "documents" else export_to(spec, form, bundle)
    found = "".join(texts.values()).replace('\\"', '"')
    assert found.count('"Sid": "Mine"') == len(changed)


@pytest.mark.parametrize("form", ["documents", *EXPORTS])
def test_a_bucket_without_statements_gets_those_of_a_template(form):
    """A bucket policy that is empty by the spec is written once a template puts something into it; else it is not."""
    spec = spec_called("sessions")
    path = "444455556666/s3/open/bucket-policy.json"
    bundle = generate_bundle(spec, with_statement("bucket-policy.json.j2", EVERYBODY))
    assert path not in generate_bundle(spec)
    assert path in bundle
    texts = bundle.texts() if form == "documents" else export_to(spec, form, bundle)
    found = "".join(texts.values()).replace('\\"', '"')
    assert found.count('"Sid": "Mine"') == len(spec.buckets)


def test_a_rule_of_a_template_reaches_cloudformation():
    """A replication rule that a template adds is written with what it has, in CloudFormation's names."""
    spec = spec_called("new-keys")
    rule = {"Status": "Enabled", "Prefix": "mine/", "Destination": {"Bucket": "arn:aws:s3:::mine"}}
    bundle = generate_bundle(spec, with_statement("replication-configuration.json.j2", rule))
    template = json.loads(export_to(spec, "cloudformation", bundle)["111122223333/cloudformation/us-east-1.json"])
    (configuration,) = (
        each["Properties"]["ReplicationConfiguration"]
        for each in template["Resources"].values()
        if "ReplicationConfiguration" in each["Properties"]
    )
    text = json.dumps(configuration)
    assert '"Prefix": "mine/"' in text
