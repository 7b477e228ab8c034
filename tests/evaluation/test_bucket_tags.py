"""Tags of buckets reach conditions only where attribute-based access control is on (S49)."""

import pytest

import policygen as pg
from policygen.evaluation import PrincipalPolicies, ResourcePolicies

ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


def environment(effect, key, *, abac):
    """Return an environment whose user may do, or may not do, what a bucket's tag says."""
    tagged = {"Effect": effect, "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {key: "alpha"}}}
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    statements = [tagged] if effect == "Allow" else [tagged, allow]
    return pg.Environment(
        principals={BOB: PrincipalPolicies(identity_based=({"Version": "2012-10-17", "Statement": statements},))},
        resources={BUCKET: ResourcePolicies(account=ACCOUNT, tags=(("project", "alpha"),), abac=abac)},
    )


@pytest.mark.parametrize("key", ["aws:ResourceTag/project", "s3:BucketTag/project"])
@pytest.mark.parametrize(
    ("effect", "abac", "expected"),
    [
        ("Allow", False, "implicitDeny"),
        ("Allow", True, "allowed"),
        ("Deny", False, "allowed"),
        ("Deny", True, "explicitDeny"),
    ],
)
@pytest.mark.parametrize(
    ("action", "resource"),
    [("s3:GetBucketPolicy", BUCKET), ("s3:PutBucketPolicy", BUCKET), ("s3:GetObject", f"{BUCKET}/k")],
)
def test_a_tag_counts_where_abac_is_on(key, effect, abac, expected, action, resource):
    """Off, no condition sees the tag, under neither key; on, both carry it. The engine says the same."""
    target = environment(effect, key, abac=abac)
    request = pg.Request(principal=BOB, action=action, resource=resource)
    engine = pg.compile(target)
    assert target.authorize(request).decision.value == expected
    assert {engine.authorize(request).decision.value for _ in range(3)} == {expected}


def test_tags_of_other_resources_are_always_seen():
    """A key's tags, and those of an access point, need no such switch."""
    point = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/team"
    for resource, action in ((point, "s3:GetAccessPoint"), (f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", "kms:Decrypt")):
        target = pg.Environment(principals={}, resources={resource: ResourcePolicies(tags=(("project", "alpha"),))})
        context = target.completed(pg.Request(principal=BOB, action=action, resource=resource)).context
        assert context["aws:resourcetag/project"].values == ("alpha",)


@pytest.mark.parametrize(
    ("action", "abac", "expected"),
    [
        ("s3:PutBucketTagging", True, "implicitDeny"),
        ("s3:DeleteBucketTagging", True, "implicitDeny"),
        ("s3:PutBucketTagging", False, "allowed"),
        ("s3:TagResource", True, "allowed"),
    ],
)
def test_tags_are_changed_by_other_calls_once_abac_is_on(action, abac, expected):
    """S3 then refuses the old calls, whatever the policies say. The engine says the same."""
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    target = pg.Environment(
        principals={BOB: PrincipalPolicies(identity_based=(everything,))},
        resources={BUCKET: ResourcePolicies(account=ACCOUNT, abac=abac)},
    )
    request = pg.Request(principal=BOB, action=action, resource=BUCKET)
    engine = pg.compile(target)
    assert target.authorize(request).decision.value == expected
    assert {engine.authorize(request).decision.value for _ in range(3)} == {expected}
