"""Every policy type and every statement against one request, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policygen.document.model import Effect
from policygen.evaluation.results.verdict import PolicyType

NOT_APPLICABLE = "notApplicable"
"""Outcome of a policy type that AWS does not consult here."""

MOST_VALUES = 3
"""How many values a sentence names."""


class ElementReason(Enum):
    """Why an element matches or does not."""

    MATCHED = "matched"
    PRINCIPAL_NOT_NAMED = "principal_not_named"
    PRINCIPAL_EXEMPTED = "principal_exempted_by_not_principal"
    PRINCIPAL_MISSING = "principal_element_missing"
    ACTION_NOT_LISTED = "action_not_listed"
    ACTION_EXCLUDED = "action_excluded_by_not_action"
    ACTION_MISSING = "action_element_missing"
    RESOURCE_NOT_LISTED = "resource_not_listed"
    RESOURCE_EXCLUDED = "resource_excluded_by_not_resource"
    RESOURCE_MISSING = "resource_element_missing"
    VARIABLE_UNRESOLVED = "variable_without_value"
    GRANT_OF_ANOTHER_KEY = "grant_of_another_key"
    GRANTEE_IS_ANOTHER = "grantee_is_another"
    OPERATION_NOT_GRANTED = "operation_not_granted"
    CONSTRAINT_NOT_MET = "constraint_not_met"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementTrace:
    """The outcome of one element of a statement.

    Attributes:
        element: ``Principal``, ``NotPrincipal``, ``Action`` …, or ``Condition``.
        matched: Whether it lets the statement apply.
        reason: A code that says why (the value of an ElementReason or ConditionReason).
        operator: For a condition, the operator as written.
        key: For a condition, the key as written.
        wanted: The policy's values as written.
        found: What the request has.
    """

    element: str
    matched: bool
    reason: str
    wanted: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    operator: str | None = None
    key: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the trace as JSON-ready values."""
        found: dict[str, object] = {"element": self.element, "matched": self.matched, "reason": self.reason}
        if self.key is not None:
            found |= {"operator": self.operator, "key": self.key}
        return found | {"policy_values": list(self.wanted), "request_values": list(self.found)}


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
