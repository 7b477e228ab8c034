"""What a policy says, as boxes, and what of it stays open."""

from __future__ import annotations

from typing import NamedTuple

from policygen.evaluation.statements import CompiledStatement
from policygen.matching.conditions.evaluate import CompiledCondition
from policygen.matching.variables import Template
from policygen.matching.wildcards import Tokens
from policygen.proofs.boxes import Box


class Variant(NamedTuple):
    """A value of a policy as a pattern: in which worlds, and with which flag that says whether its variables fit."""

    worlds: int
    tokens: Tokens
    flag: int | None


class Flag(NamedTuple):
    """What is true of a request and cannot be told from its other fields: whether a value with variables matches.

    Attributes:
        key: The condition key in lower case; None for the resource.
        template: The value; None for a whole condition.
        condition: The condition; None for a value of a Resource.
    """

    key: str | None
    template: Template | None
    condition: CompiledCondition | None = None

    @property
    def identity(self) -> object:
        """What two flags that ask the same have in common."""
        if self.condition is None or self.template is not None:
            comparison = self.condition.operator.base.comparison if self.condition else None
            return self.key, self.template and self.template.text, comparison
        return self.key, str(self.condition.operator), frozenset(self.condition.entry.values)

    @property
    def name(self) -> str:
        """What people call it."""
        shown = (
            self.template.text if self.template else ", ".join(self.condition.entry.values if self.condition else ())
        )
        return f"{self.condition.entry.key if self.condition else self.key or 'Resource'}: {shown}"


class Rule(NamedTuple):
    """A statement with one of the boxes that it covers."""

    statement: CompiledStatement
    box: Box


class Access(NamedTuple):
    """What a policy says, as boxes.

    Attributes:
        allows: Where an Allow lets a request through.
        denies: Where a Deny denies it.
        baseline: What is allowed whatever the policy allows: by policies of the caller's own.
        named: Where an Allow names the caller, be it that only the caller's account is named, which delegates.
    """

    allows: tuple[Rule, ...]
    denies: tuple[Rule, ...]
    baseline: tuple[Box, ...]
    named: tuple[Box, ...]

    def allowed(self) -> list[Box]:
        """Return all boxes of which some Allow speaks, overlapping."""
        return [*self.baseline, *(each.box for each in self.allows)]
