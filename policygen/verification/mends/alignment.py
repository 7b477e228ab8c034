"""Which statement stands for which wanted one, and how it reads with what is wanted and nothing else.

Every wanted statement has one statement at most that stands for it, the most similar pairs first: so what does the work
of two is cut in two, and nothing is written twice. A statement for somebody else stands for nothing: changing it would
take from others what they have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from policygen.matching.overlap import covers, overlap
from policygen.verification.similarity import same_bucket, similarity
from policygen.verification.statements import (
    Written,
    condition_element,
    conditions_of,
    differing_elements,
    listed,
    principals_of,
    with_condition,
)

_NAMED, _SAME = 20.0, 10.0
"""More than any similarity: the same Sid, and the same content under whatever name."""

_LEAST = 2.0
"""Statements that are less alike than this have nothing to do with each other."""

_ALMOST_THE_SAME = 5.5
"""All but the Principal is as it should be: then a slip in it is meant, not somebody else."""

_ALL_BUT_CONDITIONS = 6.0
"""A Deny that has lost its conditions, and has nearly all the rest: nobody denies everything to everybody."""


def standing_for(statements: Sequence[Written], wanted: Sequence[Written]) -> dict[int, int]:
    """Return by the number of each statement that of the wanted one for which it stands."""
    scores = [
        (score, -first, -second)
        for first, statement in enumerate(statements)
        for second, other in enumerate(wanted)
        if (score := _score(statement, other)) is not None
    ]
    found: dict[int, int] = {}
    for _, first, second in sorted(scores, reverse=True):
        if -first not in found and -second not in found.values():
            found[-first] = -second
    return found


def jobs(number: int, statements: Sequence[Written], wanted: Sequence[Written]) -> list[Written]:
    """Return the wanted statements whose work a statement does: its own, and those for which no other one stands."""
    pairs = standing_for(statements, wanted)
    own = [wanted[pairs[number]]] if number in pairs else []
    taken = set(pairs.values())
    free = (each for place, each in enumerate(wanted) if place not in taken)
    return own + [each for each in free if does_work_of(statements[number], each)]


def _score(statement: Written, other: Written) -> float | None:
    """Return how well a statement stands for a wanted one; None where it does not."""
    if statement.get("Effect") != other.get("Effect"):
        return None
    if statement.get("Sid") is not None and statement.get("Sid") == other.get("Sid"):
        return _NAMED
    if not differing_elements(statement, other):
        return _SAME
    score = similarity(statement, other)
    if score < _LEAST or not _is_for_them(statement, other, score):
        return None
    return score


def _is_for_them(statement: Written, other: Written, score: float) -> bool:
    """Tell whether a statement is for the principals of another one; a Deny: whether it asks for the same keys."""
    if statement.get("Effect") == "Deny":
        keys, others = ({key.lower() for _, key, _ in conditions_of(each)} for each in (statement, other))
        return keys == others or not keys.isdisjoint(others) or (not keys and score >= _ALL_BUT_CONDITIONS)
    return score >= _ALMOST_THE_SAME or _admits(statement, other)


def _names(statement: Written) -> set[str]:
    """Return who is named, roles without their paths."""
    found = set()
    for each in principals_of(statement.get("Principal")):
        name = each.rpartition("/")[2]
        found |= {name} if not each.endswith(":root") else {each}
    return found


def does_work_of(statement: Written, other: Written) -> bool:
    """Tell whether a statement allows some of what another one allows, to somebody of those whom it is for."""
    if statement.get("Effect") != "Allow" or other.get("Effect") != "Allow":
        return False
    for name, alike in (("Action", _alike), ("Resource", _akin)):
        values = listed(statement.get(name)) or ["*"] * (f"Not{name}" in statement or name not in other)
        if not any(alike(ours, theirs) for ours in values for theirs in listed(other.get(name)) or ["*"]):
            return False
    return _admits(statement, other)


def _admits(statement: Written, other: Written) -> bool:
    """Tell whether a statement is for some of those whom another one is for; everybody may be meant in neither."""
    if "Principal" not in other:
        return True
    ours, theirs = _names(statement), _names(other)
    accounts = {f"{':'.join(each.split(':')[:5])}:root" for each in principals_of(other["Principal"])}
    return "*" in ours or not ours.isdisjoint(theirs | accounts)


def _alike(ours: str, theirs: str) -> bool:
    return overlap(ours.lower(), theirs.lower())


def _akin(ours: str, theirs: str) -> bool:
    return overlap(ours, theirs) or same_bucket(ours, theirs)


_WITH_WILDCARDS = {"StringLike", "ArnLike", "ArnEquals"}
_AS_GOOD = {True: _WITH_WILDCARDS, False: _WITH_WILDCARDS | {"StringEquals"}}
"""Operators that say the same of values, by whether one of these has a wildcard."""


def aligned(
    statement: Written, wanted: Written, broken: Collection[str] = (), *, lacking: bool = False
) -> dict[str, Any]:
    """Return a statement that says what is wanted, in its own words wherever they say the same already.

    Args:
        statement: The statement.
        wanted: What it stands for.
        broken: Elements that fail. Conditions of an Allow that are not wanted stay, for they ask for more; those that
            fail go.
        lacking: Whether it allows too little: then it keeps the actions that it has.
    """
    differing = set(differing_elements(statement, wanted))
    found: dict[str, Any] = {}
    for name, value in statement.items():
        element = name.removeprefix("Not") if name.removeprefix("Not") in wanted else name
        if name == "Sid":
            found[name] = value
        elif name == "Condition":
            found[name] = None  # its place
        elif element in wanted:
            more = _with_actions(value, wanted[element]) if lacking and name == "Action" else wanted[element]
            found[element] = value if name == element and name not in differing else more
    found |= {name: value for name, value in wanted.items() if name not in found and name != "Sid"}
    return _with_conditions(found, _conditions(statement, wanted, broken))


def _with_actions(value: Any, wanted: Any) -> Any:
    """Return actions with those that are wanted and that none of them covers."""
    own = listed(value)
    missing = [each for each in listed(wanted) if not any(covers(ours.lower(), each.lower()) for ours in own)]
    return [*own, *missing] if missing else value


def _with_conditions(statement: dict[str, Any], conditions: Iterator[tuple[str, str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = statement | ({"Condition": {}} if "Condition" in statement else {})
    for operator, key, values in conditions:
        found = with_condition(found, operator, key, values)
    return {name: value for name, value in found.items() if name != "Condition" or value}


def _conditions(statement: Written, wanted: Written, broken: Collection[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield what stays of a statement's conditions, then what is wanted beside it."""
    missing = list(conditions_of(wanted))
    keys = {key.lower() for _, key, _ in missing}
    more = statement.get("Effect") == "Allow" and not _is_delegation(wanted)
    for operator, key, values in conditions_of(statement):
        met = next((each for each in missing if _same(each, (operator, key, values))), None)
        meant = met or next((each for each in missing if each[1].lower() == key.lower()), None)
        if meant is not None:
            missing.remove(meant)
            yield meant if met is None else (operator, key, values)
        elif more and key.lower() not in keys and condition_element(operator, key) not in broken:
            yield operator, key, values
    yield from missing


def _is_delegation(wanted: Written) -> bool:
    return listed(wanted.get("Action")) == ["kms:*"]


def _same(one: tuple[str, str, Any], other: tuple[str, str, Any]) -> bool:
    values = sorted(listed(one[2]))
    if one[1].lower() != other[1].lower() or values != sorted(listed(other[2])):
        return False
    wild = any("*" in each or "?" in each for each in values)
    return one[0] == other[0] or {one[0], other[0]} <= _AS_GOOD[wild]
