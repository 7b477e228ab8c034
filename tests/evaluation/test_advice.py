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


@pytest.mark.parametrize(
    ("action", "key", "carried"),
    [
        ("s3:GetObject", "s3:prefix", False),
        ("s3:ListBucket", "s3:prefix", True),
        ("s3:GetObject", "s3:RequestObjectTag/team", False),
        ("s3:PutObject", "s3:RequestObjectTag/team", True),
        ("s3:DeleteObject", "s3:x-amz-acl", False),
        ("s3:GetObject", "s3:ExistingObjectTag/team", True),
        ("iam:GetRole", "iam:PassedToService", False),
    ],
)
def test_keys_that_few_actions_carry(action, key, carried):
    """A condition on a key that other actions of the service carry waits in vain: nobody is told to state it."""
    found = explained([where(StringEquals={key: "a"})], action=action)
    assert bool(found.proposals) is carried
    never = f"requests for {action} never carry `{key}`, and `S` of identity-based policy #0 asks for it"
    assert found.suggestions == ((f"add `{key}=a` to the request{ALLOWED}",) if carried else (never,))


def test_claims_go_with_a_session():
    """Keys of identity providers are carried to every service, by sessions and sign-ins alone."""
    for key in ("saml:sub", "cognito-identity.amazonaws.com:sub"):
        found = explained([where(StringEquals={key: "a"})], caller=SESSION)
        assert found.suggestions == (f"add `{key}=a` to the request{ALLOWED}",)
        (never,) = explained([where(StringEquals={key: "a"})]).suggestions
        assert never.startswith(f"an IAM user never carries `{key}`")


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
    words = "spares an address in `192.0.2.0/24`; holds because the request does not have the key"
    assert f"`D`: Condition NotIpAddress aws:SourceIp: {words}" in str(found)


