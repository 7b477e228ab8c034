"""What an explanation proposes is true when it is followed to the letter, and can be done."""

import json
from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings

from policygen import PolicySet, Request
from policygen.document.parse import parse_policy
from policygen.document.write import thaw
from policygen.evaluation import authorize
from policygen.evaluation.policies import compiled
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


def edited(policies, edits):
    """The policies with the edits of a proposal made to the letter, as JSON gives them."""

    def change(policy):
        document = thaw(policy.document.written)
        statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        labels = [statement.get("Sid") or f"#{index}" for index, statement in enumerate(statements)]
        for edit in (each for each in edits if each["policy"] == policy.name):
            part = statements[labels.index(edit["statement"])]
            *outer, last = edit["path"]
            if "instead_of" in edit:
                del part["Condition"][edit["instead_of"]][last]
            for name in outer:
                part = part.setdefault(name, {})
            now = part.get(last, [])
            part[last] = [*(now if isinstance(now, list) else [now]), *edit["add"]]
        return compiled(parse_policy(document), policy.name)

    return policies.mapped(change) if edits else policies


def check_proposals(case):
    """Judge every proposal of a case, and return how many change the request, and how many policies."""
    policies, decision = decided(case)
    proposals = json.loads(json.dumps(decision.explain().to_dict()))["proposals"]
    for proposal in proposals:
        assert not decision.allowed
        request = Request(**followed({"context": {}} | case.request, proposal["changes"]))
        changed = authorize(edited(policies, proposal.get("edits", ())), request)
        assert changed.decision.value == proposal["gives"] != decision.decision.value
        for key, values in proposal["changes"].items():
            assert not any(sign in value for value in values or () for sign in ("*", "?", "${"))
            check_carried(policies, request, key, values)
    return Counter(kind for each in proposals for kind in ("changes", "edits") if each.get(kind))


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


def test_the_cases_have_proposals():
    """The property above is not empty: some denied requests have proposals of each sort."""
    random = Random(7)
    found = sum((check_proposals(Maker(random).case()) for _ in range(1500)), Counter())
    assert found["changes"] > 20
    assert found["edits"] > 20
