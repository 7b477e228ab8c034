"""Every policy type and every statement against one request, as values."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.document.model import Effect
from policygen.evaluation.decision import PolicyType
from policygen.evaluation.statements import ElementTrace

NOT_APPLICABLE = "notApplicable"
"""Outcome of a policy type that AWS does not consult here."""

MOST_VALUES = 3
"""How many values a sentence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTrace:
    """One statement against the request: each element, and whether all of them match."""

    policy: str
    sid: str | None
    index: int
    effect: Effect
    elements: tuple[ElementTrace, ...]

    @property
    def applies(self) -> bool:
        """Whether every element matches."""
        return all(element.matched for element in self.elements)

    @property
    def failed(self) -> tuple[ElementTrace, ...]:
        """The elements that do not match."""
        return tuple(element for element in self.elements if not element.matched)

    @property
    def label(self) -> str:
        """The Sid, or ``#index``."""
        return self.sid if self.sid else f"#{self.index}"

    def to_dict(self) -> dict[str, object]:
        """Return the trace as JSON-ready values."""
        return {
            "policy": self.policy,
            "sid": self.sid,
            "index": self.index,
            "effect": self.effect.value,
            "applies": self.applies,
            "elements": [element.to_dict() for element in self.elements],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTrace:
    """One policy type: its outcome and its statements.

    Attributes:
        policy_type: The type.
        level: For SCPs and RCPs, the level from 0 (root).
        outcome: ``allowed``, ``explicitDeny``, ``implicitDeny`` or ``notApplicable``.
        note: Why it is not consulted, or None.
        statements: Every statement of its policies.
    """

    policy_type: PolicyType
    outcome: str
    level: int | None = None
    note: str | None = None
    statements: tuple[StatementTrace, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the outcome as JSON-ready values."""
        found: dict[str, object] = {"outcome": self.outcome}
        if self.note:
            found["note"] = self.note
        return found | {"statements": [statement.to_dict() for statement in self.statements]}


def describe(element: ElementTrace) -> str:
    """Return one sentence about an element that does not match."""
    wanted = " or ".join(f"`{value}`" for value in element.wanted[:MOST_VALUES]) or "nothing"
    wanted += " …" if len(element.wanted) > MOST_VALUES else ""
    found = ", ".join(f"`{value}`" for value in element.found) or "nothing"
    if element.key is not None:
        state = "the request does not have it" if not element.found else f"the request has {found}"
        return f"Condition {element.operator} {element.key}: wants {wanted}, {state}"
    return f"{element.element}: names {wanted}, the request has {found}"
