"""Terraform: the module is read back by the rules of its JSON syntax, and by Terraform itself where it is present."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from policygen.export.terraform import terraform
from policygen.export.terraform.context import literal, template
from policygen.generator import DocumentKind, generate_bundle
from policygen.spec.load import load_spec_text
from policygen.spec.model import Spec
from tests.export.specs import CASES, spec_and_bundle, spec_text

GOLDEN = Path(__file__).parent / "golden" / "terraform"
POLICIES = (
    DocumentKind.BUCKET_POLICY,
    DocumentKind.KEY_POLICY,
    DocumentKind.TRUST_POLICY,
    DocumentKind.PERMISSIONS_POLICY,
)
BLOCKS = {"//", "terraform", "variable", "provider", "output", "data", "resource", "import", "removed"}
_PART = re.compile(r"(?P<dollar>\$\$\{)|(?P<percent>%%\{)|\$\{(?P<expression>[^}]*)\}|(?P<directive>%\{)")
_REFERENCE = re.compile(r"(?P<address>(data\.)?[a-z][a-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*)(\.(?P<attribute>[a-z_]+))?")


def expressions(text: str) -> list[str]:
    """Return the expressions of a template; a directive is none of ours."""
    parts = list(_PART.finditer(text))
    assert not any(part["directive"] for part in parts), text
    return [part["expression"] for part in parts if part["expression"] is not None]


def rendered(text: str, values: dict[str, str]) -> str:
    """Return what a template gives."""

    def value(part: re.Match[str]) -> str:
        if part["dollar"] or part["percent"]:
            return part[0][1:]
        return values[part["expression"]]

    return _PART.sub(value, text)


def strings(value: Any) -> Iterator[str]:
    """Yield every string of a block's arguments, names of attributes included; comments are none."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name not in ("//", "depends_on", "provider", "lifecycle", "provisioner"):
                yield name
                yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)
    elif isinstance(value, str):
        yield value


class Module:
    """A module as Terraform reads it: all files of the folder together."""

    def __init__(self, files: dict[str, Any]) -> None:
        assert all(re.fullmatch(r"terraform/[a-z0-9-]+\.tf\.json", path) for path in files)
        assert json.loads(json.dumps(files)) == files
        self.main = files["terraform/main.tf.json"]
        self.blocks: dict[str, Any] = {}
        for content in files.values():
            assert set(content) <= BLOCKS
            for block, prefix in (("resource", ""), ("data", "data.")):
                for kind, named in content.get(block, {}).items():
                    for name, body in named.items():
                        address = f"{prefix}{kind}.{name}"
                        assert address not in self.blocks
                        self.blocks[address] = body

    def of_kind(self, kind: str) -> dict[str, Any]:
        """Return the blocks of one type by name."""
        return {address.split(".")[-1]: body for address, body in self.blocks.items() if address.split(".")[-2] == kind}

    def needs(self, body: Any) -> set[str]:
        """Return the addresses that a block refers to; each of them is declared."""
        found = set(body.get("depends_on", ()))
        for text in strings(body):
            for expression in expressions(text):
                reference = _REFERENCE.fullmatch(expression)
                assert reference, expression
                if reference["address"].startswith("var."):
                    assert reference["address"].removeprefix("var.") in self.main["variable"]
                else:
                    assert reference["attribute"] in ("id", "arn", "key_id"), expression
                    found.add(reference["address"])
        return found


def key_values(spec: Spec, module: Module) -> dict[str, str]:
    """Return what the references to keys stand for, in the words of the bundle."""
    values = {}
    for address, body in module.blocks.items():
        kind = address.split(".")[-2]
        if kind not in ("aws_kms_key", "aws_kms_replica_key"):
            continue
        region = next(
            each["region"] for each in module.main["provider"]["aws"] if body["provider"] == f"aws.{each['alias']}"
        )
        if kind == "aws_kms_replica_key":
            primary = body["primary_key_arn"].removeprefix("${").removesuffix(".arn}")
            name = module.blocks[primary]["description"]
        else:
            name = (
                body["description"]
                if "description" in body
                else next(key.name for key in spec.keys if key.type.value == "aws-managed" and key.region == region)
            )
        values[f"{address}.arn"] = spec.key(name).arn(region)
        values[f"{address}.key_id"] = spec.key(name).id_or_placeholder
    return values


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    """Spec, bundle and module, one case after the other."""
    spec, bundle = spec_and_bundle(*request.param)
    return spec, bundle, Module(terraform(spec, bundle))


