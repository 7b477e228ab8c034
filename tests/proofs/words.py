"""Reads what ``who-can`` says a request must carry, and tells whether one does: a second way beside the proof."""

from __future__ import annotations

import re
from collections.abc import Mapping

from policygen.matching.arns import compile_resource
from policygen.matching.conditions.comparisons import Comparison
from policygen.matching.conditions.operators import OPERATORS
from policygen.matching.wildcards import tokens_of
from policygen.request import Request

_VALUE = re.compile(r"`([^`]*)`")
_EITHER, _BOTH = re.compile(r";? or (?=is |has |left )"), re.compile(r";? and (?=is |has )")
_OPEN = ("fits", "does not fit", "is such as", "is in", "is none that", "is named", "allow it")
"""What is no test of a key: it is taken to hold."""


def holds(conditions: Mapping[str, str], request: Request) -> bool:
    """Whether a completed request carries what conditions say."""
    return all(_holds(name, words, request) for name, words in conditions.items())


def _holds(name: str, words: str, request: Request) -> bool:
    values: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        values.append(match[1])
        return f"`{len(values) - 1}`"

    plain = _VALUE.sub(numbered, words)
    found = request.context.get(name.lower())
    here = (request.resource,) if name == "resource" else found.values if found is not None else ()
    clauses = [[_BOTH.split(one) for one in _EITHER.split(each)] for each in plain.split("; and ")]
    return all(any(all(_one(each, values, here, request) for each in some) for some in either) for either in clauses)


def _one(words: str, values: list[str], here: tuple[str, ...], request: Request) -> bool:
    if words.startswith(_OPEN):
        return True
    if words in ("is absent", "left as the role has it"):
        return not here or words.startswith("left")
    if words == "has any value":
        return bool(here)
    verb, rest = re.fullmatch(r"(is not|is|has not|has nothing but|has) (.*)", words).groups()
    wanted = re.split(r" or |, ", rest) if " except " in rest else re.split(r" or | and |, ", rest)
    if verb in ("is", "is not"):
        return bool(here) and any(_meets(each, values, here[0]) for each in wanted) is (verb == "is")
    met = [[_meets(each, values, value) for each in wanted] for value in here]
    if verb == "has":
        return all(any(of_one) for of_one in zip(*met, strict=True)) and bool(met)
    return all(any(each) is (verb == "has nothing but") for each in met)


def _meets(wanted: str, values: list[str], value: str) -> bool:
    """Whether a value is what one value of a policy asks for, by one of the comparisons that are said so."""
    wanted, _, but = wanted.partition(" except ")
    if but and any(_meets(each, values, value) for each in but.split(" and ")):
        return False
    relation, _, number = wanted.rpartition("`")[0].rpartition("`")
    if not number.isdigit():
        return True  # other values
    text, relation = values[int(number)], relation.strip()
    if relation == "like" and compile_resource(tokens_of(text))(value):
        return True
    said = [
        each.comparison
        for each in OPERATORS
        if (not each.negated and relation in (each.comparison.relation.split(" ", 2)[-1], each.comparison.relation))
        or (relation == "" and each.comparison.takes_wildcards)
    ]
    return any(each.matcher(tokens_of(text) if relation and each.takes_wildcards else (text,))(value) for each in said)


def _relations(comparison: Comparison) -> tuple[str, str]:
    return comparison.relation, comparison.relation.split(" ", 2)[-1]
