"""Condition keys that go together, as what nobody can ask: one without the other, two that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from policygen.matching.arns import complete_fields, fields_of
from policygen.matching.conditions.comparisons import ARN
from policygen.matching.wildcards import text_of
from policygen.proofs.boxes import Part
from policygen.proofs.fields import YES, ManyValues, OneValue, mask_of
from policygen.proofs.values import Pattern
from policygen.request.keys_together import KEYS_TOGETHER, said_of

Keys = Mapping[str, OneValue | ManyValues]


def apart(keys: Keys, patterns: Mapping[str, Sequence[Pattern]]) -> Iterator[Part]:
    """Yield what lies outside the space because keys go together.

    Args:
        keys: The fields of condition keys, by name in lower case.
        patterns: What the policies ask of each.
    """
    for one, other in KEYS_TOGETHER:
        whole, part = keys.get(one), keys.get(other)
        if whole is None or part is None:
            continue
        yield from ({**each, **part.absent()} for each in whole.present())
        yield from ({**each, **whole.absent()} for each in part.present())
        if isinstance(whole, OneValue):
            yield from _contradicting(one, whole, part, patterns[one], patterns[other])


def _contradicting(
    name: str, whole: OneValue, part: OneValue | ManyValues, asked: Sequence[Pattern], of_part: Sequence[Pattern]
) -> Iterator[Part]:
    values = part.field.values if isinstance(part, OneValue) else part.values
    for number, value in enumerate(values):
        said = _said(name, value, of_part) if value is not None else None
        if said is None:
            continue
        others = mask_of(each is not None and not _alike(each, said, asked) for each in whole.field.values)
        here = {part.number: 1 << number} if isinstance(part, OneValue) else {part.first + number: YES}
        yield from [{**here, whole.number: others}] if others else []


def _said(name: str, value: str, patterns: Sequence[Pattern]) -> str | None:
    """Return what every value that meets the patterns as this one does says of the first key; None for not the same."""
    for each in patterns:
        if each.is_text and each.base.comparison.matcher(each.tokens)(value):
            said = said_of(name, _beginning(each))
            if said is not None:
                return said
    return None


def _beginning(pattern: Pattern) -> str:
    """Return what all values begin with that a pattern matches; of an ARN, with wildcards where it may be anything."""
    if pattern.base.comparison is not ARN:
        head = pattern.tokens[0] if pattern.tokens else ""
        return head if isinstance(head, str) else ""
    fields = [text_of(each) for each in complete_fields(fields_of(pattern.tokens))]
    return ":".join("" if "*" in each or "?" in each else each for each in fields)


def _alike(value: str, other: str, patterns: Sequence[Pattern]) -> bool:
    matchers = (each.base.comparison.matcher(each.tokens) for each in patterns if each.is_text)
    return all(matches(value) is matches(other) for matches in matchers)
