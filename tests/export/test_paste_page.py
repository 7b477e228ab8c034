"""The page that says where documents go: what is created first, and calls of the AWS CLI that run as they are."""

import re
import shlex

import pytest
from botocore.validate import ParamValidator

from policygen.generator import generate_bundle, where_to_paste
from policygen.spec.load import load_spec_text
from tests.export.calls import operation, parameters
from tests.export.specs import CASES, spec_and_bundle


def page_of(bundle):
    """Return the page of a bundle."""
    return where_to_paste([each for each in bundle.values() if each.path != "manifest.json"])


def calls_of(page):
    """Return the calls of a page, as words."""
    found = (
        match[1] or match[2] for match in re.finditer(r"`` (aws .*?) ``|`(aws [^`]*)`", page.partition("## To fill")[0])
    )
    return [shlex.split(call.replace("\\|", "|")) for call in found]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_every_call_is_one_of_aws_and_complete(case):
    """Each call names its Region and profile, takes its document by a path from this folder, and AWS's models fit."""
    _, bundle = spec_and_bundle(*case)
    files = {f"file://{path}": each.to_json() for path, each in bundle.items()}
    calls = calls_of(page_of(bundle))
    assert calls
    for words in calls:
        assert words[-4::2] == ["--region", "--profile"]
        model = operation(words[1].replace("s3api", "s3"), words[2])
        given = dict(parameters(model, words[3:-4], files))
        assert not ParamValidator().validate(given, model.input_shape).has_errors(), words


def test_what_a_document_belongs_to_is_created_first():
    """Role, key, replica key and bucket are created in a row before their first document; what has an id exists."""
    _, bundle = spec_and_bundle("new-keys")
    page = page_of(bundle)
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    created = [re.search(r"the \w+ `[^`]+`(?: in [\w-]+)?", row)[0] for row in rows if "create, unless" in row]
    assert created == [
        "the role `s3=replication@x`",
        "the key `data` in us-east-1",
        "the key `data` in us-west-1",
        "the bucket `source-bucket-name`",
        "the bucket `west-bucket-name`",
        "the key `data.2` in eu-west-1",
        "the bucket `far-bucket-name`",
    ]
    known = page_of(spec_and_bundle("mrk-replication")[1])
    assert "the key `" not in known
    assert "the role `s3-replication`: IAM console: Roles > Create role > Custom trust policy; or `aws iam" in known


def test_a_role_with_a_path_has_no_console_page():
    """No page of the IAM console takes a path: the call alone is told."""
    row = next(line for line in page_of(spec_and_bundle("new-keys")[1]).splitlines() if "the role `" in line)
    assert "IAM console" not in row
    assert "--path '/a$b`c/'" in row


def test_settings_are_told_in_the_consoles_words():
    """A setting, which no page takes as JSON, comes with what to choose."""
    text = """\
version: 1
accounts: {main: "111122223333"}
buckets:
  b: {name: one-bucket, region: eu-west-1, versioning: suspended, block_public_access: false, requester_pays: true,
      object_ownership: object-writer, encryption: {sse: "aws:kms:dsse"}, blocked_encryption_types: []}
"""
    page = page_of(generate_bundle(load_spec_text(text, "spec.yaml")))
    for choice in (
        "Properties > Bucket Versioning > Edit: Suspend; or",
        "Default encryption > Edit: DSSE-KMS with aws/s3, Bucket Key off, blocked encryption types: nothing; or",
        "Block public access (bucket settings) > Edit: nothing is blocked; or",
        "Object Ownership > Edit: ACLs enabled, Object writer; or",
        "then `aws s3api put-bucket-request-payment --bucket one-bucket --request-payment-configuration Payer=",
    ):
        assert choice in page
