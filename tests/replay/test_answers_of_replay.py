"""What a replay says of one request: one decision, and a reason that belongs to it."""

from __future__ import annotations

from typing import Any

import policygen as pg
from policygen.engine import Engine
from policygen.evaluation import PrincipalPolicies
from policygen.evaluation.results.verdict import Verdict
from policygen.events import event_of
from policygen.replay.answers import Answer, answer_on, answer_on_event
from policygen.request import Request
from tests.events.samples import ACCOUNT, BUCKET, ROLE, USER, of_object, record


def policy(resource: str, action: str = "*", **condition: Any) -> pg.PolicyDocument:
    """A policy of one Allow."""
    statement = {"Sid": "Mine", "Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    return pg.parse_policy({"Version": "2012-10-17", "Statement": [statement]})


class Counting:
    """A plan that counts how often it is asked."""

    def __init__(self, plan: Any) -> None:
        """Stand before ``plan``."""
        self._plan = plan
        self.asked = 0

    def once(self, request: Request) -> Verdict:
        """Return the plan's verdict."""
        self.asked += 1
        verdict: Verdict = self._plan.once(request)
        return verdict


def answered(target: Any, fields: dict[str, Any]) -> tuple[Answer, int]:
    """The answer on the first request of a record, and how often the plan was asked for it."""
    asked = event_of(fields).requests[0]
    plan: Any = Counting(Engine(target).plan(asked.request))
    return answer_on(target, plan, asked), plan.asked


def test_one_decision_tells_all() -> None:
    """Verdict, reason, statement and type of policy come from one decision."""
    target = pg.PolicySet(identity_based=[policy(f"arn:aws:s3:::{BUCKET}/*", "s3:GetObject")])
    action, name = "s3:GetObject", "policy Mine"
    allowed = Answer("allowed", (), action, "the identity-based policy allows s3:GetObject", name)
    assert answered(target, of_object()) == (allowed, 1)
    action = "s3:PutObject"
    why = f"no identity-based policy allows {action}"
    assert answered(target, of_object("PutObject")) == (
        Answer("denied", (), action, why, "", "implicitDeny identity-based"),
        1,
    )


def test_the_reason_is_that_of_the_resource_that_the_environment_knows() -> None:
    """A role that is recorded without its path is judged, and the reason given, as the environment knows it."""
    by_path = policy(f"arn:aws:iam::{ACCOUNT}:role/service/*")
    mine = {USER["arn"]: PrincipalPolicies(identity_based=(by_path,)), ROLE: PrincipalPolicies()}
    target = pg.Environment(principals=mine, resources={})
    found, _ = answered(target, record("GetRole", "iam", requestParameters={"roleName": "App"}))
    assert (found.verdict, found.reason) == ("allowed", "the identity-based policy allows iam:GetRole")


def test_an_event_that_is_judged_alone() -> None:
    """The answer on an event of many requests says as much as that on one: by which type of policy it is denied."""
    objects = [{"key": f"data/{number}"} for number in range(5)]
    stated = {"bucketName": BUCKET, "delete": {"object": objects}}
    listed = [{"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{BUCKET}"}]
    deleting = record("DeleteObjects", requestParameters=stated, resources=listed)
    found = answer_on_event(pg.PolicySet(identity_based=[policy("*", "s3:GetObject")]), event_of(deleting))
    assert (found.verdict, found.kind) == ("denied", "implicitDeny identity-based")
