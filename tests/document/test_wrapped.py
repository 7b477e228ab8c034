"""Documents inside what the AWS CLI prints: taken out for every command alike."""

import json

import pytest

import policygen as pg
from policygen.document.wrapped import read_grants, read_unwrapped, rewrapped

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
CONFIGURATION = {"Role": "arn:aws:iam::111122223333:role/s3-replication", "Rules": []}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        ({"Policy": json.dumps(POLICY)}, POLICY),
        ({"Policy": json.dumps(POLICY), "PolicyName": "default"}, POLICY),
        ({"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY}, POLICY),
        ({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": POLICY}}, POLICY),
        ({"PolicyVersion": {"VersionId": "v1", "Document": POLICY}}, POLICY),
        ({"ReplicationConfiguration": CONFIGURATION}, CONFIGURATION),
        ({"ServerSideEncryptionConfiguration": ENCRYPTION}, ENCRYPTION),
        ({"PublicAccessBlockConfiguration": BLOCK}, BLOCK),
        ({"OwnershipControls": OWNERSHIP}, OWNERSHIP),
        (POLICY, POLICY),
        (CONFIGURATION, CONFIGURATION),
        ({"Statement": [], "Policy": POLICY}, {"Statement": [], "Policy": POLICY}),
        ({"Policy": "none"}, {"Policy": "none"}),
        ([POLICY], [POLICY]),
    ],
)
def test_answers_are_unwrapped(answer, document):
    """Each command's answer gives its document; what is not an answer stays as it is."""
    text, _ = read_unwrapped(json.dumps(answer), "answer.json")
    assert json.loads(text) == document


@pytest.mark.parametrize(
    "answer",
    [
        {"ServerSideEncryptionConfiguration": ENCRYPTION},
        {"PublicAccessBlockConfiguration": BLOCK},
        {"OwnershipControls": OWNERSHIP},
    ],
)
def test_settings_are_validated_inside_their_answer(answer):
    """`validate` takes the settings of a bucket as `aws s3api get-…` prints them, as `verify` does."""
    assert pg.validate(answer).findings == ()


def test_places_stay_those_of_the_file():
    """A document that is not wrapped keeps its text: problems keep their lines."""
    text = '\ufeff{\n  "Statement": [\n    1\n  ]\n}'
    assert read_unwrapped(text, "policy.json")[0] == text.removeprefix("\ufeff")


def test_grants_are_a_list_or_what_the_cli_prints():
    """Each comes with its place; what is no list is a problem that says how to save one."""
    grant = {"GranteePrincipal": "arn:aws:iam::111122223333:user/ana", "Operations": ["Decrypt"]}
    for text in (json.dumps([grant]), "\ufeff" + json.dumps({"Grants": [grant]})):
        ((found, place),) = read_grants(text, "grants.json")
        assert (found, place.source) == (grant, "grants.json")
    with pytest.raises(pg.DocumentError) as caught:
        read_grants('{"Grants": {"a": 1}}', "grants.json")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("PG-D008", "not a list of grants")


OTHER = {"Version": "2012-10-17", "Statement": []}


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (POLICY, OTHER),
        ({"RoleName": "r", "PolicyDocument": POLICY}, {"RoleName": "r", "PolicyDocument": OTHER}),
        (
            {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": POLICY}},
            {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": OTHER}},
        ),
        ({"Policy": json.dumps(POLICY)}, {"Policy": json.dumps(OTHER)}),
    ],
    ids=["none", "object", "object in an object", "text"],
)
@pytest.mark.parametrize("indent", [None, 2, 4])
def test_another_document_in_the_same_answer(answer, after, indent):
    """The answer stays as it was, its indentation too; a document that stands as text stays text."""
    text = rewrapped(json.dumps(answer, indent=indent), OTHER)
    assert json.loads(text) == after
    assert text == json.dumps(after, indent=indent) + "\n"
