"""Advice can be followed: what no request carries is not asked for, what stands in the way is said."""

import pytest

from policygen import Environment, PolicySet, Request
from policygen.evaluation import PrincipalPolicies, ResourcePolicies

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/ana"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/dev/bob"
SERVICE = "cloudtrail.amazonaws.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"
OBJECT = "arn:aws:s3:::b/k"
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/target"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALLOWED = ": the request is then allowed"


def document(*statements):
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def explained(statements, *, caller=USER, action="s3:PutObject", resource=OBJECT, context=None, of_resource=(), **more):
    """Return the explanation of a request under an identity-based policy, and one of the resource."""
    target = PolicySet(
        identity_based=[document(*statements)] if statements else [],
        resource_based=document(*of_resource) if of_resource else None,
        **more,
    )
    request = Request(
        principal=caller, action=action, resource=resource, resource_account=ACCOUNT, context=context or {}
    )
    return target.authorize(request).explain()


def where(**condition):
    """Return an Allow of everything with a condition."""
    return EVERYTHING | {"Sid": "S", "Condition": condition}


def deny(**condition):
    """Return a Deny of everything with a condition."""
    return {"Sid": "D", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}


def of_resource(**condition):
    """Return an Allow of a resource's policy for everybody, with a condition."""
    return {"Sid": "R", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}


KEYS = {
    "aws:PrincipalOrgID": ("`aws:SourceOrgID` or `aws:SourceAccount`", "`aws:SourceIp` or `aws:SourceVpce`"),
    "aws:PrincipalTag/x": ("`aws:SourceArn` or `aws:SourceAccount`", "`aws:SourceIp` or `aws:SourceVpce`"),
    "aws:PrincipalArn": ("`aws:SourceArn` or `aws:PrincipalServiceName`", "`aws:SourceIp` or `aws:SourceVpce`"),
    "aws:MultiFactorAuthPresent": ("`aws:SourceArn` or `aws:SourceAccount`", "`aws:SourceIp` or `aws:SourceVpce`"),
    "aws:username": ("`aws:SourceArn` or `aws:SourceAccount`", "`aws:SourceIp` or `aws:SourceVpce`"),
}


@pytest.mark.parametrize("key", KEYS)
def test_what_services_and_anonymous_callers_never_carry(key):
    """The policy has to ask for another key, and it is said for which."""
    callers = {SERVICE: "a service principal", "anonymous": "an anonymous caller"}
    for (caller, words), others in zip(callers.items(), KEYS[key], strict=True):
        (found,) = explained((), caller=caller, of_resource=[of_resource(StringEquals={key: "o-1"})]).suggestions
        assert (
            found == f"{words} never carries `{key}`: let `R` of resource-based policy #0 ask for {others} in its place"
        )


@pytest.mark.parametrize(
    ("caller", "key", "expected"),
    [
        (
            SESSION,
            "aws:username",
            (
                "a role session never carries `aws:username`: let `S` of identity-based policy #0 "
                "ask for `aws:userid` or `aws:PrincipalArn` in its place"
            ),
        ),
        (
            USER,
            "aws:SourceAccount",
            (
                "an IAM user never carries `aws:SourceAccount`: let `S` of identity-based policy "
                "#0 ask for `aws:PrincipalAccount` in its place"
            ),
        ),
        (
            USER,
            "aws:SourceArn",
            (
                "an IAM user never carries `aws:SourceArn`: let `S` of identity-based policy #0 ask "
                "for `aws:PrincipalArn` or `aws:PrincipalAccount` in its place"
            ),
        ),
        (USER, "ec2:Owner", "requests to s3 never carry `ec2:Owner`, and `S` of identity-based policy #0 asks for it"),
        (
            USER,
            "kms:ViaService",
            "requests of this kind to s3 never carry `kms:ViaService`, and `S` of identity-based policy #0 asks for it",
        ),
        (
            USER,
            "aws:Nothing",
            "`aws:Nothing` is no condition key that AWS knows, and `S` of identity-based policy #0 asks for it",
        ),
        (
            USER,
            "SecureTransport",
            "`SecureTransport` is no condition key that AWS knows, and `S` of identity-based policy #0 asks for it",
        ),
    ],
)
def test_what_others_never_carry(caller, key, expected):
    """Sessions, users, and keys of other services."""
    assert explained([where(StringEquals={key: "a"})], caller=caller).suggestions == (expected,)


