"""The organization of a spec: its id, and the SCPs and RCPs that stand in files beside the spec."""

from __future__ import annotations

import re
from collections.abc import Callable

from policygen.document import PolicyDocument, parse_policy
from policygen.errors import DocumentError, SourceError
from policygen.spec.model import Organization
from policygen.spec.read import Entry, Value
from policygen.spec.resolve import Scope

_ORGANIZATION_ID = re.compile(r"o-[a-z0-9]{10,32}\Z")

ReadFile = Callable[[str], str]
"""Gives the text of a file that a spec names, by its path as written there; raises SourceError."""


def resolve_organization(entry: Entry, scope: Scope, read_file: ReadFile | None) -> Organization | None:
    """Return the organization with its policies by level, root first; None when the spec has none.

    Fact: E52, E53, E59, S33
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    if not entry.given("organization"):
        return None
    block = entry.entry("organization")
    levels = {name: _levels(block, name, scope, read_file) for name in ("service_control", "resource_control")}
    identifier = block.data("id")
    if identifier is None:
        return None
    if not _ORGANIZATION_ID.match(identifier):
        hint = "it is `o-` and 10 to 32 lower-case letters and digits"
        scope.reader.problem("PG-S006", f"`{identifier}` is no organization id", block.at("id"), hint)
    return Organization(id=identifier, **levels)


def _levels(
    block: Entry, name: str, scope: Scope, read_file: ReadFile | None
) -> tuple[tuple[PolicyDocument, ...], ...]:
    return tuple(
        tuple(document for value in level if (document := _policy(value, scope, read_file)) is not None)
        for level in block.items(name)
    )


def _policy(value: Value, scope: Scope, read_file: ReadFile | None) -> PolicyDocument | None:
    path: str = value.data
    if read_file is None:
        hint = "load the spec from a file: its policy files are found beside it"
        scope.reader.problem("PG-S029", f"`{path}` cannot be read from here", value.place, hint)
        return None
    try:
        return parse_policy(read_file(path), path)
    except SourceError as error:
        for problem in error.problems:
            message = f"`{path}`: {problem.message}"
            scope.reader.problem("PG-S029", message, value.place, problem.hint or "the path is relative to the spec")
    except DocumentError as error:
        scope.reader.problems.extend(error.problems)
    return None
