"""The comparisons behind the condition operators: each says once how a request's value meets a policy's value.

A comparison makes the matcher of one policy value, and says what else may be known of it. Whoever wants to answer
faster than the matcher does (an engine, a proof) may rely on that and on nothing else.

Fact: E197, E198, E199, E200, E201, E202, E203, E205, E210, E213, E214, E215, E219
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from policygen.matching.arns import compile_arn
from policygen.matching.conditions.values import (
    read_address,
    read_binary,
    read_bool,
    read_date,
    read_network,
    read_number,
)
from policygen.matching.wildcards import Matcher, Tokens, compile_glob, text_of

Order = Callable[[Any, Any], bool]
"""How two read values stand to each other: ``operator.lt`` and its like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a request's value is compared with a policy's value.

    Attributes:
        matcher: Makes the matcher of a policy's value, variables replaced.
        takes_wildcards: Whether ``*`` and ``?`` are wildcards in a policy's value.
        is_of_text: Whether a policy's value without wildcards matches exactly the same text, and one with a ``*`` at
            its end alone whatever begins with the text before it.
        order: How a request's value must stand to a policy's value, both read; None where they are not read.
        relation: What a request's value must be to a policy's value, in words; empty for the same.
    """

    matcher: Callable[[Tokens], Matcher]
    takes_wildcards: bool = False
    is_of_text: bool = False
    order: Order | None = None
    relation: str = ""


def _ignoring_case(tokens: Tokens) -> Matcher:
    wanted = text_of(tokens).lower()
    return lambda text: text.lower() == wanted


def _in_network(tokens: Tokens) -> Matcher:
    """An IPv4 address is in no IPv6 range, and the other way round (E215)."""
    network = read_network(text_of(tokens))
    if network is None:
        return lambda _text: False

    def matches(text: str) -> bool:
        address = read_address(text)
        return address is not None and address.version == network.version and address in network

    return matches


def _read(read: Callable[[str], Any], order: Order = eq, relation: str = "") -> Comparison:
    """Return the comparison of values that are read first; a text that is none of their type matches nothing."""

    def matcher(tokens: Tokens) -> Matcher:
        wanted = read(text_of(tokens))
        if wanted is None:
            return lambda _text: False

        def matches(text: str) -> bool:
            found = read(text)
            return found is not None and order(found, wanted)

        return matches

    return Comparison(matcher=matcher, order=order, relation=relation)


def ordered(read: Callable[[str], Any], *relations: str) -> tuple[Comparison, ...]:
    """Return the comparisons equal, less, less or equal, greater, greater or equal of values that are read."""
    return tuple(_read(read, order, words) for order, words in zip((eq, lt, le, gt, ge), relations, strict=True))


TEXT = Comparison(matcher=compile_glob, is_of_text=True)
TEXT_IGNORING_CASE = Comparison(matcher=_ignoring_case, relation="in any case of letters")
TEXT_LIKE = Comparison(matcher=compile_glob, takes_wildcards=True, is_of_text=True, relation="a text like")
ARN = Comparison(matcher=compile_arn, takes_wildcards=True, relation="an ARN like")
NUMBERS = ordered(read_number, "", "less than", "at most", "greater than", "at least")
DATES = ordered(read_date, "", "before", "at the latest", "after", "at the earliest")
BOOL = _read(read_bool)
BINARY = _read(read_binary)
NETWORK = Comparison(matcher=_in_network, relation="an address in")
PRESENCE = _read(read_bool)
"""``Null`` compares no values of the request: its own are read as Booleans."""
