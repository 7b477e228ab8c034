"""What could go from policies that are attached together, for something else says it already.

Only proposals are made here: whoever takes them proves that the access stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.proofs.automaton import TooRichError, union
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.compare import why_ended
from policygen.proofs.fields import ACTION, RESOURCE
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import Reference
from policygen.proofs.rewriting import Elements, Part, longest_first, parts_of, values_of, with_part, without
from policygen.proofs.same import readings
from policygen.proofs.space import Space

_FIELDS: dict[Part, int] = {("Action",): ACTION, ("Resource",): RESOURCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Something that makes no difference.

    Attributes:
        number: The number of its statement, over all policies.
        part: The list that it stands in; None for the whole statement.
        value: The value; None for the whole statement.
        why: Why it makes none; empty for a value: others cover it.
    """

    number: int
    part: Part | None = None
    value: Any = None
    why: str = ""


@dataclass(slots=True)
class _Entry:
    """A statement as far as it is left, with its policy's version, and its boxes."""

    statement: Elements
    version: str | None
    denies: bool
    readings: tuple[list[Box], ...]


def idle(
    statements: Sequence[tuple[Elements, str | None]], kind: Kind, reference: Reference, looked: Callable[[], None]
) -> tuple[list[Idle], str]:
    """Return what could go, each beside what is left when all before it are gone, and why not all was looked at.

    Args:
        statements: The statements of policies that are attached together, each with the Version of its policy.
        kind: What the policies are.
        reference: What is known of actions.
        looked: Called for each statement that was looked at.
    """
    found: list[Idle] = []
    search = None
    try:
        search = _Search(statements, kind, reference, looked)
        for each in search.found():
            found.append(each)  # what was found before the search ends early counts
    except TooRichError as error:
        return found, why_ended(error, search.space if search else None)
    return found, ""


class _Search:
    """Statements in one space; what is found idle is taken out before the next is looked at."""

    def __init__(
        self,
        statements: Sequence[tuple[Elements, str | None]],
        kind: Kind,
        reference: Reference,
        looked: Callable[[], None],
    ) -> None:
        """Make the space: values of one list are told apart, for each of them may go, unless that is too rich."""
        self._looked = looked
        compiled = [_compiled(*each) for each in statements]
        texts = dict.fromkeys(
            value
            for each, _ in statements
            for part, values in parts_of(each).items()
            for value in values_of(values)
            if isinstance(value, str) and (_is_arn(part, value) or part in (("Action",), ("NotAction",)))
        )
        try:
            self.space = Space(kind, [compiled], texts, reference=reference)
        except TooRichError:
            self.space = Space(kind, [compiled], reference=reference)
        self._budget = Budget()
        self._known_atoms: dict[tuple[int, str], int] = {}
        self._entries = {
            number: _Entry(*given, one.denies, readings(self.space, one))
            for number, (given, one) in enumerate(zip(statements, compiled, strict=True))
        }

    def found(self) -> Iterator[Idle]:
        """Yield what is found: statements, the last one first, then values."""
        for number in reversed(list(self._entries)):
            why = self._why_idle(number) if len(self._entries) > 1 else ""
            if why:
                del self._entries[number]
                yield Idle(number=number, why=why)
        for number, entry in self._entries.items():
            met = any(self.space.layout.difference(each, self.space.outside, self._budget) for each in entry.readings)
            for part, value in list(longest_first(entry.statement)) if met else ():  # else any value could go
                shorter = without(entry.statement, part, [value])
                if parts_of(shorter)[part] and self._is_same(number, shorter, part):
                    yield Idle(number=number, part=part, value=value)
            self._looked()

    def _known(self, number: int, reading: int) -> tuple[list[Box], list[Box]]:
        """Return what other statements of the same effect say, and what is denied of what an Allow says."""
        mine = self._entries[number]
        alike, denied = list[Box](), list[Box]()
        for other, entry in self._entries.items():
            if entry.denies and not mine.denies:
                denied += entry.readings[0]
            elif other != number and entry.denies is mine.denies:
                alike += entry.readings[reading]
        return alike, denied

    def _why_idle(self, number: int) -> str:
        """Return why a statement makes no difference; an empty text where it may make one."""
        outside, difference = self.space.outside, self.space.layout.difference
        whys = set()
        for reading, boxes in enumerate(self._entries[number].readings):
            alike, denied = self._known(number, reading)
            if not difference(boxes, outside, self._budget):
                whys.add("no request can meet it")
            elif denied and not difference(boxes, [*outside, *denied], self._budget):
                whys.add("all that it allows is denied")
            elif not difference(boxes, [*outside, *alike, *denied], self._budget):
                whys.add("others cover it")
            else:
                return ""
        return whys.pop() if len(whys) == 1 else "others cover it"

    def _is_same(self, number: int, shorter: Elements, part: Part) -> bool:
        """Tell whether a statement with fewer values would do, and put it in the place of the longer one if so."""
        entry, difference = self._entries[number], self.space.layout.difference
        try:
            found = self._of_shorter(entry, shorter, part)
        except TooRichError:  # the condition has no form in this space
            return False
        for reading, (before, after) in enumerate(zip(entry.readings, found, strict=True)):
            change = [*difference(before, after, self._budget), *difference(after, before, self._budget)]
            known = [self.space.outside, *self._known(number, reading)] if change else []
            if difference(change, (box for boxes in known for box in boxes), self._budget):
                return False
        entry.statement, entry.readings = shorter, found
        return True

    def _of_shorter(self, entry: _Entry, shorter: Elements, part: Part) -> tuple[list[Box], ...]:
        """Return the readings of a statement with fewer values in one part.

        Raises:
            TooRichError: It asks what the space has no field for.
        """
        field = _FIELDS.get(part)
        values = values_of(parts_of(shorter)[part])
        if field is None or field in self.space.aside or any("${" in each for each in values):
            return readings(self.space, _compiled(shorter, entry.version))
        atoms = union(self._atoms(shorter, part, each, field) for each in values)
        kept = self.space.layout.box({field: atoms})
        return tuple(self.space.layout.intersections(boxes, kept) for boxes in entry.readings)

    def _atoms(self, statement: Elements, part: Part, value: str, field: int) -> int:
        """Return the atoms of one value of a list, which is cut out of its statement: long lists have short answers."""
        if (field, value) not in self._known_atoms:
            alone = {name: statement[name] for name in statement if name != "Condition"}
            compiled = _compiled(with_part(alone, part, value), None)
            self._known_atoms[field, value] = self.space.listed(compiled, field)
        return self._known_atoms[field, value]


def _is_arn(part: Part, value: str) -> bool:
    """Tell whether a value is a pattern of ARNs without variables."""
    return part in (("Resource",), ("NotResource",)) and value.startswith("arn:") and "${" not in value


def _compiled(statement: Elements, version: str | None) -> CompiledStatement:
    document: PolicyDocument = parse_policy({"Version": version, "Statement": [statement]})
    (found,) = compile_statements(document, document.source)
    return found
