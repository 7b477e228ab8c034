"""Mends: the narrowest edits that were tried, on set-ups in which more than one change comes to mind."""

import json

import pytest

import policygen as pg
from policygen.document.write import thaw
from policygen.spec.load import load_spec_text
from policygen.verification import Edit, mended_texts
from policygen.verification.edits import EditOp, edited, labels
from tests.verification import mended
from tests.verification.breaking import OF_POLICIES, broken
from tests.verification.setups import (
    ACROSS,
    CONTEXT,
    EAST,
    REPLICA,
    ROLE,
    SOURCE,
    SOURCE_KEY,
    VIA,
    WEST,
    SetUp,
    allow,
    deny,
    load,
    policy,
    through,
)

OUTSIDER = {"AWS": "arn:aws:iam::999988887777:root"}
SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def mends_of(setup):
    """Return a broken set-up's mends as ``op``, name of the document, statement; after them everything holds."""
    report = setup.verify()
    assert not report.ok
    assert setup.verify(mended_texts(setup.texts(), report.mends)).ok
    names = {path: name for name, path in setup.paths.items()}
    return [(each.op.value, names[each.document], each.statement) for each in report.mends], report


def replaced(before, after):
    """Return what differs between the leaves of two statements."""
    return {json.dumps(each) for each in leaves(thaw(before))} ^ {json.dumps(each) for each in leaves(thaw(after))}


