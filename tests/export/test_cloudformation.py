"""CloudFormation templates: deployed into a small AWS, compared with the documents, and linted."""

import json
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from policygen.aws.s3 import members_of_2026
from policygen.export.cloudformation import cloudformation
from policygen.export.cloudformation.references import Directory
from policygen.export.inventory import new_roles
from policygen.generator import generate_bundle
from policygen.spec.kinds import BucketKey, KeyType, Sse, Versioning
from tests.export.cases import CASES, LINTED, SAMPLES, deployed, documents_of, spec_of
from tests.export.stacks import RefusedError, dependencies, references

GOLDEN = Path(__file__).parent / "golden"
PSEUDO = {"AWS::Partition", "AWS::NoValue"}

every_case = pytest.mark.parametrize(("name", "partition"), CASES, ids=["-".join(case) for case in CASES])
both_ways = pytest.mark.parametrize("make_keys", [False, True], ids=["keys-that-exist", "keys-to-make"])


@cache
def texts_of(name, partition):
    """Return a spec with its templates as texts, which nobody can change."""
    spec = spec_of(name, partition)
    return spec, {path: text_of(each) for path, each in cloudformation(spec, generate_bundle(spec)).items()}


def templates_of(name, partition="aws"):
    """Return a spec with its templates."""
    spec, texts = texts_of(name, partition)
    return spec, {path: json.loads(text) for path, text in texts.items()}


def text_of(template):
    """Return a template as it is written."""
    return json.dumps(template, indent=4, ensure_ascii=False) + "\n"


# --- structure


@every_case
def test_no_resource_waits_for_itself(name, partition):
    """The references of a template, and what stands in DependsOn, make no cycle, whichever conditions hold."""
    for template in templates_of(name, partition)[1].values():
        resources = template["Resources"]
        graph = {each: dependencies(resource) & resources.keys() for each, resource in resources.items()}
        assert set(TopologicalSorter(graph).static_order()) == set(resources)


def test_cycles_are_found():
    """The check for cycles sees each way in which a resource can wait for another one."""
    for waits in (
        {"DependsOn": ["B"]},
        {"Properties": {"x": [{"Fn::Sub": "${B.Arn}/*"}]}},
        {"Properties": {"x": {"Fn::Sub": ["${Id}", {"Id": {"Fn::If": ["C", {"Ref": "B"}, {"Ref": "D"}]}}]}}},
        {"Metadata": {"After": [{"Fn::GetAtt": ["B", "Arn"]}]}},
    ):
        graph = {"A": dependencies(waits) & {"A", "B"}, "B": dependencies({"Properties": {"Ref": "A"}}) & {"A", "B"}}
        with pytest.raises(CycleError):
            list(TopologicalSorter(graph).static_order())


@every_case
def test_names_resolve_and_are_used(name, partition):
    """Every reference leads to a resource or parameter, and every parameter, condition and rule is of use."""
    for template in templates_of(name, partition)[1].values():
        resources, parameters = template["Resources"], template.get("Parameters", {})
        conditions = template.get("Conditions", {})
        used = {each for resource in resources.values() for each in dependencies(resource)}
        used |= set(references([conditions, template.get("Outputs", {})]))
        assert used - PSEUDO <= resources.keys() | parameters.keys()
        assert parameters.keys() <= used
        assert not resources.keys() & parameters.keys()
        text = json.dumps(template)
        for condition in conditions:
            named = (f'"Condition": "{condition}"', f'"Fn::If": ["{condition}"')
            assert any(each in text for each in named), condition
        for section in ("Conditions", "Rules", "Parameters", "Outputs"):
            assert template.get(section) != {}


@every_case
def test_every_thing_of_the_spec_has_its_resource(name, partition):
    """Buckets, customer managed keys in each Region, aliases, roles and documents all stand in some template, once."""
    spec, templates = templates_of(name, partition)
    kinds = [each["Type"] for template in templates.values() for each in template["Resources"].values()]
    keys = [key for key in spec.keys if key.type is not KeyType.AWS_MANAGED]
    bucket_policies = [path for path in generate_bundle(spec) if path.endswith("/bucket-policy.json")]
    assert kinds.count("AWS::S3::Bucket") == len(spec.buckets)
    assert kinds.count("AWS::S3::BucketPolicy") == len(bucket_policies)
    assert kinds.count("AWS::KMS::Key") == len(keys)
    assert kinds.count("AWS::KMS::ReplicaKey") == sum(len(key.replica_regions) for key in keys)
    assert kinds.count("AWS::KMS::Alias") == sum(len(key.regions) for key in keys if key.alias)
    assert kinds.count("AWS::IAM::Role") == kinds.count("AWS::IAM::RolePolicy") == len(new_roles(spec))


