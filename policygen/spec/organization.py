"""The organization of a spec: its id, and the SCPs and RCPs that stand in files beside the spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policygen.document import PolicyDocument, parse_policy
from policygen.errors import DocumentError, SourceError
from policygen.fields.read import Entry, Value
from policygen.spec.model import Control, Organization
from policygen.spec.scope import Scope

ReadFile = Callable[[str], str]
"""Gives the text of a file that a spec names, by its path as written there; raises SourceError."""


def resolve_organization(entry: Entry, scope: Scope, read_file: ReadFile | None) -> Organization | None:
    """Return the organization with its policies by level, root first; None when the spec has none.

    Fact: E52, E53, E59, S33
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    if not entry.given("organization"):
        return None
    block = entry["organization"]
    accounts = {}
    for name, own in block["accounts"].items():
        account = name if name in scope.accounts.values() else scope.named_account(name, own.place)
        control = Control(**_control(own, scope, read_file))
        if account is not None:
            accounts[account] = control
    levels = _control(block, scope, read_file)
    return Organization(id=block["id"], accounts=tuple(accounts.items()), **levels) if block.given("id") else None


def _control(block: Entry, scope: Scope, read_file: ReadFile | None) -> dict[str, Any]:
    return {name: _levels(block, name, scope, read_file) for name in ("service_control", "resource_control")}


def _levels(
    block: Entry, name: str, scope: Scope, read_file: ReadFile | None
) -> tuple[tuple[PolicyDocument, ...], ...]:
    return tuple(
        tuple(document for value in level.data if (document := _policy(value, scope, read_file)) is not None)
        for level in block.items(name)
    )


def _policy(value: Value, scope: Scope, read_file: ReadFile | None) -> PolicyDocument | None:
    path: str = value.data
    if read_file is None:
        hint = "load the spec from a file: its policy files are found beside it"
        scope.problem("PG-S029", f"`{path}` cannot be read from here", value.place, hint)
        return None
    try:
        return parse_policy(read_file(path), path)
    except SourceError as error:
        for problem in error.problems:
            message = f"`{path}`: {problem.message}"
            scope.problem("PG-S029", message, value.place, problem.hint or "the path is relative to the spec")
    except DocumentError as error:
        scope.problems.extend(error.problems)
    return None
