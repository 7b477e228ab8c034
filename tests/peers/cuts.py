"""Cuts a case on which two evaluators differ down to what makes them differ.

A cut takes away or widens one thing. What is never cut: the caller, the action and the resource; whether there is a
session policy or a resource-based policy; the last name of the principal of an Allow. Without them another difference,
with the same two decisions, could take the place of the one that was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.property.strategies import Case

Path = tuple[Any, ...]
Change = Callable[[Any, Any], None]
"""Changes what stands under a name or number in a parent."""

_NEVER_CUT = ("session", "resource_based")
_LEVELS = ("service_control", "resource_control")


def cuts(case: Case) -> Iterator[Case]:
    """Yield every case that is one cut smaller, the largest cuts first."""
    given = {"policies": case.policies, "request": case.request}
    for path, change in _edits(given):
        changed = deepcopy(given)
        parent: Any = changed
        for step in path[:-1]:
            parent = parent[step]
        change(parent, path[-1])
        yield Case(policies=changed["policies"], request=changed["request"])


def _gone(parent: Any, name: Any) -> None:
    del parent[name]


def _put(value: Any) -> Change:
    """Return the change that puts a value in the place of another."""

    def change(parent: Any, name: Any) -> None:
        parent[name] = value

    return change


def _other(element: str, value: Any) -> Change:
    """Return the change that puts another element in the place of one."""

    def change(parent: Any, name: Any) -> None:
        del parent[name]
        parent[element] = value

    return change


def _edits(given: dict[str, Any]) -> Iterator[tuple[Path, Change]]:
    policies = given["policies"]
    for name in policies:
        if name not in _NEVER_CUT:
            yield ("policies", name), _gone
    found = list(documents(policies))
    for path, _ in found:
        if len(path) > 1 and path[0] not in _NEVER_CUT:
            yield ("policies", *path), _gone
    for path, document in found:
        yield from _of_a_document(("policies", *path), document)
    for key, value in given["request"]["context"].items():
        yield ("request", "context", key), _gone
        yield from _each_less(("request", "context", key), value)
    principal = given["request"]["principal"]
    for name in ("tags", "unique_id"):
        if isinstance(principal, dict) and name in principal:
            yield ("request", "principal", name), _gone


def documents(policies: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every document with where it stands."""
    for name, value in policies.items():
        if name in _LEVELS:
            for number, level in enumerate(value):
                for at, document in enumerate(level):
                    yield (name, number, at), document
        elif isinstance(value, list):
            for at, document in enumerate(value):
                yield (name, at), document
        else:
            yield (name,), value


def _of_a_document(path: Path, document: dict[str, Any]) -> Iterator[tuple[Path, Change]]:
    if document.get("Version") != "2012-10-17":
        yield (*path, "Version"), _put("2012-10-17")
    found, path = document["Statement"], (*path, "Statement")
    if isinstance(found, dict):
        yield from _of_a_statement(path, found)
        return
    yield from _each_less(path, found)
    for number, statement in enumerate(found):
        yield from _of_a_statement((*path, number), statement)


def _of_a_statement(path: Path, statement: dict[str, Any]) -> Iterator[tuple[Path, Change]]:
    for name in ("Action", "Resource"):
        negated = f"Not{name}"
        if negated in statement:
            yield (*path, negated), _other(name, "*")
            yield from _each_less((*path, negated), statement[negated])
        elif name in statement:
            if statement[name] != "*":
                yield (*path, name), _put("*")
            yield from _each_less((*path, name), statement[name])
    for name in ("Principal", "NotPrincipal"):
        if isinstance(statement.get(name), dict):
            yield from _of_a_principal((*path, name), statement)
    if "Condition" in statement:
        yield (*path, "Condition"), _gone
        for operator, tests in statement["Condition"].items():
            yield (*path, "Condition", operator), _gone
            for key, values in tests.items():
                yield (*path, "Condition", operator, key), _gone
                yield from _each_less((*path, "Condition", operator, key), values)


def _of_a_principal(path: Path, statement: dict[str, Any]) -> Iterator[tuple[Path, Change]]:
    name = path[-1]
    if statement["Effect"] == "Deny":
        yield path, _other("Principal", "*")
    for kind, values in statement[name].items():
        if len(statement[name]) > 1:
            yield (*path, kind), _gone
        yield from _each_less((*path, kind), values)


def _each_less(path: Path, values: Any) -> Iterator[tuple[Path, Change]]:
    """Yield each way to have one value less; one alone stands without a list."""
    if isinstance(values, list):
        for at in range(len(values)):
            left = values[:at] + values[at + 1 :]
            if left:
                yield path, _put(left[0] if len(left) == 1 else left)
