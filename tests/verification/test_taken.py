"""What documents show, what they do not, and what is taken from them where the spec leaves it open."""

import json

import pytest

import policygen as pg
from policygen.spec.load import load_spec_text
from tests.verification.setups import ACROSS, SETTINGS, SOURCE, SPEC, SetUp, allow, policy

KEY = "0987dcba-09fe-87dc-65ba-ab0987654321"
DEFAULT_KEY = "Rules/0/ApplyServerSideEncryptionByDefault/KMSMasterKeyID"
BUCKET_KEY = "Rules/0/BucketKeyEnabled"


def failures(report):
    """Return document, element and cause of what failed."""
    return {(each.document, each.element, each.cause) for each in report.failures}


# --- settings that no file shows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_no_file_shows(name):
    """A setting that the spec or its default wants is to be shown; without versioning nothing works."""
    setup = SetUp()
    del setup.documents[f"replica-{name}"]
    report = setup.verify()
    (failed,) = report.failures
    assert (failed.document, failed.cause) == (setup.paths[f"replica-{name}"], None)
    assert failed.detail.startswith("no file shows it: save what `aws s3api get-")
    assert failed.detail.endswith(" --bucket acme-data-replica` prints there")
    assert (report.works, report.exact) == ((False, True) if name == "versioning" else (True, False))


ALONE = (
    'version: 1\naccounts: {main: "111122223333"}\nbuckets: {b: {name: acme-b, region: us-east-1, versioning: %s}}\n'
)


def test_versioning_of_a_bucket_that_replicates_nothing():
    """It is the spec's or not: no replication fails from it (F14)."""
    path = "111122223333/s3/b/versioning.json"
    for asked, found in (("enabled", "Suspended"), ("suspended", "Enabled"), ("enabled", None)):
        spec = load_spec_text(ALONE % asked, "spec.yaml")
        texts = {name: each.to_json() for name, each in pg.generate(spec).items() if name != path}
        texts |= {path: json.dumps({"Status": found})} if found else {}
        report = pg.verify(spec, texts)
        assert [(each.document, each.cause) for each in report.failures] == [(path, None)]
        assert (report.works, report.exact) == (True, False)


def test_a_batch_job_need_not_be_there():
    """A job is made anew each time: no file of it shows nothing that the spec wants of a bucket."""
    batch = "{role: {name: s3-batch}, manifest_bucket: source, report_bucket: source}"
    text = f"{SPEC.format(**SetUp().options)}    existing_objects: batch-replication\n    batch: {batch}\n"
    spec = load_spec_text(text, "spec.yaml")
    texts = {path: each.to_json() for path, each in pg.generate(spec).items() if "batch-job" not in path}
    assert pg.verify(spec, texts).ok


# --- names of the key of default encryption ---------------------------------------------------------------------------


def encrypted(key, alias="alias/data"):
    """Return the report on a replica bucket whose default encryption names its key so."""
    setup = SetUp()
    rule = setup.documents["replica-encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0]
    rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] = key
    text = SPEC.format(**setup.options)
    text = text.replace(f"id: {KEY}", f"id: {KEY}, alias: {alias}") if alias else text
    return pg.verify(load_spec_text(text, "spec.yaml"), setup.texts())


BEFORE = "arn:aws:kms:us-west-1:111122223333"


@pytest.mark.parametrize("key", [f"{BEFORE}:key/{KEY}", KEY, "alias/data", f"{BEFORE}:alias/data"])
def test_the_same_key_by_another_name(key):
    """PutBucketEncryption takes a key's ARN, its id, its alias, and the alias's ARN."""
    assert encrypted(key).ok


OTHERS = [f"{BEFORE}:key/{KEY[:-1]}2", KEY[:-1], "alias/other", "arn:aws:kms:us-east-1:111122223333:alias/data"]


@pytest.mark.parametrize("key", OTHERS)
def test_another_key(key):
    """Another key, and an alias of another name or in another Region, is not the one that is wanted."""
    (failed,) = encrypted(key).failures
    assert (failed.element, failed.cause) == (DEFAULT_KEY, None)


def test_an_alias_that_the_spec_does_not_say():
    """Which key an alias stands for is not known: the spec can say it."""
    (failed,) = encrypted("alias/data", alias="").failures
    assert failed.detail.endswith("has `alias/data`: if that is the key's alias, write it into the spec")


# --- S3 Bucket Keys as the buckets have them --------------------------------------------------------------------------


def set_bucket_keys(setup, value, *names):
    """Set the Bucket Key of buckets to what the spec does not say."""
    for name in names:
        setup.documents[f"{name}-encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"] = (
            value
        )


