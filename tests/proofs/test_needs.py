"""What a proof must know of requests so that it neither misses nor invents one: a test for each need."""

from __future__ import annotations

from typing import Any

import pytest

from policygen.catalog import KnownCalls, reference_warnings
from policygen.document import parse_policy
from policygen.proofs import Diff, Kind, compare
from policygen.proofs.reference import NOTHING_KNOWN

OWN = "111122223333"
BUCKET, OBJECTS = "arn:aws:s3:::data", "arn:aws:s3:::data/*"
KEYS = "arn:aws:kms:*:*:key/*"


def allow(action: Any = "s3:GetObject", resource: Any = OBJECTS, when: Any = None, **more: Any) -> dict[str, Any]:
    """An Allow; ``when`` is its Condition."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": when} if when else {}), **more}


def diff(
    kind: Kind, old: list[dict[str, Any]], new: list[dict[str, Any]], *, closed: bool = True, reference: Any = None
) -> Diff:
    """What ``new`` allows otherwise than ``old``; policies on resources are for the owner's account and its users."""
    who = {"Principal": {"AWS": OWN}} if kind.is_of_resource else {}
    one, two = (parse_policy({"Version": "2012-10-17", "Statement": [who | each for each in of]}) for of in (old, new))
    return compare(one, two, {kind}, reference or KnownCalls(), closed=closed)


def same(*given: Any, **more: Any) -> bool:
    """Whether both give the same access, proved."""
    return diff(*given, **more).verdict == "same"


TOGETHER = [allow(["s3:ListBucket", "s3:GetObject"], [BUCKET, OBJECTS])]
APART = [allow("s3:ListBucket", BUCKET), allow()]


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("kind", [Kind.RESOURCE, Kind.IDENTITY, Kind.SCP])
def test_an_action_is_asked_on_the_resources_that_it_takes(kind, closed):
    """Nobody lists an object or reads a bucket: a statement for both is two statements for one each."""
    assert same(kind, TOGETHER, APART, closed=closed)
    assert diff(kind, TOGETHER, APART, reference=NOTHING_KNOWN).verdict == "differs"


def test_an_object_is_no_bucket_and_an_access_point_is_neither():
    """Of two types whose ARNs lie within each other the narrower one is meant, and each type is told apart."""
    assert not same(Kind.IDENTITY, [allow("s3:ListBucket", "arn:aws:s3:::*")], [allow("s3:ListBucket", BUCKET)])
    assert same(
        Kind.IDENTITY, [allow("s3:ListBucket", f"{BUCKET}*")], [allow("s3:ListBucket", [f"{BUCKET}*", OBJECTS])]
    )
    found = diff(Kind.IDENTITY, [allow(resource="arn:aws:s3:::*")], [allow(resource="arn:aws:s3:*:*:*")])
    assert found.gained[0].witness.resource == f"arn:aws:s3:us-east-1:{OWN}:accesspoint/x/object/x"


def test_a_call_that_always_names_a_resource_is_not_asked_without_one():
    """kms:Decrypt names a key; s3:ListAllMyBuckets names nothing, though AWS's examples write every bucket for it."""
    assert same(Kind.IDENTITY, [allow("kms:Decrypt", "*")], [allow("kms:Decrypt", KEYS)])
    assert diff(Kind.IDENTITY, [allow("kms:ListKeys", KEYS)], [allow("kms:ListKeys", "*")]).gained
    assert diff(Kind.IDENTITY, [], [allow("s3:ListAllMyBuckets", "arn:aws:s3:::*")]).gained
    assert same(Kind.RESOURCE, [allow()], [allow(), allow("s3:ListAllMyBuckets", BUCKET)])


GETS = [name for name in KnownCalls().names("s3") if name.startswith("s3:GetObject")]


def test_a_wildcard_stands_for_known_actions_alone_where_the_space_is_closed():
    """A list of today's actions is the pattern for them; but AWS may add some, so in an open space it is less."""
    assert same(Kind.RESOURCE, [allow("s3:GetObject*")], [allow(GETS)])
    assert [each.witness.action for each in diff(Kind.RESOURCE, [allow(GETS)], [allow("s3:Get*Object*")]).gained] == []
    found = diff(Kind.RESOURCE, [allow(GETS)], [allow("s3:GetObject*")], closed=False).gained
    assert (found[0].actions, found[0].witness.action) == (("s3:GetObject*",), "s3:getobjectx")
    assert diff(Kind.RESOURCE, [allow(GETS[1:])], [allow("s3:GetObject*")]).gained[0].witness.action == GETS[0]