@every_case
def test_data_outlives_its_stack(name, partition):
    """Buckets, their policies, and keys are kept when their stack or their resource goes away."""
    for template in templates_of(name, partition)[1].values():
        for resource in template["Resources"].values():
            if resource["Type"].startswith(("AWS::S3::", "AWS::KMS::Key", "AWS::KMS::ReplicaKey")):
                assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


@every_case
def test_descriptions_fit(name, partition):
    """A description is at most 1,024 bytes long, and names account, Region and the first deployment."""
    for path, template in templates_of(name, partition)[1].items():
        account, _, region = path.removesuffix(".json").split("/")
        assert len(template["Description"].encode()) <= 1024
        assert f"account {account} in Region {region}. Order of deployment: (1) " in template["Description"]


@every_case
def test_the_same_spec_gives_the_same_bytes(name, partition):
    """Writing again gives the same templates, byte for byte, in the same order."""
    spec, texts = texts_of(name, partition)
    again = {path: text_of(each) for path, each in cloudformation(spec, generate_bundle(spec)).items()}
    assert [*again.items()] == [*texts.items()]


# --- deployment


@both_ways
@every_case
def test_templates_deploy_in_their_order(name, partition, make_keys):
    """Step by step, with the parameters each step asks for, nothing is named before it exists; in the end all does."""
    spec, templates = templates_of(name, partition)
    cloud, stacks = deployed(spec, templates, make_keys=make_keys)
    for stack in stacks.values():
        resources = stack.template["Resources"]
        made = {each for each, resource in resources.items() if stack.holds_for(resource)}
        waiting = resources.keys() - made
        assert stack.made.keys() == made
        assert all("IsMade" in resources[each]["Condition"] for each in waiting)
        assert not make_keys or not waiting
    assert set(cloud.buckets) == {bucket.arn for bucket in spec.buckets}
    assert set(cloud.roles) == set(new_roles(spec))


