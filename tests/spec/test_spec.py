"""Specs: reading, defaults, exact problems, the JSON Schema, hostile texts."""

import json
import re
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import policygen
from policygen.errors import PolicygenError, Severity, SourceError, SpecError, SuiteError
from policygen.source.nodes import plain
from policygen.source.yaml_text import parse_text
from policygen.spec.codes import CODES
from policygen.spec.fields import SPEC
from policygen.spec.kinds import BucketKey, ContextMode, KeyState, Profile, SourceObjects, Sse, Versioning
from policygen.spec.load import load_spec_text
from policygen.spec.model import Grantee
from tests.pages.schema import schema_of
from tests.source_lines import without_source_lines

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8")
ERRORS = yaml.load((HERE / "errors.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
WHOLE = (HERE / "whole.yaml").read_text(encoding="utf-8")
MISTAKES = yaml.load((HERE / "mistakes.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
NOT_YAML = yaml.load((HERE / "yaml_errors.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
MINIMAL = "version: 1\naccounts: {prod: 012345670123}\nbuckets:\n  b: {name: some-bucket, region: eu-west-1}\n"


def problems(text):
    """Return every problem of a spec as text; what only hinders replication is raised by generation."""
    with pytest.raises(PolicygenError) as caught:
        policygen.generate(load_spec_text(text, "spec.yaml"))
    return without_source_lines(caught.value)


def test_the_good_spec_is_good():
    """The spec that the error tests break is good itself."""
    assert load_spec_text(GOOD, "spec.yaml").replication[0].name == "nightly"


@pytest.mark.parametrize("case", ERRORS, ids=[f"{case['code']}-{number}" for number, case in enumerate(ERRORS)])
def test_exact_problems(case):
    """One broken thing gives exactly these problems, word for word."""
    text = GOOD
    for old, new in case["replace"].items():
        assert old in text
        text = text.replace(old, new)
    assert problems(text) == case["expected"]


def test_every_code_has_a_test():
    """Every problem code of the spec has an exact test."""
    migration = (HERE / "migration_errors.yaml").read_text(encoding="utf-8")
    warnings = {"PG-S031", "PG-S033"}  # test_an_unknown_region_is_a_warning, test_a_service_for_any_source
    assert {case["code"] for case in ERRORS} | set(re.findall(r"PG-S\d{3}", migration)) | warnings == set(CODES)


@pytest.mark.parametrize("slip", MISTAKES, ids=[f"{number}" for number in range(len(MISTAKES))])
def test_one_slip_is_one_problem(slip):
    """One slip is one problem at its place, with a hint, and no other follows from it."""
    old, new, expected = slip
    assert old in WHOLE
    with pytest.raises(PolicygenError) as caught:
        policygen.generate(load_spec_text(WHOLE.replace(old, new, 1), "spec.yaml"))
    assert [f"{each.code} {each.place.pointer}" for each in caught.value.problems] == [expected]
    assert all(each.hint for each in caught.value.problems)


@pytest.mark.parametrize("case", NOT_YAML, ids=[f"{number}" for number in range(len(NOT_YAML))])
def test_what_is_not_yaml(case):
    """What is not YAML is said in words of ours, with the source line, a caret, and how it would be right."""
    with pytest.raises(SourceError) as caught:
        load_spec_text(case["text"], "spec.yaml")
    assert f"{caught.value}\n" == case["expected"]


@settings(max_examples=300)
@given(st.data())
def test_what_is_not_yaml_has_a_place_and_a_hint(data):
    """Whatever is lost or put in, a text that is not YAML has one line and a hint, and no word of the parser's."""
    at, lost = data.draw(st.integers(1, len(WHOLE))), data.draw(st.integers(0, 3))
    put = data.draw(
        st.sampled_from(["\t", ":", "- ", '"', "'", "[", "}", "*", "%", "|", "\n", "\n   ", "@", "\x07", "?"])
    )
    text, found = WHOLE[:at] + put + WHOLE[at + lost :], ()
    try:
        load_spec_text(text, "spec.yaml")
    except PolicygenError as error:
        found = [each for each in error.problems if each.code == "PG-F005"]
    assert all(each.place.line and each.hint for each in found)
    assert not any(word in str(each) for each in found for word in ("did not find", "while parsing", "token"))


def test_the_source_line_of_a_long_line():
    """Of a long line the part around the column is shown, with the caret below its character."""
    with pytest.raises(SpecError) as caught:
        load_spec_text(WHOLE.replace("storage_class: STANDARD", "storage_class: standart"), "spec.yaml")
    assert str(caught.value).splitlines()[1:3] == [
        "  52 | …false, replication_time_control: true, metrics: true, storage_class: standart, owner_override: auto}",
        "     |                                                                       ^",
    ]


def test_an_unknown_region_is_a_warning():
    """A Region that is not in the table may be new: the spec is good, and the nearest known one is named."""
    spec = load_spec_text(MINIMAL.replace("eu-west-1", "eu-central-7"), "spec.yaml")
    assert spec.buckets[0].region == "eu-central-7"
    (warning,) = spec.warnings
    assert (warning.code, warning.place.pointer, warning.severity) == ("PG-S031", "/buckets/b/region", Severity.WARNING)
    assert warning.message == "the Region `eu-central-7` is not known here: it may be new, or mistyped"
    assert warning.hint == "did you mean `eu-central-2`?"


def test_a_service_for_any_source():
    """A service that is limited to no source is a warning: anybody could make it act for them."""
    text = MINIMAL.replace("eu-west-1}", "eu-west-1, readers: [athena.amazonaws.com]}")
    (warning,) = load_spec_text(text, "spec.yaml").warnings
    assert (warning.code, warning.place.pointer) == ("PG-S033", "/buckets/b/readers/0")
    assert "`athena.amazonaws.com` is not limited to a source" in warning.message
    limited = text.replace("[athena.amazonaws.com]", "[{principal: athena.amazonaws.com, source_account: prod}]")
    assert load_spec_text(limited, "spec.yaml").warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "pointer"),
    [
        ("role/x", "rol/x", "PG-R001", "/expect/0/request/principal"),
        ("kms:Decrypt", "Decrypt", "PG-R003", "/expect/0/request/action"),
    ],
)
def test_what_is_no_request_in_expect(old, new, code, pointer):
    """A request that AWS does not know the form of is a problem where it stands, and is not judged."""
    entry = "expect:\n  - {request: {principal: role/x, action: kms:Decrypt, resource: keys.data}, expect: denied}\n"
    with pytest.raises(SpecError) as caught:
        load_spec_text(GOOD + entry.replace(old, new), "spec.yaml")
    assert [(each.code, each.place.pointer) for each in caught.value.problems] == [(code, pointer)]


@pytest.mark.parametrize("name", [".", "..", "a/b", "a\\\\b"])
def test_names_that_leave_their_folder(name):
    """The name of a role, a batch job's too, and of an entry is the name of a folder: none leads out of it."""
    for place in ("s3-replication", "s3-batch"):
        assert "PG-S006" in problems(WHOLE.replace(f"name: {place}", f'name: "{name}"', 1))
    for entry in ("  ops: {", "  other: {", "  nightly:"):
        assert "PG-S006" in problems(WHOLE.replace(entry, f'  "{name}":{entry.partition(":")[2]}', 1))


def test_defaults():
    """Defaults are AWS's for new buckets and keys; TLS and Block Public Access are on; leading zeros survive."""
    bucket = load_spec_text(MINIMAL, "spec.yaml").buckets[0]
    assert bucket.account == "012345670123"
    assert (bucket.tls_only, bucket.block_public_access, bucket.object_lock) == (True, True, False)
    assert bucket.versioning is Versioning.DISABLED
    assert (bucket.encryption.sse, bucket.encryption.key, bucket.encryption.bucket_key) == (
        Sse.SSE_S3,
        None,
        BucketKey.OFF,
    )
    assert bucket.blocked_encryption_types == ("sse-c",)


def test_defaults_of_replication():
    """A replicated bucket is versioned; the rule takes the destination's key; the profile is robust."""
    spec = load_spec_text(GOOD.replace(", versioning: enabled", ""), "spec.yaml")
    replication = spec.replication[0]
    assert replication.source.versioning is Versioning.ENABLED
    assert replication.rules[0].destination.versioning is Versioning.ENABLED
    assert replication.rules[0].replica_key == spec.key("data")
    assert (replication.profile, replication.encryption_context) == (Profile.ROBUST, ContextMode.AUTO)
    assert replication.source_objects == (SourceObjects.SSE_KMS,)
    assert spec.key("data").state is KeyState.ENABLED


def test_short_forms_of_principals():
    """Short forms resolve in the account of the key or bucket that names them."""
    text = MINIMAL.replace(
        "region: eu-west-1}",
        "region: eu-west-1, readers: [role/path/R, user/U, root, 999900001111, 'arn:aws:iam::123456789012:role/X']}",
    )
    readers = load_spec_text(text, "spec.yaml").buckets[0].readers
    assert [reader.principal for reader in readers] == [
        "arn:aws:iam::012345670123:role/path/R",
        "arn:aws:iam::012345670123:user/U",
        "arn:aws:iam::012345670123:root",
        "arn:aws:iam::999900001111:root",
        "arn:aws:iam::123456789012:role/X",
    ]


def test_replica_regions_as_a_mapping():
    """Replicas may have administrators and users of their own (M4); without them they have the primary's."""
    mapping = "replica_regions: {us-west-1: {administrators: [role/West], users: [role/App]}}"
    key = load_spec_text(GOOD.replace("replica_regions: [us-west-1]", mapping), "spec.yaml").key("data")
    assert key.grantees_in("us-east-1").administrators == ("arn:aws:iam::111122223333:role/KeyAdmin",)
    assert key.grantees_in("us-west-1").administrators == ("arn:aws:iam::111122223333:role/West",)
    assert key.grantees_in("us-west-1").users == (Grantee(principal="arn:aws:iam::111122223333:role/App"),)
    shared = load_spec_text(GOOD, "spec.yaml").key("data")
    assert shared.grantees_in("us-west-1") == shared.grantees_in("us-east-1")


def test_placeholder_for_an_unknown_key_id():
    """Without an id the text KEY-ID-OF-name stands in ARNs."""
    text = GOOD.replace("    id: mrk-1234abcd12ab34cd56ef1234567890ab,\n", "")
    key = load_spec_text(text, "spec.yaml").key("data")
    assert key.arn("us-west-1") == "arn:aws:kms:us-west-1:111122223333:key/KEY-ID-OF-data"


@pytest.mark.parametrize(
    ("ownership", "other", "given", "expected"),
    [
        ("object-writer", True, "auto", True),
        ("bucket-owner-enforced", True, "auto", False),
        ("object-writer", False, "auto", False),
        ("bucket-owner-enforced", False, "true", True),
        ("object-writer", True, "false", False),
    ],
)
def test_owner_override(ownership, other, given, expected):
    """`auto` is on when the accounts differ and ACLs are on in the destination (R36)."""
    account = "backup" if other else "prod"
    text = f"""
version: 1
accounts: {{prod: "111122223333", backup: "444455556666"}}
buckets:
  source: {{name: source-bucket, account: prod, region: us-east-1}}
  replica: {{name: replica-bucket, account: {account}, region: us-west-1, object_ownership: {ownership}}}
replication:
  n: {{source: source, role: {{name: r}}, rules: [{{id: a, destination: replica, owner_override: {given}}}]}}
"""
    assert load_spec_text(text, "spec.yaml").replication[0].rules[0].owner_override is expected


def test_json_spec():
    """A spec may be JSON; its scalars are read as text too."""
    bucket = {"name": "bbb", "region": "us-east-1", "tls_only": False}
    text = json.dumps({"version": 1, "accounts": {"a": "111122223333"}, "buckets": {"b": bucket}})
    assert load_spec_text(text, "spec.json").buckets[0].tls_only is False


def test_expect_names_resolve():
    """The spec's names stand for ARNs in `expect`; a name that does not exist is a problem."""
    request = "{principal: role/x, action: kms:Decrypt, resource: keys.data@us-west-1}"
    entry = f"expect:\n  - {{request: {request}, expect: denied}}\n"
    test = load_spec_text(GOOD + entry, "spec.yaml").expect[0]
    assert test.request.resources == ("arn:aws:kms:us-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",)
    assert test.request.principals == ("arn:aws:iam::111122223333:role/x",)
    assert "PG-S007 no key is called `dat`" in problems(GOOD + entry.replace("keys.data", "keys.dat"))
    assert "PG-S009 the key `data` does not exist in `eu-west-1`" in problems(
        GOOD + entry.replace("us-west-1", "eu-west-1")
    )


BATCH = """existing_objects: batch-replication
    requests_per_second: 200
    batch: {role: {name: job, path: /service-role/}, manifest_bucket: source}"""


def test_defaults_of_a_batch_job():
    """The report goes to the manifest bucket; objects never replicated, or failed, are covered (R92)."""
    replication = load_spec_text(GOOD.replace("profile: robust", BATCH), "spec.yaml").replication[0]
    batch = replication.batch
    assert batch.role.arn == "arn:aws:iam::111122223333:role/service-role/job"
    assert batch.report_bucket == batch.manifest_bucket == replication.source
    assert (batch.report_prefix, batch.object_statuses) == ("", ("NONE", "FAILED"))
    assert replication.requests_per_second == 200


def test_a_batch_block_counts_only_where_existing_objects_ask_for_it():
    """With `existing_objects: none` a batch block is checked for its form and makes no job."""
    text = GOOD.replace("profile: robust", BATCH.replace("batch-replication", "none", 1))
    assert load_spec_text(text, "spec.yaml").replication[0].batch is None
    assert "PG-S001" in problems(text.replace("manifest_bucket", "manifest_bukcet"))


def test_policies_of_an_organization_stand_in_files(tmp_path):
    """SCPs and RCPs are read from files beside the spec, level by level; what is wrong with them is located."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    (tmp_path / "guardrails").mkdir()
    (tmp_path / "guardrails/scp.json").write_text(json.dumps(document), encoding="utf-8")
    organization = "organization: {id: o-a1b2c3d4e5, service_control: [[guardrails/scp.json], [guardrails/scp.json]]}\n"
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD + organization, encoding="utf-8")
    levels = policygen.load_spec(path).organization.service_control
    assert [[each.source for each in level] for level in levels] == [["guardrails/scp.json"], ["guardrails/scp.json"]]
    (tmp_path / "guardrails/scp.json").write_text('{"Version": "2012-10-17"}', encoding="utf-8")
    with pytest.raises(PolicygenError, match=r"guardrails/scp.json:1:1: PG-D00"):
        policygen.load_spec(path)
    path.write_text(GOOD + organization.replace("scp.json", "missing.json", 1), encoding="utf-8")
    with pytest.raises(SpecError, match=r"PG-S029 `guardrails/missing.json`: cannot be read: no such file"):
        policygen.load_spec(path)


def test_the_deployer_may_be_who_administers_a_guarded_bucket():
    """A deployer in the bucket's account is spared by the guard, so nobody is locked out."""
    guarded = GOOD.replace("tls_only: true", "guards: {vpc_endpoints: [vpce-1]}") + "deployer: role/Deployer\n"
    assert load_spec_text(guarded, "spec.yaml").buckets[0].guards.vpc_endpoints == ("vpce-1",)


@pytest.mark.parametrize("path", sorted(ROOT.glob("samples/*/spec.yaml")), ids=lambda path: path.parent.name)
def test_schema_accepts_samples(path):
    """The JSON Schema accepts every sample, as text and as YAML's own types."""
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(plain(parse_text(text, "spec.yaml")), schema_of(SPEC))
    jsonschema.validate(yaml.load(text, yaml.SafeLoader), schema_of(SPEC))


@pytest.mark.parametrize("code", ["PG-S001", "PG-S004", "PG-S005"])
def test_schema_refuses_what_has_a_wrong_shape(code):
    """The JSON Schema refuses unknown fields, missing fields and wrong choices, as the loader does."""
    case = next(case for case in ERRORS if case["code"] == code)
    text = GOOD
    for old, new in case["replace"].items():
        text = text.replace(old, new)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(parse_text(text, "spec.yaml")), schema_of(SPEC))


@settings(max_examples=300)
@given(st.data())
def test_broken_specs_never_raise_anything_else(data):
    """A spec with lines and words lost, repeated or swapped is read, or refused with problems."""
    words = re.split(r"(\W)", GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(st.sampled_from(["", "x", "[", "{", "}", ":", "true", "null", "0", "\n", *words]))
    with suppress(SpecError, SourceError, SuiteError):
        load_spec_text("".join(words), "spec.yaml")
