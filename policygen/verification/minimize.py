"""Policies that are too large for their quota, made smaller without changing what they mean.

Statements that differ in one list alone become one; then lists of one value become that value, and Sids go. A smaller
policy takes the place of the first only when the evaluator gives the same decision on every derived request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.generator import GeneratedDocument, over_quota
from policygen.spec.model import Spec
from policygen.verification.concern import concern_of
from policygen.verification.documents import documents_of_bundle
from policygen.verification.environment import environment_of
from policygen.verification.requests import derive_requests
from policygen.verification.statements import conditions_of, listed, with_condition

Elements = dict[str, Any]
Generated = Sequence[GeneratedDocument]
Step = Callable[[list[Elements]], list[Elements]]
"""Makes statements fewer or shorter."""

_UNION_CONDITIONS = [
    ("Condition", each) for each in ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress")
]
"""Operators whose values are alternatives: a list of values holds when one of them does."""


def fit(spec: Spec, documents: Generated) -> tuple[GeneratedDocument, ...]:
    """Return the documents with those over their quota minimised, where that changes no decision.

    Where one would be too large even in its smallest form, that is what comes back for the quota's check to refuse, and
    nothing is judged: many requests on large policies take long.

    Args:
        spec: The spec.
        documents: Every generated document.
    """
    fitted = {each.path: each for each in documents}
    large = [each for each in over_quota(documents) if each.policy is not None]
    smallest = [reduce(_after, (merged, shortened, without_sids), each) for each in large]
    if over_quota(smallest):
        return tuple((fitted | {each.path: each for each in smallest}).values())
    judged = documents_of_bundle({each.path: each.value for each in documents})
    environment, concerned = environment_of(spec, judged), concern_of(spec, derive_requests(spec))
    for path in (each.path for each in large):
        asked = [each.request for each in concerned(path)]
        wanted = [environment.authorize(each).decision for each in asked]
        for step in (merged, shortened, without_sids):
            if not over_quota([fitted[path]]):
                break
            made = _after(fitted[path], step)
            policy = parse_policy(json.dumps(thaw(made.value)), path)
            candidate = replace(judged, policies={**judged.policies, path: policy})
            changed = environment_of(spec, candidate)
            if [changed.authorize(each).decision for each in asked] == wanted:
                fitted[path], judged = replace(made, policy=policy), candidate
    return tuple(fitted.values())


def _after(document: GeneratedDocument, step: Step) -> GeneratedDocument:
    """Return a policy with its statements as a step makes them."""
    value = thaw(document.value)
    return replace(document, value=value | {"Statement": step(list(value["Statement"]))})


def merged(statements: list[Elements]) -> list[Elements]:
    """Return the statements with those that differ in one list of alternatives alone made one, at the first's place."""
    found = statements
    for part in dict.fromkeys(part for each in statements for part in _parts(each)):
        if part[0] in ("Action", "Resource", "Principal") or part[:2] in _UNION_CONDITIONS:
            found = _joined(found, part)
    return found if len(found) == len(statements) else merged(found)


def _joined(statements: list[Elements], part: tuple[str, ...]) -> list[Elements]:
    """Return the statements with those that are the same but for one part made one."""
    groups: dict[str, list[tuple[Elements, Any]]] = {}
    for number, statement in enumerate(statements):
        parts = _parts(statement)
        values = parts.pop(part, None)
        rest = json.dumps(sorted(parts.items()), sort_keys=True) if values is not None else str(number)
        groups.setdefault(rest, []).append((statement, values))
    return [_union(part, group) for group in groups.values()]


def _union(part: tuple[str, ...], group: list[tuple[Elements, Any]]) -> Elements:
    first, values = group[0]
    if all(each == values for _, each in group):
        return first
    together = list(dict.fromkeys(each for _, several in group for each in listed(several)))
    if part[0] == "Condition":
        return with_condition(first, part[1], part[2], together)
    return first | {part[0]: together if len(part) == 1 else first[part[0]] | {part[1]: together}}


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
