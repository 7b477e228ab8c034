"""Wildcards in the place of lists of actions, where a catalogue knows no other action that they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from policygen.matching.actions import compile_action
from policygen.proofs.rewriting import Elements, values_of, with_part
from policygen.proofs.witness import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownActions:
    """What a catalogue knows.

    Attributes:
        names: Returns the actions of a service, by its prefix in lower case.
        date: The day on which the catalogue was made.
    """

    names: Names
    date: str

    def matched_by(self, pattern: str) -> list[str]:
        """Return the actions that a pattern matches."""
        matches = compile_action(pattern.lower())
        return [each for each in self.names(pattern.partition(":")[0].lower()) if matches(each.lower())]


Wildcard = tuple[str, tuple[str, ...]]
"""A pattern and the actions of the list in whose place it stands, as they are written there."""


def wildcards(statement: Elements, known: KnownActions) -> list[Wildcard]:
    """Return the wildcards that could stand in a statement's Action: few, and each as narrow as it can be."""
    written = {each.lower(): each for each in values_of(statement.get("Action", [])) if isinstance(each, str)}
    services = dict.fromkeys(each.partition(":")[0] for each in written if ":" in each)
    return [found for service in services for found in _of_service(service, written, known)]


def _of_service(service: str, written: dict[str, str], known: KnownActions) -> Iterator[Wildcard]:
    names = {each.lower(): each for each in known.names(service)}
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


def without_wildcards(statement: Elements, found: Sequence[Wildcard], known: KnownActions) -> Elements:
    """Return a statement with all actions in the place of each wildcard that the catalogue says it matches."""
    if not found:
        return statement
    patterns = {pattern for pattern, _ in found}
    listed = ([each] if each not in patterns else known.matched_by(each) for each in values_of(statement["Action"]))
    return with_part(statement, ("Action",), [action for actions in listed for action in actions])
