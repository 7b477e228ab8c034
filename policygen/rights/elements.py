"""Statements of an IAM policy made of boxes: elements as the policies write them where that says the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from policygen.aws.arns import COLONS
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.overlap import met_by_both
from policygen.matching.variables import Template
from policygen.matching.wildcards import ANY
from policygen.proofs.automaton import union
from policygen.proofs.fields import ACTION, RESOURCE
from policygen.proofs.whole_space import WholeSpace
from policygen.rights.cover import Wanted, both_ways, excepted, listed


class Element(NamedTuple):
    """An element of a statement.

    Attributes:
        name: Its name, such as ``NotAction``.
        values: Its values.
        mask: What they hold, as atoms; of variables what they may hold.
        but: Values that a Deny beside the statement must take away again.
        cut: What that Deny takes away, as atoms.
    """

    name: str
    values: list[str]
    mask: int
    but: tuple[str, ...] = ()
    cut: int = 0


NAMES = {ACTION: ("Action", "NotAction"), RESOURCE: ("Resource", "NotResource")}


_TOGETHER = "\n"
"""Stands between patterns that say something together."""

_MOST_CROSSED = 60
"""Patterns of which every two are put together."""


class NotWrittenError(Exception):
    """What is allowed cannot be said by statements of these elements; the text says why."""


def element(space: WholeSpace, number: int, wanted: Wanted, statements: Collection[CompiledStatement]) -> list[Element]:
    """Return actions or resources as elements, each for a statement of its own.

    Args:
        space: The space.
        number: The field: :data:`ACTION` or :data:`RESOURCE`.
        wanted: The atoms.
        statements: The statements whose own element is taken where it says the same.

    Raises:
        NotWrittenError: No elements say it.
    """
    only = statements if number == ACTION else _telling(space, statements)
    for each in only:
        patterns = each.actions if number == ACTION else each.resources
        if patterns is not None and _says(mask := space.spans(each, number), wanted):
            values = [_as_read(value, patterns) if number == RESOURCE else value for value in patterns.written]
            return [Element(NAMES[number][patterns.negated], list(dict.fromkeys(values)), mask)]
    if number == RESOURCE and (RESOURCE in space.aside or any(map(_has_variables, only))):
        message = "resources with variables, or of many patterns, that another policy cuts"
        raise NotWrittenError(message)
    found = _of_patterns(wanted, _patterns(space, number), NAMES[number])
    return [each._replace(values=_apart(each.values), but=tuple(_apart(each.but))) for each in found]


def _apart(patterns: Iterable[str]) -> list[str]:
    return [each for text in patterns for each in text.split(_TOGETHER)]


def _as_read(value: str, patterns: Patterns) -> str:
    """Return a resource so that a policy with variables reads it as the policy does that it comes from."""
    literal = any(isinstance(each, str) and "${" in each for tokens in patterns.static for each in tokens)
    return value.replace("${", "${$}{") if literal else value


def _says(mask: int, wanted: Wanted) -> bool:
    return not wanted.least & ~mask and not mask & ~wanted.most


def _has_variables(statement: CompiledStatement) -> bool:
    return statement.resources is not None and bool(statement.resources.templates)


def _telling(space: WholeSpace, statements: Collection[CompiledStatement]) -> list[CompiledStatement]:
    """Return the statements whose own resources may stand for those of all.

    Where resources have variables or are put aside, atoms do not say all: then one alone may tell resources apart.

    Raises:
        NotWrittenError: Several do.
    """
    limiting = [each for each in statements if each.resources is not None and not is_everything(each.resources)]
    distinct = {(each.resources.negated, each.resources.written) for each in limiting if each.resources is not None}
    rich = RESOURCE in space.aside or any(map(_has_variables, limiting))
    if rich and len(distinct) > 1:
        message = "the resources of several policies, with variables or of many patterns, must match together"
        raise NotWrittenError(message)
    return limiting or [*statements]


def _patterns(space: WholeSpace, number: int) -> dict[str, int]:
    """Return every pattern that is known of a field, widest first, and single values."""
    found = space.certain(number)
    singles = {
        each: 1 << at for at, each in enumerate(space.fields[number].values) if _stands_alone(space, number, each)
    }
    known = singles | found | dict(_meetings(found, number))
    return dict(sorted(known.items(), key=lambda each: -each[1].bit_count()))


def _meetings(patterns: Mapping[str, int], number: int) -> Iterator[tuple[str, int]]:
    """Yield what two patterns match both, as patterns: of ``s3:*Tagging`` and ``s3:Get*`` it is ``s3:Get*Tagging``."""
    simple = {
        each.lower() if number == ACTION else each: mask
        for each, mask in patterns.items()
        if each.count("*") == 1 and "?" not in each and (number == ACTION or each.split("*")[0].count(":") >= COLONS)
    }
    for (one, first), (other, second) in combinations(list(simple.items())[:_MOST_CROSSED], 2):
        common = first & second
        met = met_by_both(one, other) if common and common not in (first, second) else ()
        if met:
            yield _TOGETHER.join(met), common


def _stands_alone(space: WholeSpace, number: int, value: str) -> bool:
    return number == ACTION and value in space.actions.real


def _of_patterns(wanted: Wanted, patterns: Mapping[str, int], names: tuple[str, str]) -> list[Element]:
    def held(some: Iterable[str]) -> int:
        return union(patterns[each] for each in some)

    some, outs = listed(wanted, patterns), excepted(wanted, patterns)
    if not wanted.full & ~wanted.most:
        return [Element(names[0], ["*"], wanted.full)]
    if some is not None and (outs is None or len(some) <= len(outs)):
        return [Element(names[0], some, held(some))]
    if outs is not None:
        return [Element(names[1], outs, wanted.full & ~held(outs))]
    return _peeled(wanted, patterns, names)


def _peeled(wanted: Wanted, patterns: Mapping[str, int], names: tuple[str, str]) -> list[Element]:
    """Return all but some patterns, and what of these is wanted all the same.

    Raises:
        NotWrittenError: No patterns say it.
    """
    ordered = sorted(patterns.items(), key=lambda each: (each[1] & wanted.least).bit_count())
    outside, chosen = wanted.full & ~wanted.most, dict[str, int]()
    for each, mask in ordered:
        if mask & outside & ~union(chosen.values()) and mask != wanted.full:
            chosen[each] = mask
    held = union(chosen.values())
    rest = listed(Wanted(wanted.least & held, wanted.most, wanted.full), patterns)
    if outside & ~held or rest is None or not wanted.least & ~held:
        together = both_ways(wanted, patterns)
        if together is not None:
            some, outs = together
            cut = union(patterns[each] for each in outs)
            return [Element(names[0], some, union(patterns[each] for each in some) & ~cut, tuple(outs), cut)]
        message = f"no list of patterns holds what is allowed: {', '.join([*patterns][:6])} …"
        raise NotWrittenError(message)
    few = excepted(Wanted(wanted.least & ~held, wanted.full & ~outside, wanted.full), chosen) or [*chosen]
    all_but = Element(names[1], few, wanted.full & ~union(chosen[each] for each in few))
    return [all_but, *([Element(names[0], rest, union(patterns[each] for each in rest))] if rest else [])]


def conditions(statements: Iterable[CompiledStatement]) -> dict[str, dict[str, Any]]:
    """Return the conditions of several statements as one block: all of them must hold.

    Raises:
        NotWrittenError: Two ask the same of one key with other values, which one block cannot hold.
    """
    found: dict[str, dict[str, Any]] = {}
    spelled: dict[tuple[str, str], str] = {}
    for condition in (condition for each in statements for condition in each.conditions):
        operator, entry = str(condition.operator), condition.entry
        block = found.setdefault(operator, {})
        name = spelled.setdefault((operator, condition.key), entry.key)
        values = list(dict.fromkeys(map(_read_alike, entry.values, condition.templates)))
        if name in block and set(block[name]) != set(values):
            block[name] = _both(operator, name, block[name], values, negated=condition.operator.base.negated)
        else:
            block[name] = values
    return found


def _read_alike(value: str, template: Template) -> str:
    """Return a value so that a policy with variables reads it as the policy does that it comes from."""
    literal = any(isinstance(each, str) and "${" in each for each in template.parts)
    return value.replace("${", "${$}{") if literal else value


def _both(operator: str, name: str, one: list[str], other: list[str], *, negated: bool) -> list[str]:
    """Return the values of two conditions on one key that must both hold.

    Raises:
        NotWrittenError: No list says it.
    """
    simple = ":" not in operator
    if simple and negated:
        return list(dict.fromkeys([*one, *other]))
    exact = operator.removesuffix("IfExists") in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    plain = not any(sign in each for each in (*one, *other) for sign in "*?$")
    common = [each for each in one if each in other]
    if simple and exact and plain and common:
        return common
    message = f"two policies ask {operator} of {name} with other values, and both must hold"
    raise NotWrittenError(message)


def is_everything(patterns: Patterns | None) -> bool:
    """Tell whether an element is ``*``."""
    return patterns is not None and not patterns.negated and not patterns.templates and {*patterns.static} == {(ANY,)}
