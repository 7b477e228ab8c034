"""Choosing tests by an expression over ids and names."""

import pytest

from policygen.errors import ArgumentError, Place
from policygen.scenario import parse_selection
from policygen.suite import TestCase as Case

HINT = "write words that stand in ids or names, with `and`, `or`, `not` and brackets; quote a text with spaces: `'a b'`"
TESTS = {
    "over-tls": "reads over TLS",
    "without-tls": None,
    "put": "writes a report",
    "#3": "Notes",
}


def taken(expression):
    """Return the ids of the tests that an expression takes."""
    selection = parse_selection(expression)
    tests = (Case(id=each, name=name, place=Place()) for each, name in TESTS.items())
    return [test.id for test in tests if selection.takes(test)]


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("tls", ["over-tls", "without-tls"]),
        ("TLS", ["over-tls", "without-tls"]),
        ("report", ["put"]),
        ("#3", ["#3"]),
        ("not tls", ["put", "#3"]),
        ("tls and over", ["over-tls"]),
        ("put or over", ["over-tls", "put"]),
        ("put or tls and over", ["over-tls", "put"]),
        ("(put or tls) and over", ["over-tls"]),
        ("not (put or tls)", ["#3"]),
        ("not put and not tls", ["#3"]),
        ("not not put", ["put"]),
        ("tls AND NOT over", ["without-tls"]),
        ("'over TLS'", ["over-tls"]),
        ('"a report" or notes', ["put", "#3"]),
        ("'and'", []),
        ("notes", ["#3"]),
        (" and ".join(["tls"] * 5000), ["over-tls", "without-tls"]),
    ],
)
def test_what_is_taken(expression, ids):
    """Words stand in id or name, whatever their case; not binds closest, then and, then or; quotes hold spaces."""
    assert taken(expression) == ids


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "column 1 of ``: a word is missing"),
        ("a b", "column 3 of `a b`: `and`, `or` or the end is needed, not `b`"),
        ("a and", "column 6 of `a and`: a word is missing"),
        ("or a", "column 1 of `or a`: a word is needed, not `or`"),
        ("a and or b", "column 7 of `a and or b`: a word is needed, not `or`"),
        ("(a", "column 3 of `(a`: `)` is missing"),
        ("a)", "column 2 of `a)`: `and`, `or` or the end is needed, not `)`"),
        ("a or 'b", "column 6 of `a or 'b`: the quote is not closed"),
        ("''", "column 1 of `''`: the quotes are empty"),
        ("(" * 5000, f"column 1 of `{'(' * 5000}`: it is nested too deep"),
    ],
)
def test_what_is_no_expression(expression, message):
    """What is no expression is refused at its column, with what may be written."""
    with pytest.raises(ArgumentError) as error:
        parse_selection(expression)
    (problem,) = error.value.problems
    assert (problem.code, problem.message, problem.hint) == ("PG-A002", message, HINT)
