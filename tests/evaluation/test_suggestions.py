"""Explanations say what would change the answer, and a change of the request has been tried."""

import pytest

from policygen import PolicySet, Request

USER = "arn:aws:iam::111122223333:user/ana"
OBJECT = "arn:aws:s3:::b/k"
HERE = "`#0` of identity-based policy #0"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policies(*statements, **more):
    """Return a policy set with one identity-based policy."""
    return PolicySet(identity_based=[{"Version": "2012-10-17", "Statement": list(statements)}], **more)


def suggestions(target, action="s3:PutObject", **context):
    """Return the suggestions of a decision."""
    request = Request(principal=USER, action=action, resource=OBJECT, resource_account="111122223333", context=context)
    return target.authorize(request).explain().suggestions


def deny(**condition):
    """Return a Deny of everything with a condition."""
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}


@pytest.mark.parametrize(
    ("statements", "context", "expected"),
    [
        (
            [EVERYTHING, deny(Bool={"aws:SecureTransport": "false"})],
            {"aws:SecureTransport": "false"},
            "replace `aws:SecureTransport=false` by `true`: the request is then allowed",
        ),
        (
            [EVERYTHING, deny(StringNotEquals={"aws:SourceVpce": "vpce-1"})],
            {},
            "add `aws:SourceVpce=vpce-1` to the request: the request is then allowed",
        ),
        (
            [EVERYTHING, deny(StringEquals={"aws:SourceVpce": "vpce-1"})],
            {"aws:SourceVpce": "vpce-1"},
            "leave `aws:SourceVpce` out of the request: the request is then allowed",
        ),
        (
            [
                EVERYTHING,
                deny(NumericLessThan={"s3:TlsVersion": "1.2"}),
                deny(NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}),
            ],
            {"s3:TlsVersion": "1.1", "aws:SourceIp": "198.51.100.1"},
            (
                "replace `s3:TlsVersion=1.1` by `1.2` and replace `aws:SourceIp=198.51.100.1` by `203.0.113.1`: "
                "the request is then allowed"
            ),
        ),
        (
            [
                EVERYTHING,
                deny(NumericLessThan={"s3:TlsVersion": "1.2"}),
                deny(NumericLessThan={"S3:TLSVersion": "1.3"}),
            ],
            {"s3:tlsVersion": "1.1"},
            "replace `s3:TlsVersion=1.1` by `1.3`: the request is then allowed",
        ),
        (
            [deny(Bool={"aws:SecureTransport": "false"})],
            {"aws:SecureTransport": "false"},
            "replace `aws:SecureTransport=false` by `true`: the request is then no longer denied explicitly",
        ),
        (
            [EVERYTHING, deny(Null={"aws:SourceVpce": "true"})],
            {},
            "add `aws:SourceVpce=vpce-1a2b3c4d` to the request: the request is then allowed",
        ),
        (
            [EVERYTHING, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}],
            {},
            "take the request out of `#1` of identity-based policy #0: it has no condition",
        ),
        (
            [
                EVERYTHING
                | {"Condition": {"StringLike": {"s3:if-match": "a/*"}, "Bool": {"aws:SecureTransport": "true"}}}
            ],
            {},
            "add `s3:if-match=a/x`, `aws:SecureTransport=true` to the request: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}],
            {"aws:SourceVpce": "vpce-1"},
            "leave `aws:SourceVpce` out of the request: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Condition": {"Null": {"aws:SourceVpce": "true"}}}],
            {"aws:SourceVpce": "vpce-1"},
            "leave `aws:SourceVpce` out of the request: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Condition": {"Null": {"aws:SourceVpce": "false"}}}],
            {},
            "add `aws:SourceVpce=vpce-1a2b3c4d` to the request: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/none}"}}}],
            {"aws:PrincipalTag/team": "a"},
            "add `aws:PrincipalTag/none=a` to the request: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Resource": "arn:aws:s3:::c/*"}],
            {},
            f"in {HERE} add `arn:aws:s3:::b/k` to Resource: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Action": "s3:GetObject"}],
            {},
            f"in {HERE} add `s3:PutObject` to Action: the request is then allowed",
        ),
        (
            [EVERYTHING | {"Action": "sqs:SendMessage"}],
            {},
            "allow s3:PutObject on arn:aws:s3:::b/k in the identity-based policy (now: identity-based policy #0)",
        ),
    ],
)
def test_suggestions(statements, context, expected):
    """One sentence says what to change."""
    assert suggestions(policies(*statements), **context) == (expected,)


def test_an_allowed_request_has_no_suggestion():
    """Nothing needs to change."""
    assert suggestions(policies(EVERYTHING)) == ()


def test_a_boundary_that_does_not_allow():
    """The policy that stands in the way is named."""
    boundary = {"name": "P", "document": {"Version": "2012-10-17", "Statement": [EVERYTHING | {"Action": "s3:Get*"}]}}
    target = policies(EVERYTHING, permissions_boundary=boundary)
    assert suggestions(target) == ("in `#0` of P add `s3:PutObject` to Action: the request is then allowed",)


def test_what_is_suggested_was_tried():
    """A change that only looks right is not called enough: a second statement still denies."""
    always = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    found = suggestions(
        policies(EVERYTHING, deny(Bool={"aws:SecureTransport": "false"}), always), **{"aws:SecureTransport": "false"}
    )
    assert not any("is then" in each for each in found)


KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GRANT = {"Name": "g", "GranteePrincipal": USER, "Operations": ["Decrypt"]}


@pytest.mark.parametrize(
    ("grant", "context", "reason", "expected"),
    [
        (
            {"Constraints": {"EncryptionContextEquals": {"app": "b"}}},
            {"kms:EncryptionContext:app": "b", "kms:EncryptionContext:team": "a"},
            "constraint_not_met",
            "meet the constraint of the grant: EncryptionContextEquals app=b",
        ),
        (
            {"Constraints": {"EncryptionContextSubset": {"app": "b"}, "SourceArn": "arn:aws:s3:::b"}},
            {"kms:EncryptionContext:app": "b"},
            "constraint_not_met",
            "meet the constraint of the grant: EncryptionContextSubset app=b, SourceArn arn:aws:s3:::b",
        ),
        (
            {"KeyId": KEY.replace("us-east-1", "us-west-1")},
            {},
            "grant_of_another_key",
            f"let KeyId cover `{KEY}`",
        ),
        (
            {"GranteePrincipal": "arn:aws:iam::111122223333:user/eve"},
            {},
            "grantee_is_another",
            f"let GranteePrincipal cover `{USER}`",
        ),
        ({"Operations": ["Encrypt"]}, {}, "operation_not_granted", f"allow kms:Decrypt on {KEY} in the key policy"),
    ],
)
def test_a_grant_that_does_not_allow(grant, context, reason, expected):
    """The part of a grant that stands in the way is named."""
    request = Request(principal=USER, action="kms:Decrypt", resource=KEY, context=context)
    explanation = PolicySet(grants=[GRANT | grant]).authorize(request).explain()
    assert [each.reason for each in explanation.nearest.failed] == [reason]
    assert explanation.suggestions == (expected,)
    traced = explanation.to_dict()["grant"]
    assert traced["outcome"] == "implicitDeny"
    assert [each["reason"] for each in traced["statements"][0]["elements"] if not each["matched"]] == [reason]


def test_a_grant_that_allows():
    """Every part of it matches."""
    explanation = PolicySet(grants=[GRANT]).authorize(Request(principal=USER, action="kms:Decrypt", resource=KEY))
    grant = explanation.explain().to_dict()["grant"]
    assert grant["outcome"] == "allowed"
    assert all(each["matched"] for each in grant["statements"][0]["elements"])


PUBLIC = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", OBJECT]}
NAMED = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", OBJECT, "limit what is public to fixed values (`Open`), or turn the setting off"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::b", "call it as a principal of account 111122223333"),
        ("kms:PutKeyPolicy", KEY, "call it as a principal of account 111122223333"),
    ],
)
def test_what_no_policy_can_allow(action, resource, expected):
    """Where no Allow helps, none is suggested."""
    other = "arn:aws:iam::444455556666:user/ana"
    request = Request(principal=other, action=action, resource=resource, resource_account="111122223333")
    target = policies(
        EVERYTHING,
        resource_based={"Version": "2012-10-17", "Statement": [NAMED, PUBLIC]},
        settings={"block_public_access": {"RestrictPublicBuckets": True}},
    )
    explanation = target.authorize(request).explain()
    assert explanation.suggestions == (expected,)
    assert explanation.nearest is None


def test_another_partition():
    """Nothing in the policies helps a principal of another partition (E41)."""
    request = Request(principal="arn:aws-cn:iam::111122223333:user/ana", action="s3:GetObject", resource=OBJECT)
    explanation = policies(EVERYTHING).authorize(request).explain()
    assert explanation.suggestions == ("call it as a principal of partition `aws`",)


def test_a_public_bucket_that_does_not_name_the_caller():
    """RestrictPublicBuckets is the reason only where the policy would have allowed."""
    target = policies(
        EVERYTHING,
        resource_based={"Version": "2012-10-17", "Statement": [PUBLIC]},
        settings={"block_public_access": {"RestrictPublicBuckets": True}},
    )
    request = Request(
        principal="anonymous", action="s3:GetObject", resource="arn:aws:s3:::b/l", resource_account="111122223333"
    )
    assert target.authorize(request).explain().because == "no resource-based policy allows s3:GetObject"


def test_the_level_of_scps_that_allows_nothing():
    """Of service control policies the level that has to change is named, and its policies alone."""
    every = {"Version": "2012-10-17", "Statement": [EVERYTHING]}
    reads = {"name": "Reads", "document": {"Version": "2012-10-17", "Statement": [EVERYTHING | {"Action": "sqs:*"}]}}
    target = policies(EVERYTHING, service_control=[[every], [reads]])
    assert suggestions(target) == (
        "allow s3:PutObject on arn:aws:s3:::b/k in the service control policy of level 1 (now: Reads)",
    )


def test_a_deny_with_not_principal():
    """It says why the Deny hits, and how AWS would write it."""
    statement = {"Sid": "N", "Effect": "Deny", "NotPrincipal": {"AWS": USER}, "Action": "*", "Resource": "*"}
    target = policies(EVERYTHING, resource_based={"Version": "2012-10-17", "Statement": [statement]})
    (found,) = suggestions(target)
    assert found.startswith("write `N` of resource-based policy #0 with Principal `*` and ArnNotEquals")