def test_every_reference_resolves_and_none_runs_in_a_circle(case):
    """Resources, variables and providers that are referred to are declared; there is an order to create them in."""
    _, _, module = case
    providers = {f"aws.{each['alias']}" for each in module.main["provider"]["aws"]}
    graph = {}
    for address, body in module.blocks.items():
        assert address.startswith("terraform_data.") or body["provider"] in providers
        graph[address] = module.needs(body)
        assert graph[address] <= set(module.blocks), address
    assert set(TopologicalSorter(graph).static_order()) == set(module.blocks)
    for block in (*module.main["provider"]["aws"], *module.main.get("output", {}).values()):
        assert module.needs(block) <= set(module.blocks)


def test_policies_are_the_bundles_byte_for_byte(case):
    """Each policy of the bundle stands once in the module: escapes undone, references resolved, it is the document."""
    spec, bundle, module = case
    values = key_values(spec, module)
    found = [
        rendered(body[name], values)
        for body in module.blocks.values()
        for name in ("policy", "assume_role_policy")
        if name in body
    ]
    assert sorted(found) == sorted(each.to_json() for each in bundle.values() if each.kind in POLICIES)


def test_no_placeholder_is_left(case):
    """Where an id is not known a reference stands."""
    _, _, module = case
    assert not [text for body in module.blocks.values() for text in strings(body) if "KEY-ID-OF-" in text]
    assert "KEY-ID-OF-" not in json.dumps(module.main)


def test_policies_wait_for_the_roles_they_name(case):
    """KMS and S3 refuse principals that do not exist: a policy that names a role of the module depends on it."""
    spec, _, module = case
    values = key_values(spec, module)
    for body in module.blocks.values():
        if "policy" in body:
            for name, role in module.of_kind("aws_iam_role").items():
                if f'role{rendered(role["path"], {})}{role["name"]}"' in rendered(body["policy"], values):
                    assert f"aws_iam_role.{name}" in body["depends_on"]


def api_form(block: Any, shape: Any) -> Any:
    """Return a block in the API's words, by the service's own model."""
    if shape.type_name == "structure":
        members = {xform_name(name): (name, child) for name, child in shape.members.items()}
        return {members[name][0]: api_form(child, members[name][1]) for name, child in block.items()}
    if shape.type_name == "list" and isinstance(block, dict):
        return [{"Key": rendered(name, {}), "Value": rendered(value, {})} for name, value in block.items()]
    if shape.type_name == "list":
        return [api_form(child, shape.member) for child in block]
    return block


def test_replication_is_the_bundles(case):
    """In the API's words the replication configuration is the document, and versioning comes first at both sides."""
    spec, bundle, module = case
    values = key_values(spec, module)
    shape = get_session().get_service_model("s3").operation_model("PutBucketReplication").input_shape
    rules = shape.members["ReplicationConfiguration"].members["Rules"]
    configurations = module.of_kind("aws_s3_bucket_replication_configuration")
    assert len(configurations) == len(spec.replication)
    for replication, body in zip(spec.replication, configurations.values(), strict=True):
        path = f"{replication.source.account}/s3/{replication.source.entry}/replication-configuration.json"
        found = json.loads(
            json.dumps(api_form(body["rule"], rules)),
            object_hook=lambda each: {
                name: rendered(value, values) if name == "ReplicaKmsKeyID" else value for name, value in each.items()
            },
        )
        assert found == bundle[path].value["Rules"]
        versioned = {each for each in body["depends_on"] if each.startswith("aws_s3_bucket_versioning.")}
        assert len(versioned) == len({rule.destination for rule in replication.rules} | {replication.source})


