"""Whether a decision stands where keys of the request are not known: never a guess."""

from __future__ import annotations

from typing import Any

import pytest

import policygen as pg
from policygen.evaluation.undecided import Possibilities, possibilities
from tests.evaluation import open_keys

BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
USER = "arn:aws:iam::111122223333:user/Alice"
ROLE = "arn:aws:iam::111122223333:role/*App"


def _statement(effect: str = "Allow", action: str = "s3:*", resource: Any = "*", **condition: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def _set(*statements: dict[str, Any], **more: Any) -> pg.PolicySet:
    return pg.PolicySet(identity_based=[{"Version": "2012-10-17", "Statement": list(statements)}], **more)


def _found(policies: pg.PolicySet, *open_keys: str, variants: str | None = None, **request: Any) -> Possibilities:
    asked = {"principal": USER, "action": "s3:ListBucket", "resource": BUCKET, **request}
    return possibilities(policies, pg.Request(**asked), lambda key: key in open_keys, variants=variants)


def test_nothing_open_is_the_decision() -> None:
    """Where no key is open, the answer is the decision's."""
    assert _found(_set(_statement())) == Possibilities(allowed=True)


def test_a_key_that_no_statement_looks_at_changes_nothing() -> None:
    """An open key that is in no condition does not count."""
    assert _found(_set(_statement()), "aws:sourceip").allowed is True


def test_a_key_that_changes_the_decision() -> None:
    """An Allow under a condition on an open key hangs on it."""
    policies = _set(_statement(StringEquals={"aws:PrincipalTag/team": "data"}))
    assert _found(policies, "aws:principaltag/team") == Possibilities(allowed=None, keys=("aws:PrincipalTag/team",))


def test_a_key_that_is_not_open_is_absent() -> None:
    """A key that is known not to be there makes the condition fail."""
    policies = _set(_statement(StringEquals={"aws:PrincipalTag/team": "data"}))
    assert _found(policies).allowed is False


def test_a_statement_on_other_actions_does_not_count() -> None:
    """A condition of a statement that the call cannot meet changes nothing."""
    policies = _set(_statement(), _statement("Deny", "s3:PutObject", StringEquals={"aws:PrincipalTag/team": "data"}))
    assert _found(policies, "aws:principaltag/team").allowed is True


def test_a_statement_on_other_resources_does_not_count() -> None:
    """Nor does one on other resources."""
    deny = _statement("Deny", resource="arn:aws:s3:::other", StringEquals={"aws:PrincipalTag/team": "data"})
    assert _found(_set(_statement(), deny), "aws:principaltag/team").allowed is True


def test_a_deny_in_every_case_is_explicit() -> None:
    """Where a Deny applies whatever the key is, nothing else can undo it."""
    policies = _set(_statement(StringEquals={"aws:referer": "a"}), _statement("Deny"))
    assert _found(policies, "aws:referer") == Possibilities(allowed=False, explicit=True)


def test_a_deny_in_some_cases_is_not_explicit() -> None:
    """A denial that is explicit for some values and implicit for others is no explicit one."""
    policies = _set(_statement("Deny", StringEquals={"aws:referer": "a"}))
    assert _found(policies, "aws:referer") == Possibilities(allowed=False)


def test_two_keys_that_must_come_together() -> None:
    """A condition on two open keys hangs on both."""
    policies = _set(_statement(StringEquals={"aws:PrincipalTag/team": "data", "aws:PrincipalTag/stage": "prod"}))
    keys = _found(policies, "aws:principaltag/team", "aws:principaltag/stage").keys
    assert set(keys) == {"aws:PrincipalTag/team", "aws:PrincipalTag/stage"}


def test_a_key_that_is_always_sent_is_never_absent() -> None:
    """aws:SecureTransport is true or false, never absent: Null on it changes nothing."""
    policies = _set(_statement(), _statement("Deny", Null={"aws:SecureTransport": "true"}))
    assert _found(policies, "aws:securetransport").allowed is True


def test_a_key_that_no_request_like_this_can_carry() -> None:
    """A user never carries aws:SourceArn, however open it is said to be."""
    policies = _set(_statement(), _statement("Deny", StringLike={"aws:SourceArn": "*"}))
    assert _found(policies, "aws:sourcearn").allowed is True


def test_numbers_between_two_bounds() -> None:
    """A value that fits between two bounds is found."""
    within = {"NumericGreaterThan": {"s3:max-keys": "10"}, "NumericLessThan": {"s3:max-keys": "11"}}
    assert _found(_set(_statement(**within)), "s3:max-keys") == Possibilities(allowed=None, keys=("s3:max-keys",))


def test_addresses() -> None:
    """An address inside and one outside are tried."""
    policies = _set(_statement(IpAddress={"aws:SourceIp": "203.0.113.0/24"}))
    assert _found(policies, "aws:sourceip").keys == ("aws:SourceIp",)


def test_patterns_that_meet_are_no_whole_list() -> None:
    """A text may match two patterns at once: where that is not tried, the answer is left open."""
    both = {"StringLike": {"aws:referer": "a*"}, "StringLikeIfExists": {"aws:referer": "*z"}}
    assert _found(_set(_statement(**both, Null={"aws:referer": "false"})), "aws:referer").allowed is None


def test_a_key_in_a_variable_is_open() -> None:
    """A resource that names an open key by a variable hangs on it."""
    policies = _set(_statement(resource="arn:aws:s3:::${aws:PrincipalTag/bucket}"))
    assert _found(policies, "aws:principaltag/bucket").keys == ("aws:principaltag/bucket",)


def test_lists_of_values() -> None:
    """Of a multivalued key several values at once are tried."""
    needed = {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}, "ForAnyValue:StringLike": {"aws:TagKeys": "b"}}
    assert _found(_set(_statement(**needed)), "aws:tagkeys").keys == ("aws:TagKeys",)


