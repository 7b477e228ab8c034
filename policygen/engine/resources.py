"""Indexes over many resource patterns: one question to all of them, whose price hardly grows with their number.

A pattern is literal, a beginning (literal text and one ``*`` at its end, behind the fifth colon), or something else.
Literal ones are looked up in a dict. Everything else is found by its anchor, the literal text that it begins with: by
the anchor's directory (its text up to a slash) where it has one, else by the anchor's length, or by bisection. Patterns
that are something else are then tried one by one; many of them with one anchor are one regular expression.

An entry's value is what the index answers for it; the answers of several entries are joined with ``|``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from itertools import groupby
from operator import or_
from typing import Any, NamedTuple

from policygen.aws.arns import COLONS, FIELDS
from policygen.engine import limits
from policygen.engine.trie import compile_many, runs_past_fields
from policygen.matching.arns import compile_resource, fields_of
from policygen.matching.wildcards import ANY, Matcher, Tokens, Wildcard, joined

Found = Any
"""What an index answers: the bits of an integer, or a frozenset of numbers."""

Find = Callable[[str], Found]

Compiler = Callable[[Tokens], Matcher]
"""Makes the matcher of a pattern with wildcards inside: the interpreter's, or :func:`compile_quick`."""

REGION, _ACCOUNT = 3, 4
_PARTITION = len("arn:aws:")


class Entry(NamedTuple):
    """A pattern with what the index answers where it matches."""

    tokens: Tokens
    value: Found


class _Anchored(NamedTuple):
    """A pattern that is no literal text.

    Attributes:
        anchor: The literal text that it begins with.
        tokens: The pattern; None for one that matches whatever begins with the anchor.
        value: What the index answers.
    """

    anchor: str
    tokens: Tokens | None
    value: Found


def is_exact(tokens: Tokens) -> bool:
    """Tell whether a pattern matches one resource only."""
    return len(tokens) == 1 and isinstance(tokens[0], str) and tokens[0].count(":") >= COLONS


def is_beginning(tokens: Tokens) -> bool:
    """Tell whether a pattern matches whatever begins with its literal text."""
    return len(tokens) == 2 and tokens[1] is ANY and is_exact(tokens[:1])


def open_fields(tokens: Tokens) -> tuple[int, ...]:
    """Return which of Region (3) and account (4) are ``*`` in a pattern that is else literal, or a beginning.

    Empty for any other pattern. Such patterns are common: ``arn:aws:kms:*:111122223333:key/*``.
    """
    fields = fields_of(tokens)
    found = tuple(number for number in (REGION, _ACCOUNT) if len(fields) == FIELDS and fields[number] == (ANY,))
    if not found:
        return ()
    bare = without_fields(tokens, found)
    return found if is_exact(bare) or is_beginning(bare) else ()


def without_fields(tokens: Tokens, fields: tuple[int, ...]) -> Tokens:
    """Return a pattern with some of its fields left empty."""
    parts: list[str | Wildcard] = []
    for number, field in enumerate(fields_of(tokens)):
        parts.extend((":" if number else "", *(() if number in fields else field)))
    return joined(parts)


def bare_resource(fields: tuple[int, ...], resource: str) -> str:
    """Return an ARN with some of its fields left empty; nothing unless it has exactly five colons.

    In an ARN of more colons a ``*`` may run on past its field.
    """
    parts = resource.split(":")
    if len(parts) != FIELDS:
        return ""
    for number in fields:
        parts[number] = ""
    return ":".join(parts)


@lru_cache(maxsize=4096)
def compile_quick(tokens: Tokens) -> Matcher:
    """Return a matcher that answers as the interpreter's does, faster for an ARN of exactly five colons.

    It costs more to make: plans that are asked often have such matchers.
    """
    return _guarded(compile_many([tokens]), [tokens])


def _guarded(quick: Matcher, patterns: list[Tokens]) -> Matcher:
    """Leave ARNs of more colons to the interpreter's matchers where a ``*`` may run on past its field."""
    past = [tokens for tokens in patterns if runs_past_fields(tokens)]
    if not past:
        return quick

    def matches(text: str) -> bool:
        if text.count(":") == COLONS:
            return quick(text)
        return quick(text) or any(compile_resource(tokens)(text) for tokens in past)

    return matches


