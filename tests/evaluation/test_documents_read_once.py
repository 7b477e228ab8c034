"""An environment reads a document once, however many principals and resources meet under it."""

from __future__ import annotations

import pytest

import policygen as pg
from policygen.evaluation import AccountPolicies, PolicyType, PrincipalPolicies, ResourcePolicies
from policygen.request import Request

ACCOUNT = "111122223333"
USERS = [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("Alice", "Bob")]
BUCKETS = [f"arn:aws:s3:::amzn-s3-demo-bucket{number}" for number in (1, 2)]


def _document(effect: str = "Allow", action: str = "*") -> pg.PolicyDocument:
    return pg.parse_policy({"Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})


def _request(user: str, bucket: str) -> Request:
    return pg.Request(principal=user, action="s3:GetObject", resource=f"{bucket}/key")


def test_a_document_is_read_once() -> None:
    """What was read of a user counts for every bucket, what was read of a bucket for every user."""
    users = {arn: PrincipalPolicies(identity_based=(_document(),)) for arn in USERS}
    policy = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    buckets = {arn: ResourcePolicies(account=ACCOUNT, resource_based=({"Statement": policy},)) for arn in BUCKETS}
    environment = pg.Environment(principals=users, resources=buckets)
    found = [environment.policies_for(_request(user, bucket)) for user in USERS for bucket in BUCKETS]
    assert len({id(each) for each in found}) == 4
    assert len({id(each.identity_based[0]) for each in found}) == 2
    assert len({id(each.resource_based[0]) for each in found}) == 2


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_document_that_is_attached_twice(effect: str) -> None:
    """An SCP that stands at the root and at the account, as one object, is two policies."""
    scp = _document(effect)
    environment = pg.Environment(
        principals={USERS[0]: PrincipalPolicies(identity_based=(_document(),))},
        resources={BUCKETS[0]: ResourcePolicies(account=ACCOUNT)},
        service_control=((_document(), scp),),
        accounts={ACCOUNT: AccountPolicies(service_control=((_document(), scp),))},
    )
    request = _request(USERS[0], BUCKETS[0])
    interpreted, compiled = environment.authorize(request), pg.compile(environment).authorize(request)
    assert interpreted == compiled
    of_scps = [each for each in compiled.matched_statements if each.policy_type is PolicyType.SERVICE_CONTROL]
    assert len(of_scps) == (2 if effect == "Deny" else 0)


def test_a_document_that_cannot_be_read() -> None:
    """A document that cannot be read is an error each time that it is needed."""
    principals = {USERS[0]: PrincipalPolicies(identity_based=({"Statement": [{"Effect": "Perhaps"}]},))}
    environment = pg.Environment(principals=principals, resources={})
    for bucket in BUCKETS:
        with pytest.raises(pg.DocumentError, match="Perhaps"):
            environment.authorize(_request(USERS[0], bucket))
