"""Policies and requests of the engine's tests."""

import policygen as pg

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"


def policy(*statements):
    """Return a document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def request(**changes):
    """Return a request by a role of the bucket's account."""
    given = {"principal": ROLE, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "resource_account": ACCOUNT}
    return pg.Request(**{**given, **changes})


def asked(policies, question, times=600):
    """Return the engine's decision after many requests, and check that every one was the interpreter's."""
    engine = pg.compile(policies)
    expected = policies.authorize(question)
    found = {(each.decision, each.matched_statements) for each in engine.authorize_many([question] * times)}
    assert found == {(expected.decision, expected.matched_statements)}
    return engine.authorize(question)