def leaves(value, at=()):
    """Yield every text of a JSON value, with where it stands but for its place in a list."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*at, name))
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, at)
    else:
        yield (*at, value)


def test_a_statement_with_two_jobs_is_cut_in_two():
    """One statement for both keys keeps one of them, and the other gets a statement under its own name."""
    setup = SetUp()
    both = ["kms:Decrypt", "kms:Encrypt"]
    setup.statements("role")[3:5] = [allow(both, [SOURCE_KEY, setup.replica_key])]
    mends, report = mends_of(setup)
    assert mends == [("replace", "role", "#3"), ("add", "role", None)]
    assert report.mends[1].value["Sid"] in ("DecryptSourceObjects", "EncryptReplicasInReplica")
    assert all(check.mends == (0, 1) for check in report.failures if check.statement == "#3" and check.request)


def test_a_statement_of_administrators_is_left_alone():
    """What is missing is added: the one statement that is there, for somebody else, stays as it is."""
    setup = SetUp(iam="false")
    setup.statements("source-key").pop(1)
    mends, report = mends_of(setup)
    assert mends == [("add", "source-key", None)]
    assert report.mends[0].value["Principal"] == {"AWS": ROLE}


def test_what_is_right_already_is_not_written_anew():
    """Of a statement only the element that fails is changed: its other words stay, though we would choose others."""
    setup = SetUp()
    condition = {"StringEquals": {VIA: [WEST]}, "ArnLike": {CONTEXT: f"{SOURCE}/*"}}
    setup.statements("role")[3]["Condition"] = condition
    mends, report = mends_of(setup)
    assert mends == [("replace", "role", "#3")]
    value = thaw(report.mends[0].value)
    assert value["Condition"] == {"ArnLike": {CONTEXT: f"{SOURCE}/*"}, "StringLike": {VIA: EAST}}


def test_what_works_is_not_dropped():
    """A statement that lacks an action keeps those that it has, as long as nobody says that they are too many."""
    setup = SetUp()
    setup.statements("role")[4]["Action"] = ["kms:DescribeKey"]
    assert "DescribeKey" not in str([check.detail for check in setup.verify().failures if check.kind.value == "excess"])
    mends, report = mends_of(setup)
    assert mends == [("replace", "role", "#4")]
    assert report.mends[0].value["Action"] == ["kms:DescribeKey", "kms:Encrypt"]


def test_an_outsider_goes():
    """A statement for somebody whom the spec does not know is taken away; who is let in beside the role goes alone."""
    setup = SetUp(**ACROSS)
    setup.statements("replica-policy").append(allow("s3:GetObject", f"{REPLICA}/*", None, OUTSIDER))
    assert mends_of(setup)[0] == [("remove", "replica-policy", "#1")]
    setup.statements("replica-policy").pop()
    setup.statements("replica-policy")[0]["Principal"] = {"AWS": [setup.role, OUTSIDER["AWS"]]}
    mends, report = mends_of(setup)
    assert mends == [("replace", "replica-policy", "#0")]
    gone = json.dumps(["Principal", "AWS", OUTSIDER["AWS"]])
    assert replaced(report.mends[0].before, report.mends[0].value) == {gone}


def test_a_policy_of_which_nothing_is_wanted_goes_whole():
    """A further policy that gives nothing that is asked for is no policy without statements: it is taken away."""
    setup = SetUp()
    setup.documents["more"] = policy(allow("*", "*"))
    mends, report = mends_of(setup)
    assert mends == [("remove", "more", None)]
    assert setup.paths["more"] not in mended_texts(setup.texts(), report.mends)


def test_a_hollow_guard_is_filled():
    """A guard that denies a few actions only denies all of them again, and nothing else changes."""
    setup = SetUp(tls="true")
    guard = pg.generate(load(tls="true"))[setup.paths["replica-policy"]].value
    setup.documents["replica-policy"] = thaw(guard)
    setup.statements("replica-policy")[0]["Action"] = ["s3:PutObject", "s3:GetObject"]
    mends, report = mends_of(setup)
    assert mends == [("replace", "replica-policy", "DenyInsecureTransport")]
    assert report.mends[0].value["Action"] == "s3:*"


def test_a_deny_on_the_bare_id_of_a_key_names_its_arn():
    """The Deny goes on denying other keys, to the role as well: it is not spared."""
    setup = SetUp()
    bare = setup.replica_key.rpartition("/")[2]
    refusal = deny("s3:ReplicateObject", f"{REPLICA}/*", {"StringNotEquals": {SSE_KEY: bare}})
    setup.documents["replica-policy"] = policy(refusal)
    mends, report = mends_of(setup)
    assert mends == [("replace", "replica-policy", "#0")]
    assert thaw(report.mends[0].value["Condition"]) == {"StringNotEquals": {SSE_KEY: setup.replica_key}}


def test_a_boundary_is_widened_at_once():
    """All that a boundary is silent about is mended together, and in its own list of actions."""
    setup = SetUp()
    setup.documents["boundary"] = policy(allow("s3:GetObject*", "*"))
    mends, report = mends_of(setup)
    assert mends == [("replace", "boundary", "#0")]
    assert {"kms:Decrypt", "kms:Encrypt", "s3:ReplicateObject"} <= set(report.mends[0].value["Action"])


def test_a_deny_in_the_role_s_own_policy():
    """It loses the action that must work; there is nobody else whom it could deny."""
    setup = SetUp()
    setup.statements("role").append(deny(["s3:ReplicateObject", "s3:DeleteObject"], "*", principal=None))
    mends, report = mends_of(setup)
    assert mends == [("replace", "role", "#5")]
    assert report.mends[0].value["Action"] == ["s3:DeleteObject"]


def test_two_sides_are_mended_at_once():
    """Where role and key policy both lack something, one run names both."""
    setup = SetUp(**ACROSS)
    setup.statements("role").pop(4)
    setup.statements("replica-key").pop(1)
    assert mends_of(setup)[0] == [("add", "role", None), ("add", "replica-key", None)]


def test_settings_and_configurations_are_replaced_whole():
    """The value is the whole document: a rule's other words stay, and so do a bucket's."""
    setup = SetUp()
    setup.rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] = SOURCE_KEY
    setup.rule["ID"] = "of-terraform"
    mends, report = mends_of(setup)
    assert mends == [("replace", "configuration", None)]
    value = thaw(report.mends[0].value)
    assert value["Rules"][0]["ID"] == "of-terraform"
    assert value["Rules"][0]["Destination"]["EncryptionConfiguration"] == {"ReplicaKmsKeyID": setup.replica_key}


def test_bucket_keys_are_not_switched_off():
    """Where a bucket has a Bucket Key that the spec does not know, the policies follow it; of the bucket no mend is."""
    spec = load()
    texts = {path: each.to_json() for path, each in pg.generate(spec).items()}
    path = "111122223333/s3/replica/encryption.json"
    texts[path] = texts[path].replace('"BucketKeyEnabled": false', '"BucketKeyEnabled": true')
    report = pg.verify(spec, texts)
    assert {each.document for each in report.mends} == {"111122223333/iam/s3-replication/permissions-policy.json"}
    after = pg.verify(spec, mended_texts(texts, report.mends))
    assert after.works
    (left,) = after.failures
    assert (left.document, left.mends) == (path, ())
    assert left.detail.endswith("write `bucket_key: true` into the spec; no mend is known")


ORGANIZATION = """
version: 1
accounts: {prod: "111122223333"}
organization: {id: o-a1b2c3d4e5, service_control: [[scp.json]]}
buckets: {b: {name: acme-logs, account: prod, region: us-east-1, tls_only: false, readers: [role/Reader]}}
"""


def test_a_guard_gets_the_organization():
    """A guard of one's own for another organization gets the spec's beside it."""
    spec = load_spec_text(ORGANIZATION.replace(", service_control: [[scp.json]]", ""), "spec.yaml")
    path = "111122223333/s3/b/bucket-policy.json"
    texts = {each: value.to_json() for each, value in pg.generate(spec).items()}
    written = json.loads(texts[path])
    everything = ["arn:aws:s3:::acme-logs", "arn:aws:s3:::acme-logs/*"]
    written["Statement"].append(deny("s3:*", everything, {"StringNotEquals": {"aws:PrincipalOrgID": "o-z9y8x7w6v5"}}))
    texts[path] = json.dumps(written)
    report = pg.verify(spec, texts)
    (mend,) = report.mends
    assert mend.value["Condition"]["StringNotEquals"]["aws:PrincipalOrgID"] == ["o-z9y8x7w6v5", "o-a1b2c3d4e5"]
    assert pg.verify(spec, mended_texts(texts, report.mends)).ok


def test_a_deny_of_everything_to_everybody_goes():
    """A Deny that spares nobody and no wanted one is like is no guard: nobody could do anything, the account itself."""
    setup = SetUp(tls="true")
    setup.documents["replica-policy"] = thaw(pg.generate(load(tls="true"))[setup.paths["replica-policy"]].value)
    refusal = {"Effect": "Deny", "Principal": "*", "NotAction": "iam:*", "Resource": [REPLICA, f"{REPLICA}/*"]}
    setup.statements("replica-policy").append(refusal)
    assert mends_of(setup)[0] == [("remove", "replica-policy", "#1")]


def test_an_scp_is_not_weakened(tmp_path):
    """It belongs to the organization: the check names it, and says that no mend is known."""
    scp = policy(allow("*", "*"), deny("s3:GetObject", "*", principal=None))
    (tmp_path / "scp.json").write_text(json.dumps(scp), encoding="utf-8")
    (tmp_path / "spec.yaml").write_text(ORGANIZATION, encoding="utf-8")
    report = pg.verify(pg.load_spec(tmp_path / "spec.yaml"))
    assert report.mends == ()
    details = {check.detail for check in report.failures if check.kind.value == "must-allow"}
    assert details
    assert all("; no mend is known: `" in each and each.endswith("` is no document of the spec's") for each in details)


NO_ID = """
version: 1
accounts: {prod: "111122223333"}
keys:
  one: {type: single-region, account: prod, region: us-east-1, administrators: [role/Admin]}
  other: {type: single-region, account: prod, region: us-east-1, administrators: [role/Admin]}