def test_too_many_values_are_left_open() -> None:
    """What would take too long is not guessed."""
    conditions = {f"aws:PrincipalTag/t{number}": [f"v{each}" for each in range(9)] for number in range(5)}
    policies = _set(_statement(), _statement("Deny", StringEquals=conditions))
    found = _found(policies, *(key.lower() for key in conditions))
    assert (found.allowed, len(found.keys)) == (None, 5)


def test_more_values_in_a_list_than_are_tried() -> None:
    """A multivalued key with many values is left open where the ones that are tried change nothing."""
    values = [f"v{each}" for each in range(6)]
    conditions = {"ForAnyValue:StringEquals": {"aws:TagKeys": values}, "StringEquals": {"aws:username": "Bob"}}
    found = _found(_set(_statement(), _statement("Deny", **conditions)), "aws:tagkeys")
    assert (found.allowed, found.keys) == (None, ("aws:TagKeys",))


def test_what_a_session_needs_beside_its_own_action() -> None:
    """A statement on sts:TagSession counts for AssumeRole with tags."""
    statements = (
        _statement(action="sts:AssumeRole"),
        _statement(action="sts:TagSession", StringEquals={"aws:PrincipalTag/team": "data"}),
    )
    role = "arn:aws:iam::111122223333:role/App"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}],
    }
    found = _found(
        _set(*statements, resource_based=trust),
        "aws:principaltag/team",
        action="sts:AssumeRole",
        resource=role,
        context={"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]},
    )
    assert found.allowed is True  # the trust policy names everybody, so that the user's own policies need not allow it


def test_the_source_of_a_grant_is_looked_at() -> None:
    """A grant with a source is one more look at aws:SourceArn."""
    grant = {
        "GranteeServicePrincipal": "logs.amazonaws.com",
        "RetiringPrincipal": USER,
        "Operations": ["Decrypt"],
        "Constraints": {"SourceArn": "arn:aws:logs:us-east-1:111122223333:log-group:a"},
    }
    found = _found(
        pg.PolicySet(grants=[grant]),
        "aws:sourcearn",
        principal="logs.amazonaws.com",
        action="kms:Decrypt",
        resource="arn:aws:kms:us-east-1:111122223333:key/1",
    )
    assert found.allowed is None


def test_a_grant_that_asks_for_no_pairs() -> None:
    """A grant for calls without an encryption context hangs on there being one."""
    grant = {"GranteePrincipal": USER, "Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": {}}}
    key = {"action": "kms:Decrypt", "resource": "arn:aws:kms:us-east-1:111122223333:key/1"}
    assert _found(pg.PolicySet(grants=[grant]), **key).allowed is True
    found = possibilities(
        pg.PolicySet(grants=[grant]), pg.Request(principal=USER, **key), lambda name: name.startswith("kms:encryption")
    )
    assert found.allowed is None


