"""Input made to be slow or to break something: an answer or a clear error, in bounded time.

None of these is timed. A method that takes exponential or quadratic time would never come to its end here.
"""

import json

import pytest

import policygen as pg

USER = "arn:aws:iam::111122223333:user/ana"


def request(resource="arn:aws:s3:::b/" + "a" * 2000, **context):
    """Return a request with a long resource."""
    return pg.Request(
        principal=USER, action="s3:GetObject", resource=resource, resource_account="111122223333", context=context
    )


def policies(*statements):
    """Return a policy set of one policy."""
    return pg.PolicySet(identity_based=[{"Version": "2012-10-17", "Statement": list(statements)}])


def allow(**elements):
    """Return an Allow."""
    return {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **elements}


def test_two_thousand_stars():
    """Stars in actions, resources and conditions."""
    stars = "a*" * 2000
    assert not policies(allow(Resource=f"arn:aws:s3:::b/{stars}b")).authorize(request()).allowed
    assert policies(allow(Resource=f"arn:aws:s3:::b/{'*' * 2000}a")).authorize(request()).allowed
    assert not policies(allow(Action=f"s3:{stars}")).authorize(request()).allowed
    condition = {"StringLike": {"aws:PrincipalTag/x": f"{stars}b"}}
    decision = policies(allow(Condition=condition)).authorize(request(**{"aws:PrincipalTag/x": "a" * 10_000}))
    assert not decision.allowed
    assert decision.missing_context == ()
    arns = {"ArnLike": {"aws:PrincipalArn": "arn:*" * 400 + ":x"}}
    assert not policies(allow(Condition=arns)).authorize(request()).allowed


def test_variables_within_variables():
    """Unclosed, nested and countless variables are text like any other."""
    for value in (
        "${" * 100_000,
        "}" + "${" * 100_000,
        "${a}" + "${" * 100_000,
        "${" * 5000,
        "${aws:username}" * 5000,
        "${${aws:username}}" * 1000,
        "${a, 'b'}" * 5000,
    ):
        policies(allow(Resource=f"arn:aws:s3:::b/{value}")).authorize(request()).explain()


def test_a_megabyte_of_stars_that_may_cross_colons():
    """A pattern that no text is long enough for costs no more than reading it."""
    stars = "a*" * 200_000
    assert not policies(allow(Resource=f"arn:aws:s3:*:{stars}")).authorize(request()).allowed
    assert policies(allow(Resource="arn:aws:s*")).authorize(request()).allowed


def test_a_long_value_in_every_variable():
    """A pattern grows with what its variables stand for, and no faster."""
    statement = allow(Resource="arn:aws:s3:::" + "${aws:username}" * 5000)
    assert not policies(statement).authorize(request(**{"aws:username": "a" * 2000})).allowed


def test_a_policy_of_a_megabyte():
    """Large documents are parsed, matched and explained."""
    resources = [f"arn:aws:s3:::bucket-{number:06}/*" for number in range(35_000)]
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow(Resource=resources)]})
    assert len(text) > 1_000_000
    target = pg.PolicySet(identity_based=[text])
    assert target.authorize(request("arn:aws:s3:::bucket-034999/k")).allowed
    assert not target.authorize(request("arn:aws:s3:::bucket-35000/k")).allowed


def test_twenty_thousand_statements():
    """Many more statements than any quota allows are judged one after the other."""
    statements = [allow(Sid=f"S{number}", Resource=f"arn:aws:s3:::b/{number}") for number in range(20_000)]
    target = policies(*statements)
    decision = target.authorize(request("arn:aws:s3:::b/19999"))
    assert [statement.sid for statement in decision.matched_statements] == ["S19999"]
    assert not target.authorize(request("arn:aws:s3:::b/20000")).allowed


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":['])
def test_nesting_bombs(opening):
    """Nesting without end is refused with its code."""
    with pytest.raises(pg.DocumentError) as error:
        pg.parse_policy(opening * 100_000, "bomb")
    assert error.value.problems[0].code in ("PG-D001", "PG-D003")


@pytest.mark.parametrize("odd", ["\0", "\ud800", "\udfff\ud800", "\u202e", "\U0001f600", "a\nb", "\x1b[31m"])
def test_odd_characters(odd):
    """Characters that few expect are characters: in keys, values, resources, principals and in messages."""
    statement = allow(
        Sid=odd, Resource=f"arn:aws:s3:::b/{odd}*", Condition={"StringEquals": {f"aws:PrincipalTag/{odd}": odd}}
    )
    target = policies(statement)
    decision = target.authorize(request(f"arn:aws:s3:::b/{odd}k", **{f"aws:PrincipalTag/{odd}": odd}))
    assert decision.allowed
    denied = target.authorize(request(f"arn:aws:s3:::b/{odd}k"))
    assert not denied.allowed
    json.dumps(denied.explain().to_dict())
    assert str(denied.explain())


def test_numbers_of_any_size():
    """Numbers that no machine word holds are compared exactly, or are no numbers."""
    condition = {"NumericLessThan": {"s3:max-keys": "1" + "0" * 300}}
    target = policies(allow(Condition=condition))
    assert target.authorize(request(**{"s3:max-keys": "9" * 300})).allowed
    assert not target.authorize(request(**{"s3:max-keys": "9" * 5000})).allowed
    assert not target.authorize(request(**{"s3:max-keys": "1e999999999"})).allowed
