"""Wildcards in the place of lists of actions, where nobody knows of another action that they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from policygen.proofs.reference import Reference
from policygen.proofs.rewriting import Elements, values_of, with_part

Wildcard = tuple[str, tuple[str, ...]]
"""A pattern and the actions of the list in whose place it stands, as they are written there."""


def wildcards(statement: Elements, reference: Reference) -> list[Wildcard]:
    """Return the wildcards that could stand in a statement's Action: few, and each as narrow as it can be."""
    written = {each.lower(): each for each in values_of(statement.get("Action", [])) if isinstance(each, str)}
    services = dict.fromkeys(each.partition(":")[0] for each in written if ":" in each)
    return [found for service in services for found in _of_service(service, written, reference)]


def _of_service(service: str, written: dict[str, str], reference: Reference) -> Iterator[Wildcard]:
    names = {each.lower(): each for each in reference.names(service)}
    groups = [(f"{service}:", sorted(names))] if len(names) > 1 else []
    while groups:
        beginning, actions = groups.pop(0)
        if all(each in written for each in actions):
            common = _common_beginning(actions[0], actions[-1])  # of all, for they are sorted
            pattern = f"{names[actions[0]][: len(common)]}*"
            yield pattern, tuple(text for low, text in written.items() if low.startswith(common))
            continue
        longer: dict[str, list[str]] = {}
        for each in actions:
            longer.setdefault(each[: len(beginning) + 1], []).append(each)
        groups += [each for each in longer.items() if len(each[1]) > 1]


def _common_beginning(one: str, other: str) -> str:
    return "".join(char for char, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def with_wildcards(statement: Elements, found: Sequence[Wildcard]) -> Elements:
    """Return a statement with wildcards in the place of the first action each that they stand for."""
    if not found:
        return statement
    place = {text: pattern for pattern, texts in found for text in texts}
    values = (place.get(each, each) for each in values_of(statement["Action"]))
    return with_part(statement, ("Action",), list(dict.fromkeys(values)))
