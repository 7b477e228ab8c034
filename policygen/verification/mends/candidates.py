"""What a failed check asks to change: written into a draft, the narrowest change first, more of it where that fails.

A statement that gives too much becomes what of it is wanted, or goes; what is missing is written into the statement
that stands for it, or added under its own name beside what is there. A Deny of somebody's own keeps denying all but
what must work. Nothing is known against policies that are none of the spec's documents, as those of the organization.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from policygen.evaluation import EvalDecision
from policygen.spec.paths import DocumentKind, folder_of, kind_of
from policygen.verification.checks import Check, CheckKind
from policygen.verification.diagnosis.sparing import spared, widened
from policygen.verification.documents import Documents
from policygen.verification.mends.alignment import aligned, jobs, standing_for
from policygen.verification.mends.draft import Draft, Line, is_policy
from policygen.verification.mends.settings import change_whole
from policygen.verification.statements import Written, differing_elements, statements_of


class Reach(IntEnum):
    """How much is changed because of a failed check."""

    STATEMENT = 0
    DOCUMENT = 1
    WHOLE = 2


def unit_of(path: str) -> str:
    """Return what is mended together with a document: all identity-based policies of a role, else it alone."""
    return folder_of(path) if kind_of(path) is DocumentKind.PERMISSIONS_POLICY else path


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Changes of a draft, by what is wanted.

    Attributes:
        draft: What is changed.
        wanted: The documents as the spec makes them.
        paths: Every path at which a document stands, or should.
    """

    draft: Draft
    wanted: Documents
    paths: Sequence[str]
    _units: dict[str, list[str]] = field(default_factory=dict)

    def _paths(self, path: str) -> list[str]:
        """Return the policies that are mended together with one, what the spec makes among them first."""
        unit = unit_of(path)
        if unit not in self._units:
            found = [each for each in {*self.paths, path} if is_policy(each) and unit_of(each) == unit]
            self._units[unit] = sorted(found, key=lambda each: (each not in self.wanted.policies, each))
        return self._units[unit]

    def _wanted(self, path: str) -> list[Written]:
        return [each for one in self._paths(path) for each in statements_of(self.wanted.policies.get(one))]

    def _lines(self, path: str) -> list[tuple[str, Line]]:
        return [(one, line) for one in self._paths(path) for line in self.draft.lines(one)]

    def change(self, checks: Iterable[Check], reach: Reach) -> bool:
        """Change the draft for failed checks of one unit; tell whether that changed anything."""
        changed = False
        # the labels are those of the report: they are read before any statement comes or goes
        asked = [(check, check.document, self._line(check)) for check in checks]
        changing: list[Line] = []
        for check, path, line in asked:
            if path is None or kind_of(path) is DocumentKind.KEY_POLICY_OF_RAM:  # nobody but AWS RAM writes it
                continue
            if line is not None and check.decision is None and any(each is line for each in changing):
                line.because.add(check.id)  # what is proved is proved again, of the statement as it is then
                continue
            changing += [line] if line is not None else []
            if not is_policy(path):
                changed |= change_whole(self.draft, check, self.wanted, whole=reach is not Reach.STATEMENT)
                continue
            changed |= self._change_statement(path, line, check)
            if reach is not Reach.STATEMENT:
                changed |= self._change_document(path, line, check, reach)
        return changed

    def _line(self, check: Check) -> Line | None:
        path = check.document
        return self.draft.line(path, check.statement) if path is not None and is_policy(path) else None

    def _change_statement(self, path: str, line: Line | None, check: Check) -> bool:
        fix = check.fix
        if check.kind is CheckKind.MUST_ALLOW and _is_stopped(check, line):
            return line is not None and self._spare(path, line, check)
        if check.kind is CheckKind.MUST_ALLOW and kind_of(path) is DocumentKind.PERMISSIONS_BOUNDARY and fix:
            return self._widen(path, line, fix, check)
        if fix is not None and _is_missing(check, fix, line) and any(_says(each, fix) for each in self._wanted(path)):
            return self._ensure(path, fix, check)
        changed = line is not None and self._narrow(path, line, check)
        if check.kind is CheckKind.GUARD:
            guards = [each for each in self._wanted(path) if each.get("Effect") == "Deny"]
            named = [each for each in guards if each.get("Sid") == check.statement]
            for each in named or guards:
                changed |= self._ensure(path, each, check)
        return changed

    def _spare(self, path: str, line: Line, check: Check) -> bool:
        """A Deny that hits what must work: as it is wanted, or with what must work spared."""
        pairs, lines = self._pairs(path)
        number = _number(line, lines)
        if number in pairs:
            return self.draft.set(path, line, aligned(line.value, pairs[number]), {check.id})
        stands_for_others = check.decision is not None and check.fix is None
        if check.request is None or stands_for_others:
            return False
        # the values of a witness are any that fit
        value = spared(line.value, check.request, by_value=check.decision is not None)
        return value is not None and self.draft.set(path, line, value or None, {check.id})

    def _widen(self, path: str, line: Line | None, fix: Written, check: Check) -> bool:
        value = widened(line.value, fix) if line is not None else None
        if line is not None and value is not None:
            return self.draft.set(path, line, value, {check.id})
        if any(_says(each.value, fix) for each in self.draft.lines(path)):
            return False
        return self.draft.add(path, fix, {check.id})

    def _pairs(self, path: str) -> tuple[dict[int, Written], list[tuple[str, Line]]]:
        """Return the wanted statement by the number of the line that stands for it, and the lines."""
        lines, wanted = self._lines(path), self._wanted(path)
        pairs = standing_for([line.value for _, line in lines], wanted)
        return {number: wanted[place] for number, place in pairs.items()}, lines

    def _ensure(self, path: str, fix: Written, check: Check) -> bool:
        """Write a wanted statement into the one that stands for it; where none does, add it."""
        pairs, lines = self._pairs(path)
        number = next((each for each, wanted in pairs.items() if _says(wanted, fix)), None)
        if number is not None:
            return self._become(*lines[number], self._jobs(number, path, lines), check)
        wanted = next((each for each in self._wanted(path) if _says(each, fix)), fix)
        return self.draft.add(self._home(path), wanted, {check.id})

    def _narrow(self, path: str, line: Line, check: Check) -> bool:
        """Make of a statement that gives too much what of it is wanted; nothing of it: it goes."""
        lines = self._lines(path)
        number = _number(line, lines)
        if number is None:
            line.because.add(check.id)
            return False
        if line.value.get("Effect") == "Deny" and not self._jobs(number, path, lines):
            return False
        return self._become(path, line, self._jobs(number, path, lines), check)

    def _jobs(self, number: int, path: str, lines: Sequence[tuple[str, Line]]) -> list[Written]:
        return jobs(number, [line.value for _, line in lines], self._wanted(path))

    def _become(self, path: str, line: Line, wanted: Sequence[Written], check: Check) -> bool:
        """Make of one statement what it stands for: nothing, one, or several, of which it becomes the first."""
        broken = {check.element} if check.element is not None else set()
        lacking = check.kind is CheckKind.MUST_ALLOW
        value = aligned(line.value, wanted[0], broken, lacking=lacking) if wanted else None
        changed = self.draft.set(path, line, value, {check.id})
        for each in wanted[1:]:
            changed |= self.draft.add(self._home(path), each, {check.id})
        return changed

    def _home(self, path: str) -> str:
        """Return where a statement is added: to what the spec makes, else to what is there."""
        paths = self._paths(path)
        there = [each for each in paths if self.draft.exists(each)]
        return next(iter(there), paths[0])

    def _change_document(self, path: str, failed: Line | None, check: Check, reach: Reach) -> bool:
        """Make of the policies of a unit what is wanted; a Deny of somebody's own stays, as does what is not broken.

        In the end a Deny goes too that hits what must be allowed and spares nobody, whatever the circumstances.
        """
        pairs, lines = self._pairs(path)
        changed = False
        for number, (one, line) in enumerate(lines):
            if number in pairs:
                sid = {"Sid": line.value["Sid"]} if "Sid" in line.value else {}
                value = sid | {name: each for name, each in pairs[number].items() if name != "Sid"}
                if differing_elements(line.value, value):
                    changed |= self.draft.set(one, line, value, {check.id})
            elif _goes(line, line is failed, reach):
                changed |= self.draft.set(one, line, None, {check.id})
        standing = list(pairs.values())
        for each in self._wanted(path):
            if each not in standing:
                changed |= self.draft.add(self._home(path), each, {check.id})
        return changed


def _goes(line: Line, failed: bool, reach: Reach) -> bool:
    """Tell whether a statement that stands for nothing goes."""
    if line.value.get("Effect") == "Allow":
        return failed or reach is Reach.WHOLE
    return failed and reach is Reach.WHOLE and "Condition" not in (line.before or line.value)


def _number(line: Line, lines: Sequence[tuple[str, Line]]) -> int | None:
    """Return the number of a statement among others; None where it is gone."""
    return next((number for number, (_, each) in enumerate(lines) if each is line), None)


def _is_stopped(check: Check, line: Line | None) -> bool:
    """Tell whether a Deny hits what must be allowed."""
    if check.decision is None:
        return line is not None and line.value.get("Effect") == "Deny"
    return check.decision.decision is EvalDecision.EXPLICIT_DENY


def _is_missing(check: Check, fix: Mapping[str, Any], line: Line | None) -> bool:
    """Tell whether a check asks for a statement, and not for less of one that is there."""
    if check.kind is CheckKind.CONFIGURATION:
        return line is None
    return check.kind is CheckKind.MUST_ALLOW or fix.get("Effect") == "Deny"


def _says(statement: Written, other: Written) -> bool:
    return statement.get("Effect") == other.get("Effect") and not differing_elements(statement, other)