def compile_index(entries: Iterable[Entry], nothing: Found, compiler: Compiler) -> Find:
    """Return a function that joins the values of all patterns that match a resource; ``nothing`` where none does.

    With :func:`compile_quick`, many patterns that begin alike become one regular expression.
    """
    always = nothing
    exact: dict[str, Found] = {}
    anchored: list[_Anchored] = []
    for tokens, value in entries:
        if tokens == (ANY,):
            always |= value
        elif is_exact(tokens):
            text = str(tokens[0])
            exact[text] = exact.get(text, nothing) | value
        else:
            anchor = tokens[0] if tokens and isinstance(tokens[0], str) else ""
            anchored.append(_Anchored(anchor, None if is_beginning(tokens) else tokens, value))
    parts: list[Find] = []
    if exact:
        get = exact.get
        parts.append(lambda resource: get(resource, nothing))
    if anchored:
        parts.append(_by_directory(anchored, nothing, compiler, 0))
    return _joined(always, parts)


def _joined(always: Found, parts: list[Find]) -> Find:
    if not parts:
        return lambda _resource: always
    if len(parts) == 1 and not always:
        return parts[0]
    if len(parts) == 2 and not always:
        first, second = parts
        return lambda resource: first(resource) | second(resource)

    def find(resource: str) -> Found:
        found = always
        for part in parts:
            found |= part(resource)
        return found

    return find


def _by_directory(entries: list[_Anchored], nothing: Found, compiler: Compiler, start: int) -> Find:
    """Look patterns up by their anchor's text up to the next slash from ``start`` on.

    Those whose anchor has no further slash are looked up by its text up to the service. A directory with many patterns
    is split again.
    """
    loose = [each for each in entries if each.anchor.find("/", start) < 0]
    inside = [each for each in entries if each.anchor.find("/", start) >= 0]
    if len(entries) <= limits.MOST_ALONE or not inside:
        return _by_service(entries, nothing, compiler)
    found = _by_part(inside, nothing, "/", start, lambda group, end: _by_directory(group, nothing, compiler, end))
    return _joined(nothing, [found, _by_service(loose, nothing, compiler)] if loose else [found])


def _by_service(entries: list[_Anchored], nothing: Found, compiler: Compiler) -> Find:
    """Look patterns up by their anchor's text up to the first colon behind the partition of an ARN."""
    anchors = {each.anchor for each in entries}
    if len(anchors) <= limits.MOST_ALONE or any(anchor.find(":", _PARTITION) < 0 for anchor in anchors):
        return _loose(entries, nothing, compiler)
    return _by_part(entries, nothing, ":", _PARTITION, lambda group, _end: _loose(group, nothing, compiler))


def _by_part(
    entries: list[_Anchored], nothing: Found, separator: str, start: int, below: Callable[[list[_Anchored], int], Find]
) -> Find:
    """Look patterns up by their anchor's text up to a separator, the first from ``start`` on.

    Beginnings of a single value are compared on the spot; for any other group ``below`` makes a function.
    """

    def part(text: str) -> str:
        return text[: text.find(separator, start) + 1]

    table: dict[str, tuple[tuple[str, ...], Found, Find | None]] = {}
    for key, found in groupby(sorted(entries, key=lambda each: part(each.anchor)), key=lambda each: part(each.anchor)):
        group = list(found)
        if len(group) <= limits.MOST_ALONE and all(
            each.tokens is None and each.value == group[0].value for each in group
        ):
            table[key] = (tuple(each.anchor for each in group), group[0].value, None)
        else:
            table[key] = ((), nothing, below(group, len(key)))
    get = table.get

    def find(resource: str) -> Found:
        entry = get(resource[: resource.find(separator, start) + 1])
        if entry is None:
            return nothing
        starts, value, further = entry
        if further is not None:
            return further(resource)
        return value if resource.startswith(starts) else nothing

    return find


