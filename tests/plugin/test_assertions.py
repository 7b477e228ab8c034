"""policygen.testing: what may be asked, what a failure says, what is odd, and requests for parametrize."""

import json
import warnings

import pytest

import policygen as pg
from policygen import testing
from policygen.testing import PolicyTestWarning, assert_allowed, assert_denied, requests
from tests.conftest import ROOT

BOB = "arn:aws:iam::111122223333:user/bob"
KEY = "arn:aws:s3:::b/k"
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {
            "Sid": "DenyPlain",
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {"Sid": "DenyPut", "Effect": "Deny", "Action": "s3:Put*", "Resource": "*"},
    ],
}
OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}}
SAMPLE = ROOT / "samples" / "deny-unencrypted-uploads" / "spec.yaml"
UPLOAD = pg.Request(
    principal=BOB, action="s3:PutObject", resource="arn:aws:s3:::doc-example-bucket1/k", resource_account="111122223333"
)


def reading(principal=BOB, **context):
    """Return somebody's request for an object."""
    return pg.Request(principal=principal, action="s3:GetObject", resource=KEY, context=context)


def targets(folder):
    """Return what answers requests, in every form in which it may be given."""
    (folder / "policy.json").write_text(json.dumps(DOCUMENT))
    wrapped = {"PolicyDocument": DOCUMENT, "PolicyName": "p", "RoleName": "r"}
    (folder / "wrapped.json").write_text(json.dumps(wrapped))
    environment = {"version": 1, "principals": {BOB: {"identity_based": [DOCUMENT]}}}
    environment["resources"] = {"arn:aws:s3:::b": {"account": "111122223333"}}
    (folder / "account.json").write_text(json.dumps(environment))
    policies = pg.PolicySet(identity_based=[DOCUMENT])
    return {
        "policy set": policies,
        "engine": pg.compile(policies),
        "environment": pg.load_environment(folder / "account.json"),
        "values": DOCUMENT,
        "text": json.dumps(DOCUMENT),
        "parsed": pg.parse_policy(DOCUMENT),
        "several": [DOCUMENT, folder / "policy.json"],
        "file": folder / "policy.json",
        "file of the AWS CLI": folder / "wrapped.json",
        "environment's file": folder / "account.json",
    }


def test_whatever_answers_is_asked(tmp_path):
    """Policy sets, engines, environments, documents and files are asked alike."""
    for name, target in targets(tmp_path).items():
        assert assert_allowed(target, reading()).allowed, name
        assert not assert_denied(target, reading().with_action("s3:PutObject"), by="DenyPut").allowed, name


@pytest.mark.filterwarnings("ignore::policygen.testing.PolicyTestWarning")
def test_a_spec_is_asked():
    """A spec stands for what it generates, as it is and as a file; so does one of its documents for itself."""
    spec = pg.load_spec(SAMPLE)
    document = pg.generate(spec)["111122223333/s3/uploads/bucket-policy.json"]
    for target in (spec, SAMPLE, document):
        assert_denied(target, UPLOAD, by="DenyUnEncryptedObjectUploads")


def test_a_spec_generates_once():
    """Many requests are asked of what a spec has generated once."""
    spec = pg.load_spec(SAMPLE)
    assert testing.assertions._opened(spec) is testing.assertions._opened(spec)


def test_policies_with_a_principal_are_resource_based(tmp_path):
    """Of several policies those with a Principal are the resource's: an anonymous caller is let in by them alone."""
    assert_allowed([OPEN, DOCUMENT], reading("anonymous"))
    with pytest.raises(AssertionError, match="expected allowed, got implicitDeny"):
        assert_allowed([DOCUMENT], reading("anonymous"))


@pytest.mark.filterwarnings("ignore::policygen.testing.PolicyTestWarning")
def test_a_folder_is_asked(tmp_path):
    """A folder is what was read of accounts."""
    role = {
        "Role": {
            "Path": "/",
            "RoleName": "app",
            "Arn": "arn:aws:iam::111122223333:role/app",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        }
    }
    (tmp_path / "role.json").write_text(json.dumps(role))
    policy = {"RoleName": "app", "PolicyName": "p", "PolicyDocument": DOCUMENT}
    (tmp_path / "role-policy.json").write_text(json.dumps(policy))
    app = pg.Request(principal="arn:aws:iam::111122223333:role/app", action="s3:PutObject", resource=KEY)
    assert_denied(tmp_path, app, by="DenyPut")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (5, "policy #0: PG-D004 a policy document is JSON text or a JSON object"),
        ("policy.json", "policy #0: PG-D001 `policy.json` is the name of a file, not a policy"),
        ([{}, {"Statement": 5}], "policy #0: PG-D005 the Statement element is missing"),
    ],
)
def test_what_cannot_be_asked(target, says):
    """What answers no requests is refused, with what to give."""
    with pytest.raises(pg.PolicygenError) as error:
        assert_denied(target, reading())
    assert str(error.value).startswith(says)


def test_a_bundle_is_refused():
    """All documents of a spec together know no roles: the spec is what is asked."""
    with pytest.raises(
        pg.ArgumentError, match="PG-A002 generated documents know nothing of roles and buckets\n  hint: "
    ):
        assert_denied(pg.generate(pg.load_spec(SAMPLE)), reading())


def failure(assertion, *arguments, **named):
    """Return the lines of a failure."""
    with pytest.raises(AssertionError) as error:
        assertion(*arguments, **named)
    return str(error.value).splitlines()