SETTINGS = {
    "versioning.json": (
        "aws_s3_bucket_versioning",
        lambda body: {"Status": body["versioning_configuration"]["status"]},
    ),
    "ownership-controls.json": (
        "aws_s3_bucket_ownership_controls",
        lambda body: {"Rules": [{"ObjectOwnership": body["rule"]["object_ownership"]}]},
    ),
    "abac.json": ("aws_s3_bucket_abac", lambda body: {"Status": body["abac_status"]["status"]}),
    "public-access-block.json": (
        "aws_s3_bucket_public_access_block",
        lambda body: {
            "BlockPublicAcls": body["block_public_acls"],
            "IgnorePublicAcls": body["ignore_public_acls"],
            "BlockPublicPolicy": body["block_public_policy"],
            "RestrictPublicBuckets": body["restrict_public_buckets"],
        },
    ),
    "encryption.json": (
        "aws_s3_bucket_server_side_encryption_configuration",
        lambda body: {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        {"sse_algorithm": "SSEAlgorithm", "kms_master_key_id": "KMSMasterKeyID"}[name]: value
                        for name, value in body["rule"]["apply_server_side_encryption_by_default"].items()
                    },
                    "BucketKeyEnabled": body["rule"]["bucket_key_enabled"],
                    "BlockedEncryptionTypes": {"EncryptionType": body["rule"]["blocked_encryption_types"]},
                }
            ]
        },
    ),
}


def test_settings_are_those_of_the_bundle(case):
    """Versioning, encryption, Block Public Access and ownership say what the documents for the AWS CLI say."""
    spec, bundle, module = case
    values = key_values(spec, module)
    names = {body["bucket"]: name for name, body in module.of_kind("aws_s3_bucket").items()}
    assert set(names) == {bucket.name for bucket in spec.buckets}
    for bucket in spec.buckets:
        for file, (kind, form) in SETTINGS.items():
            body = module.of_kind(kind).get(names[bucket.name])
            document = bundle.get(f"{bucket.account}/s3/{bucket.entry}/{file}")
            assert (body is None) is (document is None)
            if body is not None:
                found = json.loads(
                    json.dumps(form(body)),
                    object_hook=lambda each: {
                        name: rendered(value, values) if isinstance(value, str) else value
                        for name, value in each.items()
                    },
                )
                assert found == document.value


def test_what_the_spec_says_of_roles_locks_and_payers():
    """Path, boundary, Object Lock, Requester Pays and a disabled key reach the module."""
    module = Module(terraform(*spec_and_bundle("batch")))
    roles = module.of_kind("aws_iam_role")
    assert roles["nightly"]["permissions_boundary"] == "arn:aws:iam::111122223333:policy/Edge"
    assert roles["nightly_batch"]["name"] == "s3-batch-replication"
    module = Module(terraform(*spec_and_bundle("new-keys")))
    assert module.of_kind("aws_iam_role")["nightly"]["path"] == "/a$b`c/"
    assert {each["object_lock_enabled"] for each in module.of_kind("aws_s3_bucket").values()} == {True}
    module = Module(terraform(*spec_and_bundle("settings")))
    assert module.of_kind("aws_s3_bucket_request_payment_configuration")["logs"]["payer"] == "Requester"
    assert module.blocks["aws_kms_key.off"]["is_enabled"] is False
    assert module.blocks["data.aws_kms_key.managed"]["key_id"] == "alias/aws/s3"


def test_keys_that_exist_are_not_created():
    """A key with an id gets its policy and nothing else."""
    module = Module(terraform(*spec_and_bundle("mrk-replication")))
    kinds = {address.split(".")[0] for address in module.blocks if "kms" in address}
    assert kinds == {"aws_kms_key_policy"}
    assert "output" not in module.main


