"""Every condition operator in every form, asked of the interpreter and of the engine in each of its stages."""

from itertools import product

import pytest

import policygen as pg
from policygen.engine import limits
from policygen.matching.conditions import operators
from policygen.matching.conditions.comparisons import Comparison
from policygen.matching.conditions.operators import OPERATORS, BaseOperator, SetOperator, ValueType
from policygen.matching.wildcards import text_of
from tests.engine.helpers import ALLOW, ROLE, policy, request

WANTED = {
    ValueType.STRING: ["blue", "a*", "?x", "${aws:PrincipalAccount}", ""],
    ValueType.NUMERIC: ["10", "2.5", "x"],
    ValueType.DATE: ["2026-01-01T00:00:00Z", "1767225600", "x"],
    ValueType.BOOL: ["true"],
    ValueType.BINARY: ["YmFzZTY0", "x"],
    ValueType.IP_ADDRESS: ["203.0.113.0/24", "2001:db8::/32", "x"],
    ValueType.ARN: ["arn:aws:iam::*:role/a*", ROLE, "x"],
    ValueType.NULL: ["true", "false"],
}
SENT = {
    ValueType.STRING: ["blue", "Blue", "abc", "a*", "zx", "111122223333", ""],
    ValueType.NUMERIC: ["10", "9.99", "2.50", "1e1", "x"],
    ValueType.DATE: ["2026-01-01T00:00:00Z", "2026", "1767225600", "2027-01-01", "x"],
    ValueType.BOOL: ["true", "TRUE", "false", "x"],
    ValueType.BINARY: ["YmFzZTY0", "eA==", "x"],
    ValueType.IP_ADDRESS: ["203.0.113.7", "203.0.114.7", "2001:db8::1", "x"],
    ValueType.ARN: [ROLE, "arn:aws:iam::111122223333:role/b", "arn:aws:iam::1:role/a:b", "x"],
    ValueType.NULL: ["", "x"],
}
KEYS = ("custom:key", "aws:TagKeys", "aws:PrincipalTag/team", "aws:PrincipalArn", "kms:EncryptionContextKeys")
"""A key that nobody knows, a multivalued one, a family's, one that follows from the caller, one that follows from the
encryption context."""


def forms(base: BaseOperator) -> list[str]:
    """Return an operator with every prefix and suffix that it takes."""
    prefixes = ("", *(f"{each.value}:" for each in SetOperator))
    suffixes = ("",) if base.value_type is ValueType.NULL else ("", "IfExists")
    return [f"{prefix}{base.name}{suffix}" for prefix, suffix in product(prefixes, suffixes)]


def contexts(key: str, sent: list[str]) -> list[dict[str, object]]:
    """Return contexts in which a key is absent, empty, has each value, and has several."""
    several = [sent, sent[:2], [sent[0], sent[-1]], [""], ["", sent[0]]]
    values = [None, [], *sent, *several]
    spelled = (key, key.upper())
    return [{}, *({spelled[number % 2]: value} for number, value in enumerate(values))]


def hold_alike(operator: str, key: str, wanted: list[list[str]], sent: list[str]) -> None:
    """Ask both evaluators under each list of values, in each context, until every plan has gone through its stages."""
    statements = [
        {**ALLOW, "Sid": f"S{number}", "Condition": {operator: {key: values}}} for number, values in enumerate(wanted)
    ]
    policies = pg.PolicySet(identity_based=policy(*statements))
    asked = [
        request(action=action, resource="*", context=context)
        for context in contexts(key, sent)
        for action in ("s3:ListAllMyBuckets", "kms:ListKeys")
    ]
    expected = [policies.authorize(each).matched_statements for each in asked]
    engine = pg.compile(policies)
    for _ in range(3):
        for question, answer in zip(asked, expected, strict=True):
            assert engine.authorize(question).matched_statements == answer, (operator, key, question)


@pytest.fixture(autouse=True)
def _hot_at_once(monkeypatch):
    """Plans go through all their stages within a few requests."""
    monkeypatch.setattr(limits, "HOT", 20)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("base", OPERATORS, ids=lambda base: base.name)
def test_every_operator_in_every_form(base, key):
    """Operator, set operator, IfExists and kind of key: interpreter and engine answer alike for every value."""
    values = WANTED[base.value_type]
    for operator in forms(base):
        hold_alike(operator, key, [[each] for each in values] + [values, []], SENT[base.value_type])


def _first_letter(tokens):
    wanted = text_of(tokens)[:1]
    return lambda text: text[:1] == wanted


@pytest.mark.parametrize("negated", [False, True])
def test_an_operator_that_is_new(monkeypatch, negated):
    """A string operator that is added to the table, and says no more than how it matches, is judged alike by both."""
    base = BaseOperator(
        name="StringBegins",
        value_type=ValueType.STRING,
        comparison=Comparison(matcher=_first_letter),
        negated=negated,
    )
    monkeypatch.setitem(operators._BY_NAME, "stringbegins", base)
    values = WANTED[ValueType.STRING]
    for key in KEYS:
        for operator in forms(base):
            hold_alike(operator, key, [[each] for each in values] + [values], SENT[ValueType.STRING])
    policies = pg.PolicySet(identity_based=policy({**ALLOW, "Condition": {"StringBegins": {"k": "blue"}}}))
    engine = pg.compile(policies)
    answers = {engine.authorize(request(context={"k": "b"})).allowed for _ in range(60)}
    assert answers == {not negated}
