"""CloudFormation templates: batch roles, boundaries, policy variables, templates of one's own, quotas."""

import json
from dataclasses import replace

import pytest

from policygen.errors import GenerationError
from policygen.export.cloudformation import cloudformation
from policygen.export.cloudformation.order import template_set
from policygen.export.cloudformation.parts import parts_of
from policygen.export.cloudformation.references import Directory, References, escaped
from policygen.export.inventory import Target
from policygen.generator import generate_bundle
from policygen.generator.template_files import TemplateSource, TemplateText
from policygen.spec.kinds import KeyState
from policygen.spec.load import load_spec_text
from tests.export.cases import TEXTS, deployed, spec_of
from tests.export.stacks import Cloud, Stack

BOUNDARY = "arn:aws:iam::111122223333:policy/ReplicationBoundary"
EAST = Target(account="111122223333", region="us-east-1")


def test_batch_jobs_get_their_role():
    """The role of a batch job is made beside the replication role; for the job itself the AWS CLI's call is told."""
    spec = spec_of("existing-objects")
    template = cloudformation(spec, generate_bundle(spec))["111122223333/cloudformation/us-east-1.json"]
    assert "S3BatchReplicationRoleArn" in template["Outputs"]
    assert template["Metadata"]["policygen"]["ByHand"][-1] == (
        "CloudFormation has no resource for a job of S3 Batch Operations; this template makes its role. After the last "
        "step, with output ReportsKeyId of the stack of 111122223333/cloudformation/us-east-1.json for "
        "KEY-ID-OF-reports in its file: aws s3control create-job --region us-east-1 "
        "--cli-input-json file://cloudformation/111122223333/s3control/archive/batch-job.json"
    )


def test_permissions_boundaries_are_set():
    """A role gets its permissions boundary, which must exist already and is listed as such."""
    spec = spec_of("guarded-buckets")
    templates = cloudformation(spec, generate_bundle(spec))
    cloud, _ = deployed(spec, templates, make_keys=True)
    assert [role["boundary"] for role in cloud.roles.values()] == [BOUNDARY]
    assert BOUNDARY in templates["111122223333/cloudformation/us-east-1.json"]["Metadata"]["policygen"]["MustExist"]


def test_a_role_for_two_things_is_made_once():
    """A batch job that runs under the replication role itself needs no second role."""
    spec = spec_of("existing-objects")
    (replication,) = spec.replication
    shared = replace(replication, batch=replace(replication.batch, role=replication.role))
    template = cloudformation(replace(spec, replication=(shared,)), generate_bundle(spec))[
        "111122223333/cloudformation/us-east-1.json"
    ]
    roles = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::IAM::Role"]
    assert roles == ["S3ReplicationRole"]


def expression(value, name="every-setting", target=EAST):
    """Return a value as an expression of the template of ``target``."""
    return References(Directory(spec_of(name)), target).expression(value)


def test_policy_variables_are_escaped():
    """`${` is escaped where Fn::Sub reads it, and left alone where it does not."""
    assert expression("home/${aws:username}/*") == "home/${aws:username}/*"
    assert expression("arn:aws:s3:::other/${aws:username}/*") == {
        "Fn::Sub": "arn:${AWS::Partition}:s3:::other/${!aws:username}/*"
    }
    text = "arn:aws:s3:::other/${aws:PrincipalTag/team, 'none'}/${*}/${!x}"
    stack = Stack(Cloud(), "111122223333/cloudformation/us-east-1.json", {})
    assert stack.value(expression(text)) == text


def test_escaping():
    """Only `${` is changed."""
    assert escaped("$ {a} $${b} ${!c}") == "$ {a} $${!b} ${!!c}"