def test_the_policy_of_a_key_that_exists_is_shown_and_kept_before_it_is_replaced():
    """It is imported, so that the plan shows what changes; the plan fails unless told; it is kept in a file first."""
    files = terraform(*spec_and_bundle("cross-account"))
    blocks = Module(files).blocks
    key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"
    taken = files["terraform/account-111122223333.tf.json"]["import"]
    assert taken == [{"to": "aws_kms_key_policy.source_us_east_1", "id": key_id}]
    policy = blocks["aws_kms_key_policy.source_us_east_1"]
    (condition,) = policy["lifecycle"]["precondition"]
    kept = "before/source_us_east_1.json"
    assert condition["condition"] == f'${{var.REPLACE == "yes" || fileexists("${{path.module}}/{kept}")}}'
    assert condition["error_message"] == (
        "The key source in us-east-1 exists and has a policy. With -var REPLACE=yes the plan shows what changes, and "
        f"the policy is kept in {kept} before it is replaced."
    )
    assert policy["depends_on"][0] == "terraform_data.source_us_east_1"
    run = blocks["terraform_data.source_us_east_1"]["provisioner"]["local-exec"]
    call = f"aws kms get-key-policy --region us-east-1 --key-id {key_id} --policy-name default --query Policy"
    assert run["command"] == f"mkdir -p before && {call} --output text > {kept}"
    assert "AWS_PROFILE = var.profile_prod" in run["environment"]
    assert files["terraform/main.tf.json"]["variable"]["REPLACE"]["default"] == "no"


def test_a_key_that_is_created_has_nothing_to_lose():
    """Without keys that exist there is nothing to import, to keep and to be told."""
    files = terraform(*spec_and_bundle("new-keys"))
    assert not any("import" in content for content in files.values())
    assert "terraform_data" not in json.dumps(files)
    assert "REPLACE" not in files["terraform/main.tf.json"]["variable"]


def test_a_key_is_let_go_when_the_spec_learns_its_id():
    """What the module created for a key without an id is forgotten, not destroyed, when the id is written down."""
    spec, bundle = spec_and_bundle("new-keys")
    before = Module(terraform(spec, bundle)).blocks
    created = {address for address in before if re.match(r"aws_kms_(key|replica_key|alias)\.", address)}
    text = spec_text("new-keys", "aws").replace("type: multi-region,", "type: multi-region, id: mrk-1234,")
    text = text.replace("type: single-region,", "type: single-region, id: 1234abcd,")
    spec = load_spec_text(text, "spec.yaml")
    files = terraform(spec, generate_bundle(spec))
    removed = [each for content in files.values() for each in content.get("removed", ())]
    assert {each["from"] for each in removed} == created
    assert all(each["lifecycle"] == {"destroy": False} for each in removed)
    after = Module(files).blocks
    kept = {each for each in after if each.startswith("terraform_data.")}
    assert set(after) - kept == set(before) - created


def test_new_keys_their_replicas_and_aliases():
    """A multi-Region key has its replica and an alias in each Region, and its id is put out for the spec."""
    module = Module(terraform(*spec_and_bundle("new-keys")))
    assert module.blocks["aws_kms_key.data"]["multi_region"] is True
    assert module.blocks["aws_kms_replica_key.data_us_west_1"]["primary_key_arn"] == "${aws_kms_key.data.arn}"
    assert [each["target_key_id"] for each in module.of_kind("aws_kms_alias").values()] == [
        "${aws_kms_key.data.key_id}",
        "${aws_kms_replica_key.data_us_west_1.key_id}",
        "${aws_kms_key.data_2.key_id}",
    ]
    assert set(module.main["output"]) == {"key_id_data", "key_id_data_2"}


def test_who_must_exist_is_said():
    """Principals of policies and boundaries that the module does not create are named at its top."""
    module = Module(terraform(*spec_and_bundle("new-keys")))
    said = next(each for each in module.main["//"] if each.startswith("Must exist"))
    assert re.findall(r"role/[\w/]+", said) == ["role/Analyst", "role/KeyAdmin", "role/team/Reader"]
    module = Module(terraform(*spec_and_bundle("batch")))
    assert module.main["//"][-1].endswith("arn:aws:iam::111122223333:policy/Edge")


