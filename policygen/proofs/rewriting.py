"""Other ways to write statements that mean the same, on JSON values: nothing is proved here.

A part of a statement is one of its lists: an element, the principals of one kind, the values of one condition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from policygen.matching.conditions.operators import SetOperator, ValueType, parse_operator

Elements = dict[str, Any]
"""A statement as JSON values."""

Part = tuple[str, ...]
"""Where a list stands: ``("Action",)``, ``("Principal", "AWS")``, ``("Condition", "StringLike", "s3:prefix")``."""

_ALTERNATIVES = ("Action", "Resource", "Principal")
_LISTS = (*_ALTERNATIVES, "NotAction", "NotResource", "NotPrincipal", "Condition")


def parts_of(statement: Elements) -> dict[Part, Any]:
    """Return what a statement holds, Sid aside: elements, principals by kind, conditions by operator and key."""
    found: dict[Part, Any] = {}
    for name, value in statement.items():
        if name in ("Principal", "NotPrincipal") and isinstance(value, Mapping):
            found |= {(name, kind): values for kind, values in value.items()}
        elif name == "Condition" and isinstance(value, Mapping):
            found |= {(name, operator, key): values for operator, keys in value.items() for key, values in keys.items()}
        elif name != "Sid":
            found[name,] = value
    return found


def with_part(statement: Elements, part: Part, values: Any) -> Elements:
    """Return a statement with another list in one place."""
    if len(part) == 1:
        return statement | {part[0]: values}
    return statement | {part[0]: with_part(statement[part[0]], part[1:], values)}


def values_of(value: Any) -> list[Any]:
    """Return the values of a part that is one value or a list of them."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return values without those that stand there before: 1 and true are two."""
    return list({_told_apart(each): each for each in values}.values())


def _told_apart(value: Any) -> Any:
    """Return what tells a value from others: a text itself, for lists of texts are long."""
    return value if isinstance(value, str) else (json.dumps(value),)


def has_alternatives(part: Part) -> bool:
    """Tell whether a part holds when one of its values does, so that two lists are the same as one of both.

    True and false are left apart: nobody writes a list of them.
    """
    operator = parse_operator(part[1]) if part[0] == "Condition" else None
    if operator is None:
        return part[0] in _ALTERNATIVES
    of_all = operator.set_operator is SetOperator.FOR_ALL_VALUES
    return not (operator.base.negated or of_all or operator.base.value_type in (ValueType.BOOL, ValueType.NULL))


def in_words(part: Part) -> str:
    """Return how people call a part.

    >>> in_words(("Condition", "StringLike", "s3:prefix"))
    'Condition StringLike s3:prefix'
    """
    return " ".join(part)


Merge = Callable[[Sequence[Elements], Elements, Part], bool]
"""Told of statements that one statement could take the place of, and where they differ; says whether it may."""


def always(_several: Sequence[Elements], _one: Elements, _part: Part) -> bool:
    """Let every merge pass."""
    return True


def merged(statements: list[Elements], may: Merge = always) -> list[Elements]:
    """Return the statements with those that differ in one list of alternatives alone made one, at the first's place."""
    found = statements
    for part in dict.fromkeys(part for each in statements for part in parts_of(each)):
        if has_alternatives(part):
            found = _joined(found, part, may)
    return found if len(found) == len(statements) else merged(found, may)


def _joined(statements: list[Elements], part: Part, may: Merge) -> list[Elements]:
    groups: dict[str, list[Elements]] = {}
    for number, statement in enumerate(statements):
        rest = parts_of(statement)
        alike = json.dumps(sorted(rest.items()), sort_keys=True) if rest.pop(part, None) is not None else str(number)
        groups.setdefault(alike, []).append(statement)
    return [each for group in groups.values() for each in _union(group, part, may)]


def _union(group: list[Elements], part: Part, may: Merge) -> list[Elements]:
    """Return one statement for a group whose members differ in a part alone; the group where it may not be."""
    if len(group) == 1:
        return group
    lists = [values_of(parts_of(each)[part]) for each in group]
    together = distinct(value for values in lists for value in values)
    one = with_part(group[0], part, together) if any(each != lists[0] for each in lists) else group[0]
    return [one] if may(group, one, part) else group


def shortened(statements: Iterable[Elements]) -> list[Elements]:
    """Return the statements with every value of a list once, and a list of one value written as that value."""
    return [
        {name: _short(value) if name in _LISTS else value for name, value in statement.items()}
        for statement in statements
    ]


def _short(value: Any) -> Any:
    if isinstance(value, list):
        once = distinct(value)
        return once[0] if len(once) == 1 else once
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value


def without_sids(statements: Iterable[Elements]) -> list[Elements]:
    """Return the statements without their optional ids."""
    return [{name: value for name, value in statement.items() if name != "Sid"} for statement in statements]


def without_double_sids(statements: Iterable[Elements]) -> list[Elements]:
    """Return the statements of which each Sid is one statement's: the later ones that have it lose theirs."""
    seen: set[object] = set()
    found = []
    for each in statements:
        sid = each.get("Sid")
        found.append({name: value for name, value in each.items() if name != "Sid" or sid not in seen})
        seen.add(sid)
    return found


def longest_first(statement: Elements) -> Iterator[tuple[Part, Any]]:
    """Yield the values of every list that has several, with where it stands, the longest of a list first."""
    for part, written in parts_of(statement).items():
        values = distinct(values_of(written)) if part[0] in _LISTS else []
        for value in sorted(values, key=lambda each: -len(str(each))) if len(values) > 1 else ():
            yield part, value


def without(statement: Elements, part: Part, values: Collection[Any]) -> Elements:
    """Return a statement without some values of a list."""
    gone = set(map(_told_apart, values))
    left = [each for each in values_of(parts_of(statement)[part]) if _told_apart(each) not in gone]
    return with_part(statement, part, left)


def cut(statement: Elements, fits: Callable[[Elements], bool]) -> tuple[Elements, Elements] | None:
    """Return a statement as two that mean the same together, the first as large as fits; None where none does.

    It is cut at the longest list of alternatives of which a beginning fits.
    """
    for part, values in _longest_lists(statement):
        few, many = 0, len(values)
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (middle, many) if fits(with_part(statement, part, values[:middle])) else (few, middle)
        if few:
            return with_part(statement, part, values[:few]), with_part(statement, part, values[few:])
    return None


def halved(statement: Elements) -> tuple[Elements, Elements] | None:
    """Return a statement as two with half of its longest list each; None where no list has two values."""
    for part, values in _longest_lists(statement):
        half = len(values) // 2
        return with_part(statement, part, values[:half]), with_part(statement, part, values[half:])
    return None


def _longest_lists(statement: Elements) -> list[tuple[Part, list[Any]]]:
    lists = [(part, values_of(value)) for part, value in parts_of(statement).items() if has_alternatives(part)]
    return sorted((each for each in lists if len(each[1]) > 1), key=lambda each: -len(json.dumps(each[1])))