def test_known_actions_are_told_apart_by_what_they_take():
    """Of ``s3:*`` on a bucket and its objects, those of the bucket alone are gone: the witness is one of these."""
    found = diff(Kind.RESOURCE, [allow("s3:*", [BUCKET, OBJECTS])], [allow("s3:*")])
    (lost,) = found.lost
    assert (lost.witness.resource, reference_warnings(lost.witness)) == (BUCKET, ())
    assert same(Kind.RESOURCE, [allow("s3:*", [BUCKET, OBJECTS])], [allow("s3:*"), allow("s3:*", BUCKET)])


def test_known_actions_are_told_apart_by_what_they_carry():
    """Of ``s3:*`` some may carry the tags of an object: the witness is one of these."""
    found = diff(Kind.RESOURCE, [], [allow("s3:*", when={"StringEquals": {"s3:ExistingObjectTag/team": "a"}})])
    assert reference_warnings(found.gained[0].witness) == ()


@pytest.mark.parametrize("closed", [True, False])
def test_what_is_not_in_the_reference_is_ruled_out_nowhere(closed):
    """A service or an action that the catalogue does not know takes any resource and carries any key."""
    for action in ("s3:NewAction", "newservice:GetThing", "sqs:SendMessage"):
        wide = [allow(action, [BUCKET, OBJECTS])]
        assert not same(Kind.IDENTITY, wide, [allow(action, BUCKET)], closed=closed), action
    tagged = [allow("s3:NewAction", when={"StringEquals": {"s3:x-amz-content-sha256": "x"}})]
    assert not same(Kind.IDENTITY, tagged, [], closed=closed)


def test_an_action_to_come_takes_any_resource():
    """In an open space ``s3:GetObject*`` is more than the actions of this name that there are, which take no bucket."""
    wide = [allow("s3:GetObject*", BUCKET)]
    assert same(Kind.RESOURCE, [], wide)
    assert not same(Kind.RESOURCE, [], wide, closed=False)


@pytest.mark.parametrize(
    ("kind", "action", "key"),
    [
        (Kind.RESOURCE, "s3:GetObject", "s3:prefix"),
        (Kind.RESOURCE, "s3:GetObject", "s3:x-amz-server-side-encryption"),
        (Kind.RESOURCE, "s3:ListBucket", "s3:ExistingObjectTag/team"),
        (Kind.KEY, "kms:DescribeKey", "kms:EncryptionContext:team"),
        (Kind.KEY, "kms:Decrypt", "kms:GrantIsForAWSResource"),
    ],
)
def test_a_key_of_a_service_is_carried_by_its_actions_alone(kind, action, key):
    """A condition on a key that the action never carries lets nothing through."""
    resource = "*" if kind is Kind.KEY else [BUCKET, OBJECTS]
    assert same(kind, [], [allow(action, resource, {"StringEquals": {key: "true"}})])
    assert not same(kind, [], [allow(action, resource, {"StringNotEquals": {key: "true"}})])


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "aws:RequestTag/team", "aws:SourceIp"])
def test_a_key_of_every_service_is_ruled_out_of_none(key):
    """The reference does not say action by action who carries global keys, or not reliably."""
    value = {"IpAddress": {key: "203.0.113.0/24"}} if key == "aws:SourceIp" else {"StringEquals": {key: "a"}}
    assert not same(Kind.RESOURCE, [], [allow(when=value)])


def test_a_key_that_the_reference_does_not_list_is_ruled_out_of_no_action():
    """KMS documents kms:PolicyName, and the reference has it for no action."""
    assert not same(Kind.KEY, [], [allow("kms:PutKeyPolicy", "*", {"StringEquals": {"kms:PolicyName": "default"}})])


def test_a_key_of_one_action_in_a_sign_in_counts_for_all_of_it():
    """One call of sts:AssumeRole asks for sts:TagSession with the same keys, so nothing of STS is ruled out."""
    external = [allow("sts:TagSession", None, {"StringEquals": {"sts:ExternalId": "x"}})]
    external[0].pop("Resource")
    assert not same(Kind.TRUST, [], external)


