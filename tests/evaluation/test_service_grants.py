"""Grants to services (N9: AWS's service model of KMS, CreateGrant)."""

import pytest

import policygen as pg
from policygen.errors import DocumentError
from policygen.evaluation import Grant
from policygen.evaluation.services.kms import grant_condition

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SERVICE, TABLE = "dynamodb.amazonaws.com", "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
GRANT = {
    "GranteeServicePrincipal": SERVICE,
    "RetiringServicePrincipal": SERVICE,
    "Operations": ["Decrypt", "DescribeKey", "RetireGrant", "Encapsulate"],
    "Constraints": {"SourceArn": TABLE, "EncryptionContextSubset": {"table": "orders"}},
}
WITHIN = {"aws:SourceArn": TABLE, "kms:EncryptionContext:table": "orders"}


@pytest.mark.parametrize(
    ("action", "context", "decision"),
    [
        ("kms:Decrypt", WITHIN, "allowed"),
        ("kms:Decrypt", {"kms:EncryptionContext:table": "orders"}, "implicitDeny"),
        ("kms:Decrypt", WITHIN | {"aws:SourceArn": f"{TABLE}-2"}, "implicitDeny"),
        ("kms:Encapsulate", WITHIN, "allowed"),
        ("kms:Decapsulate", WITHIN, "implicitDeny"),
        ("kms:DescribeKey", {"aws:SourceArn": TABLE}, "allowed"),
        ("kms:DescribeKey", {}, "implicitDeny"),
        ("kms:RetireGrant", {}, "allowed"),
    ],
)
def test_a_grant_to_a_service_is_for_one_resource_of_it(action, context, decision):
    """The source must be the constraint's, of DescribeKey too; not where the grant is retired. The engine agrees."""
    policies = pg.PolicySet(grants=[GRANT])
    request = pg.Request(principal=SERVICE, action=action, resource=KEY, context=context)
    assert policies.authorize(request).decision.value == decision
    assert {pg.compile(policies).authorize(request).decision.value for _ in range(3)} == {decision}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Constraints": {}}, "a grant with GranteeServicePrincipal needs the constraint SourceArn"),
        ({"Constraints": None}, "a grant with GranteeServicePrincipal needs the constraint SourceArn"),
        (
            {"RetiringServicePrincipal": None},
            "a grant with GranteeServicePrincipal needs RetiringPrincipal or RetiringServicePrincipal",
        ),
        (
            {"GranteePrincipal": "arn:aws:iam::111122223333:role/r"},
            "a grant has GranteePrincipal or GranteeServicePrincipal, not both",
        ),
        (
            {"RetiringPrincipal": "arn:aws:iam::111122223333:role/r"},
            "a grant has RetiringPrincipal or RetiringServicePrincipal, not both",
        ),
    ],
)
def test_what_kms_would_not_make_is_refused(changes, message):
    """Each with its own words."""
    with pytest.raises(DocumentError) as caught:
        pg.PolicySet(grants=[GRANT | changes])
    assert [(each.code, each.message) for each in caught.value.problems] == [("PG-D008", message)]


def test_who_retires_it_may_be_a_role():
    """Either form of the retiring principal will do, and one who is no service needs no constraint."""
    role = "arn:aws:iam::111122223333:role/r"
    given = {name: value for name, value in GRANT.items() if name != "RetiringServicePrincipal"}
    policies = pg.PolicySet(grants=[given | {"RetiringPrincipal": role, "Operations": ["Decrypt"]}])
    request = pg.Request(principal=role, action="kms:RetireGrant", resource=KEY)
    assert policies.authorize(request).allowed
    pg.PolicySet(grants=[{"GranteePrincipal": role, "Operations": ["Decrypt"]}])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kms:GranteeServicePrincipal", SERVICE),
        ("kms:RetiringServicePrincipal", SERVICE),
        ("kms:GrantConstraintSourceArn", TABLE),
    ],
)
def test_the_keys_of_such_grants_are_tested(key, value):
    """A policy may allow CreateGrant for one service or one source alone; the request says which."""
    allow = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/r"}, "Action": "kms:CreateGrant"}
    allow |= {"Resource": "*", "Condition": {"StringEquals": {key: value}}}
    policies = pg.PolicySet(resource_based={"Version": "2012-10-17", "Statement": allow})
    about = {"principal": "arn:aws:iam::111122223333:role/r", "action": "kms:CreateGrant", "resource": KEY}
    assert policies.authorize(pg.Request(**about, context={key: value})).allowed
    assert not policies.authorize(pg.Request(**about, context={key: f"{value}x"})).allowed


@pytest.mark.parametrize(
    ("action", "source", "condition"),
    [
        ("kms:DescribeKey", TABLE, {"StringEquals": {"aws:SourceArn": [TABLE]}}),
        ("kms:DescribeKey", None, {}),
        ("kms:RetireGrant", TABLE, {}),
        (
            "kms:Encapsulate",
            TABLE,
            {"StringEquals": {"kms:EncryptionContext:table": ["orders"], "aws:SourceArn": [TABLE]}},
        ),
        (
            "kms:CreateGrant",
            None,
            {
                "ForAllValues:StringEqualsIgnoreCase": {"kms:GrantOperations": ["Decrypt"]},
                "StringEquals": {"kms:EncryptionContext:table": ["orders"]},
            },
        ),
    ],
)
def test_what_a_grant_asks_as_a_condition(action, source, condition):
    """The same as the decision on one request: proofs ask it for all of them."""
    subset = (("table", "orders"),)
    grant = Grant(grantee=SERVICE, operations=("Decrypt",), encryption_context_subset=subset, source_arn=source)
    assert grant_condition(grant, action) == condition


def test_a_grant_for_one_context_passes_on_grants_for_contexts_alone():
    """What CreateGrant must carry then: the pairs, their names, and the kind of constraint."""
    grant = Grant(grantee=SERVICE, operations=("Decrypt",), encryption_context_equals=(("table", "orders"),))
    assert grant_condition(grant, "kms:CreateGrant") == {
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["table"]},
        "ForAllValues:StringEqualsIgnoreCase": {"kms:GrantOperations": ["Decrypt"]},
        "StringEqualsIfExists": {"kms:GrantConstraintType": ["EncryptionContextEquals"]},
        "StringEquals": {"kms:EncryptionContext:table": ["orders"]},
    }
