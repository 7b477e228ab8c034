"""Which reference statement a statement of somebody's own stands for, whatever it is called and however it is cut.

People's statements have no Sids of ours, and hold more or less than one of ours. A statement stands for the reference
statement with its Sid; else for the one that it resembles most in principal, actions, resources and condition keys.

Rejected: asking that one element is equal. Every element is wrong in some set-up that people have (a role without its
path, an alias for a key, the bucket for its objects), and a set-up with two things wrong must still find its statement.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

from policygen.matching.actions import compile_action
from policygen.verification.statements import Written, conditions_of, listed, principals_of, with_sid

_ACTION, _RESOURCE, _PRINCIPAL, _CONDITION = 3.0, 2.0, 2.0, 1.0
"""What an element counts for. Actions tell best what a statement is for: our statements hardly share any. Resource and
Principal stand in several of them. Conditions weigh least, for their keys alone are compared: the two KMS statements of
a role have the same keys, and a wrong value is what is looked for."""

_LEAST = 2.0
"""Statements that are less alike than this have nothing to do with each other: less than one element of weight."""


def most_similar(statement: Written, reference: Iterable[Written]) -> Written | None:
    """Return the reference statement that ``statement`` stands for, or None."""
    candidates = [each for each in reference if each.get("Effect") == statement.get("Effect")]
    named = with_sid(candidates, statement.get("Sid"))
    if named is not None:
        return named
    best = max(candidates, key=lambda each: similarity(statement, each), default=None)
    return best if best is not None and similarity(statement, best) >= _LEAST else None


def similarity(statement: Written, other: Written) -> float:
    """Return how much two statements have in common, from 0 (nothing) to 8."""
    actions = _shared(listed(statement.get("Action")), listed(other.get("Action")), _same_action)
    resources = _shared(listed(statement.get("Resource")), listed(other.get("Resource")), _same_resource)
    ours, theirs = principals_of(statement.get("Principal")), principals_of(other.get("Principal"))
    principals = _shared(ours, theirs, _same_principal)
    ours, theirs = ([key.lower() for _, key, _ in conditions_of(each)] for each in (statement, other))
    conditions = _shared(ours, theirs, operator.eq)
    if not actions and not (resources and conditions):
        return 0.0  # no statement of a role's policies has a Principal: that they agree in it says nothing
    return _ACTION * actions + _RESOURCE * resources + _PRINCIPAL * principals + _CONDITION * conditions


def _shared(ours: list[str], theirs: list[str], alike: Callable[[str, str], float]) -> float:
    """Return how alike two lists are: for each value of either, the most alike value of the other, on average."""
    if not ours and not theirs:
        return 1.0
    best = [max((alike(each, other) for other in theirs), default=0.0) for each in ours]
    best += [max((alike(other, each) for other in ours), default=0.0) for each in theirs]
    return float(sum(best) / len(best))


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


def _same_principal(ours: str, theirs: str) -> float:
    """A role with another path is akin: it is meant, and not matched (R15)."""
    if ours == theirs:
        return 1.0
    names = [each.rpartition("/")[2] for each in (ours, theirs) if ":role/" in each]
    return 0.7 if len(names) == 2 and names[0] == names[1] else 0.0
