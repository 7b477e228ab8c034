"""Every policy type and every statement against one request, as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from policygen.document.model import Effect
from policygen.evaluation.results.verdict import PolicyType, StatementOfPolicy
from policygen.matching.conditions import ConditionReason, parse_operator

NOT_APPLICABLE = "notApplicable"
"""Outcome of a policy type that AWS does not consult here."""

MOST_VALUES = 3
"""How many values a sentence names."""

PRINCIPALS = ("Principal", "NotPrincipal", "GranteePrincipal")
"""Elements that say who; a grant's among them, which is shown as a statement."""

ACTIONS = ("Action", "NotAction", "Operations")
"""Elements that say what; a grant's among them."""


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
        remarks: What one should know beside it: the values of policy variables, a value that misses by its case …
    """

    element: str
    matched: bool
    reason: str
    wanted: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    operator: str | None = None
    key: str | None = None
    remarks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the trace as JSON-ready values."""
        found: dict[str, object] = {"element": self.element, "matched": self.matched, "reason": self.reason}
        if self.key is not None:
            found |= {"operator": self.operator, "key": self.key}
        found |= {"policy_values": list(self.wanted), "request_values": list(self.found)}
        return found | ({"remarks": list(self.remarks)} if self.remarks else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTrace(StatementOfPolicy):
    """One statement against the request: each element, and whether all of them match."""

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
    def distance(self) -> tuple[bool, bool, int]:
        """How far it is from applying, to sort by: first its action, then who is named, then how much else is wrong."""
        return not self.matches(*ACTIONS), not self.matches(*PRINCIPALS), len(self.failed)

    def matches(self, *elements: str) -> bool:
        """Tell whether every element of these names matches, where the statement has it."""
        return all(each.matched for each in self.elements if each.element in elements)

    def to_dict(self) -> dict[str, object]:
        """Return the trace as JSON-ready values."""
        elements = [element.to_dict() for element in self.elements]
        return StatementOfPolicy.to_dict(self) | {"applies": self.applies, "elements": elements}


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


_BY_ABSENCE = frozenset(
    {
        ConditionReason.KEY_ABSENT_NEGATED.value,
        ConditionReason.KEY_ABSENT_IF_EXISTS.value,
        ConditionReason.KEY_ABSENT_FOR_ALL.value,
    }
)


def describe(element: ElementTrace) -> str:
    """Return one sentence about an element that does not match."""
    found = ", ".join(f"`{value}`" for value in element.found) or "nothing"
    if element.key is None:
        sentence = f"names {values_in_words(element)}, the request has {found}"
    else:
        state = "the request does not have it" if not element.found else f"the request has {found}"
        sentence = f"wants {_wish(element)}, {state}"
    return f"{_named(element)}: {'; '.join((sentence, *element.remarks))}"


def _named(element: ElementTrace) -> str:
    return element.element if element.key is None else f"Condition {element.operator} {element.key}"


def values_in_words(element: ElementTrace) -> str:
    """Return the policy's values as a sentence names them."""
    wanted = " or ".join(f"`{value}`" for value in element.wanted[:MOST_VALUES]) or "nothing"
    return f"{wanted} …" if len(element.wanted) > MOST_VALUES else wanted


def _wish(element: ElementTrace) -> str:
    """Return in words what a condition asks of its key."""
    operator = parse_operator(element.operator or "")
    values = values_in_words(element)
    return values if operator is None else operator.wish(values, absent="true" in map(str.lower, element.wanted))


def spared(element: ElementTrace) -> str:
    """Return in words what an element of a Deny spares: a negated condition, or a Not form; empty for any other."""
    operator = parse_operator(element.operator or "")
    if element.element.startswith("Not"):
        return f"spares {values_in_words(element)}"
    if operator is None or not operator.base.negated:
        return ""
    relation, values = operator.base.comparison.relation, values_in_words(element)
    return f"spares {relation} {values}" if relation else f"spares {values}"


def caveats(statement: StatementTrace) -> Iterator[str]:
    """Yield what one should know of a statement's elements beside the outcome.

    Of those that match above all that they do because the key is absent, and of a Deny what it spares; of a Deny that
    one element alone keeps from applying, why; of any statement, that AWS takes none without Principal here.
    """
    for element in statement.elements:
        if element.reason == ElementReason.PRINCIPAL_MISSING.value:
            yield "it has no Principal: AWS refuses such a statement here, and it has no effect"
        elif element.matched and statement.applies:
            spares = spared(element) if statement.effect is Effect.DENY else ""
            absent = "holds because the request does not have the key" if element.reason in _BY_ABSENCE else ""
            parts = [part for part in (spares, absent, *element.remarks) if part]
            if parts:
                yield f"{_named(element)}: {'; '.join(parts)}"
        elif statement.effect is Effect.DENY and statement.failed == (element,) and element.remarks:
            yield f"this Deny does not apply: {describe(element)}"
