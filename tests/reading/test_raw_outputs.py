"""Raw outputs of the AWS CLI: in the shapes of AWS's own models, and told apart under any name and in any form."""

import collections
import json

import pytest
from botocore.session import get_session

import policygen as pg
from policygen.reading import read_paths
from tests.command import ROOT
from tests.reading.raw_answers import answers_of
from tests.reading.raw_outputs import raw_outputs, write_outputs
from tests.verification.setups import ACROSS, SetUp, load

_SESSION = get_session()
_TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": str}
_IN_THE_CLI = ("PolicyDocument", "AssumeRolePolicyDocument", "Document")
"""Texts of the API that the AWS CLI prints as objects."""


def set_up(name):
    """Return a sample, or the set-up of the verification's tests, with its documents."""
    if name == "set-up":
        made = SetUp(**ACROSS, lock="true")
        return load(**made.options), made.texts()
    spec = pg.load_spec(ROOT / "samples" / name / "spec.yaml")
    return spec, {path: each.to_json() for path, each in pg.generate(spec).items()}


SET_UPS = ("set-up", "guarded-buckets", "mrk-replication", "existing-objects")


def misfits(shape, value, at=""):
    """Yield where a value is not of a shape: unknown members, wrong types."""
    if shape.type_name == "structure":
        for name, each in value.items():
            if name not in shape.members:
                yield f"{at}/{name} is unknown"
            elif name not in _IN_THE_CLI:
                yield from misfits(shape.members[name], each, f"{at}/{name}")
    elif shape.type_name == "list":
        for number, each in enumerate(value):
            yield from misfits(shape.member, each, f"{at}/{number}")
    elif not isinstance(value, _TYPES[shape.type_name]) and value is not None:
        yield f"{at} is no {shape.type_name}"


@pytest.mark.parametrize("details", [False, True])
@pytest.mark.parametrize("name", SET_UPS)
def test_answers_have_the_shapes_of_awss_models(name, details):
    """Every member of every answer is one of the operation's output, and of its type."""
    spec, texts = set_up(name)
    answers = answers_of(spec, texts, 1, details=details)
    assert len(answers) > 20
    for each in answers:
        model = _SESSION.get_service_model(each.service).operation_model(each.operation)
        assert list(misfits(model.output_shape, each.value)) == [], each.operation


def subjects(folder, outputs):
    """Return what is read of outputs: each thing with what it is about, and the problems."""
    write_outputs(folder, outputs)
    reading = read_paths([folder])
    found = collections.Counter()
    for each in reading.records:
        kind = "resource-policy" if each.kind == "policy" else each.kind  # saved alone
        found[kind, each.of, each.value.get("none", False)] += 1
    return found, list(reading.problems)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", SET_UPS)
def test_names_and_forms_do_not_matter(name, seed, tmp_path):
    """Under any name, as JSON, YAML or a text, each answer is about what it is about in the layout of `fetch`."""
    spec, texts = set_up(name)
    fetched = subjects(tmp_path / "fetched", raw_outputs(spec, texts, seed, fetched=True))
    anyhow = subjects(tmp_path / "anyhow", raw_outputs(spec, texts, seed))
    assert fetched[1] == anyhow[1] == []
    assert anyhow[0] == fetched[0]


def test_related_keys_are_told_apart_by_their_region(tmp_path):
    """Two key policies of one multi-Region key, whose names have its id and a Region, are those of the two keys."""
    spec, texts = set_up("mrk-replication")
    write_outputs(tmp_path, raw_outputs(spec, texts, 7))
    records = read_paths([tmp_path]).records
    policies = [each for each in records if each.kind == "resource-policy" and ":kms:" in str(each.of)]
    assert {each.of for each in policies} == {spec.keys[0].arn(region) for region in spec.keys[0].regions}
    assert all(each.of.split(":")[3] in each.source for each in policies)


def test_a_name_in_a_files_name_goes_before_its_neighbours(tmp_path):
    """The versioning of one bucket beside the policy of another is not the other's."""
    policy = pg.generate(set_up("two-way")[0])["111122223333/s3/east/bucket-policy.json"].to_json()
    name = json.loads(policy)["Statement"][0]["Resource"][0].rpartition(":")[2]
    role = {"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow"}]}}
    role["PolicyDocument"]["Statement"][0] |= {"Action": "s3:*", "Resource": "arn:aws:s3:::acme-logs/*"}
    (tmp_path / "east.json").write_text(policy, encoding="utf-8")
    (tmp_path / "role.json").write_text(json.dumps(role), encoding="utf-8")
    (tmp_path / "acme-logs.txt").write_text('{"Status": "Enabled"}', encoding="utf-8")
    (tmp_path / "status.txt").write_text('{"Status": "Enabled"}', encoding="utf-8")
    found = {each.source.rpartition("/")[2]: each.of for each in read_paths([tmp_path]).records}
    assert found["acme-logs.txt"] == "arn:aws:s3:::acme-logs"
    assert found["status.txt"] == f"arn:aws:s3:::{name}"


@pytest.mark.parametrize("text", ["", "{}", '{"ResponseMetadata": {"HTTPStatusCode": 200}}'])
def test_an_answer_without_anything_in_it_is_known_by_its_name(text, tmp_path):
    """GetBucketVersioning answers nothing where versioning was never enabled; another empty file says nothing."""
    folder = tmp_path / "111122223333" / "s3" / "data"
    folder.mkdir(parents=True)
    for name in ("get-bucket-versioning.json", "get-bucket-policy.json"):
        (folder / name).write_text(text, encoding="utf-8")
    (found,) = read_paths([tmp_path]).records
    assert (found.kind, found.of, found.value) == ("versioning", "arn:aws:s3:::data", {"value": {}})


@pytest.mark.parametrize("text", ["{ not JSON at all", "Name: [", "\0"])
def test_what_is_no_answer_is_passed_over_in_a_folder(text, tmp_path):
    """A note that cannot be read is nobody's answer; one with a policy in it, or called .json, is named."""
    (tmp_path / "caller.json").write_text('{"UserId": "u", "Account": "111122223333", "Arn": "a"}', encoding="utf-8")
    (tmp_path / "note.txt").write_text(text, encoding="utf-8")
    assert read_paths([tmp_path]).problems == ()
    (tmp_path / "note.txt").write_text(f'{text} "Statement"', encoding="utf-8")
    assert [each.place.source for each in read_paths([tmp_path]).problems] == [str(tmp_path / "note.txt")]


def test_keys_of_one_account_and_region_are_told_apart_in_the_layout_of_fetch(tmp_path):
    """A folder that is called by a key's id is that key's, however many keys there are."""
    ids = ("1234abcd-12ab-34cd-56ef-1234567890ab", "0987dcba-09fe-87dc-65ba-ab0987654321")
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}
    for each in ids:
        folder = tmp_path / "111122223333" / "kms" / each / "us-east-1"
        folder.mkdir(parents=True)
        (folder / "get-key-policy.json").write_text(json.dumps({"Policy": json.dumps(policy)}), encoding="utf-8")
    found = {each.of for each in read_paths([tmp_path]).records}
    assert found == {f"arn:aws:kms:us-east-1:111122223333:key/{each}" for each in ids}