def test_key_ids_are_found_in_longer_texts():
    """An id inside an ARN of any Region, and an id alone, become references; ids that only look alike stay text."""
    assert expression("arn:aws:kms:*:111122223333:key/KEY-ID-OF-data") == {
        "Fn::Sub": "arn:${AWS::Partition}:kms:*:111122223333:key/${DataKey}"
    }
    assert expression("KEY-ID-OF-vault") == {"Ref": "VaultKeyId"}
    assert expression("KEY-ID-OF-data") == {"Ref": "DataKey"}
    assert expression("arn:aws:kms:*:111122223333:key/KEY-ID-OF-data-2") == {
        "Fn::Sub": "arn:${AWS::Partition}:kms:*:111122223333:key/KEY-ID-OF-data-2"
    }
    known = "mrk-1234abcd12ab34cd56ef1234567890ab"
    assert expression(f"arn:aws:kms:*:111122223333:key/{known}", "mrk-replication") == {
        "Fn::Sub": [
            "arn:${AWS::Partition}:kms:*:111122223333:key/${KeyId}",
            {"KeyId": {"Fn::If": ["DataKeyIsMade", {"Ref": "DataKey"}, {"Ref": "DataKeyId"}]}},
        ]
    }


def test_what_is_no_text_stays():
    """Numbers, booleans and names of members are left as they are."""
    value = {"arn:aws:s3:::x": [1, True, None, "plain"], "Minutes": 15}
    assert expression(value) == value


def test_only_own_buckets_are_referred_to():
    """A policy names other buckets by their names: the buckets may wait for it."""
    spec = spec_of("one-region")
    target = Target(account="111122223333", region="us-west-1")
    references = References(Directory(spec), target, [spec.bucket("left")])
    assert references.expression("arn:aws:s3:::left-bucket-name/x") == {"Fn::Sub": "${LeftBucket.Arn}/x"}
    assert references.expression("arn:aws:s3:::left-bucket-name") == {"Fn::GetAtt": ["LeftBucket", "Arn"]}
    assert references.expression("arn:aws:s3:::left-bucket-name-2/x") == {
        "Fn::Sub": "arn:${AWS::Partition}:s3:::left-bucket-name-2/x"
    }
    assert references.expression("arn:aws:s3:::right-bucket-name") == {
        "Fn::Sub": "arn:${AWS::Partition}:s3:::right-bucket-name"
    }


def test_an_unusual_key_id_fits_its_own_pattern():
    """A key id that the spec states is a valid default even where it looks like no key id of AWS."""
    spec = spec_of("mrk-replication")
    odd = replace(spec.keys[0], id="mrk-x")
    buckets = tuple(replace(each, encryption=replace(each.encryption, key=odd)) for each in spec.buckets)
    odd_spec = replace(spec, keys=(odd,), buckets=buckets, replication=())
    for template in cloudformation(odd_spec, generate_bundle(odd_spec)).values():
        assert template["Parameters"]["DataKeyId"]["Default"] == "mrk-x"
        assert template["Parameters"]["DataKeyId"]["AllowedPattern"] == "[A-Za-z0-9-]+"


def test_keys_that_wait_for_their_deletion():
    """CloudFormation makes no key that waits for its deletion: it is disabled, and the call is told."""
    spec = spec_of("mrk-replication")
    (replication,) = spec.replication
    doomed = replace(spec.keys[0], state=KeyState.PENDING_DELETION)
    changed = replace(spec, keys=(doomed,), replication=(replication,))
    template = cloudformation(changed, generate_bundle(changed))["111122223333/cloudformation/us-west-1.json"]
    assert template["Resources"]["DataKey"]["Properties"]["Enabled"] is False
    assert template["Metadata"]["policygen"]["ByHand"][-1].endswith(
        "aws kms schedule-key-deletion --region us-west-1 --key-id mrk-1234abcd12ab34cd56ef1234567890ab"
    )


def test_the_shorter_order_is_found():
    """Of two templates that need each other, that one comes first after which fewer deployments remain."""
    text = TEXTS["three-stages"].read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("  near:")]
    spec = load_spec_text("\n".join(lines).replace("{id: near, destination: near}, ", ""), "spec.yaml")
    order = template_set(spec, generate_bundle(spec)).order
    assert [(each.target.region, each.stage) for each in order.deployments] == [
        ("us-west-1", 1),
        ("us-east-1", 1),
        ("us-west-1", 2),
        ("us-east-1", 2),
    ]


@pytest.mark.parametrize("name", ["mrk-replication", "two-destinations", "three-stages", "every-setting"])
def test_replication_waits_for_its_replica_keys(name):
    """A replication configuration needs each replica key in the destination's Region, not just its id."""
    spec = spec_of(name)
    directory = Directory(spec)
    needs = {each.id.name: each.uses.needs for each in parts_of(spec, generate_bundle(spec), directory) if each.after}
    for replication in spec.replication:
        own = needs[directory.names.buckets[replication.source.entry]]
        for rule in replication.rules:
            (key,) = rule.replica_keys
            assert directory.key_part(key, rule.destination.region) in own


