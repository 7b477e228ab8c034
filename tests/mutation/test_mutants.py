"""The changes that are made: one at a time, each a mistake that somebody could make, none twice."""

import json

import pytest

from policygen.document import parse_policy
from policygen.mutation import mutants

BUCKET = "arn:aws:s3:::b"
READ = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/R"},
    "Action": "s3:GetObject",
    "Resource": f"{BUCKET}/in/*",
}


def statements(**elements):
    """Return (operator, statement after it) of every mutant of a policy of one statement."""
    written = {name: value for name, value in (READ | elements).items() if value is not None}
    found = mutants(parse_policy({"Version": "2012-10-17", "Statement": [written]}, "p.json"))
    return [(each.operator, next(iter(json.loads(each.text)["Statement"]), None)) for each in found]


def changed(element, **elements):
    """Return (operator, value of an element after it) of the mutants that change that element."""
    before = (READ | elements).get(element)
    return [(name, each.get(element)) for name, each in statements(**elements) if each and each.get(element) != before]


def test_the_whole_statement():
    """A statement is dropped, and its effect is turned round."""
    found = dict(statements())
    assert found["drop-statement"] is None
    assert found["flip-effect"]["Effect"] == "Deny"


def test_actions():
    """An action is widened, swapped with one of a similar name, negated and replaced by any."""
    assert changed("Action") == [
        ("negate-action", None),
        ("any-action", "*"),
        ("widen-action", "s3:GetObject*"),
        ("swap-action", "s3:PutObject"),
        ("widen-action", "s3:*"),
    ]


def test_one_of_several_actions():
    """Of several actions each is dropped, and the others stay beside the one that is changed."""
    found = changed("Action", Action=["s3:GetObject", "s3:PutObject"])
    assert ("drop-action", ["s3:PutObject"]) in found
    assert ("drop-action", ["s3:GetObject"]) in found
    assert ("widen-action", ["s3:GetObject*", "s3:PutObject"]) in found


def test_objects_as_resources():
    """A prefix is narrowed and widened, and becomes one of another bucket, or the bucket itself."""
    assert changed("Resource") == [
        ("negate-resource", None),
        ("any-resource", "*"),
        ("narrow-resource", f"{BUCKET}/in/x*"),
        ("narrow-resource", f"{BUCKET}/in/"),
        ("other-resource", "arn:aws:s3:::b-2/in/*"),
        ("narrow-resource", BUCKET),
        ("widen-resource", f"{BUCKET}/*"),
    ]


@pytest.mark.parametrize(("id_", "widened"), [("mrk-1234", True), ("1234abcd", False)])
def test_keys_as_resources(id_, widened):
    """A key becomes one of another Region and account; of every Region only where it may have related keys there."""
    key = f"arn:aws:kms:us-east-1:111122223333:key/{id_}"
    found = changed("Resource", Action="kms:Decrypt", Resource=key)
    assert ("other-region", key.replace("us-east-1", "us-west-2")) in found
    assert ("other-account", key.replace("111122223333", "999999999999")) in found
    assert ("widen-resource", "arn:aws:kms:us-east-1:111122223333:key/*") in found
    assert (("widen-resource", key.replace("us-east-1", "*")) in found) is widened


def test_principals():
    """A principal becomes another one, anybody, and its account."""
    assert changed("Principal") == [
        ("other-principal", {"AWS": "arn:aws:iam::999999999999:role/other"}),
        ("any-principal", "*"),
        ("account-principal", {"AWS": ["arn:aws:iam::111122223333:root"]}),
    ]


def test_conditions():
    """A condition is dropped, or has another operator, IfExists, ForAllValues, or another value."""
    found = changed("Condition", Condition={"StringLike": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})
    assert found == [
        ("drop-condition", None),
        ("other-operator", {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
        ("other-operator", {"StringNotLike": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
        ("if-exists", {"StringLikeIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
        ("set-operator", {"ForAllValues:StringLike": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
        ("other-region", {"StringLike": {"kms:ViaService": "s3.us-west-2.amazonaws.com"}}),
        ("widen-value", {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}),
        ("other-value", {"StringLike": {"kms:ViaService": "s3.us-east-1.amazonaws.com-other"}}),
    ]


def test_conditions_of_several_values():
    """Of a key with several values the set operator is another one, or none, and each value is dropped."""
    found = changed("Condition", Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}})
    assert ("set-operator", {"StringEquals": {"aws:TagKeys": ["a", "b"]}}) in found
    assert ("set-operator", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}) in found
    assert ("drop-value", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}}) in found


def test_one_of_two_conditions():
    """Without one of two conditions the other one stays as it is; numbers are compared in other orders."""
    block = {"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"s3:TlsVersion": "1.2"}}
    found = changed("Condition", Condition=block)
    assert ("drop-condition", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}) in found
    assert ("flip-value", block | {"Bool": {"aws:SecureTransport": "false"}}) in found
    others = [next(iter(set(each) - {"Bool"})) for name, each in found if name == "other-operator"]
    assert "NumericGreaterThanEquals" in others


def test_no_mutant_twice():
    """Two changes that come to the same are made once; a single statement need not stand in a list."""
    policy = {"Statement": READ | {"Resource": "*", "Principal": "*", "Action": "*"}}
    texts = [each.text for each in mutants(parse_policy(policy, "p"))]
    assert len(texts) == len(set(texts)) == 3  # dropped, turned round, another principal


def test_a_mutant_shows_its_change():
    """The difference has the policy's name, and the lines that change with some around them."""
    policy = parse_policy({"Statement": [READ]}, "p.json")
    mutant = next(each for each in mutants(policy) if each.operator == "any-principal")
    assert mutant.diff(policy).splitlines() == [
        "--- p.json",
        "+++ p.json",
        "@@ -4,7 +4,5 @@",
        '             "Sid": "Read",',
        '             "Effect": "Allow",',
        '-            "Principal": {',
        '-                "AWS": "arn:aws:iam::111122223333:role/R"',
        "-            },",
        '+            "Principal": "*",',
        '             "Action": "s3:GetObject",',
        '             "Resource": "arn:aws:s3:::b/in/*"',
    ]
