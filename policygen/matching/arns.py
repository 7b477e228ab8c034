"""ARN patterns: in the Resource element, and in conditions with ArnEquals, ArnLike and their negations.

Both compare field by field and case-sensitively. In a Resource, a ``*`` that ends a field may also run on past
the colon; in a condition it never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from policygen.aws.arns import COLONS, FIELDS
from policygen.matching.wildcards import ANY, ONE, Matcher, Step, Tokens, Wildcard, compile_glob, joined, width


def fields_of(tokens: Tokens) -> list[Tokens]:
    """Cut a pattern at its first five colons; the sixth field holds all further ones."""
    fields: list[list[str | Wildcard]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            fields[-1].append(token)
            continue
        rest = token
        while len(fields) < FIELDS and ":" in rest:
            before, _, rest = rest.partition(":")
            fields[-1].append(before)
            fields.append([])
        fields[-1].append(rest)
    return [joined(field) for field in fields]


def complete_fields(fields: list[Tokens]) -> list[Tokens]:
    """Return six fields: a pattern that stops early is completed with wildcards.

    Unspecified: AWS says so of identity-based policies alone; here it is so in policies of every type.

    Fact: E133
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    return fields + [(ANY,)] * (FIELDS - len(fields))


@lru_cache(maxsize=65536)
def compile_resource(tokens: Tokens) -> Matcher:
    """Return the matcher of one value of a Resource or NotResource element, over an ARN or ``*`` as text.

    ``*`` and ``?`` match inside a field; a ``*`` that is a field's last character may cover the fields after it
    too. A pattern of fewer than six fields is completed with wildcards. A request for ``*`` (an action that takes
    no resource) is matched by ``*`` alone.

    Fact: E133, E165, E166, E167, E168, E169, E170, E171
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if tokens == (ANY,):
        return lambda _text: True
    fields = complete_fields(fields_of(tokens))
    by_field = _by_field(fields)
    if not any(field and field[-1] is ANY for field in fields[:-1]):
        return by_field
    crossing = _crossing(fields)
    return lambda text: by_field(text) or crossing(text)


@lru_cache(maxsize=65536)
def compile_arn(tokens: Tokens) -> Matcher:
    """Return the matcher of one value of an ARN condition; a wildcard stays inside its field.

    Unspecified: AWS does not say what a value of fewer than six fields does here (E220); it is completed with
    wildcards, as in a Resource.

    Fact: E218, E219
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return _by_field(complete_fields(fields_of(tokens)))


def _by_field(fields: Sequence[Tokens]) -> Matcher:
    if not any(isinstance(token, Wildcard) for field in fields[:-1] for token in field):
        return _literal_head(fields)
    matchers = [compile_glob(field) for field in fields]

    def matches(text: str) -> bool:
        parts = text.split(":", COLONS)
        return len(parts) == FIELDS and all(match(part) for match, part in zip(matchers, parts, strict=True))

    return matches


def _literal_head(fields: Sequence[Tokens]) -> Matcher:
    """The common case: five literal fields, so the pattern is a prefix and one glob."""
    head = ":".join("".join(token for token in field if isinstance(token, str)) for field in fields[:-1]) + ":"
    head_width = len(head)
    rest = compile_glob(fields[-1])
    return lambda text: text.startswith(head) and rest(text[head_width:])


def _crossing(fields: Sequence[Tokens]) -> Matcher:
    """Match where a ``*`` that ends a field runs past colons.

    The automaton is made when the first text comes that is long enough: of a pattern that is hostile for its length,
    hardly ever.
    """
    shortest = sum(width(field) for field in fields) + COLONS
    automaton = cache(lambda: _automaton(_steps(fields)))
    return lambda text: len(text) >= shortest and automaton()(text)


def _automaton(steps: Sequence[Step]) -> Matcher:
    """Walk a pattern as an automaton, all states at once in the bits of one integer.

    Time is the product of the two lengths, whatever the pattern.
    """
    accept = 1 << len(steps)
    loops = [0, 0]  # states that may swallow a character: any character, or any but a colon
    skips = 0  # states that may be left without a character
    moves: dict[str, int] = {}
    ones = 0  # states that take any one character but a colon
    ones_everywhere = 0  # states that take any one character
    for index, (kind, char) in enumerate(steps):
        bit = 1 << index
        if kind == "literal":
            moves[char] = moves.get(char, 0) | bit
        elif kind == "one":
            ones |= bit
        elif kind == "one-anywhere":
            ones_everywhere |= bit
        else:
            skips |= bit
            loops[kind == "star"] |= bit

    def closed(states: int) -> int:
        while True:
            more = states | ((states & skips) << 1)
            if more == states:
                return states
            states = more

    def matches(text: str) -> bool:
        states = closed(1)
        for char in text:
            colon = char == ":"
            taking = moves.get(char, 0) | ones_everywhere | (0 if colon else ones)
            staying = loops[1] | (0 if colon else loops[0])
            states = closed(((states & taking) << 1) | (states & staying))
            if not states:
                return False
        return bool(states & accept)

    return matches


def arn_steps(tokens: Tokens, *, crossing: bool) -> list[Step]:
    """Return a pattern of ARNs as an automaton's steps.

    Args:
        tokens: The pattern.
        crossing: Whether a ``*`` that ends a field runs on past the colon: in a Resource it does, in a condition never.
    """
    return _steps(complete_fields(fields_of(tokens)), crossing=crossing)


def _steps(fields: Sequence[Tokens], *, crossing: bool = True) -> list[Step]:
    steps: list[Step] = []
    for number, field in enumerate(fields):
        last_field = number == COLONS
        if number:
            steps.append(("literal", ":"))
        for index, token in enumerate(field):
            if isinstance(token, str):
                steps.extend(("literal", char) for char in token)
            elif token is ONE:
                steps.append(("one-anywhere" if last_field else "one", ""))
            else:
                crosses = last_field or (crossing and index == len(field) - 1)
                steps.append(("star" if crosses else "star-in-field", ""))
    return steps