@both_ways
@every_case
def test_policies_are_the_documents(name, partition, make_keys):
    """What is deployed says what the documents say, with the keys' ids: nothing is lost and nothing widened."""
    spec, templates = templates_of(name, partition)
    cloud, stacks = deployed(spec, templates, make_keys=make_keys)
    documents = documents_of(spec, cloud, stacks, Directory(spec).names)
    for bucket in spec.buckets:
        found = cloud.bucket_policies.get(bucket.arn)
        assert found == documents.get(f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json")
        configuration = cloud.buckets[bucket.arn].get("ReplicationConfiguration")
        expected = documents.get(f"{bucket.account}/s3/{bucket.entry}/replication-configuration.json")
        assert (configuration and as_api(configuration)) == (None if members_of_2026(expected) else expected)
    for each in new_roles(spec).values():
        role = cloud.roles[each.role.arn]
        folder = f"{each.role.account}/iam/{each.role.name}"
        assert role["boundary"] == each.role.permissions_boundary
        assert role["trust"] == documents[f"{folder}/trust-policy.json"]
        assert role["permissions"] == documents[f"{folder}/permissions-policy.json"]
    policies = {path: document for path, document in documents.items() if path.endswith("/key-policy.json")}
    made = {arn: properties["KeyPolicy"] for arn, properties in cloud.keys.items() if properties is not None}
    for path, document in policies.items():
        account, _, entry, region, _ = path.split("/")
        key = spec.key(entry)
        if make_keys or key.id is None:
            key_id = stacks[f"{account}/cloudformation/{region}.json"].outputs()[Directory(spec).names.key_id(entry)]
            assert made.pop(key.arn(region).replace(key.id_or_placeholder, key_id)) == document
    assert made == {}


def as_api(configuration):
    """Return a replication configuration of CloudFormation in the words of the S3 API."""

    def selection(found):
        if "And" in found:
            tags = {"Tags": found["And"]["TagFilters"]}
            return {"And": {name: each for name, each in found["And"].items() if name != "TagFilters"} | tags}
        return {"Tag": found["TagFilter"]} if "TagFilter" in found else found

    def rule(found):
        rest = {name: each for name, each in found.items() if name not in ("Id", "Filter")}
        return {"ID": found["Id"], "Filter": selection(found["Filter"])} | rest

    return {"Role": configuration["Role"], "Rules": [rule(each) for each in configuration["Rules"]]}


@every_case
def test_settings_are_those_of_the_spec(name, partition):
    """Buckets and keys that are deployed have the settings that the spec states."""
    spec, templates = templates_of(name, partition)
    cloud, _ = deployed(spec, templates, make_keys=True)
    for bucket in spec.buckets:
        found = cloud.buckets[bucket.arn]
        versioning = found.get("VersioningConfiguration", {"Status": "Disabled"})
        (rule,) = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        key = bucket.encryption.key
        named = key is not None and key.type is not KeyType.AWS_MANAGED
        blocked = ["SSE-C"] if bucket.blocked_encryption_types else ["NONE"]
        ownership = found["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
        assert versioning["Status"].lower() == bucket.versioning.value
        assert found.get("ObjectLockEnabled", False) is bucket.object_lock
        assert set(found["PublicAccessBlockConfiguration"].values()) == {bucket.block_public_access}
        assert len(found["PublicAccessBlockConfiguration"]) == 4
        assert ownership.lower() == bucket.object_ownership.value.replace("-", "")
        assert default["SSEAlgorithm"] == bucket.encryption.sse.value
        assert ("KMSMasterKeyID" in default) is named
        assert ("BucketKeyEnabled" in rule) is (bucket.encryption.sse is Sse.SSE_KMS)
        assert rule.get("BucketKeyEnabled", False) is (bucket.encryption.bucket_key is not BucketKey.OFF)
        assert rule["BlockedEncryptionTypes"] == {"EncryptionType": blocked}
    for arn, properties in cloud.keys.items():
        if properties is not None:
            assert ("PrimaryKeyArn" in properties or properties.get("MultiRegion", False)) is ("key/mrk-" in arn)


def test_every_setting_is_tried():
    """The spec of every setting has them: otherwise the test above would compare nothing."""
    spec, templates = templates_of("every-setting")
    assert {bucket.versioning for bucket in spec.buckets} == set(Versioning)
    assert {bucket.encryption.sse for bucket in spec.buckets} == set(Sse)
    text = "".join(map(text_of, templates.values()))
    words = ("GLACIER_IR", "TagFilters", "TagFilter", "ReplicationTime", "Owner", "ReplicaModifications", "NONE")
    assert [word for word in words if f'"{word}"' not in text] == []
    keys = {name: each for template in templates.values() for name, each in template["Resources"].items()}
    assert keys["VaultKey"]["Properties"]["Enabled"] is False
    assert keys["StrictKey"]["Properties"]["Enabled"] is True


def test_the_order_is_needed():
    """Deployed in another order, or at its last stage at once, the same templates are refused."""
    spec, templates = templates_of("two-way-accounts")
    first = next(iter(templates.values()))
    steps = first["Metadata"]["policygen"]["Order"]
    for wrong in (steps[1:] + steps[:1], [*reversed(steps)], steps[2:]):
        first["Metadata"]["policygen"]["Order"] = wrong
        with pytest.raises((RefusedError, KeyError)):
            deployed(spec, templates, make_keys=True)
    first["Metadata"]["policygen"]["Order"] = steps
    deployed(spec, templates, make_keys=True)


# --- what it says


def orders(name):
    """Return account, Region and stage of each deployment."""
    template = next(iter(templates_of(name)[1].values()))
    words = template["Description"].partition("Order of deployment: ")[2].partition(". Commands")[0]
    return [each.strip().partition(") ")[2] for each in words.split("(") if each]


def test_order_of_deployment():
    """A template is parted into stages only where two templates need each other."""
    assert orders("deny-unencrypted-uploads") == ["111122223333 us-east-1"]
    assert orders("two-destinations") == ["111122223333 us-west-1", "111122223333 eu-west-1", "111122223333 us-east-1"]
    assert orders("cross-account") == [
        "111122223333 us-east-1 Stage=1",
        "444455556666 us-west-1",
        "111122223333 us-east-1 Stage=2",
    ]
    assert orders("three-stages") == [
        "111122223333 us-east-1 Stage=1",
        "111122223333 us-west-1 Stage=1",
        "111122223333 us-east-1 Stage=2",
        "111122223333 us-west-1 Stage=2",
        "111122223333 us-east-1 Stage=3",
    ]
    assert orders("one-region") == ["111122223333 us-west-1 Stage=1", "111122223333 us-west-1 Stage=2"]


def test_replication_waits_for_its_role():
    """Also where S3 would not ask, the replication configuration comes after the role's permissions policy."""
    for name, attribute in (("two-destinations", "DependsOn"), ("cross-account", "Metadata")):
        source = templates_of(name)[1]["111122223333/cloudformation/us-east-1.json"]["Resources"]["SourceBucket"]
        assert "S3ReplicationRolePolicy" in json.dumps(source[attribute])


def test_what_cloudformation_cannot_do_is_told():
    """Requester Pays, policies of keys that exist: the AWS CLI's call stands in the metadata of their template."""
    told = templates_of("every-setting")[1]["111122223333/cloudformation/us-east-1.json"]["Metadata"]["policygen"]
    (told,) = told["ByHand"]
    call = "aws s3api put-bucket-request-payment --bucket source-bucket-name --request-payment-configuration Payer="
    assert told == f"CloudFormation has no property for Requester Pays: {call}Requester"
    west = templates_of("mrk-replication")[1]["111122223333/cloudformation/us-west-1.json"]["Metadata"]["policygen"]
    (told,) = west["ByHand"]
    assert told.startswith("DataKey exists, so that this template leaves its policy alone unless MakeDataKey=true. ")
    call = (
        "aws kms put-key-policy --region us-west-1 --key-id mrk-1234abcd12ab34cd56ef1234567890ab --policy-name default"
    )
    assert told.endswith(f" {call} --policy file://cloudformation/111122223333/kms/data/us-west-1/key-policy.json")


def test_what_must_exist_is_told():
    """Users and roles that policies name and no template makes are listed; roles of the spec are not."""
    templates = templates_of("every-setting")[1]
    told = {path: template["Metadata"]["policygen"].get("MustExist") for path, template in templates.items()}
    assert told["111122223333/cloudformation/us-west-1.json"] == [
        "arn:aws:iam::111122223333:role/WestAdmin",
        "arn:aws:iam::111122223333:role/KeyAdmin",
    ]
    assert "arn:aws:iam::444455556666:role/Uploader" in told["111122223333/cloudformation/us-east-1.json"]
    assert told["444455556666/cloudformation/eu-west-1.json"] is None


def test_parameters_of_keys():
    """A key id has a pattern and its source; the spec's own is the default; one for a later stage may come later."""
    source = templates_of("every-setting")[1]["111122223333/cloudformation/us-east-1.json"]
    west = templates_of("every-setting")[1]["111122223333/cloudformation/us-west-1.json"]
    crossed = templates_of("cross-account")[1]["111122223333/cloudformation/us-east-1.json"]
    assert west["Parameters"]["DataKeyId"] == {
        "Type": "String",
        "AllowedPattern": "mrk-[0-9a-f]{32}",
        "Description": "Id of the KMS key data: output DataKeyId of the stack of "
        "111122223333/cloudformation/us-east-1.json",
        "ConstraintDescription": "must be a key id: no ARN, no alias",
    }
    assert source["Parameters"]["VaultKeyId"]["Default"] == ""
    assert source["Rules"]["VaultKeyIdIsGiven"]["RuleCondition"] == {"Fn::Contains": [["2"], {"Ref": "Stage"}]}
    assert crossed["Parameters"]["ReplicaKeyId"]["Default"] == "0987dcba-09fe-87dc-65ba-ab0987654321"
    assert "Rules" not in crossed


def test_names_that_look_alike_stay_apart():
    """Entries whose logical ids would be the same get numbers, and one name in every template."""
    templates = templates_of("crossed-replicas")[1]
    for template in templates.values():
        assert {"DataKeyKey", "DataKey2Key"} <= template["Resources"].keys()
    names = [name for template in templates.values() for name in template["Resources"] if name.endswith("Bucket")]
    assert sorted(names) == ["AB2Bucket", "AB3Bucket", "AB4Bucket", "ABBucket"]


# --- golden files, cfn-lint


@pytest.mark.parametrize("name", ["mrk-replication", "every-setting"])
def test_golden_templates(name, update_golden):
    """The templates are exactly the golden files."""
    folder = GOLDEN / name
    texts = {path: text_of(template) for path, template in templates_of(name)[1].items()}
    if update_golden:
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    found = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.json")}
    assert texts == found


@cache
def cfn_lint_in(region):
    """Return cfn-lint for a Region: reading its rules takes longer than judging a template by them."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn([], regions=[region], include_checks=["I"]))


@pytest.mark.parametrize(("name", "partition"), LINTED, ids=["-".join(case) for case in LINTED])
def test_cfn_lint_finds_nothing(name, partition, monkeypatch):
    """cfn-lint, offline, has no error, warning or remark about any template in its Region."""
    decode = pytest.importorskip("cfnlint.decode", reason="cfn-lint is not installed")

    def refuse(*args):
        raise OSError("cfn-lint wants the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for path, template in templates_of(name, partition)[1].items():
        region = path.rpartition("/")[2].removesuffix(".json")
        decoded, errors = decode.decode_str(text_of(template))
        found = [*errors, *cfn_lint_in(region).validate_template(decoded)]
        assert [f"{each.rule.id} {each.message} {each.path}" for each in found] == []


def test_every_sample_is_tried():
    """Each sample's spec is among the cases."""
    assert {path.parent.name for path in SAMPLES.glob("*/spec.yaml")} <= {name for name, _ in CASES}