@pytest.mark.parametrize("key", ["aws:SourceVpce", "aws:SourceIp"])
def test_services_come_through_no_endpoint(key):
    """S32: a Deny by the way of a request hits services, which take none: they are to be spared as such."""
    opened = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "*", "Resource": "*"}
    operator, value = ("NotIpAddress", "192.0.2.0/24") if key == "aws:SourceIp" else ("StringNotEquals", "vpce-1")
    guard = deny(**{operator: {key: value}}) | {"Principal": "*"}
    (found,) = explained((), caller=SERVICE, of_resource=[opened, guard]).suggestions
    words = "let `D` of resource-based policy #0 ask for Bool `aws:PrincipalIsAWSService` `false` beside it"
    assert found == f"a service principal never carries `{key}`: {words}"


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
            {"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "3"}},
            {"aws:MultiFactorAuthAge": "4"},
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
    assert f"`D`: Condition StringNotEquals s3:prefix: spares `a*`; {remark}" in str(found)
    assert found.to_dict()["identity-based"]["statements"][1]["elements"][2]["remarks"] == [remark]
    edit = (
        f"in `D` of identity-based policy #0 write StringNotLike in place of StringNotEquals for `s3:prefix`{ALLOWED}"
    )
    assert found.suggestions == (edit,)


def test_literal_stars_of_an_allow():
    """The other operator takes the place of the one; said where the request lacks the key, too."""
    statement = where(**{"ForAnyValue:StringEquals": {"aws:TagKeys": ["a*", "b"]}, "StringLike": {"s3:prefix": "x"}})
    found = explained([statement], context={"aws:TagKeys": ["ab"], "s3:prefix": "x"})
    operators = "ForAnyValue:StringLike in place of ForAnyValue:StringEquals"
    assert "add `b` to `aws:TagKeys`" in found.suggestions[0]
    only = where(**{"ForAnyValue:StringEquals": {"aws:TagKeys": "a*"}, "StringEquals": {"s3:prefix": "x"}})
    found = explained([only], context={"aws:TagKeys": ["ab"], "s3:prefix": "x"})
    assert found.suggestions == (f"in `S` of identity-based policy #0 write {operators} for `aws:TagKeys`{ALLOWED}",)
    other = {"aws:PrincipalTag/x": "y"}
    found = explained([where(StringEquals={"s3:if-match": "a*"} | other)], context={"s3:if-match": "ab"} | other)
    edit = "write StringLike in place of StringEquals for `s3:if-match`"
    assert found.suggestions == (f"in `S` of identity-based policy #0 {edit}{ALLOWED}",)
    absent = explained([where(StringEquals={"s3:prefix": "a*"})])
    assert "the request does not have it; StringEquals takes `*` literally: use StringLike" in str(absent)


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        (
            {
                "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
                "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:30:00Z"},
            },
            {},
            "add `aws:CurrentTime=2026-01-01T00:15:00Z` to the request",
        ),
        (
            {
                "NumericGreaterThan": {"aws:MultiFactorAuthAge": "10"},
                "NumericLessThan": {"aws:MultiFactorAuthAge": "10.5"},
            },
            {"aws:MultiFactorAuthAge": "9"},
            "replace `aws:MultiFactorAuthAge=9` by `10.25`",
        ),
        (
            {
                "NumericGreaterThan": {"aws:MultiFactorAuthAge": "10"},
                "NumericLessThan": {"aws:MultiFactorAuthAge": "14"},
            },
            {"aws:MultiFactorAuthAge": "9"},
            "replace `aws:MultiFactorAuthAge=9` by `11`",
        ),
        (
            {"Null": {"s3:x-amz-server-side-encryption": "false"}},
            {},
            "add `s3:x-amz-server-side-encryption=aws:kms` to the request",
        ),
        (
            {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
            {"s3:x-amz-server-side-encryption": "aws:kms"},
            "replace `s3:x-amz-server-side-encryption=aws:kms` by `AES256`",
        ),
        (
            {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}, "Null": {"aws:SourceVpce": "false"}},
            {},
            "add `aws:SourceVpce=vpce-5e6f7a8b` to the request",
        ),
        (
            {"Null": {"aws:SourceVpc": "false", "aws:PrincipalOrgID": "false"}},
            {},
            "add `aws:SourceVpc=vpc-1a2b3c4d`, `aws:PrincipalOrgID=o-a1b2c3d4e5` to the request",
        ),
    ],
)
def test_possible_values(condition, context, expected):
    """What is proposed lies inside narrow ranges, and is a value that the key can have."""
    assert explained([where(**condition)], context=context).suggestions == (expected + ALLOWED,)


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        (
            {"StringEquals": {"aws:RequestTag/env": "dev"}, "Null": {"aws:TagKeys": "false"}},
            {},
            "add `aws:RequestTag/env=dev`, `aws:TagKeys=env` to the request",
        ),
        (
            {"StringEquals": {"aws:RequestTag/env": "dev"}},
            {"aws:TagKeys": ["team"], "aws:RequestTag/team": "a"},
            "add `aws:RequestTag/env=dev` to the request and add `env` to `aws:TagKeys`",
        ),
        (
            {"ForAllValues:StringEquals": {"aws:TagKeys": "env"}},
            {"aws:TagKeys": ["env", "Owner"], "aws:RequestTag/env": "dev", "aws:RequestTag/owner": "me"},
            "take `Owner` out of `aws:TagKeys` and leave `aws:RequestTag/owner` out of the request",
        ),
        (
            {"StringEquals": {"s3:RequestObjectTag/env": "dev"}, "Null": {"s3:RequestObjectTagKeys": "false"}},
            {},
            "add `s3:RequestObjectTag/env=dev`, `s3:RequestObjectTagKeys=env` to the request",
        ),
    ],
)
def test_tags_and_their_names(condition, context, expected):
    """A request has both: whoever changes the one changes the other."""
    assert explained([where(**condition)], context=context).suggestions == (expected + ALLOWED,)


def test_paths_in_an_organization():
    """They are made of ids: a root behind the organization, units below it."""
    paths = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}
    found = explained([where(**paths)])
    assert found.suggestions == (f"add `aws:PrincipalOrgPaths=o-a1b2c3d4e5/r-ab12/` to the request{ALLOWED}",)
    paths = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}
    assert "=o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`" in explained([where(**paths)]).suggestions[0]


def test_a_key_and_its_variable_are_both_absent():
    """They are given one value together."""
    same = {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}
    pairs = "`aws:ResourceOrgID=o-a1b2c3d4e5`, `aws:PrincipalOrgID=o-a1b2c3d4e5`"
    assert explained([where(StringEquals=same)]).suggestions == (f"add {pairs} to the request{ALLOWED}",)