def test_a_grant_passes_on_its_operations() -> None:
    """A right to create grants that comes from a grant hangs on what the new grant is for."""
    grant = {"GranteePrincipal": USER, "Operations": ["CreateGrant", "Decrypt"]}
    key = {"action": "kms:CreateGrant", "resource": "arn:aws:kms:us-east-1:111122223333:key/1"}
    found = _found(pg.PolicySet(grants=[grant]), "kms:grantoperations", **key)
    assert found.keys == ("kms:GrantOperations",)


def test_tags_of_a_session_ask_for_more() -> None:
    """Where it is not known whether a session is tagged, AssumeRole may need sts:TagSession."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    found = _found(
        pg.PolicySet(resource_based=trust),
        "aws:tagkeys",
        action="sts:AssumeRole",
        resource="arn:aws:iam::111122223333:role/App",
    )
    assert found.keys == ("aws:TagKeys",)


def test_hidden_keys_of_random_requests() -> None:
    """Over random policies: what is said to stand does, with the hidden keys back in their places."""
    assert open_keys.main(["--cases", "150", "--seed", "11"]) == 0


@pytest.mark.parametrize(
    ("resource", "open_resource"),
    [
        ("*", False),
        ("arn:aws:iam::111122223333:role/*", False),
        ("arn:aws:iam::111122223333:role/Other", False),
        ("arn:aws:iam::111122223333:role/service/*", True),
        ("arn:aws:iam::111122223333:role/${aws:username}", True),
    ],
)
def test_a_resource_that_is_not_known_to_its_end(resource: str, open_resource: bool) -> None:
    """The answer hangs on the resource where a statement matches some of what it may be, and not all."""
    found = _found(
        _set(_statement(action="iam:*", resource=resource)),
        variants=ROLE,
        action="iam:GetRole",
        resource="arn:aws:iam::111122223333:role/App",
    )
    assert found.resource is open_resource


def test_statements_without_a_resource_fit_every_variant() -> None:
    """A statement that has no Resource is no question to it."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    found = _found(
        pg.PolicySet(resource_based=trust),
        variants=ROLE,
        action="sts:AssumeRole",
        resource="arn:aws:iam::111122223333:role/App",
    )
    assert found.resource is False


def test_values_that_are_told_apart_by_a_variable() -> None:
    """An open key whose condition asks for the value of another key of the request hangs on its own value."""
    policies = _set(_statement(StringEquals={"s3:prefix": "${aws:username}"}))
    assert _found(policies, "s3:prefix") == Possibilities(allowed=None, keys=("s3:prefix",))


def test_values_that_are_told_apart_by_a_resource_alone() -> None:
    """A key that stands in a Resource is tried with every value, though its conditions tell none of them apart."""
    named = _statement(
        resource="arn:aws:s3:::amzn-s3-demo-${aws:PrincipalTag/part}", StringLike={"aws:PrincipalTag/part": "*"}
    )
    never = _statement(Bool={"aws:SecureTransport": "false"}, StringEquals={"aws:PrincipalTag/team": "data"})
    found = _found(
        _set(named, never),
        "aws:principaltag/part",
        "aws:principaltag/team",
        context={"aws:SecureTransport": "true"},
    )
    assert found == Possibilities(allowed=None, keys=("aws:PrincipalTag/part",))


def test_many_values_of_two_kinds() -> None:
    """Values that conditions do not tell apart are tried once, and still counted: too many of them stay open."""
    teams = {"StringEquals": {"aws:PrincipalTag/team": [f"team-{number}" for number in range(3_000)]}}
    assert _found(_set(_statement(**teams), _statement()), "aws:principaltag/team").allowed is None
    few = {"StringEquals": {"aws:PrincipalTag/team": [f"team-{number}" for number in range(1_000)]}}
    assert _found(_set(_statement(**few), _statement()), "aws:principaltag/team").allowed is True