def test_the_batch_job_is_a_call_of_the_aws_cli():
    """Terraform cannot create it: its input is an output, and a comment says the call."""
    spec, bundle = spec_and_bundle("batch")
    files = terraform(spec, bundle)
    call = files["terraform/account-111122223333.tf.json"]["//"][1]
    assert "terraform output -raw batch_job_nightly > batch-job.json" in call
    assert "aws s3control create-job --account-id 111122223333 --region us-east-1" in call
    module = Module(files)
    value = rendered(module.main["output"]["batch_job_nightly"]["value"], key_values(spec, module))
    assert value == bundle["111122223333/s3control/nightly/batch-job.json"].to_json()


@given(st.text(st.sampled_from('$%{}ab \\"\n'), max_size=20))
def test_escapes_undone_give_the_text(text):
    """Whatever a text holds, its template gives it back, and holds no expression."""
    assert rendered(literal(text), {}) == text
    assert expressions(literal(text)) == []


def test_references_stand_for_whole_names():
    """A name that begins like another is not taken for it; what stands around is escaped."""
    references = {"KEY-ID-OF-a": "k.a.key_id", "arn:KEY-ID-OF-a": "k.a.arn"}
    assert template("arn:KEY-ID-OF-a KEY-ID-OF-a KEY-ID-OF-ab ${x}", references) == (
        "${k.a.arn} ${k.a.key_id} KEY-ID-OF-ab $${x}"
    )


@pytest.mark.parametrize("name", ["cross-account", "new-keys"])
def test_golden_files(name, update_golden):
    """The module is exactly its golden files."""
    texts = {
        path.removeprefix("terraform/"): json.dumps(value, indent=4, ensure_ascii=False) + "\n"
        for path, value in terraform(*spec_and_bundle(name)).items()
    }
    folder = GOLDEN / name
    if update_golden:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, text in texts.items():
            (folder / path).write_text(text, encoding="utf-8")
    assert texts == {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


PLUGINS = os.environ.get("POLICYGEN_TERRAFORM_PLUGINS")
"""A folder of provider plugins, as ``terraform init -plugin-dir`` takes it: nothing is loaded from a network."""


def _for_provider(files: dict[str, Any], version: tuple[int, ...]) -> dict[str, Any]:
    """Return the module without what a provider of ``version`` does not know."""
    if version >= (6, 22):
        return files
    found = json.loads(json.dumps(files))
    found["terraform/main.tf.json"]["terraform"]["required_providers"]["aws"]["version"] = ">= 5.0"
    for content in found.values():
        kind = content.get("resource", {}).get("aws_s3_bucket_server_side_encryption_configuration", {})
        for body in kind.values():
            del body["rule"]["blocked_encryption_types"]
    return found


@pytest.mark.skipif(not (PLUGINS and shutil.which("terraform")), reason="needs terraform and a folder of its plugins")
def test_terraform_validates_it(tmp_path):
    """Terraform itself finds nothing wrong, whatever the spec."""
    folder = Path(str(PLUGINS)) / "registry.terraform.io" / "hashicorp" / "aws"
    version = max(tuple(map(int, path.name.split("."))) for path in folder.iterdir() if path.is_dir())
    ours = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TF_DATA_DIR": str(tmp_path / "data")}
    for number, case in enumerate(case for case in CASES if case[1] == "aws"):
        for path, value in _for_provider(terraform(*spec_and_bundle(*case)), version).items():
            (tmp_path / str(number) / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / str(number) / path).write_text(json.dumps(value), encoding="utf-8")
        here = tmp_path / str(number) / "terraform"
        for command in (["init", f"-plugin-dir={PLUGINS}", "-input=false"], ["validate", "-json"]):
            done = subprocess.run(
                ["terraform", *command], cwd=here, env=ours, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (case, done.stdout, done.stderr)
        assert json.loads(done.stdout)["diagnostics"] == [], case