def test_many_keys_and_many_values():
    """All keys that fail are changed at once, and the value is found that no other condition refuses."""
    tags = {f"aws:PrincipalTag/t{number}": "x" for number in range(9)}
    pairs = ", ".join(f"`{key}=x`" for key in tags)
    assert explained([where(StringEquals=tags)]).suggestions == (f"add {pairs} to the request{ALLOWED}",)
    values = [f"v{number}" for number in range(40)]
    most = where(StringEquals={"s3:if-match": values}, StringNotEquals={"s3:if-match": values[:-1]})
    assert explained([most]).suggestions == (f"add `s3:if-match=v39` to the request{ALLOWED}",)


def test_a_value_of_another_case_keeps_what_the_pattern_leaves_open():
    """Where the case of letters alone misses a pattern, the request's own value is written as the pattern has it."""
    only = where(StringLike={"aws:PrincipalTag/sub": ["repo:other/*", "repo:acme/app:*"]})
    found = explained([only], context={"aws:PrincipalTag/sub": "repo:Acme/app:ref:main"})
    value = "repo:acme/app:ref:main"
    assert found.suggestions == (f"replace `aws:PrincipalTag/sub=repo:Acme/app:ref:main` by `{value}`{ALLOWED}",)


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ({"StringEquals": {"s3:x-amz-server-side-encryption": "AWS:KMS"}}, "s3:x-amz-server-side-encryption"),
        ({"NumericGreaterThan": {"s3:TlsVersion": "1.3"}}, "s3:TlsVersion"),
    ],
)
def test_values_that_no_request_has(condition, key):
    """No value of a closed set is invented."""
    found = explained([where(**condition)])
    assert not found.proposals
    assert f"{key}: wants" in found.suggestions[0]


def test_the_region_of_a_resource():
    """A request on a resource in one Region asks no other, so only the policy can help."""
    guard = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    regions = {"StringNotEquals": {"aws:RequestedRegion": ["us-west-2", "eu-west-1"]}}
    target = INSTANCE.replace("us-east-1", "eu-west-1")
    found = explained([EVERYTHING, guard | {"Condition": regions}], action="ec2:RunInstances", resource=target)
    assert found.suggestions == (f"add `aws:RequestedRegion=eu-west-1` to the request{ALLOWED}",)
    found = explained([EVERYTHING, guard | {"Condition": regions}], action="ec2:RunInstances", resource=INSTANCE)
    assert not found.proposals
    words = "spares `us-west-2` or `eu-west-1`; holds because the request does not have the key"
    assert f"`#1`: Condition StringNotEquals aws:RequestedRegion: {words}" in str(found)


def test_the_id_of_a_session():
    """It ends in the session's name, whatever a pattern would let through; unknown, it is to be stated."""
    only = where(StringLike={"aws:userid": ["AROAEXAMPLE:*", "AIDAEXAMPLE"]})
    found = explained([only], caller=SESSION)
    assert found.suggestions == (f"add `aws:userid=AROAEXAMPLE:bob` to the request{ALLOWED}",)
    unknown = explained([EVERYTHING | {"Resource": "arn:aws:s3:::b/${aws:userid}/*"}], caller=SESSION)
    assert "the caller's unique id is not known: state `unique_id` with the principal" in unknown.suggestions[0]


def test_the_value_of_a_variable():
    """It is said where the element matches, too, and why a Deny by NotResource hits without one."""
    home = EVERYTHING | {"Sid": "H", "Resource": ["arn:aws:s3:::c", "arn:aws:s3:::b/${aws:username}*"]}
    found = explained([home], resource="arn:aws:s3:::b/ana")
    assert "`H`: Resource: `${aws:username}` is `ana`" in str(found)
    tagged = where(StringEquals={"aws:ResourceTag/owner": "${aws:username}"})
    found = explained([tagged], context={"aws:ResourceTag/owner": "ana"})
    assert "`S`: Condition StringEquals aws:ResourceTag/owner: `${aws:username}` is `ana`" in str(found)
    others = {"Sid": "D", "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b/${aws:username}"}
    found = explained([EVERYTHING, others], caller=SESSION)
    spared = "spares `arn:aws:s3:::b/${aws:username}`"
    assert f"`D`: NotResource: {spared}; `${{aws:username}}` has no value: a role session never carries" in str(found)
    assert found.suggestions[0].startswith("`D` of identity-based policy #0: `${aws:username}` has no value: ")


