"""What holds for every decision, whatever the policies."""

import copy
import json
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policygen import EvalDecision, PolicySet, Request
from policygen.document.model import Effect
from policygen.evaluation.results.traces import NOT_APPLICABLE
from tests.property.strategies import Case, Maker, cases

SOME = settings(max_examples=200, suppress_health_check=list(HealthCheck))
SINGLE = ("permissions_boundary", "vpc_endpoint")


def decided(case, policies=None):
    """The engine's decision on a case, under other policies if given."""
    chosen = case.policies if policies is None else policies
    return PolicySet(**chosen, settings=case.settings).authorize(Request(**case.request))


def documents(policies):
    """Every document of a suite's ``policies``, as the dict that stands there."""
    found = []
    for name, value in policies.items():
        if name == "grants":
            continue
        values = [value] if isinstance(value, dict) else value
        for each in values:
            found.extend(each if isinstance(each, list) else [each])
    return [each.get("document", each) for each in found]


def statements(document):
    """The statements of a document, as a list that can be changed."""
    if isinstance(document["Statement"], dict):
        document["Statement"] = [document["Statement"]]
    return document["Statement"]


@st.composite
def cases_with_statement(draw, effect):
    """A case, and a further statement of one effect that often applies."""
    random = draw(st.randoms(use_true_random=False))
    maker = Maker(random)
    case = maker.case()
    added = maker.statement("resource")
    added["Effect"] = effect
    added.pop("NotPrincipal", None)
    return case, added, random


@given(cases_with_statement("Deny"))
@SOME
def test_adding_a_deny_allows_nothing(drawn):
    """A further Deny in any policy never turns a deny into an allow."""
    case, added, random = drawn
    before = decided(case)
    policies = copy.deepcopy(case.policies)
    found = documents(policies)
    if not found:
        policies["identity_based"] = [{"Statement": [added]}]
    else:
        where = statements(random.choice(found))
        where.insert(random.randrange(len(where) + 1), added)
    assert before.allowed or not decided(case, policies).allowed


@given(cases_with_statement("Allow"))
@SOME
def test_adding_an_allow_to_an_identity_policy_denies_nothing(drawn):
    """A further Allow in an identity-based policy never turns an allow into a deny."""
    case, added, _ = drawn
    added.pop("Principal", None)
    policies = copy.deepcopy(case.policies)
    policies.setdefault("identity_based", []).append({"Statement": added})
    assert decided(case, policies).allowed or not decided(case).allowed


def shuffled(value, random, name=""):
    """The same policies with policies, statements, and values in another order."""
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        return {each: shuffled(value[each], random, each) for each in names}
    if isinstance(value, list):
        found = [shuffled(each, random) for each in value]
        random.shuffle(found)
        return found
    return value


@given(cases(), st.randoms(use_true_random=False))
@SOME
def test_order_does_not_matter(case, random):
    """Neither the order of policies, levels, statements, elements and values, nor that of the context decides."""
    request = {**case.request, "context": shuffled(case.request["context"], random)}
    other = Case(policies=shuffled(case.policies, random), request=request, settings=case.settings)
    before, after = decided(case), decided(other)
    assert before.decision is after.decision
    assert sorted(each.effect.value for each in before.matched_statements) == sorted(
        each.effect.value for each in after.matched_statements
    )


def in_parts(given_):
    """A list of documents with a document for each statement; of lists of documents, each list so."""
    if any(isinstance(each, list) for each in given_):
        return [in_parts(each) for each in given_]
    documents_ = (each.get("document", each) for each in given_)
    return [{**document, "Statement": statement} for document in documents_ for statement in statements(document)]


@given(cases())
@SOME
def test_one_policy_in_two_parts(case):
    """Statements mean the same in one policy and spread over several (policies of one type are OR-ed)."""
    policies = copy.deepcopy(case.policies)
    for name in ("identity_based", "session", "resource_based"):
        if policies.get(name):
            policies[name] = in_parts(policies[name] if isinstance(policies[name], list) else [policies[name]])
    assert decided(case, policies).decision is decided(case).decision


@given(cases())
@SOME
def test_explanation_agrees_with_the_decision(case):
    """An explanation never fails, is JSON and text, and its trace shows the very statements that decided."""
    decision = decided(case)
    explanation = decision.explain()
    assert json.loads(json.dumps(explanation.to_dict())) == explanation.to_dict()
    assert str(explanation).startswith("ALLOWED" if decision.allowed else "DENIED")
    assert explanation.decision is decision.decision
    applying = {
        (layer.policy_type, layer.level, each.policy, each.index): each.effect
        for layer in explanation.layers
        if layer.outcome != NOT_APPLICABLE
        for each in layer.statements
        if each.applies
    }
    matched = {(each.policy_type, each.policy, each.index): each.effect for each in decision.matched_statements}
    traced = {(kind, policy, index): effect for (kind, _, policy, index), effect in applying.items()}
    granted = {key for key in matched if key[0].value == "grant"}
    assert {key: matched[key] for key in matched if key not in granted}.items() <= traced.items()
    denies = {key for key, effect in traced.items() if effect is Effect.DENY}
    if decision.decision is EvalDecision.EXPLICIT_DENY:
        assert denies == set(matched)
    elif case.request["action"] != "sts:GetCallerIdentity" and not case.request["action"].endswith("BucketPolicy"):
        assert not denies
    if decision.decision is EvalDecision.IMPLICIT_DENY:
        assert not matched
    if decision.decision is EvalDecision.ALLOWED:
        assert set(matched.values()) <= {Effect.ALLOW}


@given(cases())
@SOME
def test_asking_twice_gives_the_same(case):
    """One policy set answers one request the same each time, and a request equals its twin."""
    policies = PolicySet(**case.policies, settings=case.settings)
    first, second = Request(**case.request), Request(**case.request)
    assert first == second
    assert hash(first) == hash(second)
    one, two = policies.authorize(first), policies.authorize(second)
    assert (one.decision, one.matched_statements, one.missing_context) == (
        two.decision,
        two.matched_statements,
        two.missing_context,
    )


def test_the_cases_change_decisions():
    """The properties above are not empty: a further Deny, or a further Allow, does change some decisions."""
    random = Random(4)
    changed = {"Allow": 0, "Deny": 0}
    for _ in range(900):
        maker = Maker(random)
        case = maker.case()
        for effect in changed:
            added = {**maker.statement("identity"), "Effect": effect}
            policies = copy.deepcopy(case.policies)
            policies.setdefault("identity_based", []).append({"Statement": added})
            changed[effect] += decided(case).decision is not decided(case, policies).decision
    assert min(changed.values()) > 10
