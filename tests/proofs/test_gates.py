"""What lets requests through: the ways, whose Deny counts, and that requests put together are judged alike."""

from itertools import product

import pytest

from policygen.evaluation.results.verdict import PolicyType
from policygen.matching.principals import PrincipalMatch
from policygen.proofs.gates import GRANTED, Need, Shape, _gates, call_like, caller_like, like, resource_like
from policygen.proofs.kinds import World, request_of
from policygen.request.principal import parse_principal

OWN, OTHER, MANAGEMENT = "111122223333", "444455556666", "999999999999"
BARE = Shape(
    boundary=False,
    session=None,
    endpoint=False,
    service_control=None,
    resource_control=None,
    restricted=False,
    abac=False,
    management_account=None,
)
FULL = Shape(
    boundary=True,
    session=2,
    endpoint=True,
    service_control=1,
    resource_control=1,
    restricted=True,
    abac=True,
    management_account=MANAGEMENT,
)
IDENTITY, BOUNDARY = Need((PolicyType.IDENTITY_BASED, None)), Need((PolicyType.PERMISSIONS_BOUNDARY, None))
DIRECT, PARENT, ACCOUNT = (
    Need((PolicyType.RESOURCE_BASED, None), each)
    for each in (PrincipalMatch.DIRECT, PrincipalMatch.PARENT, PrincipalMatch.ACCOUNT)
)
USER, ROLE = f"arn:aws:iam::{OWN}:user/ana", f"arn:aws:sts::{OWN}:assumed-role/app/session"
KEY = "arn:aws:kms:us-east-1:{}:key/1"
WAYS = {
    "a bucket of one's own account": (
        BARE,
        USER,
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        OWN,
        [{IDENTITY}, {DIRECT}, {PARENT}],
    ),
    "a bucket of another account": (
        BARE,
        USER,
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        OTHER,
        [{IDENTITY, each} for each in (DIRECT, PARENT, ACCOUNT)],
    ),
    "the root user": (BARE, f"arn:aws:iam::{OWN}:root", "s3:GetObject", "arn:aws:s3:::b/k", OWN, [set()]),
    "anybody": (BARE, "anonymous", "s3:GetObject", "arn:aws:s3:::b/k", OWN, [{DIRECT}]),
    "anybody on what is restricted": (
        BARE._replace(restricted=True),
        "anonymous",
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        OWN,
        [],
    ),
    "a role with a boundary": (
        BARE._replace(boundary=True),
        ROLE,
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        OWN,
        [{DIRECT}, {IDENTITY, BOUNDARY}, {PARENT, BOUNDARY}],
    ),
    "a key": (BARE, USER, "kms:Decrypt", KEY.format(OWN), OWN, [{DIRECT}, {PARENT}, {IDENTITY, ACCOUNT}, {GRANTED}]),
    "administration of a key of another account": (
        BARE,
        USER,
        "kms:PutKeyPolicy",
        KEY.format(OTHER),
        OTHER,
        [{GRANTED}],
    ),
    "what needs no permission": (FULL, USER, "sts:GetCallerIdentity", "*", OWN, [set()]),
    "another partition": (FULL, USER, "s3:GetObject", "arn:aws-cn:s3:::b/k", OWN, []),
}


@pytest.mark.parametrize("case", WAYS)
def test_the_least_allows_that_are_enough(case):
    """The ways, as the evaluator opens them."""
    shape, caller, action, resource, owner, expected = WAYS[case]
    request = request_of(World(caller=parse_principal(caller), owner=owner), action, resource, {})
    assert set(_gates(shape.policies(), request).ways) == set(map(frozenset, expected))


def test_whose_deny_counts():
    """The bucket policy's does not for the owner's root user on the policy itself; an SCP's not for a service."""
    world = World(caller=parse_principal(f"arn:aws:iam::{OWN}:root"), owner=OWN)
    counted = {
        action: {slot[0] for slot in _gates(FULL.policies(), request_of(world, action, "arn:aws:s3:::b", {})).denying}
        for action in ("s3:GetBucketPolicy", "s3:ListBucket")
    }
    assert counted["s3:ListBucket"] - counted["s3:GetBucketPolicy"] == {PolicyType.RESOURCE_BASED}
    service = World(caller=parse_principal("s3.amazonaws.com"), owner=OWN)
    request = request_of(service, "s3:ListBucket", "arn:aws:s3:::b", {})
    assert {slot[0] for slot in _gates(FULL.policies(), request).denying} == {
        PolicyType.RESOURCE_BASED,
        PolicyType.RESOURCE_CONTROL,
        PolicyType.VPC_ENDPOINT,
    }


CALLERS = (
    USER,
    ROLE,
    f"arn:aws:iam::{OTHER}:user/ana",
    f"arn:aws:iam::{MANAGEMENT}:user/ana",
    f"arn:aws:iam::{OWN}:root",
    f"arn:aws:sts::{OWN}:federated-user/fay",
    {
        "arn": f"arn:aws:sts::{OWN}:assumed-role/l/s",
        "role": f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/l",
    },
    "s3.amazonaws.com",
    "anonymous",
    f"arn:aws:iam::{OWN}:saml-provider/p",
    "www.amazon.com",
    "arn:aws-cn:iam::111122223333:user/ana",
)
ACTIONS = """
    s3:getobject s3:listbucket s3:putbucketpolicy s3:getbucketpolicy s3:putbuckettagging s3:deletebuckettagging
    kms:decrypt kms:creategrant kms:retiregrant kms:putkeypolicy kms:createkey kms:listaliases kms:createalias kms:x
    sts:assumerole sts:assumerolewithsaml sts:assumerolewithwebidentity sts:getcalleridentity sts:getsessiontoken
    sts:getfederationtoken sts:assumeroot sts:tagsession iam:getrole iam:x sqs:sendmessage dynamodb:getitem
    ecr:batchgetimage lambda:invokefunction ec2:runinstances mechanicalturk:x secretsmanager:getsecretvalue
""".split()
RESOURCES = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/role/k",
    KEY.format(OWN),
    f"arn:aws:kms:us-east-1:{OWN}:alias/mine",
    f"arn:aws:kms:us-east-1:{OWN}:alias/aws/s3",
    f"arn:aws:iam::{OWN}:role/r",
    f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/l",
    f"arn:aws:iam::{OWN}:user/u",
    f"arn:aws:sqs:us-east-1:{OWN}:q",
    "arn:aws-cn:s3:::b",
)


@pytest.mark.parametrize("shape", [BARE, FULL], ids=["bare", "full"])
def test_requests_that_are_put_together_are_judged_alike(shape):
    """Whatever tells requests apart for the evaluator tells them apart here."""
    policies, managing, found = shape.policies(), frozenset({MANAGEMENT}), {}
    for caller, action, resource in product(map(parse_principal, CALLERS), ACTIONS, RESOURCES):
        world = World(caller=caller, owner=OWN)
        alike = like(caller_like(world, managing), call_like(action), resource_like(resource))
        gates = _gates(policies, request_of(world, action, resource, {}))
        first = found.setdefault(alike, (gates, (caller.arn, action, resource)))
        assert gates == first[0], (caller.arn, action, resource, first[1])
    assert len(found) < len(CALLERS) * len(ACTIONS) * len(RESOURCES) / 3
