"""Reading condition values and operator names, and matching wildcards."""

from decimal import Decimal

import pytest

from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import operator_names
from policygen.matching.conditions.values import (
    read_address,
    read_binary,
    read_bool,
    read_date,
    read_network,
    read_number,
)
from policygen.matching.wildcards import ANY, ONE, compile_glob, joined, lowered, text_of, tokens_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", Decimal(5)),
        ("-5.50", Decimal("-5.5")),
        ("+1e3", Decimal(1000)),
        ("5.", None),
        ("", None),
        ("0x5", None),
        ("five", None),
        ("1_000", None),
        ("\u0665", None),
    ],
)
def test_numbers(text, number):
    """A number is digits, at most one point and an exponent."""
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970", 0),
        ("1970-01", 0),
        ("1970-01-02", 86400),
        ("1970-01-01T00:01Z", 60),
        ("1970-01-01T00:00:01.5Z", Decimal("1.5")),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00-0100", 3600),
        ("1970-01-01T00:00:00+01", -3600),
        ("1970-01-01 00:00:00", 0),
        ("1767225600", 1767225600),
        ("-1", -1),
        ("2026-13-01", None),
        ("2026-02-30", None),
        ("2026-01-01T25:00:00Z", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates(text, seconds):
    """A date is an ISO 8601 form or seconds since 1970."""
    assert read_date(text) == seconds


@pytest.mark.parametrize(("text", "value"), [("true", True), ("FALSE", False), ("yes", None), ("", None)])
def test_booleans(text, value):
    """Only true and false, in any letter case."""
    assert read_bool(text) is value


@pytest.mark.parametrize(("text", "value"), [("AQID", b"\x01\x02\x03"), ("", b""), ("AQI", None), ("%", None)])
def test_base64(text, value):
    """Base64 with its padding."""
    assert read_binary(text) == value


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("10.0.0/8", "None"),
        ("10.0.0.0/99", "None"),
        ("10.0.0.0/255.0.0.0", "None"),
        ("10.0.0.0/0.0.0.255", "None"),
        ("10.0.0.0/", "None"),
        ("x", "None"),
    ],
)
def test_networks(text, network):
    """An address is a network of one; bits behind the prefix do not count."""
    assert str(read_network(text)) == network


def test_addresses():
    """A request has addresses, not networks."""
    assert str(read_address("203.0.113.7")) == "203.0.113.7"
    assert read_address("203.0.113.0/24") is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("StringEquals", "StringEquals"),
        ("stringequalsifexists", "StringEqualsIfExists"),
        ("ForAnyValue:StringLike", "ForAnyValue:StringLike"),
        ("forallvalues:arnlikeIFEXISTS", "ForAllValues:ArnLikeIfExists"),
        ("Null", "Null"),
        ("NullIfExists", "None"),
        ("ForSomeValues:StringEquals", "None"),
        ("StringMatches", "None"),
        ("", "None"),
        ("IfExists", "None"),
    ],
)
def test_operators(name, read):
    """Operators with prefix and suffix, without regard to letter case."""
    assert str(parse_operator(name)) == read


def test_operator_names():
    """Each base operator is listed once."""
    assert len(set(operator_names())) == len(operator_names())
    assert "StringNotEqualsIgnoreCase" in operator_names()


def test_tokens():
    """A pattern is literal texts and wildcards; runs of stars are one."""
    assert tokens_of("a**b?") == ("a", ANY, "b", ONE)
    assert joined(["a", "", "b", ANY, ANY]) == ("ab", ANY)
    assert lowered(("Ab", ANY)) == ("ab", ANY)
    assert text_of(("Ab", ANY, "c", ONE)) == "Ab*c?"


@pytest.mark.parametrize("stars", [12, 200, 2000])
def test_hostile_patterns(stars):
    """Many stars are matched in one pass: a text of ten thousand characters is no trouble."""
    pattern = "a*" * stars + "b"
    assert not compile_glob(tokens_of(pattern))("a" * 10_000)
    assert compile_glob(tokens_of(pattern))("a" * 10_000 + "b")
    assert compile_glob(tokens_of("*" * stars))("a" * 10_000)
    assert not compile_glob(tokens_of("*?" * stars))("a" * (stars - 1))