def test_a_denial_that_did_not_come():
    """Where a denial was expected, the nearest Deny is shown with the one element that did not match."""
    lines = failure(assert_denied, DOCUMENT, reading(**{"aws:SecureTransport": "true"}))
    assert lines[:4] == [
        "expected denied, got allowed by `Read` of policy #0",
        "  `DenyPlain` of policy #0 does not apply",
        "    Condition Bool aws:SecureTransport: wants `false`, the request has `true`",
        "ALLOWED: the identity-based policy allows s3:GetObject",
    ]


def test_a_denial_by_another_statement():
    """Where another statement denied, the one that was expected is shown with what keeps it from applying."""
    put = reading(**{"aws:SecureTransport": "false"}).with_action("s3:PutObject")
    lines = failure(assert_denied, DOCUMENT, put, by="Read")
    assert lines[:3] == [
        "expected a denial by `Read`, got explicitDeny by `DenyPlain` of policy #0, `DenyPut` of policy #0",
        "  `Read` of policy #0 does not apply",
        "    Action: names `s3:Get*`, the request has `s3:PutObject`",
    ]


def test_a_statement_that_does_not_exist():
    """A Sid that no statement has is said, with the nearest, or with what there is."""
    put = reading().with_action("s3:PutObject")
    assert failure(assert_denied, DOCUMENT, put, by="DenyPutt")[1] == (
        "  no statement here is called `DenyPutt`; did you mean `DenyPut`?"
    )
    assert failure(assert_denied, DOCUMENT, put, by="X")[1] == (
        "  no statement here is called `X`; there are `Read`, `DenyPlain`, `DenyPut`"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert failure(assert_denied, pg.PolicySet(), put, by="X")[1] == (
            "  no statement here is called `X`; there is none"
        )


def test_many_statements_that_decided():
    """Of many statements that decided the first three are named."""
    denies = [{"Sid": f"No{each}", "Effect": "Deny", "Action": "*", "Resource": "*"} for each in range(5)]
    (first, *_) = failure(assert_allowed, {"Statement": denies}, reading())
    named = ", ".join(f"`No{each}` of policy #0" for each in range(3))
    assert first == f"expected allowed, got explicitDeny by {named} and 2 more"


def test_failures_are_fit_for_a_terminal():
    """Nothing that a policy says acts on the terminal that shows a failure."""
    odd = {"Statement": {"Sid": "a\x1b[31m", "Effect": "Deny", "Action": "*", "Resource": "*"}}
    (first, *_) = failure(assert_allowed, odd, reading())
    assert first == "expected allowed, got explicitDeny by `a\\u001b[31m` of policy #0"


ODD = "UNKNOWN_ACTION `s3:GetObjekt` is not an action of s3; did you mean `s3:GetObject`?"


def test_what_is_odd_is_a_warning():
    """An odd request that meets the expectation is a warning at the line of the assertion."""
    for assertion, target in ((assert_allowed, [OPEN]), (assert_denied, pg.compile(pg.PolicySet(resource_based=DENY)))):
        with pytest.warns(PolicyTestWarning) as found:
            assertion(target, reading().with_action("s3:GetObjekt"))
        assert [(str(each.message), each.filename) for each in found] == [(ODD, __file__)]


DENY = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}


def test_what_is_odd_about_a_failure():
    """What is odd about a request stands at the end of its failure, and is no warning beside it."""
    assert failure(assert_denied, OPEN, reading().with_action("s3:GetObjekt"))[-1] == f"  warning: {ODD}"


def test_requests_are_every_combination():
    """Principals first, then actions, then resources; each once, by a name without partition and account."""
    found = requests(
        principals=[BOB, {"arn": "arn:aws:iam::111122223333:role/app", "tags": {"team": "a"}}],
        actions=["s3:GetObject", "s3:PutObject", "s3:GetObject"],
        resources=(KEY,),
        resource_account="111122223333",
        context={"aws:SecureTransport": "true"},
    )
    assert [each.id for each in found] == [
        "user/bob-s3:GetObject-b/k",
        "user/bob-s3:PutObject-b/k",
        "role/app-s3:GetObject-b/k",
        "role/app-s3:PutObject-b/k",
    ]
    (last,) = found[-1].values
    assert last.principal.tags == (("team", "a"),)
    assert (last.action, last.resource_account) == ("s3:PutObject", "111122223333")
    assert last.context["aws:securetransport"].values == ("true",)


@pytest.mark.parametrize(
    ("principals", "names"),
    [
        (["arn:aws:iam::111122223333:user/a", "arn:aws:iam::444455556666:user/b"], ["user/a", "user/b"]),
        (
            ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::444455556666:user/a"],
            ["111122223333:user/a", "444455556666:user/a"],
        ),
        (["s3.amazonaws.com", "anonymous"], ["s3.amazonaws.com", "anonymous"]),
        (
            ["arn:aws:iam::111122223333:user/a", "arn:aws-cn:iam::111122223333:user/a"],
            ["arn:aws:iam::111122223333:user/a", "arn:aws-cn:iam::111122223333:user/a"],
        ),
    ],
)
def test_names_are_as_short_as_they_tell_apart(principals, names):
    """A name has as much of the ARN as tells it from the others."""
    found = requests(principals=principals, actions="sts:GetCallerIdentity")
    assert [each.id for each in found] == [f"{name}-sts:GetCallerIdentity-*" for name in names]


def test_requests_that_are_none():
    """Every problem of every combination is told, each once."""
    with pytest.raises(pg.RequestError) as error:
        requests(principals=["bob", BOB], actions=["s3GetObject", "s3:PutObject"], resources=KEY)
    assert [(each.code, each.message) for each in error.value.problems] == [
        ("PG-R001", "`bob` is not a valid principal"),
        ("PG-R003", "`s3GetObject` is not a valid action"),
    ]
