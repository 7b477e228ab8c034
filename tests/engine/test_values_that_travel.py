"""Requests, policy sets, environments, engines and decisions are pickled and copied, and answer as before."""

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

import policygen as pg
from policygen.evaluation import PrincipalPolicies, ResourcePolicies
from tests.engine.helpers import ACCOUNT, ALLOW, KEY, ROLE, policy, request

CONDITION = {"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}, "Bool": {"aws:SecureTransport": "true"}}
GRANT = {"GranteePrincipal": ROLE, "Operations": ["Decrypt"]}
POLICIES = pg.PolicySet(
    identity_based=[policy({**ALLOW, "Condition": CONDITION}), {"name": "other", "document": policy(ALLOW)}],
    resource_based=policy({**ALLOW, "Principal": {"AWS": [ROLE, ACCOUNT]}}),
    permissions_boundary=policy(ALLOW),
    service_control=[[policy(ALLOW)], [policy({**ALLOW, "Resource": "arn:aws:s3:::b/*"})]],
    grants=[GRANT],
    settings={"block_public_access": {"RestrictPublicBuckets": True}, "management_account": "999999999999"},
)
ENVIRONMENT = pg.Environment(
    principals={ROLE: PrincipalPolicies(identity_based=(policy(ALLOW),), tags=(("team", "blue"),))},
    resources={
        "arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, tags=(("a", "b"),)),
        KEY: ResourcePolicies(
            resource_based=(policy({**ALLOW, "Principal": {"AWS": ACCOUNT}}),), multi_region="primary"
        ),
    },
    service_control=((policy(ALLOW),),),
)
REQUESTS = [
    request(),
    request(context={"AWS:securetransport": True, "s3:prefix": ["blue/x", "red/x"], "aws:TagKeys": None}),
    request(principal={"arn": ROLE, "tags": {"team": "blue"}}, known={"aws:ResourceTag/x": "y"}),
    request(action="kms:Decrypt", resource=KEY, context={"kms:EncryptionContext:App": "web"}),
    request(principal="anonymous", resource="arn:aws:s3:::c/k"),
]
WAYS = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("question", REQUESTS, ids=range(len(REQUESTS)))
def test_requests(way, question):
    """A request is the same after it was pickled or copied: equal, and with the same context."""
    again = way(question)
    assert again == question
    assert hash(again) == hash(question)
    assert dict(again.context) == dict(question.context)
    assert again.filled_in == question.filled_in


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("target", [POLICIES, ENVIRONMENT], ids=["policy set", "environment"])
@pytest.mark.parametrize("compiled", [False, True], ids=["itself", "engine"])
def test_targets_and_decisions(way, target, compiled):
    """A policy set, an environment and an engine answer as before, and so does a decision for itself."""
    asked = pg.compile(target) if compiled else target
    again = way(asked)
    assert type(again) is type(asked)
    for question in REQUESTS:
        decision = asked.authorize(question)
        assert again.authorize(question) == decision
        moved = way(decision)
        assert moved == decision
        assert moved.explain().to_dict() == decision.explain().to_dict()
        assert moved.missing_context == decision.missing_context


def test_another_process_decides():
    """An engine and requests are sent to another process, and the decisions come back."""
    engine = pg.compile(POLICIES)
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(engine.authorize_many, REQUESTS).result() == engine.authorize_many(REQUESTS)


def test_a_request_cannot_be_changed():
    """Nothing that is public of a request can be set or deleted, and its context is its own."""
    stated = {"aws:SourceIp": "192.0.2.1"}
    question = request(context=stated)
    stated["aws:SourceIp"] = "198.51.100.1"
    assert question.context["aws:sourceip"].values == ("192.0.2.1",)
    for name in ("principal", "action", "resource", "context", "stated", "known", "arn", "anything"):
        with pytest.raises(AttributeError):
            setattr(question, name, None)
    with pytest.raises(AttributeError):
        del question.action
    with pytest.raises(TypeError):
        question.context["aws:sourceip"] = None