def test_letters_of_another_case():
    """Resources, ARNs in conditions and principals say that nothing but the case differs."""
    found = explained([EVERYTHING | {"Resource": "arn:aws:s3:::B/*"}])
    assert "`arn:aws:s3:::b/k` and `arn:aws:s3:::B/*` differ in the case of letters only" in str(found)
    found = explained([EVERYTHING | {"Resource": "arn:aws:s3:::B/${aws:username}"}], resource="arn:aws:s3:::b/ana")
    assert "`arn:aws:s3:::b/ana` and `arn:aws:s3:::B/ana` differ in the case of letters only" in str(found)
    role = f"arn:aws:iam::{ACCOUNT}:role/Dev"
    found = explained([where(ArnLike={"aws:PrincipalArn": role})], caller=SESSION)
    assert f"`{role.replace('Dev', 'dev')}` and `{role}` differ in the case of letters only" in str(found)
    trusting = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "*", "Resource": "*"}
    found = explained((), caller=SESSION, of_resource=[trusting])
    assert f"`{role.replace('Dev', 'dev')}` and `{role}` differ in the case of letters only" in str(found)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (
            f"arn:aws:iam::{ACCOUNT}:role/team/dev",
            "is a role of this name under another path: state the session's role if it is that one",
        ),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/team/dev/bob", "names nobody: the ARN of a session has no path"),
    ],
)
def test_a_deny_that_misses_by_a_path(principal, expected):
    """The ARN of a session does not tell the path of its role: a Deny for a role with a path may be meant for it."""
    against = {"Sid": "D", "Effect": "Deny", "Principal": {"AWS": principal}, "Action": "*", "Resource": "*"}
    found = str(explained([EVERYTHING], caller=SESSION, of_resource=[against]))
    assert found.startswith("ALLOWED: the identity-based policy allows ")
    assert f"`D`: this Deny does not apply: Principal: names `{principal}`, the request has `{SESSION}`" in found
    assert f"`{principal}` {expected}" in found
    by_condition = explained([EVERYTHING, deny(ArnEquals={"aws:PrincipalArn": principal})], caller=SESSION)
    assert f"`{principal}` {expected}" in str(by_condition)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"NotAction": ["iam:*", "sts:*"], "Resource": "*"}, "`D`: NotAction: spares `iam:*` or `sts:*`"),
        ({"Action": "*", "NotResource": "arn:aws:s3:::c/*"}, "`D`: NotResource: spares `arn:aws:s3:::c/*`"),
    ],
)
def test_what_a_deny_spares(statement, expected):
    """Its Not forms are named like negated conditions."""
    assert expected in str(explained([EVERYTHING, {"Sid": "D", "Effect": "Deny", **statement}]))


def test_a_deny_that_is_far_from_applying():
    """A Deny that more than one element keeps away, or an element without a remark, is passed over in silence."""
    other = deny(StringEquals={"s3:prefix": "a*"}) | {"Action": "sqs:*"}
    assert "does not apply" not in str(explained([EVERYTHING, other, deny(Bool={"aws:SecureTransport": "false"})]))


def test_a_statement_without_principal():
    """RCPs, endpoint policies and resource-based policies have none without: it is said where one stands there."""
    words = "`#0`: it has no Principal: AWS refuses such a statement here, and it has no effect"
    against = document({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert words in str(explained([EVERYTHING], resource_control=[[against]]))
    assert words in str(explained([EVERYTHING], vpc_endpoint=document(EVERYTHING)))
    assert words in str(explained([EVERYTHING], of_resource=[EVERYTHING]))


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


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "s3:BucketTag/Team", "aws:ResourceTag/other"])
def test_tags_that_no_condition_sees(key):
    """ABAC is off for the bucket, so its tags are no context, and giving it another one helps nobody."""
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
    boundary = document(EVERYTHING | {"Action": "sqs:*"})
    found = explained([where(**values)], action="s3:ListBucket", permissions_boundary=boundary)
    assert not found.proposals