buckets:
  a: {name: acme-a, account: prod, region: us-east-1, encryption: {sse: "aws:kms", key: one}, readers: [role/Reader]}
  b: {name: acme-b, account: prod, region: us-east-1, encryption: {sse: "aws:kms", key: other}, readers: [role/Reader]}
"""


def test_no_placeholder_into_a_live_document():
    """Where nobody knows the id of a key, nothing is advised that would hold a text in its place."""
    spec = load_spec_text(NO_ID, "spec.yaml")
    texts = {path: each.to_json() for path, each in pg.generate(spec).items()}
    live = {path: text for path, text in texts.items() if "KEY-ID-OF-" not in text}
    report = pg.verify(spec, live)
    assert not report.ok
    assert "KEY-ID-OF-" not in json.dumps([each.to_dict() for each in report.mends])


def test_a_policy_that_aws_would_not_take_is_no_mend():
    """What is missing does not fit into a bucket policy of 20 KB: nothing is printed that AWS would refuse."""
    setup = SetUp(**ACROSS)
    names = [f"arn:aws:iam::111122223333:role/guest-{number:04}" for number in range(450)]
    guests = deny("s3:DeleteBucket", REPLICA, None, {"AWS": names})
    setup.documents["replica-policy"] = policy(guests)
    report = setup.verify()
    assert report.mends == ()
    failed = [check for check in report.failures if check.document == setup.paths["replica-policy"]]
    assert failed
    assert all("no mend is known" in check.detail for check in failed)
    setup.statements("replica-policy")[0]["Principal"]["AWS"] = names[:400]
    assert mends_of(setup)[0] == [("add", "replica-policy", None)]


def test_mends_are_in_the_json_to_the_letter():
    """A mend is document, statement, op and value; a check names its mends by their numbers, an empty list included."""
    setup = SetUp()
    removed = setup.statements("role").pop(3)
    value = setup.verify().to_dict()
    (mend,) = value["mends"]
    assert mend["value"].pop("Sid") == "DecryptSourceObjects"
    assert mend["value"] == removed
    assert (mend["document"], mend["statement"], mend["op"]) == (setup.paths["role"], None, "add")
    assert all(isinstance(check["mends"], list) and "fix" not in check for check in value["checks"])
    assert {number for check in value["checks"] for number in check["mends"]} == {0}


def edit(op, statement=None, value=None):
    """Return an edit."""
    return Edit(document="p", statement=statement, op=op, value=value)


FIRST, SECOND, THIRD = ({"Sid": each, "Effect": "Deny", "Action": each} for each in ("a", "b", "a"))


def test_labels_of_statements_that_share_a_name():
    """A Sid that two statements have names neither of them."""
    assert labels([FIRST, SECOND, THIRD, {"Effect": "Deny"}]) == ["#0", "b", "#2", "#3"]


EDITS = {
    "replace": ([edit(EditOp.REPLACE, "b", FIRST)], [FIRST, FIRST, THIRD]),
    "remove": ([edit(EditOp.REMOVE, "#2"), edit(EditOp.REMOVE, "#0")], [SECOND]),
    "add": ([edit(EditOp.ADD, None, SECOND)], [FIRST, SECOND, THIRD, SECOND]),
    "all three": (
        [edit(EditOp.REPLACE, "#2", SECOND), edit(EditOp.REMOVE, "#0"), edit(EditOp.ADD, None, THIRD)],
        [SECOND, SECOND, THIRD],
    ),
}


@pytest.mark.parametrize(("edits", "wanted"), EDITS.values(), ids=EDITS)
def test_edits_of_a_policy(edits, wanted):
    """Labels are those of the policy as it was."""
    assert edited(policy(FIRST, SECOND, THIRD), edits) == policy(*wanted)


def test_edits_of_other_documents():
    """A policy that is not there is made; one statement stays one; other documents are whole, or gone."""
    added = edit(EditOp.ADD, None, FIRST)
    assert edited(None, [added]) == policy(FIRST)
    single = {"Version": "2012-10-17", "Id": "x", "Statement": FIRST}
    assert edited(single, [edit(EditOp.REPLACE, "a", SECOND)]) == {**single, "Statement": SECOND}
    assert edited(single, [added]) == {**single, "Statement": [FIRST, FIRST]}
    assert edited({"Status": "Suspended"}, [edit(EditOp.REPLACE, None, {"Status": "Enabled"})]) == {"Status": "Enabled"}
    assert edited(policy(FIRST), [edit(EditOp.REMOVE)]) is None


WRAPPERS = {
    "get-bucket-policy": lambda document: {"Policy": json.dumps(document)},
    "get-key-policy": lambda document: {"Policy": json.dumps(document), "PolicyName": "default"},
    "get-role-policy": lambda document: {"RoleName": "r", "PolicyDocument": document},
    "get-policy-version": lambda document: {"PolicyVersion": {"Document": document, "VersionId": "v1"}},
    "get-role": lambda document: {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": document}},
    "the document": lambda document: document,
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_wrappers_stay(wrap):
    """A policy inside an answer of the AWS CLI is changed there, as a text where it was one, and indented as it was."""
    text = "\ufeff" + json.dumps(wrap(policy(FIRST)), indent=2)
    found = mended_texts({"p": text, "q": "as it was"}, [edit(EditOp.REPLACE, "a", SECOND)])
    assert found["p"] == json.dumps(wrap(policy(SECOND)), indent=2) + "\n"
    assert found["q"] == "as it was"


def test_a_file_that_is_empty_or_missing_is_made():
    """Where the AWS CLI printed nothing there is no policy; a mend makes one."""
    for texts in ({"p": "\n"}, {}):
        assert json.loads(mended_texts(texts, [edit(EditOp.ADD, None, FIRST)])["p"]) == policy(FIRST)


@pytest.mark.parametrize("seed", range(12))
def test_samples_that_are_broken_at_random(seed):
    """All mends of a run together mend it, or a check says that no mend is known (see ``mended`` for many more)."""
    path = mended.SAMPLES[seed % len(mended.SAMPLES)]
    spec = pg.load_spec(path)
    texts = {each: value.to_json() for each, value in pg.generate(spec).items() if each != "manifest.json"}
    found, told = broken(texts, f"{path.parent.name} {seed}")
    kind, left = mended.outcome(mended.Judge(spec), found)
    assert kind in ("mended", "held", "no mend is known"), (told, left)


def test_every_way_to_break_a_policy_breaks_one():
    """None of the ways leaves every policy of a sample as it is."""
    import random

    spec = pg.load_spec(next(path for path in mended.SAMPLES if path.parent.name == "cross-account"))
    policies = [thaw(each.value) for each in pg.generate(spec).values() if "Statement" in each.value]
    for change in OF_POLICIES:
        changed = json.loads(json.dumps(policies))
        for document in changed:
            change(random.Random(1), document)
        assert changed != policies, change.__name__


def test_what_follows_the_other_statement_is_kept():
    """The F4 of one key and the F2 of the other are mended by one run, each in its own statement."""
    setup = SetUp(bucket_key="true")
    setup.statements("role")[3]["Condition"] = through(EAST, f"{SOURCE}/*")
    setup.statements("role")[4]["Condition"] = through(EAST, REPLICA)
    mends, report = mends_of(setup)
    assert mends == [("replace", "role", "#3"), ("replace", "role", "#4")]
    assert {check.mends for check in report.failures if check.statement == "#3"} == {(0,)}
    assert {check.mends for check in report.failures if check.statement == "#4"} == {(1,)}