def test_claims_go_with_a_session():
    """Keys of identity providers are carried to every service."""
    for key in ("saml:sub", "cognito-identity.amazonaws.com:sub"):
        found = explained([where(StringEquals={key: "a"})], caller=SESSION)
        assert found.suggestions == (f"add `{key}=a` to the request{ALLOWED}",)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (
            {"aws:SourceVpce": "vpce-1"},
            (
                "a request that is sent through a VPC endpoint never carries `aws:SourceIp`: "
                "let `D` of identity-based policy #0 ask for `aws:VpcSourceIp` or `aws:SourceVpce` beside it"
            ),
        ),
        (
            {"aws:ViaAWSService": "true"},
            (
                "a request that is sent by a service with the caller's credentials never "
                "carries `aws:SourceIp`: let `D` of identity-based policy #0 ask for Bool `aws:ViaAWSService` `false` "
                "beside it"
            ),
        ),
    ],
)
def test_an_address_that_never_arrives(context, expected):
    """On another way there is no aws:SourceIp."""
    found = explained([EVERYTHING, deny(NotIpAddress={"aws:SourceIp": "192.0.2.0/24"})], context=context)
    assert found.suggestions == (expected,)
    assert "`D`: Condition NotIpAddress aws:SourceIp: holds because the request does not have the key" in str(found)


def test_two_ways_at_once():
    """No request comes from the internet and through a VPC endpoint."""
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}}
    assert not explained([where(**condition)]).proposals
    assert not explained(
        [where(StringEquals={"aws:SourceVpce": "vpce-1"})], context={"aws:SourceIp": "192.0.2.1"}
    ).proposals


def test_what_is_always_sent_is_not_left_out():
    """A request without it does not exist."""
    (found,) = explained(
        [EVERYTHING, deny(StringLike={"aws:UserAgent": "*"})], context={"aws:UserAgent": "a"}
    ).suggestions
    assert found == "send a request that `D` of identity-based policy #0 does not cover: it looks at `aws:UserAgent`"


TAGS = {"action": "ec2:CreateTags", "resource": INSTANCE}
EVERY, ONE = "ForAllValues:StringEquals", "ForAnyValue:StringEquals"