def test_conditions_that_contradict_each_other():
    """No value of the key meets both, so no other key is changed either."""
    both = {"StringEquals": {"s3:if-match": "a"}, "StringNotEquals": {"s3:if-match": "a"}}
    found = explained([where(**both, Bool={"aws:SecureTransport": "true"})])
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


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        (
            "lambda:InvokeFunctionUrl",
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
            {},
            {"lambda:InvokeFunction": "implicitDeny"},
        ),
        (
            "s3:PutObject",
            OBJECT,
            {"s3:RequestObjectTag/a": "b", "s3:x-amz-acl": "private", "s3:object-lock-mode": "GOVERNANCE"},
            dict.fromkeys(("s3:PutObjectTagging", "s3:PutObjectAcl", "s3:PutObjectRetention"), "implicitDeny"),
        ),
        ("ec2:RunInstances", INSTANCE, {"aws:RequestTag/a": "b"}, {"ec2:CreateTags": "implicitDeny"}),
        ("ec2:CreateTags", INSTANCE, {"aws:RequestTag/a": "b"}, {}),
        ("ec2:DescribeInstances", INSTANCE, {"aws:TagKeys": "a"}, {}),
        ("iam:CreateRole", ROLE, {"aws:TagKeys": ["a"]}, {"iam:TagRole": "implicitDeny"}),
        ("iam:TagRole", ROLE, {"aws:TagKeys": ["a"]}, {}),
        (
            "sns:CreateTopic",
            f"arn:aws:sns:us-east-1:{ACCOUNT}:t",
            {"aws:TagKeys": "a"},
            {"sns:TagResource": "implicitDeny"},
        ),
        ("s3:PutReplicationConfiguration", "arn:aws:s3:::b", {}, {"iam:PassRole": None}),
        ("s3:GetObject", OBJECT, {}, {}),
    ],
)
def test_what_one_call_needs(action, resource, context, expected):
    """E282, E283, E284: the further actions of one call are named, and do not change the verdict on its own."""
    found = explained([EVERYTHING | {"Action": action}], action=action, resource=resource, context=context)
    assert found.decision.value == "allowed"
    assert found.to_dict().get("further_actions", {}) == expected
    if "iam:PassRole" in expected:
        words = "needs iam:PassRole on the role that is passed too: not judged, for the request does not name it"
        assert words in str(found)


@pytest.mark.parametrize(
    ("action", "further", "condition"),
    [
        ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction", {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
        ("ec2:RunInstances", "ec2:CreateTags", {"StringEquals": {"ec2:CreateAction": "RunInstances"}}),
    ],
)
def test_a_further_action_is_told_from_a_call_of_its_own(action, further, condition):
    """AWS sends a key by which policies allow it beside the first action only."""
    statements = [EVERYTHING | {"Action": action}, EVERYTHING | {"Action": further, "Condition": condition}]
    context = {"aws:RequestTag/a": "b"} if action == "ec2:RunInstances" else {}
    found = explained(statements, action=action, resource=INSTANCE, context=context)
    assert found.to_dict()["further_actions"] == {further: "allowed"}


KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("policies", "action", "expected"),
    [
        ([document(EVERYTHING | {"Principal": {"AWS": ACCOUNT}})], "s3:GetObject", {"kms:Decrypt": "allowed"}),
        ([document(EVERYTHING | {"Principal": {"AWS": ACCOUNT}})], "s3:PutObject", {"kms:GenerateDataKey": "allowed"}),
        ([document(EVERYTHING | {"Principal": {"AWS": ROLE}})], "s3:GetObjectVersion", {"kms:Decrypt": "implicitDeny"}),
        ([], "s3:GetObject", {"kms:Decrypt": None}),
        ([], "s3:DeleteObject", None),
    ],
)
def test_objects_under_a_kms_key(policies, action, expected):
    """E285: what S3 asks of the key for the caller is judged by the key's policy, where that is known."""
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": OBJECT}}
    own = document(EVERYTHING | {"Action": "s3:*"}, EVERYTHING | {"Action": "kms:*", "Condition": via})
    held = Environment(
        principals={USER: PrincipalPolicies(identity_based=(own,))},
        resources={
            "arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, default_encryption=("aws:kms", KEY)),
            KEY: ResourcePolicies(resource_based=tuple(policies)),
        },
    )
    found = held.authorize(Request(principal=USER, action=action, resource=OBJECT)).explain()
    assert found.to_dict().get("further_actions") == expected
    if expected == {"kms:Decrypt": None}:
        assert f"needs kms:Decrypt on {KEY} too: not judged, for its policies are not here" in str(found)
