"""What a request must carry: a box as expressions that people read, key by key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from policygen.matching.conditions.comparisons import BOOL, Comparison
from policygen.matching.wildcards import Tokens, text_of
from policygen.proofs.boxes import Box
from policygen.proofs.fields import NO, RESOURCE, YES, ManyValues, OneValue, bits
from policygen.proofs.values import Pattern
from policygen.proofs.whole_space import WholeSpace
from policygen.rights.cover import Wanted, both_ways, excepted, listed

_K = TypeVar("_K", bound=Hashable)

Cares = Callable[[int], int]
"""Returns the atoms of a field that somebody can ask."""

RESOURCE_NAME = "resource"
"""Stands among the conditions for the part of the resources that was asked about."""


_OTHERS = "other values"

AND, OR = "; and ", "; or "
"""Stand between what is itself said with "and" or "or"."""


class Asked(NamedTuple):
    """A value of a policy, with how it is compared."""

    comparison: Comparison
    tokens: Tokens

    @property
    def words(self) -> str:
        """What a request's value must be."""
        wild = self.comparison.takes_wildcards and any(not isinstance(each, str) for each in self.tokens)
        relation = self.comparison.relation if wild or not self.comparison.takes_wildcards else ""
        relation = relation.removeprefix("a text ").removeprefix("an ARN ")
        return " ".join(each for each in (relation, f"`{text_of(self.tokens)}`") if each)


def expressions(space: WholeSpace, box: Box, cares: Cares, usual: Collection[str]) -> dict[str, str]:
    """Return what a request of a box must carry, by condition key: all of them must hold.

    Args:
        space: The space.
        box: A box without what nobody can ask.
        cares: Returns the atoms of a field that somebody can ask beside the rest of the box.
        usual: Keys, in lower case, that the caller's role has a value for where a request states none.
    """
    masks, found = space.layout.masks(box), dict[str, str]()
    words = [" and ".join(_of_resource(space, masks[RESOURCE], cares))]
    words = [each for each in (*words, *_of_aside(space, RESOURCE, masks)) if each]
    found |= {RESOURCE_NAME: AND.join(words)} if words else {}
    for key, field in space.keys.items():
        if isinstance(field, OneValue):
            absent = "left as the role has it" if key in usual else "is absent"
            words = [" and ".join(_of_one(space, key, field, masks[field.number], cares, absent))]
            words = [each for each in (*words, *_of_aside(space, field.number, masks)) if each]
            found |= {field.field.name: AND.join(words)} if words else {}
        else:
            words = _of_several(field, masks, space.asked_of(key))
            found |= {space.fields[field.first].name: " and ".join(words)} if words else {}
    for number, flag in space.flags.items():
        if masks[number] != space.fields[number].full:
            found[flag.name] = "fits" if masks[number] == YES else "does not fit"
    return found


def _of_resource(space: WholeSpace, mask: int, cares: Cares) -> list[str]:
    full = space.fields[RESOURCE].full
    if mask == full:
        return []
    wanted = Wanted(mask & cares(RESOURCE), mask, full)
    return _in_words(wanted, space.certain(RESOURCE), _resource_words) or [f"is such as {_some(space, RESOURCE, mask)}"]


def _resource_words(pattern: str) -> str:
    return f"like `{pattern}`" if "*" in pattern or "?" in pattern else f"`{pattern}`"


def _of_one(space: WholeSpace, key: str, field: OneValue, mask: int, cares: Cares, missing: str) -> list[str]:
    full = field.field.full
    if mask == full:
        return []
    care = cares(field.number)
    if not mask & care & ~1:
        return [missing]
    wanted, absent = Wanted(mask & care & ~1, mask & ~1, full & ~1), bool(mask & care & 1)
    if wanted.full == wanted.most:  # where it may be absent as well there is no condition
        return ["has any value"]
    words = _in_words(wanted, patterns_of_key(space, key, field), lambda each: each.words)
    words = words or [f"is such as {_some(space, field.number, mask & ~1)}"]
    return [" or ".join([" and ".join(words), missing])] if absent else words


def patterns_of_key(space: WholeSpace, key: str, field: OneValue) -> dict[Asked, int]:
    """Return the values that policies ask of a key, widest first, each with its atoms; not those put aside."""
    aside = space.aside[field.number].questions if field.number in space.aside else {}
    found = {
        Asked(each.base.comparison, each.tokens): field.field.matching(each.tokens, each.base.comparison.matcher)
        for each in space.asked_of(key)
        if each not in aside
    }
    if any(each.comparison is BOOL for each in found):  # what is not the one is the other
        found |= {
            each: field.field.matching(each.tokens, BOOL.matcher)
            for each in (Asked(BOOL, ("true",)), Asked(BOOL, ("false",)))
        }
    return dict(sorted(((each, mask & ~1) for each, mask in found.items()), key=lambda each: -each[1].bit_count()))


def _in_words(wanted: Wanted, patterns: Mapping[_K, int], words: Callable[[_K], str]) -> list[str]:
    """Return what a value must be; nothing where no list says it."""
    some = listed(wanted, patterns)
    outs = excepted(wanted, patterns)
    if some is not None and (outs is None or len(some) <= len(outs)):
        return [f"is {_either(map(words, some))}"]
    if outs is not None:
        return [f"is not {_either(map(words, outs))}"]
    together = both_ways(wanted, patterns)
    if together is None:
        return []
    return [f"is {_either(map(words, together[0]))}", f"is not {_either(map(words, together[1]))}"]


def _either(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def _some(space: WholeSpace, number: int, mask: int) -> str:
    values = [space.fields[number].values[each] for each in bits(mask)]
    return " or ".join(f"`{each}`" for each in values[:3])


def _of_aside(space: WholeSpace, number: int, masks: tuple[int, ...]) -> list[str]:
    questions = space.aside[number].questions.values() if number in space.aside else ()
    words = {YES: "is like", NO: "is not like"}
    return [f"{words[masks[each]]} `{space.fields[each].name}`" for each in questions if masks[each] in words]


def _of_several(field: ManyValues, masks: tuple[int, ...], asked: Sequence[Pattern]) -> list[str]:
    answers = [(masks[field.first + number], _label(value, asked)) for number, value in enumerate(field.values)]
    some = [name for answer, name in answers if answer == YES]
    none = [name for answer, name in answers if answer == NO]
    others = [name for answer, name in answers if answer != NO]
    if none and not others:
        return ["is absent"]
    words = [f"has {' and '.join(some)}"] if some else []
    if none and _OTHERS not in none:
        words.append(f"has not {' and '.join(none)}")
    elif none:
        words.append(f"has nothing but {', '.join(others)}")
    return words


def _label(value: str, asked: Sequence[Pattern]) -> str:
    """Return what people call an atom of a key with several values: the narrowest pattern that it meets."""
    patterns = {Asked(each.base.comparison, each.tokens): each for each in asked}
    meeting = [each for each in patterns if each.comparison.matcher(each.tokens)(value)]
    if not meeting:
        return _OTHERS
    narrowest = max(meeting, key=lambda each: len(text_of(each.tokens)))
    within = [
        each.words
        for each in patterns
        if each not in meeting and narrowest.comparison.matcher(narrowest.tokens)(text_of(each.tokens))
    ]
    return f"{narrowest.words} except {' and '.join(within)}" if within else narrowest.words
