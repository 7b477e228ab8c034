"""Explanations say what would change the answer, and a change of the request has been tried."""

import pytest

from policygen import PolicySet, Request

USER = "arn:aws:iam::111122223333:user/ana"
OBJECT = "arn:aws:s3:::b/k"
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
            "add `aws:SecureTransport=true` to the request: the request is then allowed",
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
            "add `s3:TlsVersion=1.2`, `aws:SourceIp=203.0.113.0` to the request: the request is then allowed",
        ),
        (
            [deny(Bool={"aws:SecureTransport": "false"})],
            {"aws:SecureTransport": "false"},
            "add `aws:SecureTransport=true` to the request: the request is then no longer denied explicitly",
        ),
        (
            [EVERYTHING, deny(Null={"aws:SourceVpce": "true"})],
            {},
            "send a request that `#1` of identity-based policy #0 does not cover: it looks at `aws:SourceVpce`",
        ),
        (
            [EVERYTHING, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}],
            {},
            "take the request out of `#1` of identity-based policy #0: it has no condition",
        ),
        (
            [EVERYTHING | {"Condition": {"StringLike": {"s3:prefix": "a/*"}, "Bool": {"aws:SecureTransport": "true"}}}],
            {},
            "add `s3:prefix=a/*`, `aws:SecureTransport=true` to the request: the request is then allowed",
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
            "give the request a value for `aws:SourceVpce`",
        ),
        (
            [EVERYTHING | {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/none}"}}}],
            {"aws:PrincipalTag/team": "a"},
            "give the request the value that `${aws:PrincipalTag/none}` refers to",
        ),
        ([EVERYTHING | {"Resource": "arn:aws:s3:::c/*"}], {}, "let Resource cover `arn:aws:s3:::b/k`"),
        (
            [EVERYTHING | {"Action": "s3:GetObject"}],
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
    assert suggestions(target) == ("allow s3:PutObject on arn:aws:s3:::b/k in the permissions boundary (now: P)",)


def test_what_is_suggested_was_tried():
    """A change that only looks right is not called enough: a second statement still denies."""
    always = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    found = suggestions(
        policies(EVERYTHING, deny(Bool={"aws:SecureTransport": "false"}), always), **{"aws:SecureTransport": "false"}
    )
    assert not any("is then" in each for each in found)
