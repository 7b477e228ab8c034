"""The values of a context key that a statement tells apart: no other value of it can make a difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policygen.evaluation.statements import CompiledStatement
from policygen.matching.conditions.examples import examples
from policygen.matching.variables import Template, Variable, variable_value
from policygen.matching.wildcards import Wildcard
from policygen.request.model import Request

_MOST_PLACES = 4


def values_told_apart(key: str, statement: CompiledStatement, request: Request) -> Iterator[str]:
    """Yield values of a key, given in lower case: those of its conditions, and what it may stand for as a variable."""
    for condition in statement.conditions:
        if condition.key == key:
            yield from examples(condition, request.context)
        asked = request.context.get(condition.key)
        for template in condition.templates:
            for text in asked.values if asked else ():
                yield from _left_over(template, key, text, request)
    for template in statement.resource_templates:
        yield from _left_over(template, key, request.resource, request)


def _left_over(template: Template, key: str, text: str, request: Request) -> Iterator[str]:
    """Yield what the variable ``key`` may have to be for a pattern to match ``text``.

    The value stands between the literal text before the variable and the literal text behind it; every place of
    these is tried, up to a limit. What does not fit changes no decision, so guesses do no harm. Rejected: a regular
    expression, which takes a hostile pattern exponential time.
    """
    places = [index for index, part in enumerate(template.parts) if isinstance(part, Variable) and part.key == key]
    if not places:
        return
    before = _literal(reversed(template.parts[: places[0]]), request)[::-1]
    behind = _literal(template.parts[places[0] + 1 :], request)
    head = "".join(before)
    tail = "".join(behind)
    for start in _ends_of(head, text):
        stops = _starts_of(tail, text, start) if tail else (len(text), *_starts_of("/", text, start))
        yield from (text[start:stop] for stop in stops)


def _literal(parts: Iterable[str | Wildcard | Variable], request: Request) -> list[str]:
    """Return the literal texts up to the first wildcard, or variable without value."""
    found: list[str] = []
    for part in parts:
        text = variable_value(part, request.context) if isinstance(part, Variable) else part
        if not isinstance(text, str):
            break
        found.append(text)
    return found


def _starts_of(piece: str, text: str, start: int) -> Iterator[int]:
    for _ in range(_MOST_PLACES):
        start = text.find(piece, start)
        if start < 0:
            return
        yield start
        start += 1


def _ends_of(piece: str, text: str) -> Iterator[int]:
    return (start + len(piece) for start in _starts_of(piece, text, 0))
