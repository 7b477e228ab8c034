"""A request that shows a difference is one that somebody may copy: AWS's own action, on a resource that it takes."""

import pytest

from policygen.catalog import KnownCalls
from policygen.document import parse_policy
from policygen.proofs import compare

KEY = "arn:aws:kms:us-east-1:111122223333:key/1"


def shown(old, new):
    """Return action and resource of the one request that one policy allows beside another."""
    policies = [parse_policy({"Version": "2012-10-17", "Statement": each}) for each in (old, new)]
    (difference,) = compare(*policies, (), KnownCalls()).gained
    return difference.witness.action, difference.witness.resource


def allow(**elements):
    """Return a statement."""
    return [{"Effect": "Allow", "Resource": "*", **elements}]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], allow(Action="iam:passrole"), ("iam:PassRole", "arn:aws:iam::111122223333:role/x")),
        ([], allow(NotAction="kms:Decrypt", Resource=KEY), ("kms:SynchronizeMultiRegionKey", KEY)),
    ],
    ids=["an action in lower case", "any action but one"],
)
def test_a_witness_is_spelled_as_aws_does_on_what_it_takes(old, new, expected):
    """However a policy spells an action, and whatever it leaves out: there is such a call, and it is shown."""
    assert shown(old, new) == expected