@pytest.mark.parametrize(("asked", "real", "cause"), [("false", True, "F2"), ("true", False, "F3")])
def test_bucket_keys_as_they_are(asked, real, cause):
    """What S3 asks of KMS follows the buckets: the policy has to change, and Bucket Keys are left as they are."""
    setup = SetUp(bucket_key=asked)
    set_bucket_keys(setup, real, "source", "replica")
    report = setup.verify()
    role = setup.paths["role"]
    assert not report.works
    found = {(each.document, each.statement, each.cause) for each in report.failures if each.decides_works}
    assert found - {(role, "#4", "F9")} == {(role, "#3", cause), (role, "#4", cause)}
    settings = [each for each in report.failures if each.document != role]
    assert {each.element for each in settings} == {BUCKET_KEY}
    assert [each.fix for each in settings] == [None, None]
    meant = f"if it is meant, write `bucket_key: {str(real).lower()}` into the spec"
    assert settings[0].detail.endswith(f"{meant}; no mend is known")


def test_policies_that_follow_the_bucket():
    """Policies for the setting that a bucket has work; that the spec says something else is not exact."""
    setup, other = SetUp(), SetUp(bucket_key="true")
    set_bucket_keys(setup, True, "source", "replica")
    setup.documents |= {"role": other.documents["role"]}
    report = setup.verify()
    assert (report.works, report.exact) == (True, False)
    setup = SetUp(bucket_key="mixed")
    assert setup.verify().ok
    set_bucket_keys(setup, False, "source")
    assert setup.verify().works


def test_a_setting_as_it_should_be_leaves_bucket_keys_alone():
    """Where more than the Bucket Key differs, the setting is mended without it."""
    setup = SetUp()
    set_bucket_keys(setup, True, "source")
    rule = setup.documents["source-encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0]
    rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] = KEY
    setting = next(each for each in setup.verify().failures if each.document == setup.paths["source-encryption"])
    assert setting.fix["Rules"][0]["BucketKeyEnabled"] is True


# --- ids of keys ------------------------------------------------------------------------------------------------------


def without_ids(*keys, **options):
    """Return a set-up's spec without the ids of some keys."""
    text = SPEC.format(**(SetUp(**options).options))
    for key in keys:
        text = text.replace(f", id: {key}", "").replace(f", id: {key}", "")
    return load_spec_text(text, "spec.yaml")


HERE = "1234abcd-12ab-34cd-56ef-1234567890ab"


def test_ids_that_all_documents_agree_on():
    """A key whose id the spec does not say is the one that the documents name, and that is said."""
    report = pg.verify(without_ids(HERE, KEY, **ACROSS), SetUp(**ACROSS).texts())
    assert report.ok
    assert report.taken == (f"key here is taken to be {HERE}", f"key there is taken to be {KEY}")
    assert pg.verify(without_ids(**ACROSS), SetUp(**ACROSS).texts()).taken == ()


def test_documents_that_disagree_on_an_id():
    """The id is that of default encryption and rules; a document with another one is named, and fails."""
    setup = SetUp()
    other = KEY.replace("0987", "9999")
    setup.statements("role")[4]["Resource"] = f"{BEFORE}:key/{other}"
    report = pg.verify(without_ids(KEY), setup.texts())
    assert report.taken == (f"key there is taken to be {KEY}; but {setup.paths['role']} names {other}",)
    assert {(each.document, each.cause) for each in report.failures if each.decides_works} == {
        (setup.paths["role"], "F6")
    }
    assert "KEY-ID-OF" not in json.dumps(report.to_dict())


def test_an_id_from_policies_alone():
    """Where no setting names the key, a policy does; between two keys without an id it could mean either."""
    setup = SetUp()
    for name in ("source", "replica"):
        del setup.documents[f"{name}-encryption"]
    texts = setup.texts()
    assert pg.verify(without_ids(HERE), texts).taken == (f"key here is taken to be {HERE}",)
    text = SPEC.format(**setup.options).replace(f", id: {HERE}", "")
    text = text.replace("buckets:", "  more: {type: single-region, account: prod, region: us-east-1}\nbuckets:", 1)
    assert pg.verify(load_spec_text(text, "spec.yaml"), texts).taken == ()


def test_an_id_in_expectations():
    """Requests of `expect:` are about the key that was taken."""
    text = SPEC.format(**SetUp().options).replace(f", id: {HERE}", "")
    text += (
        "expect:\n  - {name: a stranger, request: {principal: role/other, action: kms:Decrypt,"
        " resource: keys.here@us-east-1}, expect: denied}\n"
    )
    report = pg.verify(load_spec_text(text, "spec.yaml"), SetUp().texts())
    assert report.ok
    assert report.checks[-1].request.resource.endswith(HERE)


def test_placeholders_stay_where_nothing_is_known():
    """Documents that were generated and not filled in yet agree with the spec."""
    spec = without_ids(HERE, KEY)
    texts = {path: each.to_json() for path, each in pg.generate(spec).items()}
    report = pg.verify(spec, texts)
    assert (report.ok, report.taken) == (True, ())


# --- what get-role says -----------------------------------------------------------------------------------------------


def role_answer(setup, **more):
    """Return what `aws iam get-role` prints for the set-up's role."""
    trust = setup.documents.pop("trust")
    return json.dumps({"Role": {"Arn": setup.role, "AssumeRolePolicyDocument": trust, **more}}, indent=1)