@pytest.mark.parametrize(
    ("statements", "now", "expected"),
    [
        ([where(**{EVERY: {"aws:TagKeys": ["a", "b"]}})], ["a", "Owner"], "take `Owner` out of `aws:TagKeys`"),
        ([where(**{EVERY: {"aws:TagKeys": ["a"]}})], ["Owner"], "replace `aws:TagKeys=Owner` by `a`"),
        ([where(**{ONE: {"aws:TagKeys": ["a"]}})], ["b"], "add `a` to `aws:TagKeys`"),
        (
            [where(**{ONE: {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "false"}})],
            [],
            "add `aws:TagKeys=a` to the request",
        ),
        (
            [where(**{EVERY: {"aws:TagKeys": ["a", "b"]}, ONE: {"aws:TagKeys": ["a"]}})],
            ["b", "c", "d"],
            "take `c` and `d` out of `aws:TagKeys` and add `a` to it",
        ),
        (
            [EVERYTHING, deny(**{ONE: {"aws:TagKeys": ["x", "y"]}})],
            ["x", "y", "z"],
            "take `x` and `y` out of `aws:TagKeys`",
        ),
        ([EVERYTHING, deny(**{ONE: {"aws:TagKeys": ["x"]}})], ["x"], "leave `aws:TagKeys` out of the request"),
        ([EVERYTHING, deny(Null={"aws:TagKeys": "false"})], ["x"], "leave `aws:TagKeys` out of the request"),
    ],
)
def test_lists(statements, now, expected):
    """Of a list the values are named that must go or come."""
    assert explained(statements, context={"aws:TagKeys": now}, **TAGS).suggestions == (expected + ALLOWED,)


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        (
            {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
            {},
            "wants less than `3600`, the request does not have",
        ),
        (
            {"NumericLessThanEquals": {"s3:max-keys": "3"}},
            {"s3:max-keys": "4"},
            "wants at most `3`, the request has `4`",
        ),
        ({"DateGreaterThanEquals": {"aws:CurrentTime": "2027-01-01"}}, {}, "wants at the earliest `2027-01-01`"),
        (
            {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            {"aws:SourceIp": "10.1.1.1"},
            "anything but an address in `10.0",
        ),
        ({"Null": {"s3:prefix": "true"}}, {"s3:prefix": "a"}, "wants the key to be absent, the request has `a`"),
        (
            {EVERY: {"aws:TagKeys": ["a"]}},
            {"aws:TagKeys": ["a", "b"]},
            "wants every value to be `a`, the request has `a`, `b`; too many: `b`",
        ),
        ({EVERY: {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["b"]}, "wants every value to be `a`, the request has `b`\n"),
        ({ONE: {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["b"]}, "wants one value to be `a`, the request has `b`\n"),
        (
            {"StringEquals": {"s3:prefix": "a*"}},
            {"s3:prefix": "ab"},
            "StringEquals takes `*` literally: use StringLike",
        ),
        ({"StringLike": {"s3:prefix": "Ab"}}, {"s3:prefix": "ab"}, "`ab` and `Ab` differ in the case of letters only"),
        (
            {"StringEquals": {"s3:prefix": "${aws:username}"}},
            {"s3:prefix": "Ana"},
            "`${aws:username}` is `ana`; `Ana` and `ana` differ in the case of letters only",
        ),
        (
            {"StringEquals": {"s3:prefix": "${aws:TagKeys}"}},
            {"s3:prefix": "a"},
            "no value: a key of several values is no policy variable",
        ),
        (
            {"StringEquals": {"s3:prefix": "${aws:userid}"}},
            {"s3:prefix": "a", "aws:userid": ["a", "b"]},
            "`${aws:userid}` has no value: the request has several",
        ),
    ],
)
def test_what_a_condition_wants_in_words(condition, context, expected):
    """The relation is said, and what misses by little."""
    assert expected in str(explained([where(**condition)], context=context))


def test_literal_stars_of_a_deny():
    """A Deny that hits because its pattern is none says so, in JSON too."""
    found = explained([EVERYTHING, deny(StringNotEquals={"s3:prefix": "a*"})], context={"s3:prefix": "ab"})
    remark = "StringNotEquals takes `*` literally: use StringNotLike"
    assert f"`D`: Condition StringNotEquals s3:prefix: {remark}" in str(found)
    assert found.to_dict()["identity-based"]["statements"][1]["elements"][2]["remarks"] == [remark]
    edit = f"in `D` of identity-based policy #0 add `ab` to the values of StringNotEquals s3:prefix{ALLOWED}"
    assert found.suggestions == (edit,)


@pytest.mark.parametrize(
    ("caller", "resource", "expected"),
    [
        (
            SESSION,
            "arn:aws:s3:::b/${aws:username}/*",
            (
                "`S` of identity-based policy #0: `${aws:username}` has no value: a "
                "role session never carries `aws:username`; `${aws:userid}` or `${aws:PrincipalArn}` would have one"
            ),
        ),
        (
            USER,
            "arn:aws:s3:::b/${aws:SourceIdentity}/*",
            (
                "`S` of identity-based policy #0: `${aws:SourceIdentity}` has no value: an IAM user never carries "
                "`aws:SourceIdentity`; `${aws:PrincipalArn}` or `${aws:PrincipalAccount}` would have one"
            ),
        ),
        (
            USER,
            "arn:aws:s3:::b/${ec2:Owner}/*",
            "`S` of identity-based policy #0: `${ec2:owner}` has no value: requests to s3 never carry `ec2:owner`",
        ),
        (USER, "arn:aws:s3:::b/${aws:PrincipalTag/team}/*", f"add `aws:PrincipalTag/team=red` to the request{ALLOWED}"),
        (
            USER,
            "arn:aws:s3:::b/${aws:username}/*",
            f"in `S` of identity-based policy #0 add `arn:aws:s3:::b/red/x` to Resource{ALLOWED}",
        ),
    ],
)
def test_a_variable_without_a_value(caller, resource, expected):
    """It is the cause, and widening Resource is no advice."""
    statement = EVERYTHING | {"Sid": "S", "Resource": resource}
    assert explained([statement], caller=caller, resource="arn:aws:s3:::b/red/x").suggestions == (expected,)


def test_several_policy_types_at_once():
    """What several of them need is one proposal."""
    boundary = document(where(StringEquals={"aws:RequestedRegion": "eu-west-1"}))
    found = explained([where(Bool={"aws:SecureTransport": "true"})], permissions_boundary=boundary)
    expected = f"add `aws:SecureTransport=true`, `aws:RequestedRegion=eu-west-1` to the request{ALLOWED}"
    assert found.suggestions == (expected,)
    assert found.to_dict()["proposals"] == [
        {"changes": {"aws:SecureTransport": ["true"], "aws:RequestedRegion": ["eu-west-1"]}, "gives": "allowed"}
    ]


def test_a_deny_and_a_missing_allow_at_once():
    """Out of the Deny and into the Allow."""
    found = explained(
        [where(StringEquals={"aws:RequestedRegion": "eu-west-1"}), deny(Bool={"aws:SecureTransport": "false"})],
        context={"aws:SecureTransport": "false"},
    )
    expected = "add `aws:RequestedRegion=eu-west-1` to the request and replace `aws:SecureTransport=false` by `true`"
    assert found.suggestions == (expected + ALLOWED,)


@pytest.mark.parametrize(
    ("caller", "principal", "expected"),
    [
        (USER, {"AWS": "444455556666"}, f"add `{USER}` to Principal{ALLOWED}"),
        (SESSION, {"Service": SERVICE}, f"add `arn:aws:iam::{ACCOUNT}:role/dev` to Principal{ALLOWED}"),
        (SERVICE, {"Service": "s3.amazonaws.com"}, f"add `{SERVICE}` to Principal{ALLOWED}"),
    ],
)
def test_a_caller_that_is_not_named(caller, principal, expected):
    """It is added to Principal, under its kind."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"}
    found = explained((), caller=caller, of_resource=[statement]).suggestions
    assert found == (f"in `#0` of resource-based policy #0 {expected}",)


def test_nobody_is_told_to_name_everybody():
    """An anonymous caller is named by no value that is not everybody's."""
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:*", "Resource": "*"}
    (found,) = explained((), caller="anonymous", of_resource=[statement]).suggestions
    assert found == (
        f"`#0` of resource-based policy #0 does not apply: Principal: names `{ACCOUNT}`, the request has `anonymous`"
    )
    (found,) = explained(
        (), caller="anonymous", of_resource=[of_resource(StringEquals={"aws:userid": "a"})]
    ).suggestions
    assert "does not apply" in found


@pytest.mark.parametrize(
    ("statement", "context", "expected"),
    [
        (
            where(StringEquals={"aws:username": "bob"}),
            {},
            f"add `ana` to the values of StringEquals aws:username{ALLOWED}",
        ),
        (
            EVERYTHING
            | {"Sid": "S", "Resource": "arn:aws:s3:::c/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            {},
            f"add `{OBJECT}` to Resource, and add `aws:SecureTransport=true` to the request{ALLOWED}",
        ),
        (
            {
                "Sid": "S",
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": "arn:aws:s3:::c/*",
                "Condition": {"StringEquals": {"aws:username": "bob"}},
            },
            {},
            f"add `{OBJECT}` to Resource and add `ana` to the values of StringEquals aws:username{ALLOWED}",
        ),
    ],
)
def test_edits_of_an_allow(statement, context, expected):
    """What the caller cannot change is changed in the policy; both together where both are needed."""
    found = explained([statement], context=context)
    assert found.suggestions == (f"in `S` of identity-based policy #0 {expected}",)


def test_an_edit_that_is_not_enough():
    """No promise is made, and what denies then is named."""
    found = explained(
        [EVERYTHING | {"Resource": "arn:aws:s3:::c/*"}], permissions_boundary=document(EVERYTHING | {"Action": "sqs:*"})
    )
    assert found.suggestions == (
        (
            f"in `#0` of identity-based policy #0 add `{OBJECT}` to Resource; what then denies it: the permissions "
            "boundary does not allow s3:PutObject"
        ),
    )


def test_an_edit_of_a_deny():
    """A negated condition spares what is added to its values."""
    statement = deny(StringNotEquals={"aws:username": ["bob", "eve"]})
    found = explained([EVERYTHING, statement])
    expected = f"in `D` of identity-based policy #0 add `ana` to the values of StringNotEquals aws:username{ALLOWED}"
    assert found.suggestions == (expected,)
    (found,) = explained([EVERYTHING | {"Action": "sqs:*"}, statement]).suggestions
    assert found.endswith("it looks at `aws:username` (it spares `bob` or `eve`)")


def test_a_request_without_a_resource():
    """It is not said to let Resource cover everything."""
    (found,) = explained([EVERYTHING | {"Resource": OBJECT}], action="s3:ListAllMyBuckets", resource="*").suggestions
    assert found.startswith(
        "state the resource of s3:ListAllMyBuckets; if it takes none, allow it in a statement of its"
    )


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "s3:BucketTag/Team"])
def test_tags_that_no_condition_sees(key):
    """ABAC is off for the bucket, so its tags are no context."""
    target = Environment(
        principals={USER: PrincipalPolicies(identity_based=(document(where(StringEquals={key: "a"})),))},
        resources={"arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, tags=(("Team", "a"),))},
    )
    found = target.authorize(Request(principal=USER, action="s3:GetObject", resource=OBJECT)).explain()
    hidden = "bucket tags are not visible to policies: ABAC is off for the bucket"
    assert found.suggestions == (f"{hidden}: turn it on, or let `S` of identity-based policy #0 ask for another key",)
    assert f"the request does not have it; {hidden}" in str(found)


def test_the_search_ends():
    """Where no change is enough, it is given up after some, and none is proposed."""
    values = {"StringEquals": {key: [f"v{number}" for number in range(8)] for key in ("s3:prefix", "s3:delimiter")}}
    found = explained([where(**values)], permissions_boundary=document(EVERYTHING | {"Action": "sqs:*"}))
    assert not found.proposals


def test_further_actions():
    """What a call needs beside its own action is named, with the decision on each."""
    trust = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    found = explained(
        (),
        action="sts:AssumeRole",
        resource=ROLE,
        context={"aws:RequestTag/a": "b", "sts:SourceIdentity": "x"},
        of_resource=[trust],
    )
    assert found.to_dict()["further_actions"] == {"sts:SetSourceIdentity": "implicitDeny", "sts:TagSession": "allowed"}
    assert "needs sts:SetSourceIdentity too: implicitDeny" in str(found)
    assert found.suggestions == (f"in `#0` of resource-based policy #0 add `sts:SetSourceIdentity` to Action{ALLOWED}",)


def test_a_proposal_for_a_further_action():
    """It is tried on the call as a whole."""
    trust = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}
    tagging = trust | {"Action": "sts:TagSession", "Condition": {"StringEquals": {"aws:RequestTag/a": "c"}}}
    target = PolicySet(resource_based=document(trust, tagging))
    request = Request(principal=USER, action="sts:AssumeRole", resource=ROLE, context={"aws:RequestTag/a": "b"})
    (proposal,) = target.authorize(request).explain().proposals
    assert str(proposal) == f"replace `aws:RequestTag/a=b` by `c`{ALLOWED}"
    assert target.authorize(proposal.applied(request)).allowed
