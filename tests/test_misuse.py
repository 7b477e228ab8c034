"""What cannot be used is a PolicygenError, whatever argument it is given for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policygen as pg

SPEC = Path(__file__).resolve().parents[1] / "samples" / "mrk-replication" / "spec.yaml"
BOB = "arn:aws:iam::111122223333:user/bob"
KEY = "arn:aws:s3:::bucket/key"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"}],
}
REQUEST = pg.Request(principal=BOB, action="s3:GetObject", resource=KEY)
SPEC_ONCE = pg.load_spec(SPEC)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: pg.PolicySet(identity_based=3), "PG-D004"),
        (lambda: pg.PolicySet(identity_based=b"{}"), "PG-D004"),
        (lambda: pg.PolicySet(resource_based=0), "PG-D004"),
        (lambda: pg.PolicySet(grants="x"), "PG-A001"),
        (lambda: pg.PolicySet(grants={"KeyId": "x"}), "PG-A001"),
        (lambda: pg.PolicySet(service_control=3), "PG-A001"),
        (lambda: pg.PolicySet(settings=3), "PG-A001"),
        (lambda: pg.Environment(principals=[BOB], resources={}), "PG-A001"),
        (lambda: pg.Environment(principals={BOB: ALLOW}, resources={}), "PG-A001"),
        (lambda: pg.PrincipalPolicies(tags={"team": "data"}), "PG-A001"),
        (lambda: pg.ResourcePolicies(account=111122223333), "PG-A001"),
        (lambda: pg.PolicySet().authorize("s3:GetObject"), "PG-A001"),
        (lambda: pg.Environment(principals={}, resources={}).authorize(None), "PG-A001"),
        (lambda: pg.compile(pg.PolicySet()).authorize({}), "PG-A001"),
        (lambda: pg.compile("x"), "PG-A001"),
        (lambda: pg.verify(None), "PG-A001"),
        (lambda: pg.verify(SPEC_ONCE, 3), "PG-A001"),
        (lambda: pg.verify(SPEC_ONCE, {"111122223333/s3/source/bucket-policy.json": 3}), "PG-A001"),
        (lambda: pg.generate("spec.yaml"), "PG-A001"),
        (lambda: pg.generate(SPEC_ONCE, 3), "PG-A001"),
        (lambda: pg.export_to(SPEC_ONCE, "terraform", {}), "PG-A001"),
        (lambda: pg.plan({}), "PG-A001"),
        (lambda: pg.load_spec(3), "PG-A001"),
        (lambda: pg.load_environment(b"account.yaml"), "PG-A001"),
        (lambda: pg.run_suite(None), "PG-A001"),
        (lambda: pg.validate(None), "PG-A001"),
        (lambda: pg.request_warnings("s3:GetObject"), "PG-A001"),
    ],
)
def test_misuse_says_what_to_give(call, code):
    """An argument of a type that is not taken is a PolicygenError with code, message and hint."""
    with pytest.raises(pg.PolicygenError) as caught:
        call()
    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.message
    assert problem.hint


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.sampled_from(
        [object(), object, len, [], {}, set(), (), [None], [[3]], {3: 4}, {"Statement": 3}, {"x"}, ((1,),)]
    ),
)
"""Values that no argument means; none is the name of a file that exists."""

CALLS = {
    "load_spec": pg.load_spec,
    "load_environment": pg.load_environment,
    "run_suite": pg.run_suite,
    "generate": pg.generate,
    "generate templates": lambda junk: pg.generate(SPEC_ONCE, junk),
    "verify": pg.verify,
    "plan": pg.plan,
    "export_to": lambda junk: pg.export_to(junk, "terraform"),
    "export_to form": lambda junk: pg.export_to(SPEC_ONCE, junk),
    "compile": pg.compile,
    "parse_policy": pg.parse_policy,
    "is_public": pg.is_public,
    "is_public network origin": lambda junk: pg.is_public(ALLOW, access_point_network_origin=junk),
    "validate": pg.validate,
    "validate policy type": lambda junk: pg.validate(ALLOW, junk),
    "validate resource type": lambda junk: pg.validate(ALLOW, None, junk),
    "validate source": lambda junk: pg.validate(ALLOW, source=junk),
    "validate network origin": lambda junk: pg.validate(ALLOW, network_origin=junk),
    "request_warnings": pg.request_warnings,
    "authorize": lambda junk: pg.PolicySet().authorize(junk),
    "authorize in an environment": lambda junk: pg.Environment(principals={}, resources={}).authorize(junk),
    "authorize by an engine": lambda junk: pg.compile(pg.PolicySet()).authorize(junk),
}
for _name in ("principal", "action", "resource", "resource_account", "context", "known"):
    CALLS[f"Request {_name}"] = lambda junk, name=_name: pg.Request(
        **{"principal": BOB, "action": "s3:GetObject", "resource": KEY, name: junk}
    )
for _name in pg.PolicySet.__dataclass_fields__:
    CALLS[f"PolicySet {_name}"] = lambda junk, name=_name: pg.PolicySet(**{name: junk}).authorize(REQUEST)
for _name in ("block_public_access", "management_account", "vpc_endpoint_type"):
    CALLS[f"Settings {_name}"] = lambda junk, name=_name: pg.PolicySet(settings={name: junk}).authorize(REQUEST)
for _name in ("principals", "resources", "management_account", "service_control", "resource_control"):
    CALLS[f"Environment {_name}"] = lambda junk, name=_name: pg.Environment(
        **{"principals": {BOB: pg.PrincipalPolicies()}, "resources": {}, name: junk}
    ).authorize(REQUEST)
for _name in pg.PrincipalPolicies.__dataclass_fields__:
    CALLS[f"PrincipalPolicies {_name}"] = lambda junk, name=_name: pg.Environment(
        principals={BOB: pg.PrincipalPolicies(**{name: junk})}, resources={}
    ).authorize(REQUEST)
for _name in pg.ResourcePolicies.__dataclass_fields__:
    CALLS[f"ResourcePolicies {_name}"] = lambda junk, name=_name: pg.Environment(
        principals={}, resources={"arn:aws:s3:::bucket": pg.ResourcePolicies(**{name: junk})}
    ).authorize(REQUEST)


@pytest.mark.parametrize("name", CALLS)
@given(junk=JUNK)
def test_junk_is_a_problem_or_taken(name, junk):
    """Whatever is given for an argument: it is taken, or it is a PolicygenError; never a TypeError or another."""
    try:
        CALLS[name](junk)
    except pg.PolicygenError as error:
        for problem in error.problems:
            assert problem.code
            assert problem.message
