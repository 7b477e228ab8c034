"""Missing context is neither too much nor, one key at a time, too little."""

import re
from itertools import combinations, product

from hypothesis import HealthCheck, given, settings

from policygen import PolicySet, Request
from tests.property.strategies import DATES, cases

SOME = settings(max_examples=40, suppress_health_check=list(HealthCheck))
NAMES = ("ana", "Ana", "bob", "")
ALWAYS = {
    "aws:SecureTransport": ("true", "false"),
    "aws:ViaAWSService": ("true", "false"),
    "aws:CurrentTime": (*DATES, "1999-01-01T00:00:00Z", "2026-08-01T00:00:00Z", "2030-01-01T00:00:00Z"),
    "aws:RequestedRegion": ("us-east-1", "us-west-2", "eu-west-1", "elsewhere"),
    "aws:userid": ("AIDAEXAMPLE", "111122223333", "ana", "nobody", *(f"AROAEXAMPLE:{name}" for name in NAMES)),
    "aws:SourceIp": ("203.0.113.7", "203.0.113.9", "198.51.100.1", "10.1.2.3", "2001:db8::1", "fe80::1"),
}
FURTHER = {"aws:SourceVpc": ("vpc-1",), "aws:SourceVpce": ("vpce-1",), "aws:VpcSourceIp": ("10.1.2.3", "192.0.2.1")}


def candidates(case, key):
    """Values of a key: the texts that the policies compare it with, some that they tell apart, some of nobody's."""
    found = [*(ALWAYS | FURTHER).get(key, ("true", "false", "x")), *compared(case.policies, key)]
    if key == "aws:userid":
        found += [piece for piece in re.split("[/:]", case.request["resource"]) if piece][-3:]
        found += [case.request["resource"][-3:], *(v for v in case.request["context"].values() if isinstance(v, str))]
    return tuple(dict.fromkeys(found))


def compared(value, key):
    """The texts that stand under a condition key, variables replaced by names that requests have."""
    if isinstance(value, list):
        return [text for each in value for text in compared(each, key)]
    if not isinstance(value, dict):
        return []
    found = [text for name, child in value.items() if name.lower() != key.lower() for text in compared(child, key)]
    for name, child in value.items():
        if name.lower() == key.lower() and "Date" not in str(child):
            texts = [each for each in (child if isinstance(child, list) else [child]) if isinstance(each, str)]
            found += texts
            found += [re.sub(r"\$\{[^}]*\}", name_, text) for text in texts if "${" in text for name_ in NAMES]
    return found


def decided(policies, request, context):
    """The decision with more context."""
    return policies.authorize(Request(**{**request, "context": {**request["context"], **context}}))


def changes(case, keys, before):
    """Whether some values of all these keys together change the decision."""
    policies = PolicySet(**case.policies, settings=case.settings)
    return any(
        decided(policies, case.request, dict(zip(keys, values, strict=True))).decision is not before
        for values in product(*(candidates(case, key) for key in keys))
    )


@given(cases(silent=True))
@SOME
def test_each_missing_key_can_change_the_decision(case):
    """Every key that is reported has a value that changes the decision, alone or together with other reported keys."""
    decision = PolicySet(**case.policies, settings=case.settings).authorize(Request(**case.request))
    missing = decision.missing_context
    given_ = {name.lower() for name in case.request["context"]}
    assert not given_ & {name.lower() for name in missing}
    for key in missing:
        sets = (keys for size in (1, 2, 3) for keys in combinations(missing, size) if key in keys)
        assert any(changes(case, keys, decision.decision) for keys in sets), key


@given(cases(silent=True))
@SOME
def test_no_key_that_changes_the_decision_is_left_out(case):
    """A key that AWS always sends, that is not stated, and one value of which changes the decision, is reported."""
    decision = PolicySet(**case.policies, settings=case.settings).authorize(Request(**case.request))
    known = {value.name.lower() for value in (*decision.request.stated, *decision.request.filled_in)}
    through_endpoint = "vpc_endpoint" in case.policies
    redacted = case.request["principal"] == "s3.amazonaws.com" and case.request["action"].startswith("s3:")
    for key in ALWAYS:
        absent = (key == "aws:SourceIp" and through_endpoint) or (
            redacted and key in {"aws:SourceIp", "aws:SecureTransport"}
        )
        if key.lower() not in known and not absent and changes(case, (key,), decision.decision):
            assert key in decision.missing_context
