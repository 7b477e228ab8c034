"""Block Public Access of an account, and of its organization, beside the bucket's own (N4)."""

import pytest

import policygen as pg
from policygen.errors import ArgumentError, RequestError
from policygen.evaluation import AccountPolicies, ResourcePolicies

OWNER, STRANGER = "111122223333", "arn:aws:iam::444455556666:user/eve"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"},
}
ON, OFF = {"RestrictPublicBuckets": True}, {"RestrictPublicBuckets": False}


def judged(bucket, account, s3_policy, principal="anonymous"):
    """Return the decision on a read of a public bucket; the engine says the same."""
    target = pg.Environment(
        principals={},
        resources={BUCKET: ResourcePolicies(account=OWNER, resource_based=(PUBLIC,), block_public_access=bucket)},
        accounts={OWNER: AccountPolicies(block_public_access=account, s3_policy=s3_policy)},
    )
    request = pg.Request(principal=principal, action="s3:GetObject", resource=f"{BUCKET}/k")
    decision = target.authorize(request)
    assert {pg.compile(target).authorize(request).decision for _ in range(3)} == {decision.decision}
    return decision


@pytest.mark.parametrize(
    ("bucket", "account", "s3_policy", "allowed"),
    [
        ({}, {}, None, True),
        (ON, {}, None, False),
        ({}, ON, None, False),
        (OFF, ON, None, False),
        (OFF, {}, "all", False),
        ({}, ON, "none", True),
        (ON, {}, "none", False),
        ({}, {}, "none", True),
    ],
)
def test_the_organization_stands_above_the_account_and_both_beside_the_bucket(bucket, account, s3_policy, allowed):
    """Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3.html."""
    assert judged(bucket, account, s3_policy).allowed is allowed


def test_a_foreign_caller_is_kept_out_by_block_public_access():
    """An organization's `all` beside a bucket whose setting is off: an implicit deny that names the cause."""
    decision = judged(OFF, {}, "all", "anonymous")
    assert decision.decision.value == "implicitDeny"
    assert decision.explain().because.startswith("RestrictPublicBuckets: the bucket policy is public")


@pytest.mark.parametrize(
    ("bucket", "account", "s3_policy", "words"),
    [
        (ON, {}, None, "or turn the setting off"),
        ({}, ON, None, "or turn the setting of the account off"),
        ({}, ON, "all", "or turn the setting of the organization off"),
        (ON, ON, None, "or turn the setting off"),
    ],
)
def test_the_remedy_says_whose_setting_it_is(bucket, account, s3_policy, words):
    """What the bucket sets itself is the bucket's, whatever stands above it."""
    assert judged(bucket, account, s3_policy).explain().suggestions[0].endswith(words)


def test_settings_that_are_none_are_refused():
    """Another word than all and none, and another setting than the four."""
    with pytest.raises(ArgumentError, match="`some` is not what an S3 policy"):
        AccountPolicies(s3_policy="some")
    with pytest.raises(RequestError, match="`BlockEverything` is not a Block Public Access setting"):
        AccountPolicies(block_public_access={"BlockEverything": True})


def test_only_members_have_the_policies_of_the_organization():
    """An account that is not in the list of members is outside, whatever the environment holds of it."""
    nothing = ((),)
    user = f"arn:aws:iam::{OWNER}:root"
    request = pg.Request(principal=user, action="s3:ListBucket", resource=BUCKET)
    resources = {BUCKET: ResourcePolicies(account=OWNER)}
    for members, allowed in ((None, False), (frozenset({OWNER}), False), (frozenset(), True)):
        target = pg.Environment(principals={}, resources=resources, service_control=nothing, members=members)
        assert target.authorize(request).allowed is allowed
        assert pg.compile(target).authorize(request).allowed is allowed
