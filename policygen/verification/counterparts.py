"""Which generated statement a statement of somebody's own stands for, whatever it is called and however it is cut.

People's statements have no Sids of ours, and hold more or less than one of ours. A statement stands for the generated
one with its Sid; else for the one that it resembles most in principal, actions, resources and condition keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policygen.document import PolicyDocument
from policygen.document.write import thaw
from policygen.matching.actions import compile_action

Written = Mapping[str, Any]
"""A statement as JSON values."""

_LEAST = 2.0
"""Statements that are less alike than this have nothing to do with each other."""

_WEIGHTS = {"Principal": 2.0, "Action": 3.0, "Resource": 2.0, "Condition": 1.0}


def statements_of(document: PolicyDocument | None) -> list[Written]:
    """Return a document's statements as JSON values, in order; none for a document that is not there."""
    if document is None or not isinstance(document.written, Mapping):
        return []
    value: Any = thaw(document.written).get("Statement", [])
    return [value] if isinstance(value, Mapping) else [each for each in value if isinstance(each, Mapping)]


def with_sid(statements: Iterable[Written], sid: str | None) -> Written | None:
    """Return the statement with a Sid, or None."""
    return next((each for each in statements if sid is not None and each.get("Sid") == sid), None)


def counterpart(statement: Written, generated: Iterable[Written]) -> Written | None:
    """Return the generated statement that ``statement`` stands for, or None."""
    listed = [each for each in generated if each.get("Effect") == statement.get("Effect")]
    named = with_sid(listed, statement.get("Sid"))
    if named is not None:
        return named
    best = max(listed, key=lambda each: likeness(statement, each), default=None)
    return best if best is not None and likeness(statement, best) >= _LEAST else None


def likeness(statement: Written, generated: Written) -> float:
    """Return how much two statements have in common, from 0 (nothing) to 8."""
    actions = _shared(listed(statement.get("Action")), listed(generated.get("Action")), _same_action)
    resources = _shared(listed(statement.get("Resource")), listed(generated.get("Resource")), _same_resource)
    principals = _shared(_principals(statement), _principals(generated), _same_principal)
    conditions = _shared(_condition_keys(statement), _condition_keys(generated), _equal)
    if not actions and not (resources and conditions):
        return 0.0
    return (
        _WEIGHTS["Action"] * actions
        + _WEIGHTS["Resource"] * resources
        + _WEIGHTS["Principal"] * principals
        + _WEIGHTS["Condition"] * conditions
    )


def listed(value: Any) -> list[str]:
    """Return the texts of an element that is one text or a list of them."""
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else [] if value is None else [str(value)]


def _shared(ours: list[str], theirs: list[str], alike: Any) -> float:
    """Return how alike two lists are: for each value of either, the most alike value of the other, on average."""
    if not ours and not theirs:
        return 1.0
    best = [max((alike(each, other) for other in theirs), default=0.0) for each in ours]
    best += [max((alike(other, each) for other in ours), default=0.0) for each in theirs]
    return float(sum(best) / len(best))


def _equal(ours: str, theirs: str) -> float:
    return float(ours.lower() == theirs.lower())


def _same_action(ours: str, theirs: str) -> float:
    if ours.lower() == theirs.lower():
        return 1.0
    return 0.5 if compile_action(ours)(theirs.lower()) or compile_action(theirs)(ours.lower()) else 0.0


def _same_resource(ours: str, theirs: str) -> float:
    """Two ARNs of one bucket, or of a key and an alias in one Region, are akin."""
    if ours == theirs:
        return 1.0
    if ours == "*" or same_bucket(ours, theirs):
        return 0.6
    akin = ":kms:" in ours and ours.rpartition(":")[0] == theirs.rpartition(":")[0]
    return 0.4 if akin else 0.0


def same_bucket(ours: str, theirs: str) -> bool:
    """Tell whether two ARNs are of one bucket or its objects."""
    return ":s3:::" in ours and ours.partition("/")[0].rstrip("*") == theirs.partition("/")[0].rstrip("*")


def _principals(statement: Written) -> list[str]:
    value = statement.get("Principal")
    if isinstance(value, Mapping):
        return [each for entries in value.values() for each in listed(entries)]
    return listed(value)


def _same_principal(ours: str, theirs: str) -> float:
    """A role with another path is akin: it is meant, and not matched (R15)."""
    if ours == theirs:
        return 1.0
    names = [each.rpartition("/")[2] for each in (ours, theirs) if ":role/" in each]
    return 0.7 if len(names) == 2 and names[0] == names[1] else 0.0


def _condition_keys(statement: Written) -> list[str]:
    block = statement.get("Condition")
    if not isinstance(block, Mapping):
        return []
    return [key for keys in block.values() if isinstance(keys, Mapping) for key in keys]