# --- templates of one's own


def with_key_policy(spec, statement):
    """Return the documents of a spec whose key policies, by a template of one's own, hold one statement."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    overrides = {"key-policy.json.j2": TemplateText(text=text, source="key-policy.json.j2")}
    return generate_bundle(spec, TemplateSource(overrides=overrides))


def test_what_waits_for_itself_is_refused():
    """A key policy that names its own key, whose id nobody knows before it is made, is refused."""
    spec = spec_of("two-way-accounts")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::012345670123:root"},
        "Action": "kms:*",
        "Resource": "arn:aws:kms:us-east-1:012345670123:key/KEY-ID-OF-north",
    }
    bundle = with_key_policy(spec, statement)
    with pytest.raises(GenerationError) as caught:
        cloudformation(spec, bundle)
    problem = next(each for each in caught.value.problems if "`NorthKey`: it" in each.message)
    assert problem.code == "PG-G007"
    assert problem.message == "CloudFormation cannot make `NorthKey`: it waits for `NorthKey`, which waits for it"
    assert problem.place.source == "012345670123/cloudformation/us-east-1.json"
    assert (
        problem.hint
        == "a template of yours names in a policy what is made after it; in a key policy write `*` for the key"
    )


def test_a_single_statement_is_read():
    """A policy of one's own may hold one statement without brackets."""
    spec = spec_of("two-way-accounts")
    statement = {"Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam::012345670123:user/eve"]}, "Action": "kms:*"}
    bundle = with_key_policy(spec, statement | {"Resource": "*"})
    for template in cloudformation(spec, bundle).values():
        assert template["Metadata"]["policygen"]["MustExist"] == ["arn:aws:iam::012345670123:user/eve"]


# --- quotas


def many_buckets(count):
    """Return a spec of many buckets."""
    lines = [f"  b{number}: {{name: bucket-number-{number}, region: us-east-1}}" for number in range(count)]
    text = 'version: 1\naccounts: {prod: "111122223333"}\nbuckets:\n' + "\n".join(lines)
    return load_spec_text(text, "spec.yaml")


def test_quotas_of_cloudformation():
    """Up to 500 resources are one template; one more is refused, with AWS's page."""
    spec = many_buckets(250)
    (template,) = cloudformation(spec, generate_bundle(spec)).values()
    assert len(template["Resources"]) == 500
    spec = many_buckets(251)
    with pytest.raises(GenerationError) as caught:
        cloudformation(spec, generate_bundle(spec))
    (problem,) = caught.value.problems
    assert problem.code == "PG-G006"
    assert problem.message == "CloudFormation template of 502 resources, at most 500 are possible"
    assert problem.place.source == "111122223333/cloudformation/us-east-1.json"
    assert problem.hint == "split the spec: fewer buckets, keys or replications for one account and Region"
    assert (
        problem.doc_url == "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
    )


def test_long_orders_are_cut():
    """A description that would be too long ends early and leads to the metadata."""
    regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"]
    accounts = {f"a{number}": f"{number:012}" for number in range(1, 7)}
    buckets = [
        f"  {name}-{region}: {{name: {name}.{region}, account: {name}, region: {region}}}"
        for name in accounts
        for region in regions
    ]
    listed = ", ".join(f'{name}: "{account}"' for name, account in accounts.items())
    spec = load_spec_text(f"version: 1\naccounts: {{{listed}}}\nbuckets:\n" + "\n".join(buckets), "spec.yaml")
    templates = cloudformation(spec, generate_bundle(spec))
    assert len(templates) == 48
    for template in templates.values():
        assert len(template["Description"].encode()) <= 1024
        assert template["Description"].endswith(" and so on: Order in the Metadata.")
        assert len(template["Metadata"]["policygen"]["Order"]) == 48


def test_nothing_to_deploy():
    """A spec without buckets and keys has no templates."""
    spec = load_spec_text('version: 1\naccounts: {prod: "111122223333"}', "spec.yaml")
    assert cloudformation(spec, generate_bundle(spec)) == {}