def when(key: str, value: Any, operator: str = "StringEquals") -> dict[str, Any]:
    """A condition."""
    return {operator: {key: value}}


BOTH = [
    ("aws:PrincipalOrgID", "o-a1b2c3d4e5", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/*", "o-f6g7h8i9j0/r-ab12/*"),
    ("aws:ResourceOrgID", "o-a1b2c3d4e5", "aws:ResourceOrgPaths", "o-a1b2c3d4e5/*", "o-f6g7h8i9j0/*"),
]


@pytest.mark.parametrize(("one", "organization", "other", "path", "elsewhere"), BOTH)
def test_an_organization_and_its_paths_go_together(one, organization, other, path, elsewhere):
    """Who has the path of an organization has its id: the same one."""
    inside, outside = (when(other, [each], "ForAnyValue:StringLike") for each in (path, elsewhere))
    assert same(Kind.RESOURCE, [allow(when=inside)], [allow(when=inside | when(one, organization))])
    assert same(Kind.RESOURCE, [allow(when=inside)], [allow(when=inside | when(one, "false", "Null"))])
    named = when(one, organization)
    assert same(Kind.RESOURCE, [allow(when=named)], [allow(when=named | when(other, "false", "Null"))])
    assert same(Kind.RESOURCE, [], [allow(when=outside | when(one, organization))])
    assert same(Kind.RESOURCE, [], [allow(when=inside | when(one, "o-f6g7h8i9j0"))])
    assert not same(Kind.RESOURCE, [], [allow(when=outside | when(one, "o-f6g7h8i9j0"))])
    assert not same(Kind.RESOURCE, [allow(when=named)], [allow(when=outside)])


SOURCE = "arn:aws:sns:us-east-1:111122223333:topic"
SERVICE = {"Principal": {"Service": "sns.amazonaws.com"}}


def of_service(condition: dict[str, Any]) -> list[dict[str, Any]]:
    """An Allow for a service."""
    return [allow(when=condition) | SERVICE]


@pytest.mark.parametrize(
    ("source", "operator", "said"),
    [
        (SOURCE, "ArnEquals", True),
        (SOURCE, "StringEquals", True),
        (f"{SOURCE}*", "StringLike", True),
        ("arn:aws:sns:*:111122223333:*", "ArnLike", True),
        ("arn:aws:sns:*:111122223333:*", "StringLike", False),
        ("arn:aws:s3:::bucket", "ArnEquals", False),
        ("arn:aws:sns:*:1111*:*", "ArnLike", False),
    ],
)
def test_the_account_of_a_source_is_the_one_in_its_arn(source, operator, said):
    """Where the ARN surely names an account, aws:SourceAccount is that account and no other; it is always there."""
    by_arn = when("aws:SourceArn", source, operator)
    account, other = (when("aws:SourceAccount", each) for each in ("111122223333", "444455556666"))
    together = by_arn | account if operator != "StringEquals" else {operator: by_arn[operator] | account[operator]}
    assert same(Kind.RESOURCE, of_service(by_arn), of_service(together)) is said
    if operator != "StringEquals":
        assert same(Kind.RESOURCE, [], of_service(by_arn | other)) is said
    assert same(Kind.RESOURCE, of_service(by_arn), of_service(by_arn | when("aws:SourceAccount", "false", "Null")))


def test_of_several_sources_each_has_its_account():
    """One of two ARNs is of another account: with that account, this one is meant."""
    sources = when("aws:SourceArn", [SOURCE, SOURCE.replace("111122223333", "444455556666")], "ArnEquals")
    found = diff(Kind.RESOURCE, [], of_service(sources | when("aws:SourceAccount", "444455556666"))).gained
    assert found[0].witness.context["aws:sourcearn"].values[0].split(":")[4] == "444455556666"


def test_a_key_of_a_service_on_behalf_of_a_resource_is_nobody_elses():
    """aws:SourceAccount is sent by service principals alone (G57)."""
    assert same(Kind.RESOURCE, [], [allow(when=when("aws:SourceAccount", OWN))])


def test_whether_a_request_is_encrypted_is_always_said_but_between_services():
    """aws:SecureTransport is there in every call, except where S3 takes it out of a service's call (E109, G56)."""
    encrypted, if_said = (when("aws:SecureTransport", "true", each) for each in ("Bool", "BoolIfExists"))
    assert same(Kind.RESOURCE, [allow(when=encrypted)], [allow(when=if_said)])
    assert not same(Kind.RESOURCE, of_service(encrypted), of_service(if_said))
    assert same(Kind.RESOURCE, [], of_service(encrypted))


def test_a_key_with_one_value_has_one():
    """Who has one organization has no other; of the paths of an account there may be several."""
    for key, single in (("aws:PrincipalOrgID", True), ("aws:PrincipalOrgPaths", False)):
        two = when(key, "o-1/r-1/", "ForAnyValue:StringEquals") | when(key, "o-2/r-2/", "ForAnyValue:StringLike")
        assert same(Kind.RESOURCE, [], [allow(when=two)]) is single, key


@pytest.mark.parametrize(
    ("key", "operator", "never", "sometimes"),
    [
        ("aws:CurrentTime", "DateLessThan", "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"),
        ("aws:EpochTime", "NumericLessThan", "0", "1"),
        ("aws:TokenIssueTime", "DateLessThan", "1969-12-31T00:00:00Z", "1970-01-02T00:00:00Z"),
        ("aws:MultiFactorAuthAge", "NumericLessThan", "0", "1"),
    ],
)
def test_times_and_ages_have_a_beginning(key, operator, never, sometimes):
    """No call was made before 1970, and nothing is younger than nothing."""
    assert same(Kind.RESOURCE, [], [allow(when=when(key, never, operator))])
    assert not same(Kind.RESOURCE, [], [allow(when=when(key, sometimes, operator))])
    retained = when("s3:object-lock-remaining-retention-days", "0", "NumericLessThan")
    assert not same(Kind.RESOURCE, [], [allow("s3:PutObject", when=retained)])


def of_bucket(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    """Statements of a bucket policy that say themselves for whom they are."""
    return [{"Action": "s3:GetObject", "Resource": OBJECTS} | each for each in statements]


def differs(old: list[dict[str, Any]], new: list[dict[str, Any]], kind: Kind = Kind.RESOURCE) -> Diff:
    """What two policies do otherwise, each statement as it is."""
    one, two = (parse_policy({"Version": "2012-10-17", "Statement": each}) for each in (old, new))
    return compare(one, two, {kind}, KnownCalls(), closed=True)


EVERYBODY = {"Effect": "Allow", "Principal": "*"}


def test_a_guard_with_a_variable_that_spares_whom_it_should_not_is_void():
    """A Deny for everybody but each account's own Admin spares the Admins of every account: the witness is one."""
    arns = [f"arn:aws:iam::{each}:role/Admin" for each in (OWN, "${aws:PrincipalAccount}")]
    own, void = (
        {"Effect": "Deny", "Principal": "*", "Condition": when("aws:PrincipalArn", each, "ArnNotEquals")}
        for each in arns
    )
    found = differs(of_bucket(EVERYBODY, own), of_bucket(EVERYBODY, void))
    assert found.gained[0].witness.principal.account != OWN
    assert found.lost == ()


def test_a_variable_that_nobody_can_tell_is_open_and_never_proved():
    """Whether a request's own tag is in its path is a question; a Deny that hangs on it is not one without it."""
    tagged = of_bucket({"Effect": "Deny", "Principal": "*", "Resource": f"{BUCKET}/${{aws:PrincipalTag/team}}/*"})
    assert differs(of_bucket(EVERYBODY), of_bucket(EVERYBODY) + tagged).verdict != "same"
    assert differs(of_bucket(EVERYBODY) + tagged, tagged + of_bucket(EVERYBODY)).verdict == "same"


def test_operators_that_ignore_case_meet_every_spelling():
    """A value in capitals meets StringEqualsIgnoreCase and not StringEquals."""
    exact, any_case = (
        [allow(when=when("aws:referer", "team", each))] for each in ("StringEquals", "StringEqualsIgnoreCase")
    )
    (found,) = diff(Kind.IDENTITY, exact, any_case).gained
    value = found.witness.context["aws:referer"].values[0]
    assert (value.lower(), value == "team") == ("team", False)
    other = [allow(when=when("aws:referer", "TEAM", "StringEqualsIgnoreCase"))]
    assert same(Kind.IDENTITY, any_case, other)


def test_an_account_delegates_and_a_principal_is_granted():
    """Who is named may; whose account is named may where policies of its own allow it, too."""
    role = f"arn:aws:iam::{OWN}:role/app"
    account, named = (of_bucket(EVERYBODY | {"Principal": {"AWS": each}}) for each in (OWN, role))
    found = differs(account, named)
    assert found.gained[0].conditions == {"policies of the caller's own": "do not allow it"}
    assert found.gained[0].witness.principal.role_arn == role
    assert {each.conditions["policies of the caller's own"] for each in found.lost} <= {"allow it"}


def test_what_follows_from_a_caller_is_one_caller():
    """The role's ARN, its account and its kind belong together: two of them that contradict each other are nobody."""
    role = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/app"}}
    of_other = role | when("aws:PrincipalAccount", "444455556666")
    of_service = role | when("aws:PrincipalIsAWSService", "true", "Bool")
    for nobody in (of_other, of_service):
        assert differs([], of_bucket(EVERYBODY | {"Condition": nobody})).verdict == "same"
    both = role | when("aws:PrincipalAccount", OWN)
    one, other = (of_bucket(EVERYBODY | {"Condition": each}) for each in (role, both))
    assert differs(one, other).verdict == "same"
    assert differs([], other).gained


def test_a_key_that_a_caller_does_not_carry_is_absent_for_it():
    """A service has no organization, and somebody unsigned no ARN: a condition on it leaves nobody of them."""
    service = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}
    assert differs([], of_bucket(service | {"Condition": when("aws:PrincipalOrgID", "o-1")})).verdict == "same"
    signed = of_bucket(EVERYBODY | {"Condition": when("aws:PrincipalArn", "*", "ArnLike")})
    (found,) = differs(signed, of_bucket(EVERYBODY)).gained
    assert found.witness.principal.principal_arn is None


def test_what_no_policy_decides_is_no_difference():
    """Another account's administration of a key, the policy of another's bucket, one's own root user and sign-in."""
    other = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}}
    key = {"Resource": f"arn:aws:kms:us-east-1:{OWN}:key/1"}
    assert differs([], [other | key | {"Action": "kms:EnableKey"}], Kind.KEY).verdict == "same"
    assert differs([], [other | key | {"Action": "kms:Decrypt"}], Kind.KEY).gained
    bucket = {"Resource": BUCKET, "Condition": when("aws:ResourceAccount", OWN)}
    assert differs([], [other | bucket | {"Action": "s3:PutBucketPolicy"}]).verdict == "same"
    mine = {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Resource": BUCKET}
    root = {"Condition": when("aws:PrincipalType", "Account") | when("aws:ResourceAccount", OWN, "StringLike")}
    assert differs([], [mine | root | {"Action": "s3:PutBucketPolicy"}]).verdict == "same"
    assert differs([], [mine | root | {"Action": "s3:PutBucketAcl"}]).lost
    me = [allow("sts:GetCallerIdentity", "*")]
    assert same(Kind.IDENTITY, [], me)


def test_whom_not_principal_spares_must_be_listed_whole():
    """A session is spared where session, role and account are listed; where one is missing it is denied."""
    session = f"arn:aws:sts::{OWN}:assumed-role/app/run"
    whole = [session, f"arn:aws:iam::{OWN}:role/app", f"arn:aws:iam::{OWN}:root"]
    denies = [of_bucket(EVERYBODY, {"Effect": "Deny", "NotPrincipal": {"AWS": each}}) for each in (whole, whole[::2])]
    found = differs(*denies)
    assert found.gained == ()
    assert [each.witness.principal.arn for each in found.lost] == [session]


def test_who_signs_in_by_a_provider_is_no_other_caller_without_an_account():
    """What an RCP says of a sign-in counts, though nobody unsigned and no service can sign in."""
    role = {"Principal": "*", "Resource": f"arn:aws:iam::{OWN}:role/app", "Effect": "Deny"}
    denied = [role | {"Action": each} for each in ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity")]
    (found,) = differs(denied, denied[:1], Kind.RCP).gained
    assert found.witness.action == "sts:AssumeRoleWithWebIdentity"
