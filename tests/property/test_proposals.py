"""What an explanation proposes is true when it is followed to the letter, and can be done."""

import copy
import json
import re
from random import Random

from hypothesis import HealthCheck, given, settings

from policygen import PolicySet, Request
from policygen.request.condition_keys import Way, find_condition_key
from tests.property.strategies import Maker, cases

SOME = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def decided(case):
    """The policies of a case, and the decision on its request."""
    policies = PolicySet(**case.policies, settings=case.settings)
    return policies, policies.authorize(Request(**case.request))


def ways(policies, request):
    """The ways that a request may have taken, by the keys that it carries."""
    context = request.context
    if policies.vpc_endpoint or any(name in context for name in ("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip")):
        return {Way.VPC_ENDPOINT}
    if "aws:viaawsservice" in context and context["aws:viaawsservice"].values == ("true",):
        return {Way.FORWARDED}
    return {Way.NETWORK} if "aws:sourceip" in context else set(Way)


def followed(request, changes):
    """The request with a proposal followed to the letter, as JSON gives both; null leaves a key out."""
    gone = {key.lower() for key in changes}
    context = {key: value for key, value in request["context"].items() if key.lower() not in gone}
    return request | {"context": context | {key: values for key, values in changes.items() if values is not None}}


def check_proposals(case):
    """Judge every proposal of a case, and return how many there are."""
    policies, decision = decided(case)
    proposals = json.loads(json.dumps(decision.explain().to_dict()))["proposals"]
    for proposal in proposals:
        assert not decision.allowed
        changed = policies.authorize(Request(**followed({"context": {}} | case.request, proposal["changes"])))
        assert changed.decision.value == proposal["gives"] != decision.decision.value
        for key, values in proposal["changes"].items():
            assert not any(sign in value for value in values or () for sign in ("*", "?", "${"))
            check_carried(policies, changed.request, key, values)
    return len(proposals)


def check_carried(policies, request, key, values):
    """A key that a proposal states is one that a request like this can carry, in this way and to this service."""
    known = find_condition_key(key)
    if known is not None and values:
        caller, service = request.principal.kind, request.service
        assert any(known.can_be_carried(caller, way, service) for way in ways(policies, request))
    elif values:
        assert key.partition(":")[0].lower() == request.service


@given(cases())
@SOME
def test_a_proposal_gives_what_it_promises(case):
    """Followed to the letter it gives the decision that it names, with keys that can be carried, and no patterns."""
    check_proposals(case)


@given(cases())
@SOME
def test_an_edit_gives_what_it_promises(case):
    """What an explanation says to add to one statement lets the request through, where it says so."""
    _, decision = decided(case)
    for sentence in decision.explain().suggestions:
        match = re.fullmatch(
            r"in `(?:#)(\d+)` of identity-based policy #(\d+) add `([^`]*)` to (Resource|Action): "
            "the request is then allowed",
            sentence,
        )
        if match:
            index, number, value, element = match.groups()
            policies = copy.deepcopy(case.policies)
            given_ = policies["identity_based"][int(number)]
            statements = given_.get("document", given_)["Statement"]
            statement = statements[int(index)] if isinstance(statements, list) else statements
            now = statement[element]
            statement[element] = [*(now if isinstance(now, list) else [now]), value]
            assert PolicySet(**policies, settings=case.settings).authorize(decision.request).allowed


def test_the_cases_have_proposals():
    """The properties above are not empty: some denied requests have proposals, some sentences that promise."""
    random = Random(7)
    proposals = edits = 0
    for _ in range(1500):
        explanation = decided(Maker(random).case())[1].explain()
        proposals += len(explanation.proposals)
        edits += any(each.startswith("in `#") and "to Resource: " in each for each in explanation.suggestions)
    assert proposals > 20
    assert edits > 2
