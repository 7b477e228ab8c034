"""The engine's answers are the interpreter's: decision, statements, missing context, explanation."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policygen as pg
from policygen.engine import limits
from policygen.evaluation import AccountPolicies, PrincipalPolicies, ResourcePolicies
from policygen.evaluation.environment import identity_of
from tests.property.strategies import OTHER, OWN, Case, Maker, cases
from tests.reference.evaluator import decide

MANY = settings(max_examples=150, suppress_health_check=list(HealthCheck))
ROUNDS = 4
"""Enough for every plan to be compiled, and written as source."""


@pytest.fixture(autouse=True)
def _hot_at_once(monkeypatch):
    """Plans go through all their stages within a few requests."""
    monkeypatch.setattr(limits, "HOT", 2)


@st.composite
def questions(draw):
    """A case, and further requests: others of the same kind, and any."""
    random = draw(st.randoms(use_true_random=False))
    case = Maker(random).case()
    others = []
    for _ in range(3):
        maker = Maker(random)
        others.extend(({**case.request, "context": maker.context()}, maker.make_request()))
    return case, others


def same(answer, expected):
    """Both decisions are alike in everything that can be asked."""
    assert answer.decision is expected.decision
    assert answer.allowed is expected.allowed
    assert answer.matched_statements == expected.matched_statements
    assert answer.request == expected.request


def same_reasons(answer, expected):
    """Both give the same reasons."""
    assert answer.missing_context == expected.missing_context
    assert answer.explain().to_dict() == expected.explain().to_dict()
    assert str(answer.explain()) == str(expected.explain())


@given(questions())
@MANY
def test_engine_equals_interpreter(drawn):
    """Under any policy set the engine answers as the interpreter does, in each stage of its plans."""
    case, others = drawn
    policies = pg.PolicySet(**case.policies, settings=case.settings)
    engine = pg.compile(policies)
    requests = [pg.Request(**each) for each in (case.request, *others)]
    expected = [policies.authorize(request) for request in requests]
    for _ in range(ROUNDS):
        for request, answer in zip(requests, expected, strict=True):
            same(engine.authorize(request), answer)
    same_reasons(engine.authorize(requests[0]), expected[0])


@given(cases())
@MANY
def test_engine_equals_reference(case):
    """The engine decides as the evaluator that was written from the facts alone, once its plans are compiled."""
    engine = pg.compile(pg.PolicySet(**case.policies, settings=case.settings))
    request = pg.Request(**case.request)
    words = {engine.authorize(request).decision.value for _ in range(ROUNDS)}
    assert words == {decide(case.policies, case.request, case.settings)}


@st.composite
def environments(draw):
    """An environment around some cases, and requests in it."""
    random = draw(st.randoms(use_true_random=False))
    drawn: list[Case] = [Maker(random).case() for _ in range(4)]
    principals, resources = {}, {}
    for case in drawn:
        owner = identity_of(pg.Request(**case.request).principal)
        boundary = case.policies.get("permissions_boundary")
        if owner is not None:
            principals[owner] = PrincipalPolicies(
                identity_based=tuple(case.policies.get("identity_based", ())),
                permissions_boundary=boundary,
                trust_policy=case.policies.get("resource_based") if Maker(random).chance(50) else None,
                tags=random.choice(((), (("team", "blue"),), (("Team", "red"), ("cost", "1")))),
            )
        name = case.request["resource"]
        held = name.split("/")[0] if name.startswith("arn:aws:s3") and Maker(random).chance(70) else name
        resources[held] = ResourcePolicies(
            account=random.choice((None, OWN, OTHER)),
            resource_based=(case.policies["resource_based"],) if "resource_based" in case.policies else (),
            tags=random.choice(((), (("team", "red"),))),
            aliases=random.choice(((), ("alias/data",))),
            multi_region=random.choice((None, "primary")),
            block_public_access=random.choice(({}, {"RestrictPublicBuckets": True})),
            abac=random.choice((False, True)),
            default_encryption=random.choice((None, ("aws:kms", "arn:aws:kms:us-east-1:111122223333:key/mrk-1"))),
        )
    first = drawn[0].policies
    environment = pg.Environment(
        principals=principals,
        resources=resources,
        management_account=random.choice((None, OTHER)),
        members=random.choice((None, frozenset(), frozenset((OWN,)), frozenset((OWN, OTHER)))),
        accounts={OWN: AccountPolicies(s3_policy=random.choice((None, "all", "none")))},
        service_control=tuple(map(tuple, first.get("service_control", ()))),
        resource_control=tuple(map(tuple, first.get("resource_control", ()))),
        default_encryption_visible=random.choice((False, True)),
    )
    asked = [case.request for case in drawn] + [Maker(random).make_request() for _ in range(4)]
    return environment, [pg.Request(**each) for each in asked]


@given(environments())
@MANY
def test_engine_equals_interpreter_in_an_environment(drawn):
    """In any environment the engine answers as the interpreter does, with what the environment fills in."""
    environment, requests = drawn
    engine = pg.compile(environment)
    for _ in range(ROUNDS):
        for request in requests:
            same(engine.authorize(request), environment.authorize(request))
    same_reasons(engine.authorize(requests[0]), environment.authorize(requests[0]))


def test_random_cases_reach_every_stage():
    """The cases of this file are worth something: they run as closures, and as source."""
    random, runs = Random(5), set()
    for _ in range(20):
        case = Maker(random).case()
        engine = pg.compile(pg.PolicySet(**case.policies, settings=case.settings))
        request = pg.Request(**case.request)
        for _ in range(ROUNDS):
            engine.authorize(request)
            (plans,) = engine._callers.values()
            (plan,) = plans.values()
            runs.add(plan.run.__qualname__)
    assert {"Plan._compiled.<locals>.counted", "run"} <= runs