def _loose(entries: list[_Anchored], nothing: Found, compiler: Compiler) -> Find:
    """Find patterns by their anchors alone."""
    groups: dict[str, list[_Anchored]] = {}
    for each in entries:
        groups.setdefault(each.anchor, []).append(each)
    if len(groups) == 1:
        ((anchor, group),) = groups.items()
        return _one_anchor(anchor, group, nothing, compiler)
    if all(each.tokens is None for each in entries):
        values = {anchor: reduce(or_, (each.value for each in group)) for anchor, group in groups.items()}
        lengths = sorted({len(anchor) for anchor in values})
        return (
            _by_length(values, lengths, nothing)
            if len(lengths) <= limits.MOST_LENGTHS
            else _by_bisection(values, nothing)
        )
    return _by_anchor(
        {anchor: _one_anchor(anchor, group, nothing, compiler) for anchor, group in groups.items()}, nothing
    )


def _one_anchor(anchor: str, group: list[_Anchored], nothing: Found, compiler: Compiler) -> Find:
    always = reduce(or_, (each.value for each in group if each.tokens is None), nothing)
    matchers = _matchers([(each.tokens, each.value) for each in group if each.tokens is not None], compiler)
    if not matchers:
        return lambda resource: always if resource.startswith(anchor) else nothing
    if len(matchers) == 1 and not always:
        ((match, value),) = matchers
        return lambda resource: value if resource.startswith(anchor) and match(resource) else nothing

    def find(resource: str) -> Found:
        if not resource.startswith(anchor):
            return nothing
        found = always
        for match, value in matchers:
            if match(resource):
                found |= value
        return found

    return find


def _matchers(group: list[tuple[Tokens, Found]], compiler: Compiler) -> list[tuple[Matcher, Found]]:
    """Return matchers with their values; many patterns of one value are put into one regular expression."""
    by_value: dict[Found, list[Tokens]] = {}
    for pattern, value in group:
        by_value.setdefault(value, []).append(pattern)
    found: list[tuple[Matcher, Found]] = []
    for value, patterns in by_value.items():
        if compiler is not compile_quick or len(patterns) == 1:
            found.extend((compiler(tokens), value) for tokens in patterns)
            continue
        for first in range(0, len(patterns), limits.MOST_IN_ONE_EXPRESSION):
            some = patterns[first : first + limits.MOST_IN_ONE_EXPRESSION]
            found.append((_guarded(compile_many(some), some), value))
    return found


def _by_length(table: dict[str, Found], lengths: list[int], nothing: Found) -> Find:
    get = table.get
    if len(lengths) == 1:
        (length,) = lengths
        return lambda resource: get(resource[:length], nothing)

    def find(resource: str) -> Found:
        found = nothing
        for length in lengths:
            found |= get(resource[:length], nothing)
        return found

    return find


def _parents(ordered: list[str]) -> list[int]:
    """Return for each text the place of the longest other one that it begins with; -1 where there is none."""
    parents: list[int] = []
    stack: list[int] = []
    for index, text in enumerate(ordered):
        while stack and not text.startswith(ordered[stack[-1]]):
            stack.pop()
        parents.append(stack[-1] if stack else -1)
        stack.append(index)
    return parents


def _by_bisection(table: dict[str, Found], nothing: Found) -> Find:
    """Find the longest beginning by bisection; each holds the values of those that it begins with itself."""
    ordered = sorted(table)
    parents = _parents(ordered)
    values: list[Found] = []
    for text, parent in zip(ordered, parents, strict=True):
        values.append(table[text] if parent < 0 else table[text] | values[parent])

    def find(resource: str) -> Found:
        index = bisect_right(ordered, resource) - 1
        while index >= 0:
            if resource.startswith(ordered[index]):
                return values[index]
            index = parents[index]
        return nothing

    return find


def _by_anchor(table: dict[str, Find], nothing: Found) -> Find:
    """Ask every anchor that a resource begins with; the longest is found by bisection."""
    ordered = sorted(table)
    parents = _parents(ordered)
    finds = [table[text] for text in ordered]

    def find(resource: str) -> Found:
        index = bisect_right(ordered, resource) - 1
        found = nothing
        while index >= 0:
            found |= finds[index](resource)
            index = parents[index]
        return found

    return find
