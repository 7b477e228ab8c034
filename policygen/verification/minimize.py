"""Policies that are too large for their quota, made smaller without changing what they mean.

Statements that differ in one list alone become one; then lists of one value become that value, and Sids go. A smaller
policy takes the place of the first only when the evaluator gives the same decision on every derived request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.evaluation import EvalDecision
from policygen.generator import GeneratedDocument, over_quota
from policygen.spec.model import Spec
from policygen.verification.documents import documents_of_bundle
from policygen.verification.environment import environment_of
from policygen.verification.requests import DerivedRequest
from policygen.verification.statements import conditions_of, listed, with_condition

Elements = dict[str, Any]
Generated = Sequence[GeneratedDocument]
_UNION_OPERATORS = frozenset({"StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress"})
"""Operators whose values are alternatives: a list of values holds when one of them does."""


def fit(spec: Spec, documents: Generated, requests: Sequence[DerivedRequest]) -> tuple[GeneratedDocument, ...]:
    """Return the documents with those over their quota minimised, where that changes no decision.

    A document that no step makes small enough comes back in its smallest form, for the quota's check to refuse.

    Args:
        spec: The spec.
        documents: Every generated document.
        requests: The derived requests, on which the decisions must stay the same.
    """
    fitted = tuple(documents)
    wanted = _decisions(spec, documents, requests)
    for large in over_quota(documents):
        for step in (merged, shortened, without_sids):
            number = next(index for index, each in enumerate(fitted) if each.path == large.path)
            current = fitted[number]
            if current.policy is None or not over_quota([current]):
                break
            smaller = _with_statements(current, step)
            candidate = (*fitted[:number], smaller, *fitted[number + 1 :])
            if _decisions(spec, candidate, requests) == wanted:
                fitted = candidate
    return fitted


def _decisions(spec: Spec, documents: Generated, requests: Sequence[DerivedRequest]) -> list[EvalDecision]:
    values = {each.path: each.value for each in documents}
    environment = environment_of(spec, documents_of_bundle(values))
    return [environment.authorize(each.request).decision for each in requests]


def _with_statements(
    document: GeneratedDocument, step: Callable[[list[Elements]], list[Elements]]
) -> GeneratedDocument:
    value = thaw(document.value)
    value["Statement"] = step(list(value["Statement"]))
    return replace(document, value=value, policy=parse_policy(json.dumps(value), document.path))


def merged(statements: list[Elements]) -> list[Elements]:
    """Return the statements with those that differ in one list of alternatives alone made one, at the first's place."""
    found: list[Elements] = []
    for statement in statements:
        for number, other in enumerate(found):
            together = _union(other, statement)
            if together is not None:
                found[number] = together
                break
        else:
            found.append(statement)
    return found if len(found) == len(statements) else merged(found)


def _union(first: Elements, second: Elements) -> Elements | None:
    """Return one statement that means both: they differ in one list of alternatives at most; else None."""
    ours, theirs = _parts(first), _parts(second)
    differing = [part for part, values in ours.items() if part not in theirs or values != theirs[part]]
    if ours.keys() != theirs.keys() or len(differing) > 1:
        return None
    if not differing:
        return first
    part = differing[0]
    together = list(dict.fromkeys([*listed(ours[part]), *listed(theirs[part])]))
    match part:
        case ["Action" | "Resource" as name]:
            return first | {name: together}
        case ["Principal", kind]:
            return first | {"Principal": first["Principal"] | {kind: together}}
        case ["Condition", operator, key] if operator in _UNION_OPERATORS:
            return with_condition(first, operator, key, together)
    return None


def _parts(statement: Elements) -> dict[tuple[str, ...], Any]:
    """Return what a statement holds, Sid aside: elements, principals by kind, conditions by operator and key."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in statement.items():
        if name == "Principal" and isinstance(value, dict):
            found |= {(name, kind): values for kind, values in value.items()}
        elif name not in ("Sid", "Condition"):
            found[name,] = value
    return found | {("Condition", *entry[:2]): entry[2] for entry in conditions_of(statement)}


def shortened(statements: list[Elements]) -> list[Elements]:
    """Return the statements with every list of one value written as that value."""
    return [{name: _short(value) for name, value in statement.items()} for statement in statements]


def _short(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value


def without_sids(statements: list[Elements]) -> list[Elements]:
    """Return the statements without their optional ids."""
    return [{name: value for name, value in statement.items() if name != "Sid"} for statement in statements]