def with_answer(name, setup, **more):
    """Return a set-up's files with get-role's answer under a name."""
    answer = role_answer(setup, **more)
    return setup.texts() | {f"111122223333/iam/s3-replication/{name}": answer}


@pytest.mark.parametrize("name", ["role.json", "trust-policy.json", "get-role-output.json"])
def test_the_answer_of_get_role(name):
    """It holds the trust policy, whatever its file is called, and is no policy of what the role may do."""
    setup = SetUp()
    texts = with_answer(name, setup)
    assert setup.verify(texts).ok
    path = f"111122223333/iam/s3-replication/{name}"
    texts[path] = texts[path].replace("s3.amazonaws.com", "ec2.amazonaws.com")
    assert {(each.document, each.line) for each in setup.verify(texts).failures if each.cause == "F23"} == {(path, 7)}


def test_a_trust_policy_of_its_own_counts():
    """Beside a trust policy, get-role's answer says where the role stands alone, whichever is read first."""
    setup = SetUp()
    trust = json.dumps(setup.documents["trust"])
    texts = with_answer("role.json", setup)
    wrong = trust.replace("s3.amazonaws.com", "ec2.amazonaws.com")
    for files in (texts | {setup.paths["trust"]: wrong}, {setup.paths["trust"]: wrong} | texts):
        assert {each.document for each in setup.verify(files).failures} == {setup.paths["trust"]}
    assert setup.verify(texts | {setup.paths["trust"]: "\n"}).ok


def test_a_real_path():
    """A role under another path than the spec's is not the one that the documents name (F17, R15)."""
    setup = SetUp(path="/service-role/", **ACROSS)
    real = setup.role.replace("service-role/", "")
    report = setup.verify(with_answer("role.json", setup, Arn=real))
    (failed,) = report.failures
    assert (failed.cause, failed.document, report.works) == ("F17", "111122223333/iam/s3-replication/role.json", False)
    assert f": it is `{real}`: " in failed.detail


GUARD = "arn:aws:iam::111122223333:policy/Guard"


def test_a_boundary_without_its_document():
    """The boundary that get-role names may stop everything: that its document is not there is said."""
    setup = SetUp()
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": GUARD}
    texts = with_answer("role.json", setup, PermissionsBoundary=boundary)
    report = setup.verify(texts)
    (warning,) = report.warnings
    assert (warning.document, report.ok) == (setup.paths["boundary"], True)
    assert GUARD in warning.title
    texts[setup.paths["boundary"]] = json.dumps(policy(allow("*", "*")))
    assert setup.verify(texts).warnings == ()
    texts[setup.paths["boundary"]] = json.dumps(policy(allow("s3:*", "*")))
    assert {each.cause for each in setup.verify(texts).failures} == {"F18"}


def test_a_boundary_that_the_spec_asks_for():
    """The boundary of the spec is attached, or not: get-role says it."""
    setup = SetUp()
    text = SPEC.format(**setup.options).replace("path: /}", f"path: /, permissions_boundary: {GUARD}}}")
    texts = with_answer("role.json", setup) | {setup.paths["boundary"]: json.dumps(policy(allow("*", "*")))}
    (failed,) = pg.verify(load_spec_text(text, "spec.yaml"), texts).failures
    assert failed.detail == f"wants `{GUARD}`, has nothing; no mend is known"


# --- folders ----------------------------------------------------------------------------------------------------------


def written(folder, texts):
    """Write files below a folder."""
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_the_folder_is_named(tmp_path):
    """A file that is no JSON, or holds no policy, is named with its folder; a report says which folder was judged."""
    setup = SetUp()
    texts = setup.texts()
    spec = load_spec_text(SPEC.format(**setup.options), "spec.yaml")
    folder = written(tmp_path, texts)
    assert pg.verify(spec, folder).documents_from == str(folder)
    written(folder, {setup.paths["role"]: "{", setup.paths["source-versioning"]: "[]"})
    with pytest.raises(pg.DocumentError) as caught:
        pg.verify(spec, f"{folder}/")
    assert {str(each.place) for each in caught.value.problems} == {
        f"{folder}/{setup.paths['source-versioning']}:1:1",
        f"{folder}/{setup.paths['role']}:1:2",
    }


def test_a_folder_with_nothing_of_the_spec(tmp_path):
    """None of the expected files is one problem, whatever else lies there; one policy of the role is enough."""
    spec = load_spec_text(SPEC.format(**SetUp().options), "spec.yaml")
    written(tmp_path, {"other.json": "{}", "999988887777/s3/source/versioning.json": "{}"})
    with pytest.raises(pg.DocumentError) as caught:
        pg.verify(spec, tmp_path)
    (problem,) = caught.value.problems
    assert problem.code == "PG-V002"
    assert str(tmp_path) in problem.message
    written(tmp_path, {"111122223333/iam/s3-replication/Extra.json": json.dumps(policy(allow("s3:*", SOURCE)))})
    assert len(pg.verify(spec, tmp_path).failures) > 10
